package org.commonshub.testing.devices;

import java.time.Instant;

/**
 * Everything the home's meters show at one instant: grid = rest + appliances + heat pump + wallbox
 * + battery + inverter, for each conductor, in power and in energy.
 *
 * @param at instant of the simulation's clock
 * @param grid meter at the connection point
 * @param inverter PV inverter's terminals, never +
 * @param battery battery inverter's terminals, + charging
 * @param wallbox charge point
 * @param heatPump heat pump, on L3
 * @param appliances kitchen and laundry, on L1
 * @param rest what no meter counts: lights, fridge, standby
 * @param pv direct-current side and state of the inverter
 * @param storage inside of the battery
 * @param vehicle the car and its session
 * @param outdoor air temperature, °C
 */
record HomeState(
    Instant at,
    Ac grid,
    Ac inverter,
    Ac battery,
    Ac wallbox,
    Ac heatPump,
    Ac appliances,
    Ac rest,
    Pv pv,
    Storage storage,
    Vehicle vehicle,
    double outdoor) {

  /**
   * @param dcPower power of each tracker, W
   * @param dcVoltage voltage of each tracker, V
   * @param dcWh energy of each tracker, Wh
   * @param throttled whether the inverter is at its limit
   */
  record Pv(
      double dcPower1,
      double dcPower2,
      double dcVoltage,
      double dcWh1,
      double dcWh2,
      boolean throttled) {}

  /**
   * @param storedWh energy in the cells
   * @param dcPower + into the cells, W
   * @param dcVoltage V
   * @param cycles full cycles since the origin
   */
  record Storage(double storedWh, double dcPower, double dcVoltage, double cycles) {}

  /**
   * @param state IEC 61851-1: 1 A, 2 B, 3 C
   * @param storedWh energy in the car's cells; meaningful while it is plugged in
   * @param sessionWh energy since it was plugged in
   * @param requestedWh energy it still asks for at the charge point
   * @param departureSeconds until it leaves, −1 unknown
   */
  record Vehicle(
      int state, double storedWh, double sessionWh, double requestedWh, long departureSeconds) {
    boolean plugged() {
      return state > 1;
    }
  }
}
