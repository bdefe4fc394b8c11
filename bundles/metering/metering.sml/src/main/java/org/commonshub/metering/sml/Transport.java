package org.commonshub.metering.sml;

import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Cuts SML files out of a stream of bytes: SML transport protocol, version 1. A file stands between
 * {@code 1b1b1b1b 01010101} and {@code 1b1b1b1b 1a}, number of fill bytes, check sum; an escape
 * sequence within it is doubled. Whatever does not fit is dropped, and the next start is looked
 * for, also within what was dropped. Not thread-safe.
 */
final class Transport {
  /** Longest file on the wire. */
  static final int LIMIT = 16 * 1024;

  /** Three would do; DZG adds four where none is needed. */
  private static final int MOST_FILL = 4;

  private static final byte ESCAPE = 0x1B;
  private static final byte START = 0x01;
  private static final byte END = 0x1A;
  private static final byte[] BEGIN = {ESCAPE, ESCAPE, ESCAPE, ESCAPE, START, START, START, START};

  private final Consumer<byte[]> files;
  private final byte[] code = new byte[4];
  private byte[] raw = new byte[1_024];
  private byte[] data = new byte[1_024];
  private int rawLength;
  private int dataLength;
  private int codeLength;
  private boolean within;
  private int escapes;
  private long broken;
  private long started;

  /**
   * @param files takes each whole file whose check sum is right, without fill bytes
   */
  Transport(Consumer<byte[]> files) {
    this.files = files;
  }

  /** Files begun so far. */
  long started() {
    return started;
  }

  /** Files given up so far: cut, overlong, or with a wrong check sum. */
  long broken() {
    return broken;
  }

  /** Forgets what was begun: the stream broke. */
  void reset() {
    within = false;
    rawLength = 0;
    dataLength = 0;
    codeLength = 0;
    escapes = 0;
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
    if (within && rawLength == LIMIT) {
      giveUp();
    }
    if (within) {
      raw = with(raw, rawLength++, b);
    }
    if (codeLength > 0) {
      code[codeLength++] = b;
      if (codeLength == code.length) {
        codeLength = 0;
        judge();
      }
    } else if (b == ESCAPE) {
      // Before a file it does not matter how many there are beyond four.
      escapes = within || escapes < 4 ? escapes + 1 : escapes;
    } else {
      int rest = within ? unescape() : escapes;
      escapes = 0;
      if (rest >= 4) {
        code[0] = b;
        codeLength = 1;
      } else if (within) {
        data = with(data, dataLength++, b);
      }
    }
  }

  /**
   * Of the escape bytes in a row, each eight stand for four of the file. What is left is up to
   * three of the file, or those and an escape sequence.
   */
  private int unescape() {
    int rest = escapes % 8;
    for (int i = escapes / 8 * 4 + rest % 4; i > 0; i--) {
      data = with(data, dataLength++, ESCAPE);
    }
    return rest;
  }

  private void judge() {
    if (Arrays.equals(code, 0, 4, BEGIN, 4, 8)) {
      if (within) {
        broken++;
      }
      reset();
      within = true;
      started++;
      System.arraycopy(BEGIN, 0, raw, 0, BEGIN.length);
      rawLength = BEGIN.length;
      return;
    }
    if (!within) {
      accept(code.clone(), 1); // The start may begin in here.
      return;
    }
    int fill = code[1];
    int sum = (code[2] & 0xFF) << 8 | (code[3] & 0xFF);
    if (code[0] == END
        && fill >= 0
        && fill <= Math.min(MOST_FILL, dataLength)
        && Crc16.fits(raw, 0, rawLength - 2, sum)) {
      byte[] file = Arrays.copyOf(data, dataLength - fill);
      reset();
      files.accept(file);
    } else {
      giveUp();
    }
  }

  /** Reads again from the last start in it: a cut may have hidden that. */
  private void giveUp() {
    broken++;
    byte[] again = Arrays.copyOf(raw, rawLength);
    int from = again.length - BEGIN.length;
    while (from > 0 && !Arrays.equals(again, from, from + BEGIN.length, BEGIN, 0, BEGIN.length)) {
      from--;
    }
    reset();
    accept(again, from > 0 ? from : Math.max(1, again.length - BEGIN.length + 1));
  }

  private static byte[] with(byte[] array, int index, byte b) {
    byte[] roomy =
        index < array.length ? array : Arrays.copyOf(array, Math.min(LIMIT, 2 * array.length));
    roomy[index] = b;
    return roomy;
  }
}
