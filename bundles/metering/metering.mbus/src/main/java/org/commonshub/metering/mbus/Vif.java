package org.commonshub.metering.mbus;

import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * Value information (EN 13757-3, 6.4): meaning, unit and factor of a VIF code. Tables 10 (primary),
 * 12 and 13 (first extension, FD), 14 (second extension, FB).
 *
 * @param meaning what it stands for
 * @param unit unit after scaling; empty for none
 * @param factor whole factor
 * @param exponent power of ten; value = raw · factor · 10^exponent
 * @param coding how binary data are to be taken
 */
record Vif(Meaning meaning, String unit, long factor, int exponent, Coding coding) {
  /** How binary integers are to be taken (EN 13757-3, annex A). */
  enum Coding {
    /** Type B. */
    SIGNED,
    /** Types C and D. */
    UNSIGNED,
    /** Types F, G, I or J, by length. */
    TIME
  }

  private static final Vif[] PRIMARY = new Vif[128];
  private static final Vif[] FD = new Vif[128];
  private static final Vif[] FD_FD = new Vif[128];
  private static final Vif[] FB = new Vif[128];
  static final Vif MANUFACTURER = new Vif(Meaning.MANUFACTURER_SPECIFIC, "", 1, 0, Coding.SIGNED);
  private static final Vif RESERVED = new Vif(Meaning.RESERVED, "", 1, 0, Coding.SIGNED);

  static {
    scaled(PRIMARY, 0x00, 8, Meaning.ENERGY, "Wh", -3);
    scaled(PRIMARY, 0x08, 8, Meaning.ENERGY, "J", 0);
    scaled(PRIMARY, 0x10, 8, Meaning.VOLUME, "m3", -6);
    scaled(PRIMARY, 0x18, 8, Meaning.MASS, "kg", -3);
    duration(PRIMARY, 0x20, Meaning.ON_TIME);
    duration(PRIMARY, 0x24, Meaning.OPERATING_TIME);
    scaled(PRIMARY, 0x28, 8, Meaning.POWER, "W", -3);
    scaled(PRIMARY, 0x30, 8, Meaning.POWER, "J/h", 0);
    scaled(PRIMARY, 0x38, 8, Meaning.VOLUME_FLOW, "m3/h", -6);
    for (int i = 0; i < 8; i++) {
      PRIMARY[0x40 + i] = new Vif(Meaning.VOLUME_FLOW, "m3/h", 60, i - 7, Coding.SIGNED);
      PRIMARY[0x48 + i] = new Vif(Meaning.VOLUME_FLOW, "m3/h", 3600, i - 9, Coding.SIGNED);
    }
    scaled(PRIMARY, 0x50, 8, Meaning.MASS_FLOW, "kg/h", -3);
    scaled(PRIMARY, 0x58, 4, Meaning.FLOW_TEMPERATURE, "°C", -3);
    scaled(PRIMARY, 0x5C, 4, Meaning.RETURN_TEMPERATURE, "°C", -3);
    scaled(PRIMARY, 0x60, 4, Meaning.TEMPERATURE_DIFFERENCE, "K", -3);
    scaled(PRIMARY, 0x64, 4, Meaning.EXTERNAL_TEMPERATURE, "°C", -3);
    scaled(PRIMARY, 0x68, 4, Meaning.PRESSURE, "bar", -3);
    time(PRIMARY, 0x6C, Meaning.DATE);
    time(PRIMARY, 0x6D, Meaning.DATE_AND_TIME);
    plain(PRIMARY, 0x6E, Meaning.COST_ALLOCATION);
    duration(PRIMARY, 0x70, Meaning.AVERAGING_DURATION);
    duration(PRIMARY, 0x74, Meaning.ACTUALITY_DURATION);
    unsigned(PRIMARY, 0x78, Meaning.FABRICATION_NUMBER);
    unsigned(PRIMARY, 0x79, Meaning.IDENTIFICATION);
    unsigned(PRIMARY, 0x7A, Meaning.BUS_ADDRESS);
    plain(PRIMARY, 0x7C, Meaning.PLAIN_TEXT);
    plain(PRIMARY, 0x7E, Meaning.ANY);

    scaled(FD, 0x00, 4, Meaning.CREDIT, "", -3);
    scaled(FD, 0x04, 4, Meaning.DEBIT, "", -3);
    unsigned(FD, 0x08, Meaning.ACCESS_NUMBER);
    unsigned(FD, 0x09, Meaning.DEVICE_TYPE);
    unsigned(FD, 0x0A, Meaning.MANUFACTURER);
    unsigned(FD, 0x0B, Meaning.PARAMETER_SET);
    unsigned(FD, 0x0C, Meaning.MODEL_VERSION);
    unsigned(FD, 0x0D, Meaning.HARDWARE_VERSION);
    unsigned(FD, 0x0E, Meaning.FIRMWARE_VERSION);
    unsigned(FD, 0x0F, Meaning.SOFTWARE_VERSION);
    unsigned(FD, 0x10, Meaning.CUSTOMER_LOCATION);
    unsigned(FD, 0x11, Meaning.CUSTOMER);
    for (int code = 0x12; code <= 0x15; code++) {
      unsigned(FD, code, Meaning.ACCESS_CODE);
    }
    unsigned(FD, 0x16, Meaning.PASSWORD);
    unsigned(FD, 0x17, Meaning.ERROR_FLAGS);
    unsigned(FD, 0x18, Meaning.ERROR_MASK);
    unsigned(FD, 0x19, Meaning.SECURITY_KEY);
    unsigned(FD, 0x1A, Meaning.DIGITAL_OUTPUT);
    unsigned(FD, 0x1B, Meaning.DIGITAL_INPUT);
    unsigned(FD, 0x1C, Meaning.BAUD_RATE);
    plain(FD, 0x1D, Meaning.RESPONSE_DELAY);
    plain(FD, 0x1E, Meaning.RETRY);
    plain(FD, 0x1F, Meaning.REMOTE_CONTROL);
    plain(FD, 0x20, Meaning.FIRST_STORAGE);
    plain(FD, 0x21, Meaning.LAST_STORAGE);
    plain(FD, 0x22, Meaning.STORAGE_BLOCK_SIZE);
    plain(FD, 0x23, Meaning.TARIFF_DESCRIPTOR);
    duration(FD, 0x24, Meaning.STORAGE_INTERVAL);
    counted(FD, 0x28, Meaning.STORAGE_INTERVAL, "month");
    counted(FD, 0x29, Meaning.STORAGE_INTERVAL, "a");
    plain(FD, 0x2A, Meaning.OPERATOR_DATA);
    plain(FD, 0x2B, Meaning.SECOND);
    duration(FD, 0x2C, Meaning.DURATION_SINCE_READOUT);
    duration(FD, 0x30, Meaning.TARIFF_DURATION);
    time(FD, 0x30, Meaning.TARIFF_START);
    duration(FD, 0x34, Meaning.TARIFF_PERIOD);
    counted(FD, 0x38, Meaning.TARIFF_PERIOD, "month");
    counted(FD, 0x39, Meaning.TARIFF_PERIOD, "a");
    plain(FD, 0x3A, Meaning.DIMENSIONLESS);
    plain(FD, 0x3B, Meaning.DATA_CONTAINER);
    duration(FD, 0x3C, Meaning.TRANSMISSION_PERIOD);
    scaled(FD, 0x40, 16, Meaning.VOLTAGE, "V", -9);
    scaled(FD, 0x50, 16, Meaning.CURRENT, "A", -12);
    plain(FD, 0x60, Meaning.RESET_COUNTER);
    plain(FD, 0x61, Meaning.CUMULATION_COUNTER);
    plain(FD, 0x62, Meaning.CONTROL_SIGNAL);
    plain(FD, 0x63, Meaning.WEEKDAY);
    plain(FD, 0x64, Meaning.WEEK_NUMBER);
    plain(FD, 0x65, Meaning.DAY_CHANGE);
    unsigned(FD, 0x66, Meaning.PARAMETER_ACTIVATION);
    plain(FD, 0x67, Meaning.SUPPLIER_INFORMATION);
    longDuration(FD, 0x68, Meaning.DURATION_SINCE_CUMULATION);
    longDuration(FD, 0x6C, Meaning.BATTERY_OPERATING_TIME);
    time(FD, 0x70, Meaning.BATTERY_CHANGE);
    counted(FD, 0x71, Meaning.RADIO_LEVEL, "dBm");
    plain(FD, 0x72, Meaning.DAYLIGHT_SAVING);
    plain(FD, 0x73, Meaning.LISTENING_WINDOW);
    FD[0x74] = new Vif(Meaning.BATTERY_LIFE, "s", 86_400, 0, Coding.SIGNED);
    plain(FD, 0x75, Meaning.STOP_COUNTER);
    plain(FD, 0x76, Meaning.DATA_CONTAINER);

    plain(FD_FD, 0x00, Meaning.APPLICATION);
    counted(FD_FD, 0x02, Meaning.BATTERY_LIFE, "month");
    counted(FD_FD, 0x03, Meaning.BATTERY_LIFE, "a");

    scaled(FB, 0x00, 2, Meaning.ENERGY, "Wh", 5);
    scaled(FB, 0x02, 2, Meaning.REACTIVE_ENERGY, "varh", 3);
    scaled(FB, 0x04, 2, Meaning.APPARENT_ENERGY, "VAh", 3);
    scaled(FB, 0x08, 2, Meaning.ENERGY, "J", 8);
    scaled(FB, 0x0C, 4, Meaning.ENERGY, "cal", 5);
    scaled(FB, 0x10, 2, Meaning.VOLUME, "m3", 2);
    scaled(FB, 0x14, 4, Meaning.REACTIVE_POWER, "var", 0);
    scaled(FB, 0x18, 2, Meaning.MASS, "kg", 5);
    scaled(FB, 0x1A, 2, Meaning.RELATIVE_HUMIDITY, "%", -1);
    counted(FB, 0x20, Meaning.VOLUME, "ft3");
    FB[0x21] = new Vif(Meaning.VOLUME, "ft3", 1, -1, Coding.SIGNED);
    FB[0x22] = new Vif(Meaning.VOLUME, "gal", 1, -1, Coding.SIGNED);
    counted(FB, 0x23, Meaning.VOLUME, "gal");
    FB[0x24] = new Vif(Meaning.VOLUME_FLOW, "gal/min", 1, -3, Coding.SIGNED);
    counted(FB, 0x25, Meaning.VOLUME_FLOW, "gal/min");
    counted(FB, 0x26, Meaning.VOLUME_FLOW, "gal/h");
    scaled(FB, 0x28, 2, Meaning.POWER, "W", 5);
    FB[0x2A] = new Vif(Meaning.PHASE_VOLTAGE_VOLTAGE, "°", 1, -1, Coding.SIGNED);
    FB[0x2B] = new Vif(Meaning.PHASE_VOLTAGE_CURRENT, "°", 1, -1, Coding.SIGNED);
    scaled(FB, 0x2C, 4, Meaning.FREQUENCY, "Hz", -3);
    scaled(FB, 0x30, 2, Meaning.POWER, "J/h", 8);
    scaled(FB, 0x34, 4, Meaning.APPARENT_POWER, "VA", 0);
    scaled(FB, 0x58, 4, Meaning.FLOW_TEMPERATURE, "°F", -3);
    scaled(FB, 0x5C, 4, Meaning.RETURN_TEMPERATURE, "°F", -3);
    scaled(FB, 0x60, 4, Meaning.TEMPERATURE_DIFFERENCE, "°F", -3);
    scaled(FB, 0x64, 4, Meaning.EXTERNAL_TEMPERATURE, "°F", -3);
    plain(FB, 0x68, Meaning.RATING_FACTOR);
    scaled(FB, 0x70, 4, Meaning.TEMPERATURE_LIMIT, "°F", -3);
    scaled(FB, 0x74, 4, Meaning.TEMPERATURE_LIMIT, "°C", -3);
    scaled(FB, 0x78, 8, Meaning.MAXIMUM_POWER_COUNT, "W", -3);
  }

  private static void scaled(
      Vif[] table, int code, int count, Meaning meaning, String unit, int exponent) {
    for (int i = 0; i < count; i++) {
      table[code + i] = new Vif(meaning, unit, 1, exponent + i, Coding.SIGNED);
    }
  }

  private static void duration(Vif[] table, int code, Meaning meaning) {
    long[] seconds = {1, 60, 3_600, 86_400};
    for (int i = 0; i < 4; i++) {
      table[code + i] = new Vif(meaning, "s", seconds[i], 0, Coding.SIGNED);
    }
  }

  private static void longDuration(Vif[] table, int code, Meaning meaning) {
    table[code] = new Vif(meaning, "s", 3_600, 0, Coding.SIGNED);
    table[code + 1] = new Vif(meaning, "s", 86_400, 0, Coding.SIGNED);
    counted(table, code + 2, meaning, "month");
    counted(table, code + 3, meaning, "a");
  }

  private static void counted(Vif[] table, int code, Meaning meaning, String unit) {
    table[code] = new Vif(meaning, unit, 1, 0, Coding.SIGNED);
  }

  private static void plain(Vif[] table, int code, Meaning meaning) {
    counted(table, code, meaning, "");
  }

  private static void unsigned(Vif[] table, int code, Meaning meaning) {
    table[code] = new Vif(meaning, "", 1, 0, Coding.UNSIGNED);
  }

  private static void time(Vif[] table, int code, Meaning meaning) {
    table[code] = new Vif(meaning, "", 1, 0, Coding.TIME);
  }

  /** Primary code, without the extension bit. */
  static Vif primary(int code) {
    return of(PRIMARY, code);
  }

  /** Code after FD. */
  static Vif first(int code) {
    return of(FD, code);
  }

  /** Code after FD FD. */
  static Vif firstOfFirst(int code) {
    return of(FD_FD, code);
  }

  /** Code after FB. */
  static Vif second(int code) {
    return of(FB, code);
  }

  private static Vif of(Vif[] table, int code) {
    Vif vif = table[code & 0x7F];
    return vif == null ? RESERVED : vif;
  }

  /** The same with another scale. */
  Vif times(int power) {
    return new Vif(meaning, unit, factor, exponent + power, coding);
  }

  Vif as(Coding other) {
    return new Vif(meaning, unit, factor, exponent, other);
  }

  BigDecimal scale(BigInteger raw) {
    return new BigDecimal(raw.multiply(BigInteger.valueOf(factor)), -exponent);
  }

  BigDecimal scale(BigDecimal raw) {
    return raw.multiply(BigDecimal.valueOf(factor)).scaleByPowerOfTen(exponent);
  }
}
