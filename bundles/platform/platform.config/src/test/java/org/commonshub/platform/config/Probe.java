package org.commonshub.platform.config;

/** A component of the tests' own bundle; its settings show as service properties. */
public class Probe implements Runnable {
  @Override
  public void run() {
    // only its properties are looked at
  }
}
