package org.commonshub.ledger.plausibility;

import org.commonshub.ledger.plausibility.Sample.Counter;

/**
 * What one device took and gave in each slot of 15 minutes: from registers, and from power for a
 * direction without one. A slot with a gap, another meter or a step of the clock in it is never
 * told: the caller calls {@link #restart}. Not thread-safe.
 */
final class SlotMeter {
  /** Length of a slot in ms. */
  static final long LENGTH = 900_000;

  private static final long UNKNOWN_STEP = 1_000_000;

  /**
   * A whole slot.
   *
   * @param start ms, UTC
   * @param clockEpoch in which it was seen
   * @param taken mWh
   * @param given mWh
   * @param unsure mWh that it may be off, from resolution and from readings not on its ends
   */
  record Slot(long start, int clockEpoch, long taken, long given, long unsure) {
    long net() {
      return taken - given;
    }
  }

  private final long gap;
  private Sample last;
  private long lastAt;
  private boolean whole;
  private long taken;
  private long given;
  private long ends;
  private long above;
  private long below;
  private long takenStep;
  private long givenStep;

  SlotMeter(long gap) {
    this.gap = gap;
  }

  /** What was seen of the current slot is void. */
  void restart() {
    last = null;
    whole = false;
  }

  /** Forgets the meter, too. */
  void swapped() {
    restart();
    takenStep = 0;
    givenStep = 0;
  }

  /** Takes a sample; returns the slot that it completes, or null. */
  Slot sample(Sample sample, long at, int clockEpoch) {
    if (sample.has() == 0) {
      return null;
    }
    if (last == null) {
      return begin(sample, at);
    }
    if (sample.has() != last.has() || !sample.sameSources(last)) {
      // Less than usual says nothing; more, or something else, is a new way of telling.
      return (sample.has() & last.has()) == sample.has() ? null : begin(sample, at);
    }
    long millis = at - lastAt;
    if (millis < 0 || millis > gap) {
      return begin(sample, at);
    }
    boolean powered = sample.power() != Sample.NONE;
    long up = powered ? Energy.above(last.power(), sample.power(), millis) : 0;
    long down = powered ? Energy.above(-last.power(), -sample.power(), millis) : 0;
    long in = sample.taken() == null ? up / Energy.HOUR : difference(last.taken(), sample.taken());
    long out =
        sample.given() == null ? down / Energy.HOUR : difference(last.given(), sample.given());
    if (in < 0 || out < 0) {
      return begin(sample, at);
    }
    takenStep = sample.taken() == null ? 0 : Energy.gcd(takenStep, in);
    givenStep = sample.given() == null ? 0 : Energy.gcd(givenStep, out);
    long start = Math.floorDiv(at, LENGTH) * LENGTH;
    Slot done = null;
    if (lastAt < start) {
      long before = start - lastAt;
      add(share(in, before, millis), share(out, before, millis), up, down);
      ends += in + out;
      done = whole ? slot(start - LENGTH, clockEpoch, sample, powered) : null;
      taken = in - share(in, before, millis);
      given = out - share(out, before, millis);
      above = up;
      below = down;
      ends = in + out;
      whole = true;
    } else {
      add(in, out, up, down);
    }
    last = sample;
    lastAt = at;
    return done;
  }

  private Slot begin(Sample sample, long at) {
    last = sample;
    lastAt = at;
    whole = false;
    return null;
  }

  private void add(long in, long out, long up, long down) {
    taken += in;
    given += out;
    above += up;
    below += down;
  }

  private Slot slot(long start, int clockEpoch, Sample sample, boolean powered) {
    long unsure =
        ends
            + unsure(sample.taken(), takenStep, powered ? above / Energy.HOUR : UNKNOWN_STEP)
            + unsure(sample.given(), givenStep, powered ? below / Energy.HOUR : UNKNOWN_STEP);
    return new Slot(start, clockEpoch, taken, given, unsure);
  }

  /** One that never moved may move in steps of 1 kWh, if anything flowed. */
  private static long unsure(Counter counter, long step, long flowed) {
    return counter == null
        ? 0
        : 2 * Math.max(step > 0 ? step : Math.min(UNKNOWN_STEP, flowed), counter.resolution());
  }

  private static long difference(Counter from, Counter to) {
    return to.value() - from.value();
  }

  private static long share(long energy, long part, long whole) {
    // energy within a gap of 5 min at 100 MW is below 10^13 mWh, part below 10^6
    return Math.min(energy, 1_000_000_000_000L) * part / whole;
  }
}
