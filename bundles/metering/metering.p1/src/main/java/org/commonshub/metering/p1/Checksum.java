package org.commonshub.metering.p1;

/** How telegrams are checked; the sum covers '/' to '!' (DSMR P1 Companion Standard 5.0.2, 6.2). */
enum Checksum {
  /** CRC-16/ARC: x^16 + x^15 + x^2 + 1, reflected, begins with 0, nothing inverted. */
  CRC16(0xA001, 0, 0),
  /** CRC-16/X-25: x^16 + x^12 + x^5 + 1, reflected, begins with all ones, inverted. */
  X25(0x8408, 0xFFFF, 0xFFFF),
  /** Not at all. */
  NONE(0, 0, 0);

  private final int[] table = new int[256];
  private final int begin;
  private final int inversion;

  Checksum(int polynomial, int begin, int inversion) {
    this.begin = begin;
    this.inversion = inversion;
    for (int i = 0; i < 256; i++) {
      int sum = i;
      for (int bit = 0; bit < 8; bit++) {
        sum = (sum & 1) != 0 ? sum >>> 1 ^ polynomial : sum >>> 1;
      }
      table[i] = sum;
    }
  }

  /**
   * The sum of bytes as the meter sent them. Line ends are CR LF by the standard; where not a
   * single CR is left, something on the way took them out, and they are put in again.
   *
   * @param to exclusive
   */
  int of(byte[] bytes, int from, int to) {
    boolean stripped = true;
    for (int i = from; i < to && stripped; i++) {
      stripped = bytes[i] != '\r';
    }
    int sum = begin;
    for (int i = from; i < to; i++) {
      if (stripped && bytes[i] == '\n') {
        sum = sum >>> 8 ^ table[(sum ^ '\r') & 0xFF];
      }
      sum = sum >>> 8 ^ table[(sum ^ bytes[i]) & 0xFF];
    }
    return sum ^ inversion;
  }
}
