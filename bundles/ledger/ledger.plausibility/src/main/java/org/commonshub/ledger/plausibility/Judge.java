package org.commonshub.ledger.plausibility;

import java.math.BigDecimal;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.commonshub.ledger.api.Contradictions.Check;
import org.commonshub.ledger.plausibility.Episodes.Key;
import org.commonshub.measure.api.Device;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Gap;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Nature;
import org.commonshub.measure.api.Quality;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingFrame;
import org.commonshub.measure.api.Unit;

/** Holds every frame against physics and against what the other meters say. Not thread-safe. */
final class Judge {
  private static final List<Quantity> CURRENTS =
      List.of(Quantity.CURRENT_L1, Quantity.CURRENT_L2, Quantity.CURRENT_L3);
  private static final int MAX_REGISTERS = 64;

  /** What is followed of one device. */
  private static final class Track {
    final Device device;
    final Map<Quantity, RegisterWatch> registers = new LinkedHashMap<>();
    final PowerWatch power;
    final SlotMeter slots;
    int meterEpoch;
    int clockEpoch;
    boolean heard;
    long lastAt;

    Track(Device device, Limits limits, Track before) {
      this.device = device;
      power = before == null ? new PowerWatch(limits.gap()) : before.power;
      slots = before == null ? new SlotMeter(limits.gap()) : before.slots;
      if (before != null) {
        registers.putAll(before.registers);
        meterEpoch = before.meterEpoch;
        clockEpoch = before.clockEpoch;
        heard = before.heard;
        lastAt = before.lastAt;
      }
    }
  }

  private final Limits limits;
  private final Episodes episodes;
  private final Consumer<Episode> changed;
  private final SumWatch sums;
  private final Map<DeviceId, Track> tracks = new HashMap<>();

  /**
   * A judge.
   *
   * @param changed hears of each episode that begins or ends
   */
  Judge(Limits limits, Episodes episodes, Consumer<Episode> changed) {
    this.limits = limits;
    this.episodes = episodes;
    this.changed = changed;
    this.sums = new SumWatch(limits.unmetered());
  }

  /** The devices are these now; others are forgotten and what was open about them ends. */
  void devices(List<Device> devices, long now) {
    Map<DeviceId, Track> kept = new HashMap<>();
    for (Device device : devices) {
      kept.put(device.id(), new Track(device, limits, tracks.get(device.id())));
    }
    tracks.clear();
    tracks.putAll(kept);
    sums.devices(devices);
    for (Key key : episodes.openKeys()) {
      if (!tracks.keySet().containsAll(episodes.open(key).devices)) {
        tell(episodes.end(key, now));
      }
    }
  }

  /** A stretch without readings: nothing is compared over it. */
  void gap(Gap gap) {
    Track track = tracks.get(gap.device());
    if (track != null) {
      interrupt(track);
    }
  }

  private static void interrupt(Track track) {
    track.power.restart();
    track.slots.restart();
  }

  /** Judges a frame. Backfill and corrections are not judged: registers after them are. */
  void frame(ReadingFrame frame) {
    Track track = tracks.get(frame.device());
    if (track == null || frame.revision() != 0) {
      return;
    }
    long at = frame.instant().toEpochMilli();
    if (track.heard) {
      if (frame.clockEpoch() < track.clockEpoch
          || (frame.clockEpoch() == track.clockEpoch && at < track.lastAt)) {
        return;
      }
      if (frame.clockEpoch() != track.clockEpoch) {
        interrupt(track);
      }
      if (frame.meterEpoch() != track.meterEpoch) {
        track.power.swapped();
        track.slots.swapped();
        for (Key key : episodes.openKeys()) {
          if (key.subject().equals(frame.device())) {
            tell(episodes.end(key, at));
          }
        }
      }
    }
    long before = track.heard && frame.clockEpoch() == track.clockEpoch ? track.lastAt : at;
    track.heard = true;
    track.clockEpoch = frame.clockEpoch();
    track.meterEpoch = frame.meterEpoch();
    track.lastAt = at;
    registers(track, frame, at, before);
    if (!track.device.role().electrical()) {
      return;
    }
    limits(track, frame, at, before);
    Sample sample = Sample.of(frame);
    if (sample.power() != Sample.NONE && Math.abs(sample.power()) > Energy.MOST_POWER) {
      interrupt(track);
      return;
    }
    power(track, track.power.sample(sample, at));
    SlotMeter.Slot slot = track.slots.sample(sample, at, frame.clockEpoch());
    if (slot != null) {
      sums.slot(frame.device(), slot).forEach(this::sum);
    }
  }

  private void registers(Track track, ReadingFrame frame, long at, long before) {
    Device device = track.device;
    boolean negative = false;
    boolean judged = false;
    Map<Check, Boolean> fine = new HashMap<>();
    for (Measurement value : frame.values()) {
      Quantity quantity = value.quantity();
      if (quantity.nature() != Nature.REGISTER || !value.quality().measured()) {
        continue;
      }
      judged = true;
      long milli = Sample.milli(value);
      if (value.mantissa() < 0) {
        negative = true;
        bad(
            new Key(Check.NEGATIVE_REGISTER, device.id()),
            before,
            milli,
            0,
            name(device)
                + "'s register "
                + label(quantity)
                + " is negative ("
                + amount(milli, quantity)
                + "). Registers only count up: have the driver's settings and the meter checked.");
        continue;
      }
      if (milli == Sample.NONE || value.quality().has(Quality.OUT_OF_RANGE)) {
        continue;
      }
      register(track, frame, value, milli, at, fine);
    }
    if (judged && !negative) {
      good(new Key(Check.NEGATIVE_REGISTER, device.id()), at, at);
    }
    fine.forEach(
        (check, isFine) -> {
          if (isFine) {
            good(new Key(check, device.id()), at, at);
          }
        });
  }

  private void register(
      Track track,
      ReadingFrame frame,
      Measurement value,
      long milli,
      long at,
      Map<Check, Boolean> fine) {
    Quantity quantity = value.quantity();
    RegisterWatch watch = track.registers.get(quantity);
    if (watch == null) {
      if (track.registers.size() >= MAX_REGISTERS) {
        return;
      }
      watch = new RegisterWatch();
      track.registers.put(quantity, watch);
    }
    Device device = track.device;
    boolean energy = device.role().electrical() && quantity.unit() == Unit.WATT_HOUR;
    long earlier = watch.anchor();
    long earlierAt = watch.anchorAt();
    RegisterWatch.Verdict verdict =
        watch.sample(
            milli,
            at,
            Sample.resolution(value),
            frame.meterEpoch(),
            frame.clockEpoch(),
            energy ? limits.power(device) : 0);
    fine.putIfAbsent(Check.BACKWARDS, true);
    fine.putIfAbsent(Check.RATE, true);
    switch (verdict) {
      case BACKWARDS -> {
        fine.put(Check.BACKWARDS, false);
        bad(
            new Key(Check.BACKWARDS, device.id()),
            Math.min(earlierAt, at),
            milli,
            earlier,
            name(device)
                + "'s register "
                + label(quantity)
                + " fell from "
                + amount(earlier, quantity)
                + " to "
                + amount(milli, quantity)
                + ". If the meter was swapped or reset, say so on the Devices page; otherwise have"
                + " it checked.");
      }
      case RATE -> {
        fine.put(Check.RATE, false);
        bad(
            new Key(Check.RATE, device.id()),
            Math.min(earlierAt, at),
            milli,
            earlier,
            name(device)
                + "'s register "
                + label(quantity)
                + " rose from "
                + amount(earlier, quantity)
                + " to "
                + amount(milli, quantity)
                + ", more than "
                + watts(limits.power(device))
                + " can carry in that time. If the meter was swapped, say so on the Devices page;"
                + " otherwise check the driver's scaling.");
      }
      case GOOD -> {
        // told together
      }
    }
  }

  private void limits(Track track, ReadingFrame frame, long at, long before) {
    Device device = track.device;
    Key key = new Key(Check.POWER_LIMIT, device.id());
    boolean judged = false;
    for (Measurement value : frame.values()) {
      boolean power =
          value.quantity().unit() == Unit.WATT
              && value.quantity().name().startsWith(Quantity.ACTIVE_POWER.name());
      if (!power && !CURRENTS.contains(value.quantity())) {
        continue;
      }
      judged = true;
      long most = power ? limits.power(device) : limits.current(device);
      long milli = Sample.milli(value);
      long amount = milli == Sample.NONE ? Long.MAX_VALUE : milli < 0 ? -milli : milli;
      if (amount > most) {
        bad(
            key,
            before,
            milli,
            most,
            name(device)
                + " shows "
                + (power ? watts(milli) : BigDecimal.valueOf(milli, 3).toPlainString() + " A")
                + " where at most "
                + (power ? watts(most) : BigDecimal.valueOf(most, 3).toPlainString() + " A")
                + " are possible. Check the driver's scaling, and the limits in the settings of"
                + " the cross-checks.");
        return;
      }
    }
    if (judged) {
      good(key, at, at);
    }
  }

  private void power(Track track, PowerWatch.Result result) {
    if (result == null) {
      return;
    }
    Key key = new Key(Check.REGISTER_POWER, track.device.id());
    if (result.good()) {
      good(key, result.from(), result.to());
      return;
    }
    bad(
        key,
        result.from(),
        result.counted(),
        result.integrated(),
        name(track.device)
            + "'s registers counted "
            + kilowattHours(result.counted())
            + " while its power makes "
            + kilowattHours(result.integrated())
            + (result.counted() == 0
                ? ": the register stands still."
                : Long.signum(result.counted()) * Long.signum(result.integrated()) < 0
                    ? ": one of them has the wrong sign, a current transformer may be reversed."
                    : ": one of them is scaled wrongly.")
            + " Check the driver's settings and the wiring.");
  }

  private void sum(SumWatch.Result result) {
    DeviceId meter = result.group().meters().get(0);
    Key key = new Key(Check.SUM, meter);
    if (result.good()) {
      good(key, result.start(), result.start() + SlotMeter.LENGTH);
      return;
    }
    String text =
        name(tracks.get(meter).device)
            + " shows "
            + kilowattHours(result.meters())
            + " in a quarter of an hour and the devices behind it "
            + kilowattHours(result.behind())
            + " (+ taken, − given): a meter cannot show less than its devices. Check signs and"
            + " scaling of all of them, and whether a producer has no meter.";
    Episode opened =
        episodes.bad(
            key,
            result.start(),
            from ->
                new Episode(
                    Check.SUM, result.group().all(), from, text, result.meters(), result.behind()));
    tell(opened);
  }

  private void bad(Key key, long from, long shown, long allowed, String text) {
    tell(
        episodes.bad(
            key,
            from,
            since ->
                new Episode(key.check(), List.of(key.subject()), since, text, shown, allowed)));
  }

  private void good(Key key, long from, long at) {
    tell(episodes.good(key, from, at));
  }

  private void tell(Episode episode) {
    if (episode != null) {
      changed.accept(episode);
    }
  }

  /** Registers as last believed: device, quantity's label, [value, at, meter epoch]. */
  Map<Object, Object> registers() {
    Map<Object, Object> all = new HashMap<>();
    tracks.forEach(
        (id, track) -> {
          Map<Object, Object> own = new HashMap<>();
          track.registers.forEach(
              (quantity, watch) ->
                  own.put(
                      quantity.toString(),
                      List.of(watch.anchor(), watch.anchorAt(), (long) watch.meterEpoch())));
          all.put(id.toString(), own);
        });
    return all;
  }

  /** Takes up what an earlier run left, as far as the devices are still there. */
  void restore(Map<?, ?> registers) {
    tracks.forEach(
        (id, track) -> {
          if (registers.get(id.toString()) instanceof Map<?, ?> own) {
            own.forEach((label, state) -> restore(track, (String) label, (List<?>) state));
          }
        });
  }

  private static void restore(Track track, String label, List<?> state) {
    int bracket = label.indexOf('[');
    Quantity.byName(bracket < 0 ? label : label.substring(0, bracket))
        .ifPresent(
            known -> {
              Quantity quantity =
                  bracket < 0
                      ? known
                      : known.channel(
                          Integer.parseInt(label.substring(bracket + 1, label.length() - 1)));
              RegisterWatch watch = new RegisterWatch();
              watch.restore(
                  (Long) state.get(0), (Long) state.get(1), ((Long) state.get(2)).intValue());
              track.registers.putIfAbsent(quantity, watch);
            });
  }

  private static String name(Device device) {
    return device.name();
  }

  private static String label(Quantity quantity) {
    return quantity.obis().orElse(quantity.toString());
  }

  private static String amount(long milli, Quantity quantity) {
    return quantity.unit() == Unit.WATT_HOUR
        ? kilowattHours(milli)
        : BigDecimal.valueOf(milli, 3).toPlainString() + " " + quantity.unit().symbol();
  }

  private static String kilowattHours(long milliWattHours) {
    return decimal(milliWattHours) + " kWh";
  }

  private static String watts(long milliWatts) {
    return decimal(milliWatts) + " kW";
  }

  private static String decimal(long milli) {
    return BigDecimal.valueOf(milli, 6)
        .setScale(3, java.math.RoundingMode.HALF_EVEN)
        .toPlainString();
  }
}
