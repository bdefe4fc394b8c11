package org.commonshub.metering.web;

/** A message that is not HTTP, or more than is taken. */
final class HttpException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;

  /**
   * @param status status code to answer with
   * @param message what is wrong, a clause for people
   */
  HttpException(int status, String message) {
    super(message, null, false, false);
    this.status = status;
  }

  int status() {
    return status;
  }
}
