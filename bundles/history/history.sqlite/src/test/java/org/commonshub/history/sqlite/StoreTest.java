package org.commonshub.history.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.commonshub.history.api.Point;
import org.commonshub.history.api.Resolution;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Gap;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingFrame;
import org.commonshub.testing.fakes.FakeHubClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class StoreTest {
  static final ZoneId ROME = ZoneId.of("Europe/Rome");
  static final Instant T0 = Instant.parse("2026-03-02T10:00:00Z");
  static final DeviceId DEVICE = DeviceId.parse("6f1e2d3c-0000-4000-8000-000000000001");

  @TempDir Path directory;
  final FakeHubClock clock = new FakeHubClock(T0);
  Store store;

  @BeforeEach
  void open() {
    store = new Store(directory, Options.standard(ROME), clock);
  }

  @AfterEach
  void close() {
    store.close();
  }

  void reopen() {
    store.close();
    open();
  }

  static ReadingFrame frame(long second, long watt, long wattHours) {
    return new ReadingFrame(
        DEVICE,
        1,
        T0.plusSeconds(second),
        second,
        1,
        List.of(
            Measurement.of(Quantity.ACTIVE_POWER, watt, -1),
            Measurement.of(Quantity.ENERGY_IMPORT, wattHours, 0)));
  }

  List<Point> query(Quantity quantity, Resolution resolution) throws Exception {
    return store.query(
        DEVICE, quantity, T0.minusSeconds(86_400), T0.plusSeconds(86_400), resolution, 100_000);
  }

  List<MeterRecord> replay() throws Exception {
    List<MeterRecord> all = new ArrayList<>();
    store.replay(List.of(DEVICE), Instant.EPOCH, T0.plusSeconds(1_000_000), all::add);
    return all;
  }

  @Test
  void whatWasAcceptedIsThereAtOnceAfterReopeningAndAfterFlush() throws Exception {
    List<MeterRecord> batch = new ArrayList<>();
    for (int i = 0; i < 3600; i++) {
      batch.add(frame(i, 1000 + i % 7, 50_000 + i / 3));
    }
    batch.add(new Gap(DEVICE, T0.plusSeconds(3600), T0.plusSeconds(3700), Gap.Reason.UNREACHABLE));
    store.accept(batch);
    assertThat(replay()).isEqualTo(batch);
    List<Point> minutes = query(Quantity.ACTIVE_POWER, Resolution.MINUTE);
    assertThat(minutes).hasSize(60).allMatch(p -> p.count() == 60);

    reopen();
    assertThat(replay()).isEqualTo(batch);
    assertThat(query(Quantity.ACTIVE_POWER, Resolution.MINUTE)).isEqualTo(minutes);

    store.flushNow();
    assertThat(replay()).isEqualTo(batch);
    assertThat(query(Quantity.ACTIVE_POWER, Resolution.RAW)).hasSize(3601);

    reopen();
    store.accept(batch);
    assertThat(replay()).isEqualTo(batch);
    List<Point> again = query(Quantity.ACTIVE_POWER, Resolution.MINUTE);
    for (int i = 0; i < 60; i++) {
      assertThat(again.get(i).mean()).isCloseTo(minutes.get(i).mean(), within(0.0001));
      assertThat(again.get(i).last()).isEqualTo(minutes.get(i).last());
    }
    List<Point> hours = query(Quantity.ENERGY_IMPORT, Resolution.HOUR);
    assertThat(hours.get(0).delta()).isEqualTo(1199);
    assertThat(store.status().problem()).isEmpty();
    assertThat(store.status().repairs()).isEmpty();
  }

  static org.assertj.core.data.Offset<Double> within(double offset) {
    return org.assertj.core.data.Offset.offset(offset);
  }
}
