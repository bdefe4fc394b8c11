package org.commonshub.metering.mbus;

/** Bytes that cannot be read as a telegram. The message says why, without where. */
final class MalformedFrame extends Exception {
  private static final long serialVersionUID = 1L;

  private final boolean key;

  MalformedFrame(String message) {
    this(message, false);
  }

  private MalformedFrame(String message, boolean key) {
    super(message, null, false, false);
    this.key = key;
  }

  /** The frame is well-formed, but the key is missing or another one. */
  static MalformedFrame key(String message) {
    return new MalformedFrame(message, true);
  }

  /** Whether another key would help. */
  boolean isKey() {
    return key;
  }
}
