package org.commonshub.measure.api;

/** What a device is in the home; decides its place in the balance and its picture. */
public enum DeviceRole {
  /** Meter at the grid connection point: + import, − export. */
  GRID_METER,
  /** Photovoltaic production: −. */
  PV,
  /** Other production (wind, CHP, hydro): −. */
  GENERATOR,
  /** Storage: + charging, − discharging. */
  BATTERY,
  /** Charge point for an electric vehicle: +, − when it feeds back. */
  EV_CHARGER,
  HEAT_PUMP,
  WATER_HEATER,
  /** Any other consumer. */
  LOAD,
  /** Meter of a part of the home; counts as consumption beneath its parent. */
  SUB_METER,
  GAS_METER,
  HEAT_METER,
  WATER_METER,
  /** Sensor without energy: temperature, irradiance. */
  SENSOR,
  /** The home itself; derived readings only. */
  HOME;

  /** Whether the device takes part in the electricity balance. */
  public boolean electrical() {
    return switch (this) {
      case GRID_METER,
          PV,
          GENERATOR,
          BATTERY,
          EV_CHARGER,
          HEAT_PUMP,
          WATER_HEATER,
          LOAD,
          SUB_METER ->
          true;
      case GAS_METER, HEAT_METER, WATER_METER, SENSOR, HOME -> false;
    };
  }
}
