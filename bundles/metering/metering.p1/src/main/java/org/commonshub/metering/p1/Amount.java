package org.commonshub.metering.p1;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.commonshub.measure.api.Unit;

/**
 * A value with its unit as in a telegram, {@code 003432.827*kWh}; some meters leave the asterisk or
 * the unit out.
 *
 * @param number value
 * @param unit unit as written, or empty
 */
record Amount(BigDecimal number, String unit) {
  private static final int MOST_DIGITS = 10;
  private static final int MOST_DECIMALS = 7;

  /** A watt-hour has 3,600 joules. */
  private static final BigDecimal JOULES = BigDecimal.valueOf(3_600);

  /**
   * What a unit is in the hub's.
   *
   * @param unit the hub's
   * @param power of ten
   * @param joules whether it still is to be divided by 3,600
   */
  private record Scale(Unit unit, int power, boolean joules) {}

  private static final Map<String, Scale> UNITS = new HashMap<>();

  static {
    Map<String, Unit> electric =
        Map.of(
            "W", Unit.WATT,
            "Wh", Unit.WATT_HOUR,
            "var", Unit.VAR,
            "varh", Unit.VAR_HOUR,
            "VA", Unit.VOLT_AMPERE,
            "VAh", Unit.VOLT_AMPERE_HOUR);
    electric.forEach(
        (symbol, unit) -> {
          put(symbol, unit, 0, false);
          put("k" + symbol, unit, 3, false);
          UNITS.put("M" + symbol, new Scale(unit, 6, false)); // Never to be taken for milli.
        });
    put("V", Unit.VOLT, 0, false);
    put("A", Unit.AMPERE, 0, false);
    put("Hz", Unit.HERTZ, 0, false);
    put("m3", Unit.CUBIC_METRE, 0, false);
    put("dm3", Unit.CUBIC_METRE, -3, false);
    put("l", Unit.CUBIC_METRE, -3, false);
    UNITS.put("MJ", new Scale(Unit.WATT_HOUR, 6, true));
    UNITS.put("GJ", new Scale(Unit.WATT_HOUR, 9, true));
  }

  private static void put(String symbol, Unit unit, int power, boolean joules) {
    Scale scale = new Scale(unit, power, joules);
    UNITS.put(symbol, scale);
    UNITS.putIfAbsent(symbol.toLowerCase(Locale.ROOT), scale);
  }

  /** Reads a value; empty if it is no number of at most 10 digits and 7 decimals, or over-long. */
  static Optional<Amount> parse(String text) {
    int at = 0;
    if (text.startsWith("-") || text.startsWith("+")) {
      at = 1;
    }
    int begin = at;
    at = digits(text, at);
    if (at == begin || at - begin > MOST_DIGITS) {
      return Optional.empty();
    }
    if (at < text.length() && text.charAt(at) == '.') {
      int point = at;
      at = digits(text, at + 1);
      if (at == point + 1 || at - point - 1 > MOST_DECIMALS) {
        return Optional.empty();
      }
    }
    String unit = text.substring(at);
    if (unit.startsWith("*")) {
      unit = unit.substring(1);
    } else if (!unit.isEmpty() && !Character.isLetter(unit.charAt(0))) {
      return Optional.empty();
    }
    return Optional.of(new Amount(new BigDecimal(text.substring(0, at)), unit.strip()));
  }

  private static int digits(String text, int from) {
    int at = from;
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
    return at;
  }

  /** The same with another unit. */
  Amount in(String other) {
    return new Amount(number, other);
  }

  /** The hub's unit that this one is a multiple of. */
  Optional<Unit> dimension() {
    return Optional.ofNullable(scale()).map(Scale::unit);
  }

  /** The value in the hub's unit; joules are rounded to whole watt-hours. */
  Optional<BigDecimal> value() {
    Scale scale = scale();
    if (scale == null) {
      return Optional.empty();
    }
    BigDecimal scaled = number.scaleByPowerOfTen(scale.power());
    return Optional.of(scale.joules() ? scaled.divide(JOULES, 0, RoundingMode.HALF_UP) : scaled);
  }

  private Scale scale() {
    Scale exact = UNITS.get(unit);
    return exact != null || unit.startsWith("M") || unit.startsWith("m")
        ? exact
        : UNITS.get(unit.toLowerCase(Locale.ROOT));
  }
}
