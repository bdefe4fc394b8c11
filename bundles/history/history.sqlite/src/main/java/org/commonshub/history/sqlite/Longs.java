package org.commonshub.history.sqlite;

/**
 * Compact form of a run of integers: blocks of {@value #BLOCK}, each as values, differences or
 * differences of differences, whichever is smallest, less their minimum, packed to the bits needed.
 * All arithmetic wraps at 64 bits, so every long survives. See README.md for the bytes.
 */
final class Longs {
  static final int BLOCK = 128;

  private Longs() {}

  static void encode(Out out, long[] values, int count) {
    boolean equal = true;
    for (int i = 1; i < count && equal; i++) {
      equal = values[i] == values[0];
    }
    if (equal) {
      out.u8(0);
      out.svar(count == 0 ? 0 : values[0]);
      return;
    }
    out.u8(1);
    long[] rest = new long[BLOCK];
    for (int from = 0; from < count; from += BLOCK) {
      block(out, values, from, Math.min(BLOCK, count - from), rest);
    }
  }

  private static void block(Out out, long[] values, int from, int count, long[] rest) {
    System.arraycopy(values, from, rest, 0, count);
    int bestOrder = 0;
    int bestSize = Integer.MAX_VALUE;
    long head = 0;
    long head2 = 0;
    for (int order = 0; order <= Math.min(2, count - 1); order++) {
      if (order > 0) {
        for (int i = count - 1; i >= order; i--) {
          rest[i] -= rest[i - 1];
        }
      }
      long min = rest[order];
      long max = min;
      for (int i = order + 1; i < count; i++) {
        min = Math.min(min, rest[i]);
        max = Math.max(max, rest[i]);
      }
      int size =
          (width(max - min) * (count - order) + 7) / 8
              + Out.svarSize(min)
              + (order > 0 ? Out.svarSize(head) : 0)
              + (order > 1 ? Out.svarSize(head2) : 0);
      if (size < bestSize) {
        bestSize = size;
        bestOrder = order;
      }
      if (order == 0) {
        head = rest[0];
        head2 = count > 1 ? rest[1] - rest[0] : 0;
      }
    }
    System.arraycopy(values, from, rest, 0, count);
    for (int order = 1; order <= bestOrder; order++) {
      for (int i = count - 1; i >= order; i--) {
        rest[i] -= rest[i - 1];
      }
    }
    long min = rest[bestOrder];
    long max = min;
    for (int i = bestOrder + 1; i < count; i++) {
      min = Math.min(min, rest[i]);
      max = Math.max(max, rest[i]);
    }
    int width = width(max - min);
    out.u8(bestOrder * 65 + width);
    out.svar(min);
    for (int i = 0; i < bestOrder; i++) {
      out.svar(rest[i]);
    }
    pack(out, rest, bestOrder, count, min, width);
  }

  private static int width(long range) {
    return 64 - Long.numberOfLeadingZeros(range);
  }

  private static void pack(Out out, long[] values, int from, int to, long min, int width) {
    if (width == 0) {
      return;
    }
    long word = 0;
    int filled = 0;
    for (int i = from; i < to; i++) {
      long value = values[i] - min;
      word |= value << filled;
      filled += width;
      if (filled >= 64) {
        out.i64(word);
        filled -= 64;
        word = filled == 0 ? 0 : value >>> (width - filled);
      }
    }
    for (; filled > 0; filled -= 8) {
      out.u8((int) word);
      word >>>= 8;
    }
  }

  static long[] decode(In in, int count) throws Damaged {
    long[] values = new long[count];
    int tag = in.u8();
    if (tag == 0) {
      java.util.Arrays.fill(values, in.svar());
      return values;
    }
    if (tag != 1) {
      throw new Damaged("unknown run of integers: " + tag);
    }
    for (int from = 0; from < count; from += BLOCK) {
      int to = Math.min(count, from + BLOCK);
      int header = in.u8();
      int order = header / 65;
      int width = header % 65;
      if (order > 2 || order > to - from - 1) {
        throw new Damaged("unknown block of integers: " + header);
      }
      long min = in.svar();
      for (int i = 0; i < order; i++) {
        values[from + i] = in.svar();
      }
      unpack(in, values, from + order, to, min, width);
      for (int o = order; o >= 1; o--) {
        for (int i = from + o; i < to; i++) {
          values[i] += values[i - 1];
        }
      }
    }
    return values;
  }

  /** Steps over a run without decoding it. */
  static void skip(In in, int count) throws Damaged {
    int tag = in.u8();
    if (tag == 0) {
      in.svar();
      return;
    }
    if (tag != 1) {
      throw new Damaged("unknown run of integers: " + tag);
    }
    for (int from = 0; from < count; from += BLOCK) {
      int here = Math.min(BLOCK, count - from);
      int header = in.u8();
      int order = header / 65;
      for (int i = 0; i <= order; i++) {
        in.svar();
      }
      in.skip((header % 65 * (here - order) + 7) / 8);
    }
  }

  private static void unpack(In in, long[] values, int from, int to, long min, int width)
      throws Damaged {
    if (width == 0) {
      for (int i = from; i < to; i++) {
        values[i] = min;
      }
      return;
    }
    int bytes = (width * (to - from) + 7) / 8;
    in.need(bytes);
    byte[] source = in.bytes;
    int at = in.position;
    int end = at + bytes;
    long mask = width == 64 ? -1 : (1L << width) - 1;
    long word = 0;
    int filled = 0;
    for (int i = from; i < to; i++) {
      if (filled >= width) {
        values[i] = (word & mask) + min;
        word = width == 64 ? 0 : word >>> width;
        filled -= width;
        continue;
      }
      long value = word;
      int have = filled;
      word = 0;
      int loaded = 0;
      while (loaded < 64 && at < end) {
        word |= (source[at++] & 0xffL) << loaded;
        loaded += 8;
      }
      value |= word << have;
      int used = width - have;
      values[i] = (value & mask) + min;
      word = used == 64 ? 0 : word >>> used;
      filled = loaded - used;
    }
    in.position = end;
  }
}
