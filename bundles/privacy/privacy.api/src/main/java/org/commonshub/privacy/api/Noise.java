package org.commonshub.privacy.api;

import java.util.Objects;

/**
 * Noise for ε-differential privacy (Dwork and Roth 2014, definition 2.4), pure, not approximate.
 *
 * @param microEpsilon ε of one released value, in millionths, 1 … 10,000,000
 * @param unit what ε protects
 * @param dailyMicroEpsilon most ε that may be spent per day and device, in millionths; when it is
 *     used up, values are withheld
 * @param lowest values are clipped to at least this before noise, in the quantity's unit
 * @param highest and to at most this; more than {@code lowest}. Their distance is the sensitivity
 */
public record Noise(
    long microEpsilon, Unit unit, long dailyMicroEpsilon, long lowest, long highest) {
  /** Largest ε: beyond it noise protects nothing. */
  public static final long MAX_MICRO_EPSILON = 10_000_000;

  /** What is hidden by the noise: whether it was this value or any other in the range. */
  public enum Unit {
    /** One interval of the home. */
    INTERVAL,
    /** A whole day of the home: the noise is as much stronger as a day has intervals. */
    DAY
  }

  public Noise {
    Objects.requireNonNull(unit, "unit");
    if (microEpsilon < 1 || microEpsilon > MAX_MICRO_EPSILON) {
      throw new IllegalArgumentException("noise: epsilon is 0.000001 to 10");
    }
    if (dailyMicroEpsilon < microEpsilon || dailyMicroEpsilon > 1000 * MAX_MICRO_EPSILON) {
      throw new IllegalArgumentException(
          "noise: the budget of a day is at least one value's epsilon and at most 10000");
    }
    if (highest <= lowest || lowest < -1_000_000_000L || highest > 1_000_000_000L) {
      throw new IllegalArgumentException(
          "noise: values are clipped to a range, lowest below highest, within ±1,000,000,000");
    }
  }

  /** The stronger of both in every respect; null if the ranges have nothing in common. */
  static Noise meet(Noise a, Noise b) {
    long lowest = Math.max(a.lowest, b.lowest);
    long highest = Math.min(a.highest, b.highest);
    if (highest <= lowest) {
      return null;
    }
    long budget = Math.min(a.dailyMicroEpsilon, b.dailyMicroEpsilon);
    return new Noise(
        Math.min(a.microEpsilon, b.microEpsilon),
        a.unit.compareTo(b.unit) > 0 ? a.unit : b.unit,
        budget,
        lowest,
        highest);
  }
}
