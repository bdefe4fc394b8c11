package org.commonshub.measure.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingFrame;
import org.junit.jupiter.api.Test;

class LiveStateMapTest {
  private static final DeviceId METER = DeviceId.random();
  private static final Instant AT = Instant.parse("2026-11-01T10:00:00Z");
  private final LiveStateMap live = new LiveStateMap();

  private void frame(long second, int clockEpoch, int revision, Object... values) {
    Measurement[] measurements = new Measurement[values.length / 2];
    for (int i = 0; i < measurements.length; i++) {
      measurements[i] = Measurement.of((Quantity) values[2 * i], (Integer) values[2 * i + 1], 0);
    }
    live.update(
        new ReadingFrame(
            METER,
            0,
            AT.plusSeconds(second),
            second,
            clockEpoch,
            revision,
            List.of(measurements),
            Map.of()));
  }

  private double now(Quantity quantity) {
    return live.latest(METER, quantity).orElseThrow().value();
  }

  @Test
  void partialFramesTogetherMakeTheState() {
    frame(1, 1, 0, Quantity.ACTIVE_POWER, 100, Quantity.VOLTAGE, 230);
    frame(2, 1, 0, Quantity.ENERGY_IMPORT, 5);
    frame(3, 1, 0, Quantity.ACTIVE_POWER, 110);
    assertThat(now(Quantity.ACTIVE_POWER)).isEqualTo(110);
    assertThat(now(Quantity.VOLTAGE)).isEqualTo(230);
    assertThat(live.latest(METER, Quantity.VOLTAGE).orElseThrow().instant())
        .isEqualTo(AT.plusSeconds(1));
    assertThat(live.of(METER)).hasSize(3);
    assertThat(live.latest(METER, Quantity.FREQUENCY)).isEmpty();
    assertThat(live.of(DeviceId.HOME)).isEmpty();
    assertThat(live.devices()).containsExactly(METER);
  }

  @Test
  void backfillDoesNotReplaceWhatIsNewer() {
    frame(10, 1, 0, Quantity.ACTIVE_POWER, 100);
    frame(5, 1, 1, Quantity.ACTIVE_POWER, 50, Quantity.VOLTAGE, 229);
    assertThat(now(Quantity.ACTIVE_POWER)).isEqualTo(100);
    assertThat(now(Quantity.VOLTAGE)).isEqualTo(229);
    frame(10, 1, 1, Quantity.ACTIVE_POWER, 101);
    assertThat(now(Quantity.ACTIVE_POWER)).isEqualTo(101);
    frame(10, 1, 0, Quantity.ACTIVE_POWER, 99);
    assertThat(now(Quantity.ACTIVE_POWER)).isEqualTo(101);
  }

  @Test
  void afterTheClockWasSetBackTheNewEpochWins() {
    frame(86_400, 1, 0, Quantity.ACTIVE_POWER, 100);
    frame(0, 2, 0, Quantity.ACTIVE_POWER, 200);
    assertThat(now(Quantity.ACTIVE_POWER)).isEqualTo(200);
    frame(86_401, 1, 1, Quantity.ACTIVE_POWER, 300);
    assertThat(now(Quantity.ACTIVE_POWER)).isEqualTo(200);
  }

  @Test
  void aDeviceThatNeverRepeatsItselfStaysBounded() {
    for (int i = 0; i < 1_000; i++) {
      frame(
          i,
          1,
          0,
          Quantity.ACTIVE_POWER.channel(i % 256),
          i,
          Quantity.VOLTAGE.channel((i + 7) % 256),
          i);
    }
    assertThat(live.of(METER).size()).isLessThanOrEqualTo(2 * LiveStateMap.MAX_FRAMES);
  }
}
