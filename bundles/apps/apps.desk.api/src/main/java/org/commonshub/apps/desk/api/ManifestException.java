package org.commonshub.apps.desk.api;

/** A manifest is not what it should be; the message names the field. */
public class ManifestException extends Exception {
  private static final long serialVersionUID = 1;

  /** An exception. */
  public ManifestException(String message) {
    super(message);
  }

  /** An exception with a cause. */
  public ManifestException(String message, Throwable cause) {
    super(message, cause);
  }
}
