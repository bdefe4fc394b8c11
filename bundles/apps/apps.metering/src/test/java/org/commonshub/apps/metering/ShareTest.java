package org.commonshub.apps.metering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.commonshub.apps.desk.api.AppId;
import org.commonshub.apps.desk.api.UsageMeter.Line;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShareTest {
  private static final AppId COACH = new AppId("org.example.coach");
  private static final AppId OTHER = new AppId("org.example.other");

  @ParameterizedTest
  @CsvSource({
    "0, 150, 0",
    "2000000, 150, 300000",
    "10, 150, 2", // 1.5
    "30, 150, 4", // 4.5
    "50, 150, 8", // 7.5
    "1, 500, 0", // 0.5
    "3, 500, 2", // 1.5
    "3333333, 333, 1110000", // 1109999.889
    "9007199254740991, 1000, 9007199254740991",
    "9007199254740991, 1, 9007199254741", // 9007199254740.991
    "123, 0, 0",
  })
  void halvesGoToEven(long paid, int permille, long fee) {
    assertThat(Share.feeMicros(paid, permille)).isEqualTo(fee);
  }

  @Test
  void isWhatDecimalArithmeticSays() {
    Random random = new Random(1);
    for (int i = 0; i < 200_000; i++) {
      long paid = Math.abs(random.nextLong()) >> 10 + random.nextInt(50);
      int permille = random.nextInt(1001);
      long fee = Share.feeMicros(paid, permille);
      assertThat(fee)
          .isEqualTo(
              BigDecimal.valueOf(paid)
                  .multiply(BigDecimal.valueOf(permille, 3))
                  .setScale(0, RoundingMode.HALF_EVEN)
                  .longValueExact());
      assertThat(fee).isBetween(0L, paid);
      assertThat(Share.feeMicros(paid, 1000)).isEqualTo(paid);
    }
  }

  @Test
  void refusesWhatIsNoAmount() {
    for (long[] wrong : new long[][] {{-1, 1}, {1L << 53, 1}, {1, -1}, {1, 1001}}) {
      assertThatThrownBy(() -> Share.feeMicros(wrong[0], (int) wrong[1]))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static ChainLine paid(AppId app, long price, String currency, int permille) {
    return new ChainLine(
        LocalDate.of(2026, 1, 1),
        Map.of(),
        Optional.of(new ChainLine.Payment(app + "/1", app, "basic", price, currency, permille)));
  }

  private static ChainLine used(AppId app, String metric, long sum) {
    return new ChainLine(
        LocalDate.of(2026, 1, 1), Map.of(app, Map.of(metric, sum)), Optional.empty());
  }

  @Test
  void addsUpByAppCurrencyAndShareInAnyOrder() {
    List<ChainLine> chain =
        new ArrayList<>(
            List.of(
                paid(COACH, 2_000_000, "EUR", 150),
                paid(COACH, 3_000_001, "EUR", 150),
                paid(COACH, 1_000_000, "EUR", 100),
                paid(COACH, 7_000_000, "CHF", 150),
                used(COACH, "values", 5),
                used(COACH, "values", 6),
                used(COACH, "run-days", 1),
                used(OTHER, "actions", 1)));
    List<Line> lines = Share.lines(chain);
    assertThat(lines)
        .containsExactly(
            new Line(
                COACH, Map.of("values", 11L, "run-days", 1L), 7_000_000, "CHF", 150, 1_050_000),
            new Line(COACH, Map.of(), 1_000_000, "EUR", 100, 100_000),
            new Line(COACH, Map.of(), 5_000_001, "EUR", 150, 750_000),
            new Line(OTHER, Map.of("actions", 1L), 0, "", 0, 0));
    for (int seed = 0; seed < 50; seed++) {
      Collections.shuffle(chain, new Random(seed));
      assertThat(Share.lines(chain)).isEqualTo(lines);
    }
    assertThat(Share.explain(lines.get(0)))
        .isEqualTo("org.example.coach: 7.00 CHF paid × 15.0 % = 1.05 CHF; ran on 1 day");
    assertThat(Share.explain(lines.get(2)))
        .isEqualTo("org.example.coach: 5.000001 EUR paid × 15.0 % = 0.75 EUR");
    assertThat(Share.explain(lines.get(3)))
        .isEqualTo("org.example.other: nothing was paid, no share");
  }

  @Test
  void sumsStopAtWhatJsonCarries() {
    assertThat(
            Share.lines(
                    List.of(
                        used(COACH, "values", ChainLine.MAX_INTEGER),
                        used(COACH, "values", ChainLine.MAX_INTEGER)))
                .get(0)
                .counts())
        .containsEntry("values", ChainLine.MAX_INTEGER);
  }
}
