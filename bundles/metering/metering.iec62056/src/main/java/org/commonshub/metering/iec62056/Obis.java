package org.commonshub.metering.iec62056;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A code of a current value, as IEC 62056-6-1 orders its groups.
 *
 * @param a medium, 1 electricity
 * @param b channel, 0 or 1 for a meter that has but one
 * @param rest groups C, D and E: {@code 1.8.0}, {@code F.F.0}
 * @param zero whether group F is 0, as a few meters write what is current and most what is past
 */
record Obis(int a, int b, String rest, boolean zero) {
  private static final Pattern CODE =
      Pattern.compile(
          "(?:(\\d{1,3})-(\\d{1,3}):)?(\\d{1,3}|[A-Z])\\.(\\d{1,3}|[A-Z])(?:\\.(\\d{1,3}))?"
              + "(?:[*&](\\d{1,3}))?");
  private static final int CURRENT = 255;

  /** Reads a code in its full or reduced form; empty if it is none or names a value of the past. */
  static Optional<Obis> of(String code) {
    Matcher matcher = CODE.matcher(code);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    int f = matcher.group(6) == null ? CURRENT : Integer.parseInt(matcher.group(6));
    if (f != CURRENT && f != 0) {
      return Optional.empty();
    }
    return Optional.of(
        new Obis(
            matcher.group(1) == null ? 1 : Integer.parseInt(matcher.group(1)),
            matcher.group(2) == null ? 0 : Integer.parseInt(matcher.group(2)),
            group(matcher.group(3))
                + "."
                + group(matcher.group(4))
                + "."
                + (matcher.group(5) == null ? "0" : group(matcher.group(5))),
            f == 0));
  }

  /** Without leading zeros. */
  private static String group(String text) {
    return Character.isDigit(text.charAt(0)) ? Integer.toString(Integer.parseInt(text)) : text;
  }
}
