package org.commonshub.ledger.plausibility;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.commonshub.ledger.api.Contradictions.Check;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Quantity;
import org.junit.jupiter.api.Test;

/** A year of a real house with PV: no false alarm, and every fault found. */
class RealHouseTest {
  private static final Path PROFILE =
      Path.of("../../../../shared/data/profiles/ausgrid_customer12_30min_2011-2012.csv");
  private static final int YEAR = 366 * 48;
  private static final long READING = 60_000;

  private final House house = new House(House.limits());
  private final House.Meter grid =
      house.add("Grid meter", DeviceRole.GRID_METER, null, 1_000, true, true, true);
  private final House.Meter pv = house.add("Roof", DeviceRole.PV, null, 1_000, false, true, true);
  private final Random random = new Random(12);

  /** Half hours of the real profile; loads and clouds come in blocks of some minutes. */
  private void live(List<String> lines, int from, int to) {
    for (String line : lines.subList(from, Math.min(to, lines.size()))) {
      String[] fields = line.split(",", -1);
      long load = Math.round(Double.parseDouble(fields[1]) * 2e6);
      long sun = Math.round(Double.parseDouble(fields[2]) * 2e6);
      int swing = random.nextInt(80);
      for (int minute = 0; minute < 30; minute++) {
        // Around the mean of the half hour, up as long as down.
        int sign = minute / 5 % 2 == 0 ? 1 : -1;
        long taken = load + sign * load * swing / 100;
        pv.power = -(sun - sign * sun * (swing / 2) / 100);
        grid.power = taken + pv.power;
        house.flow(READING);
        house.tell();
      }
    }
  }

  private static List<String> profile() throws IOException {
    assumeTrue(
        Files.exists(PROFILE),
        () ->
            "skipped: "
                + PROFILE.toAbsolutePath().normalize()
                + " is not there; JudgeTest covers the same checks with made-up houses");
    return Files.readAllLines(PROFILE).stream().skip(1).filter(l -> !l.isBlank()).toList();
  }

  @Test
  void anHonestYearRaisesNothing() throws IOException {
    List<String> lines = profile();
    live(lines, 0, YEAR);
    System.out.printf(
        "A real house, %d half hours told every minute by 2 meters: %d contradictions%n",
        Math.min(YEAR, lines.size()), house.told.size());
    assertThat(house.told).isEmpty();
  }

  @Test
  void everyFaultIsFoundWithinADay() throws IOException {
    Map<String, Consumer<House.Meter>> faults =
        new java.util.TreeMap<>(
            Map.of(
                "grid CT reversed", meter -> change(meter, false, -1, 1),
                "factor 10", meter -> change(meter, false, 10, 1),
                "factor 1/10", meter -> change(meter, false, 1, 10),
                "register ten times", meter -> change(meter, true, 10, 1),
                "register stuck", RealHouseTest::stick,
                "meter swapped", meter -> meter.taken -= 1_000_000_000L));
    List<String> lines = profile();
    int day = 0;
    for (var fault : faults.entrySet()) {
      day += 20;
      House.Meter meter = grid;
      meter.meterEpoch++; // ends what was open
      house.tell();
      house.told.clear();
      live(lines, day * 48, day * 48 + 96);
      assertThat(house.told).as("honest days before %s", fault.getKey()).isEmpty();
      long from = house.at;
      fault.getValue().accept(meter);
      live(lines, day * 48 + 96, day * 48 + 144);
      assertThat(house.told).as(fault.getKey()).isNotEmpty();
      List<Check> checks = house.all();
      System.out.printf(
          "%s: %s, first since %+d min%n",
          fault.getKey(), checks, (house.told.get(0).from - from) / 60_000);
      meter.fault = values -> values;
    }
  }

  private static void change(House.Meter meter, boolean registers, long times, long parts) {
    meter.fault =
        values -> {
          Map<Quantity, Long> all = new java.util.HashMap<>(values);
          all.replaceAll(
              (q, v) -> (q != Quantity.ACTIVE_POWER) == registers ? v * times / parts : v);
          return all;
        };
  }

  private static void stick(House.Meter meter) {
    Map<Quantity, Long> first = new java.util.HashMap<>();
    meter.fault =
        values -> {
          values.forEach(first::putIfAbsent);
          Map<Quantity, Long> all = new java.util.HashMap<>(values);
          all.replaceAll((q, v) -> q == Quantity.ACTIVE_POWER ? v : first.get(q));
          return all;
        };
  }
}
