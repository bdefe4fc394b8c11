package org.example.quiethours;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Block.Statistic;
import org.commonshub.privacy.api.Terms;
import org.commonshub.testing.tck.PolicyContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What this policy is for. Times are UTC, the home is in Rome. */
class QuietHoursPolicyTest {
  @ParameterizedTest(name = "{0} {1} s, quiet {2}")
  @CsvSource(
      delimiter = ' ',
      value = {
        // start, seconds of the interval (0: an instant), quiet hours, whether it comes out
        "2026-11-02T20:59:59Z 0 22:00-06:30 true",
        "2026-11-02T21:00:00Z 0 22:00-06:30 false",
        "2026-11-03T05:29:59Z 0 22:00-06:30 false",
        "2026-11-03T05:30:00Z 0 22:00-06:30 true",
        "2026-11-02T20:45:00Z 900 22:00-06:30 true",
        "2026-11-02T20:45:00Z 900 21:59-06:30 false",
        "2026-11-02T20:45:00Z 900 21:30-21:45 true",
        "2026-11-02T20:45:00Z 900 21:30-21:46 false",
        "2026-11-02T20:45:30Z 10 21:45-21:46 false",
        "2026-11-02T20:46:00Z 10 21:45-21:46 true",
        "2026-11-02T20:00:00Z 3600 21:30-21:31 false",
        "2026-11-02T23:00:00Z 86400 12:00-12:01 false",
        "2026-11-01T23:00:00Z 604800 12:00-12:01 false",
        "2026-11-02T11:00:00Z 900 06:00-08:00,12:00-13:00 false",
        "2026-11-02T12:00:00Z 900 06:00-08:00,12:00-13:00 true",
        "2026-11-02T22:59:59Z 1 22:00-00:00 false",
        "2026-11-02T23:00:00Z 1 22:00-00:00 true",
        // 25 October 2026: 02:00 to 03:00 comes twice
        "2026-10-25T00:30:00Z 60 02:30-02:31 false",
        "2026-10-25T01:30:00Z 60 02:30-02:31 false",
        "2026-10-25T01:31:00Z 60 02:30-02:31 true",
        "2026-10-25T00:31:00Z 3540 02:30-02:31 true",
        "2026-10-25T00:31:00Z 3541 02:30-02:31 false",
        // 28 March 2027: 02:00 to 03:00 never comes
        "2027-03-28T00:00:00Z 3600 02:00-03:00 true",
        "2027-03-28T01:00:00Z 3600 02:00-03:00 true",
      })
  void leavesOutWhatTouchesTheQuietHours(String start, int seconds, String hours, boolean out) {
    Block block =
        new Block(
            "d",
            "power.active",
            seconds == 0 ? Statistic.VALUE : Statistic.MEAN,
            seconds,
            0,
            new long[] {Instant.parse(start).toEpochMilli()},
            new long[] {7},
            new int[] {2});
    Block result = apply(block, hours);
    assertThat(result).usingRecursiveComparison().isEqualTo(out ? block : block.empty());
  }

  @Test
  void theRestStaysAsItWas() {
    long noon = Instant.parse("2026-11-02T11:00:00Z").toEpochMilli();
    Block block =
        new Block(
            "d",
            "energy.import",
            Statistic.AMOUNT,
            900,
            -1,
            new long[] {noon, noon + 900_000, noon + 1_800_000},
            new long[] {1, 2, 3},
            new int[] {4, 5, 6});
    Block result = apply(block, "12:15-12:20");
    assertThat(result.starts()).containsExactly(noon, noon + 1_800_000);
    assertThat(result.mantissas()).containsExactly(1, 3);
    assertThat(result.qualities()).containsExactly(4, 6);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "22",
        "22-6",
        "22:00",
        "22:00-24:00",
        "22:60-06:00",
        "22:00-6:00",
        "22:00 - 06:00",
        "22:00-06:00,",
        ",22:00-06:00",
        "22:00-06:00;23:00-07:00",
        "22:00-22:00",
        "22:00-06:00+01:00",
        "-22:00-06:00",
        "01:00-02:00,01:00-02:00,01:00-02:00,01:00-02:00,01:00-02:00,01:00-02:00,01:00-02:00,"
            + "01:00-02:00,01:00-02:00"
      })
  void anythingElseIsRefused(String parameter) {
    Block block =
        new Block(
            "d", "power.active", Statistic.VALUE, 0, 0, new long[] {1}, new long[1], new int[1]);
    assertThatThrownBy(() -> apply(block, parameter)).isInstanceOf(IllegalArgumentException.class);
  }

  private static Block apply(Block block, String parameter) {
    return new QuietHoursPolicy()
        .apply(block, PolicyContext.of(Terms.ANY).zone("Europe/Rome").parameter(parameter));
  }
}
