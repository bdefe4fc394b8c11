package org.commonshub.history.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.commonshub.measure.api.Quality;
import org.commonshub.measure.api.Quantity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RollTest {
  private static final ZoneId ROME = ZoneId.of("Europe/Rome");
  private static final long T0 = Instant.parse("2026-03-02T10:00:00Z").toEpochMilli();

  private record Closed(Level level, Instant start, double mean, double delta, long count) {}

  private final List<Closed> closed = new ArrayList<>();

  private void add(Roll roll, long time, int epoch, double value, int quality) {
    roll.add(
        time,
        epoch,
        value,
        0,
        quality,
        ROME,
        (level, start, min, mean, max, first, last, delta, count, flags) ->
            closed.add(new Closed(level, Instant.ofEpochMilli(start), mean, delta, count)));
  }

  @Test
  void weighsInstantaneousValuesByTheTimeTheyHeld() {
    Roll roll = new Roll(Quantity.ACTIVE_POWER);
    add(roll, T0, 1, 100, 0);
    add(roll, T0 + 45_000, 1, 200, 0);
    add(roll, T0 + 60_000, 1, 300, 0);
    assertThat(closed).singleElement().satisfies(c -> assertThat(c.mean()).isEqualTo(125));
  }

  @Test
  void letsNothingHoldIntoAGapNorForLongerThanAQuarterOfAnHour() {
    Roll roll = new Roll(Quantity.ACTIVE_POWER);
    add(roll, T0, 1, 100, 0);
    roll.gap(T0 + 600_000);
    add(roll, T0 + 1_800_000, 1, 400, 0);
    add(roll, T0 + 2_400_000, 1, 0, 0);
    add(roll, T0 + 6_000_000, 1, 0, 0); // 60 min later: 15 of them count
    Closed hour = closed.stream().filter(c -> c.level() == Level.HOUR).findFirst().orElseThrow();
    // 10 min of 100, 10 min of 400, 15 min of 0
    assertThat(hour.mean()).isCloseTo(5000.0 / 35, within(1e-9));
  }

  /** Register values one minute apart, and the energy counted in all. */
  @ParameterizedTest(name = "{0} → {1}")
  @CsvSource({
    "'100 110 130', 30",
    "'1000 1010 0 1020 1030', 30", // one spurious zero
    "'1000 1010 0 0 0 1020 1030', 30", // several
    "'1000 1010 5 15 25', 30", // reset
    "'1000 1010 0 0 5 15', 25", // reset, and nothing taken for a while
    "'99990 99999 8', 18", // rollover at 10^5
    "'65530 65535 4', 10", // rollover at 2^16
    "'4294967290 4294967295 4', 10", // rollover at 2^32
    "'98000 20 30', 10", // not near full scale: reset
    "'100 100 100', 0",
  })
  void countsRegisters(String values, double expected) {
    Roll roll = new Roll(Quantity.ENERGY_IMPORT);
    long time = T0;
    for (String value : values.split(" ")) {
      add(roll, time, 1, Double.parseDouble(value), 0);
      time += 60_000;
    }
    double open = roll.open[Level.DAY.ordinal()].delta;
    assertThat(open).isCloseTo(expected, within(1e-6));
  }

  @Test
  void startsAfreshWithAnotherMeter() {
    Roll roll = new Roll(Quantity.ENERGY_IMPORT);
    add(roll, T0, 1, 1000, 0);
    add(roll, T0 + 1000, 2, 900_000, 0);
    add(roll, T0 + 2000, 2, 900_005, 0);
    assertThat(roll.open[0].delta).isEqualTo(5);
  }

  @Test
  void splitsAStepAtTheBorderOfTwoIntervals() {
    Roll roll = new Roll(Quantity.ENERGY_IMPORT);
    add(roll, T0 + 45_000, 1, 100, 0);
    add(roll, T0 + 75_000, 1, 130, 0);
    add(roll, T0 + 120_000, 1, 130, 0);
    assertThat(closed.stream().filter(c -> c.level() == Level.MINUTE).map(Closed::delta))
        .containsExactly(15.0, 15.0);
  }

  @Test
  void leavesOutWhatIsOutOfRange() {
    Roll roll = new Roll(Quantity.ACTIVE_POWER);
    add(roll, T0, 1, 100, 0);
    add(roll, T0 + 1000, 1, 1e9, Quality.OUT_OF_RANGE);
    assertThat(roll.open[0].max).isEqualTo(100);
    assertThat(roll.open[0].count).isEqualTo(1);
    assertThat(roll.open[0].quality).isEqualTo(Quality.OUT_OF_RANGE);
  }

  @ParameterizedTest(name = "{0} has {1} h")
  @CsvSource({"2026-03-28, 24", "2026-03-29, 23", "2026-10-25, 25", "2026-10-26, 24"})
  void daysAreLegalDays(String day, long hours) {
    long noon = Instant.parse(day + "T12:00:00Z").toEpochMilli();
    long start = Level.DAY.start(noon, ROME);
    assertThat(Duration.ofMillis(Level.DAY.end(start, ROME) - start))
        .isEqualTo(Duration.ofHours(hours));
    assertThat(Level.DAY.start(start, ROME)).isEqualTo(start);
    assertThat(Level.DAY.start(start - 1, ROME)).isLessThan(start);
  }

  @Test
  void goesOnWhereItWasWritten() throws Exception {
    Roll roll = new Roll(Quantity.ACTIVE_POWER);
    add(roll, T0, 1, 100, 0);
    Out out = new Out(16);
    roll.write(out);
    Roll read = Roll.read(new In(out.bytes, 0, out.length), Quantity.ACTIVE_POWER);
    add(roll, T0 + 61_000, 1, 7, 0);
    add(read, T0 + 61_000, 1, 7, 0);
    assertThat(closed.get(1)).isEqualTo(closed.get(0));
  }
}
