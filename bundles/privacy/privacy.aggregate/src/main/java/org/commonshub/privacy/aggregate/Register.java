package org.commonshub.privacy.aggregate;

/**
 * Steps of a register, never negative. A drop counts nothing: if the register comes back above
 * where it was, the drop was a glitch and the step from the old value counts; if it goes on from
 * below, it was reset and counting goes on from there. A rollover counts through: from the last
 * hundredth below a full scale (a power of ten from 10⁵ counts, 2¹⁶ or 2³² counts) into the first
 * hundredth.
 */
final class Register {
  private boolean begun;
  private long base;
  private boolean dropped;
  private long low;

  /** What the register counted since the last value, ≥ 0. */
  long step(long value) {
    if (!begun) {
      begun = true;
      base = value;
      return 0;
    }
    long from = base;
    if (value < base) {
      if (!dropped) {
        long full = fullScale(base, value);
        if (full > 0) {
          base = value;
          return full - from + value;
        }
      }
      if (!dropped || value <= low) {
        dropped = true;
        low = value;
        return 0;
      }
      from = low;
    }
    base = value;
    dropped = false;
    return value - from;
  }

  /** Where the register rolled over, or 0. */
  static long fullScale(long before, long after) {
    if (rolled(1L << 16, before, after)) {
      return 1L << 16;
    }
    if (rolled(1L << 32, before, after)) {
      return 1L << 32;
    }
    for (long scale = 100_000; scale <= 100_000_000_000_000_000L; scale *= 10) {
      if (rolled(scale, before, after)) {
        return scale;
      }
    }
    return 0;
  }

  private static boolean rolled(long scale, long before, long after) {
    return before < scale && before >= scale - scale / 100 && after <= scale / 100;
  }
}
