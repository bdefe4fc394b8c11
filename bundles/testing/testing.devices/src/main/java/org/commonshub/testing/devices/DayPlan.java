package org.commonshub.testing.devices;

import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Arrays;

/**
 * Weather and habits of one local day: powers in W, constant for each {@link #STEP} seconds. A pure
 * function of the seed, the place and the date; what depends on yesterday (battery, car) is not
 * here.
 */
final class DayPlan {
  /** Seconds during which powers are constant (apart from the ripple of {@link Home}). */
  static final int STEP = 10;

  static final double INVERTER_LIMIT = 7000;
  private static final double PEAK = 8000;
  private static final double TILT = Math.toRadians(30);
  private static final int NODE = 900;

  /** First second of the day, UTC epoch. */
  final long start;

  final int steps;
  final double[] pv;
  final double[] heatPump;
  final double[] appliances;
  final double[] rest;

  private final Setting setting;
  private final long day;

  /** The place and its random numbers. */
  record Setting(long seed, ZoneId zone, double latitude, double longitude) {}

  /**
   * When the car is away.
   *
   * @param leaves second of the day, −1 if it stays
   * @param returns second of the day
   * @param tripWh energy it comes back without
   */
  record Trip(int leaves, int returns, double tripWh) {}

  DayPlan(Setting setting, LocalDate date) {
    this.setting = setting;
    day = date.toEpochDay();
    start = date.atStartOfDay(setting.zone()).toEpochSecond();
    long end = date.plusDays(1).atStartOfDay(setting.zone()).toEpochSecond();
    steps = (int) ((end - start) / STEP);
    pv = new double[steps];
    heatPump = new double[steps];
    appliances = new double[steps];
    rest = new double[steps];
    boolean weekend = weekend(date);
    sunAndHeat(date);
    household(weekend);
    kitchenAndLaundry(weekend);
  }

  static boolean weekend(LocalDate date) {
    return date.getDayOfWeek() == DayOfWeek.SATURDAY || date.getDayOfWeek() == DayOfWeek.SUNDAY;
  }

  static Trip trip(Setting setting, LocalDate date) {
    long day = date.toEpochDay();
    long seed = setting.seed();
    boolean weekend = weekend(date);
    if (Noise.uniform(seed, 20, day) < (weekend ? 0.35 : 0.2)) {
      return new Trip(-1, -1, 0);
    }
    double u = Noise.uniform(seed, 21, day);
    double v = Noise.uniform(seed, 22, day);
    double w = Noise.uniform(seed, 23, day);
    return weekend
        ? new Trip(whole(9.5 * 3600 + u * 5400), whole(12 * 3600 + v * 10800), 3000 + w * 14000)
        : new Trip(whole(7.2 * 3600 + u * 2400), whole(16.8 * 3600 + v * 5400), 5000 + w * 9000);
  }

  private static int whole(double second) {
    return (int) second / STEP * STEP;
  }

  /** Air temperature, °C. */
  static double outdoor(Setting setting, long epochSecond) {
    double days = epochSecond / 86400.0;
    double hour = days * 24 + setting.longitude() / 15;
    return 10
        - 10 * Math.cos(2 * Math.PI * (days - 17) / 365.2425)
        - 4 * Math.cos(2 * Math.PI * (hour - 3) / 24)
        + 5 * Noise.smooth(setting.seed(), 1, days / 2.5);
  }

  private double random(int stream, int index) {
    return Noise.uniform(setting.seed(), stream, day * 64 + index);
  }

  private void sunAndHeat(LocalDate date) {
    long seed = setting.seed();
    int nodes = steps * STEP / NODE + 2;
    double[] clear = new double[nodes];
    double[] air = new double[nodes];
    double[] heat = new double[nodes];
    for (int n = 0; n < nodes; n++) {
      long second = start + (long) n * NODE;
      clear[n] = clearSky(date.getDayOfYear(), second);
      air[n] = outdoor(setting, second);
      double local = n * NODE / 3600.0;
      double setback = local < 5 || local > 22 ? 0.6 : 1;
      heat[n] =
          Math.max(0, 17 - air[n]) * 170 * setback / Math.min(5, Math.max(2, 3.1 + 0.07 * air[n]));
    }
    double shower = (6 + random(30, 0)) * 3600;
    double noon = (12.5 + random(30, 1)) * 3600;
    double cycle = random(30, 2);
    for (int k = 0; k < steps; k++) {
      int second = k * STEP;
      int n = second / NODE;
      double f = (double) (second % NODE) / NODE;
      double poa = clear[n] + (clear[n + 1] - clear[n]) * f;
      double temperature = air[n] + (air[n + 1] - air[n]) * f;
      if (poa > 0) {
        double days = (start + second) / 86400.0;
        double sky = 0.57 + 0.55 * Noise.smooth(seed, 2, days * 1.3);
        double broken = 1.6 * Math.max(0, sky * (1 - sky)) + 0.05;
        double cloud =
            sky
                + broken * Noise.smooth(seed, 3, days * 60)
                + broken * 0.9 * Noise.smooth(seed, 4, days * 900);
        double light = poa * Math.min(1, Math.max(0.07, cloud));
        double derate = 1 - 0.004 * (temperature + 0.03 * light - 25);
        double ac = PEAK * light / 1000 * derate * 0.9;
        pv[k] = ac < 15 ? 0 : Math.min(INVERTER_LIMIT, ac);
      }
      double wanted = heat[n] + (heat[n + 1] - heat[n]) * f;
      double power;
      if (second >= noon && second < noon + 2400 || second >= shower && second < shower + 1200) {
        power = 1900;
      } else if (wanted >= 650) {
        power =
            Math.min(2600, wanted) * (1 + 0.03 * Noise.smooth(seed, 5, (start + second) / 120.0));
      } else {
        double phase = (second / 2700.0 + cycle) % 1;
        power = phase < wanted / 650 ? 650 : 7;
      }
      heatPump[k] = power;
    }
  }

  /** Irradiance in the plane of the modules (south, 30°) under a clear sky, W/m². */
  private double clearSky(int dayOfYear, long epochSecond) {
    double b = 2 * Math.PI * (dayOfYear - 81) / 364;
    double equation = 9.87 * Math.sin(2 * b) - 7.53 * Math.cos(b) - 1.5 * Math.sin(b);
    double declination = Math.toRadians(23.45) * Math.sin(2 * Math.PI * (284 + dayOfYear) / 365);
    double solar =
        Math.floorMod(epochSecond, 86400L) / 3600.0 + setting.longitude() / 15 + equation / 60;
    double hour = Math.toRadians(15 * (solar - 12));
    double latitude = Math.toRadians(setting.latitude());
    double elevation =
        Math.sin(latitude) * Math.sin(declination)
            + Math.cos(latitude) * Math.cos(declination) * Math.cos(hour);
    if (elevation < 0.02) {
      return 0;
    }
    double tilted = latitude - TILT;
    double incidence =
        Math.sin(tilted) * Math.sin(declination)
            + Math.cos(tilted) * Math.cos(declination) * Math.cos(hour);
    double direct = 1353 * Math.pow(0.7, Math.pow(1 / elevation, 0.678));
    return direct * Math.max(0, incidence) + 0.1 * direct * (1 + Math.cos(TILT)) / 2;
  }

  private void household(boolean weekend) {
    long seed = setting.seed();
    double up = (weekend ? 7.8 : 6.2) * 3600 + random(40, 0) * 2400;
    double out = (weekend ? 10.5 : 7.8) * 3600 + random(40, 1) * 1800;
    double home = (weekend ? 12.0 : 16.5) * 3600 + random(40, 2) * 5400;
    double bed = 22.3 * 3600 + random(40, 3) * 4000;
    double fridge = random(40, 4);
    double freezer = random(40, 5);
    for (int k = 0; k < steps; k++) {
      int second = k * STEP;
      double power = 105 + 12 * Noise.smooth(seed, 6, (start + second) / 300.0);
      power += (second / 2700.0 + fridge) % 1 < 0.38 ? 85 : 0;
      power += (second / 3600.0 + freezer) % 1 < 0.3 ? 70 : 0;
      boolean awake = second >= up && second < out || second >= home && second < bed;
      if (awake) {
        power += 150 + 110 * Noise.smooth(seed, 7, (start + second) / 900.0);
        power += pv[k] < 300 ? 110 : 0;
      }
      rest[k] = power;
    }
  }

  private void kitchenAndLaundry(boolean weekend) {
    Arrays.fill(appliances, 6);
    double up = (weekend ? 8.0 : 6.4) * 3600 + random(40, 0) * 2400;
    run(up + 300, 180, 1250);
    run(up + 1200 + random(50, 0) * 600, 170, 2050);
    if (weekend) {
      hob((12 + random(50, 1)) * 3600, 2100, 1900);
    } else if (random(50, 2) < 0.3) {
      run((12.4 + random(50, 1)) * 3600, 300, 1100);
    }
    double dinner = 18.2 * 3600 + random(50, 3) * 4000;
    hob(dinner, 2400, 1700);
    if (random(50, 4) < 0.4) {
      hob(dinner + 240, 1900, 2200);
    }
    run((15 + random(50, 5) * 2) * 3600, 170, 2050);
    if (random(50, 6) < 0.75) {
      double wash = weekend ? (13.2 + random(50, 7)) * 3600 : (19.8 + random(50, 7) * 2) * 3600;
      run(wash, 300, 60);
      run(wash + 300, 900, 2000);
      run(wash + 1200, 2400, 70);
      run(wash + 3600, 700, 2000);
      run(wash + 4300, 1300, 45);
    }
    if (random(50, 8) < (weekend ? 0.75 : 0.3)) {
      double wash = (weekend ? 9.5 : 17.0) * 3600 + random(50, 9) * 4000;
      run(wash, 400, 120);
      run(wash + 400, 1000, 2050);
      for (int turn = 0; turn < 90; turn++) {
        run(wash + 1400 + turn * 30, 20, 180);
      }
      run(wash + 4100, 500, 420);
      if (random(50, 10) < 0.6) {
        run(wash + 5200, 4800, 620);
      }
    }
  }

  /** A heating element under a thermostat that settles from full power to 40 %. */
  private void hob(double from, int seconds, double watts) {
    for (int t = 0; t < seconds; t += 50) {
      run(from + t, t < 300 ? 50 : 20, watts);
    }
  }

  private void run(double from, int seconds, double watts) {
    int first = (int) from / STEP;
    for (int k = first; k < first + seconds / STEP && k < steps; k++) {
      appliances[k] += watts;
    }
  }
}
