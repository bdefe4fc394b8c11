package org.commonshub.metering.iec62056;

import java.nio.charset.StandardCharsets;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;

/**
 * Characters of seven bits with even parity (IEC 62056-21, 4.4) in bytes. Eight bits without parity
 * are the same on the line, so the parity is made and checked here: a port or gateway that checks
 * it drops a wrong character without a word, and one that strips it leaves nothing to check.
 */
final class SevenBit {
  private SevenBit() {}

  /** A character without its parity bit. */
  static int of(byte b) {
    return b & 0x7F;
  }

  /** Text with parity bits. */
  static byte[] even(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < bytes.length; i++) {
      if (odd(bytes[i])) {
        bytes[i] |= (byte) 0x80;
      }
    }
    return bytes;
  }

  private static boolean odd(byte b) {
    return Integer.bitCount(b & 0xFF) % 2 != 0;
  }

  /**
   * Takes the parity bits away; if there are any, all characters must have the right one.
   *
   * @throws DeviceException if one has not
   */
  static byte[] strip(byte[] bytes, int from, int to) throws DeviceException {
    byte[] stripped = new byte[to - from];
    boolean bits = false;
    boolean wrong = false;
    for (int i = from; i < to; i++) {
      bits |= bytes[i] < 0;
      wrong |= odd(bytes[i]);
      stripped[i - from] = (byte) of(bytes[i]);
    }
    if (bits && wrong) {
      throw spoilt("a character has the wrong parity");
    }
    return stripped;
  }

  static DeviceException spoilt(String what) {
    return new DeviceException(
        Kind.INVALID_ANSWER,
        "What the meter sends is damaged on its way: "
            + what
            + ". Turn or clean the reading head, keep sunlight off it, and check the baud rate.");
  }
}
