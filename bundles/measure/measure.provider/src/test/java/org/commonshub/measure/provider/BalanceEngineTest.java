package org.commonshub.measure.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.commonshub.measure.api.CborCodec;
import org.commonshub.measure.api.Device;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.IntervalBalance;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Quality;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingFrame;
import org.junit.jupiter.api.Test;

class BalanceEngineTest {
  private static final long MINUTE = 60_000;
  private static final long HOUR = 60 * MINUTE;
  private static final BalanceEngine.Limits LIMITS =
      new BalanceEngine.Limits(MINUTE, 100_000_000, 300_000, 15_000, HOUR, 1_500);

  private final List<Device> devices = new ArrayList<>();
  private BalanceEngine engine = new BalanceEngine(LIMITS);
  private long now = Instant.parse("2026-11-01T10:00:00Z").toEpochMilli();
  private long nanos;
  private int epoch = 1;
  private long sequence;
  private final List<ReadingFrame> published = new ArrayList<>();

  /** A meter that counts exactly, in mWh. */
  private final class Meter {
    final DeviceId id = DeviceId.random();
    int meterEpoch;
    long taken = 5_000_000_000L;
    long given = 2_000_000_000L;
    double power;
    double carry;
    boolean silent;
    boolean registers = true;

    Meter(DeviceRole role) {
      devices.add(new Device(id, role.name(), role, Optional.empty(), 0));
      engine.devices(devices);
    }

    void run(long millis) {
      carry += power * millis / 3_600;
      long whole = (long) carry;
      carry -= whole;
      if (whole > 0) {
        taken += whole;
      } else {
        given -= whole;
      }
    }

    void report() {
      if (silent) {
        return;
      }
      List<Measurement> values = new ArrayList<>();
      values.add(Measurement.of(Quantity.ACTIVE_POWER, Math.round(power * 1000), -3));
      if (registers) {
        values.add(Measurement.of(Quantity.ENERGY_IMPORT, taken, -3));
        values.add(Measurement.of(Quantity.ENERGY_EXPORT, given, -3));
      }
      send(this, values);
    }
  }

  private void send(Meter meter, List<Measurement> values) {
    engine.frame(
        new ReadingFrame(
            meter.id, meter.meterEpoch, Instant.ofEpochMilli(now), sequence++, epoch, values),
        nanos);
  }

  private void pass(long millis, Meter... meters) {
    now += millis;
    nanos += millis * 1_000_000;
    for (Meter meter : meters) {
      meter.run(millis);
      meter.report();
    }
    published.addAll(engine.takePending());
    published.addAll(engine.tick(now, epoch));
  }

  private void passFor(long millis, Meter... meters) {
    for (long done = 0; done < millis; done += 10_000) {
      pass(10_000, meters);
    }
  }

  /** What history would sum up: the newest revision of each frame. */
  private long total(Quantity quantity) {
    Map<String, Long> newest = new LinkedHashMap<>();
    for (ReadingFrame frame : published) {
      newest.put(
          frame.clockEpoch() + " " + frame.sequence(),
          frame.value(quantity).orElseThrow().mantissa());
    }
    return newest.values().stream().mapToLong(Long::longValue).sum();
  }

  private int flags() {
    return published.stream()
        .mapToInt(f -> f.value(Quantity.HOME_IMPORT).orElseThrow().quality().flags())
        .reduce(0, (a, b) -> a | b);
  }

  private IntervalBalance last() {
    List<IntervalBalance> recent = engine.recent(1);
    return recent.get(recent.size() - 1);
  }

  @Test
  void steadyPowersGiveTheirEnergyInEachInterval() {
    Meter grid = new Meter(DeviceRole.GRID_METER);
    Meter pv = new Meter(DeviceRole.PV);
    Meter battery = new Meter(DeviceRole.BATTERY);
    grid.power = -1_200;
    pv.power = -3_600;
    battery.power = 600;
    now += 3_000; // not aligned
    passFor(10 * MINUTE, grid, pv, battery);
    IntervalBalance balance = last();
    assertThat(balance.production()).isEqualTo(60_000);
    assertThat(balance.gridExport()).isEqualTo(20_000);
    assertThat(balance.gridImport()).isZero();
    assertThat(balance.charge()).isEqualTo(10_000);
    assertThat(balance.consumption()).isEqualTo(30_000);
    assertThat(balance.residual()).isEqualTo(30_000);
    assertThat(balance.selfConsumed()).isEqualTo(40_000);
    assertThat(balance.quality()).isEqualTo(Quality.MEASURED);
    assertThat(published).extracting(ReadingFrame::device).containsOnly(DeviceId.HOME);
    assertThat(published).hasSize(10);
    assertThat(published).extracting(ReadingFrame::revision).containsOnly(0);
  }

  @Test
  void whatTheRegistersCountedIsWhatTheIntervalsSum() {
    Random random = new Random(11);
    Meter grid = new Meter(DeviceRole.GRID_METER);
    Meter pv = new Meter(DeviceRole.PV);
    grid.report();
    pv.report();
    long taken = grid.taken;
    long given = grid.given;
    long produced = pv.given;
    for (int i = 0; i < 5_000; i++) {
      grid.power = random.nextInt(20_000) - 10_000;
      pv.power = -random.nextInt(8_000);
      grid.silent = random.nextInt(50) == 0;
      pv.silent = random.nextInt(20) == 0;
      pass(1 + random.nextInt(25_000), grid, pv);
    }
    grid.silent = false;
    pv.silent = false;
    grid.power = 0;
    pv.power = 0;
    passFor(10 * MINUTE, grid, pv);
    assertThat(total(Quantity.HOME_IMPORT)).isEqualTo(grid.taken - taken);
    assertThat(total(Quantity.HOME_EXPORT)).isEqualTo(grid.given - given);
    assertThat(total(Quantity.HOME_PRODUCTION)).isEqualTo(pv.given - produced);
  }

  @Test
  void powerIsIntegratedOnlyWithoutRegistersAndFlagged() {
    Meter grid = new Meter(DeviceRole.GRID_METER);
    Meter pv = new Meter(DeviceRole.PV);
    pv.registers = false;
    grid.power = 360;
    pv.power = -3_600;
    passFor(5 * MINUTE, grid, pv);
    assertThat(last().production()).isEqualTo(60_000);
    assertThat(last().gridImport()).isEqualTo(6_000);
    assertThat(last().quality().has(Quality.INTEGRATED)).isTrue();
  }

  @Test
  void anOutageIsNotBridgedByIntegratedPower() {
    Meter grid = new Meter(DeviceRole.GRID_METER);
    Meter pv = new Meter(DeviceRole.PV);
    pv.registers = false;
    grid.power = 360;
    pv.power = -3_600;
    passFor(5 * MINUTE, grid, pv);
    pv.silent = true;
    passFor(2 * HOUR, grid, pv);
    pv.silent = false;
    passFor(5 * MINUTE, grid, pv);
    // 10 minutes of 3.6 kW, not 130.
    assertThat(total(Quantity.HOME_PRODUCTION)).isBetween(500_000L, 620_000L);
    assertThat(flags() & Quality.ESTIMATED).isNotZero();
  }

  @Test
  void registersCountThroughAnOutageAndTheShapeIsFlagged() {
    Meter grid = new Meter(DeviceRole.GRID_METER);
    Meter pv = new Meter(DeviceRole.PV);
    grid.power = 720;
    pv.power = -3_600;
    passFor(5 * MINUTE, grid, pv);
    int before = published.size();
    grid.silent = true;
    passFor(20 * MINUTE, grid, pv);
    assertThat(published.size() - before).as("held for the grid meter").isLessThanOrEqualTo(1);
    grid.silent = false;
    passFor(5 * MINUTE, grid, pv);
    assertThat(published).hasSize(30);
    assertThat(published).extracting(ReadingFrame::revision).containsOnly(0);
    assertThat(total(Quantity.HOME_IMPORT)).isEqualTo(720_000 * 30L / 60 - 2_000);
    ReadingFrame within = published.get(15);
    assertThat(within.value(Quantity.HOME_IMPORT).orElseThrow().quality().has(Quality.ESTIMATED))
        .isTrue();
    assertThat(within.value(Quantity.HOME_IMPORT).orElseThrow().mantissa()).isEqualTo(12_000);
    assertThat(last().quality()).isEqualTo(Quality.MEASURED);
  }

  @Test
  void aSleepingInverterHoldsNothingUpAndItsMorningIsNoSpike() {
    Meter grid = new Meter(DeviceRole.GRID_METER);
    Meter pv = new Meter(DeviceRole.PV);
    grid.power = 300;
    passFor(5 * MINUTE, grid, pv);
    pv.silent = true;
    int before = published.size();
    passFor(10 * HOUR, grid, pv);
    assertThat(published.size() - before).isBetween(598, 600);
    pv.silent = false;
    pv.power = -3_600;
    grid.power = -3_300;
    passFor(5 * MINUTE, grid, pv);
    assertThat(engine.recent(3)).allMatch(b -> b.production() <= 61_000);
    assertThat(total(Quantity.HOME_CONSUMPTION))
        .isEqualTo(
            total(Quantity.HOME_IMPORT)
                + total(Quantity.HOME_PRODUCTION)
                - total(Quantity.HOME_EXPORT));
    assertThat(flags() & Quality.OUT_OF_RANGE).isZero();
  }

  @Test
  void lateEnergyCorrectsClosedIntervalsAsRevisions() {
    Meter grid = new Meter(DeviceRole.GRID_METER);
    Meter pump = new Meter(DeviceRole.HEAT_PUMP);
    grid.power = 2_000;
    pump.power = 1_500;
    passFor(5 * MINUTE, grid, pump);
    pump.silent = true;
    passFor(5 * MINUTE, grid, pump);
    assertThat(last().residual()).isGreaterThan(30_000);
    pump.silent = false;
    passFor(5 * MINUTE, grid, pump);
    assertThat(published).anyMatch(f -> f.revision() == 1);
    assertThat(published.stream().filter(f -> f.revision() == 1))
        .allMatch(
            f -> f.value(Quantity.HOME_RESIDUAL).orElseThrow().quality().has(Quality.SUBSTITUTED));
    assertThat(engine.recent(12).subList(1, 11))
        .allMatch(b -> Math.abs(b.residual() - 500_000 / 60) <= 2);
    assertThat(total(Quantity.HOME_IMPORT)).isEqualTo(2_000_000 / 4 - 2_000_000 / 360);
  }

  @Test
  void oneSpuriousZeroOrSpikeLeavesNoTrace() {
    Meter grid = new Meter(DeviceRole.GRID_METER);
    grid.power = 3_600;
    passFor(2 * MINUTE, grid);
    for (long wrong : new long[] {0, 4_000_000_000_000L, 17}) {
      now += 10_000;
      nanos += 10_000_000_000L;
      grid.run(10_000);
      send(grid, List.of(Measurement.of(Quantity.ENERGY_IMPORT, wrong, -3)));
      passFor(2 * MINUTE, grid);
    }
    assertThat(engine.recent(8).subList(1, 8)).allMatch(b -> b.gridImport() == 60_000);
    assertThat(flags()).isZero();
  }

  @Test
  void aMeterSwapCountsNeitherTheOldNorTheNewRegister() {
    Meter grid = new Meter(DeviceRole.GRID_METER);
    grid.power = 3_600;
    passFor(5 * MINUTE, grid);
    grid.meterEpoch = 1;
    grid.taken = 17_000;
    grid.given = 0;
    passFor(5 * MINUTE, grid);
    assertThat(total(Quantity.HOME_IMPORT)).isEqualTo(600_000 - 2 * 10_000);
    assertThat(total(Quantity.HOME_EXPORT)).isZero();
    assertThat(flags() & Quality.ESTIMATED).isNotZero();
  }

  @Test
  void aClockSetBackADayNeitherLosesNorInventsEnergy() {
    Meter grid = new Meter(DeviceRole.GRID_METER);
    Meter pv = new Meter(DeviceRole.PV);
    pv.registers = false;
    grid.power = 3_600;
    pv.power = -1_800;
    grid.report();
    pv.report();
    long start = grid.taken;
    passFor(5 * MINUTE, grid, pv);
    now -= 24 * HOUR;
    epoch++;
    passFor(5 * MINUTE, grid, pv);
    now += 24 * HOUR;
    epoch++;
    passFor(5 * MINUTE, grid, pv);
    long end = now;
    pass(15_000, grid, pv);
    assertThat(end).isPositive();
    long counted = total(Quantity.HOME_IMPORT);
    assertThat(counted).isBetween(grid.taken - start - 60_000, grid.taken - start);
    assertThat(total(Quantity.HOME_PRODUCTION))
        .isBetween(counted / 2 - 40_000, counted / 2 + 1_000);
    assertThat(published)
        .allMatch(f -> f.value(Quantity.HOME_IMPORT).orElseThrow().mantissa() <= 120_000);
  }

  @Test
  void theFirstTimeFromTheNetworkMakesNoEnergy() {
    now = 1_000_000; // 1970
    Meter grid = new Meter(DeviceRole.GRID_METER);
    grid.power = 3_600;
    grid.registers = false;
    passFor(5 * MINUTE, grid);
    now = Instant.parse("2026-11-01T10:00:00Z").toEpochMilli();
    epoch++;
    passFor(5 * MINUTE, grid);
    assertThat(total(Quantity.HOME_IMPORT)).isBetween(500_000L, 610_000L);
    assertThat(published.size()).isLessThan(15);
  }

  @Test
  void daysOf23And25HoursAddUp() {
    for (String day : new String[] {"2026-03-29", "2026-10-25"}) {
      engine = new BalanceEngine(LIMITS);
      devices.clear();
      published.clear();
      ZoneId rome = ZoneId.of("Europe/Rome");
      ZonedDateTime midnight =
          ZonedDateTime.parse(day + "T00:00+01:00[Europe/Rome]").withZoneSameLocal(rome);
      now = midnight.toInstant().toEpochMilli();
      long end = midnight.plusDays(1).toInstant().toEpochMilli();
      Meter grid = new Meter(DeviceRole.GRID_METER);
      grid.power = 1_000;
      grid.report();
      while (now < end) {
        pass(30_000, grid);
      }
      pass(30_000, grid);
      long hours = (end - midnight.toInstant().toEpochMilli()) / HOUR;
      assertThat(hours).isEqualTo(day.contains("-03-") ? 23 : 25);
      long inDay =
          published.stream()
              .filter(f -> f.instant().toEpochMilli() < end)
              .mapToLong(f -> f.value(Quantity.HOME_IMPORT).orElseThrow().mantissa())
              .sum();
      assertThat(inDay).isBetween(hours * 1_000_000 - 1, hours * 1_000_000);
    }
  }

  @Test
  void negativeResidualIsFlaggedBeyondTheResolution() {
    Meter grid = new Meter(DeviceRole.GRID_METER);
    Meter load = new Meter(DeviceRole.LOAD);
    grid.power = 1_000;
    load.power = 2_000;
    passFor(3 * MINUTE, grid, load);
    assertThat(last().residual()).isNegative();
    assertThat(last().quality().has(Quality.OUT_OF_RANGE)).isTrue();
  }

  @Test
  void backfillAndImplausibleValuesAreNotCounted() {
    Meter grid = new Meter(DeviceRole.GRID_METER);
    grid.power = 3_600;
    passFor(3 * MINUTE, grid);
    engine.frame(
        new ReadingFrame(
            grid.id,
            0,
            Instant.ofEpochMilli(now - 90_000),
            1,
            epoch,
            1,
            List.of(Measurement.of(Quantity.ENERGY_IMPORT, 1, 0)),
            Map.of()),
        nanos);
    now += 1;
    send(
        grid,
        List.of(
            new Measurement(
                Quantity.ENERGY_IMPORT,
                9_999_999_999L,
                -3,
                Quality.MEASURED.with(Quality.OUT_OF_RANGE))));
    passFor(3 * MINUTE, grid);
    assertThat(engine.recent(4)).allMatch(b -> Math.abs(b.gridImport() - 60_000) <= 1);
  }

  @Test
  void tariffRegistersAreSummedAndTheTotalIsPreferred() {
    Meter grid = new Meter(DeviceRole.GRID_METER);
    for (int i = 0; i <= 12; i++) {
      send(
          grid,
          List.of(
              Measurement.of(Quantity.ENERGY_IMPORT_T1, 1_000_000 + 10L * i, 0),
              Measurement.of(Quantity.ENERGY_IMPORT_T2, 2_000_000 + 20L * i, 0)));
      pass(10_000);
    }
    assertThat(total(Quantity.HOME_IMPORT)).isEqualTo(30_000L * 12);
  }

  @Test
  void afterARestartEnergyCountedMeanwhileIsThere() throws Exception {
    Meter grid = new Meter(DeviceRole.GRID_METER);
    Meter pv = new Meter(DeviceRole.PV);
    grid.power = 3_600;
    pv.power = -1_800;
    grid.report();
    pv.report();
    long taken = grid.taken;
    long given = pv.given;
    passFor(3 * MINUTE + 20_000, grid, pv);
    for (long stop : new long[] {20, 30 * MINUTE, 50 * HOUR}) {
      byte[] kept = CborCodec.encode(BalanceState.of(engine));
      engine = new BalanceEngine(LIMITS);
      engine.devices(devices);
      published.addAll(BalanceState.restore(engine, CborCodec.decode(kept)));
      grid.silent = true;
      pv.silent = true;
      now += stop;
      grid.run(stop);
      pv.run(stop);
      nanos = 77; // another origin
      epoch++;
      grid.silent = false;
      pv.silent = false;
      passFor(3 * MINUTE + 20_000, grid, pv);
    }
    grid.power = 0;
    pv.power = 0;
    passFor(3 * MINUTE, grid, pv);
    assertThat(total(Quantity.HOME_IMPORT)).isEqualTo(grid.taken - taken);
    assertThat(total(Quantity.HOME_PRODUCTION)).isEqualTo(pv.given - given);
    assertThat(flags() & Quality.ESTIMATED).isNotZero();
  }

  @Test
  void manyDevicesStayBounded() {
    List<Meter> meters = new ArrayList<>();
    meters.add(new Meter(DeviceRole.GRID_METER));
    for (int i = 0; i < 500; i++) {
      meters.add(new Meter(DeviceRole.LOAD));
    }
    Meter[] all = meters.toArray(Meter[]::new);
    for (int i = 0; i < 200; i++) {
      pass(30_000, all);
    }
    assertThat(engine.legsKept()).isLessThanOrEqualTo(BalanceEngine.MAX_LEGS + 1_100);
    assertThat(engine.recent(1_000).size()).isGreaterThan(90);
  }
}
