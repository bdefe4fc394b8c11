package org.example.sunny.surplus;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Block.Statistic;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.Release;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MinuteTest {
  private static Block block(
      String subject, String quantity, Statistic statistic, int exponent, long... values) {
    long[] starts = new long[values.length];
    for (int i = 0; i < values.length; i++) {
      starts[i] = 600_000 + i * 60_000L;
    }
    return new Block(
        subject, quantity, statistic, 60, exponent, starts, values, new int[values.length]);
  }

  private static List<Minute> minutes(Block... blocks) {
    return Minute.of(
        new Release(
            "c",
            new Recipient(Recipient.Kind.APP, "a.b"),
            Purpose.OPTIMISATION,
            Instant.EPOCH,
            List.of(blocks)),
        "ev");
  }

  @Test
  void amountsBecomePower() {
    assertThat(
            minutes(
                block("home", "home.import", Statistic.AMOUNT, -3, 10_000, 0),
                block("home", "home.export", Statistic.AMOUNT, -3, 0, 50_000),
                block("home", "home.discharge", Statistic.AMOUNT, -3, 1),
                block("ev", "power.active", Statistic.MEAN, 0, 1400, -3),
                block("ev", "ev.state", Statistic.LAST, 0, 3, 2)))
        .containsExactly(
            new Minute(600, 600_000, 0, 0, 60, 1_400_000, 3),
            new Minute(660, 0, 3_000_000, 0, 0, 0, 2));
  }

  @Test
  void aMinuteNeedsGridAndCar() {
    Block taken = block("home", "home.import", Statistic.AMOUNT, -3, 1);
    Block given = block("home", "home.export", Statistic.AMOUNT, -3, 1);
    assertThat(minutes(taken, given)).isEmpty();
    assertThat(minutes(taken, block("ev", "power.active", Statistic.MEAN, 0, 1))).isEmpty();
    // Under a pseudonym, and the only one.
    Block other = block("p7", "power.active", Statistic.MEAN, 0, 1);
    assertThat(minutes(taken, given, other)).hasSize(1);
    // Two others: nobody knows which.
    assertThat(minutes(taken, given, other, block("p8", "power.active", Statistic.MEAN, 0, 1)))
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "1400, 0, 1400000",
    "14, 2, 1400000",
    "14000001, -4, 1400000",
    "14000005, -4, 1400001",
    "7, -18, 0",
    "0, 18, 0",
    "1, 6, 1000000000"
  })
  void scales(long mantissa, int exponent, long milliwatts) {
    assertThat(
            minutes(
                block("home", "home.import", Statistic.AMOUNT, -3, 1),
                block("home", "home.export", Statistic.AMOUNT, -3, 1),
                block("ev", "power.active", Statistic.MEAN, exponent, mantissa)))
        .extracting(Minute::car)
        .containsExactly(milliwatts);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 7",
    "1, 18",
    "9223372036854775807, 0",
    "-9223372036854775808, 0",
    "2000000, 0",
    "1000000000000000, -3"
  })
  void whatNoHomeHasIsNoValue(long mantissa, int exponent) {
    assertThat(
            minutes(
                block("home", "home.import", Statistic.AMOUNT, -3, 1),
                block("home", "home.export", Statistic.AMOUNT, -3, 1),
                block("ev", "power.active", Statistic.MEAN, exponent, mantissa)))
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"0, true", "1, false", "2, true", "3, true", "4, true", "5, false", "6, false"})
  void connected(int state, boolean connected) {
    assertThat(new Minute(0, 0, 0, 0, 0, 0, state).connected()).isEqualTo(connected);
  }
}
