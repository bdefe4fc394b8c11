package org.example.sunny.coach;

import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Map;
import java.util.function.LongToDoubleFunction;
import org.commonshub.apps.api.AppHome;

/**
 * Today and tomorrow, hour by hour.
 *
 * @param source what it rests on
 * @param today local day
 * @param first number of today's first hour
 * @param tomorrow number of tomorrow's first hour
 * @param end number of the first hour after tomorrow
 * @param expected production in mWh from {@code first} on; −1 where nothing can be said
 * @param used usual consumption, likewise
 */
@SuppressWarnings("ArrayRecordComponent")
record Outlook(
    Forecast.Source source,
    LocalDate today,
    long first,
    long tomorrow,
    long end,
    long[] expected,
    long[] used) {

  /**
   * The best that can be said; null if nothing can.
   *
   * @param weather radiation by hour; empty without
   */
  static Outlook of(
      Hours hours, Map<Long, Double> weather, AppHome home, LocalDate today, long now) {
    ZoneId zone = home.zone();
    long first = Hours.first(today, zone);
    long tomorrow = Hours.first(today.plusDays(1), zone);
    long end = Hours.first(today.plusDays(2), zone);
    Forecast forecast = new Forecast(hours, now);
    Forecast.Source source = Forecast.Source.WEATHER;
    LongToDoubleFunction production =
        weather.containsKey(now) && weather.containsKey(end - 1)
            ? forecast.production(hour -> weather.getOrDefault(hour, Double.NaN), source)
            : null;
    if (production == null && home.place().isPresent()) {
      AppHome.Place place = home.place().get();
      source = Forecast.Source.CLEAR_SKY;
      production =
          forecast.production(
              hour -> ClearSky.radiation(hour, place.latitude(), place.longitude()), source);
    }
    if (production == null) {
      source = Forecast.Source.PERSISTENCE;
      production = forecast.persistence();
    }
    if (production == null) {
      return null;
    }
    long[] expected = new long[(int) (end - first)];
    long[] used = new long[expected.length];
    for (int i = 0; i < expected.length; i++) {
      double p = production.applyAsDouble(first + i);
      expected[i] = Double.isNaN(p) ? -1 : Math.round(Math.min(p, 1e10));
      used[i] = forecast.consumption(first + i);
    }
    return new Outlook(source, today, first, tomorrow, end, expected, used);
  }

  /** What is likely produced in an hour; 0 where nothing can be said. */
  long production(long hour) {
    return hour >= first && hour < end ? Math.max(0, expected[(int) (hour - first)]) : 0;
  }

  /** What is likely left over in an hour. */
  long surplus(long hour) {
    return hour >= first && hour < end
        ? Math.max(0, production(hour) - used[(int) (hour - first)])
        : 0;
  }

  /** What has come today, and what is likely to. */
  long todayAll(Hours hours) {
    long sum = 0;
    for (long hour = first; hour < tomorrow; hour++) {
      long came = hours.hour(hour).produced();
      sum += came >= 0 ? came : production(hour);
    }
    return sum;
  }

  /** What is likely to come tomorrow. */
  long tomorrowAll() {
    long sum = 0;
    for (long hour = tomorrow; hour < end; hour++) {
      sum += production(hour);
    }
    return sum;
  }
}
