package org.commonshub.ledger.plausibility;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.commonshub.ledger.api.Contradictions.Check;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Gap;
import org.commonshub.measure.api.Quantity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Honest houses raise nothing; each fault is found, by the check that can, and ends when cured. */
class JudgeTest {
  private static final long MINUTE = 60_000;

  private final House house = new House(House.limits());
  private House.Meter grid;
  private House.Meter pv;
  private House.Meter car;

  /** A sunny house; a random but fixed course of loads. */
  private void home(long resolution) {
    grid = house.meter("Grid meter", DeviceRole.GRID_METER, resolution);
    pv = house.add("Roof", DeviceRole.PV, null, resolution, false, true, true);
    car = house.add("Charge point", DeviceRole.EV_CHARGER, null, resolution, true, false, true);
  }

  private final Random random = new Random(42);
  private long base = 300_000;

  /** Lets hours pass at {@code interval}; sun from 6 to 18 h, the car charges in the evening. */
  private void live(double hours, long interval) {
    long end = house.at + (long) (hours * Energy.HOUR);
    while (house.at < end) {
      long minute = Math.floorMod(house.at, 24 * Energy.HOUR) / MINUTE;
      double height = Math.sin(Math.PI * (minute - 360) / 720.0);
      double cloud = random.nextInt(10) == 0 ? 0.4 : 1;
      pv.power = height > 0 && minute >= 360 && minute < 1080 ? (long) (-5e6 * height * cloud) : 0;
      car.power = minute >= 1140 && minute < 1320 ? 7_400_000 : 0;
      if (random.nextInt(20) == 0) {
        base = 150_000 + random.nextInt(2_500_000);
      }
      grid.power = base + pv.power + car.power;
      house.step(interval);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1000, 10",
    "1000, 60",
    "1, 1",
    "10000, 30",
    "100000, 60",
    "1000000, 60",
    "1000, 240",
  })
  void honestMetersRaiseNothing(long resolution, long seconds) {
    home(resolution);
    live(48, seconds * 1000);
    assertThat(house.told).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void loadsThatSwitchBetweenReadingsRaiseNothing(long seed) {
    Random loads = new Random(seed);
    home(1_000);
    for (int i = 0; i < 24 * 3600; i += 5) {
      // A fridge, a hob and a kettle, told every 60 s only.
      boolean fridge = i % 2400 < 700;
      boolean hob = i % 7200 < 1800 && loads.nextInt(3) > 0;
      boolean kettle = i % 5000 < 150;
      car.power = hob ? 1_800_000 : 0;
      grid.power = 80_000 + (fridge ? 90_000 : 0) + car.power + (kettle ? 2_000_000 : 0);
      house.flow(5_000);
      if (i % 60 == 0) {
        house.tell();
      }
    }
    assertThat(house.told).isEmpty();
  }

  /** Meters of every pace, fineness and class, none of them told at the same instant. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void aHouseWithBatteryAndHeatPumpRaisesNothing(long seed) {
    Random course = new Random(seed);
    long[] worths = {100, 1_000, 10_000, 100_000};
    grid = house.meter("Grid meter", DeviceRole.GRID_METER, worths[course.nextInt(3)]);
    pv = house.add("Roof", DeviceRole.PV, null, worths[course.nextInt(4)], false, true, true);
    House.Meter battery = house.meter("Battery", DeviceRole.BATTERY, worths[course.nextInt(4)]);
    House.Meter heat =
        house.add(
            "Heat pump", DeviceRole.HEAT_PUMP, null, 1_000, true, false, course.nextBoolean());
    House.Meter plug = house.add("Plug", DeviceRole.LOAD, null, 0, false, false, true);
    int[] paces = new int[house.meters.size()];
    for (int i = 0; i < paces.length; i++) {
      paces[i] = 5 + course.nextInt(60);
      house.meters.get(i).perMille = 980 + course.nextInt(41);
    }
    long filled = 0;
    for (int second = 0; second < 2 * 86_400; second += 5) {
      double height = Math.sin(Math.PI * (second % 86_400 - 21_600) / 43_200.0);
      if (course.nextInt(12) == 0) {
        pv.power = (long) (-6e6 * Math.max(0, height) * (0.3 + 0.7 * course.nextDouble()));
      }
      if (second % 900 == 0) {
        heat.power = course.nextBoolean() ? 1_700_000 : 12_000;
      }
      if (course.nextInt(100) == 0) {
        plug.power = course.nextInt(3) == 0 ? 900_000 : 0;
      }
      if (course.nextInt(50) == 0) {
        base = 150_000 + course.nextInt(1_500_000);
      }
      long open = base + pv.power + heat.power + plug.power;
      battery.power =
          open < 0 && filled < 9_000_000
              ? Math.min(3_000_000, -open)
              : open > 0 && filled > 0 ? -Math.min(3_000_000, open) : 0;
      filled += battery.power * 5 / 3_600;
      grid.power = open + battery.power + course.nextInt(40_000) - 20_000;
      house.flow(5_000);
      for (int i = 0; i < paces.length; i++) {
        if ((second + 7 * i) % paces[i] < 5) {
          house.tell(house.meters.get(i));
        }
      }
    }
    assertThat(house.told)
        .as("%s", house.told.stream().map(e -> e.check + e.text).toList())
        .isEmpty();
  }

  /** Registers that are refreshed every quarter of an hour, beside a power that is fresh. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void registersThatAreToldLateRaiseNothing(long seed) {
    Random course = new Random(seed);
    home(1_000);
    for (House.Meter meter : house.meters) {
      long phase = course.nextInt(900_000);
      Map<Quantity, Long> held = new HashMap<>();
      long[] slot = {Long.MIN_VALUE};
      meter.fault =
          values -> {
            if (slot[0] != (house.at + phase) / 900_000) {
              slot[0] = (house.at + phase) / 900_000;
              held.putAll(values);
            }
            Map<Quantity, Long> all = new HashMap<>(held);
            all.put(Quantity.ACTIVE_POWER, values.get(Quantity.ACTIVE_POWER));
            return all;
          };
    }
    for (int i = 0; i < 2 * 96 * 30; i++) {
      if (i % (10 + course.nextInt(30)) == 0) {
        car.power = course.nextBoolean() ? 3_600_000 : 0;
      }
      grid.power = 400_000 + car.power;
      house.step(30_000);
    }
    assertThat(house.told)
        .as("%s", house.told.stream().map(e -> e.check + e.text).toList())
        .isEmpty();
  }

  static Stream<Arguments> faults() {
    return Stream.of(
        Arguments.of("grid CT reversed", "grid", power(p -> -p), Check.REGISTER_POWER),
        Arguments.of(
            "grid meter reversed in all",
            "grid",
            (UnaryOperator<Map<Quantity, Long>>) JudgeTest::reversed,
            Check.SUM),
        Arguments.of("PV CT reversed", "pv", power(p -> -p), Check.REGISTER_POWER),
        Arguments.of("power ten times", "grid", power(p -> 10 * p), Check.REGISTER_POWER),
        Arguments.of("power a tenth", "grid", power(p -> p / 10), Check.REGISTER_POWER),
        Arguments.of("W taken for kW", "grid", power(p -> 1000 * p), Check.POWER_LIMIT),
        Arguments.of("register ten times", "grid", registers(r -> 10 * r), Check.REGISTER_POWER),
        Arguments.of("register frozen", "grid", frozen(true), Check.REGISTER_POWER),
        Arguments.of("power frozen", "grid", frozen(false), Check.REGISTER_POWER),
        Arguments.of("register negative", "pv", registers(r -> -r), Check.NEGATIVE_REGISTER),
        Arguments.of("a register of 0", "car", registers(r -> 0L), Check.BACKWARDS),
        Arguments.of(
            "another meter, lower", "grid", registers(r -> r - 1_000_000_000), Check.BACKWARDS),
        Arguments.of(
            "another meter, higher", "grid", registers(r -> r + 77_000_000_000L), Check.RATE),
        Arguments.of(
            "car lies about power and energy",
            "car",
            (UnaryOperator<Map<Quantity, Long>>) JudgeTest::tenfold,
            Check.SUM));
  }

  private static UnaryOperator<Map<Quantity, Long>> power(UnaryOperator<Long> change) {
    return values -> {
      Map<Quantity, Long> all = new HashMap<>(values);
      all.computeIfPresent(Quantity.ACTIVE_POWER, (q, v) -> change.apply(v));
      return all;
    };
  }

  private static UnaryOperator<Map<Quantity, Long>> registers(UnaryOperator<Long> change) {
    return values -> {
      Map<Quantity, Long> all = new HashMap<>(values);
      all.computeIfPresent(Quantity.ENERGY_IMPORT, (q, v) -> change.apply(v));
      all.computeIfPresent(Quantity.ENERGY_EXPORT, (q, v) -> change.apply(v));
      return all;
    };
  }

  private static UnaryOperator<Map<Quantity, Long>> frozen(boolean registers) {
    Map<Quantity, Long> first = new HashMap<>();
    return values -> {
      values.forEach(first::putIfAbsent);
      Map<Quantity, Long> all = new HashMap<>(values);
      all.replaceAll((q, v) -> (q != Quantity.ACTIVE_POWER) == registers ? first.get(q) : v);
      return all;
    };
  }

  private static Map<Quantity, Long> reversed(Map<Quantity, Long> values) {
    return Map.of(
        Quantity.ENERGY_IMPORT,
        values.get(Quantity.ENERGY_EXPORT),
        Quantity.ENERGY_EXPORT,
        values.get(Quantity.ENERGY_IMPORT),
        Quantity.ACTIVE_POWER,
        -values.get(Quantity.ACTIVE_POWER));
  }

  private static Map<Quantity, Long> tenfold(Map<Quantity, Long> values) {
    return Map.of(
        Quantity.ENERGY_IMPORT,
        values.get(Quantity.ENERGY_IMPORT) * 10,
        Quantity.ACTIVE_POWER,
        values.get(Quantity.ACTIVE_POWER) * 10);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("faults")
  void eachFaultIsFoundAndEndsWhenCured(
      String name, String at, UnaryOperator<Map<Quantity, Long>> fault, Check check) {
    home(1_000);
    live(7, 30_000);
    assertThat(house.told).isEmpty();
    House.Meter wrong = at.equals("grid") ? grid : at.equals("pv") ? pv : car;
    boolean fromNewMeter = name.contains("reversed in all") || name.contains("lies");
    long from = house.at;
    if (fromNewMeter) {
      wrong.meterEpoch++; // installed so: no jump gives it away
    }
    wrong.fault = fault;
    live(14, 30_000);
    assertThat(house.all()).contains(check);
    Episode episode = house.told.stream().filter(e -> e.check == check).findFirst().orElseThrow();
    assertThat(episode.from).isBetween(from - 900_000, from + 15 * Energy.HOUR);
    assertThat(episode.devices).contains(wrong.device.id());
    assertThat(episode.text)
        .endsWith(".")
        .contains(check == Check.SUM ? "Grid meter" : wrong.device.name());
    assertThat(house.episodes.trusted(wrong.device.id(), episode.from + 1, episode.from + 900_000))
        .isFalse();
    assertThat(house.episodes.trusted(wrong.device.id(), from - 7_200_000, from - 3_600_000))
        .isTrue();
    wrong.fault = values -> values;
    wrong.meterEpoch++;
    live(10, 30_000);
    assertThat(house.checks()).as("open after the cure").isEmpty();
    assertThat(house.episodes.trusted(wrong.device.id(), house.at - 900_000, house.at)).isTrue();
  }

  @Test
  void aSpuriousZeroIsOneEpisodeNotTwo() {
    home(1_000);
    live(3, 10_000);
    grid.fault = registers(r -> 0L);
    house.step(10_000);
    grid.fault = values -> values;
    live(1, 10_000);
    assertThat(house.told)
        .as("%s", house.told.stream().map(e -> e.check + e.text).toList())
        .hasSize(2)
        .first()
        .isSameAs(house.told.get(1));
    assertThat(house.told.get(0).check).isEqualTo(Check.BACKWARDS);
    assertThat(house.told.get(0).to).isNotEqualTo(Episode.OPEN);
  }

  @Test
  void aMeterSwapThatWasSaidIsNone() {
    home(1_000);
    live(10, 30_000);
    grid.meterEpoch++;
    grid.taken = 12_000;
    grid.given = 0;
    live(10, 30_000);
    assertThat(house.told).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"999999000000, 1000", "65535000000, 1000000", "4294967295000, 1000"})
  void registersRollOver(long end, long resolution) {
    home(resolution);
    long width = end + resolution;
    grid.fault = registers(r -> Math.floorMod(r - 1_234_567_000L + end - 500_000, width));
    live(20, 30_000);
    assertThat(house.told).isEmpty();
  }

  @Test
  void nothingIsComparedOverGapsAndClockSteps() {
    home(1_000);
    for (int i = 0; i < 40; i++) {
      live(0.3 + random.nextDouble(), 30_000);
      // Power unlike before and after flows while nobody looks.
      grid.power = 9_000_000;
      house.flow(7 * MINUTE);
      if (i % 2 == 0) {
        house.judge.gap(
            new Gap(
                grid.device.id(),
                java.time.Instant.ofEpochMilli(house.at - 6 * MINUTE),
                java.time.Instant.ofEpochMilli(house.at),
                Gap.Reason.UNREACHABLE));
      }
      if (i % 3 == 0) {
        house.clockEpoch++;
        house.at += (random.nextInt(10_000) - 5_000) * 1_000L;
      }
    }
    assertThat(house.told).isEmpty();
  }

  @Test
  void daylightSavingIsNothingToUtc() {
    home(1_000);
    house.at = java.time.Instant.parse("2026-03-28T12:00:00Z").toEpochMilli();
    live(24, 60_000);
    house.at = java.time.Instant.parse("2026-10-24T12:00:00Z").toEpochMilli();
    live(24, 60_000);
    assertThat(house.told).isEmpty();
  }

  @Test
  void anUnmeteredProducerMayBeAllowed() {
    House allowed = new House(new Limits(100_000_000, 0, 3, Map.of(), 800_000, 300_000));
    House strict = new House(House.limits());
    for (House each : new House[] {allowed, strict}) {
      House.Meter meter = each.meter("Grid meter", DeviceRole.GRID_METER, 1_000);
      House.Meter load = each.meter("Heat pump", DeviceRole.HEAT_PUMP, 1_000);
      for (int i = 0; i < 600; i++) {
        load.power = 300_000;
        meter.power = 300_000 - 700_000;
        each.step(30_000);
      }
    }
    assertThat(allowed.told).isEmpty();
    assertThat(strict.checks()).containsExactly(Check.SUM);
  }

  @Test
  void nestedMetersAreHeldAgainstTheirOwnDevices() {
    House.Meter top = house.meter("Grid meter", DeviceRole.GRID_METER, 1_000);
    House.Meter flat = house.meter("Flat", DeviceRole.SUB_METER, 1_000);
    House.Meter oven =
        house.add("Oven", DeviceRole.LOAD, flat.device.id(), 1_000, true, false, true);
    oven.power = 2_000_000;
    flat.power = 2_100_000;
    top.power = 2_500_000;
    for (int i = 0; i < 200; i++) {
      house.step(30_000);
    }
    assertThat(house.told).isEmpty();
    flat.power = 200_000;
    for (int i = 0; i < 200; i++) {
      house.step(30_000);
    }
    assertThat(house.told)
        .singleElement()
        .satisfies(
            e -> {
              assertThat(e.check).isEqualTo(Check.SUM);
              assertThat(e.devices).containsExactly(flat.device.id(), oven.device.id());
            });
  }

  @Test
  void whatTheFuseAndTheDeviceCarry() {
    House fused = new House(new Limits(100_000_000, 35_000, 3, Map.of(), 0, 300_000));
    House.Meter meter = fused.meter("Grid meter", DeviceRole.GRID_METER, 1_000);
    meter.power = 40_000_000; // 3 × 35 A × 1.6 × 253 V = 42.5 kW
    fused.step(1_000);
    fused.step(1_000);
    assertThat(fused.told).isEmpty();
    meter.power = 43_000_000;
    fused.step(1_000);
    assertThat(fused.told).as("once may be a glitch").isEmpty();
    fused.step(1_000);
    assertThat(fused.checks()).containsExactly(Check.POWER_LIMIT);
  }

  @Test
  void aDeviceThatIsRemovedEndsItsEpisodes() {
    home(1_000);
    car.fault = registers(r -> -r);
    house.step(10_000);
    assertThat(house.checks()).containsExactly(Check.NEGATIVE_REGISTER);
    house.meters.remove(car);
    house.judge.devices(house.meters.stream().map(m -> m.device).toList(), house.at);
    assertThat(house.checks()).isEmpty();
  }
}
