package org.example.sunny.surplus;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * Where the vehicle's energy came from, per day, in exact integers: milliwatt-minutes, 60,000,000
 * of which are a kilowatt-hour. 31 days are kept.
 */
final class Account {
  static final long PER_KWH = 60_000_000;
  static final int DAYS = 31;

  /**
   * A day.
   *
   * @param sun own production
   * @param battery out of the home's battery
   * @param grid imported
   */
  record Day(long sun, long battery, long grid) {
    static final Day NONE = new Day(0, 0, 0);

    Day plus(Day other) {
      return new Day(sun + other.sun, battery + other.battery, grid + other.grid);
    }

    long all() {
      return sun + battery + grid;
    }
  }

  private final TreeMap<LocalDate, Day> days = new TreeMap<>();

  /** What a minute was made of: first the import is the vehicle's, then the battery's energy. */
  static Day split(Minute minute) {
    long grid = Math.min(minute.car(), minute.taken());
    long battery = Math.min(minute.car() - grid, minute.discharge());
    return new Day(minute.car() - grid - battery, battery, grid);
  }

  void add(LocalDate day, Minute minute) {
    days.merge(day, split(minute), Day::plus);
    while (days.size() > DAYS) {
      days.pollFirstEntry();
    }
  }

  Day day(LocalDate day) {
    return days.getOrDefault(day, Day.NONE);
  }

  /** The last 31 days, that day the last. */
  List<Day> until(LocalDate day) {
    List<Day> list = new ArrayList<>();
    for (int i = DAYS - 1; i >= 0; i--) {
      list.add(day(day.minusDays(i)));
    }
    return list;
  }

  /**
   * What sun instead of grid saved, in micro-units, rounded down.
   *
   * @param importPrice micro-units per kWh
   * @param exportPrice what exporting it would have brought
   */
  static long saved(long sun, long importPrice, long exportPrice) {
    return BigInteger.valueOf(sun)
        .multiply(BigInteger.valueOf(importPrice - exportPrice))
        .divide(BigInteger.valueOf(PER_KWH))
        .longValue();
  }

  /** For the store. */
  byte[] bytes() {
    StringBuilder text = new StringBuilder();
    days.forEach(
        (day, d) ->
            text.append(day)
                .append(' ')
                .append(d.sun())
                .append(' ')
                .append(d.battery())
                .append(' ')
                .append(d.grid())
                .append('\n'));
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  /**
   * From the store.
   *
   * @throws IllegalArgumentException if it is not what {@link #bytes} wrote
   */
  static Account of(byte[] bytes) {
    Account account = new Account();
    try {
      for (String line : new String(bytes, StandardCharsets.UTF_8).lines().toList()) {
        String[] words = line.split(" ", -1);
        Day day =
            new Day(Long.parseLong(words[1]), Long.parseLong(words[2]), Long.parseLong(words[3]));
        long most = PER_KWH * 10_000;
        if (account.days.size() >= DAYS
            || Math.min(day.sun(), Math.min(day.battery(), day.grid())) < 0
            || Math.max(day.sun(), Math.max(day.battery(), day.grid())) > most) {
          throw new IllegalArgumentException("a day is out of range");
        }
        account.days.put(LocalDate.parse(words[0]), day);
      }
      return account;
    } catch (DateTimeException | IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("a day is malformed", e);
    }
  }
}
