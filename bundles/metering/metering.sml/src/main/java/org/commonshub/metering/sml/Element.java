package org.commonshub.metering.sml;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** A value of SML's binary encoding. */
sealed interface Element {
  /** Not set; or an integer beyond what the hub can represent. */
  Element ABSENT = new Absent();

  /** Optional and not set. */
  record Absent() implements Element {}

  /** Octet string. */
  final class Octets implements Element {
    static final Octets NONE = new Octets(new byte[0]);

    private final byte[] bytes;

    Octets(byte[] bytes) {
      this.bytes = bytes;
    }

    int length() {
      return bytes.length;
    }

    /** An octet, unsigned. */
    int at(int index) {
      return bytes[index] & 0xFF;
    }

    /** The octets from one to another as a number, most significant first. */
    long number(int from, int to) {
      long number = 0;
      for (int i = from; i < to; i++) {
        number = number << 8 | at(i);
      }
      return number;
    }

    /** As text if all of them can be printed, otherwise empty. */
    String text(int from, int to) {
      for (int i = from; i < to; i++) {
        if (at(i) < 0x20 || at(i) > 0x7E) {
          return "";
        }
      }
      return new String(bytes, from, to - from, StandardCharsets.US_ASCII).strip();
    }

    boolean same(Octets other) {
      return other != null && Arrays.equals(bytes, other.bytes);
    }

    String hex() {
      return HexFormat.of().withUpperCase().formatHex(bytes);
    }
  }

  /** Boolean. */
  record Flag(boolean value) implements Element {}

  /**
   * Integer.
   *
   * @param value value as declared
   * @param width bytes it came in, 1 … 8
   * @param signed whether it was declared as signed
   */
  record Whole(long value, int width, boolean signed) implements Element {
    /** The value if the same bits are taken without sign. */
    long unsigned() {
      return width == 8 ? value : value & ((1L << (8 * width)) - 1);
    }
  }

  /** List or structure. */
  record Sequence(List<Element> elements) implements Element {
    /** An element, {@link #ABSENT} behind the end. */
    Element at(int index) {
      return index < elements.size() ? elements.get(index) : ABSENT;
    }
  }
}
