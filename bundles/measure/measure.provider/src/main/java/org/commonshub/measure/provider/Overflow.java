package org.commonshub.measure.provider;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Gap;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.Nature;
import org.commonshub.measure.api.ReadingFrame;

/**
 * What is given up when there is no room for all: first raw values, then registers in between, last
 * everything. What is given up becomes one gap per device. Not thread-safe; holds at most {@value
 * #MAX_DEVICES} devices.
 */
final class Overflow {
  static final int MAX_DEVICES = 4096;

  /** In the reserve, registers of a device are kept this often. */
  static final Duration REGISTER_EVERY = Duration.ofMinutes(1);

  private record Span(Instant from, Instant to) {}

  private final Map<DeviceId, Span> lost = new LinkedHashMap<>();
  private final Map<DeviceId, Instant> kept = new HashMap<>();
  private long changes;

  /**
   * The part of a record that is kept when room is scarce: registers and interval energies, at most
   * one frame per device and minute; null if none.
   */
  MeterRecord reduce(MeterRecord record) {
    if (!(record instanceof ReadingFrame frame)) {
      return record;
    }
    List<Measurement> registers = new ArrayList<>();
    for (Measurement value : frame.values()) {
      Nature nature = value.quantity().nature();
      if (nature == Nature.REGISTER || nature == Nature.INTERVAL) {
        registers.add(value);
      }
    }
    if (registers.size() == frame.values().size()) {
      if (thin(frame)) {
        lose(frame);
        return null;
      }
      return frame;
    }
    lose(frame);
    if (registers.isEmpty() || thin(frame)) {
      return null;
    }
    return new ReadingFrame(
        frame.device(),
        frame.meterEpoch(),
        frame.instant(),
        frame.sequence(),
        frame.clockEpoch(),
        frame.revision(),
        registers,
        frame.extras());
  }

  private boolean thin(ReadingFrame frame) {
    Instant last = kept.get(frame.device());
    if (last != null
        && !frame.instant().isBefore(last)
        && frame.instant().isBefore(last.plus(REGISTER_EVERY))) {
      return true;
    }
    if (kept.size() < MAX_DEVICES || last != null) {
      kept.put(frame.device(), frame.instant());
    }
    return false;
  }

  /** Remembers that a record could not be kept. */
  void lose(MeterRecord record) {
    if (record instanceof ReadingFrame frame) {
      lose(frame.device(), frame.instant(), frame.instant().plusMillis(1));
    } else if (record instanceof Gap gap) {
      lose(gap.device(), gap.from(), gap.to());
    }
  }

  private void lose(DeviceId device, Instant from, Instant to) {
    Span span = lost.get(device);
    if (span == null) {
      if (lost.size() < MAX_DEVICES) {
        lost.put(device, new Span(from, to));
        changes++;
      }
    } else if (from.isBefore(span.from) || to.isAfter(span.to)) {
      lost.put(
          device,
          new Span(
              from.isBefore(span.from) ? from : span.from, to.isAfter(span.to) ? to : span.to));
      changes++;
    }
  }

  /** The gaps so far. */
  List<Gap> gaps() {
    List<Gap> gaps = new ArrayList<>(lost.size());
    lost.forEach(
        (device, span) -> gaps.add(new Gap(device, span.from, span.to, Gap.Reason.STORAGE_FULL)));
    return gaps;
  }

  boolean isEmpty() {
    return lost.isEmpty();
  }

  /** Rises with each change. */
  long changes() {
    return changes;
  }

  /** Room is there again: the gaps are ended and forgotten here. */
  List<Gap> drain() {
    List<Gap> gaps = gaps();
    lost.clear();
    kept.clear();
    return gaps;
  }
}
