package org.commonshub.history.sqlite;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Growing byte buffer with the primitives of the file format (README.md). Not thread-safe. */
final class Out {
  byte[] bytes;
  int length;

  Out(int capacity) {
    bytes = new byte[capacity];
  }

  private void room(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
    }
  }

  void u8(int value) {
    room(1);
    bytes[length++] = (byte) value;
  }

  /** 32 bits, least significant byte first. */
  void i32(int value) {
    room(4);
    for (int i = 0; i < 4; i++) {
      bytes[length++] = (byte) (value >>> (8 * i));
    }
  }

  /** 64 bits, least significant byte first. */
  void i64(long value) {
    room(8);
    for (int i = 0; i < 8; i++) {
      bytes[length++] = (byte) (value >>> (8 * i));
    }
  }

  /** Unsigned LEB128: 7 bits a byte, least significant first, top bit = more follow. */
  void uvar(long value) {
    room(10);
    while ((value & ~0x7fL) != 0) {
      bytes[length++] = (byte) (value | 0x80);
      value >>>= 7;
    }
    bytes[length++] = (byte) value;
  }

  /** Signed: zigzag, then {@link #uvar}. */
  void svar(long value) {
    uvar((value << 1) ^ (value >> 63));
  }

  void f64(double value) {
    i64(Double.doubleToRawLongBits(value));
  }

  void raw(byte[] source, int offset, int count) {
    room(count);
    System.arraycopy(source, offset, bytes, length, count);
    length += count;
  }

  /** Length, then UTF-8. */
  void text(String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    uvar(utf8.length);
    raw(utf8, 0, utf8.length);
  }

  byte[] toBytes() {
    return Arrays.copyOf(bytes, length);
  }

  static int uvarSize(long value) {
    return (70 - Long.numberOfLeadingZeros(value | 1)) / 7;
  }

  static int svarSize(long value) {
    return uvarSize((value << 1) ^ (value >> 63));
  }
}
