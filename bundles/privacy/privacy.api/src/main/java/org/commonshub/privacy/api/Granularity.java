package org.commonshub.privacy.api;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.temporal.TemporalAdjusters;

/**
 * Length of the intervals that values are released for. Each step is a multiple of the one before
 * it, so of two the coarser is always an aggregate of the finer. Up to the hour intervals are
 * aligned to UTC; days and weeks (ISO 8601, from Monday) are those of local legal time.
 */
public enum Granularity {
  SECOND(1),
  TEN_SECONDS(10),
  MINUTE(60),
  FIVE_MINUTES(300),
  QUARTER_HOUR(900),
  HALF_HOUR(1800),
  HOUR(3600),
  DAY(86_400),
  WEEK(604_800);

  private final int seconds;

  Granularity(int seconds) {
    this.seconds = seconds;
  }

  /** Seconds of one interval; days and weeks with a clock change differ by an hour. */
  public int seconds() {
    return seconds;
  }

  /** Nominal length. */
  public Duration length() {
    return Duration.ofSeconds(seconds);
  }

  /** Start of the interval that an instant is in. */
  public Instant start(Instant instant, ZoneId zone) {
    if (compareTo(HOUR) <= 0) {
      return Instant.ofEpochSecond(Math.floorDiv(instant.getEpochSecond(), seconds) * seconds);
    }
    return day(instant, zone).atStartOfDay(zone).toInstant();
  }

  /** Start of the interval after the one that an instant is in. */
  public Instant next(Instant instant, ZoneId zone) {
    if (compareTo(HOUR) <= 0) {
      return start(instant, zone).plusSeconds(seconds);
    }
    return day(instant, zone).plusDays(this == DAY ? 1 : 7).atStartOfDay(zone).toInstant();
  }

  /**
   * The step with this length.
   *
   * @throws IllegalArgumentException if there is none; names those that there are
   */
  public static Granularity ofSeconds(long seconds) {
    for (Granularity granularity : values()) {
      if (granularity.seconds == seconds) {
        return granularity;
      }
    }
    throw new IllegalArgumentException(
        "no resolution of "
            + seconds
            + " s; there are 1, 10, 60, 300, 900, 1800, 3600, 86400 and 604800");
  }

  private LocalDate day(Instant instant, ZoneId zone) {
    LocalDate day = LocalDate.ofInstant(instant, zone);
    return this == WEEK ? day.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY)) : day;
  }
}
