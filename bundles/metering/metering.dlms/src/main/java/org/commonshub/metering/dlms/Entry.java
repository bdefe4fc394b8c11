package org.commonshub.metering.dlms;

/**
 * One value of a list.
 *
 * @param obis what it is
 * @param value value as sent
 * @param scaler power of ten
 * @param unit unit code (IEC 62056-6-2, table of units); −1 if it was not sent
 */
record Entry(Obis obis, Data value, int scaler, int unit) {
  static final int NO_UNIT = -1;
}
