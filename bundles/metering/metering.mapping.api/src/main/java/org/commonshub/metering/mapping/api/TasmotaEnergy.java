package org.commonshub.metering.mapping.api;

import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import org.commonshub.measure.api.Quantity;

/**
 * The object {@code ENERGY} of Tasmota, in {@code tele/…/SENSOR} and in the answer to {@code Status
 * 8} (Tasmota documentation, "Energy monitoring"). A value is a number, or an array: of three, the
 * phases; of another length, the channels of a device with several. Today, yesterday and period
 * start anew and are no registers.
 */
public final class TasmotaEnergy {
  private TasmotaEnergy() {}

  /**
   * Values of a message.
   *
   * @param sensors object that has {@code ENERGY} in it
   * @param channel which of several channels, from 1; 0 for all of them and their sum
   */
  public static Measurements values(JsonValue sensors, int channel) {
    JsonValue energy = sensors.get("ENERGY");
    Measurements values = new Measurements();
    summed(values, energy.get("Power"), channel, "W", Quantity.ACTIVE_POWER, PHASES_POWER);
    summed(
        values,
        energy.get("ApparentPower"),
        channel,
        "VA",
        Quantity.APPARENT_POWER,
        PHASES_APPARENT);
    summed(
        values,
        energy.get("ReactivePower"),
        channel,
        "var",
        Quantity.REACTIVE_POWER,
        PHASES_REACTIVE);
    each(values, energy.get("Factor"), channel, "", Quantity.POWER_FACTOR, PHASES_FACTOR);
    each(values, energy.get("Voltage"), channel, "V", Quantity.VOLTAGE, PHASES_VOLTAGE);
    summed(values, energy.get("Current"), channel, "A", Quantity.CURRENT, PHASES_CURRENT);
    JsonValue frequency = energy.get("Frequency");
    values.add(Quantity.FREQUENCY, frequency.isArray() ? frequency.at(0) : frequency, "Hz");
    // Where a meter tells both directions, Total may be their balance.
    JsonValue imported =
        energy.get("ImportActive").missing() ? energy.get("Total") : energy.get("ImportActive");
    summed(values, imported, channel, "kWh", Quantity.ENERGY_IMPORT, PHASES_IMPORT);
    summed(
        values, energy.get("ExportActive"), channel, "kWh", Quantity.ENERGY_EXPORT, PHASES_EXPORT);
    if (channel == 0) {
      tariffs(
          values, energy.get("TotalTariff"), Quantity.ENERGY_IMPORT_T1, Quantity.ENERGY_IMPORT_T2);
      tariffs(
          values, energy.get("ExportTariff"), Quantity.ENERGY_EXPORT_T1, Quantity.ENERGY_EXPORT_T2);
    }
    return values;
  }

  private static final List<Quantity> PHASES_POWER =
      List.of(Quantity.ACTIVE_POWER_L1, Quantity.ACTIVE_POWER_L2, Quantity.ACTIVE_POWER_L3);
  private static final List<Quantity> PHASES_APPARENT =
      List.of(Quantity.APPARENT_POWER_L1, Quantity.APPARENT_POWER_L2, Quantity.APPARENT_POWER_L3);
  private static final List<Quantity> PHASES_REACTIVE =
      List.of(Quantity.REACTIVE_POWER_L1, Quantity.REACTIVE_POWER_L2, Quantity.REACTIVE_POWER_L3);
  private static final List<Quantity> PHASES_FACTOR =
      List.of(Quantity.POWER_FACTOR_L1, Quantity.POWER_FACTOR_L2, Quantity.POWER_FACTOR_L3);
  private static final List<Quantity> PHASES_VOLTAGE =
      List.of(Quantity.VOLTAGE_L1, Quantity.VOLTAGE_L2, Quantity.VOLTAGE_L3);
  private static final List<Quantity> PHASES_CURRENT =
      List.of(Quantity.CURRENT_L1, Quantity.CURRENT_L2, Quantity.CURRENT_L3);
  private static final List<Quantity> PHASES_IMPORT =
      List.of(Quantity.ENERGY_IMPORT_L1, Quantity.ENERGY_IMPORT_L2, Quantity.ENERGY_IMPORT_L3);
  private static final List<Quantity> PHASES_EXPORT =
      List.of(Quantity.ENERGY_EXPORT_L1, Quantity.ENERGY_EXPORT_L2, Quantity.ENERGY_EXPORT_L3);

  private static final int MAX_CHANNELS = 32;

  private static void summed(
      Measurements values,
      JsonValue value,
      int channel,
      String unit,
      Quantity whole,
      List<Quantity> phases) {
    if (value.isArray() && channel == 0) {
      List<Optional<BigDecimal>> parts = value.items().stream().map(JsonValue::number).toList();
      if (!parts.isEmpty() && parts.stream().allMatch(Optional::isPresent)) {
        values.add(
            whole,
            parts.stream().map(Optional::get).reduce(BigDecimal.ZERO, BigDecimal::add),
            unit);
      }
    }
    each(values, value, channel, unit, whole, phases);
  }

  private static void each(
      Measurements values,
      JsonValue value,
      int channel,
      String unit,
      Quantity whole,
      List<Quantity> phases) {
    List<JsonValue> items = value.items();
    if (!value.isArray()) {
      values.add(whole, value, unit);
    } else if (channel > 0) {
      values.add(whole, value.at(channel - 1), unit);
    } else {
      for (int i = 0; i < items.size() && i < MAX_CHANNELS; i++) {
        values.add(
            items.size() == phases.size() ? phases.get(i) : whole.channel(i + 1),
            items.get(i),
            unit);
      }
    }
  }

  private static void tariffs(
      Measurements values, JsonValue tariffs, Quantity first, Quantity second) {
    values.add(first, tariffs.at(0), "kWh");
    values.add(second, tariffs.at(1), "kWh");
  }
}
