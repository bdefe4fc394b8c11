package org.commonshub.metering.mbus;

/** CRC of EN 13757-4, 10.2: polynomial 3D65h, complemented. */
final class Crc {
  private static final int POLYNOMIAL = 0x3D65;

  private Crc() {}

  static int of(byte[] bytes, int from, int to) {
    int crc = 0;
    for (int i = from; i < to; i++) {
      crc ^= (bytes[i] & 0xFF) << 8;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 0x8000) != 0 ? crc << 1 ^ POLYNOMIAL : crc << 1;
      }
    }
    return ~crc & 0xFFFF;
  }

  static int of(byte[] bytes) {
    return of(bytes, 0, bytes.length);
  }

  /** Whether the two bytes at {@code to} are the CRC of those before, high byte first. */
  static boolean matches(byte[] bytes, int from, int to) {
    return to + 2 <= bytes.length
        && of(bytes, from, to) == ((bytes[to] & 0xFF) << 8 | (bytes[to + 1] & 0xFF));
  }
}
