package org.commonshub.apps.metering;

/** A report was refused; the message is for people, and complete. */
public final class ReportException extends Exception {
  private static final long serialVersionUID = 1;

  /** An exception. */
  public ReportException(String message) {
    super(message);
  }

  /** An exception with a cause. */
  public ReportException(String message, Throwable cause) {
    super(message, cause);
  }
}
