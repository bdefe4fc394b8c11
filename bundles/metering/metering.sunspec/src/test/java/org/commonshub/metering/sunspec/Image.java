package org.commonshub.metering.sunspec;

import java.util.ArrayList;
import java.util.List;
import org.commonshub.testing.fakes.FakeModbus;

/** Builds the registers of a SunSpec unit point by point, by offsets of the specification. */
final class Image {
  private final List<Integer> words = new ArrayList<>(List.of(0x5375, 0x6E53));
  private int start;

  /**
   * Begins a model of which nothing is implemented: every register has {@code filler}, states and
   * events 0xFFFF.
   */
  Image model(int id, int length, int filler) {
    words.add(id);
    words.add(length);
    start = words.size();
    for (int i = 0; i < length; i++) {
      words.add(id >= 101 && id <= 103 && i >= 36 ? 0xFFFF : filler);
    }
    return this;
  }

  /** Sets registers of the model begun last. */
  Image set(int offset, int... values) {
    for (int i = 0; i < values.length; i++) {
      words.set(start + offset + i, values[i] & 0xFFFF);
    }
    return this;
  }

  Image set32(int offset, long value) {
    return set(offset, (int) (value >>> 16), (int) value);
  }

  Image setFloat(int offset, float value) {
    return set32(offset, Float.floatToIntBits(value));
  }

  Image text(int offset, int length, String text) {
    for (int i = 0; i < length; i++) {
      int high = 2 * i < text.length() ? text.charAt(2 * i) : 0;
      int low = 2 * i + 1 < text.length() ? text.charAt(2 * i + 1) : 0;
      set(offset + i, high << 8 | low);
    }
    return this;
  }

  /** A model 1 with these strings. */
  Image common(String maker, String model, String serial) {
    return model(1, 66, 0).text(0, 16, maker).text(16, 16, model).text(48, 16, serial);
  }

  /** All registers, with the end marker. */
  int[] words() {
    List<Integer> all = new ArrayList<>(words);
    all.add(0xFFFF);
    all.add(0);
    return all.stream().mapToInt(Integer::intValue).toArray();
  }

  /** Puts it all into a unit. */
  FakeModbus into(FakeModbus modbus, int unit, int base) {
    return modbus.set(unit, base, words());
  }
}
