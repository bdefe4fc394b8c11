package org.commonshub.metering.mbus;

import java.util.Locale;

/**
 * Date and time as a meter says it: local, without zone, possibly with open parts (EN 13757-3,
 * annex A, types F, G, I, J).
 *
 * @param year year, or −1 for every year
 * @param month 1 … 12; 0 or 15 for every month
 * @param day 1 … 31; 0 for every day
 * @param hour 0 … 23; 31 for every hour
 * @param minute 0 … 59; 63 for every minute
 * @param second 0 … 59; 63 for every second
 * @param parts which parts it has
 * @param valid whether the meter vouches for it
 * @param summer whether daylight saving time was in force
 */
record PointInTime(
    int year,
    int month,
    int day,
    int hour,
    int minute,
    int second,
    Parts parts,
    boolean valid,
    boolean summer) {
  /** Parts of a point in time. */
  enum Parts {
    DATE,
    DATE_TO_MINUTE,
    DATE_TO_SECOND,
    TIME
  }

  /** Type G, 16 bit. */
  static PointInTime date(byte[] b) {
    return new PointInTime(
        year((b[0] & 0xE0) >> 5 | (b[1] & 0xF0) >> 1, 0),
        b[1] & 0x0F,
        b[0] & 0x1F,
        0,
        0,
        0,
        Parts.DATE,
        (b[0] & b[1] & 0xFF) != 0xFF,
        false);
  }

  /** Type F, 32 bit. */
  static PointInTime dateToMinute(byte[] b) {
    return new PointInTime(
        year((b[2] & 0xE0) >> 5 | (b[3] & 0xF0) >> 1, (b[1] & 0x60) >> 5),
        b[3] & 0x0F,
        b[2] & 0x1F,
        b[1] & 0x1F,
        b[0] & 0x3F,
        0,
        Parts.DATE_TO_MINUTE,
        (b[0] & 0x80) == 0,
        (b[1] & 0x80) != 0);
  }

  /** Type I, 48 bit. */
  static PointInTime dateToSecond(byte[] b) {
    return new PointInTime(
        year((b[3] & 0xE0) >> 5 | (b[4] & 0xF0) >> 1, 0),
        b[4] & 0x0F,
        b[3] & 0x1F,
        b[2] & 0x1F,
        b[1] & 0x3F,
        b[0] & 0x3F,
        Parts.DATE_TO_SECOND,
        (b[1] & 0x80) == 0,
        (b[0] & 0x40) != 0);
  }

  /** Type J, 24 bit. */
  static PointInTime time(byte[] b) {
    return new PointInTime(
        -1, 0, 0, b[2] & 0x1F, b[1] & 0x3F, b[0] & 0x3F, Parts.TIME, true, false);
  }

  /** Two digits with hundreds since 1900; without hundreds, up to 80 is this century. */
  private static int year(int digits, int hundreds) {
    if (digits == 127) {
      return -1;
    }
    if (hundreds > 0) {
      return 1900 + 100 * hundreds + digits;
    }
    return digits <= 80 ? 2000 + digits : 1900 + digits;
  }

  @Override
  public String toString() {
    String date =
        (year < 0 ? "*" : String.format(Locale.ROOT, "%04d", year))
            + String.format(Locale.ROOT, "-%02d-%02d", month, day);
    String time = String.format(Locale.ROOT, "%02d:%02d:%02d", hour, minute, second);
    return switch (parts) {
      case DATE -> date;
      case TIME -> time;
      default -> date + "T" + time;
    };
  }
}
