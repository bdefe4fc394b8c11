package org.example.sunny.coach;

import java.math.BigInteger;
import java.util.function.LongUnaryOperator;

/**
 * When to run an appliance.
 *
 * @param start number of the hour
 * @param covered mWh of a run that the sun is likely to give
 * @param all mWh of a run
 */
record Advice(Appliance appliance, long start, long covered, long all) {
  /**
   * The start from which the most is covered; of equals the earliest.
   *
   * @param surplus what is likely left over in an hour, mWh
   * @param from first hour it may begin in
   * @param before hour before which it has to be over
   */
  static Advice best(Appliance appliance, LongUnaryOperator surplus, long from, long before) {
    long all = appliance.wattHours() * 1000L;
    long load = all / appliance.hours();
    long best = -1;
    long start = from;
    for (long hour = from; hour + appliance.hours() <= before; hour++) {
      long covered = 0;
      for (int i = 0; i < appliance.hours(); i++) {
        covered += Math.max(0, Math.min(load, surplus.applyAsLong(hour + i)));
      }
      if (covered > best) {
        best = covered;
        start = hour;
      }
    }
    return new Advice(appliance, start, Math.max(0, best), all);
  }

  int perMille() {
    return (int) (covered * 1000 / all);
  }

  /** What it costs less than from the grid, micro-units, rounded down. */
  long saved(long importPrice, long exportPrice) {
    return BigInteger.valueOf(covered)
        .multiply(BigInteger.valueOf(importPrice - exportPrice))
        .divide(BigInteger.valueOf(1_000_000))
        .longValue();
  }
}
