package org.commonshub.metering.iec62056;

import java.util.Arrays;
import java.util.function.Predicate;

/**
 * Cuts telegrams of mode D out of a stream: from {@code /} to a line that begins with {@code !}.
 * Not thread-safe.
 */
final class Telegrams {
  /** Longest telegram. */
  static final int LIMIT = 8 * 1024;

  private final Predicate<byte[]> telegrams;
  private byte[] raw = new byte[1_024];
  private int length;
  private int last = '\n';

  /**
   * @param telegrams takes a telegram as received; false if it cannot have been sent like that
   */
  Telegrams(Predicate<byte[]> telegrams) {
    this.telegrams = telegrams;
  }

  /** Forgets what was begun: the stream broke. */
  void reset() {
    length = 0;
    last = '\n';
  }

  void accept(byte[] bytes) {
    accept(bytes, 0);
  }

  private void accept(byte[] bytes, int from) {
    for (int i = from; i < bytes.length; i++) {
      accept(bytes[i]);
    }
  }

  private void accept(byte b) {
    int c = SevenBit.of(b);
    boolean lineBegins = last == '\n' || last == '\r';
    last = c;
    if (c == '/' && (length == 0 || lineBegins)) {
      length = 0;
    } else if (length == 0) {
      return;
    }
    if (length == LIMIT) {
      length = 0;
      return;
    }
    if (length == raw.length) {
      raw = Arrays.copyOf(raw, Math.min(LIMIT, 2 * length));
    }
    raw[length++] = b;
    if (c == '!' && lineBegins) {
      byte[] telegram = Arrays.copyOf(raw, length);
      reset();
      if (!telegrams.test(telegram)) {
        again(telegram);
      }
    }
  }

  /** The next telegram may begin in the middle of a line that was cut. */
  private void again(byte[] telegram) {
    for (int i = telegram.length - 1; i > 0; i--) {
      if (SevenBit.of(telegram[i]) == '/') {
        accept(telegram, i);
        return;
      }
    }
  }
}
