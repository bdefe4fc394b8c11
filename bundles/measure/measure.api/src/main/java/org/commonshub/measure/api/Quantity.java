package org.commonshub.measure.api;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What is measured: name, unit, commodity, phase, nature, and the OBIS code (IEC 62056-6-1) where
 * one exists. The constants are the released catalogue (docs/data-structure.md); a quantity outside
 * it is made with {@link #custom}. Equality is by name and channel.
 */
public final class Quantity {
  private static final Map<Integer, Quantity> BY_KEY = new HashMap<>();
  private static final Map<String, Quantity> BY_NAME = new HashMap<>();
  private static final Map<String, Quantity> BY_OBIS = new HashMap<>();

  /** Active power, signed: + taken, − given. */
  public static final Quantity ACTIVE_POWER =
      catalogued(
          1,
          "power.active",
          "1-0:16.7.0",
          Commodity.ELECTRICITY,
          Unit.WATT,
          Phase.TOTAL,
          Nature.INSTANTANEOUS);

  /** Active power of L1, signed. */
  public static final Quantity ACTIVE_POWER_L1 =
      catalogued(
          2,
          "power.active.l1",
          "1-0:36.7.0",
          Commodity.ELECTRICITY,
          Unit.WATT,
          Phase.L1,
          Nature.INSTANTANEOUS);

  /** Active power of L2, signed. */
  public static final Quantity ACTIVE_POWER_L2 =
      catalogued(
          3,
          "power.active.l2",
          "1-0:56.7.0",
          Commodity.ELECTRICITY,
          Unit.WATT,
          Phase.L2,
          Nature.INSTANTANEOUS);

  /** Active power of L3, signed. */
  public static final Quantity ACTIVE_POWER_L3 =
      catalogued(
          4,
          "power.active.l3",
          "1-0:76.7.0",
          Commodity.ELECTRICITY,
          Unit.WATT,
          Phase.L3,
          Nature.INSTANTANEOUS);

  /** Reactive power, signed: + inductive taken. */
  public static final Quantity REACTIVE_POWER =
      catalogued(
          5,
          "power.reactive",
          "1-0:131.7.0",
          Commodity.ELECTRICITY,
          Unit.VAR,
          Phase.TOTAL,
          Nature.INSTANTANEOUS);

  /** Reactive power of L1, signed. */
  public static final Quantity REACTIVE_POWER_L1 =
      catalogued(
          6,
          "power.reactive.l1",
          "1-0:151.7.0",
          Commodity.ELECTRICITY,
          Unit.VAR,
          Phase.L1,
          Nature.INSTANTANEOUS);

  /** Reactive power of L2, signed. */
  public static final Quantity REACTIVE_POWER_L2 =
      catalogued(
          7,
          "power.reactive.l2",
          "1-0:171.7.0",
          Commodity.ELECTRICITY,
          Unit.VAR,
          Phase.L2,
          Nature.INSTANTANEOUS);

  /** Reactive power of L3, signed. */
  public static final Quantity REACTIVE_POWER_L3 =
      catalogued(
          8,
          "power.reactive.l3",
          "1-0:191.7.0",
          Commodity.ELECTRICITY,
          Unit.VAR,
          Phase.L3,
          Nature.INSTANTANEOUS);

  /** Apparent power, ≥ 0. */
  public static final Quantity APPARENT_POWER =
      catalogued(
          9,
          "power.apparent",
          "1-0:9.7.0",
          Commodity.ELECTRICITY,
          Unit.VOLT_AMPERE,
          Phase.TOTAL,
          Nature.INSTANTANEOUS);

  /** Apparent power of L1, ≥ 0. */
  public static final Quantity APPARENT_POWER_L1 =
      catalogued(
          10,
          "power.apparent.l1",
          "1-0:29.7.0",
          Commodity.ELECTRICITY,
          Unit.VOLT_AMPERE,
          Phase.L1,
          Nature.INSTANTANEOUS);

  /** Apparent power of L2, ≥ 0. */
  public static final Quantity APPARENT_POWER_L2 =
      catalogued(
          11,
          "power.apparent.l2",
          "1-0:49.7.0",
          Commodity.ELECTRICITY,
          Unit.VOLT_AMPERE,
          Phase.L2,
          Nature.INSTANTANEOUS);

  /** Apparent power of L3, ≥ 0. */
  public static final Quantity APPARENT_POWER_L3 =
      catalogued(
          12,
          "power.apparent.l3",
          "1-0:69.7.0",
          Commodity.ELECTRICITY,
          Unit.VOLT_AMPERE,
          Phase.L3,
          Nature.INSTANTANEOUS);

  /** Power factor, −1 … 1. */
  public static final Quantity POWER_FACTOR =
      catalogued(
          13,
          "power.factor",
          "1-0:13.7.0",
          Commodity.ELECTRICITY,
          Unit.ONE,
          Phase.TOTAL,
          Nature.INSTANTANEOUS);

  /** Power factor of L1, −1 … 1. */
  public static final Quantity POWER_FACTOR_L1 =
      catalogued(
          14,
          "power.factor.l1",
          "1-0:33.7.0",
          Commodity.ELECTRICITY,
          Unit.ONE,
          Phase.L1,
          Nature.INSTANTANEOUS);

  /** Power factor of L2, −1 … 1. */
  public static final Quantity POWER_FACTOR_L2 =
      catalogued(
          15,
          "power.factor.l2",
          "1-0:53.7.0",
          Commodity.ELECTRICITY,
          Unit.ONE,
          Phase.L2,
          Nature.INSTANTANEOUS);

  /** Power factor of L3, −1 … 1. */
  public static final Quantity POWER_FACTOR_L3 =
      catalogued(
          16,
          "power.factor.l3",
          "1-0:73.7.0",
          Commodity.ELECTRICITY,
          Unit.ONE,
          Phase.L3,
          Nature.INSTANTANEOUS);

  /** Mains frequency. */
  public static final Quantity FREQUENCY =
      catalogued(
          17,
          "frequency",
          "1-0:14.7.0",
          Commodity.ELECTRICITY,
          Unit.HERTZ,
          Phase.TOTAL,
          Nature.INSTANTANEOUS);

  /** Voltage where phases are not told apart, or their mean. */
  public static final Quantity VOLTAGE =
      catalogued(
          18,
          "voltage",
          "1-0:12.7.0",
          Commodity.ELECTRICITY,
          Unit.VOLT,
          Phase.TOTAL,
          Nature.INSTANTANEOUS);

  /** Voltage L1 to N. */
  public static final Quantity VOLTAGE_L1 =
      catalogued(
          19,
          "voltage.l1",
          "1-0:32.7.0",
          Commodity.ELECTRICITY,
          Unit.VOLT,
          Phase.L1,
          Nature.INSTANTANEOUS);

  /** Voltage L2 to N. */
  public static final Quantity VOLTAGE_L2 =
      catalogued(
          20,
          "voltage.l2",
          "1-0:52.7.0",
          Commodity.ELECTRICITY,
          Unit.VOLT,
          Phase.L2,
          Nature.INSTANTANEOUS);

  /** Voltage L3 to N. */
  public static final Quantity VOLTAGE_L3 =
      catalogued(
          21,
          "voltage.l3",
          "1-0:72.7.0",
          Commodity.ELECTRICITY,
          Unit.VOLT,
          Phase.L3,
          Nature.INSTANTANEOUS);

  /** Voltage L1 to L2. */
  public static final Quantity VOLTAGE_L1_L2 =
      catalogued(
          22,
          "voltage.l1-l2",
          "",
          Commodity.ELECTRICITY,
          Unit.VOLT,
          Phase.L1_L2,
          Nature.INSTANTANEOUS);

  /** Voltage L2 to L3. */
  public static final Quantity VOLTAGE_L2_L3 =
      catalogued(
          23,
          "voltage.l2-l3",
          "",
          Commodity.ELECTRICITY,
          Unit.VOLT,
          Phase.L2_L3,
          Nature.INSTANTANEOUS);

  /** Voltage L3 to L1. */
  public static final Quantity VOLTAGE_L3_L1 =
      catalogued(
          24,
          "voltage.l3-l1",
          "",
          Commodity.ELECTRICITY,
          Unit.VOLT,
          Phase.L3_L1,
          Nature.INSTANTANEOUS);

  /** Current where phases are not told apart, or their sum. */
  public static final Quantity CURRENT =
      catalogued(
          25,
          "current",
          "1-0:11.7.0",
          Commodity.ELECTRICITY,
          Unit.AMPERE,
          Phase.TOTAL,
          Nature.INSTANTANEOUS);

  /** Current of L1. */
  public static final Quantity CURRENT_L1 =
      catalogued(
          26,
          "current.l1",
          "1-0:31.7.0",
          Commodity.ELECTRICITY,
          Unit.AMPERE,
          Phase.L1,
          Nature.INSTANTANEOUS);

  /** Current of L2. */
  public static final Quantity CURRENT_L2 =
      catalogued(
          27,
          "current.l2",
          "1-0:51.7.0",
          Commodity.ELECTRICITY,
          Unit.AMPERE,
          Phase.L2,
          Nature.INSTANTANEOUS);

  /** Current of L3. */
  public static final Quantity CURRENT_L3 =
      catalogued(
          28,
          "current.l3",
          "1-0:71.7.0",
          Commodity.ELECTRICITY,
          Unit.AMPERE,
          Phase.L3,
          Nature.INSTANTANEOUS);

  /** Current of N. */
  public static final Quantity CURRENT_N =
      catalogued(
          29,
          "current.n",
          "1-0:91.7.0",
          Commodity.ELECTRICITY,
          Unit.AMPERE,
          Phase.N,
          Nature.INSTANTANEOUS);

  /** Active energy taken, all tariffs. */
  public static final Quantity ENERGY_IMPORT =
      catalogued(
          40,
          "energy.import",
          "1-0:1.8.0",
          Commodity.ELECTRICITY,
          Unit.WATT_HOUR,
          Phase.TOTAL,
          Nature.REGISTER);

  /** Active energy taken, tariff 1. */
  public static final Quantity ENERGY_IMPORT_T1 =
      catalogued(
          41,
          "energy.import.t1",
          "1-0:1.8.1",
          Commodity.ELECTRICITY,
          Unit.WATT_HOUR,
          Phase.TOTAL,
          Nature.REGISTER);

  /** Active energy taken, tariff 2. */
  public static final Quantity ENERGY_IMPORT_T2 =
      catalogued(
          42,
          "energy.import.t2",
          "1-0:1.8.2",
          Commodity.ELECTRICITY,
          Unit.WATT_HOUR,
          Phase.TOTAL,
          Nature.REGISTER);

  /** Active energy taken, tariff 3. */
  public static final Quantity ENERGY_IMPORT_T3 =
      catalogued(
          43,
          "energy.import.t3",
          "1-0:1.8.3",
          Commodity.ELECTRICITY,
          Unit.WATT_HOUR,
          Phase.TOTAL,
          Nature.REGISTER);

  /** Active energy taken, tariff 4. */
  public static final Quantity ENERGY_IMPORT_T4 =
      catalogued(
          44,
          "energy.import.t4",
          "1-0:1.8.4",
          Commodity.ELECTRICITY,
          Unit.WATT_HOUR,
          Phase.TOTAL,
          Nature.REGISTER);

  /** Active energy taken on L1. */
  public static final Quantity ENERGY_IMPORT_L1 =
      catalogued(
          45,
          "energy.import.l1",
          "1-0:21.8.0",
          Commodity.ELECTRICITY,
          Unit.WATT_HOUR,
          Phase.L1,
          Nature.REGISTER);

  /** Active energy taken on L2. */
  public static final Quantity ENERGY_IMPORT_L2 =
      catalogued(
          46,
          "energy.import.l2",
          "1-0:41.8.0",
          Commodity.ELECTRICITY,
          Unit.WATT_HOUR,
          Phase.L2,
          Nature.REGISTER);

  /** Active energy taken on L3. */
  public static final Quantity ENERGY_IMPORT_L3 =
      catalogued(
          47,
          "energy.import.l3",
          "1-0:61.8.0",
          Commodity.ELECTRICITY,
          Unit.WATT_HOUR,
          Phase.L3,
          Nature.REGISTER);

  /** Active energy given, all tariffs. */
  public static final Quantity ENERGY_EXPORT =
      catalogued(
          50,
          "energy.export",
          "1-0:2.8.0",
          Commodity.ELECTRICITY,
          Unit.WATT_HOUR,
          Phase.TOTAL,
          Nature.REGISTER);

  /** Active energy given, tariff 1. */
  public static final Quantity ENERGY_EXPORT_T1 =
      catalogued(
          51,
          "energy.export.t1",
          "1-0:2.8.1",
          Commodity.ELECTRICITY,
          Unit.WATT_HOUR,
          Phase.TOTAL,
          Nature.REGISTER);

  /** Active energy given, tariff 2. */
  public static final Quantity ENERGY_EXPORT_T2 =
      catalogued(
          52,
          "energy.export.t2",
          "1-0:2.8.2",
          Commodity.ELECTRICITY,
          Unit.WATT_HOUR,
          Phase.TOTAL,
          Nature.REGISTER);

  /** Active energy given, tariff 3. */
  public static final Quantity ENERGY_EXPORT_T3 =
      catalogued(
          53,
          "energy.export.t3",
          "1-0:2.8.3",
          Commodity.ELECTRICITY,
          Unit.WATT_HOUR,
          Phase.TOTAL,
          Nature.REGISTER);

  /** Active energy given, tariff 4. */
  public static final Quantity ENERGY_EXPORT_T4 =
      catalogued(
          54,
          "energy.export.t4",
          "1-0:2.8.4",
          Commodity.ELECTRICITY,
          Unit.WATT_HOUR,
          Phase.TOTAL,
          Nature.REGISTER);

  /** Active energy given on L1. */
  public static final Quantity ENERGY_EXPORT_L1 =
      catalogued(
          55,
          "energy.export.l1",
          "1-0:22.8.0",
          Commodity.ELECTRICITY,
          Unit.WATT_HOUR,
          Phase.L1,
          Nature.REGISTER);

  /** Active energy given on L2. */
  public static final Quantity ENERGY_EXPORT_L2 =
      catalogued(
          56,
          "energy.export.l2",
          "1-0:42.8.0",
          Commodity.ELECTRICITY,
          Unit.WATT_HOUR,
          Phase.L2,
          Nature.REGISTER);

  /** Active energy given on L3. */
  public static final Quantity ENERGY_EXPORT_L3 =
      catalogued(
          57,
          "energy.export.l3",
          "1-0:62.8.0",
          Commodity.ELECTRICITY,
          Unit.WATT_HOUR,
          Phase.L3,
          Nature.REGISTER);

  /** Reactive energy taken (Q1 + Q2). */
  public static final Quantity REACTIVE_ENERGY_IMPORT =
      catalogued(
          60,
          "energy.reactive.import",
          "1-0:3.8.0",
          Commodity.ELECTRICITY,
          Unit.VAR_HOUR,
          Phase.TOTAL,
          Nature.REGISTER);

  /** Reactive energy given (Q3 + Q4). */
  public static final Quantity REACTIVE_ENERGY_EXPORT =
      catalogued(
          61,
          "energy.reactive.export",
          "1-0:4.8.0",
          Commodity.ELECTRICITY,
          Unit.VAR_HOUR,
          Phase.TOTAL,
          Nature.REGISTER);

  /** Apparent energy. */
  public static final Quantity APPARENT_ENERGY =
      catalogued(
          62,
          "energy.apparent",
          "1-0:9.8.0",
          Commodity.ELECTRICITY,
          Unit.VOLT_AMPERE_HOUR,
          Phase.TOTAL,
          Nature.REGISTER);

  /** DC power, + into the converter; channel = string or tracker. */
  public static final Quantity DC_POWER =
      catalogued(
          70, "dc.power", "", Commodity.ELECTRICITY, Unit.WATT, Phase.TOTAL, Nature.INSTANTANEOUS);

  /** DC voltage. */
  public static final Quantity DC_VOLTAGE =
      catalogued(
          71,
          "dc.voltage",
          "",
          Commodity.ELECTRICITY,
          Unit.VOLT,
          Phase.TOTAL,
          Nature.INSTANTANEOUS);

  /** DC current. */
  public static final Quantity DC_CURRENT =
      catalogued(
          72,
          "dc.current",
          "",
          Commodity.ELECTRICITY,
          Unit.AMPERE,
          Phase.TOTAL,
          Nature.INSTANTANEOUS);

  /** DC energy of a string or tracker. */
  public static final Quantity DC_ENERGY =
      catalogued(
          73, "dc.energy", "", Commodity.ELECTRICITY, Unit.WATT_HOUR, Phase.TOTAL, Nature.REGISTER);

  /** State of charge. */
  public static final Quantity BATTERY_SOC =
      catalogued(
          80,
          "battery.soc",
          "",
          Commodity.ELECTRICITY,
          Unit.PERCENT,
          Phase.TOTAL,
          Nature.INSTANTANEOUS);

  /** State of health. */
  public static final Quantity BATTERY_SOH =
      catalogued(
          81,
          "battery.soh",
          "",
          Commodity.ELECTRICITY,
          Unit.PERCENT,
          Phase.TOTAL,
          Nature.INSTANTANEOUS);

  /** Usable capacity. */
  public static final Quantity BATTERY_CAPACITY =
      catalogued(
          82,
          "battery.capacity",
          "",
          Commodity.ELECTRICITY,
          Unit.WATT_HOUR,
          Phase.TOTAL,
          Nature.INSTANTANEOUS);

  /** Energy stored now. */
  public static final Quantity BATTERY_ENERGY =
      catalogued(
          83,
          "battery.energy",
          "",
          Commodity.ELECTRICITY,
          Unit.WATT_HOUR,
          Phase.TOTAL,
          Nature.INSTANTANEOUS);

  /** Cell or pack temperature. */
  public static final Quantity BATTERY_TEMPERATURE =
      catalogued(
          84,
          "battery.temperature",
          "",
          Commodity.NONE,
          Unit.CELSIUS,
          Phase.TOTAL,
          Nature.INSTANTANEOUS);

  /** Full cycles. */
  public static final Quantity BATTERY_CYCLES =
      catalogued(85, "battery.cycles", "", Commodity.NONE, Unit.ONE, Phase.TOTAL, Nature.REGISTER);

  /** SunSpec 802.ChaSt: 1 off, 2 empty, 3 discharging, 4 charging, 5 full, 6 holding, 7 testing. */
  public static final Quantity BATTERY_STATE =
      catalogued(86, "battery.state", "", Commodity.NONE, Unit.ONE, Phase.TOTAL, Nature.STATE);

  /** Charge power possible now. */
  public static final Quantity BATTERY_MAX_CHARGE_POWER =
      catalogued(
          87,
          "battery.max-charge-power",
          "",
          Commodity.ELECTRICITY,
          Unit.WATT,
          Phase.TOTAL,
          Nature.INSTANTANEOUS);

  /** Discharge power possible now. */
  public static final Quantity BATTERY_MAX_DISCHARGE_POWER =
      catalogued(
          88,
          "battery.max-discharge-power",
          "",
          Commodity.ELECTRICITY,
          Unit.WATT,
          Phase.TOTAL,
          Nature.INSTANTANEOUS);

  /** State of charge of the vehicle. */
  public static final Quantity EV_SOC =
      catalogued(
          90, "ev.soc", "", Commodity.ELECTRICITY, Unit.PERCENT, Phase.TOTAL, Nature.INSTANTANEOUS);

  /**
   * IEC 61851-1 state: 1 A not connected, 2 B connected, 3 C charging, 4 D ventilated, 5 E error, 6
   * F not available.
   */
  public static final Quantity EV_STATE =
      catalogued(91, "ev.state", "", Commodity.NONE, Unit.ONE, Phase.TOTAL, Nature.STATE);

  /** Energy of the charging session so far. */
  public static final Quantity EV_SESSION_ENERGY =
      catalogued(
          92,
          "ev.session-energy",
          "",
          Commodity.ELECTRICITY,
          Unit.WATT_HOUR,
          Phase.TOTAL,
          Nature.INSTANTANEOUS);

  /** Current offered to the vehicle. */
  public static final Quantity EV_CURRENT_LIMIT =
      catalogued(
          93,
          "ev.current-limit",
          "",
          Commodity.ELECTRICITY,
          Unit.AMPERE,
          Phase.TOTAL,
          Nature.INSTANTANEOUS);

  /** Energy the vehicle still asks for (ISO 15118 EAmount). */
  public static final Quantity EV_ENERGY_REQUESTED =
      catalogued(
          94,
          "ev.energy-requested",
          "",
          Commodity.ELECTRICITY,
          Unit.WATT_HOUR,
          Phase.TOTAL,
          Nature.INSTANTANEOUS);

  /** Seconds until departure (ISO 15118 DepartureTime). */
  public static final Quantity EV_DEPARTURE =
      catalogued(
          95, "ev.departure", "", Commodity.NONE, Unit.SECOND, Phase.TOTAL, Nature.INSTANTANEOUS);

  /** Gas volume. */
  public static final Quantity GAS_VOLUME =
      catalogued(
          100,
          "gas.volume",
          "7-0:3.0.0",
          Commodity.GAS,
          Unit.CUBIC_METRE,
          Phase.TOTAL,
          Nature.REGISTER);

  /** Gas energy. */
  public static final Quantity GAS_ENERGY =
      catalogued(
          101,
          "gas.energy",
          "7-0:33.8.0",
          Commodity.GAS,
          Unit.WATT_HOUR,
          Phase.TOTAL,
          Nature.REGISTER);

  /** Gas flow. */
  public static final Quantity GAS_FLOW =
      catalogued(
          102,
          "gas.flow",
          "7-0:43.15.0",
          Commodity.GAS,
          Unit.CUBIC_METRE_PER_HOUR,
          Phase.TOTAL,
          Nature.INSTANTANEOUS);

  /** Water volume. */
  public static final Quantity WATER_VOLUME =
      catalogued(
          105,
          "water.volume",
          "8-0:1.0.0",
          Commodity.WATER,
          Unit.CUBIC_METRE,
          Phase.TOTAL,
          Nature.REGISTER);

  /** Water flow. */
  public static final Quantity WATER_FLOW =
      catalogued(
          106,
          "water.flow",
          "8-0:2.0.0",
          Commodity.WATER,
          Unit.CUBIC_METRE_PER_HOUR,
          Phase.TOTAL,
          Nature.INSTANTANEOUS);

  /** Thermal energy. */
  public static final Quantity HEAT_ENERGY =
      catalogued(
          110,
          "heat.energy",
          "6-0:1.0.0",
          Commodity.HEAT,
          Unit.WATT_HOUR,
          Phase.TOTAL,
          Nature.REGISTER);

  /** Thermal power. */
  public static final Quantity HEAT_POWER =
      catalogued(
          111,
          "heat.power",
          "6-0:8.0.0",
          Commodity.HEAT,
          Unit.WATT,
          Phase.TOTAL,
          Nature.INSTANTANEOUS);

  /** Volume of heat carrier. */
  public static final Quantity HEAT_VOLUME =
      catalogued(
          112,
          "heat.volume",
          "6-0:2.0.0",
          Commodity.HEAT,
          Unit.CUBIC_METRE,
          Phase.TOTAL,
          Nature.REGISTER);

  /** Flow of heat carrier. */
  public static final Quantity HEAT_FLOW =
      catalogued(
          113,
          "heat.flow",
          "6-0:9.0.0",
          Commodity.HEAT,
          Unit.CUBIC_METRE_PER_HOUR,
          Phase.TOTAL,
          Nature.INSTANTANEOUS);

  /** Flow temperature. */
  public static final Quantity HEAT_FLOW_TEMPERATURE =
      catalogued(
          114,
          "heat.temperature.flow",
          "6-0:10.0.0",
          Commodity.HEAT,
          Unit.CELSIUS,
          Phase.TOTAL,
          Nature.INSTANTANEOUS);

  /** Return temperature. */
  public static final Quantity HEAT_RETURN_TEMPERATURE =
      catalogued(
          115,
          "heat.temperature.return",
          "6-0:11.0.0",
          Commodity.HEAT,
          Unit.CELSIUS,
          Phase.TOTAL,
          Nature.INSTANTANEOUS);

  /** Cooling energy. */
  public static final Quantity COOLING_ENERGY =
      catalogued(
          116,
          "cooling.energy",
          "5-0:1.0.0",
          Commodity.COOLING,
          Unit.WATT_HOUR,
          Phase.TOTAL,
          Nature.REGISTER);

  /** Hydrogen mass. */
  public static final Quantity HYDROGEN_MASS =
      catalogued(
          117,
          "hydrogen.mass",
          "",
          Commodity.HYDROGEN,
          Unit.KILOGRAM,
          Phase.TOTAL,
          Nature.REGISTER);

  /** Hydrogen volume at 0 °C and 101,325 Pa. */
  public static final Quantity HYDROGEN_VOLUME =
      catalogued(
          118,
          "hydrogen.volume",
          "",
          Commodity.HYDROGEN,
          Unit.CUBIC_METRE,
          Phase.TOTAL,
          Nature.REGISTER);

  /** Temperature (device cabinet, or a sensor’s). */
  public static final Quantity TEMPERATURE =
      catalogued(
          120, "temperature", "", Commodity.NONE, Unit.CELSIUS, Phase.TOTAL, Nature.INSTANTANEOUS);

  /** Irradiance in the plane of the modules. */
  public static final Quantity IRRADIANCE =
      catalogued(
          121,
          "irradiance",
          "",
          Commodity.NONE,
          Unit.WATT_PER_SQUARE_METRE,
          Phase.TOTAL,
          Nature.INSTANTANEOUS);

  /** Operating state as the device numbers it (SunSpec St where it has one). */
  public static final Quantity DEVICE_STATE =
      catalogued(125, "device.state", "", Commodity.NONE, Unit.ONE, Phase.TOTAL, Nature.STATE);

  /** Tariff in force. */
  public static final Quantity TARIFF =
      catalogued(126, "tariff", "0-0:96.14.0", Commodity.NONE, Unit.ONE, Phase.TOTAL, Nature.STATE);

  /** Event bits as the device numbers them (SunSpec Evt1 where it has one). */
  public static final Quantity DEVICE_EVENTS =
      catalogued(127, "device.events", "", Commodity.NONE, Unit.ONE, Phase.TOTAL, Nature.STATE);

  /** Energy produced in the interval. */
  public static final Quantity HOME_PRODUCTION =
      catalogued(
          140,
          "home.production",
          "",
          Commodity.ELECTRICITY,
          Unit.WATT_HOUR,
          Phase.TOTAL,
          Nature.INTERVAL);

  /** Energy consumed in the interval, storage excluded. */
  public static final Quantity HOME_CONSUMPTION =
      catalogued(
          141,
          "home.consumption",
          "",
          Commodity.ELECTRICITY,
          Unit.WATT_HOUR,
          Phase.TOTAL,
          Nature.INTERVAL);

  /** Energy imported in the interval. */
  public static final Quantity HOME_IMPORT =
      catalogued(
          142,
          "home.import",
          "1-0:1.29.0",
          Commodity.ELECTRICITY,
          Unit.WATT_HOUR,
          Phase.TOTAL,
          Nature.INTERVAL);

  /** Energy exported in the interval. */
  public static final Quantity HOME_EXPORT =
      catalogued(
          143,
          "home.export",
          "1-0:2.29.0",
          Commodity.ELECTRICITY,
          Unit.WATT_HOUR,
          Phase.TOTAL,
          Nature.INTERVAL);

  /** Energy into storage in the interval. */
  public static final Quantity HOME_CHARGE =
      catalogued(
          144,
          "home.charge",
          "",
          Commodity.ELECTRICITY,
          Unit.WATT_HOUR,
          Phase.TOTAL,
          Nature.INTERVAL);

  /** Energy out of storage in the interval. */
  public static final Quantity HOME_DISCHARGE =
      catalogued(
          145,
          "home.discharge",
          "",
          Commodity.ELECTRICITY,
          Unit.WATT_HOUR,
          Phase.TOTAL,
          Nature.INTERVAL);

  /** Consumption no device meters, in the interval. */
  public static final Quantity HOME_RESIDUAL =
      catalogued(
          146,
          "home.residual",
          "",
          Commodity.ELECTRICITY,
          Unit.WATT_HOUR,
          Phase.TOTAL,
          Nature.INTERVAL);

  /** Production used in the home in the interval. */
  public static final Quantity HOME_SELF_CONSUMED =
      catalogued(
          147,
          "home.self-consumed",
          "",
          Commodity.ELECTRICITY,
          Unit.WATT_HOUR,
          Phase.TOTAL,
          Nature.INTERVAL);

  private final int key;
  private final int channel;
  private final String name;
  private final String obis;
  private final Commodity commodity;
  private final Unit unit;
  private final Phase phase;
  private final Nature nature;

  private Quantity(
      int key,
      int channel,
      String name,
      String obis,
      Commodity commodity,
      Unit unit,
      Phase phase,
      Nature nature) {
    this.key = key;
    this.channel = channel;
    this.name = name;
    this.obis = obis;
    this.commodity = Objects.requireNonNull(commodity, "commodity");
    this.unit = Objects.requireNonNull(unit, "unit");
    this.phase = Objects.requireNonNull(phase, "phase");
    this.nature = Objects.requireNonNull(nature, "nature");
  }

  private static Quantity catalogued(
      int key,
      String name,
      String obis,
      Commodity commodity,
      Unit unit,
      Phase phase,
      Nature nature) {
    Quantity quantity = new Quantity(key, 0, name, obis, commodity, unit, phase, nature);
    if (BY_KEY.put(key, quantity) != null || BY_NAME.put(name, quantity) != null) {
      throw new IllegalStateException("duplicate quantity " + key + " " + name);
    }
    if (!obis.isEmpty()) {
      BY_OBIS.put(obis, quantity);
    }
    return quantity;
  }

  /**
   * A quantity outside the catalogue.
   *
   * @param name starts with {@code x-}; lower-case letters, digits, {@code . -}; at most 64
   * @throws IllegalArgumentException if the name has another form
   */
  public static Quantity custom(
      String name, Commodity commodity, Unit unit, Phase phase, Nature nature) {
    if (name.length() > 64 || !name.startsWith("x-")) {
      throw new IllegalArgumentException(
          "a custom quantity is named x-…, at most 64 characters, not: " + name);
    }
    for (int i = 2; i < name.length(); i++) {
      char c = name.charAt(i);
      if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-')) {
        throw new IllegalArgumentException(
            "a custom quantity is named with a-z 0-9 . - only, not: " + name);
      }
    }
    return new Quantity(0, 0, name, "", commodity, unit, phase, nature);
  }

  /**
   * The same quantity of one of several equal parts: PV string, tracker, connector.
   *
   * @param number 1 … 255, or 0 for the whole
   */
  public Quantity channel(int number) {
    if (number < 0 || number > 255) {
      throw new IllegalArgumentException("channel out of 0..255: " + number);
    }
    return number == channel
        ? this
        : new Quantity(key, number, name, obis, commodity, unit, phase, nature);
  }

  /** All catalogued quantities, by key. */
  public static List<Quantity> catalogue() {
    return BY_KEY.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(Map.Entry::getValue)
        .toList();
  }

  /** The catalogued quantity with this integer key. */
  public static Optional<Quantity> byKey(int key) {
    return Optional.ofNullable(BY_KEY.get(key));
  }

  /** The catalogued quantity with this name, without channel. */
  public static Optional<Quantity> byName(String name) {
    return Optional.ofNullable(BY_NAME.get(name));
  }

  /** The catalogued quantity with this OBIS code in reduced form, {@code 1-0:1.8.0}. */
  public static Optional<Quantity> byObis(String obis) {
    return Optional.ofNullable(BY_OBIS.get(obis));
  }

  /** Integer key of the CBOR form, 0 for a custom quantity. */
  public int key() {
    return key;
  }

  /** Part it belongs to, 0 for the whole. */
  public int channel() {
    return channel;
  }

  /** Name without channel, {@code energy.import}. */
  public String name() {
    return name;
  }

  /** OBIS code in reduced form, if one exists; group B is the channel's. */
  public Optional<String> obis() {
    if (obis.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        channel == 0 ? obis : obis.substring(0, 2) + channel + obis.substring(obis.indexOf(':')));
  }

  /** What flows. */
  public Commodity commodity() {
    return commodity;
  }

  /** Unit of every value. */
  public Unit unit() {
    return unit;
  }

  /** Conductor. */
  public Phase phase() {
    return phase;
  }

  /** Relation to time. */
  public Nature nature() {
    return nature;
  }

  @Override
  public boolean equals(Object other) {
    return this == other
        || (other instanceof Quantity that && channel == that.channel && name.equals(that.name));
  }

  @Override
  public int hashCode() {
    return name.hashCode() * 31 + channel;
  }

  /** Name, with the channel as {@code [n]} where it has one: {@code dc.power[2]}. */
  @Override
  public String toString() {
    return channel == 0 ? name : name + "[" + channel + "]";
  }
}
