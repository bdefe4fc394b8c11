package org.commonshub.measure.provider;

import java.util.ArrayList;
import java.util.List;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Quality;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingFrame;

/**
 * Energy of one device over time: registers first, power integrated for a direction without one.
 * Not thread-safe.
 */
final class DeviceEnergy {
  /** Takes energy in mWh of one interval. */
  interface Target {
    void add(long intervalStart, boolean given, long energy, int flags);
  }

  private static final Quantity[][] IMPORT = {
    {Quantity.ENERGY_IMPORT},
    {
      Quantity.ENERGY_IMPORT_T1,
      Quantity.ENERGY_IMPORT_T2,
      Quantity.ENERGY_IMPORT_T3,
      Quantity.ENERGY_IMPORT_T4
    },
    {Quantity.ENERGY_IMPORT_L1, Quantity.ENERGY_IMPORT_L2, Quantity.ENERGY_IMPORT_L3}
  };
  private static final Quantity[][] EXPORT = {
    {Quantity.ENERGY_EXPORT},
    {
      Quantity.ENERGY_EXPORT_T1,
      Quantity.ENERGY_EXPORT_T2,
      Quantity.ENERGY_EXPORT_T3,
      Quantity.ENERGY_EXPORT_T4
    },
    {Quantity.ENERGY_EXPORT_L1, Quantity.ENERGY_EXPORT_L2, Quantity.ENERGY_EXPORT_L3}
  };
  private static final Quantity[] POWER = {
    Quantity.ACTIVE_POWER_L1, Quantity.ACTIVE_POWER_L2, Quantity.ACTIVE_POWER_L3
  };
  private static final long MAX_GUESS = 366L * 24 * 3_600_000;
  private static final long REGISTER_SILENT = 30 * 60_000;
  private static final int INHERITED =
      Quality.ESTIMATED | Quality.INTEGRATED | Quality.SUBSTITUTED | Quality.CLOCK_UNSYNCHRONISED;

  /** A value found in a frame. */
  private record Found(long value, long resolution, int flags, int source) {}

  private final BalanceEngine.Limits limits;
  final RegisterTrack taken;
  final RegisterTrack given;
  private int takenSource;
  private int givenSource;
  private final int[] remainders = new int[2];

  private int meterEpoch;
  private int clockEpoch;
  private boolean heard;
  private boolean restored;
  private long lastAt;
  private long lastNanos;
  private long spacing;
  private boolean powered;
  private long power;
  private long powerAt;

  DeviceEnergy(BalanceEngine.Limits limits) {
    this.limits = limits;
    taken = new RegisterTrack(limits.maxPower());
    given = new RegisterTrack(limits.maxPower());
  }

  /** Continues from an earlier run. */
  void restore(int earlierMeterEpoch, int earlierClockEpoch, long at) {
    meterEpoch = earlierMeterEpoch;
    clockEpoch = earlierClockEpoch;
    lastAt = Math.max(lastAt, at);
    heard = true;
    restored = true;
  }

  int meterEpoch() {
    return meterEpoch;
  }

  int clockEpoch() {
    return clockEpoch;
  }

  /** Instant in ms up to which all its energy is known; lowest long if never. */
  long coveredUntil() {
    long covered = Long.MAX_VALUE;
    if (taken.anchored()) {
      covered = Math.min(covered, taken.anchorAt());
    }
    if (given.anchored()) {
      covered = Math.min(covered, given.anchorAt());
    }
    if (covered == Long.MAX_VALUE && powered) {
      covered = powerAt;
    }
    return covered == Long.MAX_VALUE ? Long.MIN_VALUE : covered;
  }

  /** Usual time between frames in ms, 0 if not known. */
  long spacing() {
    return spacing;
  }

  /** Whether it last neither took nor gave: silence of a producer is then taken for night. */
  boolean asleep() {
    return !powered || Math.abs(power) < 20_000;
  }

  /** Whether it has any source of energy. */
  boolean counts() {
    return taken.anchored() || given.anchored() || powered;
  }

  /** What the resolution of its registers leaves open, in mWh. */
  long tolerance() {
    return 2 * (taken.step() + given.step()) + 1_000;
  }

  /**
   * Takes a frame.
   *
   * @param nanos monotonic time of its arrival
   */
  void frame(ReadingFrame frame, long nanos, Target target) {
    Found in = find(frame, IMPORT, takenSource);
    Found out = find(frame, EXPORT, givenSource);
    Found watts = power(frame);
    if (in == null && out == null && watts == null) {
      return;
    }
    long at = frame.instant().toEpochMilli();
    int flags = 0;
    if (heard && frame.clockEpoch() != clockEpoch) {
      if (frame.clockEpoch() < clockEpoch) {
        return; // late, from before the clock stepped
      }
      flags |= newEpoch(at, nanos);
    } else if (heard && at <= lastAt) {
      return; // backfill: the registers after it contain it
    }
    if (heard && frame.meterEpoch() != meterEpoch) {
      swapped(in, out, at, target);
    } else {
      if (in != null) {
        takenSource = register(taken, takenSource, in, at, flags, false, target);
      }
      if (out != null) {
        givenSource = register(given, givenSource, out, at, flags, true, target);
      }
    }
    if (watts != null) {
      forgetSilent(taken, in, at);
      forgetSilent(given, out, at);
      integrate(watts, at, target);
    }
    if (heard && !restored) {
      long now = at - lastAt;
      spacing = spacing == 0 ? now : spacing + (now - spacing) / 8;
    }
    meterEpoch = frame.meterEpoch();
    clockEpoch = frame.clockEpoch();
    lastAt = at;
    lastNanos = nanos;
    heard = true;
    restored = false;
  }

  /** A register that the device stopped telling gives way to its power. */
  private static void forgetSilent(RegisterTrack track, Found found, long at) {
    if (found == null && track.anchored() && at - track.anchorAt() > REGISTER_SILENT) {
      track.forget();
    }
  }

  /** The clock stepped: the past is moved so that the time in between is what really passed. */
  private int newEpoch(long at, long nanos) {
    long passed;
    int flags = 0;
    if (restored) {
      passed = at - lastAt;
      if (passed <= 0 || passed > MAX_GUESS) {
        passed = limits.interval();
        flags = Quality.ESTIMATED;
      }
    } else {
      passed = Math.max(1, (nanos - lastNanos) / 1_000_000);
    }
    long shift = at - passed - lastAt;
    taken.rebase(shift);
    given.rebase(shift);
    powerAt += shift;
    lastAt += shift;
    return flags;
  }

  private void swapped(Found in, Found out, long at, Target target) {
    long from = lastAt;
    if (in != null) {
      taken.restart(in.value, at);
      takenSource = in.source;
    }
    if (out != null) {
      given.restart(out.value, at);
      givenSource = out.source;
    }
    powered = false;
    // What flowed between the last reading of the old and the first of the new meter is not known.
    Spread.even(
        from,
        at,
        limits.interval(),
        0,
        (start, energy) -> target.add(start, false, energy, Quality.ESTIMATED));
  }

  private int register(
      RegisterTrack track,
      int source,
      Found found,
      long at,
      int flags,
      boolean isGiven,
      Target target) {
    if (source != found.source && track.anchored() && source != 0) {
      track.restart(found.value, at);
      return found.source;
    }
    RegisterTrack.Counted counted = track.sample(found.value, at, found.resolution);
    if (counted != null) {
      boolean gap = counted.to() - counted.from() > limits.gap();
      int all = counted.flags() | flags | found.flags | (gap ? Quality.ESTIMATED : 0);
      Spread.even(
          counted.from(),
          counted.to(),
          limits.interval(),
          counted.energy(),
          (start, energy) -> target.add(start, isGiven, energy, all));
    }
    return found.source;
  }

  private void integrate(Found watts, long at, Target target) {
    long now = watts.value;
    if (Math.abs(now) > 2 * limits.maxPower()) {
      return;
    }
    if (powered && at > powerAt && at - powerAt <= limits.gap()) {
      int flags = Quality.INTEGRATED | watts.flags;
      boolean alone = !taken.anchored() && !given.anchored();
      if (!taken.anchored()) {
        integrate(0, power, now, at, flags, alone, target);
      }
      if (!given.anchored()) {
        integrate(1, -power, -now, at, flags, alone, target);
      }
    }
    powered = true;
    power = now;
    powerAt = at;
  }

  private void integrate(
      int direction, long first, long last, long at, int flags, boolean alone, Target target) {
    Spread.ramp(
        powerAt,
        at,
        limits.interval(),
        first,
        last,
        (start, energy) -> {
          long whole = energy + remainders[direction];
          long milliWattHours = Math.floorDiv(whole, 3_600_000L);
          remainders[direction] = (int) Math.floorMod(whole, 3_600_000L);
          if (alone || milliWattHours != 0) {
            target.add(start, direction == 1, milliWattHours, flags);
          }
        });
  }

  private static Found find(ReadingFrame frame, Quantity[][] sources, int current) {
    for (int i = 0; i < sources.length; i++) {
      Found found = sum(frame, sources[i], true);
      if (found != null) {
        int source = (i + 1) << 8 | found.source;
        // A better source replaces a worse one; part of a sum is no reading of it.
        return current == 0 || current == source || source >> 8 < current >> 8
            ? new Found(found.value, found.resolution, found.flags, source)
            : null;
      }
    }
    return null;
  }

  private static Found power(ReadingFrame frame) {
    Found total = sum(frame, new Quantity[] {Quantity.ACTIVE_POWER}, false);
    return total != null ? total : sum(frame, POWER, false);
  }

  private static Found sum(ReadingFrame frame, Quantity[] quantities, boolean register) {
    long sum = 0;
    long resolution = 0;
    int flags = 0;
    int present = 0;
    for (int i = 0; i < quantities.length; i++) {
      Measurement value = frame.value(quantities[i]).orElse(null);
      if (value == null) {
        continue;
      }
      long milli = milli(value);
      if (value.quality().has(Quality.OUT_OF_RANGE)
          || milli == Long.MIN_VALUE
          || (register && milli < 0)) {
        return null;
      }
      sum += milli;
      resolution = Math.max(resolution, resolution(value.exponent()));
      flags |= value.quality().flags() & INHERITED;
      present |= 1 << i;
    }
    return present == 0 ? null : new Found(sum, resolution, flags, present);
  }

  /** The value in thousandths of its unit, rounded down; lowest long if it does not fit. */
  static long milli(Measurement value) {
    long result = value.mantissa();
    for (int exponent = value.exponent() + 3; exponent > 0; exponent--) {
      if (Math.abs(result) > Long.MAX_VALUE / 1_000) {
        return Long.MIN_VALUE;
      }
      result *= 10;
    }
    for (int exponent = value.exponent() + 3; exponent < 0; exponent++) {
      result = Math.floorDiv(result, 10L);
    }
    return Math.abs(result) > Long.MAX_VALUE / 1_000 ? Long.MIN_VALUE : result;
  }

  private static long resolution(int exponent) {
    long resolution = 1;
    for (int i = Math.min(exponent + 3, 12); i > 0; i--) {
      resolution *= 10;
    }
    return resolution;
  }

  /** What has to be kept to go on later: frames that hold the anchors. */
  List<ReadingFrame> snapshot(DeviceId device) {
    List<ReadingFrame> frames = new ArrayList<>();
    if (taken.anchored()) {
      frames.add(BalanceState.anchor(device, this, taken, Quantity.ENERGY_IMPORT, takenSource));
    }
    if (given.anchored()) {
      frames.add(BalanceState.anchor(device, this, given, Quantity.ENERGY_EXPORT, givenSource));
    }
    return frames;
  }

  void source(boolean isGiven, int source) {
    if (isGiven) {
      givenSource = source;
    } else {
      takenSource = source;
    }
  }
}
