package org.commonshub.metering.dlms;

/** Check sequence of HDLC (ISO/IEC 13239, FCS-16). */
final class Crc {
  private Crc() {}

  static int of(byte[] bytes, int from, int to) {
    int crc = 0xFFFF;
    for (int i = from; i < to; i++) {
      crc ^= bytes[i] & 0xFF;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 1) != 0 ? crc >> 1 ^ 0x8408 : crc >> 1;
      }
    }
    return ~crc & 0xFFFF;
  }

  /** Whether the two bytes at {@code to} are the check sequence of those before, low byte first. */
  static boolean matches(byte[] bytes, int from, int to) {
    return of(bytes, from, to) == ((bytes[to] & 0xFF) | (bytes[to + 1] & 0xFF) << 8);
  }
}
