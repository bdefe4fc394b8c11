package org.commonshub.testing.devices;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;

/**
 * The simulated home: state as a function of time. Whoever asks for the same instant gets the same
 * state, in whatever order instants are asked for and after any restart with the same seed and
 * place: registers count from {@link #ORIGIN}.
 *
 * <p>Powers are constant for {@link DayPlan#STEP} seconds, so energies are exact sums. Within a
 * step the unmetered rest carries a ripple that is a sine of whole periods: its integral is known
 * at every instant and zero at the step's end. It is kept small enough that no conductor of the
 * grid connection changes direction within a step, so import and export are exact too.
 *
 * <p>Not thread-safe: one thread asks.
 */
final class Home {
  /** First local day that is simulated; registers are 0 at its midnight. */
  static final LocalDate ORIGIN = LocalDate.of(2025, 1, 1);

  /** Last local day. */
  static final LocalDate END = LocalDate.of(2045, 1, 1);

  static final double BATTERY_WH = 10_000;
  static final double BATTERY_RESERVE = 0.10;
  static final double BATTERY_LIMIT = 5000;
  static final double BATTERY_EFFICIENCY = 0.95;
  static final double CAR_WH = 60_000;
  static final double CAR_TARGET = 0.85;
  static final double CAR_EFFICIENCY = 0.9;
  static final double CHARGER_LIMIT = 11_000;
  static final double CHARGER_MINIMUM = 4140;
  static final double INVERTER_EFFICIENCY = 0.97;
  static final double TRACKER_1 = 0.55;

  /** What the battery leaves to the grid so that it never works against itself. */
  private static final double DEADBAND = 20;

  private static final double HOURS = DayPlan.STEP / 3600.0;
  private static final Three REST_SHARE = new Three(0.2, 0.45, 0.35);

  /** Reactive power per active power (tan φ). */
  private static final double TAN_REST = 0.2;

  private static final double TAN_APPLIANCES = 0.1;
  private static final double TAN_HEAT_PUMP = 0.4;
  private static final double TAN_WALLBOX = 0.05;

  private final DayPlan.Setting setting;

  /** State at each local midnight since the origin, for jumps backwards. */
  private final List<Counters> midnights = new ArrayList<>();

  private LocalDate date = ORIGIN;
  private DayPlan plan;
  private DayPlan.Trip trip;
  private Counters now;

  /** Step that {@link #now} stands at the beginning of. */
  private int step;

  private HomeState last;

  Home(long seed, ZoneId zone, double latitude, double longitude) {
    setting = new DayPlan.Setting(seed, zone, latitude, longitude);
    Counters first = new Counters();
    first.stored = BATTERY_WH * BATTERY_RESERVE;
    first.car = CAR_WH * CAR_TARGET;
    first.plugged = true;
    midnights.add(first);
    begin(ORIGIN);
  }

  /** First instant that can be asked for. */
  static Instant first(ZoneId zone) {
    return ORIGIN.atStartOfDay(zone).toInstant();
  }

  /** First instant that can't be asked for any more. */
  static Instant end(ZoneId zone) {
    return END.atStartOfDay(zone).toInstant();
  }

  /**
   * The state at an instant between {@link #first} and {@link #end}; instants outside are moved to
   * the nearer of the two.
   */
  HomeState at(Instant wanted) {
    Instant latest = end(setting.zone()).minusMillis(1);
    Instant instant = wanted.isBefore(first(setting.zone())) ? first(setting.zone()) : wanted;
    instant = instant.isAfter(latest) ? latest : instant;
    if (last != null && last.at().equals(instant)) {
      return last;
    }
    LocalDate day = instant.atZone(setting.zone()).toLocalDate();
    long second = instant.getEpochSecond();
    int known = (int) Math.min(day.toEpochDay() - ORIGIN.toEpochDay(), midnights.size() - 1);
    LocalDate nearest = ORIGIN.plusDays(known);
    boolean back = day.isBefore(date) || second < plan.start + (long) step * DayPlan.STEP;
    if (back || nearest.isAfter(date)) {
      begin(nearest);
    }
    while (date.isBefore(day)) {
      while (step < plan.steps) {
        advance();
      }
      LocalDate next = date.plusDays(1);
      if (next.toEpochDay() - ORIGIN.toEpochDay() == midnights.size()) {
        midnights.add(now.copy());
      }
      begin(next);
    }
    int k = (int) ((second - plan.start) / DayPlan.STEP);
    while (step < k) {
      advance();
    }
    double u =
        (second - plan.start - (long) k * DayPlan.STEP + instant.getNano() * 1e-9) / DayPlan.STEP;
    last = state(instant, u);
    return last;
  }

  private void begin(LocalDate day) {
    date = day;
    plan = new DayPlan(setting, day);
    trip = DayPlan.trip(setting, day);
    now = midnights.get((int) (day.toEpochDay() - ORIGIN.toEpochDay())).copy();
    step = 0;
    arriveOrLeave();
  }

  /** Powers of one step, W; + taken. */
  private record Powers(
      double pv, double heatPump, double appliances, double rest, double car, double battery) {
    double grid(int line) {
      return REST_SHARE.get(line) * rest
          + (line == 0 ? appliances : 0)
          + (line == 2 ? heatPump : 0)
          + (car + battery - pv) / 3;
    }

    double reactive(int line) {
      return REST_SHARE.get(line) * rest * TAN_REST
          + (line == 0 ? appliances * TAN_APPLIANCES : 0)
          + (line == 2 ? heatPump * TAN_HEAT_PUMP : 0)
          + car * TAN_WALLBOX / 3;
    }

    double grid() {
      return rest + appliances + heatPump + car + battery - pv;
    }
  }

  private Powers powers() {
    double pv = plan.pv[step];
    double heatPump = plan.heatPump[step];
    double appliances = plan.appliances[step];
    double rest = plan.rest[step];
    double car = carPower();
    double surplus = pv - heatPump - appliances - rest - car;
    double battery = 0;
    if (surplus > DEADBAND) {
      double room = (BATTERY_WH - now.stored) / BATTERY_EFFICIENCY / HOURS;
      battery = Math.min(Math.min(surplus - DEADBAND, BATTERY_LIMIT), room);
    } else if (surplus < -DEADBAND) {
      double left =
          Math.max(0, now.stored - BATTERY_WH * BATTERY_RESERVE) * BATTERY_EFFICIENCY / HOURS;
      battery = 0 - Math.min(Math.min(-surplus - DEADBAND, BATTERY_LIMIT), left);
    }
    return new Powers(pv, heatPump, appliances, rest, car, battery);
  }

  private double carPower() {
    double missing = CAR_WH * CAR_TARGET - now.car;
    if (!now.plugged || missing <= 0) {
      return 0;
    }
    double taper = Math.max(0, now.car / CAR_WH - 0.75) / 0.1;
    double power = CHARGER_LIMIT - (CHARGER_LIMIT - CHARGER_MINIMUM) * Math.min(1, taper);
    return Math.min(power, missing / CAR_EFFICIENCY / HOURS);
  }

  /** Moves {@link #now} to the beginning of the next step. */
  private void advance() {
    Powers p = powers();
    now.pv += p.pv * HOURS;
    now.heatPump += p.heatPump * HOURS;
    now.appliances += p.appliances * HOURS;
    now.rest += p.rest * HOURS;
    now.carEnergy += p.car * HOURS;
    now.car = Math.min(CAR_WH, now.car + p.car * HOURS * CAR_EFFICIENCY);
    if (p.battery > 0) {
      now.charged += p.battery * HOURS;
      now.stored = Math.min(BATTERY_WH, now.stored + p.battery * HOURS * BATTERY_EFFICIENCY);
    } else {
      now.discharged -= p.battery * HOURS;
      now.stored =
          Math.max(
              BATTERY_WH * BATTERY_RESERVE, now.stored + p.battery * HOURS / BATTERY_EFFICIENCY);
    }
    double grid = p.grid();
    now.imported += Math.max(0, grid) * HOURS;
    now.exported += Math.max(0, -grid) * HOURS;
    for (int line = 0; line < 3; line++) {
      double power = p.grid(line);
      double reactive = p.reactive(line);
      now.importedLine[line] += Math.max(0, power) * HOURS;
      now.exportedLine[line] += Math.max(0, -power) * HOURS;
      now.apparent += Math.sqrt(power * power + reactive * reactive) * HOURS;
    }
    step++;
    arriveOrLeave();
  }

  private void arriveOrLeave() {
    int second = step * DayPlan.STEP;
    if (second == trip.leaves()) {
      now.plugged = false;
    } else if (second == trip.returns()) {
      now.plugged = true;
      now.car = Math.max(5000, now.car - trip.tripWh());
      now.sessionStart = now.carEnergy;
    }
  }

  private HomeState state(Instant instant, double u) {
    Powers p = powers();
    long k = plan.start / DayPlan.STEP + step;
    double amplitude = ripple(p, k);
    long periods = 1 + (long) (3 * Noise.uniform(setting.seed(), 61, k));
    double ripple = amplitude * wave(periods, u);
    double rippleWh = amplitude * waveIntegral(periods, u) * HOURS;
    double hours = u * HOURS;

    double seconds = instant.getEpochSecond() + instant.getNano() * 1e-9;
    double hertz =
        50
            + 0.015 * Noise.smooth(setting.seed(), 70, seconds / 40)
            + 0.004 * Noise.smooth(setting.seed(), 71, seconds / 3);
    Three gridPower = new Three(p.grid(0), p.grid(1), p.grid(2)).plus(REST_SHARE.times(ripple));
    Three voltage =
        new Three(
            volts(0, seconds, gridPower.l1()),
            volts(1, seconds, gridPower.l2()),
            volts(2, seconds, gridPower.l3()));

    Three rippleLine = REST_SHARE.times(rippleWh);
    Three gridReactive =
        new Three(p.reactive(0), p.reactive(1), p.reactive(2))
            .plus(REST_SHARE.times(ripple * TAN_REST));
    double restWh = now.rest + p.rest * hours + rippleWh;
    double appliancesWh = now.appliances + p.appliances * hours;
    double heatPumpWh = now.heatPump + p.heatPump * hours;
    double carWh = now.carEnergy + p.car * hours;
    double pvWh = now.pv + p.pv * hours;
    double charged = now.charged + Math.max(0, p.battery) * hours;
    double discharged = now.discharged + Math.max(0, -p.battery) * hours;

    double[] in = new double[3];
    double[] out = new double[3];
    double vah = now.apparent;
    for (int line = 0; line < 3; line++) {
      double power = p.grid(line);
      double energy = power * hours + rippleLine.get(line);
      in[line] = now.importedLine[line] + (power > 0 ? energy : 0);
      out[line] = now.exportedLine[line] - (power > 0 ? 0 : energy);
      vah += Math.hypot(power, p.reactive(line)) * hours;
    }
    double energy = p.grid() * hours + rippleWh;
    Ac grid =
        new Ac(
            gridPower,
            gridReactive,
            voltage,
            hertz,
            now.imported + (p.grid() > 0 ? energy : 0),
            now.exported - (p.grid() > 0 ? 0 : energy),
            new Three(in[0], in[1], in[2]),
            new Three(out[0], out[1], out[2]),
            restWh * TAN_REST
                + appliancesWh * TAN_APPLIANCES
                + heatPumpWh * TAN_HEAT_PUMP
                + carWh * TAN_WALLBOX,
            vah);

    double car = now.car + p.car * hours * CAR_EFFICIENCY;
    double stored =
        now.stored
            + (p.battery > 0
                ? p.battery * hours * BATTERY_EFFICIENCY
                : p.battery * hours / BATTERY_EFFICIENCY);
    double cells = p.battery > 0 ? p.battery * BATTERY_EFFICIENCY : p.battery / BATTERY_EFFICIENCY;
    double dc = p.pv / INVERTER_EFFICIENCY;
    double dcWh = pvWh / INVERTER_EFFICIENCY;
    return new HomeState(
        instant,
        grid,
        device(Three.even(0 - p.pv), 0, voltage, hertz, Three.ZERO, Three.even(pvWh)),
        device(
            Three.even(p.battery), 0, voltage, hertz, Three.even(charged), Three.even(discharged)),
        device(Three.even(p.car), TAN_WALLBOX, voltage, hertz, Three.even(carWh), Three.ZERO),
        device(
            Three.only(2, p.heatPump),
            TAN_HEAT_PUMP,
            voltage,
            hertz,
            Three.only(2, heatPumpWh),
            Three.ZERO),
        device(
            Three.only(0, p.appliances),
            TAN_APPLIANCES,
            voltage,
            hertz,
            Three.only(0, appliancesWh),
            Three.ZERO),
        device(
            REST_SHARE.times(p.rest + ripple),
            TAN_REST,
            voltage,
            hertz,
            REST_SHARE.times(restWh),
            Three.ZERO),
        new HomeState.Pv(
            dc * TRACKER_1,
            dc * (1 - TRACKER_1),
            dc > 0 ? 395 - dc / 100 : 0,
            dcWh * TRACKER_1,
            dcWh * (1 - TRACKER_1),
            p.pv >= DayPlan.INVERTER_LIMIT),
        new HomeState.Storage(
            stored, cells, 380 + 40 * stored / BATTERY_WH + cells / 1000, discharged / BATTERY_WH),
        new HomeState.Vehicle(
            p.car > 0 ? 3 : now.plugged ? 2 : 1,
            car,
            now.plugged ? carWh - now.sessionStart : 0,
            Math.max(0, CAR_WH * CAR_TARGET - car) / CAR_EFFICIENCY,
            departure(instant)),
        DayPlan.outdoor(setting, instant.getEpochSecond()));
  }

  /** A device whose power factor is constant; its reactive and apparent energies follow. */
  private static Ac device(
      Three power, double tan, Three voltage, double hertz, Three in, Three out) {
    return new Ac(
        power,
        power.times(tan),
        voltage,
        hertz,
        in.sum(),
        out.sum(),
        in,
        out,
        in.sum() * tan,
        (in.sum() + out.sum()) * Math.sqrt(1 + tan * tan));
  }

  private double ripple(Powers p, long k) {
    double limit = Math.min(0.4 * p.rest, Math.abs(p.grid()));
    for (int line = 0; line < 3; line++) {
      limit = Math.min(limit, Math.abs(p.grid(line)) / REST_SHARE.get(line));
    }
    return 0.9 * limit * (0.2 + 0.8 * Noise.uniform(setting.seed(), 60, k));
  }

  private static double wave(long periods, double u) {
    return 0.7 * Math.sin(2 * Math.PI * periods * u)
        + 0.3 * Math.sin(2 * Math.PI * (periods + 2) * u);
  }

  private static double waveIntegral(long periods, double u) {
    return 0.7 * (1 - Math.cos(2 * Math.PI * periods * u)) / (2 * Math.PI * periods)
        + 0.3 * (1 - Math.cos(2 * Math.PI * (periods + 2) * u)) / (2 * Math.PI * (periods + 2));
  }

  private double volts(int line, double seconds, double power) {
    return 231
        + 2.5 * Noise.smooth(setting.seed(), 72 + line, seconds / 600)
        + 0.4 * Noise.smooth(setting.seed(), 75 + line, seconds / 4)
        - 0.25 * power / 230;
  }

  private long departure(Instant instant) {
    if (!now.plugged) {
      return -1;
    }
    for (int ahead = 0; ahead < 8; ahead++) {
      LocalDate day = date.plusDays(ahead);
      int leaves = DayPlan.trip(setting, day).leaves();
      if (leaves >= 0) {
        long seconds =
            day.atStartOfDay(setting.zone()).toEpochSecond() + leaves - instant.getEpochSecond();
        if (seconds > 0) {
          return seconds;
        }
      }
    }
    return -1;
  }

  /** What carries over from step to step; energies in Wh. */
  private static final class Counters {
    double pv;
    double heatPump;
    double appliances;
    double rest;
    double carEnergy;
    double charged;
    double discharged;
    double imported;
    double exported;
    double apparent;
    double stored;
    double car;
    double sessionStart;
    boolean plugged;
    final double[] importedLine = new double[3];
    final double[] exportedLine = new double[3];

    Counters copy() {
      Counters copy = new Counters();
      copy.pv = pv;
      copy.heatPump = heatPump;
      copy.appliances = appliances;
      copy.rest = rest;
      copy.carEnergy = carEnergy;
      copy.charged = charged;
      copy.discharged = discharged;
      copy.imported = imported;
      copy.exported = exported;
      copy.apparent = apparent;
      copy.stored = stored;
      copy.car = car;
      copy.sessionStart = sessionStart;
      copy.plugged = plugged;
      for (int line = 0; line < 3; line++) {
        copy.importedLine[line] = importedLine[line];
        copy.exportedLine[line] = exportedLine[line];
      }
      return copy;
    }
  }
}
