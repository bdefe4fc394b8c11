package org.commonshub.privacy.api;

/** The gate releases nothing. The message is for people. */
public final class RefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Why. */
  public enum Reason {
    /** Nobody said yes. */
    NO_CONSENT,
    /** Everything is paused. */
    PAUSED,
    /** The consent is at its end, or was withdrawn. */
    ENDED,
    /** A policy it rests on is missing or failed. */
    POLICY,
    /** The request itself: too much at once, outside of what was granted. */
    OUT_OF_BOUNDS,
    /** The price was not paid. */
    UNPAID
  }

  private final Reason reason;

  public RefusedException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** Why. */
  public Reason reason() {
    return reason;
  }
}
