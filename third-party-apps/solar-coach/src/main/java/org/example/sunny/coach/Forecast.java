package org.example.sunny.coach;

import java.util.HashMap;
import java.util.Map;
import java.util.function.LongToDoubleFunction;

/**
 * What the home will produce and use, learned from what it did. Production is {@code k × radiation}
 * with one k per hour of the UTC day, which holds direction, slope and shade; k is the weighted
 * least-squares fit over the last days, drawn towards the k of all hours where little is known.
 */
final class Forecast {
  /** Where the radiation came from, the best first. */
  enum Source {
    WEATHER,
    CLEAR_SKY,
    PERSISTENCE
  }

  private static final int WEATHER_DAYS = 60;

  /** Under a clear sky the clouds are in k, so only the last week counts. */
  private static final int CLEAR_DAYS = 7;

  /** A day weighs so much of the next. */
  private static final double FADE = 0.95;

  /** Hours of 100 W/m² that the common k weighs. */
  private static final double DRAW = 2 * 100 * 100;

  /** Fewer hours with sun than this are no base. */
  private static final int LEAST_HOURS = 5;

  private final Hours hours;
  private final long now;

  /**
   * A forecast.
   *
   * @param now number of the running hour
   */
  Forecast(Hours hours, long now) {
    this.hours = hours;
    this.now = now;
  }

  /**
   * Fits k and gives production back, in mWh per hour; null if there is too little to fit.
   *
   * @param radiation W/m² of an hour, NaN if not known
   */
  LongToDoubleFunction production(LongToDoubleFunction radiation, Source source) {
    double[] pg = new double[24];
    double[] gg = new double[24];
    double allPg = 0;
    double allGg = 0;
    int used = 0;
    int days = source == Source.WEATHER ? WEATHER_DAYS : CLEAR_DAYS;
    for (long hour = now - days * 24L; hour < now; hour++) {
      double g = radiation.applyAsDouble(hour);
      long p = hours.hour(hour).produced();
      if (p >= 0 && g > 1) {
        double weight = Math.pow(FADE, (now - hour) / 24.0);
        int slot = (int) Math.floorMod(hour, 24L);
        pg[slot] += weight * p * g;
        gg[slot] += weight * g * g;
        allPg += weight * p * g;
        allGg += weight * g * g;
        used++;
      }
    }
    if (used < LEAST_HOURS) {
      return null;
    }
    double common = allPg / allGg;
    double[] k = new double[24];
    for (int i = 0; i < 24; i++) {
      k[i] = (pg[i] + DRAW * common) / (gg[i] + DRAW);
    }
    return hour -> {
      double g = radiation.applyAsDouble(hour);
      return Double.isNaN(g) ? Double.NaN : Math.max(0, k[(int) Math.floorMod(hour, 24L)] * g);
    };
  }

  /** The mean of the same hour of the last seven days, in mWh; null without any. */
  LongToDoubleFunction persistence() {
    Map<Integer, Double> means = new HashMap<>();
    for (int slot = 0; slot < 24; slot++) {
      double sum = 0;
      int count = 0;
      for (long hour = now - 1; hour >= now - CLEAR_DAYS * 24L; hour--) {
        long p = hours.hour(hour).produced();
        if (p >= 0 && Math.floorMod(hour, 24L) == slot) {
          sum += p;
          count++;
        }
      }
      if (count > 0) {
        means.put(slot, sum / count);
      }
    }
    return means.isEmpty()
        ? null
        : hour -> means.getOrDefault((int) Math.floorMod(hour, 24L), Double.NaN);
  }

  /**
   * What is usually used in an hour, in mWh: the mean of the same hour of the week in the last four
   * weeks, or of the day where the week has none; 0 without any.
   */
  long consumption(long hour) {
    long sum = 0;
    int count = 0;
    for (int week = 1; week <= 4 + 3; week++) {
      long c = hours.hour(hour - week * 168L).consumed();
      if (c >= 0 && hour - week * 168L < now && count < 4) {
        sum += c;
        count++;
      }
    }
    for (int day = 1; day <= 9 && count == 0; day++) {
      long c = hours.hour(hour - day * 24L).consumed();
      if (c >= 0 && hour - day * 24L < now) {
        sum = c;
        count = 1;
      }
    }
    return count == 0 ? 0 : sum / count;
  }
}
