package org.commonshub.metering.ecp;

/**
 * Multiples of a point, computed once: 1 to 8 times each of P, 16^8 P, 16^16 P … 16^56 P. A scalar
 * is 64 digits of −7 to 8 to the base 16, and every eighth digit meets the same table, so that a
 * product takes 64 additions and 28 doublings. 8 KB. Immutable.
 */
final class Multiples {
  private static final int DIGITS = 64;
  private static final int TABLES = 8;
  private static final int PER_TABLE = 8;

  private final int[] table = new int[TABLES * PER_TABLE * Point.ENTRY];

  /**
   * @param encoded a point
   */
  Multiples(byte[] encoded) {
    Point base = Point.decoded(encoded);
    for (int i = 0; i < TABLES; i++) {
      int first = i * PER_TABLE * Point.ENTRY;
      base.tabulate(table, first);
      Point multiple = new Point();
      multiple.add(table, first, false);
      for (int j = 1; j < PER_TABLE; j++) {
        multiple.add(table, first, false);
        multiple.tabulate(table, first + j * Point.ENTRY);
      }
      for (int j = 0; j < 4 * DIGITS / TABLES; j++) {
        base.twice();
      }
    }
  }

  /**
   * {@code s·P − k·Q}.
   *
   * @param s scalar under 2^253, 32 bytes, the least significant first
   * @param k as {@code s}
   */
  static Point difference(Multiples p, byte[] s, Multiples q, byte[] k) {
    byte[] plus = digits(s);
    byte[] minus = digits(k);
    Point sum = new Point();
    int step = DIGITS / TABLES;
    for (int i = step - 1; i >= 0; i--) {
      for (int j = 0; j < TABLES; j++) {
        p.add(sum, j, plus[j * step + i], false);
        q.add(sum, j, minus[j * step + i], true);
      }
      for (int j = 0; i > 0 && j < 4; j++) {
        sum.twice();
      }
    }
    return sum;
  }

  private void add(Point sum, int which, int digit, boolean minus) {
    if (digit != 0) {
      int at = (which * PER_TABLE + Math.abs(digit) - 1) * Point.ENTRY;
      sum.add(table, at, minus ^ digit < 0);
    }
  }

  /** Digits to the base 16 from −7 to 8. */
  private static byte[] digits(byte[] scalar) {
    byte[] digits = new byte[DIGITS];
    int carry = 0;
    for (int i = 0; i < DIGITS; i++) {
      int digit = (scalar[i / 2] >> (4 * (i % 2)) & 0x0F) + carry;
      carry = digit > 8 ? 1 : 0;
      digits[i] = (byte) (digit - 16 * carry);
    }
    return digits;
  }
}
