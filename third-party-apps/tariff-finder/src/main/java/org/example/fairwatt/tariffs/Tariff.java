package org.example.fairwatt.tariffs;

import java.time.DayOfWeek;
import java.time.LocalDateTime;
import java.util.OptionalLong;

/**
 * A tariff. Prices are micro-units of its currency per kWh, exact.
 *
 * @param id unique
 * @param name for people
 * @param currency ISO 4217
 * @param standing micro-units a year, whatever is used
 * @param feedIn for exported energy; empty: as now
 * @param price by day, or always, or what is added to the average of the hour
 * @param night by night; of {@link Kind#ZONES} only
 * @param from minute of the day at which the night begins
 * @param to minute at which it ends; before {@code from}: on the next day
 * @param weekends whether Saturdays and Sundays are night all day
 */
record Tariff(
    String id,
    String name,
    Kind kind,
    String currency,
    long standing,
    OptionalLong feedIn,
    long price,
    long night,
    int from,
    int to,
    boolean weekends) {
  /** Highest price per kWh, so that nothing overflows: 100 of a currency. */
  static final long MAX_PRICE = 100_000_000;

  /** Highest standing charge: 100,000 a year. */
  static final long MAX_STANDING = 100_000_000_000L;

  private static final int DAY = 24 * 60;

  /** How it is made. */
  enum Kind {
    FLAT,
    ZONES,
    HOURLY
  }

  Tariff {
    if (name.isBlank() || name.length() > 40) {
      throw new IllegalArgumentException("a tariff's name has 1 to 40 characters");
    }
    if (outside(price, MAX_PRICE)
        || outside(night, MAX_PRICE)
        || feedIn.isPresent() && outside(feedIn.getAsLong(), MAX_PRICE)
        || outside(standing, MAX_STANDING)) {
      throw new IllegalArgumentException("a price of " + name + " is out of range");
    }
    if (from < 0 || from >= DAY || to < 0 || to >= DAY) {
      throw new IllegalArgumentException("the night of " + name + " is no time of the day");
    }
  }

  private static boolean outside(long value, long bound) {
    return value < -bound || value > bound;
  }

  static Tariff flat(String id, String name, String currency, long standing, long price) {
    return new Tariff(
        id, name, Kind.FLAT, currency, standing, OptionalLong.empty(), price, price, 0, 0, false);
  }

  /** What a kWh costs in the quarter of an hour that begins at a local time. */
  long importPrice(LocalDateTime local, Averages averages) {
    return switch (kind) {
      case FLAT -> price;
      case ZONES -> isNight(local) ? night : price;
      case HOURLY -> price + averages.at(local);
    };
  }

  private boolean isNight(LocalDateTime local) {
    if (weekends && weekend(local)) {
      return true;
    }
    int minute = local.getHour() * 60 + local.getMinute();
    return from <= to ? minute >= from && minute < to : minute >= from || minute < to;
  }

  static boolean weekend(LocalDateTime local) {
    return local.getDayOfWeek() == DayOfWeek.SATURDAY || local.getDayOfWeek() == DayOfWeek.SUNDAY;
  }
}
