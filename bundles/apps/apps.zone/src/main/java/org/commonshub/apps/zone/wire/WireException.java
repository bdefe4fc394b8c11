package org.commonshub.apps.zone.wire;

/** The other side broke the protocol: the connection ends. The message is one for the log. */
public final class WireException extends Exception {
  private static final long serialVersionUID = 1L;

  public WireException(String message) {
    super(message);
  }
}
