package org.commonshub.metering.iec62056;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Nature;
import org.commonshub.measure.api.Quality;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.Unit;

/** Makes measurements of what a meter says, by OBIS codes (IEC 62056-6-1). */
final class Values {
  private static final Pattern BITS = Pattern.compile("[0-9A-Fa-f]{1,15}");
  private static final int DIGITS = 18;
  private static final int DECIMALS = 12;

  private record Scaled(Unit unit, int exponent) {}

  /** Units as sent, in lower case. */
  private static final Map<String, Scaled> UNITS =
      Map.ofEntries(
          Map.entry("wh", new Scaled(Unit.WATT_HOUR, 0)),
          Map.entry("kwh", new Scaled(Unit.WATT_HOUR, 3)),
          Map.entry("mwh", new Scaled(Unit.WATT_HOUR, 6)),
          Map.entry("w", new Scaled(Unit.WATT, 0)),
          Map.entry("kw", new Scaled(Unit.WATT, 3)),
          Map.entry("mw", new Scaled(Unit.WATT, 6)),
          Map.entry("varh", new Scaled(Unit.VAR_HOUR, 0)),
          Map.entry("kvarh", new Scaled(Unit.VAR_HOUR, 3)),
          Map.entry("var", new Scaled(Unit.VAR, 0)),
          Map.entry("kvar", new Scaled(Unit.VAR, 3)),
          Map.entry("vah", new Scaled(Unit.VOLT_AMPERE_HOUR, 0)),
          Map.entry("kvah", new Scaled(Unit.VOLT_AMPERE_HOUR, 3)),
          Map.entry("va", new Scaled(Unit.VOLT_AMPERE, 0)),
          Map.entry("kva", new Scaled(Unit.VOLT_AMPERE, 3)),
          Map.entry("v", new Scaled(Unit.VOLT, 0)),
          Map.entry("kv", new Scaled(Unit.VOLT, 3)),
          Map.entry("a", new Scaled(Unit.AMPERE, 0)),
          Map.entry("ma", new Scaled(Unit.AMPERE, -3)),
          Map.entry("hz", new Scaled(Unit.HERTZ, 0)),
          Map.entry("m3", new Scaled(Unit.CUBIC_METRE, 0)),
          Map.entry("m3/h", new Scaled(Unit.CUBIC_METRE_PER_HOUR, 0)));

  /** What values without a unit are in: what meters show on their display. */
  private static final Map<Unit, Integer> WITHOUT_UNIT =
      Map.of(
          Unit.WATT_HOUR, 3,
          Unit.VAR_HOUR, 3,
          Unit.VOLT_AMPERE_HOUR, 3,
          Unit.WATT, 3,
          Unit.VAR, 3,
          Unit.VOLT_AMPERE, 3,
          Unit.VOLT, 0,
          Unit.AMPERE, 0,
          Unit.HERTZ, 0,
          Unit.ONE, 0);

  /** Net power, and the codes of the power taken and given that stand for it. */
  private record Power(Quantity quantity, String net, String taken, String given) {
    static final Power TOTAL = new Power(Quantity.ACTIVE_POWER, "16.7.0", "1.7.0", "2.7.0");
    static final List<Power> PHASES =
        List.of(
            new Power(Quantity.ACTIVE_POWER_L1, "36.7.0", "21.7.0", "22.7.0"),
            new Power(Quantity.ACTIVE_POWER_L2, "56.7.0", "41.7.0", "42.7.0"),
            new Power(Quantity.ACTIVE_POWER_L3, "76.7.0", "61.7.0", "62.7.0"));
  }

  private static final String ABSOLUTE_POWER = "15.7.0";

  /** What needs no judgement, by groups C, D and E of electricity. */
  private static final Map<String, Quantity> PLAIN = plainQuantities();

  private final boolean baseUnits;
  private final Map<String, DataSet> electricity = new LinkedHashMap<>();
  private final Map<String, DataSet> others = new LinkedHashMap<>();
  private final Map<Quantity, Measurement> measurements = new LinkedHashMap<>();

  private Values(List<DataSet> values, boolean baseUnits) {
    this.baseUnits = baseUnits;
    for (boolean zero : new boolean[] {false, true}) {
      for (DataSet value : values) {
        Obis.of(value.code())
            .filter(obis -> obis.zero() == zero)
            .ifPresent(
                obis -> {
                  if (obis.a() == 1 && obis.b() <= 1) {
                    electricity.putIfAbsent(obis.rest(), value);
                  } else {
                    others.putIfAbsent(obis.a() + "-" + obis.b() + ":" + obis.rest(), value);
                  }
                });
      }
    }
  }

  /**
   * The measurements of a readout, at most one per quantity.
   *
   * @param baseUnits whether energy and power without a unit are in Wh and W instead of kWh and kW
   */
  static List<Measurement> of(List<DataSet> readout, boolean baseUnits) {
    Values values = new Values(readout, baseUnits);
    values.plain();
    values.powers();
    return List.copyOf(values.measurements.values());
  }

  private static Map<String, Quantity> plainQuantities() {
    Map<String, Quantity> plain = new HashMap<>();
    for (Quantity quantity : Quantity.catalogue()) {
      String code = quantity.obis().orElse("");
      if (code.startsWith("1-0:")) {
        plain.put(code.substring(4), quantity);
      }
    }
    plain.remove(Power.TOTAL.net());
    Power.PHASES.forEach(phase -> plain.remove(phase.net()));
    return Map.copyOf(plain);
  }

  private void plain() {
    electricity.forEach(
        (code, value) -> {
          Quantity quantity = PLAIN.get(code);
          if (quantity != null) {
            plain(quantity, value);
          }
        });
    others.forEach(
        (code, value) -> Quantity.byObis(code).ifPresent(quantity -> plain(quantity, value)));
    DataSet errors = electricity.getOrDefault("F.F.0", electricity.get("97.97.0"));
    if (errors != null && BITS.matcher(errors.value()).matches()) {
      add(Quantity.DEVICE_EVENTS, BigDecimal.valueOf(Long.parseLong(errors.value(), 16)));
    }
  }

  private void plain(Quantity quantity, DataSet value) {
    number(value, quantity.unit())
        .filter(number -> quantity.nature() != Nature.REGISTER || number.signum() >= 0)
        .ifPresent(number -> add(quantity, number));
  }

  private void add(Quantity quantity, BigDecimal value) {
    try {
      measurements.putIfAbsent(quantity, Measurement.of(quantity, value, Quality.MEASURED));
    } catch (ArithmeticException | IllegalArgumentException e) {
      // More digits than any meter has.
    }
  }

  /** The number in the quantity's unit; empty if it is none, or in another unit. */
  private Optional<BigDecimal> number(DataSet value, Unit unit) {
    String text = value.value().strip();
    if (!decimal(text)) {
      return Optional.empty();
    }
    Scaled scaled;
    if (!value.unit().isEmpty()) {
      scaled = UNITS.get(value.unit().toLowerCase(Locale.ROOT));
    } else {
      Integer exponent = WITHOUT_UNIT.get(unit);
      scaled = exponent == null ? null : new Scaled(unit, baseUnits ? 0 : exponent);
    }
    return scaled == null || scaled.unit() != unit
        ? Optional.empty()
        : Optional.of(new BigDecimal(text).scaleByPowerOfTen(scaled.exponent()));
  }

  /** A sign perhaps, digits, and perhaps a point with more of them. */
  private static boolean decimal(String text) {
    int begin = text.startsWith("+") || text.startsWith("-") ? 1 : 0;
    int point = text.indexOf('.');
    int whole = (point < 0 ? text.length() : point) - begin;
    int decimals = point < 0 ? 1 : text.length() - point - 1;
    if (whole < 1 || whole > DIGITS || decimals < 1 || decimals > DECIMALS) {
      return false;
    }
    for (int i = begin; i < text.length(); i++) {
      if (i != point && (text.charAt(i) < '0' || text.charAt(i) > '9')) {
        return false;
      }
    }
    return true;
  }

  // ---------------------------------------------------------------- powers

  private void powers() {
    List<BigDecimal> phases = new ArrayList<>();
    for (Power phase : Power.PHASES) {
      Optional<BigDecimal> value = signed(phase);
      value.ifPresent(
          watts -> {
            phases.add(watts);
            add(phase.quantity, watts);
          });
    }
    Optional<BigDecimal> total = signed(Power.TOTAL);
    if (total.isEmpty() && !phases.isEmpty()) {
      total = phases.stream().reduce(BigDecimal::add);
    } else if (total.isEmpty() && !exports()) {
      total = watts(ABSOLUTE_POWER); // Without sign, so of use only where nothing is ever given.
    }
    total.ifPresent(watts -> add(Quantity.ACTIVE_POWER, watts));
  }

  private boolean exports() {
    return electricity.keySet().stream().anyMatch(code -> code.startsWith("2.8."));
  }

  private Optional<BigDecimal> watts(String code) {
    DataSet value = electricity.get(code);
    return value == null ? Optional.empty() : number(value, Unit.WATT);
  }

  /** The net power; where only its two directions are sent, the one that is not zero. */
  private Optional<BigDecimal> signed(Power power) {
    Optional<BigDecimal> net = watts(power.net);
    if (net.isPresent()) {
      return net;
    }
    Optional<BigDecimal> taken = watts(power.taken);
    Optional<BigDecimal> given = watts(power.given);
    if (given.isEmpty() || given.get().signum() == 0) {
      return taken.isPresent() ? taken : given;
    }
    return taken.isPresent() && taken.get().signum() != 0
        ? Optional.empty() // Both at once: it says nothing.
        : given.map(BigDecimal::negate);
  }
}
