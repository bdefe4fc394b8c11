package org.commonshub.privacy.cohort;

/** A window is refused, or a part of it; the message is for people. */
final class CohortException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Why. */
  enum Why {
    /** Too few homes are left: fewer than the threshold. */
    TOO_FEW,
    /** Settings that differ from hub to hub. */
    SETTINGS,
    /** A question that is not the next one, or of a window that is over. */
    OUT_OF_TURN,
    /** Malformed bytes. */
    MALFORMED,
    /** Not signed by the member it names. */
    SIGNATURE,
    /** Members were shown different sets of who takes part. */
    SETS,
    /** Shares that do not give what their owner had committed itself to. */
    SHARES,
    /** A sum that cannot be: a member lied about its value. */
    RANGE,
    /** This home has no value for the interval. */
    NO_VALUE,
    /** The disk refuses. */
    DISK
  }

  private final Why why;

  CohortException(Why why, String message) {
    super(message);
    this.why = why;
  }

  Why why() {
    return why;
  }
}
