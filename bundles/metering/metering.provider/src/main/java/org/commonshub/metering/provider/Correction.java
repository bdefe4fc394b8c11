package org.commonshub.metering.provider;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Nature;
import org.commonshub.measure.api.Quality;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.Unit;

/** What the hub does to a device's values before they are published. Pure. */
final class Correction {
  private static final Map<Quantity, Quantity> OPPOSITE = new HashMap<>();

  static {
    opposite(Quantity.ENERGY_IMPORT, Quantity.ENERGY_EXPORT);
    opposite(Quantity.ENERGY_IMPORT_T1, Quantity.ENERGY_EXPORT_T1);
    opposite(Quantity.ENERGY_IMPORT_T2, Quantity.ENERGY_EXPORT_T2);
    opposite(Quantity.ENERGY_IMPORT_T3, Quantity.ENERGY_EXPORT_T3);
    opposite(Quantity.ENERGY_IMPORT_T4, Quantity.ENERGY_EXPORT_T4);
    opposite(Quantity.ENERGY_IMPORT_L1, Quantity.ENERGY_EXPORT_L1);
    opposite(Quantity.ENERGY_IMPORT_L2, Quantity.ENERGY_EXPORT_L2);
    opposite(Quantity.ENERGY_IMPORT_L3, Quantity.ENERGY_EXPORT_L3);
    opposite(Quantity.REACTIVE_ENERGY_IMPORT, Quantity.REACTIVE_ENERGY_EXPORT);
  }

  private static final List<Quantity> SIGNED =
      List.of(
          Quantity.ACTIVE_POWER,
          Quantity.ACTIVE_POWER_L1,
          Quantity.ACTIVE_POWER_L2,
          Quantity.ACTIVE_POWER_L3,
          Quantity.REACTIVE_POWER,
          Quantity.REACTIVE_POWER_L1,
          Quantity.REACTIVE_POWER_L2,
          Quantity.REACTIVE_POWER_L3,
          Quantity.POWER_FACTOR,
          Quantity.POWER_FACTOR_L1,
          Quantity.POWER_FACTOR_L2,
          Quantity.POWER_FACTOR_L3,
          Quantity.DC_POWER);

  private Correction() {}

  private static void opposite(Quantity one, Quantity other) {
    OPPOSITE.put(one, other);
    OPPOSITE.put(other, one);
  }

  /**
   * Turns, judges and marks values.
   *
   * @param inverted whether the device counts with the opposite sign
   * @param flags quality flags for all of them
   */
  static List<Measurement> apply(List<Measurement> values, boolean inverted, int flags) {
    List<Measurement> result = new ArrayList<>(values.size());
    for (Measurement value : values) {
      Measurement turned = inverted ? turn(value) : value;
      result.add(turned.with(plausible(turned) ? flags : flags | Quality.OUT_OF_RANGE));
    }
    return result;
  }

  private static Measurement turn(Measurement value) {
    Quantity quantity = value.quantity();
    Quantity base = base(quantity);
    Quantity opposite = OPPOSITE.get(base);
    if (opposite != null) {
      return new Measurement(
          quantity.channel() == 0 ? opposite : opposite.channel(quantity.channel()),
          value.mantissa(),
          value.exponent(),
          value.quality());
    }
    if (SIGNED.contains(base)) {
      return new Measurement(quantity, -value.mantissa(), value.exponent(), value.quality());
    }
    return value;
  }

  private static Quantity base(Quantity quantity) {
    return quantity.channel() == 0 ? quantity : Quantity.byKey(quantity.key()).orElse(quantity);
  }

  /** Whether a value can be true in a home. Wide on purpose: it is to find nonsense. */
  static boolean plausible(Measurement measurement) {
    double value = measurement.doubleValue();
    Unit unit = measurement.quantity().unit();
    if (measurement.quantity().nature() == Nature.REGISTER && value < 0) {
      return false;
    }
    double size = Math.abs(value);
    return switch (unit) {
      case WATT, VAR, VOLT_AMPERE -> size <= 10e6;
      case VOLT -> size <= 2_000;
      case AMPERE -> size <= 10_000;
      case HERTZ -> value >= 0 && value <= 100;
      case PERCENT -> value >= 0 && value <= 110;
      case CELSIUS -> value >= -100 && value <= 400;
      case WATT_HOUR, VAR_HOUR, VOLT_AMPERE_HOUR -> size <= 1e12;
      default -> true;
    };
  }
}
