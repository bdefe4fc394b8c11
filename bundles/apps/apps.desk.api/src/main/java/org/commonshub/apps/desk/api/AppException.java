package org.commonshub.apps.desk.api;

/** Something about an app was refused or failed; the message is for people, and complete. */
public class AppException extends Exception {
  private static final long serialVersionUID = 1;

  /** Which gate said no. */
  public enum Reason {
    /** No such app, source, version or form. */
    UNKNOWN,
    /** Not now: another step is under way, or something is missing first. */
    NOT_NOW,
    /** The catalogue or the file is not what was signed. */
    UNTRUSTED,
    /** The code does what apps may not do. */
    FORBIDDEN_CODE,
    /** No licence. */
    UNLICENSED,
    /** The network, the disk or the app itself failed. */
    FAILED
  }

  private final transient Reason reason;

  /** An exception. */
  public AppException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** An exception with a cause. */
  public AppException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /** Which gate said no. */
  public Reason reason() {
    return reason;
  }
}
