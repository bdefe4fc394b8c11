package org.example.fairwatt.tariffs;

import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Comparator;
import java.util.List;

/**
 * Bills of the same home in all tariffs.
 *
 * @param day on which it was made
 * @param first first day looked at
 * @param zone where its days begin
 * @param perMille share of the year that is known
 * @param now bill of the tariff of now
 * @param bills all, that of now included, the cheapest first
 */
record Comparison(
    LocalDate day, LocalDate first, ZoneId zone, int perMille, Bill now, List<Bill> bills) {
  /** Less than a week is no base. */
  static final int LEAST_SLOTS = 7 * 96;

  static Comparison of(
      LocalDate day,
      Curve curve,
      Tariff now,
      List<Tariff> others,
      Averages averages,
      long feedInNow) {
    Bill mine = Bill.of(now, averages, curve, feedInNow);
    List<Bill> bills =
        java.util.stream.Stream.concat(
                java.util.stream.Stream.of(mine),
                others.stream().map(tariff -> Bill.of(tariff, averages, curve, feedInNow)))
            .sorted(Comparator.comparingLong(Bill::year)) // stable: of equals that of now is first
            .toList();
    return new Comparison(
        day,
        curve.first(),
        curve.zone(),
        (int) (1000L * curve.known() / curve.yearSlots()),
        mine,
        bills);
  }

  Bill best() {
    return bills.get(0);
  }

  /** What the best costs less than that of now, micro-units a year. */
  long saving() {
    return now.year() - best().year();
  }
}
