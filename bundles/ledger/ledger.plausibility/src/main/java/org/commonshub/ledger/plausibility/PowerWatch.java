package org.commonshub.ledger.plausibility;

import org.commonshub.ledger.plausibility.Sample.Counter;

/**
 * Compares what a device's registers counted with its power, integrated, over stretches of a
 * quarter of an hour and more. What is tolerated comes from the digits and steps of the registers,
 * from how far power moved between readings, and a fifth of the energy. Never over a gap, another
 * meter epoch or a step of the clock: the caller calls {@link #restart}. Not thread-safe.
 */
final class PowerWatch {
  private static final long WINDOW = 900_000;
  private static final long LONGEST = 24 * Energy.HOUR;
  private static final long UNKNOWN_STEP = 1_000_000;
  private static final long SLACK = 2_000;

  /**
   * One stretch.
   *
   * @param good whether both agree
   * @param from begin in ms
   * @param to end in ms
   * @param counted net energy of the registers in mWh
   * @param integrated net energy of the power in mWh
   */
  record Result(boolean good, long from, long to, long counted, long integrated) {}

  private final long gap;
  private Sample first;
  private long firstAt;
  private Sample last;
  private long powerAt;
  private long power = Sample.NONE;
  private long above;
  private long below;
  private long variation;
  private long takenStep;
  private long givenStep;
  private long owed;
  private long owedTolerance;

  /**
   * A watch.
   *
   * @param gap ms between two powers over which nothing is integrated
   */
  PowerWatch(long gap) {
    this.gap = gap;
  }

  /** Forgets the stretch that was begun. */
  void restart() {
    first = null;
    power = Sample.NONE;
  }

  /** Forgets the meter, too. */
  void swapped() {
    restart();
    last = null;
    takenStep = 0;
    givenStep = 0;
    owed = 0;
    owedTolerance = 0;
  }

  /** Takes a sample; returns a stretch when one was judged, else null. */
  Result sample(Sample sample, long at) {
    if (sample.power() == Sample.NONE) {
      return null;
    }
    integrate(sample.power(), at);
    if (sample.taken() == null && sample.given() == null) {
      return null;
    }
    if (last != null && last.sameSources(sample)) {
      takenStep = step(takenStep, last.taken(), sample.taken());
      givenStep = step(givenStep, last.given(), sample.given());
    }
    Result result = null;
    boolean begin = first == null || !first.sameSources(sample);
    if (!begin && at - firstAt >= WINDOW) {
      result = judge(sample, at);
      begin = result != null || at - firstAt > LONGEST;
    }
    if (begin) {
      first = sample;
      firstAt = at;
      above = 0;
      below = 0;
      variation = 0;
    }
    last = sample;
    return result;
  }

  private void integrate(long now, long at) {
    if (power != Sample.NONE) {
      long millis = at - powerAt;
      if (millis > gap || millis < 0) {
        first = null;
      } else {
        above += Energy.above(power, now, millis);
        below += Energy.above(-power, -now, millis);
        variation += Math.abs(now - power) / 2 * millis;
      }
    }
    power = now;
    powerAt = at;
  }

  private static long step(long known, Counter before, Counter now) {
    return before == null || now == null || now.value() <= before.value()
        ? known
        : Energy.gcd(known, now.value() - before.value());
  }

  private Result judge(Sample now, long at) {
    long up = above / Energy.HOUR;
    long down = below / Energy.HOUR;
    long taken = difference(first.taken(), now.taken());
    long given = difference(first.given(), now.given());
    if (taken < 0 || given < 0) {
      first = null; // RegisterWatch has said what is to be said
      return null;
    }
    long throughput = Math.max(up + down, taken + given);
    long tolerance =
        unsure(now.taken(), takenStep, up)
            + unsure(now.given(), givenStep, down)
            + variation / Energy.HOUR
            + throughput / 5
            + SLACK;
    if (2 * tolerance > throughput) {
      return null; // too little to tell yet
    }
    long counted = taken - given;
    long integrated = up - down;
    if (now.taken() == null || now.given() == null) {
      // One register: the other direction is not counted.
      long own = now.taken() == null ? down : up;
      long other = now.taken() == null ? up : down;
      boolean opposite = own <= other / 20;
      if (!opposite && other > own / 20) {
        first = null;
        return null;
      }
      if (opposite) {
        if (Math.abs(counted) <= tolerance) {
          first = null;
          return null;
        }
      } else {
        integrated = now.taken() == null ? -down : up;
      }
    }
    return new Result(agrees(counted - integrated, tolerance), firstAt, at, counted, integrated);
  }

  /** A register that is told late makes up for it: what counts is all since they disagreed. */
  private boolean agrees(long difference, long tolerance) {
    owed += difference;
    owedTolerance += tolerance;
    boolean good = Math.abs(difference) <= tolerance || Math.abs(owed) <= owedTolerance;
    if (good) {
      owed = 0;
      owedTolerance = 0;
    }
    return good;
  }

  private static long difference(Counter from, Counter to) {
    return from == null || to == null ? 0 : to.value() - from.value();
  }

  /** What a register leaves open at both ends; one that never moved may move in steps of 1 kWh. */
  private static long unsure(Counter counter, long step, long flowed) {
    if (counter == null) {
      return 0;
    }
    long known = step > 0 ? step : Math.min(UNKNOWN_STEP, flowed);
    return 2 * Math.max(known, counter.resolution());
  }
}
