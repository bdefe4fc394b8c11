package org.commonshub.metering.emoncms;

/** A request that makes no sense. The message goes back to the sender. */
final class Refused extends Exception {
  private static final long serialVersionUID = 1L;

  Refused(String message) {
    super(message);
  }
}
