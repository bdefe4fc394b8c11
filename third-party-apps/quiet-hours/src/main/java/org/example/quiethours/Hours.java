package org.example.quiethours;

import java.time.Instant;
import java.time.ZoneId;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Times of the day by local legal time: {@code 22:00-06:30}, or up to eight of them with commas
 * between, {@code 06:00-08:00,22:00-00:00}. The end is exclusive; one that is not after its begin
 * is on the next day.
 */
final class Hours {
  private static final Pattern ONE =
      Pattern.compile("([01]\\d|2[0-3]):([0-5]\\d)-([01]\\d|2[0-3]):([0-5]\\d)");
  private static final int MOST = 8;
  private static final int DAY = 24 * 60;
  private static final long MINUTE = 60_000;

  private final boolean[] quiet = new boolean[DAY];

  /**
   * Reads a parameter.
   *
   * @throws IllegalArgumentException if it is anything else
   */
  Hours(String parameter) {
    String[] parts = parameter.split(",", -1);
    if (parameter.length() > 12 * MOST || parts.length > MOST) {
      throw new IllegalArgumentException("quiet hours: at most " + MOST);
    }
    for (String part : parts) {
      Matcher one = ONE.matcher(part);
      if (!one.matches()) {
        throw new IllegalArgumentException("quiet hours are written HH:MM-HH:MM,HH:MM-HH:MM");
      }
      int begin = 60 * Integer.parseInt(one.group(1)) + Integer.parseInt(one.group(2));
      int end = 60 * Integer.parseInt(one.group(3)) + Integer.parseInt(one.group(4));
      if (begin == end) {
        throw new IllegalArgumentException("quiet hours begin and end at different times");
      }
      for (int minute = begin; minute != end; minute = (minute + 1) % DAY) {
        quiet[minute] = true;
      }
    }
  }

  /** Whether any of start ≤ instant &lt; end is quiet, or start itself; UTC milliseconds. */
  boolean touch(long start, long end, ZoneId zone) {
    if (end - start >= DAY * MINUTE) {
      return true;
    }
    long at = start;
    do {
      long local =
          at + 1000L * zone.getRules().getOffset(Instant.ofEpochMilli(at)).getTotalSeconds();
      if (quiet[(int) Math.floorMod(Math.floorDiv(local, MINUTE), (long) DAY)]) {
        return true;
      }
      at = at + MINUTE - Math.floorMod(local, MINUTE); // the next full minute, by local time
    } while (at < end);
    return false;
  }
}
