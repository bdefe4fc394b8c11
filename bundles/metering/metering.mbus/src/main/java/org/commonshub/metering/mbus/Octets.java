package org.commonshub.metering.mbus;

import java.util.Arrays;
import java.util.HexFormat;

/** A reading position in bytes, the least significant first. Never reads past the end. */
final class Octets {
  private final byte[] bytes;
  private final boolean mostSignificantFirst;
  private final int end;
  private int position;

  Octets(byte[] bytes) {
    this(bytes, false);
  }

  /**
   * @param mostSignificantFirst "mode 2" of older editions: fields come the other way round
   */
  Octets(byte[] bytes, boolean mostSignificantFirst) {
    this.bytes = bytes;
    this.mostSignificantFirst = mostSignificantFirst;
    this.end = bytes.length;
  }

  int remaining() {
    return end - position;
  }

  int position() {
    return position;
  }

  /** The next byte without taking it; −1 at the end. */
  int peek() {
    return position < end ? bytes[position] & 0xFF : -1;
  }

  /** A byte further on without taking it; −1 behind the end. */
  int peek(int offset) {
    return position + offset < end ? bytes[position + offset] & 0xFF : -1;
  }

  int u8() throws MalformedFrame {
    need(1);
    return bytes[position++] & 0xFF;
  }

  int u16() throws MalformedFrame {
    byte[] two = field(2);
    return (two[0] & 0xFF) | (two[1] & 0xFF) << 8;
  }

  /** A field of several bytes, turned so that the least significant is first. */
  byte[] field(int count) throws MalformedFrame {
    return mostSignificantFirst ? reversed(take(count)) : take(count);
  }

  byte[] take(int count) throws MalformedFrame {
    need(count);
    byte[] taken = Arrays.copyOfRange(bytes, position, position + count);
    position += count;
    return taken;
  }

  byte[] rest() {
    byte[] taken = Arrays.copyOfRange(bytes, position, end);
    position = end;
    return taken;
  }

  /** What lies between two positions. */
  byte[] between(int from, int to) {
    return Arrays.copyOfRange(bytes, from, to);
  }

  private void need(int count) throws MalformedFrame {
    if (count < 0 || count > end - position) {
      throw new MalformedFrame(
          "it ends after " + (end - position) + " of " + count + " bytes of a field");
    }
  }

  /** Reversed copy. */
  static byte[] reversed(byte[] bytes) {
    byte[] turned = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      turned[i] = bytes[bytes.length - 1 - i];
    }
    return turned;
  }

  /** Lower-case hex digits without separators. */
  static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
