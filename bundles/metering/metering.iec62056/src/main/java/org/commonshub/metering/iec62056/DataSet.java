package org.commonshub.metering.iec62056;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One value as sent: {@code 1-0:1.8.0*255(000123.4*kWh)} (IEC 62056-21, 6.5 and 6.6).
 *
 * @param code identification as sent
 * @param value what stands in the first brackets, without unit
 * @param unit unit as sent; empty if not sent
 */
record DataSet(String code, String value, String unit) {
  /** Longest line. */
  static final int LINE = 512;

  private static final int CODE = 32;
  private static final int VALUE = 128;
  private static final int UNIT = 16;

  /**
   * The values of a line. Further brackets of one value (the time of a maximum) are left out.
   *
   * @return empty if the line is no list of values
   */
  static Optional<List<DataSet>> of(String line) {
    List<DataSet> sets = new ArrayList<>(1);
    int position = 0;
    while (position < line.length()) {
      int open = line.indexOf('(', position);
      int close = open < 0 ? -1 : line.indexOf(')', open);
      if (close < 0) {
        return Optional.empty();
      }
      String code = line.substring(position, open).strip();
      String content = line.substring(open + 1, close);
      position = close + 1;
      if (code.length() > CODE || content.length() > VALUE || content.indexOf('(') >= 0) {
        return Optional.empty();
      }
      if (code.isEmpty()) {
        continue; // More of the value before.
      }
      int star = content.lastIndexOf('*');
      String unit = star < 0 ? "" : content.substring(star + 1).strip();
      if (unit.length() > UNIT) {
        return Optional.empty();
      }
      sets.add(new DataSet(code, star < 0 ? content : content.substring(0, star), unit));
    }
    return Optional.of(sets);
  }
}
