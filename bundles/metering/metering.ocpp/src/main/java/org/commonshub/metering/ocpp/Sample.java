package org.commonshub.metering.ocpp;

import static java.util.Map.entry;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.measure.api.Commodity;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Nature;
import org.commonshub.measure.api.Phase;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.Unit;
import org.commonshub.metering.mapping.api.JsonValue;
import org.commonshub.metering.mapping.api.Measurements;
import org.commonshub.metering.mapping.api.Units;

/**
 * One sampled value of a charge point (OCPP 1.6 §7.43, OCPP 2.0.1 part 2 §2.46).
 *
 * @param measurand what was measured
 * @param phase conductor as the charge point names it, or empty
 * @param unit unit as the charge point writes it; never empty
 * @param location where it was measured
 * @param begins whether a transaction began with it
 * @param value value in the unit
 */
record Sample(
    String measurand,
    String phase,
    String unit,
    String location,
    boolean begins,
    BigDecimal value) {
  /** Power that the charge point offers to the vehicle. */
  static final Quantity POWER_OFFERED =
      Quantity.custom(
          "x-ev.power-offered",
          Commodity.ELECTRICITY,
          Unit.WATT,
          Phase.TOTAL,
          Nature.INSTANTANEOUS);

  static final String ENERGY = "Energy.Active.Import.Register";

  private static final int SAMPLES = 128;
  private static final int MULTIPLIER = 12;
  private static final String OUTLET = "Outlet";

  private static final Map<String, Phase> PHASES =
      Map.ofEntries(
          entry("", Phase.TOTAL),
          entry("L1", Phase.L1),
          entry("L2", Phase.L2),
          entry("L3", Phase.L3),
          entry("N", Phase.N),
          entry("L1-N", Phase.L1),
          entry("L2-N", Phase.L2),
          entry("L3-N", Phase.L3),
          entry("L1-L2", Phase.L1_L2),
          entry("L2-L3", Phase.L2_L3),
          entry("L3-L1", Phase.L3_L1));

  /** A measurand of the catalogue: a quantity per phase, and whether the sign turns. */
  private record Meaning(Map<Phase, Quantity> quantities, boolean given) {}

  private static final Map<String, Meaning> MEANINGS =
      Map.ofEntries(
          entry(
              ENERGY,
              meaning(
                  false,
                  Quantity.ENERGY_IMPORT,
                  Quantity.ENERGY_IMPORT_L1,
                  Quantity.ENERGY_IMPORT_L2,
                  Quantity.ENERGY_IMPORT_L3)),
          entry(
              "Energy.Active.Export.Register",
              meaning(
                  false,
                  Quantity.ENERGY_EXPORT,
                  Quantity.ENERGY_EXPORT_L1,
                  Quantity.ENERGY_EXPORT_L2,
                  Quantity.ENERGY_EXPORT_L3)),
          entry("Energy.Reactive.Import.Register", meaning(false, Quantity.REACTIVE_ENERGY_IMPORT)),
          entry("Energy.Reactive.Export.Register", meaning(false, Quantity.REACTIVE_ENERGY_EXPORT)),
          entry("Energy.Apparent.Import", meaning(false, Quantity.APPARENT_ENERGY)),
          entry("Power.Active.Import", power(false)),
          entry("Power.Active.Export", power(true)),
          entry("Power.Reactive.Import", reactive(false)),
          entry("Power.Reactive.Export", reactive(true)),
          entry("Current.Import", current(false)),
          entry("Current.Export", current(true)),
          entry("Current.Offered", meaning(false, Quantity.EV_CURRENT_LIMIT)),
          entry("Power.Offered", meaning(false, POWER_OFFERED)),
          entry(
              "Power.Factor",
              meaning(
                  false,
                  Quantity.POWER_FACTOR,
                  Quantity.POWER_FACTOR_L1,
                  Quantity.POWER_FACTOR_L2,
                  Quantity.POWER_FACTOR_L3)),
          entry("Voltage", voltage()),
          entry("Frequency", meaning(false, Quantity.FREQUENCY)),
          entry("Temperature", meaning(false, Quantity.TEMPERATURE)),
          entry("SoC", meaning(false, Quantity.EV_SOC)));

  private static Meaning meaning(boolean given, Quantity... quantities) {
    Map<Phase, Quantity> map = new EnumMap<>(Phase.class);
    Phase[] phases = {Phase.TOTAL, Phase.L1, Phase.L2, Phase.L3};
    for (int i = 0; i < quantities.length; i++) {
      map.put(phases[i], quantities[i]);
    }
    return new Meaning(map, given);
  }

  private static Meaning power(boolean given) {
    return meaning(
        given,
        Quantity.ACTIVE_POWER,
        Quantity.ACTIVE_POWER_L1,
        Quantity.ACTIVE_POWER_L2,
        Quantity.ACTIVE_POWER_L3);
  }

  private static Meaning reactive(boolean given) {
    return meaning(
        given,
        Quantity.REACTIVE_POWER,
        Quantity.REACTIVE_POWER_L1,
        Quantity.REACTIVE_POWER_L2,
        Quantity.REACTIVE_POWER_L3);
  }

  private static Meaning current(boolean given) {
    Meaning meaning =
        meaning(
            given, Quantity.CURRENT, Quantity.CURRENT_L1, Quantity.CURRENT_L2, Quantity.CURRENT_L3);
    meaning.quantities.put(Phase.N, Quantity.CURRENT_N);
    return meaning;
  }

  private static Meaning voltage() {
    Meaning meaning =
        meaning(
            false, Quantity.VOLTAGE, Quantity.VOLTAGE_L1, Quantity.VOLTAGE_L2, Quantity.VOLTAGE_L3);
    meaning.quantities.put(Phase.L1_L2, Quantity.VOLTAGE_L1_L2);
    meaning.quantities.put(Phase.L2_L3, Quantity.VOLTAGE_L2_L3);
    meaning.quantities.put(Phase.L3_L1, Quantity.VOLTAGE_L3_L1);
    return meaning;
  }

  /** Reads the samples of a {@code meterValue}; what is not understood is left out. */
  static List<Sample> read(JsonValue meterValue, Version version) {
    List<Sample> samples = new ArrayList<>();
    for (JsonValue each : meterValue.get("sampledValue").items()) {
      if (samples.size() == SAMPLES) {
        break;
      }
      one(each, version).ifPresent(samples::add);
    }
    return samples;
  }

  private static Optional<Sample> one(JsonValue sample, Version version) {
    Optional<BigDecimal> value = sample.get("value").number();
    if (value.isEmpty() || sample.get("format").text().orElse("").equals("SignedData")) {
      return Optional.empty();
    }
    String measurand = sample.get("measurand").text().orElse(ENERGY);
    JsonValue measure = version == Version.V16 ? sample : sample.get("unitOfMeasure");
    String unit = measure.get("unit").text().orElse("").strip();
    int multiplier = Fields.optional(measure, "multiplier").orElse(0);
    if (Math.abs(multiplier) > MULTIPLIER) {
      return Optional.empty();
    }
    return Optional.of(
        new Sample(
            measurand,
            sample.get("phase").text().orElse(""),
            unit.isEmpty() ? usual(measurand) : unit,
            sample.get("location").text().orElse(OUTLET),
            sample.get("context").text().orElse("").equals("Transaction.Begin"),
            value.get().scaleByPowerOfTen(multiplier)));
  }

  /** The unit of a measurand when a charge point gives none. */
  private static String usual(String measurand) {
    if (measurand.startsWith("Energy.Reactive")) {
      return "varh";
    }
    if (measurand.startsWith("Energy.Apparent")) {
      return "VAh";
    }
    if (measurand.startsWith("Energy")) {
      return "Wh";
    }
    if (measurand.startsWith("Power.Reactive")) {
      return "var";
    }
    if (measurand.startsWith("Current")) {
      return "A";
    }
    return switch (measurand) {
      case "Power.Factor" -> "1";
      case "Voltage" -> "V";
      case "Frequency" -> "Hz";
      case "SoC" -> "%";
      case "Temperature" -> "Celsius";
      default -> "W";
    };
  }

  /** The samples of one instant as measurements, one per quantity. */
  static List<Measurement> measurements(List<Sample> samples) {
    Map<List<Object>, Sample> best = new LinkedHashMap<>();
    for (Sample sample : samples) {
      // What leaves the outlet counts; what was measured elsewhere stands in for it.
      Phase conductor = PHASES.get(sample.phase);
      if (conductor != null) {
        best.merge(
            List.of(sample.measurand, conductor),
            sample,
            (old, other) -> other.atOutlet() && !old.atOutlet() ? other : old);
      }
    }
    Map<Quantity, BigDecimal> values = new LinkedHashMap<>();
    best.values().forEach(sample -> sample.collect(values));
    whole(values, Quantity.ACTIVE_POWER, 1, powers());
    whole(values, Quantity.ENERGY_IMPORT, 3, energies());
    Measurements measurements = new Measurements();
    values.forEach((quantity, value) -> measurements.add(quantity, value, ""));
    return measurements.list();
  }

  private boolean atOutlet() {
    return location.equals(OUTLET);
  }

  private static List<Quantity> powers() {
    return List.of(Quantity.ACTIVE_POWER_L1, Quantity.ACTIVE_POWER_L2, Quantity.ACTIVE_POWER_L3);
  }

  private static List<Quantity> energies() {
    return List.of(Quantity.ENERGY_IMPORT_L1, Quantity.ENERGY_IMPORT_L2, Quantity.ENERGY_IMPORT_L3);
  }

  /** Charge points that tell the phases need not tell their sum. */
  private static void whole(
      Map<Quantity, BigDecimal> values, Quantity total, int least, List<Quantity> parts) {
    if (values.containsKey(total)) {
      return;
    }
    BigDecimal sum = BigDecimal.ZERO;
    int found = 0;
    for (Quantity part : parts) {
      BigDecimal value = values.get(part);
      if (value != null) {
        sum = sum.add(value);
        found++;
      }
    }
    if (found >= least) {
      values.put(total, sum);
    }
  }

  private void collect(Map<Quantity, BigDecimal> values) {
    Meaning meaning = MEANINGS.get(measurand);
    Quantity quantity = meaning == null ? null : meaning.quantities.get(PHASES.get(phase));
    if (quantity == null || (location.equals("EV") && quantity != Quantity.EV_SOC)) {
      return;
    }
    // Import and export of one conductor are two measurands; the hub has one with a sign.
    in(quantity.unit())
        .ifPresent(
            number ->
                values.merge(quantity, meaning.given ? number.negate() : number, BigDecimal::add));
  }

  private Optional<BigDecimal> in(Unit target) {
    if (target != Unit.CELSIUS) {
      return Units.convert(value, unit.equals("Percent") ? "%" : unit, target);
    }
    return switch (unit) {
      case "Fahrenheit" ->
          Optional.of(
              value
                  .subtract(BigDecimal.valueOf(32))
                  .multiply(BigDecimal.valueOf(5))
                  .divide(BigDecimal.valueOf(9), 2, RoundingMode.HALF_EVEN));
      case "K" -> Optional.of(value.subtract(new BigDecimal("273.15")));
      // 1.6 misspelled it first.
      case "Celsius", "Celcius" -> Optional.of(value);
      default -> Optional.empty();
    };
  }
}
