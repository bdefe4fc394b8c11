package org.commonshub.metering.iec62056;

import java.io.ByteArrayOutputStream;

/** Bytes as they follow each other on a line. */
final class Sent {
  private Sent() {}

  static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
