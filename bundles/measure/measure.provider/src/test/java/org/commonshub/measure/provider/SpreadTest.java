package org.commonshub.measure.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SpreadTest {
  private static final long MINUTE = 60_000;

  @Test
  void partsAddUpExactly() {
    Random random = new Random(3);
    for (int round = 0; round < 20_000; round++) {
      long from = random.nextLong(4_000_000_000_000L);
      long to = from + 1 + random.nextLong(random.nextInt(10) == 0 ? 40L * 86_400_000 : 400_000);
      long energy = random.nextLong(1L << (1 + random.nextInt(50)));
      Map<Long, Long> parts = new TreeMap<>();
      Spread.even(from, to, MINUTE, energy, (start, part) -> parts.merge(start, part, Long::sum));
      assertThat(parts.values().stream().mapToLong(Long::longValue).sum()).isEqualTo(energy);
      assertThat(parts.values()).allMatch(part -> part >= 0);
      assertThat(parts.keySet()).allMatch(start -> start % MINUTE == 0 && start < to);
      assertThat(parts.size()).isLessThanOrEqualTo(1_500);
    }
  }

  @Test
  void theShareOfAnIntervalIsItsShareOfTheTime() {
    Map<Long, Long> parts = new TreeMap<>();
    Spread.even(30_000, 150_000, MINUTE, 1_000, parts::put);
    assertThat(parts)
        .containsExactly(Map.entry(0L, 250L), Map.entry(60_000L, 500L), Map.entry(120_000L, 250L));
  }

  @Test
  void overMoreThanADayItGoesByHours() {
    Map<Long, Long> parts = new TreeMap<>();
    long hour = 3_600_000;
    Spread.even(hour / 2, 48 * hour + hour / 2, MINUTE, 48_000, parts::put);
    assertThat(parts).hasSize(49).containsEntry(hour, 1_000L).containsEntry(0L, 500L);
  }

  @Test
  void aRampIsItsTrapezoidAndOnlyItsPositivePart() {
    long[] sum = new long[1];
    Spread.ramp(0, 1_000, MINUTE, 1_000_000, 2_000_000, (start, part) -> sum[0] += part);
    assertThat(sum[0]).isEqualTo(1_500_000_000L);
    sum[0] = 0;
    Spread.ramp(0, 1_000, MINUTE, -1_000_000, 1_000_000, (start, part) -> sum[0] += part);
    assertThat(sum[0]).isEqualTo(250_000_000L);
    sum[0] = 0;
    Spread.ramp(0, 1_000, MINUTE, 1_000_000, -3_000_000, (start, part) -> sum[0] += part);
    assertThat(sum[0]).isEqualTo(125_000_000L);
    sum[0] = 0;
    Spread.ramp(0, 1_000, MINUTE, -5, -6, (start, part) -> sum[0] += part);
    assertThat(sum[0]).isZero();
  }

  @Test
  void rampsOverIntervalsAddUp() {
    Random random = new Random(4);
    for (int round = 0; round < 5_000; round++) {
      long from = random.nextLong(4_000_000_000_000L);
      long to = from + 1 + random.nextInt(300_000);
      long first = random.nextInt(20_000_000) - 10_000_000L;
      long last = random.nextInt(20_000_000) - 10_000_000L;
      long[] whole = new long[2];
      Spread.ramp(from, to, MINUTE, first, last, (start, part) -> whole[0] += part);
      Spread.ramp(from, to, MINUTE, -first, -last, (start, part) -> whole[1] += part);
      assertThat((double) (whole[0] - whole[1]))
          .isCloseTo((first + last) / 2.0 * (to - from), within(10.0));
      assertThat(whole[0]).isNotNegative();
      assertThat(whole[1]).isNotNegative();
    }
  }
}
