package org.commonshub.measure.provider;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.commonshub.measure.api.Device;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.IntervalBalance;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Quality;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingFrame;

/**
 * The balance over aligned intervals: collects what each device counted, closes an interval when
 * all have passed its end or have been waited for, and corrects it (as a new revision) when energy
 * that belongs to it is learnt later. Not thread-safe; time is handed in.
 */
final class BalanceEngine {
  /**
   * Settings.
   *
   * @param interval length of an interval in ms
   * @param maxPower greatest plausible power in mW
   * @param gap longest time in ms over which power is integrated, and a register's count is not an
   *     estimate
   * @param grace ms waited for a device that is not essential, or asleep
   * @param hold ms waited for the grid meter, storage and producers that are awake
   * @param keep closed intervals kept
   */
  record Limits(long interval, long maxPower, long gap, long grace, long hold, int keep) {}

  /** Most devices followed. */
  static final int MAX_DEVICES = 4096;

  /** Most device entries kept to correct closed intervals with, some 100 B each. */
  static final int MAX_LEGS = 20_000;

  private static final long PATIENCE_MAX = 15 * 60_000;

  /** One interval: what each device counted in it. */
  private static final class Interval {
    final long start;
    final Map<DeviceId, long[]> legs = new HashMap<>(8);
    IntervalBalance closed;
    int clockEpoch;
    int revision;
    boolean dirty;
    boolean sealed;
    boolean published;

    Interval(long start) {
      this.start = start;
    }
  }

  private final Limits limits;
  private final Map<DeviceId, DeviceEnergy> energies = new HashMap<>();
  private final TreeMap<Long, Interval> intervals = new TreeMap<>();
  private final Deque<ReadingFrame> lately = new ArrayDeque<>();
  private final List<ReadingFrame> pending = new ArrayList<>();
  private List<Device> devices = List.of();
  private long sealedUntil = Long.MIN_VALUE;
  private int clockEpoch = Integer.MIN_VALUE;
  private long newest = Long.MIN_VALUE;
  private int legsKept;

  BalanceEngine(Limits limits) {
    this.limits = limits;
  }

  /** The devices of the home from now on. */
  void devices(List<Device> now) {
    devices = List.copyOf(now);
  }

  /**
   * Takes a frame of any device.
   *
   * @param nanos monotonic time of its arrival
   */
  void frame(ReadingFrame frame, long nanos) {
    if (frame.device().equals(DeviceId.HOME)) {
      return;
    }
    if (frame.clockEpoch() < clockEpoch) {
      return; // late, from before the clock stepped; the registers to come contain it
    }
    long at = frame.instant().toEpochMilli();
    if (frame.clockEpoch() > clockEpoch) {
      if (newest != Long.MIN_VALUE && at < newest - 2 * limits.interval) {
        // The clock was set back: intervals of the same name that come now are others.
        closeAll(clockEpoch);
        intervals.clear();
        legsKept = 0;
        sealedUntil = Long.MIN_VALUE;
        newest = Long.MIN_VALUE;
      }
      clockEpoch = frame.clockEpoch();
    }
    DeviceEnergy energy = energies.get(frame.device());
    if (energy == null) {
      if (energies.size() >= MAX_DEVICES) {
        return;
      }
      energy = new DeviceEnergy(limits);
      energies.put(frame.device(), energy);
    }
    newest = Math.max(newest, at);
    energy.frame(
        frame,
        nanos,
        (start, given, amount, flags) -> add(frame.device(), start, given, amount, flags));
  }

  private void add(DeviceId device, long start, boolean given, long energy, int flags) {
    long begin = start;
    int all = flags;
    if (begin < sealedUntil) {
      // Nothing is known any more of what was published for it.
      if (energy == 0) {
        return;
      }
      begin = Spread.start(sealedUntil + limits.interval - 1, limits.interval);
      all |= Quality.ESTIMATED;
    }
    Interval interval = intervals.computeIfAbsent(begin, Interval::new);
    long[] leg = interval.legs.get(device);
    if (leg == null) {
      leg = new long[3];
      interval.legs.put(device, leg);
      legsKept++;
    }
    leg[given ? 1 : 0] += energy;
    leg[2] |= all;
    interval.dirty |= interval.closed != null;
  }

  /**
   * Closes what is due.
   *
   * @param now wall clock in ms
   * @param epoch its epoch
   * @return frames of the home to publish, oldest first
   */
  List<ReadingFrame> tick(long now, int epoch) {
    List<ReadingFrame> frames = new ArrayList<>();
    if (devices.isEmpty()) {
      trim();
      return frames; // the directory is not there yet: wait for it
    }
    for (Interval interval : intervals.values()) {
      if (interval.closed != null) {
        if (interval.dirty && !interval.sealed) {
          correct(interval, frames);
        }
        continue;
      }
      long end = interval.start + limits.interval;
      if (end > now || !due(end, now)) {
        break;
      }
      close(interval, epoch, frames);
    }
    trim();
    for (ReadingFrame frame : frames) {
      lately.addLast(frame);
      if (lately.size() > 8) {
        lately.removeFirst();
      }
    }
    return frames;
  }

  private boolean due(long end, long now) {
    for (Device device : devices) {
      DeviceEnergy energy = energies.get(device.id());
      if (!device.role().electrical() || energy == null || !energy.counts()) {
        continue;
      }
      if (energy.coveredUntil() < end && now - end < patience(device, energy)) {
        return false;
      }
    }
    return true;
  }

  private long patience(Device device, DeviceEnergy energy) {
    long usual = Math.max(limits.grace, Math.min(PATIENCE_MAX, energy.spacing() * 5 / 2));
    return switch (device.role()) {
      case GRID_METER, BATTERY -> Math.max(limits.hold, usual);
      case PV, GENERATOR -> energy.asleep() ? usual : Math.max(limits.hold, usual);
      default -> usual;
    };
  }

  private IntervalBalance compose(Interval interval, int more) {
    long tolerance = 1_000;
    int flags = more;
    for (Device device : devices) {
      DeviceEnergy energy = energies.get(device.id());
      if (energy != null) {
        tolerance += energy.tolerance();
      }
      boolean silent = !interval.legs.containsKey(device.id());
      if (silent && device.role().electrical() && (energy != null && energy.counts())) {
        flags |= Quality.ESTIMATED;
      }
    }
    Composition sums =
        Composition.of(
            devices,
            id -> {
              long[] leg = interval.legs.get(id);
              return leg == null ? null : new Composition.Leg(leg[0], leg[1], (int) leg[2]);
            },
            tolerance);
    return new IntervalBalance(
        Instant.ofEpochMilli(interval.start),
        Duration.ofMillis(limits.interval),
        sums.production(),
        sums.consumption(),
        sums.gridImport(),
        sums.gridExport(),
        sums.charge(),
        sums.discharge(),
        sums.residual(),
        new Quality(sums.flags() | flags));
  }

  private boolean ofTheHome(Interval interval) {
    if (interval.sealed) {
      return interval.published;
    }
    for (Device device : devices) {
      if (device.role().electrical() && interval.legs.containsKey(device.id())) {
        return true;
      }
    }
    return false;
  }

  private void close(Interval interval, int epoch, List<ReadingFrame> frames) {
    interval.closed = compose(interval, 0);
    interval.clockEpoch = epoch;
    interval.dirty = false;
    if (ofTheHome(interval)) {
      frames.add(frame(interval));
    }
  }

  private void closeAll(int epoch) {
    List<ReadingFrame> frames = new ArrayList<>();
    for (Interval interval : intervals.values()) {
      if (interval.closed == null) {
        close(interval, epoch, frames);
      }
    }
    pending.addAll(frames);
  }

  /** Frames that became due outside of {@link #tick}. */
  List<ReadingFrame> takePending() {
    List<ReadingFrame> taken = List.copyOf(pending);
    pending.clear();
    return taken;
  }

  private void correct(Interval interval, List<ReadingFrame> frames) {
    interval.dirty = false;
    IntervalBalance better = compose(interval, Quality.SUBSTITUTED);
    IntervalBalance old = interval.closed;
    boolean same =
        better.production() == old.production()
            && better.consumption() == old.consumption()
            && better.gridImport() == old.gridImport()
            && better.gridExport() == old.gridExport()
            && better.charge() == old.charge()
            && better.discharge() == old.discharge()
            && better.residual() == old.residual();
    if (!same && ofTheHome(interval)) {
      interval.closed = better;
      interval.revision++;
      frames.add(frame(interval));
    }
  }

  private ReadingFrame frame(Interval interval) {
    IntervalBalance balance = interval.closed;
    Quality quality = balance.quality();
    return new ReadingFrame(
        DeviceId.HOME,
        0,
        balance.start(),
        interval.start / 1000,
        interval.clockEpoch,
        interval.revision,
        List.of(
            value(Quantity.HOME_PRODUCTION, balance.production(), quality),
            value(Quantity.HOME_CONSUMPTION, balance.consumption(), quality),
            value(Quantity.HOME_IMPORT, balance.gridImport(), quality),
            value(Quantity.HOME_EXPORT, balance.gridExport(), quality),
            value(Quantity.HOME_CHARGE, balance.charge(), quality),
            value(Quantity.HOME_DISCHARGE, balance.discharge(), quality),
            value(Quantity.HOME_RESIDUAL, balance.residual(), quality),
            value(Quantity.HOME_SELF_CONSUMED, balance.selfConsumed(), quality)),
        Map.of());
  }

  private static Measurement value(Quantity quantity, long milliWattHours, Quality quality) {
    return new Measurement(quantity, milliWattHours, -3, quality);
  }

  /** Old intervals are first sealed (their devices forgotten), then forgotten themselves. */
  private void trim() {
    for (Interval interval : intervals.values()) {
      if (legsKept <= MAX_LEGS) {
        break;
      }
      if (interval.closed == null && legsKept <= 10 * MAX_LEGS) {
        break;
      }
      seal(interval);
    }
    while (intervals.size() > limits.keep) {
      Interval oldest = intervals.firstEntry().getValue();
      if (oldest.closed == null && intervals.size() <= limits.keep * 2) {
        return;
      }
      seal(oldest);
      intervals.remove(oldest.start);
    }
  }

  private void seal(Interval interval) {
    if (interval.closed == null) {
      close(interval, clockEpoch, pending);
    }
    if (!interval.sealed) {
      interval.published = ofTheHome(interval);
      interval.sealed = true;
      legsKept -= interval.legs.size();
      interval.legs.clear();
      sealedUntil = Math.max(sealedUntil, interval.start + limits.interval);
    }
  }

  /** The newest closed intervals, oldest first. */
  List<IntervalBalance> recent(int limit) {
    List<IntervalBalance> newestFirst = new ArrayList<>();
    for (Interval interval : intervals.descendingMap().values()) {
      if (newestFirst.size() >= limit) {
        break;
      }
      if (interval.closed != null && ofTheHome(interval)) {
        newestFirst.add(interval.closed);
      }
    }
    Collections.reverse(newestFirst);
    return newestFirst;
  }

  // ---- state over restarts; see BalanceState ----

  Map<DeviceId, DeviceEnergy> energies() {
    return energies;
  }

  /** End of the last closed interval: what lies before must not be published again. */
  long closedUntil() {
    long until = sealedUntil;
    for (Interval interval : intervals.values()) {
      if (interval.closed != null) {
        until = Math.max(until, interval.start + limits.interval);
      }
    }
    return until;
  }

  int legsKept() {
    return legsKept;
  }

  List<ReadingFrame> lately() {
    return List.copyOf(lately);
  }

  /** Visits what devices counted in intervals that are not closed. */
  void open(DeviceEnergy.Target target, Consumer<DeviceId> device) {
    for (Interval interval : intervals.values()) {
      if (interval.closed == null) {
        interval.legs.forEach(
            (id, leg) -> {
              device.accept(id);
              target.add(interval.start, false, leg[0], (int) leg[2]);
              target.add(interval.start, true, leg[1], (int) leg[2]);
            });
      }
    }
  }

  void restoreSealed(long until) {
    sealedUntil = until;
  }

  void restoreOpen(DeviceId device, long start, boolean given, long energy, int flags) {
    add(device, start, given, energy, flags);
  }

  DeviceEnergy restoreDevice(DeviceId device) {
    return energies.computeIfAbsent(device, id -> new DeviceEnergy(limits));
  }
}
