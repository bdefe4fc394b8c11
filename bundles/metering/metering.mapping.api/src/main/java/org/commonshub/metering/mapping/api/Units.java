package org.commonshub.metering.mapping.api;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.commonshub.measure.api.Unit;

/**
 * Units as devices write them, converted to those of the catalogue: exactly where a decimal factor
 * does it (kWh, mA, ft³), otherwise rounded towards zero (J, Ws: to 1 mWh, so that registers stay
 * monotonic).
 */
public final class Units {
  /** Decimals kept where a unit is a fraction of ours. */
  private static final int DECIMALS = 3;

  private record Scale(Unit unit, BigDecimal factor, BigDecimal divisor) {}

  private static final Map<String, Scale> SCALES = new HashMap<>();

  /** Lower-case spellings, where the case cannot change the meaning. */
  private static final Map<String, String> SPELLINGS = new HashMap<>();

  static {
    prefixed(Unit.WATT, "W");
    prefixed(Unit.WATT_HOUR, "Wh");
    prefixed(Unit.VAR, "var");
    prefixed(Unit.VAR, "VAr");
    prefixed(Unit.VAR_HOUR, "varh");
    prefixed(Unit.VAR_HOUR, "VArh");
    prefixed(Unit.VOLT_AMPERE, "VA");
    prefixed(Unit.VOLT_AMPERE_HOUR, "VAh");
    prefixed(Unit.VOLT, "V");
    prefixed(Unit.AMPERE, "A");
    prefixed(Unit.AMPERE_HOUR, "Ah");
    prefixed(Unit.HERTZ, "Hz");
    for (String symbol : new String[] {"J", "Ws"}) {
      scale(symbol, Unit.WATT_HOUR, "1", 3600);
      scale("k" + symbol, Unit.WATT_HOUR, "1000", 3600);
      scale("M" + symbol, Unit.WATT_HOUR, "1000000", 3600);
      scale("G" + symbol, Unit.WATT_HOUR, "1000000000", 3600);
    }
    scale("Wmin", Unit.WATT_HOUR, "1", 60);
    scale("%", Unit.PERCENT, "1", 1);
    scale("°C", Unit.CELSIUS, "1", 1);
    scale("C", Unit.CELSIUS, "1", 1);
    scale("Cel", Unit.CELSIUS, "1", 1);
    scale("m³", Unit.CUBIC_METRE, "1", 1);
    scale("m3", Unit.CUBIC_METRE, "1", 1);
    scale("dm3", Unit.CUBIC_METRE, "0.001", 1);
    scale("L", Unit.CUBIC_METRE, "0.001", 1);
    scale("l", Unit.CUBIC_METRE, "0.001", 1);
    scale("mL", Unit.CUBIC_METRE, "0.000001", 1);
    scale("ft³", Unit.CUBIC_METRE, "0.028316846592", 1);
    scale("CCF", Unit.CUBIC_METRE, "2.8316846592", 1);
    scale("MCF", Unit.CUBIC_METRE, "28.316846592", 1);
    scale("gal", Unit.CUBIC_METRE, "0.003785411784", 1);
    scale("m³/h", Unit.CUBIC_METRE_PER_HOUR, "1", 1);
    scale("m3/h", Unit.CUBIC_METRE_PER_HOUR, "1", 1);
    scale("m³/min", Unit.CUBIC_METRE_PER_HOUR, "60", 1);
    scale("m³/s", Unit.CUBIC_METRE_PER_HOUR, "3600", 1);
    scale("L/h", Unit.CUBIC_METRE_PER_HOUR, "0.001", 1);
    scale("L/min", Unit.CUBIC_METRE_PER_HOUR, "0.06", 1);
    scale("L/s", Unit.CUBIC_METRE_PER_HOUR, "3.6", 1);
    scale("kg", Unit.KILOGRAM, "1", 1);
    scale("g", Unit.KILOGRAM, "0.001", 1);
    scale("W/m²", Unit.WATT_PER_SQUARE_METRE, "1", 1);
    scale("W/m2", Unit.WATT_PER_SQUARE_METRE, "1", 1);
    scale("s", Unit.SECOND, "1", 1);
    scale("ms", Unit.SECOND, "0.001", 1);
    scale("min", Unit.SECOND, "60", 1);
    scale("h", Unit.SECOND, "3600", 1);
    scale("Ohm", Unit.OHM, "1", 1);
    scale("Ω", Unit.OHM, "1", 1);
    scale("Pa", Unit.PASCAL, "1", 1);
    scale("hPa", Unit.PASCAL, "100", 1);
    scale("kPa", Unit.PASCAL, "1000", 1);
    scale("mbar", Unit.PASCAL, "100", 1);
    scale("bar", Unit.PASCAL, "100000", 1);
    scale("1", Unit.ONE, "1", 1);
    for (String symbol :
        new String[] {
          "W", "kW", "Wh", "kWh", "V", "kV", "A", "Hz", "VA", "kVA", "var", "kvar", "kvarh", "m3",
          "m³", "m3/h", "m³/h", "L/h", "L/min", "L/s", "°C", "kg"
        }) {
      SPELLINGS.put(symbol.toLowerCase(Locale.ROOT), symbol);
    }
    SPELLINGS.put("lpm", "L/min");
    SPELLINGS.put("watt", "W");
    SPELLINGS.put("volt", "V");
    SPELLINGS.put("ampere", "A");
    SPELLINGS.put("ft3", "ft³");
  }

  private Units() {}

  private static void prefixed(Unit unit, String symbol) {
    scale("µ" + symbol, unit, "0.000001", 1);
    scale("m" + symbol, unit, "0.001", 1);
    scale(symbol, unit, "1", 1);
    scale("k" + symbol, unit, "1000", 1);
    scale("M" + symbol, unit, "1000000", 1);
    scale("G" + symbol, unit, "1000000000", 1);
    scale("T" + symbol, unit, "1000000000000", 1);
  }

  private static void scale(String symbol, Unit unit, String factor, int divisor) {
    SCALES.put(symbol, new Scale(unit, new BigDecimal(factor), BigDecimal.valueOf(divisor)));
  }

  private static Optional<Scale> scale(String symbol) {
    String plain = symbol.strip();
    Scale scale = SCALES.get(plain);
    return Optional.ofNullable(
        scale != null
            ? scale
            : SCALES.get(SPELLINGS.getOrDefault(plain.toLowerCase(Locale.ROOT), "")));
  }

  /** The unit of the catalogue that a unit is a multiple of. */
  public static Optional<Unit> base(String symbol) {
    return scale(symbol).map(Scale::unit);
  }

  /** Whether values in a unit can be converted. */
  public static boolean convertible(String symbol, Unit target) {
    return convert(BigDecimal.ZERO, symbol, target).isPresent();
  }

  /**
   * Converts.
   *
   * @param symbol unit of {@code value}; empty if it is in {@code target} already
   * @return empty if the unit is unknown or of another kind
   */
  public static Optional<BigDecimal> convert(BigDecimal value, String symbol, Unit target) {
    if (symbol.isBlank()) {
      return Optional.of(value);
    }
    if (target == Unit.ONE && symbol.strip().equals("%")) {
      return Optional.of(value.movePointLeft(2));
    }
    return scale(symbol)
        .filter(scale -> scale.unit == target)
        .map(
            scale -> {
              BigDecimal scaled = value.multiply(scale.factor);
              return scale.divisor.equals(BigDecimal.ONE)
                  ? scaled
                  : scaled.divide(scale.divisor, DECIMALS, RoundingMode.DOWN);
            });
  }
}
