package org.commonshub.privacy.provider;

/** A round of a flow came to nothing. The message is for people. */
final class Fault extends Exception {
  private static final long serialVersionUID = 1L;

  private final boolean passing;

  private Fault(String message, boolean passing) {
    super(message, null, false, false);
    this.passing = passing;
  }

  /** A policy did what it must not: its flow is closed. */
  static Fault closing(String message) {
    return new Fault(message, false);
  }

  /** Nothing is wrong with the policies: the next round may do better. */
  static Fault passing(String message) {
    return new Fault(message, true);
  }

  boolean passing() {
    return passing;
  }
}
