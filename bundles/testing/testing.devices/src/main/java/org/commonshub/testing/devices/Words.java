package org.commonshub.testing.devices;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A register table under construction: big-endian, high word first. */
final class Words {
  private int[] words = new int[128];
  private int size;

  Words u16(long value) {
    if (size == words.length) {
      words = Arrays.copyOf(words, 2 * size);
    }
    words[size++] = (int) (value & 0xFFFF);
    return this;
  }

  Words u32(long value) {
    return u16(value >>> 16).u16(value);
  }

  Words u64(long value) {
    return u32(value >>> 32).u32(value);
  }

  /** Rounded to the nearest whole. */
  Words u16(double value) {
    return u16(Math.round(value));
  }

  Words u32(double value) {
    return u32(Math.round(value));
  }

  Words text(String text, int registers) {
    byte[] bytes = Arrays.copyOf(text.getBytes(StandardCharsets.US_ASCII), 2 * registers);
    for (int i = 0; i < bytes.length; i += 2) {
      u16((bytes[i] & 0xFF) << 8 | bytes[i + 1] & 0xFF);
    }
    return this;
  }

  Words times(int count, long value) {
    for (int i = 0; i < count; i++) {
      u16(value);
    }
    return this;
  }

  /** IEEE 754 single at a place of its own. */
  Words f32(int at, double value) {
    while (size < at + 2) {
      u16(0);
    }
    int bits = Float.floatToIntBits((float) value);
    words[at] = bits >>> 16;
    words[at + 1] = bits & 0xFFFF;
    return this;
  }

  int size() {
    return size;
  }

  int[] toArray() {
    return Arrays.copyOf(words, size);
  }
}
