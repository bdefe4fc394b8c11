package org.commonshub.metering.p1;

import java.util.Optional;
import org.commonshub.metering.p1.Telegram.Integrity;

/**
 * Telegrams as text: from '/' to a line that begins with '!' and a check sum of four hexadecimal
 * digits, or none before DSMR 4. A slash may be the beginning of the next telegram after a cut one:
 * each is tried.
 */
final class PlainFramer implements Framer {
  private static final int MOST_STARTS = 8;
  private static final int CHECKSUM_DIGITS = 4;

  private final Checksum checksum;
  private final boolean authenticated;
  private final byte[] buffer = new byte[Telegram.LONGEST];
  private final int[] starts = new int[MOST_STARTS];
  private int startCount;
  private int length;

  /** Position of a '!' that may end the telegram; −1 if there is none. */
  private int bang = -1;

  private int digits;
  private int sum;
  private int noise;

  /** Whether a telegram with a check sum came: from then on they all must have one. */
  private boolean checksumSeen;

  /**
   * @param authenticated whether the bytes are known to be the meter's: then a check sum tells
   *     nothing more, and there are meters that get it wrong
   */
  PlainFramer(Checksum checksum, boolean authenticated) {
    this.checksum = checksum;
    this.authenticated = authenticated;
  }

  @Override
  public void take(byte[] bytes, Sink sink) {
    for (byte each : bytes) {
      take(each, sink);
    }
  }

  /** No more comes for this telegram: what is there is all. */
  void finish(Sink sink) {
    if (bang >= 0) {
      complete(sink);
    }
  }

  @Override
  public void reset() {
    length = 0;
    startCount = 0;
    bang = -1;
    noise = 0;
  }

  private void take(byte next, Sink sink) {
    if (bang >= 0) {
      int digit = Character.digit(next, 16);
      if (digit >= 0) {
        sum = sum << 4 | digit;
        if (++digits == CHECKSUM_DIGITS) {
          complete(sink);
          return;
        }
      } else if (next == '\r' || next == '\n' || next == '/') {
        complete(sink);
      } else {
        bang = -1;
      }
    }
    if (length == 0 && next != '/') {
      if (++noise > Telegram.LONGEST) {
        noise = 0;
        sink.trouble(Trouble.NOTHING_KNOWN, "there is no '/' that begins a telegram");
      }
      return;
    }
    if (next == '/' && startCount == MOST_STARTS) {
      forgetFirstStart();
    }
    if (length == buffer.length) {
      sink.trouble(Trouble.DAMAGED, "it is longer than " + Telegram.LONGEST + " bytes");
      forgetFirstStart();
      if (length == 0 && next != '/') {
        return;
      }
    }
    if (next == '/') {
      starts[startCount++] = length;
    } else if (next == '!' && (buffer[length - 1] == '\n' || buffer[length - 1] == '\r')) {
      bang = length;
      digits = 0;
      sum = 0;
    }
    buffer[length++] = next;
  }

  private void complete(Sink sink) {
    Optional<Malformed> refusal = Optional.empty();
    for (int i = 0; i < startCount; i++) {
      Telegram telegram;
      try {
        telegram = parse(starts[i]);
      } catch (Malformed e) {
        refusal = Optional.of(e);
        continue;
      }
      reset();
      sink.telegram(telegram);
      return;
    }
    reset();
    sink.trouble(Trouble.DAMAGED, refusal.map(Malformed::getMessage).orElse("it has no beginning"));
  }

  private Telegram parse(int start) throws Malformed {
    int end = bang + 1;
    if (authenticated) {
      return Telegram.parse(buffer, start, end, Integrity.PROVEN);
    }
    if (digits > 0 && checksum != Checksum.NONE) {
      if (checksum.of(buffer, start, end) != sum) {
        throw new Malformed("its check sum is wrong");
      }
      Telegram telegram = Telegram.parse(buffer, start, end, Integrity.PROVEN);
      checksumSeen = true;
      return telegram;
    }
    Telegram telegram = Telegram.parse(buffer, start, end, Integrity.BY_FORM);
    if (checksumSeen || checksum == Checksum.X25) {
      throw new Malformed("it has lost its check sum");
    }
    if (checksum == Checksum.CRC16) {
      telegram.refuseIfOneWasLost();
    }
    return telegram;
  }

  /** Gives up the first slash as a beginning, and all before the second. */
  private void forgetFirstStart() {
    if (startCount < 2) {
      reset();
      return;
    }
    int cut = starts[1];
    length -= cut;
    System.arraycopy(buffer, cut, buffer, 0, length);
    startCount--;
    for (int i = 0; i < startCount; i++) {
      starts[i] = starts[i + 1] - cut;
    }
    bang = bang < cut ? -1 : bang - cut;
  }
}
