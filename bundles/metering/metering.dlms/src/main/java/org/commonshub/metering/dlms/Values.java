package org.commonshub.metering.dlms;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Nature;
import org.commonshub.measure.api.Quality;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.Unit;

/**
 * From the entries of a list to quantities of the hub. Power taken and power given become one
 * signed power. For one meter: remembers whether it tells what it gives. Not thread-safe.
 */
final class Values {
  /** Signed powers, from the register of what is taken and of what is given. */
  private record Pair(String taken, String given, Quantity quantity) {}

  private static final List<Pair> PAIRS =
      List.of(
          new Pair("1.7.0", "2.7.0", Quantity.ACTIVE_POWER),
          new Pair("21.7.0", "22.7.0", Quantity.ACTIVE_POWER_L1),
          new Pair("41.7.0", "42.7.0", Quantity.ACTIVE_POWER_L2),
          new Pair("61.7.0", "62.7.0", Quantity.ACTIVE_POWER_L3),
          new Pair("3.7.0", "4.7.0", Quantity.REACTIVE_POWER),
          new Pair("23.7.0", "24.7.0", Quantity.REACTIVE_POWER_L1),
          new Pair("43.7.0", "44.7.0", Quantity.REACTIVE_POWER_L2),
          new Pair("63.7.0", "64.7.0", Quantity.REACTIVE_POWER_L3));

  /**
   * Powers of ten of lists without units.
   *
   * @param energy of energy registers, in Wh and varh
   * @param current of currents, in A
   */
  private record Scale(int energy, int current) {}

  private static final Map<String, Scale> UNSCALED =
      Map.of(
          Makers.KAMSTRUP, new Scale(1, -2),
          Makers.LANDIS_GYR, new Scale(0, -2),
          Makers.KAIFA, new Scale(0, -3));

  private static final Set<Integer> CURRENTS = Set.of(11, 31, 51, 71, 91);
  private static final Set<Integer> POWER_FACTORS = Set.of(13, 33, 53, 73);
  private static final Set<Integer> VOLTAGES = Set.of(12, 32, 52, 72);

  private static final List<Quantity> CURRENT =
      List.of(Quantity.CURRENT_L1, Quantity.CURRENT_L2, Quantity.CURRENT_L3);
  private static final List<Quantity> VOLTAGE =
      List.of(Quantity.VOLTAGE_L1, Quantity.VOLTAGE_L2, Quantity.VOLTAGE_L3);

  /** Plausible voltages, so that lists without units tell their scale by themselves. */
  private static final BigDecimal LEAST_VOLTAGE = BigDecimal.valueOf(80);

  private static final BigDecimal MOST_VOLTAGE = BigDecimal.valueOf(500);

  private final int energyScale;
  private boolean tellsGiven;

  /**
   * @param energyScale power of ten of a digit of energy registers, in Wh, where a list has no
   *     units; −1 for what is known of the maker
   */
  Values(int energyScale) {
    this.energyScale = energyScale;
  }

  List<Measurement> of(List<Entry> entries, String maker) {
    Map<Quantity, Measurement> found = new LinkedHashMap<>();
    Map<String, BigDecimal> powers = new HashMap<>();
    for (Entry entry : entries) {
      if (!entry.value().isNumber()) {
        continue;
      }
      Obis obis = entry.obis();
      if (obis.toString().equals("0-0:96.14.0")) {
        put(found, Quantity.TARIFF, entry.value().number());
      } else if (obis.a() == 1 && obis.b() <= 1) {
        electricity(entry, maker, found, powers);
      }
    }
    for (Pair pair : PAIRS) {
      BigDecimal taken = powers.get(pair.taken());
      BigDecimal given = powers.get(pair.given());
      if (pair.quantity().equals(Quantity.ACTIVE_POWER)) {
        tellsGiven |= given != null;
        if (given == null && taken != null && taken.signum() == 0 && tellsGiven) {
          continue; // Nothing taken; what is given stands in another list.
        }
      }
      if (taken != null || given != null) {
        put(
            found,
            pair.quantity(),
            (taken == null ? BigDecimal.ZERO : taken)
                .subtract(given == null ? BigDecimal.ZERO : given));
      }
    }
    Measurement second = found.get(Quantity.VOLTAGE_L2);
    if (second != null && second.mantissa() == 0 && threeWires(entries)) {
      found.remove(Quantity.VOLTAGE_L2);
    }
    if (UNSCALED.containsKey(maker) && !fits(found)) {
      CURRENT.forEach(found::remove);
    }
    return new ArrayList<>(found.values());
  }

  /** Kaifa's meters for nets without neutral say 0 for the voltage they do not measure. */
  private static boolean threeWires(List<Entry> entries) {
    return entries.stream()
        .filter(entry -> entry.obis().reduced().equals("96.1.7"))
        .flatMap(entry -> entry.value().text().stream())
        .anyMatch(model -> model.startsWith("MA304H3") || model.startsWith("MA304T3"));
  }

  /**
   * Whether currents and voltages make about the power there is. Meters behind transformers have
   * another scale than their list says.
   */
  private static boolean fits(Map<Quantity, Measurement> found) {
    double active = size(found, Quantity.ACTIVE_POWER);
    double reactive = size(found, Quantity.REACTIVE_POWER);
    double apparent = Math.hypot(active, reactive);
    double product = 0;
    for (int i = 0; i < CURRENT.size(); i++) {
      product += size(found, CURRENT.get(i)) * size(found, VOLTAGE.get(i));
    }
    return apparent < 1_000 || product == 0 || product < 4 * apparent;
  }

  private static double size(Map<Quantity, Measurement> found, Quantity quantity) {
    Measurement measurement = found.get(quantity);
    return measurement == null ? 0 : measurement.doubleValue();
  }

  private void electricity(
      Entry entry, String maker, Map<Quantity, Measurement> found, Map<String, BigDecimal> powers) {
    String register = entry.obis().reduced();
    for (Pair pair : PAIRS) {
      if (register.equals(pair.taken()) || register.equals(pair.given())) {
        value(entry, pair.quantity().unit(), maker)
            .ifPresent(value -> powers.putIfAbsent(register, value));
        return;
      }
    }
    Optional<Quantity> quantity =
        Quantity.byObis("1-0:" + register)
            .filter(known -> known.nature() != Nature.INTERVAL)
            .filter(known -> !found.containsKey(known));
    quantity
        .flatMap(known -> value(entry, known.unit(), maker))
        .ifPresent(value -> put(found, quantity.get(), value));
  }

  /** Value in the unit wanted; empty if it is in another, or nobody knows in which. */
  private Optional<BigDecimal> value(Entry entry, Unit wanted, String maker) {
    BigDecimal raw = entry.value().number();
    if (entry.unit() != Entry.NO_UNIT) {
      return Units.of(entry.unit()).filter(wanted::equals).map(unit -> Layouts.value(entry));
    }
    int c = entry.obis().c();
    Scale known = UNSCALED.get(maker);
    if (entry.obis().d() == 8) {
      int scale = energyScale >= 0 ? energyScale : known == null ? -1 : known.energy();
      return scale < 0 ? Optional.empty() : Optional.of(raw.scaleByPowerOfTen(scale));
    }
    if (VOLTAGES.contains(c)) {
      return voltage(raw);
    }
    if (CURRENTS.contains(c)) {
      return known == null ? Optional.empty() : Optional.of(raw.scaleByPowerOfTen(known.current()));
    }
    if (POWER_FACTORS.contains(c)) {
      return maker.equals(Makers.KAMSTRUP) ? Optional.of(raw.movePointLeft(2)) : Optional.empty();
    }
    // Every maker known sends whole watts.
    return wanted == Unit.WATT || wanted == Unit.VAR || wanted == Unit.VOLT_AMPERE
        ? Optional.of(raw)
        : Optional.empty();
  }

  private static Optional<BigDecimal> voltage(BigDecimal raw) {
    if (raw.signum() == 0) {
      return Optional.of(raw);
    }
    for (int decimals = 0; decimals <= 3; decimals++) {
      BigDecimal value = raw.movePointLeft(decimals);
      if (value.compareTo(LEAST_VOLTAGE) >= 0 && value.compareTo(MOST_VOLTAGE) <= 0) {
        return Optional.of(value);
      }
    }
    return Optional.empty();
  }

  private static void put(Map<Quantity, Measurement> found, Quantity quantity, BigDecimal value) {
    if (quantity.nature() == Nature.REGISTER && value.signum() < 0) {
      return;
    }
    try {
      found.put(quantity, Measurement.of(quantity, value, Quality.MEASURED));
    } catch (ArithmeticException | IllegalArgumentException e) {
      // More digits than any meter has.
    }
  }
}
