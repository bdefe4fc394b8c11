package org.commonshub.identity.api;

/** Bytes that are not what they should be; the message says what and where. */
public final class MalformedCborException extends Exception {
  private static final long serialVersionUID = 1L;

  public MalformedCborException(String message) {
    super(message);
  }
}
