package org.commonshub.ledger.plausibility;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.commonshub.ledger.api.Contradictions.Check;
import org.commonshub.measure.api.Device;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingFrame;

/**
 * A house whose meters count exactly what flows, told to a judge through meters that may lie. Power
 * in mW, energy in mWh; a step is any stretch of constant power.
 */
final class House {
  /** One meter. */
  final class Meter {
    final Device device;
    final long resolution;
    final boolean hasTaken;
    final boolean hasGiven;
    final boolean hasPower;
    long taken = 1_234_567_000L;
    long given = 765_432_000L;
    long takenRest;
    long givenRest;
    long power;
    int meterEpoch;
    int perMille = 1_000;
    UnaryOperator<Map<Quantity, Long>> fault = values -> values;

    Meter(Device device, long resolution, boolean taken, boolean given, boolean power) {
      this.device = device;
      this.resolution = resolution;
      this.hasTaken = taken;
      this.hasGiven = given;
      this.hasPower = power;
    }

    private void flow(long millis) {
      long energy = Math.abs(power) / 1_000 * perMille * millis;
      if (power > 0) {
        takenRest += energy;
        taken += takenRest / Energy.HOUR;
        takenRest %= Energy.HOUR;
      } else {
        givenRest += energy;
        given += givenRest / Energy.HOUR;
        givenRest %= Energy.HOUR;
      }
    }

    private ReadingFrame frame(long at, long sequence, int clockEpoch) {
      Map<Quantity, Long> values = new LinkedHashMap<>();
      if (hasTaken) {
        values.put(Quantity.ENERGY_IMPORT, taken / resolution * resolution);
      }
      if (hasGiven) {
        values.put(Quantity.ENERGY_EXPORT, given / resolution * resolution);
      }
      if (hasPower) {
        values.put(Quantity.ACTIVE_POWER, power / 1_000 * 1_000);
      }
      values = fault.apply(values);
      List<Measurement> measured = new ArrayList<>();
      values.forEach(
          (quantity, value) -> {
            long worth = quantity == Quantity.ACTIVE_POWER ? 1_000 : resolution;
            int exponent = (int) Math.round(Math.log10(worth)) - 3;
            measured.add(Measurement.of(quantity, value / worth, exponent));
          });
      return new ReadingFrame(
          device.id(),
          meterEpoch,
          java.time.Instant.ofEpochMilli(at),
          sequence,
          clockEpoch,
          measured);
    }
  }

  final List<Meter> meters = new ArrayList<>();
  final List<Episode> told = new ArrayList<>();
  final Episodes episodes = new Episodes();
  Judge judge;
  long at = java.time.Instant.parse("2026-03-01T00:00:00Z").toEpochMilli();
  int clockEpoch = 1;
  private long sequence;

  House(Limits limits) {
    judge = new Judge(limits, episodes, told::add);
  }

  static Limits limits() {
    return new Limits(100_000_000, 0, 3, Map.of(), 0, 300_000);
  }

  Meter meter(String name, DeviceRole role, long resolution) {
    return add(name, role, null, resolution, true, true, true);
  }

  Meter add(
      String name,
      DeviceRole role,
      DeviceId parent,
      long resolution,
      boolean taken,
      boolean given,
      boolean power) {
    Meter meter =
        new Meter(
            new Device(DeviceId.random(), name, role, Optional.ofNullable(parent), 0),
            resolution,
            taken,
            given,
            power);
    meters.add(meter);
    judge.devices(meters.stream().map(m -> m.device).toList(), at);
    return meter;
  }

  /** Lets the meters count for a time at their present power, then all tell. */
  void step(long millis) {
    flow(millis);
    tell();
  }

  void flow(long millis) {
    at += millis;
    meters.forEach(meter -> meter.flow(millis));
  }

  void tell() {
    meters.forEach(this::tell);
  }

  void tell(Meter meter) {
    judge.frame(meter.frame(at, ++sequence, clockEpoch));
  }

  List<Check> checks() {
    return told.stream().filter(Episode::open).map(e -> e.check).distinct().toList();
  }

  List<Check> all() {
    return told.stream().map(e -> e.check).distinct().toList();
  }
}
