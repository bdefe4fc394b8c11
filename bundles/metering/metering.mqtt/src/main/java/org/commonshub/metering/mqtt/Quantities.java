package org.commonshub.metering.mqtt;

import java.util.List;
import org.commonshub.measure.api.Quantity;

/** Quantities by phase: all phases, L1, L2, L3; registers by tariff: all tariffs, 1 to 4. */
final class Quantities {
  static final List<Quantity> POWER =
      List.of(
          Quantity.ACTIVE_POWER,
          Quantity.ACTIVE_POWER_L1,
          Quantity.ACTIVE_POWER_L2,
          Quantity.ACTIVE_POWER_L3);
  static final List<Quantity> REACTIVE =
      List.of(
          Quantity.REACTIVE_POWER,
          Quantity.REACTIVE_POWER_L1,
          Quantity.REACTIVE_POWER_L2,
          Quantity.REACTIVE_POWER_L3);
  static final List<Quantity> APPARENT =
      List.of(
          Quantity.APPARENT_POWER,
          Quantity.APPARENT_POWER_L1,
          Quantity.APPARENT_POWER_L2,
          Quantity.APPARENT_POWER_L3);
  static final List<Quantity> FACTOR =
      List.of(
          Quantity.POWER_FACTOR,
          Quantity.POWER_FACTOR_L1,
          Quantity.POWER_FACTOR_L2,
          Quantity.POWER_FACTOR_L3);
  static final List<Quantity> VOLTAGE =
      List.of(Quantity.VOLTAGE, Quantity.VOLTAGE_L1, Quantity.VOLTAGE_L2, Quantity.VOLTAGE_L3);
  static final List<Quantity> CURRENT =
      List.of(Quantity.CURRENT, Quantity.CURRENT_L1, Quantity.CURRENT_L2, Quantity.CURRENT_L3);
  static final List<Quantity> IMPORT =
      List.of(
          Quantity.ENERGY_IMPORT,
          Quantity.ENERGY_IMPORT_L1,
          Quantity.ENERGY_IMPORT_L2,
          Quantity.ENERGY_IMPORT_L3);
  static final List<Quantity> EXPORT =
      List.of(
          Quantity.ENERGY_EXPORT,
          Quantity.ENERGY_EXPORT_L1,
          Quantity.ENERGY_EXPORT_L2,
          Quantity.ENERGY_EXPORT_L3);
  static final List<Quantity> IMPORT_TARIFFS =
      List.of(
          Quantity.ENERGY_IMPORT,
          Quantity.ENERGY_IMPORT_T1,
          Quantity.ENERGY_IMPORT_T2,
          Quantity.ENERGY_IMPORT_T3,
          Quantity.ENERGY_IMPORT_T4);
  static final List<Quantity> EXPORT_TARIFFS =
      List.of(
          Quantity.ENERGY_EXPORT,
          Quantity.ENERGY_EXPORT_T1,
          Quantity.ENERGY_EXPORT_T2,
          Quantity.ENERGY_EXPORT_T3,
          Quantity.ENERGY_EXPORT_T4);

  private Quantities() {}
}
