package org.commonshub.ledger.plausibility;

import java.math.BigInteger;

/** Exact arithmetic of power, time and energy: mW, ms, mWh. */
final class Energy {
  /** ms of an hour: mW·ms of one mWh. */
  static final long HOUR = 3_600_000;

  /** Greatest power that is calculated with, 100 MW in mW; what is beyond is a fault anyway. */
  static final long MOST_POWER = 100_000_000_000L;

  private Energy() {}

  /** Energy in mWh that a power can carry in a time of at most a year. */
  static long most(long milliWatts, long millis) {
    long year = 366L * 24 * HOUR;
    // W·ms / 3600 = mWh, without overflow
    return milliWatts / 1_000 * Math.max(1_000, Math.min(year, millis)) / 3_600;
  }

  /**
   * Integral in mW·ms of the part above zero of a line from {@code first} to {@code last} over
   * {@code millis}.
   */
  static long above(long first, long last, long millis) {
    if (first <= 0 && last <= 0) {
      return 0;
    }
    if (first >= 0 && last >= 0) {
      return (first + last) / 2 * millis;
    }
    long up = Math.max(first, last);
    long span = up - Math.min(first, last);
    long half = up / 2 * millis;
    return BigInteger.valueOf(half)
        .multiply(BigInteger.valueOf(up))
        .divide(BigInteger.valueOf(span))
        .longValueExact();
  }

  static long gcd(long a, long b) {
    while (b != 0) {
      long rest = a % b;
      a = b;
      b = rest;
    }
    return a;
  }

  /**
   * Whether a fall from {@code before} to {@code after} is a usual register going over its end: out
   * of its last fiftieth into its first, with no more than {@code limit} counted.
   */
  static boolean rolledOver(long before, long after, long limit, long resolution) {
    // Decimal counters of 3 digits of kWh and more.
    for (long width = 1_000_000_000L; width <= 100_000_000_000_000_000L; width *= 10) {
      if (explains(width, before, after, limit)) {
        return true;
      }
    }
    // Binary counters in the register's own digits, in Wh and in kWh.
    for (int bits : new int[] {16, 24, 31, 32}) {
      for (long unit : new long[] {resolution, 1_000, 1_000_000}) {
        if (explains(unit << bits, before, after, limit)) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean explains(long width, long before, long after, long limit) {
    return width > before
        && width - before <= width / 50
        && after <= width / 50
        && width - before + after <= limit;
  }
}
