package org.commonshub.metering.iec62056;

import java.util.Optional;

/**
 * A code of a current value, as IEC 62056-6-1 orders its groups.
 *
 * @param a medium, 1 electricity
 * @param b channel, 0 or 1 for a meter that has but one
 * @param rest groups C, D and E: {@code 1.8.0}, {@code F.F.0}
 * @param zero whether group F is 0, as a few meters write what is current and most what is past
 */
record Obis(int a, int b, String rest, boolean zero) {
  private static final int CURRENT = 255;
  private static final int DIGITS = 3;

  /** Reads a code in its full or reduced form; empty if it is none or names a value of the past. */
  static Optional<Obis> of(String code) {
    int a = 1;
    int b = 0;
    int begin = code.indexOf(':') + 1;
    if (begin > 0) {
      int dash = code.indexOf('-');
      a = number(code, 0, dash);
      b = number(code, dash + 1, begin - 1);
    }
    int f = CURRENT;
    int end = Math.max(code.indexOf('*'), code.indexOf('&'));
    if (end >= 0) {
      f = number(code, end + 1, code.length());
    } else {
      end = code.length();
    }
    int first = code.indexOf('.', begin);
    if (first < 0) {
      return Optional.empty();
    }
    int second = code.indexOf('.', first + 1);
    String c = group(code, begin, first);
    String d = group(code, first + 1, second < 0 ? end : second);
    String e = second < 0 ? "0" : group(code, second + 1, end);
    boolean letters = !e.isEmpty() && e.charAt(0) > '9';
    if (a < 0
        || b < 0
        || (f != CURRENT && f != 0)
        || c.isEmpty()
        || d.isEmpty()
        || e.isEmpty()
        || letters) {
      return Optional.empty();
    }
    return Optional.of(new Obis(a, b, c + '.' + d + '.' + e, f == 0));
  }

  /** Digits, without leading zeros, or one capital letter; empty if it is neither. */
  private static String group(String text, int from, int to) {
    if (to - from == 1 && text.charAt(from) >= 'A' && text.charAt(from) <= 'Z') {
      return text.substring(from, to);
    }
    int number = number(text, from, to);
    return number < 0 ? "" : Integer.toString(number);
  }

  /** One to three digits; −1 if it is something else. */
  private static int number(String text, int from, int to) {
    if (to <= from || to - from > DIGITS) {
      return -1;
    }
    int number = 0;
    for (int i = from; i < to; i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      number = 10 * number + digit;
    }
    return number;
  }
}
