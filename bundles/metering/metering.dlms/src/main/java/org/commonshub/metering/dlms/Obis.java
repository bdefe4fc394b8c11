package org.commonshub.metering.dlms;

/** A logical name (IEC 62056-6-1) without its last group. */
record Obis(int a, int b, int c, int d, int e) {
  /** Groups C, D and E: {@code 1.8.0}. */
  String reduced() {
    return c + "." + d + "." + e;
  }

  @Override
  public String toString() {
    return a + "-" + b + ":" + reduced();
  }
}
