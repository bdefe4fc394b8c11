package org.commonshub.features;

/** Boots feature {@code shell}. */
public class ShellFeatureTest extends FeatureBoot {
  public ShellFeatureTest() {
    super("shell");
  }
}
