package org.commonshub.measure.api;

/** Units of measure. Values are always in exactly this unit; scaling is in the exponent. */
public enum Unit {
  WATT("W"),
  WATT_HOUR("Wh"),
  VAR("var"),
  VAR_HOUR("varh"),
  VOLT_AMPERE("VA"),
  VOLT_AMPERE_HOUR("VAh"),
  VOLT("V"),
  AMPERE("A"),
  AMPERE_HOUR("Ah"),
  HERTZ("Hz"),
  /** Percent, 0 … 100. */
  PERCENT("%"),
  /** Degrees Celsius. */
  CELSIUS("Cel"),
  CUBIC_METRE("m3"),
  CUBIC_METRE_PER_HOUR("m3/h"),
  KILOGRAM("kg"),
  WATT_PER_SQUARE_METRE("W/m2"),
  SECOND("s"),
  OHM("Ohm"),
  /** Pascal. */
  PASCAL("Pa"),
  /** Dimensionless: factors, counts, enumerated states. */
  ONE("1");

  private final String symbol;

  Unit(String symbol) {
    this.symbol = symbol;
  }

  /** Symbol as in the SenML units registry (RFC 8428, RFC 8798) where it has one. */
  public String symbol() {
    return symbol;
  }

  /**
   * The unit with this symbol.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Unit ofSymbol(String symbol) {
    for (Unit unit : values()) {
      if (unit.symbol.equals(symbol)) {
        return unit;
      }
    }
    throw new IllegalArgumentException("unknown unit symbol: " + symbol);
  }
}
