package org.commonshub.metering.sml;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;

/** Reads SML's binary encoding: fields of type, length, value. Not thread-safe. */
final class Tlv {
  /** Deepest nesting. */
  static final int DEPTH = 8;

  /** Longest list. */
  static final int ELEMENTS = 256;

  private static final int LENGTH_BYTES = 4;

  private static final int OCTETS = 0;
  private static final int BOOLEAN = 4;
  private static final int SIGNED = 5;
  private static final int UNSIGNED = 6;
  private static final int LIST = 7;

  private final byte[] bytes;
  private int position;

  Tlv(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Index of the next byte. */
  int position() {
    return position;
  }

  /** Whether bytes are left. */
  boolean more() {
    return position < bytes.length;
  }

  /** The next byte, unsigned; not taken. */
  int peek() throws DeviceException {
    if (position >= bytes.length) {
      throw wrong("it ends in the middle of a value");
    }
    return bytes[position] & 0xFF;
  }

  /** Takes a byte, unsigned. */
  int take() throws DeviceException {
    int b = peek();
    position++;
    return b;
  }

  /** Takes the beginning of a list; returns how many elements follow. */
  int list() throws DeviceException {
    if ((peek() & 0x70) >> 4 != LIST) {
      throw wrong("a list is missing");
    }
    return length(take());
  }

  /** Takes the next value. */
  Element next() throws DeviceException {
    return next(1);
  }

  private Element next(int depth) throws DeviceException {
    int begin = position;
    int field = take();
    int type = (field & 0x70) >> 4;
    int length = length(field);
    if (type == LIST) {
      return sequence(length, depth);
    }
    int size = length - (position - begin);
    if (size < 0 || size > bytes.length - position) {
      throw wrong("a value has an impossible length");
    }
    int from = position;
    position += size;
    if (type == OCTETS) {
      return size == 0
          ? Element.ABSENT
          : new Element.Octets(Arrays.copyOfRange(bytes, from, position));
    }
    if (type == BOOLEAN && size == 1) {
      return new Element.Flag(bytes[from] != 0);
    }
    if ((type == SIGNED || type == UNSIGNED) && size >= 1 && size <= 8) {
      return whole(from, size, type == SIGNED);
    }
    throw wrong("a value has an unknown type");
  }

  private Element sequence(int count, int depth) throws DeviceException {
    if (depth >= DEPTH) {
      throw wrong("lists are nested too deeply");
    }
    if (count > ELEMENTS || count > bytes.length - position) {
      throw wrong("a list is too long");
    }
    List<Element> elements = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      elements.add(next(depth + 1));
    }
    return new Element.Sequence(elements);
  }

  private Element whole(int from, int size, boolean signed) {
    long value = signed ? bytes[from] : bytes[from] & 0xFF;
    for (int i = 1; i < size; i++) {
      value = value << 8 | (bytes[from + i] & 0xFF);
    }
    return !signed && value < 0 ? Element.ABSENT : new Element.Whole(value, size, signed);
  }

  /** The length that a field begins, four bits a byte. */
  private int length(int field) throws DeviceException {
    int length = field & 0x0F;
    int next = field;
    for (int taken = 1; (next & 0x80) != 0; taken++) {
      next = take();
      if (taken == LENGTH_BYTES || (next & 0x70) != 0) {
        throw wrong("a length cannot be read");
      }
      length = length << 4 | (next & 0x0F);
    }
    return length;
  }

  static DeviceException wrong(String what) {
    return new DeviceException(
        Kind.INVALID_ANSWER,
        "The meter's SML cannot be trusted: "
            + what
            + ". Check that it is an SML meter; if so, tell the hub's makers its model.");
  }
}
