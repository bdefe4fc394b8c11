package org.commonshub.metering.modbus;

/** CRC-16 of Modbus over Serial Line V1.02, section 6.2.2: polynomial 0xA001, initially 0xFFFF. */
final class Crc16 {
  private static final int[] TABLE = new int[256];

  static {
    for (int i = 0; i < 256; i++) {
      int crc = i;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 1) == 0 ? crc >>> 1 : crc >>> 1 ^ 0xA001;
      }
      TABLE[i] = crc;
    }
  }

  private Crc16() {}

  /** CRC of {@code length} bytes from {@code offset}; sent low byte first. */
  static int of(byte[] bytes, int offset, int length) {
    int crc = 0xFFFF;
    for (int i = offset; i < offset + length; i++) {
      crc = crc >>> 8 ^ TABLE[(crc ^ bytes[i]) & 0xFF];
    }
    return crc;
  }
}
