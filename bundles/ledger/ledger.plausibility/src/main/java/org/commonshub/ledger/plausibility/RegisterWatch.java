package org.commonshub.ledger.plausibility;

/**
 * Follows one register of any commodity, in thousandths of its unit: it may only rise, and electric
 * energy no faster than a connection carries. Both hold over gaps too, because a register counts on
 * by itself; over a step of the clock only the first does. Not thread-safe.
 */
final class RegisterWatch {
  /** What a reading is. */
  enum Verdict {
    GOOD,
    /** It fell, and no usual register rolls over there. */
    BACKWARDS,
    /** It rose by more than can have flowed. */
    RATE
  }

  /** Readings that have to agree before a new level is taken as the register's. */
  private static final int AGREE = 5;

  private static final long SLACK = 10_000;

  private boolean anchored;
  private long anchor;
  private long anchorAt;
  private long changedAt;
  private long step;
  private int meterEpoch;
  private int clockEpoch;
  private int agreeing;
  private long candidate;
  private long candidateAt;

  /** Last value that was believed. */
  long anchor() {
    return anchor;
  }

  /** When that was, in ms. */
  long anchorAt() {
    return anchorAt;
  }

  int meterEpoch() {
    return meterEpoch;
  }

  /** Goes on from an earlier run; its clock epoch was another one. */
  void restore(long value, long at, int earlierMeterEpoch) {
    accept(value, at);
    meterEpoch = earlierMeterEpoch;
    clockEpoch = Integer.MIN_VALUE;
  }

  /**
   * Takes a reading.
   *
   * @param value ≥ 0
   * @param at ms; within a clock epoch not before the last one
   * @param resolution worth of its last digit
   * @param maxPower what can flow, in mW; 0 if it is not electric energy
   */
  Verdict sample(
      long value, long at, long resolution, int nowMeterEpoch, int nowClockEpoch, long maxPower) {
    if (!anchored || nowMeterEpoch != meterEpoch) {
      accept(value, at);
      step = 0;
      // When it changed before is not known: an hour ago at most.
      changedAt = at - Energy.HOUR;
      meterEpoch = nowMeterEpoch;
      clockEpoch = nowClockEpoch;
      return Verdict.GOOD;
    }
    boolean timed = nowClockEpoch == clockEpoch;
    clockEpoch = nowClockEpoch;
    if (!timed) {
      candidateAt = at;
    }
    Verdict verdict = judge(anchor, value, at - changedAt, resolution, timed ? maxPower : 0);
    if (verdict == Verdict.GOOD) {
      long lower = anchor - 2 * resolution;
      if (!timed) {
        changedAt = at - Energy.HOUR;
      } else if (value > anchor || value < lower) {
        changedAt = anchorAt; // it changed at some time after the last reading
      }
      if (value > anchor || value < lower) {
        step = value > anchor ? Energy.gcd(step, value - anchor) : step;
        accept(value, at);
      } else {
        anchorAt = at;
        agreeing = 0;
      }
      return verdict;
    }
    boolean agrees =
        agreeing > 0
            && judge(candidate, value, at - candidateAt, resolution, maxPower) == Verdict.GOOD
            && value >= candidate - 2 * resolution;
    agreeing = agrees ? agreeing + 1 : 1;
    candidate = value;
    candidateAt = at;
    if (agreeing >= AGREE) {
      accept(value, at);
      changedAt = at - Energy.HOUR;
    }
    return verdict;
  }

  private void accept(long value, long at) {
    anchored = true;
    anchor = value;
    anchorAt = at;
    agreeing = 0;
  }

  private Verdict judge(long from, long to, long millis, long resolution, long maxPower) {
    long limit =
        maxPower == 0
            ? 10 * Math.max(step, resolution)
            : Energy.most(maxPower, millis) + 2 * Math.max(step, resolution) + SLACK;
    if (to < from - 2 * resolution) {
      return Energy.rolledOver(from, to, limit, resolution) ? Verdict.GOOD : Verdict.BACKWARDS;
    }
    return maxPower != 0 && to - from > limit ? Verdict.RATE : Verdict.GOOD;
  }
}
