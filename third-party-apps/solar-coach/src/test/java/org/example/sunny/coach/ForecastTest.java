package org.example.sunny.coach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongToDoubleFunction;
import java.util.function.LongUnaryOperator;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.Release;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ForecastTest {
  private static final long NOW = Hours.number(Instant.parse("2026-06-20T10:00:00Z"));

  private final Hours hours = new Hours();

  private void give(String quantity, long from, long before, LongUnaryOperator mwh) {
    int size = (int) (before - from);
    long[] starts = new long[size];
    long[] values = new long[size];
    for (int i = 0; i < size; i++) {
      starts[i] = (from + i) * 3_600_000;
      values[i] = mwh.applyAsLong(from + i);
    }
    hours.add(
        new Release(
            "c",
            new Recipient(Recipient.Kind.APP, "a.b"),
            Purpose.FORECASTING,
            Instant.EPOCH,
            List.of(
                new Block(
                    "home",
                    quantity,
                    Block.Statistic.AMOUNT,
                    3600,
                    -3,
                    starts,
                    values,
                    new int[size]))));
  }

  /** A sky that changes from day to day. */
  private static double radiation(long hour) {
    long day = Math.floorDiv(hour, 24L);
    return ClearSky.radiation(hour, 419, 125) * (0.3 + 0.1 * Math.floorMod(day * 7, 8L));
  }

  @ParameterizedTest
  @CsvSource({
    // Rome: about 1,000 W/m² on a June noon, half of it in December, nothing by night.
    "2026-06-21T11:00:00Z, 419, 125, 930, 1020",
    "2026-12-21T11:00:00Z, 419, 125, 330, 450",
    "2026-06-21T00:00:00Z, 419, 125, 0, 0",
    "2026-12-21T16:00:00Z, 419, 125, 0, 5",
    // Equator at an equinox; Cape Town's winter; a polar night and a polar day.
    "2026-03-20T12:00:00Z, 0, 0, 1000, 1045",
    "2026-06-21T10:00:00Z, -339, 184, 430, 560",
    "2026-12-21T11:00:00Z, 690, 190, 0, 0",
    "2026-06-21T23:00:00Z, 690, 190, 1, 60"
  })
  void aClearSky(String instant, int latitude, int longitude, double least, double most) {
    assertThat(ClearSky.radiation(Hours.number(Instant.parse(instant)), latitude, longitude))
        .isBetween(least, most);
  }

  @Test
  void learnsDirectionAndShade() {
    // A roof to the west with a tree in front of it at 8 to 10.
    LongToDoubleFunction k =
        hour -> {
          long slot = Math.floorMod(hour, 24L);
          return slot >= 8 && slot < 10 ? 200 : 1500 + 100.0 * slot;
        };
    give(
        "home.production",
        NOW - 30 * 24,
        NOW,
        hour -> Math.round(k.applyAsDouble(hour) * radiation(hour)));
    LongToDoubleFunction made =
        new Forecast(hours, NOW).production(ForecastTest::radiation, Forecast.Source.WEATHER);
    for (long hour = NOW; hour < NOW + 38; hour++) {
      double right = k.applyAsDouble(hour) * radiation(hour);
      assertThat(made.applyAsDouble(hour)).isCloseTo(right, within(20_000 + right * 0.1));
    }
  }

  @Test
  void aWeekOfCloudsMakesACloudyForecastWithoutWeather() {
    give(
        "home.production",
        NOW - 20 * 24,
        NOW,
        hour ->
            Math.round((hour < NOW - 7 * 24 ? 5000 : 1000) * ClearSky.radiation(hour, 419, 125)));
    LongToDoubleFunction made =
        new Forecast(hours, NOW)
            .production(hour -> ClearSky.radiation(hour, 419, 125), Forecast.Source.CLEAR_SKY);
    assertThat(made.applyAsDouble(NOW + 25))
        .isCloseTo(1000 * ClearSky.radiation(NOW + 25, 419, 125), within(5000.0));
  }

  @Test
  void persistenceIsTheMeanOfTheWeek() {
    give("home.production", NOW - 7 * 24, NOW, hour -> (NOW - hour - 1) / 24 * 1000);
    assertThat(new Forecast(hours, NOW).persistence().applyAsDouble(NOW + 3)).isEqualTo(3000);
    assertThat(new Forecast(new Hours(), NOW).persistence()).isNull();
    assertThat(
            new Forecast(new Hours(), NOW)
                .production(ForecastTest::radiation, Forecast.Source.WEATHER))
        .isNull();
  }

  @Test
  void usualConsumptionIsThatOfTheSameHourOfTheWeek() {
    give("home.consumption", NOW - 28 * 24, NOW, hour -> Math.floorMod(hour, 168L) * 1000);
    Forecast forecast = new Forecast(hours, NOW);
    for (long hour = NOW; hour < NOW + 48; hour++) {
      assertThat(forecast.consumption(hour)).isEqualTo(Math.floorMod(hour, 168L) * 1000);
    }
    assertThat(new Forecast(new Hours(), NOW).consumption(NOW)).isZero();
  }

  @Test
  void aYoungHomeUsesTheDayBefore() {
    give("home.consumption", NOW - 24, NOW, hour -> 700_000);
    assertThat(new Forecast(hours, NOW).consumption(NOW + 5)).isEqualTo(700_000);
    assertThat(new Forecast(hours, NOW).consumption(NOW + 30)).isEqualTo(700_000);
  }

  @Test
  void readsTheWeather() {
    assertThat(
            Weather.read(
                "{\"latitude\":41.9,\"hourly\":{\"time\":[3600,7200,10800,14400.5],"
                    + "\"shortwave_radiation\":[0.0,12.5,null,7]}}"))
        .isEqualTo(new TreeMap<>(Map.of(0L, 0.0, 1L, 12.5)));
    assertThat(Weather.address(-5, 1234, 30))
        .startsWith("https://" + Weather.HOST + "/v1/forecast?latitude=-0.5&longitude=123.4&");
    for (String wrong :
        List.of(
            "[]",
            "{}",
            "{\"hourly\":{}}",
            "{\"hourly\":{\"time\":[1],\"shortwave_radiation\":[]}}",
            "{\"hourly\":{\"time\":[3600],\"shortwave_radiation\":[2000]}}",
            "{\"hourly\":{\"time\":[-3600],\"shortwave_radiation\":[1]}}")) {
      assertThatThrownBy(() -> Weather.read(wrong)).hasMessageStartingWith("the answer");
    }
  }

  @ParameterizedTest
  @CsvSource({
    // hours, Wh, first hour from which it may run, best start, covered
    "1, 1000, 0, 4, 900000",
    "2, 1000, 0, 3, 1000000",
    "2, 2000, 0, 3, 1800000",
    "3, 600, 0, 3, 600000",
    "1, 1000, 5, 5, 800000",
    "2, 1000, 6, 6, 0",
    "12, 1200, 0, 0, 0"
  })
  void advises(int length, int wattHours, long from, long start, long covered) {
    long[] surplus = {0, 0, 0, 900_000, 900_000, 800_000, 0, 0};
    if (length == 1 && from == 0) {
      surplus[3] = 850_000;
    }
    Advice advice =
        Advice.best(
            new Appliance("a", "A", wattHours, length), hour -> surplus[(int) hour], from, 8);
    assertThat(advice.start()).isEqualTo(start);
    assertThat(advice.covered()).isEqualTo(covered);
    assertThat(advice.saved(300_000, 80_000)).isEqualTo(covered * 220_000 / 1_000_000);
  }

  @Test
  void moneyIsExact() {
    Hours.Flow flow = new Hours.Flow(10_000_000, 8_000_000, 3_000_000, 5_000_000, 5_000_000);
    assertThat(flow.selfConsumption()).isEqualTo(500);
    assertThat(flow.autarky()).isEqualTo(625);
    assertThat(flow.saved(300_000, 80_000)).isEqualTo(5 * 300_000 + 5 * 80_000);
    assertThat(flow.saved(300_001, -1)).isEqualTo(1_500_000);
    assertThat(Hours.Flow.NONE.selfConsumption()).isEqualTo(-1);
  }

  @Test
  void daysAreLocal() {
    ZoneId kolkata = ZoneId.of("Asia/Kolkata");
    LocalDate day = LocalDate.parse("2026-06-20");
    // Hours are those of UTC: the first one that begins in the day there begins at half past.
    assertThat(Hours.first(day, kolkata))
        .isEqualTo(Hours.number(Instant.parse("2026-06-19T19:00:00Z")));
    ZoneId rome = ZoneId.of("Europe/Rome");
    LocalDate change = LocalDate.parse("2026-10-25");
    assertThat(Hours.first(change.plusDays(1), rome) - Hours.first(change, rome)).isEqualTo(25);
  }

  @Test
  void accuracyIsWhatCameAgainstWhatWasSaid() {
    Accuracy accuracy = new Accuracy();
    LocalDate day = LocalDate.parse("2026-06-01");
    for (int i = 0; i < 4; i++) {
      accuracy.say(day.plusDays(i), 1);
      accuracy.say(day.plusDays(i), 9_000 + i * 1000L);
      assertThat(accuracy.open(day.plusDays(i))).isTrue();
    }
    accuracy.came(day, 10_000);
    accuracy.came(day.plusDays(1), 10_000);
    assertThat(accuracy.error()).isEmpty();
    accuracy.came(day.plusDays(2), 10_000);
    assertThat(accuracy.error()).hasValue(2000 * 1000 / 30_000);
    assertThat(Accuracy.of(accuracy.bytes()).error()).hasValue(66);
    assertThat(Accuracy.of(accuracy.bytes()).judged()).isEqualTo(3);
    for (int i = 0; i < 100; i++) {
      accuracy.say(day.plusDays(i), 1);
    }
    assertThat(accuracy.judged()).isZero();
  }
}
