package org.example.fairwatt.tariffs;

import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Arrays;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Release;

/**
 * What the home took from and gave to the grid, in quarters of an hour, over whole local days; in
 * memory only. A day has as many quarters as it is long: 92, 96 or 100.
 */
final class Curve {
  static final int QUARTER = 900;

  /** More than a quarter of an hour can hold: 10 MWh; what is above is taken for a gap. */
  private static final long MAX_MWH = 10_000_000_000L;

  private static final long UNKNOWN = -1;

  private final ZoneId zone;
  private final LocalDate first;
  private final LocalDate end;
  private final long start;
  private final long[] taken;
  private final long[] given;
  private boolean gives;

  /**
   * An empty one.
   *
   * @param first first day
   * @param end day after the last one
   */
  Curve(ZoneId zone, LocalDate first, LocalDate end) {
    this.zone = zone;
    this.first = first;
    this.end = end;
    this.start = second(first);
    int slots = (int) ((second(end) - start) / QUARTER);
    taken = new long[slots];
    given = new long[slots];
    Arrays.fill(taken, UNKNOWN);
    Arrays.fill(given, UNKNOWN);
  }

  private long second(LocalDate day) {
    return day.atStartOfDay(zone).toEpochSecond();
  }

  /** Takes the home's import and export out of a release. */
  void add(Release release) {
    for (Block block : release.blocks()) {
      boolean out = block.quantity().equals("home.export");
      if (block.statistic() == Block.Statistic.AMOUNT
          && block.intervalSeconds() == QUARTER
          && (out || block.quantity().equals("home.import"))) {
        for (int i = 0; i < block.size(); i++) {
          set(
              block.starts()[i] / 1000,
              milliwattHours(block.mantissas()[i], block.exponent()),
              out ? given : taken);
        }
        gives |= out && block.size() > 0;
      }
    }
  }

  private void set(long second, long energy, long[] slots) {
    long at = Math.floorDiv(second - start, QUARTER);
    if (at >= 0 && at < slots.length && energy >= 0 && energy <= MAX_MWH) {
      slots[(int) at] = energy;
    }
  }

  /** Wh as {@code mantissa × 10^exponent} in mWh, halves up; −1 if it is no energy of a home. */
  static long milliwattHours(long mantissa, int exponent) {
    long value = mantissa;
    for (int e = exponent + 3; e > 0; e--) {
      if (Math.abs(value) > MAX_MWH) {
        return UNKNOWN;
      }
      value *= 10;
    }
    long divisor = 1;
    for (int e = exponent + 3; e < 0; e++) {
      divisor *= 10;
    }
    long whole = Math.floorDiv(value, divisor);
    return value - whole * divisor >= divisor - divisor / 2 && divisor > 1 ? whole + 1 : whole;
  }

  ZoneId zone() {
    return zone;
  }

  LocalDate first() {
    return first;
  }

  LocalDate end() {
    return end;
  }

  int slots() {
    return taken.length;
  }

  /** Index of a day's first slot. */
  int slot(LocalDate day) {
    return (int) ((second(day) - start) / QUARTER);
  }

  /** UTC second at which a slot begins. */
  long second(int slot) {
    return start + (long) slot * QUARTER;
  }

  /** Whether both directions are known; a home that never gave anything gives 0. */
  boolean known(int slot) {
    return taken[slot] >= 0 && (!gives || given[slot] >= 0);
  }

  /** mWh; of a known slot. */
  long taken(int slot) {
    return taken[slot];
  }

  /** mWh; of a known slot. */
  long given(int slot) {
    return gives ? given[slot] : 0;
  }

  /** Number of known slots. */
  int known() {
    int known = 0;
    for (int i = 0; i < taken.length; i++) {
      known += known(i) ? 1 : 0;
    }
    return known;
  }

  /** Slots of the 365 days that end with this curve. */
  int yearSlots() {
    return (int) ((second(end) - second(end.minusDays(365))) / QUARTER);
  }
}
