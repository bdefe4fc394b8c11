package org.example.sunny.surplus;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Quantity;
import org.commonshub.privacy.api.Block.Statistic;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.testing.tck.AppHarness;

/**
 * A home minute by minute: sun and load of tables, a battery, and a car that does what the charger
 * was told a minute ago.
 */
final class SimulatedDay {
  private static final int VOLTS = 230;

  private final AppHarness harness;
  private final DeviceId charger;
  private final int phases;
  private final int[] sun = new int[1440];
  private final int[] load = new int[1440];
  private final List<Boolean> charging = new ArrayList<>();
  private int batteryWh;
  private int batteryFull;
  private long batteryWm;
  private int ownLimit = 16;
  private boolean connected = true;

  /** Watt-minutes of the car: all, out of the grid. */
  long car;

  long grid;

  /** Watt-minutes that a car would get that follows the surplus without delay. */
  long ideal;

  SimulatedDay(AppHarness harness, DeviceId charger, int phases) {
    this.harness = harness;
    this.charger = charger;
    this.phases = phases;
  }

  /**
   * Lines {@code HH:mm watts [every N low]}: from then on; every second N minutes the low value.
   */
  SimulatedDay sun(String table) {
    read(table, sun);
    return this;
  }

  SimulatedDay load(String table) {
    read(table, load);
    return this;
  }

  SimulatedDay battery(int wattHours) {
    batteryFull = wattHours;
    return this;
  }

  void connected(boolean value) {
    connected = value;
  }

  /** Ten minutes without a car; then one that begins three minutes after it was connected. */
  void comes() {
    connected = false;
    run(10);
    connected = true;
    int own = ownLimit;
    ownLimit = 0;
    run(3);
    ownLimit = own;
  }

  private static void read(String table, int[] minutes) {
    for (String line : table.lines().toList()) {
      String[] words = line.strip().split(" +");
      int from =
          Integer.parseInt(words[0].substring(0, 2)) * 60 + Integer.parseInt(words[0], 3, 5, 10);
      int value = Integer.parseInt(words[1]);
      for (int i = from; i < 1440; i++) {
        minutes[i] =
            words.length > 2 && (i - from) / Integer.parseInt(words[3]) % 2 == 1
                ? Integer.parseInt(words[4])
                : value;
      }
    }
  }

  /** What the car takes in the next minute, in watts. */
  private int car(OptionalInt amperes) {
    int told = amperes.orElse(ownLimit);
    return connected && told >= 6 ? VOLTS * phases * Math.min(told, ownLimit) : 0;
  }

  OptionalInt told() {
    Optional<BigDecimal> held = harness.actuators().holding(charger, "current-limit");
    return held.isPresent() ? OptionalInt.of(held.get().intValue()) : OptionalInt.empty();
  }

  /** Lets minutes pass. */
  void run(int minutes) {
    for (int i = 0; i < minutes; i++) {
      Instant start = harness.clock().now();
      int minute = (int) (start.getEpochSecond() / 60 % 1440);
      OptionalInt told = told();
      int taken = car(told);
      charging.add(taken > 0);
      int rest = sun[minute] - load[minute] - taken;
      int battery = stored(rest);
      int exchange = battery - rest; // + import
      car += taken;
      grid += Math.max(0, Math.min(taken, exchange));
      int free = sun[minute] - load[minute];
      if (connected && free >= 6 * VOLTS * phases) {
        ideal += Math.min(ownLimit, free / (VOLTS * phases)) * VOLTS * phases;
      }
      give(start, Quantity.HOME_IMPORT, Math.max(0, exchange));
      give(start, Quantity.HOME_EXPORT, Math.max(0, -exchange));
      give(start, Quantity.HOME_CHARGE, Math.max(0, battery));
      give(start, Quantity.HOME_DISCHARGE, Math.max(0, -battery));
      harness
          .energy()
          .give(
              Purpose.OPTIMISATION,
              charger.toString(),
              Quantity.ACTIVE_POWER,
              Statistic.MEAN,
              start,
              Duration.ofMinutes(1),
              0,
              taken)
          .give(
              Purpose.OPTIMISATION,
              charger.toString(),
              Quantity.EV_STATE,
              Statistic.LAST,
              start,
              Duration.ofMinutes(1),
              0,
              connected ? taken > 0 ? 3 : 2 : 1);
      harness.advance(Duration.ofMinutes(1));
    }
  }

  /** Charges with what is left, gives what is missing, at most 3 kW. */
  private int stored(int rest) {
    int power = Math.max(-3000, Math.min(3000, rest));
    long next = batteryWm + power;
    if (next < 0 || next > batteryFull * 60L) {
      power = 0;
    }
    batteryWm += power;
    batteryWh = (int) (batteryWm / 60);
    return power;
  }

  int batteryWh() {
    return batteryWh;
  }

  private void give(Instant start, Quantity quantity, int watts) {
    // A minute of W in mWh is W × 1000 ÷ 60; three more places keep it exact enough.
    harness
        .energy()
        .give(
            Purpose.OPTIMISATION,
            "home",
            quantity,
            Statistic.AMOUNT,
            start,
            Duration.ofMinutes(1),
            -6,
            Math.round(watts * 1_000_000.0 / 60));
  }

  /** How often the car began or stopped. */
  int switches() {
    int switches = 0;
    for (int i = 1; i < charging.size(); i++) {
      switches += !charging.get(i).equals(charging.get(i - 1)) ? 1 : 0;
    }
    return switches;
  }

  /** Least number of minutes between two switches. */
  int shortest() {
    int shortest = Integer.MAX_VALUE;
    int last = -1;
    for (int i = 1; i < charging.size(); i++) {
      if (!charging.get(i).equals(charging.get(i - 1))) {
        shortest = last < 0 ? shortest : Math.min(shortest, i - last);
        last = i;
      }
    }
    return shortest;
  }
}
