package org.commonshub.metering.sml;

/**
 * The check sums met in SML: CRC-16/X-25 (DIN EN 62056-46), low byte first, as the specification
 * asks, and CRC-16/KERMIT in either byte order, as some Holley meters send it.
 */
final class Crc16 {
  private static final int[] TABLE = new int[256];

  static {
    for (int i = 0; i < 256; i++) {
      int crc = i;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 1) != 0 ? crc >>> 1 ^ 0x8408 : crc >>> 1;
      }
      TABLE[i] = crc;
    }
  }

  private Crc16() {}

  /** The check sum as it stands on the wire, its first byte being the more significant. */
  static int x25(byte[] bytes, int from, int to) {
    return swapped(over(bytes, from, to, 0xFFFF) ^ 0xFFFF);
  }

  /** CRC-16/KERMIT, high byte first. */
  static int kermit(byte[] bytes, int from, int to) {
    return over(bytes, from, to, 0);
  }

  /** Whether what stands on the wire fits the bytes before it. */
  static boolean fits(byte[] bytes, int from, int to, int onTheWire) {
    if (x25(bytes, from, to) == onTheWire) {
      return true;
    }
    int kermit = kermit(bytes, from, to);
    return kermit == onTheWire || swapped(kermit) == onTheWire;
  }

  private static int over(byte[] bytes, int from, int to, int start) {
    int crc = start;
    for (int i = from; i < to; i++) {
      crc = crc >>> 8 ^ TABLE[(crc ^ bytes[i]) & 0xFF];
    }
    return crc;
  }

  private static int swapped(int crc) {
    return (crc & 0xFF) << 8 | crc >>> 8;
  }
}
