package org.commonshub.apps.api;

/** More than the app's manifest asked for. */
public class AppQuotaException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * An exception.
   *
   * @param message what was too much, and what is allowed
   */
  public AppQuotaException(String message) {
    super(message);
  }
}
