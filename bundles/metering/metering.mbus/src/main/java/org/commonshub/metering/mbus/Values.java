package org.commonshub.metering.mbus;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.commonshub.measure.api.Commodity;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Nature;
import org.commonshub.measure.api.Phase;
import org.commonshub.measure.api.Quality;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.Unit;

/**
 * From records to quantities of the hub: instantaneous values of the present (storage 0), told
 * apart by device type, tariff, subunit and the extensions for direction and phase. Pure.
 */
final class Values {
  static final Quantity COST_ALLOCATION =
      Quantity.custom("x-heat-cost.units", Commodity.HEAT, Unit.ONE, Phase.TOTAL, Nature.REGISTER);
  static final Quantity HUMIDITY =
      Quantity.custom(
          "x-humidity", Commodity.NONE, Unit.PERCENT, Phase.TOTAL, Nature.INSTANTANEOUS);
  static final Quantity COOLING_POWER =
      Quantity.custom(
          "x-cooling.power", Commodity.COOLING, Unit.WATT, Phase.TOTAL, Nature.INSTANTANEOUS);
  static final Quantity COOLING_VOLUME =
      Quantity.custom(
          "x-cooling.volume", Commodity.COOLING, Unit.CUBIC_METRE, Phase.TOTAL, Nature.REGISTER);
  static final Quantity GAS_VOLUME_UNCORRECTED =
      Quantity.custom(
          "x-gas.volume.uncorrected",
          Commodity.GAS,
          Unit.CUBIC_METRE,
          Phase.TOTAL,
          Nature.REGISTER);

  private static final Quantity[] IMPORT = {
    Quantity.ENERGY_IMPORT,
    Quantity.ENERGY_IMPORT_T1,
    Quantity.ENERGY_IMPORT_T2,
    Quantity.ENERGY_IMPORT_T3,
    Quantity.ENERGY_IMPORT_T4
  };
  private static final Quantity[] EXPORT = {
    Quantity.ENERGY_EXPORT,
    Quantity.ENERGY_EXPORT_T1,
    Quantity.ENERGY_EXPORT_T2,
    Quantity.ENERGY_EXPORT_T3,
    Quantity.ENERGY_EXPORT_T4
  };
  private static final Quantity[] IMPORT_BY_PHASE = {
    Quantity.ENERGY_IMPORT,
    Quantity.ENERGY_IMPORT_L1,
    Quantity.ENERGY_IMPORT_L2,
    Quantity.ENERGY_IMPORT_L3
  };
  private static final Quantity[] EXPORT_BY_PHASE = {
    Quantity.ENERGY_EXPORT,
    Quantity.ENERGY_EXPORT_L1,
    Quantity.ENERGY_EXPORT_L2,
    Quantity.ENERGY_EXPORT_L3
  };
  private static final Quantity[] ACTIVE_POWER = {
    Quantity.ACTIVE_POWER,
    Quantity.ACTIVE_POWER_L1,
    Quantity.ACTIVE_POWER_L2,
    Quantity.ACTIVE_POWER_L3
  };
  private static final Quantity[] REACTIVE_POWER = {
    Quantity.REACTIVE_POWER,
    Quantity.REACTIVE_POWER_L1,
    Quantity.REACTIVE_POWER_L2,
    Quantity.REACTIVE_POWER_L3
  };
  private static final Quantity[] APPARENT_POWER = {
    Quantity.APPARENT_POWER,
    Quantity.APPARENT_POWER_L1,
    Quantity.APPARENT_POWER_L2,
    Quantity.APPARENT_POWER_L3
  };

  /** By phase code: none, L1 … L3, N, L1–L2, L2–L3, L3–L1. */
  private static final Quantity[] VOLTAGE = {
    Quantity.VOLTAGE,
    Quantity.VOLTAGE_L1,
    Quantity.VOLTAGE_L2,
    Quantity.VOLTAGE_L3,
    null,
    Quantity.VOLTAGE_L1_L2,
    Quantity.VOLTAGE_L2_L3,
    Quantity.VOLTAGE_L3_L1
  };

  private static final Quantity[] CURRENT = {
    Quantity.CURRENT,
    Quantity.CURRENT_L1,
    Quantity.CURRENT_L2,
    Quantity.CURRENT_L3,
    Quantity.CURRENT_N
  };

  /** Extensions that leave a value what it is. */
  private static final Set<Integer> NEUTRAL = new HashSet<>();

  static {
    NEUTRAL.add(DataRecord.NO_ERROR);
    NEUTRAL.add(DataRecord.FORWARD);
    NEUTRAL.add(DataRecord.BACKWARD);
    NEUTRAL.add(DataRecord.METERING_CONDITIONS);
    NEUTRAL.add(DataRecord.BASE_CONDITIONS);
    for (int correction = 0x70; correction <= 0x7B; correction++) {
      NEUTRAL.add(correction);
    }
    NEUTRAL.add(0x7D);
    for (int phase = 0x7C01; phase <= 0x7C07; phase++) {
      NEUTRAL.add(phase);
    }
    NEUTRAL.add(0x7C11);
    NEUTRAL.add(0x7C12);
  }

  /** Makers whose electricity meters number phases behind VIFE FFh as the FC table does. */
  private static final Set<String> PHASES_BY_MAKER = Set.of("ABB", "SBC", "SEC");

  /** Whose subunit 0 … 4 is active import, active export, reactive import, export, apparent. */
  private static final String ABB = "ABB";

  /** Whose VIFE FF 09h means export, and FF 00h the mean of the phases. */
  private static final String SCHNEIDER = "SEC";

  private static final int SCHNEIDER_EXPORT = 0x7F09;
  private static final int SCHNEIDER_AVERAGE = 0x7F00;

  /** Whose subunit 1 is reactive. */
  private static final Set<String> REACTIVE_SUBUNIT = Set.of("SBC", "SEC");

  /** What tells who or how rather than how much. */
  private static final Set<Meaning> SILENT =
      EnumSet.of(
          Meaning.FABRICATION_NUMBER,
          Meaning.IDENTIFICATION,
          Meaning.BUS_ADDRESS,
          Meaning.MANUFACTURER_SPECIFIC,
          Meaning.RESERVED,
          Meaning.ANY,
          Meaning.DEVICE_TYPE,
          Meaning.MANUFACTURER,
          Meaning.PARAMETER_SET,
          Meaning.MODEL_VERSION,
          Meaning.HARDWARE_VERSION,
          Meaning.FIRMWARE_VERSION,
          Meaning.SOFTWARE_VERSION,
          Meaning.CUSTOMER_LOCATION,
          Meaning.CUSTOMER,
          Meaning.ACCESS_CODE,
          Meaning.PASSWORD,
          Meaning.SECURITY_KEY,
          Meaning.DATA_CONTAINER,
          Meaning.DATE,
          Meaning.DATE_AND_TIME);

  private Values() {}

  /**
   * Quantities of a telegram.
   *
   * @param telegrams telegrams of one read-out
   * @param meter who sent them; null if nobody said
   * @param kind what it meters
   * @param details whether values that have no quantity of the catalogue come, too
   */
  static List<Measurement> of(
      List<Telegram> telegrams, Meter meter, DeviceType.Kind kind, boolean details) {
    Map<Quantity, Measurement> found = new LinkedHashMap<>();
    List<BigDecimal> given = new ArrayList<>();
    for (Telegram telegram : telegrams) {
      for (DataRecord record : telegram.records()) {
        if (record.present() && record.number().isPresent()) {
          add(record, meter, kind, details, found, given);
        }
      }
      telegram
          .header()
          .ifPresent(
              header ->
                  found.putIfAbsent(
                      Quantity.DEVICE_EVENTS,
                      Measurement.of(Quantity.DEVICE_EVENTS, header.status(), 0)));
    }
    if (!given.isEmpty()) {
      BigDecimal taken =
          Optional.ofNullable(found.get(Quantity.ACTIVE_POWER))
              .map(Measurement::decimalValue)
              .orElse(BigDecimal.ZERO);
      put(found, Quantity.ACTIVE_POWER, taken.subtract(given.get(0)), true);
    }
    if (found.size() == 1 && found.containsKey(Quantity.DEVICE_EVENTS)) {
      return List.of(); // A status alone is no reading.
    }
    return List.copyOf(found.values());
  }

  private static void add(
      DataRecord record,
      Meter meter,
      DeviceType.Kind kind,
      boolean details,
      Map<Quantity, Measurement> found,
      List<BigDecimal> given) {
    BigDecimal value = record.number().orElseThrow();
    int phase = 0;
    boolean backward = record.has(DataRecord.BACKWARD);
    boolean makersPhases =
        kind == DeviceType.Kind.ELECTRICITY && PHASES_BY_MAKER.contains(maker(meter));
    for (int extension : record.extensions()) {
      if (makersPhases && extension == SCHNEIDER_EXPORT && maker(meter).equals(SCHNEIDER)) {
        backward = true;
      } else if (makersPhases
          && extension == SCHNEIDER_AVERAGE
          && maker(meter).equals(SCHNEIDER)
          && record.meaning() == Meaning.CURRENT) {
        return;
      } else if (makersPhases && extension >= 0x7F00 && extension <= 0x7F07) {
        phase = Math.max(phase, extension & 0x07);
      } else if (makersPhases && extension == 0x7F) {
        continue;
      } else if (!NEUTRAL.contains(extension)) {
        return;
      } else if (extension >= 0x7C01 && extension <= 0x7C07) {
        phase = extension & 0x07;
      }
    }
    Quantity quantity =
        switch (kind) {
          case ELECTRICITY -> electricity(record, maker(meter), phase, backward);
          case GAS -> gas(record);
          case HEAT, COOLING -> heat(record, kind == DeviceType.Kind.COOLING);
          case WATER -> water(record);
          case COST_ALLOCATOR -> allocator(record);
          case SENSOR, UNKNOWN -> sensor(record);
        };
    if (record.tariff() > 0 && kind != DeviceType.Kind.ELECTRICITY) {
      quantity = null;
    }
    if (quantity == null && details) {
      quantity = other(record, phase);
    }
    if (quantity == null) {
      return;
    }
    value = inUnit(value, record.unit());
    boolean makersSubunit =
        kind == DeviceType.Kind.ELECTRICITY
            && (maker(meter).equals(ABB) || REACTIVE_SUBUNIT.contains(maker(meter)));
    if (quantity.equals(Quantity.ACTIVE_POWER)
        && (backward || (makersSubunit && record.subunit() == 1))) {
      given.add(value);
      return;
    }
    if (record.subunit() > 0 && record.subunit() < 256 && !makersSubunit) {
      quantity = quantity.channel(record.subunit());
    }
    put(found, quantity, value, false);
  }

  private static String maker(Meter meter) {
    return meter == null ? "" : meter.manufacturer();
  }

  private static Quantity electricity(
      DataRecord record, String maker, int phase, boolean backward) {
    int subunit = 0;
    if (maker.equals(ABB)) {
      subunit = record.subunit();
    } else if (REACTIVE_SUBUNIT.contains(maker) && record.subunit() == 1) {
      subunit = 2;
    } else if (REACTIVE_SUBUNIT.contains(maker) && record.subunit() > 1) {
      return null;
    }
    return switch (record.meaning()) {
      case ENERGY ->
          switch (subunit) {
            case 0 -> energy(record.tariff(), phase, backward);
            case 1 -> energy(record.tariff(), phase, true);
            case 2 -> plain(record, phase, reactive(backward));
            case 3 -> plain(record, phase, Quantity.REACTIVE_ENERGY_EXPORT);
            case 4 -> plain(record, phase, Quantity.APPARENT_ENERGY);
            default -> null;
          };
      case REACTIVE_ENERGY -> plain(record, phase, reactive(backward));
      case APPARENT_ENERGY -> plain(record, phase, Quantity.APPARENT_ENERGY);
      case POWER ->
          switch (subunit) {
            case 0 -> backward && phase > 0 ? null : at(ACTIVE_POWER, record, phase);
            case 1 -> phase > 0 ? null : at(ACTIVE_POWER, record, phase);
            case 2 -> backward ? null : at(REACTIVE_POWER, record, phase);
            case 4 -> backward ? null : at(APPARENT_POWER, record, phase);
            default -> null;
          };
      case REACTIVE_POWER -> backward ? null : at(REACTIVE_POWER, record, phase);
      case APPARENT_POWER -> at(APPARENT_POWER, record, phase);
      case VOLTAGE -> at(VOLTAGE, record, phase);
      case CURRENT -> at(CURRENT, record, phase);
      case FREQUENCY -> at(new Quantity[] {Quantity.FREQUENCY}, record, phase);
      case ERROR_FLAGS -> Quantity.DEVICE_EVENTS;
      case EXTERNAL_TEMPERATURE -> Quantity.TEMPERATURE;
      default -> null;
    };
  }

  private static Quantity energy(int tariff, int phase, boolean export) {
    if (phase == 0) {
      return tariff > 4 ? null : export ? EXPORT[tariff] : IMPORT[tariff];
    }
    return tariff > 0 || phase > 3
        ? null
        : export ? EXPORT_BY_PHASE[phase] : IMPORT_BY_PHASE[phase];
  }

  private static Quantity reactive(boolean export) {
    return export ? Quantity.REACTIVE_ENERGY_EXPORT : Quantity.REACTIVE_ENERGY_IMPORT;
  }

  private static Quantity plain(DataRecord record, int phase, Quantity quantity) {
    return record.tariff() == 0 && phase == 0 ? quantity : null;
  }

  private static Quantity at(Quantity[] phases, DataRecord record, int phase) {
    return record.tariff() == 0 && phase < phases.length ? phases[phase] : null;
  }

  private static Quantity gas(DataRecord record) {
    return switch (record.meaning()) {
      case VOLUME ->
          record.has(DataRecord.METERING_CONDITIONS) ? GAS_VOLUME_UNCORRECTED : Quantity.GAS_VOLUME;
      case ENERGY -> Quantity.GAS_ENERGY;
      case VOLUME_FLOW -> record.has(DataRecord.METERING_CONDITIONS) ? null : Quantity.GAS_FLOW;
      default -> common(record);
    };
  }

  private static Quantity heat(DataRecord record, boolean cooling) {
    // With both, energy against the usual direction is cooling (EN 13757-3, VIFE 3Ch).
    boolean cold = cooling || record.has(DataRecord.BACKWARD);
    return switch (record.meaning()) {
      case ENERGY -> cold ? Quantity.COOLING_ENERGY : Quantity.HEAT_ENERGY;
      case POWER -> cold ? COOLING_POWER : Quantity.HEAT_POWER;
      case VOLUME -> cold ? COOLING_VOLUME : Quantity.HEAT_VOLUME;
      case VOLUME_FLOW -> record.has(DataRecord.BACKWARD) ? null : Quantity.HEAT_FLOW;
      case FLOW_TEMPERATURE -> Quantity.HEAT_FLOW_TEMPERATURE;
      case RETURN_TEMPERATURE -> Quantity.HEAT_RETURN_TEMPERATURE;
      default -> common(record);
    };
  }

  private static Quantity water(DataRecord record) {
    if (record.has(DataRecord.BACKWARD)) {
      return null;
    }
    return switch (record.meaning()) {
      case VOLUME -> Quantity.WATER_VOLUME;
      case VOLUME_FLOW -> Quantity.WATER_FLOW;
      case FLOW_TEMPERATURE -> Quantity.TEMPERATURE;
      default -> record.meaning() == Meaning.EXTERNAL_TEMPERATURE ? null : common(record);
    };
  }

  private static Quantity allocator(DataRecord record) {
    return switch (record.meaning()) {
      case COST_ALLOCATION -> COST_ALLOCATION;
      case FLOW_TEMPERATURE -> Quantity.HEAT_FLOW_TEMPERATURE;
      default -> common(record);
    };
  }

  private static Quantity sensor(DataRecord record) {
    boolean humidity =
        record.meaning() == Meaning.RELATIVE_HUMIDITY || record.label().equals("%RH");
    if (humidity) {
      return HUMIDITY;
    }
    return record.meaning() == Meaning.FLOW_TEMPERATURE ? Quantity.TEMPERATURE : common(record);
  }

  private static Quantity common(DataRecord record) {
    return switch (record.meaning()) {
      case EXTERNAL_TEMPERATURE -> Quantity.TEMPERATURE;
      case ERROR_FLAGS -> Quantity.DEVICE_EVENTS;
      default -> null;
    };
  }

  /** A quantity of its own for what the catalogue does not have. */
  private static Quantity other(DataRecord record, int phase) {
    Unit unit =
        switch (record.unit()) {
          case "Wh", "J", "cal" -> Unit.WATT_HOUR;
          case "W", "J/h" -> Unit.WATT;
          case "varh" -> Unit.VAR_HOUR;
          case "VAh" -> Unit.VOLT_AMPERE_HOUR;
          case "var" -> Unit.VAR;
          case "VA" -> Unit.VOLT_AMPERE;
          case "V" -> Unit.VOLT;
          case "A" -> Unit.AMPERE;
          case "Hz" -> Unit.HERTZ;
          case "%" -> Unit.PERCENT;
          case "°C", "°F" -> Unit.CELSIUS;
          case "m3", "ft3", "gal" -> Unit.CUBIC_METRE;
          case "m3/h", "gal/min", "gal/h" -> Unit.CUBIC_METRE_PER_HOUR;
          case "kg" -> Unit.KILOGRAM;
          case "s" -> Unit.SECOND;
          case "bar" -> Unit.PASCAL;
          case "" -> Unit.ONE;
          default -> null;
        };
    if (unit == null
        || record.meaning() == Meaning.PLAIN_TEXT
        || SILENT.contains(record.meaning())) {
      return null;
    }
    StringBuilder name = new StringBuilder("x-mbus.").append(record.meaning().label());
    if (phase > 0) {
      name.append(".l").append(phase);
    }
    if (record.has(DataRecord.BACKWARD)) {
      name.append(".backward");
    }
    if (record.tariff() > 0) {
      name.append(".t").append(record.tariff());
    }
    return Quantity.custom(
        name.toString(), Commodity.NONE, unit, Phase.TOTAL, Nature.INSTANTANEOUS);
  }

  /** In the unit of the hub. */
  private static BigDecimal inUnit(BigDecimal value, String unit) {
    return switch (unit) {
      case "J" -> divided(value, 3_600);
      case "J/h" -> divided(value, 3_600);
      case "cal" -> divided(value.multiply(new BigDecimal("4.1868")), 3_600);
      case "°F" ->
          divided(value.subtract(BigDecimal.valueOf(32)).multiply(BigDecimal.valueOf(5)), 9);
      case "ft3" -> value.multiply(new BigDecimal("0.028316846592"));
      case "gal" -> value.multiply(new BigDecimal("0.003785411784"));
      case "gal/min" -> value.multiply(new BigDecimal("0.22712470704"));
      case "gal/h" -> value.multiply(new BigDecimal("0.003785411784"));
      case "bar" -> value.scaleByPowerOfTen(5);
      default -> value;
    };
  }

  private static BigDecimal divided(BigDecimal value, int by) {
    return value.divide(BigDecimal.valueOf(by), 3, RoundingMode.HALF_EVEN);
  }

  private static void put(
      Map<Quantity, Measurement> found, Quantity quantity, BigDecimal value, boolean replace) {
    if (quantity.nature() == Nature.REGISTER && value.signum() < 0) {
      return;
    }
    Measurement measurement;
    try {
      measurement = Measurement.of(quantity, value, Quality.MEASURED);
    } catch (ArithmeticException | IllegalArgumentException e) {
      return; // More digits than any meter has.
    }
    if (replace) {
      found.put(quantity, measurement);
    } else {
      found.putIfAbsent(quantity, measurement);
    }
  }
}
