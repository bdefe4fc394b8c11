package org.commonshub.metering.dlms;

/** Bytes that cannot be read as a message. The message says why, without where. */
final class MalformedApdu extends Exception {
  private static final long serialVersionUID = 1L;

  private final boolean key;

  MalformedApdu(String message) {
    this(message, false);
  }

  private MalformedApdu(String message, boolean key) {
    super(message, null, false, false);
    this.key = key;
  }

  /** The message is well-formed, but a key is missing or another one. */
  static MalformedApdu key(String message) {
    return new MalformedApdu(message, true);
  }

  /** Whether another key would help. */
  boolean isKey() {
    return key;
  }
}
