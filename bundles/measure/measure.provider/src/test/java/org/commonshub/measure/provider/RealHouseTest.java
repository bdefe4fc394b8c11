package org.commonshub.measure.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.measure.api.Device;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingFrame;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * A year of a real house with PV, mean kW of 30 minutes, through the engine as register readings.
 */
class RealHouseTest {
  private static final String FILE = "shared/data/profiles/ausgrid_customer12_30min_2011-2012.csv";

  private static Optional<Path> find() {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path file = at.resolve(FILE);
      if (Files.exists(file)) {
        return Optional.of(file);
      }
    }
    return Optional.empty();
  }

  @Test
  void selfConsumptionComesFromShortIntervalsNotFromDays() throws IOException {
    Optional<Path> file = find();
    if (file.isEmpty()) {
      System.out.println("skipped: no " + FILE + " beside the checkout");
    }
    Assumptions.assumeTrue(
        file.isPresent(), "the captures of a real house are not on this machine");
    Device grid = new Device(DeviceId.random(), "grid", DeviceRole.GRID_METER, Optional.empty(), 0);
    Device pv = new Device(DeviceId.random(), "pv", DeviceRole.PV, Optional.empty(), 0);
    long halfHour = 1_800_000;
    BalanceEngine engine =
        new BalanceEngine(
            new BalanceEngine.Limits(halfHour, 100_000_000, halfHour, 15_000, 3_600_000, 1_500));
    engine.devices(List.of(grid, pv));
    long taken = 0;
    long given = 0;
    long produced = 0;
    long sequence = 0;
    Map<Long, Long> selfConsumed = new HashMap<>();
    Map<Long, long[]> days = new HashMap<>();
    DateTimeFormatter format = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");
    List<String> lines = Files.readAllLines(file.get());
    long at = 0;
    for (String line : lines.subList(1, lines.size())) {
      String[] cells = line.split(",", -1);
      at = LocalDateTime.parse(cells[0], format).toInstant(ZoneOffset.UTC).toEpochMilli();
      long load = Math.round(Double.parseDouble(cells[1]) * 500_000);
      long generation = Math.round(Double.parseDouble(cells[2]) * 500_000);
      send(engine, grid, pv, at, sequence++, taken, given, produced);
      produced += generation;
      taken += Math.max(0, load - generation);
      given += Math.max(0, generation - load);
      long[] day = days.computeIfAbsent(Math.floorDiv(at, 86_400_000L), key -> new long[2]);
      day[0] += load;
      day[1] += generation;
      collect(engine.tick(at, 1), selfConsumed);
    }
    send(engine, grid, pv, at + halfHour, sequence, taken, given, produced);
    collect(engine.tick(at + halfHour, 1), selfConsumed);
    double byInterval = selfConsumed.values().stream().mapToLong(e -> e).sum() / 1e6;
    double byDay = days.values().stream().mapToLong(d -> Math.min(d[0], d[1])).sum() / 1e6;
    System.out.printf(
        "self-consumption: %.0f kWh by 30 minutes, %.0f kWh by day%n", byInterval, byDay);
    assertThat(byInterval).isCloseTo(1205, within(1.0));
    assertThat(byDay).isCloseTo(1296, within(1.0));
  }

  private static void send(
      BalanceEngine engine,
      Device grid,
      Device pv,
      long at,
      long sequence,
      long taken,
      long given,
      long produced) {
    Instant instant = Instant.ofEpochMilli(at);
    engine.frame(
        new ReadingFrame(
            grid.id(),
            0,
            instant,
            sequence,
            1,
            List.of(
                Measurement.of(Quantity.ENERGY_IMPORT, taken, -3),
                Measurement.of(Quantity.ENERGY_EXPORT, given, -3))),
        at * 1_000_000);
    engine.frame(
        new ReadingFrame(
            pv.id(),
            0,
            instant,
            sequence,
            1,
            List.of(Measurement.of(Quantity.ENERGY_EXPORT, produced, -3))),
        at * 1_000_000);
  }

  private static void collect(List<ReadingFrame> frames, Map<Long, Long> selfConsumed) {
    for (ReadingFrame frame : frames) {
      selfConsumed.put(
          frame.sequence(), frame.value(Quantity.HOME_SELF_CONSUMED).orElseThrow().mantissa());
    }
  }
}
