package org.commonshub.privacy.delay;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Block.Statistic;
import org.commonshub.privacy.api.Terms;
import org.commonshub.testing.tck.PolicyContext;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DelayPolicyTest {
  /** Values start at 00:00, 00:15, 00:30 and 00:45. */
  @ParameterizedTest
  @CsvSource({
    // interval, now, delay in seconds, values that come out
    "900, 2026-11-01T01:00:00Z, 0, 4",
    "900, 2026-11-01T00:59:59Z, 0, 3",
    "900, 2026-11-01T01:00:00Z, 1, 3",
    "900, 2026-11-01T01:00:01Z, 1, 4",
    "900, 2026-11-01T02:00:00Z, 3600, 4",
    "900, 2026-11-01T01:30:00Z, 3600, 2",
    "900, 2026-11-01T00:30:00Z, 3600, 0",
    "900, 2026-10-01T00:30:00Z, 0, 0",
    "0, 2026-11-01T00:45:00Z, 0, 4",
    "0, 2026-11-01T00:44:59Z, 0, 3",
    "0, 2026-11-02T00:30:00Z, 86400, 3",
  })
  void countsFromTheEndOfTheInterval(int interval, String now, int delay, int expected) {
    long zero = Instant.parse("2026-11-01T00:00:00Z").toEpochMilli();
    long[] starts = {zero, zero + 900_000, zero + 1_800_000, zero + 2_700_000};
    Statistic statistic = interval == 0 ? Statistic.VALUE : Statistic.MEAN;
    Block block =
        new Block(
            "d",
            "power.active",
            statistic,
            interval,
            0,
            starts,
            new long[] {1, 2, 3, 4},
            new int[] {0, 1, 2, 4});
    Block out = apply(block, now, delay, "UTC");
    assertThat(out.starts()).isEqualTo(Arrays.copyOf(starts, expected));
    assertThat(out.mantissas()).isEqualTo(Arrays.copyOf(new long[] {1, 2, 3, 4}, expected));
    assertThat(out.qualities()).isEqualTo(Arrays.copyOf(new int[] {0, 1, 2, 4}, expected));
  }

  @ParameterizedTest
  @CsvSource({
    // The day on which Rome leaves summer time has 25 hours.
    "2026-10-25T22:59:59Z, 0",
    "2026-10-25T23:00:00Z, 1",
  })
  void daysEndByLocalLegalTime(String now, int expected) {
    long[] starts = {Instant.parse("2026-10-24T22:00:00Z").toEpochMilli()};
    Block block =
        new Block("d", "power.active", Statistic.MEAN, 86_400, 0, starts, new long[1], new int[1]);
    assertThat(apply(block, now, 0, "Europe/Rome").size()).isEqualTo(expected);
  }

  private static Block apply(Block block, String now, int delay, String zone) {
    Terms terms = Terms.ANY.toBuilder().delay(Duration.ofSeconds(delay)).build();
    return new DelayPolicy()
        .apply(block, PolicyContext.of(terms).now(Instant.parse(now)).zone(zone));
  }
}
