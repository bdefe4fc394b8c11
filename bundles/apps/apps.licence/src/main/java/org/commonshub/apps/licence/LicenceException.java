package org.commonshub.apps.licence;

/** A document about a licence was refused; the message is for people, and complete. */
public final class LicenceException extends Exception {
  private static final long serialVersionUID = 1;

  /** An exception. */
  public LicenceException(String message) {
    super(message);
  }

  /** An exception with a cause. */
  public LicenceException(String message, Throwable cause) {
    super(message, cause);
  }
}
