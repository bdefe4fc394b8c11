package org.example.sunny.coach;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongToDoubleFunction;
import org.commonshub.apps.api.App;
import org.commonshub.apps.api.Card;
import org.commonshub.measure.api.Quantity;
import org.commonshub.privacy.api.Block.Statistic;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.testing.tck.AppHarness;
import org.commonshub.testing.tck.AppTck;
import org.junit.jupiter.api.Test;

class SolarCoachTest extends AppTck {
  private static final Instant MORNING = Instant.parse("2026-06-20T06:00:00Z");

  private final AppHarness harness =
      AppHarness.of(AppHarness.manifestOnClassPath(), MORNING).prices("EUR", 300_000, 80_000);

  @Override
  protected App app(AppHarness h) {
    return new SolarCoach(
        h.home(), h.energy(), h.http(), h.store(), h.timers(), h.log(), h.licence());
  }

  @Override
  protected void home(AppHarness h) {
    give(h, 10);
  }

  /** Clouds of a day, 0.3 to 1. */
  private static double sky(long hour) {
    return 0.3 + 0.1 * Math.floorMod(Math.floorDiv(hour, 24L) * 7, 8L);
  }

  private static double radiation(long hour) {
    return ClearSky.radiation(hour, 419, 125) * sky(hour);
  }

  /** A roof of 5 kW, and a house of 300 W; weather that says what comes. */
  private static void give(AppHarness h, int days) {
    long first = Hours.number(h.clock().now()) - days * 24L;
    int size = (days + 8) * 24;
    series(h, Quantity.HOME_PRODUCTION, first, size, SolarCoachTest::produced);
    series(h, Quantity.HOME_CONSUMPTION, first, size, hour -> 300_000);
    series(h, Quantity.HOME_IMPORT, first, size, hour -> Math.max(0, 300_000 - produced(hour)));
    series(h, Quantity.HOME_EXPORT, first, size, hour -> Math.max(0, produced(hour) - 300_000));
    series(h, Quantity.HOME_SELF_CONSUMED, first, size, hour -> Math.min(produced(hour), 300_000));
    h.http()
        .answer(
            "https://" + Weather.HOST + "/",
            request ->
                org.commonshub.testing.tck.HarnessHttp.response(
                    200, weather(Hours.number(h.clock().now()))));
  }

  private static double produced(long hour) {
    return Math.rint(4500 * radiation(hour));
  }

  private static void series(
      AppHarness h, Quantity quantity, long first, int size, LongToDoubleFunction mwh) {
    long[] values = new long[size];
    for (int i = 0; i < size; i++) {
      values[i] = (long) mwh.applyAsDouble(first + i);
    }
    h.energy()
        .give(
            Purpose.FORECASTING,
            "home",
            quantity,
            Statistic.AMOUNT,
            Instant.ofEpochSecond(first * 3600),
            Duration.ofHours(1),
            -3,
            values);
  }

  private static String weather(long now) {
    StringBuilder times = new StringBuilder();
    StringBuilder values = new StringBuilder();
    for (long hour = now - 30 * 24; hour < now + 70; hour++) {
      times.append(times.isEmpty() ? "" : ",").append((hour + 1) * 3600);
      values.append(values.isEmpty() ? "" : ",").append(Math.rint(radiation(hour) * 10) / 10);
    }
    return "{\"hourly\":{\"time\":[" + times + "],\"shortwave_radiation\":[" + values + "]}}";
  }

  private double right(int day) {
    long first =
        Hours.first(java.time.LocalDate.parse("2026-06-20").plusDays(day), harness.home().zone());
    double sum = 0;
    for (long hour = first; hour < first + 24; hour++) {
      sum += produced(hour);
    }
    return sum / 1e6;
  }

  private String texts() {
    return harness.cards().toString();
  }

  @Test
  void forecastsByTheWeather() {
    give(harness, 30);
    harness.start(() -> app(harness));
    harness.advance(Duration.ofMinutes(1));
    assertThat(harness.figure("Expected tomorrow").orElseThrow().doubleValue())
        .isCloseTo(right(1), org.assertj.core.data.Percentage.withPercentage(2));
    assertThat(harness.figure("Expected today").orElseThrow().doubleValue())
        .isCloseTo(right(0), org.assertj.core.data.Percentage.withPercentage(2));
    assertThat(texts()).contains("Reckoned from the weather forecast of 06:00 UTC");
    Card.Chart chart = AppHarness.elements(harness.cards(), Card.Chart.class).get(0);
    assertThat(chart.lines()).hasSize(3);
    assertThat(chart.lines().get(1).values()).hasSize(48).allMatch(Optional::isPresent);
    assertThat(harness.http().sent()).hasSize(1);
    assertThat(harness.http().sent().get(0).uri().getQuery())
        .contains("latitude=41.9&longitude=12.5&");
  }

  @Test
  void saysHowWrongItIs() {
    give(harness, 30);
    harness.start(() -> app(harness));
    harness.advance(Duration.ofDays(1));
    assertThat(texts()).contains("after three days");
    harness.advance(Duration.ofDays(4));
    assertThat(harness.figure("Mean error of the forecast, day before").orElseThrow())
        .isBetween(BigDecimal.ZERO, new BigDecimal("3.0"));
    harness.stop();
    harness.start(() -> app(harness));
    harness.advance(Duration.ofMinutes(1));
    assertThat(harness.figure("Mean error of the forecast, day before")).isPresent();
  }

  @Test
  void goesOnWithoutWeatherAndWithoutAPlace() {
    give(harness, 30);
    harness.http().fail("https://" + Weather.HOST + "/");
    harness.start(() -> app(harness));
    harness.advance(Duration.ofMinutes(1));
    assertThat(texts()).contains("by the height of the sun").contains("did not answer");
    assertThat(harness.figure("Expected tomorrow").orElseThrow().doubleValue())
        .isBetween(right(1) * 0.3, right(1) * 3);
    assertThat(harness.problem()).isEmpty();
    harness.advance(Duration.ofHours(2));
    assertThat(harness.http().sent()).as("asked every half an hour").hasSizeBetween(3, 6);
    harness.stop();
    harness.place(Optional.empty());
    int sent = harness.http().sent().size();
    harness.start(() -> app(harness));
    harness.advance(Duration.ofHours(1));
    assertThat(texts()).contains("the mean of the last seven days");
    assertThat(harness.http().sent()).hasSize(sent);
  }

  @Test
  void oldWeatherIsNoWeather() {
    give(harness, 30);
    harness.start(() -> app(harness));
    harness.advance(Duration.ofMinutes(1));
    harness.http().fail("https://" + Weather.HOST + "/");
    harness.advance(Duration.ofHours(12));
    assertThat(texts()).contains("Reckoned from the weather forecast of 06:00 UTC");
    harness.advance(Duration.ofHours(12));
    assertThat(texts()).contains("by the height of the sun");
    give(harness, 0);
    harness.advance(Duration.ofHours(1));
    assertThat(texts()).contains("Reckoned from the weather forecast");
  }

  @Test
  void advisesWhenToRunWhat() {
    give(harness, 30);
    harness.start(() -> app(harness));
    harness.advance(Duration.ofMinutes(1));
    Card.Table table = AppHarness.elements(harness.cards(), Card.Table.class).get(1);
    assertThat(table.rows()).hasSize(3).allMatch(row -> row.get(2).equals("100.0 %"));
    assertThat(table.rows().get(0)).startsWith("Dishwasher").endsWith("0.22 EUR");
    assertThat(harness.submit("add", Map.of("name", "Sauna", "energy", "50", "hours", "3")))
        .isEmpty();
    assertThat(
            AppHarness.elements(harness.cards(Locale.GERMAN), Card.Table.class)
                .get(1)
                .rows()
                .get(3)
                .get(2))
        .endsWith(" %")
        .isNotEqualTo("100,0 %");
    assertThat(harness.submit("remove", Map.of("appliance", "dryer"))).isEmpty();
    assertThat(harness.submit("add", Map.of("name", " ", "energy", "1", "hours", "1"))).isPresent();
    harness.stop();
    harness.start(() -> app(harness));
    harness.advance(Duration.ofMinutes(1));
    assertThat(AppHarness.elements(harness.cards(), Card.Table.class).get(1).rows())
        .extracting(row -> row.get(0))
        .containsExactly("Dishwasher", "Washing machine", "Sauna");
  }

  @Test
  void ownUseAndMoneyByHand() {
    give(harness, 40);
    harness.start(() -> app(harness));
    harness.advance(Duration.ofMinutes(1));
    long produced = 0;
    long own = 0;
    long before = Hours.first(java.time.LocalDate.parse("2026-06-20"), harness.home().zone());
    for (long hour = before - 720; hour < before; hour++) {
      produced += (long) produced(hour);
      own += Math.min((long) produced(hour), 300_000);
    }
    assertThat(harness.figure("Own use, 30 days"))
        .contains(BigDecimal.valueOf(own * 1000 / produced, 1));
    assertThat(harness.figure("Autarky, 30 days"))
        .contains(BigDecimal.valueOf(own * 1000 / (720 * 300_000L), 1));
    long micros = (own * 300_000 + (produced - own) * 80_000) / 1_000_000;
    assertThat(AppHarness.elements(harness.cards(), Card.Table.class).get(0).rows().get(2).get(5))
        .isEqualTo(
            BigDecimal.valueOf(micros, 6)
                    .setScale(2, java.math.RoundingMode.HALF_UP)
                    .toPlainString()
                + " EUR");
  }

  @Test
  void theBasicLevelOffersNoAdvice() {
    harness.licence().buy("basic");
    give(harness, 30);
    harness.start(() -> app(harness));
    harness.advance(Duration.ofDays(5));
    assertThat(harness.cards()).hasSize(2);
    assertThat(AppHarness.elements(harness.cards(), Card.Table.class).get(0).columns())
        .doesNotContain("Saved");
    assertThat(harness.figure("Mean error of the forecast, day before")).isEmpty();
    assertThat(harness.figure("Expected tomorrow")).isPresent();
    harness.licence().buy("plus");
    assertThat(harness.cards()).hasSize(3);
  }
}
