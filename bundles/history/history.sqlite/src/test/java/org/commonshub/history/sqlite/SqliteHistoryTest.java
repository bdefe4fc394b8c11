package org.commonshub.history.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.commonshub.history.api.HistoryStore.Format;
import org.commonshub.history.api.Point;
import org.commonshub.history.api.Resolution;
import org.commonshub.measure.api.Gap;
import org.commonshub.measure.api.JsonCodec;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.Quality;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingFrame;
import org.commonshub.testing.fakes.FakeHubClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SqliteHistoryTest {
  private static final ZoneId ROME = ZoneId.of("Europe/Rome");
  private static final Instant END = StoreTest.T0.plus(Duration.ofDays(400));

  @TempDir Path directory;
  private final FakeHubClock clock = new FakeHubClock(StoreTest.T0);

  private Store open(String name, ZoneId zone) {
    return new Store(directory.resolve(name), Options.standard(zone), clock);
  }

  private static List<MeterRecord> records() {
    List<MeterRecord> records = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      records.add(StoreProcess.frame(i));
    }
    records.add(
        new ReadingFrame(
            StoreTest.DEVICE,
            2,
            StoreTest.T0.plusSeconds(300),
            300,
            1,
            1,
            List.of(
                new Measurement(
                    Quantity.DC_POWER.channel(2),
                    -12345,
                    -3,
                    new Quality(Quality.ESTIMATED | Quality.CLOCK_UNSYNCHRONISED))),
            Map.of("future", "field")));
    records.add(
        new Gap(
            StoreTest.DEVICE,
            StoreTest.T0.plusSeconds(400),
            StoreTest.T0.plusSeconds(500),
            Gap.Reason.OVERLOAD));
    return records;
  }

  @Test
  void jsonComesBackAsItWas() throws Exception {
    Store store = open("json", ROME);
    store.accept(records());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new Exporter(store).export(List.of(), Instant.EPOCH, END, Format.JSON, out);
    store.close();
    List<MeterRecord> back = new ArrayList<>();
    for (String line : out.toString(StandardCharsets.UTF_8).split("\n")) {
      back.add(JsonCodec.decodeRecord(line.getBytes(StandardCharsets.UTF_8)));
    }
    assertThat(back).isEqualTo(records());
  }

  @Test
  void csvHasOneRowPerDeviceAndInstant() throws Exception {
    Store store = open("csv", ROME);
    store.accept(records());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new Exporter(store).export(List.of(StoreTest.DEVICE), Instant.EPOCH, END, Format.CSV, out);
    store.close();
    String[] lines = out.toString(StandardCharsets.UTF_8).split("\r\n");
    assertThat(lines).hasSize(203);
    assertThat(lines[0])
        .isEqualTo(
            "device,instant,until,gap,clock_epoch,sequence,revision,meter_epoch,quality,"
                + "power.active (W),voltage.l1 (V),energy.import (Wh),dc.power[2] (W)");
    assertThat(lines[1])
        .isEqualTo(StoreTest.DEVICE + ",2026-03-02T10:00:00Z,,,1,0,0,1,,0.0,230.0,0,");
    assertThat(lines[201])
        .isEqualTo(
            StoreTest.DEVICE
                + ",2026-03-02T10:05:00Z,,,1,300,1,2,dc.power[2]=estimated+clock-unsynchronised,,,,-12.345");
    assertThat(lines[202])
        .isEqualTo(
            StoreTest.DEVICE + ",2026-03-02T10:06:40Z,2026-03-02T10:08:20Z,overload,,,,,,,,,");
    assertThat(Arrays.stream(lines).map(l -> l.chars().filter(c -> c == ',').count()).distinct())
        .containsExactly(12L);
  }

  private static List<MeterRecord> all(Store store) throws Exception {
    List<MeterRecord> all = new ArrayList<>();
    store.replay(store.deviceIds(), Instant.EPOCH, END, all::add);
    return all;
  }

  @Test
  void aBackupIsWhatWasThereThen() throws Exception {
    Store store = open("source", ROME);
    store.accept(records());
    ByteArrayOutputStream backup = new ByteArrayOutputStream();
    store.backup(backup);
    List<Point> minutes = minutes(store);
    store.accept(List.of(StoreProcess.frame(1000)));
    assertThat(all(store)).hasSize(203);
    Store other = open("other", ROME);
    other.accept(List.of(StoreProcess.frame(77_777)));
    byte[] damaged = backup.toByteArray();
    damaged[damaged.length / 2] ^= 4;
    assertThatThrownBy(() -> other.restore(new ByteArrayInputStream(damaged)))
        .isInstanceOf(java.io.IOException.class);
    assertThatThrownBy(
            () ->
                other.restore(
                    new ByteArrayInputStream(
                        Arrays.copyOf(backup.toByteArray(), backup.size() - 9))))
        .isInstanceOf(java.io.IOException.class);
    assertThat(all(other)).containsExactly(StoreProcess.frame(77_777));
    other.restore(new ByteArrayInputStream(backup.toByteArray()));
    assertThat(all(other)).isEqualTo(records());
    assertThat(minutes(other)).hasSameSizeAs(minutes);
    other.accept(List.of(StoreProcess.frame(1000)));
    store.close();
    other.close();
    Store again = open("other", ROME);
    assertThat(all(again)).hasSize(203).contains(StoreProcess.frame(1000));
    again.close();
  }

  private static List<Point> minutes(Store store) throws Exception {
    return store.query(
        StoreTest.DEVICE, Quantity.ACTIVE_POWER, Instant.EPOCH, END, Resolution.MINUTE, 1000);
  }

  @Test
  void retentionDeletesByResolutionAndOnlyByATrustedClock() throws Exception {
    boolean[] trusted = {false};
    Options options =
        new Options(
            ROME,
            0,
            6 * Options.MIB,
            4 * Options.MIB,
            Map.of(
                Resolution.RAW,
                10,
                Resolution.MINUTE,
                40,
                Resolution.QUARTER_HOUR,
                0,
                Resolution.HOUR,
                0,
                Resolution.DAY,
                0),
            () -> trusted[0]);
    Store store = new Store(directory.resolve("kept"), options, clock);
    List<MeterRecord> batch = new ArrayList<>();
    for (int i = 0; i < 100 * 96; i++) {
      batch.add(
          new ReadingFrame(
              StoreTest.DEVICE,
              1,
              StoreTest.T0.plusSeconds(i * 900L),
              i,
              1,
              List.of(Measurement.of(Quantity.ENERGY_IMPORT, i, 0))));
      if (i % 400 == 399) {
        store.accept(batch);
        store.flushNow();
        batch.clear();
      }
    }
    clock.advance(Duration.ofDays(100));
    store.flushNow();
    assertThat(all(store)).hasSize(9600);
    trusted[0] = true;
    clock.advance(Duration.ofHours(2));
    store.flushNow();
    assertThat(all(store).size()).isBetween(10 * 96, 45 * 96);
    List<Point> days =
        store.query(
            StoreTest.DEVICE, Quantity.ENERGY_IMPORT, Instant.EPOCH, END, Resolution.DAY, 1000);
    assertThat(days).hasSize(101);
    assertThat(days.stream().mapToDouble(Point::delta).sum())
        .isCloseTo(9599, StoreTest.within(0.1));
    long minutes =
        store
            .query(
                StoreTest.DEVICE,
                Quantity.ENERGY_IMPORT,
                Instant.EPOCH,
                END,
                Resolution.MINUTE,
                1_000_000)
            .stream()
            .filter(p -> p.count() > 0)
            .count();
    assertThat(minutes).isBetween(40L * 96, 45L * 96);
    // A late reading on a day whose full resolution is gone leaves that day's roll-up as it is.
    store.accept(
        List.of(
            new ReadingFrame(
                StoreTest.DEVICE,
                1,
                StoreTest.T0.plusSeconds(1),
                1,
                0,
                List.of(Measurement.of(Quantity.ENERGY_IMPORT, 0, 0)))));
    store.flushNow();
    assertThat(
            store
                .query(
                    StoreTest.DEVICE,
                    Quantity.ENERGY_IMPORT,
                    Instant.EPOCH,
                    END,
                    Resolution.DAY,
                    1000)
                .get(0))
        .isEqualTo(days.get(0));
    store.close();
  }

  @Test
  void daysFollowTheHomeToAnotherZone() throws Exception {
    Store store = open("moved", ROME);
    List<MeterRecord> batch = new ArrayList<>();
    for (int i = 0; i < 5 * 96; i++) {
      batch.add(
          new ReadingFrame(
              StoreTest.DEVICE,
              1,
              StoreTest.T0.plusSeconds(i * 900L),
              i,
              1,
              List.of(Measurement.of(Quantity.HOME_CONSUMPTION, 10, 0))));
    }
    store.accept(batch);
    store.flushNow();
    store.close();
    ZoneId kolkata = ZoneId.of("Asia/Kolkata");
    store = open("moved", kolkata);
    List<Point> days =
        store.query(
            StoreTest.DEVICE, Quantity.HOME_CONSUMPTION, Instant.EPOCH, END, Resolution.DAY, 100);
    assertThat(days)
        .allMatch(
            p -> p.start().atZone(kolkata).toLocalTime().equals(java.time.LocalTime.MIDNIGHT));
    assertThat(days.stream().mapToDouble(Point::delta).sum()).isEqualTo(4800);
    assertThat(days).extracting(Point::delta).startsWith(340.0, 960.0);
    store.close();
  }

  @Test
  void tooManyPointsAreRefusedWithAdvice() throws Exception {
    Store store = open("many", ROME);
    List<MeterRecord> batch = new ArrayList<>();
    for (int i = 0; i < 4000; i++) {
      batch.add(StoreProcess.frame(i));
    }
    store.accept(batch);
    assertThatThrownBy(
            () ->
                store.query(
                    StoreTest.DEVICE,
                    Quantity.ACTIVE_POWER,
                    StoreTest.T0,
                    StoreTest.T0.plusSeconds(4000),
                    Resolution.RAW,
                    100))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("4000 points")
        .hasMessageContaining("MINUTE");
    store.close();
  }

  @Test
  void aSlowCommitIsBrokenOffByStoppingAndNoThreadStays() throws Exception {
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    Options slow = new Options(ROME, 4000, Options.MIB, Options.MIB, Map.of(), () -> true);
    Store store = new Store(directory.resolve("slow"), slow, clock);
    Thread bus =
        new Thread(
            () -> {
              try {
                store.accept(List.of(StoreProcess.frame(0)));
              } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
    bus.start();
    while (store.series().isEmpty()) {
      Thread.onSpinWait();
    }
    store.close();
    bus.join(2000);
    assertThat(bus.isAlive()).isFalse();
    assertThat(
            Thread.getAllStackTraces().keySet().stream()
                .filter(t -> !before.contains(t) && t.getName().startsWith("history"))
                .collect(Collectors.toSet()))
        .isEmpty();
  }
}
