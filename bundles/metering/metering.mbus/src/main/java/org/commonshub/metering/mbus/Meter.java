package org.commonshub.metering.mbus;

import java.util.HexFormat;
import java.util.Locale;

/**
 * Secondary address of a meter (EN 13757-7, 7.5).
 *
 * @param id identification number, eight hexadecimal digits as printed on the meter
 * @param maker manufacturer code, 16 bit
 * @param version version (generation) number
 * @param type device type
 */
record Meter(String id, int maker, int version, int type) {
  static final int LENGTH = 8;

  /** Identification number, manufacturer, version, type: the order of long headers. */
  static Meter ofHeader(byte[] eight) {
    return new Meter(id(eight, 0), (eight[4] & 0xFF) | (eight[5] & 0xFF) << 8, eight[6], eight[7]);
  }

  /** Manufacturer, identification number, version, type: the order of radio frames. */
  static Meter ofLink(byte[] eight) {
    return new Meter(id(eight, 2), (eight[0] & 0xFF) | (eight[1] & 0xFF) << 8, eight[6], eight[7]);
  }

  Meter {
    maker &= 0xFFFF;
    version &= 0xFF;
    type &= 0xFF;
  }

  private static String id(byte[] bytes, int at) {
    byte[] digits = {bytes[at + 3], bytes[at + 2], bytes[at + 1], bytes[at]};
    return HexFormat.of().withUpperCase().formatHex(digits);
  }

  /** Three letters (flag of EN 62056-21), or four hex digits where the code is none. */
  String manufacturer() {
    int[] letters = {(maker >> 10) & 31, (maker >> 5) & 31, maker & 31};
    StringBuilder text = new StringBuilder();
    for (int letter : letters) {
      if (letter < 1 || letter > 26) {
        return String.format(Locale.ROOT, "%04X", maker);
      }
      text.append((char) ('A' + letter - 1));
    }
    return text.toString();
  }

  /** Code of three letters. */
  static int makerOf(String letters) {
    return (letters.charAt(0) - 'A' + 1) << 10
        | (letters.charAt(1) - 'A' + 1) << 5
        | (letters.charAt(2) - 'A' + 1);
  }

  DeviceType.Kind kind() {
    return DeviceType.kind(type);
  }

  /** Bytes in the order of radio frames. */
  byte[] linkBytes() {
    long number = Long.parseLong(id, 16);
    return new byte[] {
      (byte) maker,
      (byte) (maker >> 8),
      (byte) number,
      (byte) (number >> 8),
      (byte) (number >> 16),
      (byte) (number >> 24),
      (byte) version,
      (byte) type
    };
  }

  /** For people: {@code ACW 11490378}. */
  String label() {
    return manufacturer() + " " + id;
  }
}
