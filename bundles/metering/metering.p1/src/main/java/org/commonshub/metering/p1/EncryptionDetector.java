package org.commonshub.metering.p1;

/** Notices the header of an encrypted telegram in a stream that is read as text. */
final class EncryptionDetector {
  /** Bytes that every header has; −1 where they differ. */
  private static final int[] HEADER = {
    0xDB, 0x08, -1, -1, -1, -1, -1, -1, -1, -1, 0x82, -1, -1, 0x30
  };

  private int matched;

  /** Whether a header ended in these bytes. */
  boolean take(byte[] bytes) {
    boolean found = false;
    for (byte each : bytes) {
      int next = each & 0xFF;
      if (HEADER[matched] >= 0 && HEADER[matched] != next) {
        matched = 0;
      }
      if (HEADER[matched] < 0 || HEADER[matched] == next) {
        matched++;
      }
      if (matched == HEADER.length) {
        found = true;
        matched = 0;
      }
    }
    return found;
  }
}
