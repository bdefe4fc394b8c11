package org.commonshub.measure.provider;

import java.math.BigInteger;

/**
 * Divides energy over aligned intervals so that the parts add up to it exactly. Pure arithmetic.
 */
final class Spread {
  private static final long HOUR = 3_600_000;
  private static final long DAY = 24 * HOUR;

  /** Takes the part of one interval. */
  interface Target {
    void add(long intervalStart, long energy);
  }

  private Spread() {}

  /** Start of the interval an instant lies in, both in ms since the epoch. */
  static long start(long at, long length) {
    return Math.floorDiv(at, length) * length;
  }

  /**
   * Spreads evenly over (from, to]; over more than a day by whole hours, each in the first interval
   * of the hour.
   */
  static void even(long from, long to, long length, long energy, Target target) {
    long stride = to - from > DAY ? Math.max(length, HOUR) : length;
    long done = 0;
    long position = from;
    while (position < to) {
      long begin = start(position, stride);
      long end = Math.min(to, begin + stride);
      long upTo = end == to ? energy : share(energy, end - from, to - from);
      target.add(stride == length ? begin : start(begin, length), upTo - done);
      done = upTo;
      position = end;
    }
  }

  /** energy × part / whole, rounded down, without overflow. */
  static long share(long energy, long part, long whole) {
    if (Math.abs(energy) < Integer.MAX_VALUE && part < Integer.MAX_VALUE) {
      return Math.floorDiv(energy * part, whole);
    }
    return BigInteger.valueOf(energy)
        .multiply(BigInteger.valueOf(part))
        .divide(BigInteger.valueOf(whole))
        .longValueExact();
  }

  /**
   * Spreads the integral of a power that goes in a straight line from {@code first} to {@code last}
   * (mW) over (from, to]; only the part of positive sign. Energy in mW·ms.
   */
  static void ramp(long from, long to, long length, long first, long last, Target target) {
    if (first <= 0 && last <= 0) {
      for (long begin = start(from, length); begin < to; begin += length) {
        target.add(begin, 0);
      }
      return;
    }
    double slope = (double) (last - first) / (to - from);
    // Part of the line above zero.
    double up = first >= 0 ? 0 : -first / slope;
    double down = last >= 0 ? (double) (to - from) : -first / slope;
    long done = 0;
    for (long position = from; position < to; ) {
      long begin = start(position, length);
      long end = Math.min(to, begin + length);
      double x = Math.max(up, Math.min(down, (double) (end - from)));
      double y = first + slope * x;
      double base = first + slope * up;
      long upTo = Math.round((base + y) / 2 * (x - up));
      target.add(begin, upTo - done);
      done = upTo;
      position = end;
    }
  }
}
