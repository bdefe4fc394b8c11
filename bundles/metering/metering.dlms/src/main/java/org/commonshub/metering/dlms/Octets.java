package org.commonshub.metering.dlms;

import java.util.Arrays;
import java.util.HexFormat;

/** A reading position in bytes, the most significant first. Never reads past the end. */
final class Octets {
  private final byte[] bytes;
  private int position;

  Octets(byte[] bytes) {
    this.bytes = bytes;
  }

  int remaining() {
    return bytes.length - position;
  }

  /** A byte further on without taking it; −1 behind the end. */
  int peek(int offset) {
    return position + offset < bytes.length ? bytes[position + offset] & 0xFF : -1;
  }

  int u8() throws MalformedApdu {
    need(1);
    return bytes[position++] & 0xFF;
  }

  int u16() throws MalformedApdu {
    return u8() << 8 | u8();
  }

  byte[] take(int count) throws MalformedApdu {
    need(count);
    byte[] taken = Arrays.copyOfRange(bytes, position, position + count);
    position += count;
    return taken;
  }

  byte[] rest() {
    byte[] taken = Arrays.copyOfRange(bytes, position, bytes.length);
    position = bytes.length;
    return taken;
  }

  /** A length of A-XDR (IEC 61334-6): one byte, or a count of bytes and they. */
  int length() throws MalformedApdu {
    int first = u8();
    if (first < 0x80) {
      return first;
    }
    int length = 0;
    if (first == 0x80 || first > 0x84) {
      throw new MalformedApdu("a length is coded in an unknown way");
    }
    for (int i = 0x80; i < first; i++) {
      length = length << 8 | u8();
    }
    if (length < 0) {
      throw new MalformedApdu("a length is beyond all bounds");
    }
    return length;
  }

  private void need(int count) throws MalformedApdu {
    if (count < 0 || count > remaining()) {
      throw new MalformedApdu(
          "it ends after " + remaining() + " of " + count + " bytes of a field");
    }
  }

  static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
