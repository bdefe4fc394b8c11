package org.commonshub.metering.iec62056;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/**
 * How a meter names itself: {@code /XXXZ\Wident} (IEC 62056-21, 6.3.2 and 6.3.14).
 *
 * @param maker FLAG letters, in capitals
 * @param rate character Z for the baud rate
 * @param model maker's own identification, without escape sequences
 */
record Identification(String maker, char rate, String model) {
  private static final int[] RATES = {300, 600, 1_200, 2_400, 4_800, 9_600, 19_200};
  private static final int SHORTEST = 5;
  private static final int LONGEST = 64;

  /** Reads a line without its end; empty if it is none. */
  static Optional<Identification> of(byte[] line, int from, int to) {
    if (to - from < SHORTEST || to - from > LONGEST || line[from] != '/') {
      return Optional.empty();
    }
    for (int i = from + 1; i < to; i++) {
      boolean letter = (line[i] | 0x20) >= 'a' && (line[i] | 0x20) <= 'z';
      if (line[i] < 0x20 || line[i] > 0x7E || (i < from + 4 && !letter)) {
        return Optional.empty();
      }
    }
    String text = new String(line, from, to - from, StandardCharsets.US_ASCII);
    String model = text.substring(SHORTEST).replaceAll("\\\\.", "").strip();
    return Optional.of(
        new Identification(text.substring(1, 4).toUpperCase(Locale.ROOT), text.charAt(4), model));
  }

  /** Whether it waits for an acknowledgement before it sends its values (mode C). */
  boolean acknowledged() {
    return rate >= '0' && rate <= '9';
  }

  /** Whether it changes the baud rate by itself (mode B). */
  boolean changesByItself() {
    return rate >= 'A' && rate <= 'I';
  }

  /** The baud rate it offers; reserved characters stand for none other than the one it has. */
  int baud() {
    int index = rate - '0';
    return index >= 0 && index < RATES.length ? RATES[index] : RATES[0];
  }

  /** The highest character whose baud rate is no higher than that. */
  static char character(int baud) {
    char best = '0';
    for (int i = 0; i < RATES.length; i++) {
      if (RATES[i] <= baud) {
        best = (char) ('0' + i);
      }
    }
    return best;
  }

  /** The baud rate of a character. */
  static int baud(char character) {
    return RATES[character - '0'];
  }
}
