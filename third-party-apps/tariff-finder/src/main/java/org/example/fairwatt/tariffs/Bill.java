package org.example.fairwatt.tariffs;

import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * What a home would have paid in a tariff, in micro-units, exact: each line is rounded once, halves
 * up.
 *
 * @param energy for what was taken, a year
 * @param feedIn pay for what was given, a year
 * @param standing standing charge, a year
 * @param weeks for each seven days what they cost without the standing charge; empty where less
 *     than half of them is known
 */
record Bill(Tariff tariff, long energy, long feedIn, long standing, List<OptionalLong> weeks) {
  private static final BigInteger MILLION = BigInteger.valueOf(1_000_000);

  /** What the year costs. */
  long year() {
    return energy - feedIn + standing;
  }

  /**
   * Reckons. What is known of the curve stands for the year: {@code sum × slots of the year ÷ known
   * slots}, which is the sum itself if all of it is known.
   *
   * @param feedInNow what is paid for exported energy now, micro-units per kWh
   */
  static Bill of(Tariff tariff, Averages averages, Curve curve, long feedInNow) {
    BigInteger energy = BigInteger.ZERO;
    BigInteger feedIn = BigInteger.ZERO;
    long feedInPrice = tariff.feedIn().orElse(feedInNow);
    List<OptionalLong> weeks = new ArrayList<>();
    BigInteger week = BigInteger.ZERO;
    int weekSlots = 0;
    int weekKnown = 0;
    int days = 0;
    for (LocalDate day = curve.first(); day.isBefore(curve.end()); day = day.plusDays(1)) {
      int end = curve.slot(day.plusDays(1));
      BigInteger paid = BigInteger.ZERO;
      BigInteger earned = BigInteger.ZERO;
      for (int slot = curve.slot(day); slot < end; slot++) {
        weekSlots++;
        if (curve.known(slot)) {
          weekKnown++;
          LocalDateTime local =
              LocalDateTime.ofInstant(Instant.ofEpochSecond(curve.second(slot)), curve.zone());
          long price = tariff.importPrice(local, averages);
          // 10^10 mWh at 2 × 10^8 micro-units: a product fits, a sum of a day need not.
          paid = paid.add(BigInteger.valueOf(price * curve.taken(slot)));
          earned = earned.add(BigInteger.valueOf(feedInPrice * curve.given(slot)));
        }
      }
      energy = energy.add(paid);
      feedIn = feedIn.add(earned);
      week = week.add(paid).subtract(earned);
      if (++days % 7 == 0 || !day.plusDays(1).isBefore(curve.end())) {
        weeks.add(
            2 * weekKnown >= weekSlots
                ? OptionalLong.of(divide(week, MILLION))
                : OptionalLong.empty());
        week = BigInteger.ZERO;
        weekSlots = 0;
        weekKnown = 0;
      }
    }
    BigInteger known = BigInteger.valueOf(Math.max(1, curve.known()));
    BigInteger year = BigInteger.valueOf(curve.yearSlots());
    return new Bill(
        tariff,
        divide(energy.multiply(year), MILLION.multiply(known)),
        divide(feedIn.multiply(year), MILLION.multiply(known)),
        tariff.standing(),
        List.copyOf(weeks));
  }

  /** Nearest integer, halves up. */
  private static long divide(BigInteger value, BigInteger by) {
    BigInteger twice = value.shiftLeft(1).add(by);
    BigInteger[] parts = twice.divideAndRemainder(by.shiftLeft(1));
    return (parts[1].signum() < 0 ? parts[0].subtract(BigInteger.ONE) : parts[0]).longValueExact();
  }
}
