package org.commonshub.metering.mbus;

import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;

/**
 * One decoded data record (EN 13757-3, 6.3).
 *
 * @param function what it is of the time it covers
 * @param storage storage number; 0 is the present
 * @param tariff tariff; 0 is the total
 * @param subunit subunit of the device
 * @param meaning what it stands for
 * @param label the meter's own name of the unit, where it sends one in plain text
 * @param unit unit of {@code number}
 * @param extensions combinable VIFE codes: 0x00–0x7E; of the FC table 0x7Cnn; of the manufacturer
 *     0x7Fnn
 * @param number value, if it is a number and valid
 * @param time value, if it is a point in time
 * @param text value, if it is text, raw bytes in hex, or a number with digits that are none
 */
record DataRecord(
    Function function,
    long storage,
    int tariff,
    int subunit,
    Meaning meaning,
    String label,
    String unit,
    List<Integer> extensions,
    Optional<BigDecimal> number,
    Optional<PointInTime> time,
    Optional<String> text) {
  /** Function field of the DIF. */
  enum Function {
    INSTANTANEOUS,
    MAXIMUM,
    MINIMUM,
    ERROR
  }

  static final int NO_ERROR = 0x00;
  static final int FORWARD = 0x3B;
  static final int BACKWARD = 0x3C;
  static final int METERING_CONDITIONS = 0x3A;
  static final int BASE_CONDITIONS = 0x3E;

  boolean has(int extension) {
    return extensions.contains(extension);
  }

  /** Whether it is a value of now. */
  boolean present() {
    return function == Function.INSTANTANEOUS && storage == 0;
  }

  /** Value for tests and logs of development: number, time or text. */
  String value() {
    return number
        .map(BigDecimal::toPlainString)
        .or(() -> time.map(PointInTime::toString))
        .or(() -> text)
        .orElse("");
  }
}
