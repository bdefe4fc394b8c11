package org.commonshub.history.sqlite;

import java.nio.charset.StandardCharsets;

/** Reads what {@link Out} wrote; every step is checked against the end. Not thread-safe. */
final class In {
  final byte[] bytes;
  int position;
  final int end;

  In(byte[] bytes, int from, int to) {
    this.bytes = bytes;
    this.position = from;
    this.end = to;
  }

  void need(int count) throws Damaged {
    if (count < 0 || end - position < count) {
      throw new Damaged("ends at byte " + end + ", " + count + " more wanted at " + position);
    }
  }

  int u8() throws Damaged {
    need(1);
    return bytes[position++] & 0xff;
  }

  int i32() throws Damaged {
    need(4);
    int value = 0;
    for (int i = 0; i < 4; i++) {
      value |= (bytes[position++] & 0xff) << (8 * i);
    }
    return value;
  }

  long i64() throws Damaged {
    need(8);
    long value = 0;
    for (int i = 0; i < 8; i++) {
      value |= (bytes[position++] & 0xffL) << (8 * i);
    }
    return value;
  }

  long uvar() throws Damaged {
    long value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      need(1);
      byte b = bytes[position++];
      value |= (b & 0x7fL) << shift;
      if (b >= 0) {
        return value;
      }
    }
    throw new Damaged("number longer than 10 bytes at " + position);
  }

  long svar() throws Damaged {
    long value = uvar();
    return (value >>> 1) ^ -(value & 1);
  }

  /** A count or length, at most {@code limit}. */
  int size(int limit) throws Damaged {
    long value = uvar();
    if (value < 0 || value > limit) {
      throw new Damaged("size " + value + " over " + limit + " at " + position);
    }
    return (int) value;
  }

  int i32var() throws Damaged {
    long value = svar();
    if (value != (int) value) {
      throw new Damaged("number out of range at " + position);
    }
    return (int) value;
  }

  double f64() throws Damaged {
    return Double.longBitsToDouble(i64());
  }

  byte[] raw(int count) throws Damaged {
    need(count);
    byte[] copy = new byte[count];
    System.arraycopy(bytes, position, copy, 0, count);
    position += count;
    return copy;
  }

  String text(int limit) throws Damaged {
    int count = size(limit);
    need(count);
    String text = new String(bytes, position, count, StandardCharsets.UTF_8);
    position += count;
    return text;
  }

  void skip(int count) throws Damaged {
    need(count);
    position += count;
  }
}
