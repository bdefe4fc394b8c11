package org.commonshub.measure.provider;

import org.commonshub.measure.api.Quality;

/**
 * Follows one energy register and says what it counted, in mWh. Not thread-safe; no clock of its
 * own.
 *
 * <p>A reading that can't be (it fell, or rose by more than the home can take) is not believed
 * until the next one agrees with it: one spurious 0 or spike leaves no trace. A fall that is
 * confirmed is a rollover if some usual width of registers explains it, otherwise a reset.
 */
final class RegisterTrack {
  private static final long HOUR = 3_600_000;

  /** Rise that is always believed, besides two steps of the register. */
  private static final long SLACK = 10_000;

  /** What the register counted from one accepted reading to the next. */
  record Counted(long from, long to, long energy, int flags) {}

  private final long maxPower;
  private boolean anchored;
  private long anchor;
  private long anchorAt;
  private long changedAt;
  private long step;
  private boolean suspecting;
  private long suspect;
  private long suspectAt;

  /**
   * A track.
   *
   * @param maxPower greatest plausible power in mW
   */
  RegisterTrack(long maxPower) {
    this.maxPower = maxPower;
  }

  boolean anchored() {
    return anchored;
  }

  long anchor() {
    return anchor;
  }

  /** Instant, in ms, up to which the energy is known. */
  long anchorAt() {
    return anchorAt;
  }

  long changedAt() {
    return changedAt;
  }

  /** Smallest step the register was seen to make, 0 if none yet. */
  long step() {
    return step;
  }

  /** Goes on where an earlier run stopped. */
  void restore(long value, long at, long changed, long knownStep) {
    anchored = true;
    anchor = value;
    anchorAt = at;
    changedAt = Math.min(at, changed);
    step = knownStep;
    suspecting = false;
  }

  /** Starts anew at this reading: another meter, or another source of the register. */
  void restart(long value, long at) {
    restore(value, at, at, 0);
  }

  /** The register is not there any more. */
  void forget() {
    anchored = false;
    suspecting = false;
  }

  /** The clock stepped: all instants move by as much. */
  void rebase(long shift) {
    anchorAt += shift;
    changedAt += shift;
    suspectAt += shift;
  }

  /**
   * Takes a reading.
   *
   * @param value register in mWh, ≥ 0
   * @param at instant in ms, later than the one before
   * @param resolution declared resolution in mWh
   * @return what was counted, or null if this is the first reading or not yet believed
   */
  Counted sample(long value, long at, long resolution) {
    if (!anchored) {
      restart(value, at);
      return null;
    }
    if (plausible(anchor, value, at - changedAt, resolution)) {
      suspecting = false;
      return accept(value, at, value - anchor, 0);
    }
    if (suspecting && plausible(suspect, value, at - suspectAt, resolution)) {
      long since = suspect;
      int flags = Quality.ESTIMATED;
      long energy;
      if (suspect < anchor) {
        energy = rollover(anchor, suspect, limit(suspectAt - changedAt, resolution), resolution);
        if (energy >= 0) {
          flags = 0;
        } else {
          // A reset: what it shows since is the least that flowed.
          energy = suspect <= limit(suspectAt - changedAt, resolution) ? suspect : 0;
        }
      } else {
        energy = suspect - anchor <= limit(HOUR, resolution) ? suspect - anchor : 0;
      }
      suspecting = false;
      return accept(value, at, energy + (value - since), flags);
    }
    suspecting = true;
    suspect = value;
    suspectAt = at;
    return null;
  }

  private Counted accept(long value, long at, long energy, int flags) {
    long from = anchorAt;
    if (value != anchor) {
      if (value > anchor) {
        step = gcd(step, value - anchor);
      }
      changedAt = at;
    }
    anchor = value;
    anchorAt = at;
    return new Counted(from, at, energy, flags);
  }

  private boolean plausible(long from, long to, long millis, long resolution) {
    return to >= from && to - from <= limit(millis, resolution);
  }

  private long limit(long millis, long resolution) {
    double energy = (double) maxPower * Math.max(1_000, millis) / HOUR;
    return (long) Math.min(Long.MAX_VALUE / 8.0, energy) + 2 * Math.max(step, resolution) + SLACK;
  }

  /**
   * Energy if the register went over its end: the smallest that a usual width explains.
   *
   * @return energy in mWh, or −1 if no width explains it within {@code limit}
   */
  static long rollover(long before, long after, long limit, long resolution) {
    long best = -1;
    // Decimal counters: 5 digits of kWh and so on, any power of ten from 1 kWh.
    for (long width = 1_000_000; width <= 1_000_000_000_000_000_000L / 10; width *= 10) {
      best = better(best, width, before, after, limit);
    }
    // Binary counters in the register's own unit, in Wh and in kWh.
    for (int bits : new int[] {16, 24, 31, 32}) {
      for (long unit : new long[] {resolution, 1_000, 1_000_000}) {
        if (unit > 0 && unit < Long.MAX_VALUE >> bits) {
          best = better(best, unit << bits, before, after, limit);
        }
      }
    }
    return best;
  }

  private static long better(long best, long width, long before, long after, long limit) {
    if (width <= before) {
      return best;
    }
    long energy = width - before + after;
    return energy <= limit && (best < 0 || energy < best) ? energy : best;
  }

  private static long gcd(long a, long b) {
    while (b != 0) {
      long rest = a % b;
      a = b;
      b = rest;
    }
    return a;
  }
}
