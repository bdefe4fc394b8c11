package org.commonshub.measure.provider;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.LiveState;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.Reading;
import org.commonshub.measure.api.ReadingFrame;

/**
 * Newest value of every quantity: per device the few frames that together hold them, so that a
 * frame with the same quantities as before costs no garbage. Newer is by clock epoch, instant,
 * revision: backfill never replaces what is newer. Lock-free for readers.
 */
final class LiveStateMap implements LiveState {
  /** Most frames kept per device; a device that always sends other quantities loses the oldest. */
  static final int MAX_FRAMES = 64;

  private final Map<DeviceId, ReadingFrame[]> frames = new ConcurrentHashMap<>();

  void update(ReadingFrame frame) {
    frames.merge(frame.device(), new ReadingFrame[] {frame}, (old, now) -> merge(old, frame));
  }

  private static ReadingFrame[] merge(ReadingFrame[] old, ReadingFrame frame) {
    ReadingFrame newest = old[0];
    if (newer(frame, newest) && covers(frame, newest)) {
      if (old.length == 1) {
        return new ReadingFrame[] {frame};
      }
      // The usual case with several frames a round, too: it takes the place of its predecessor.
    }
    List<ReadingFrame> merged = new ArrayList<>(old.length + 1);
    boolean placed = false;
    for (ReadingFrame one : old) {
      if (!placed && newer(frame, one)) {
        merged.add(frame);
        placed = true;
      }
      if (placed ? !covers(frame, one) : true) {
        merged.add(one);
      }
      if (!placed && covers(one, frame)) {
        return old; // nothing new in it
      }
    }
    if (!placed) {
      merged.add(frame);
    }
    return merged.subList(0, Math.min(MAX_FRAMES, merged.size())).toArray(ReadingFrame[]::new);
  }

  private static boolean newer(ReadingFrame a, ReadingFrame b) {
    if (a.clockEpoch() != b.clockEpoch()) {
      return a.clockEpoch() > b.clockEpoch();
    }
    int byInstant = a.instant().compareTo(b.instant());
    return byInstant != 0 ? byInstant > 0 : a.revision() >= b.revision();
  }

  /** Whether {@code a} has every quantity of {@code b}. */
  private static boolean covers(ReadingFrame a, ReadingFrame b) {
    List<Measurement> mine = a.values();
    List<Measurement> others = b.values();
    for (int i = 0; i < others.size(); i++) {
      Quantity quantity = others.get(i).quantity();
      if (i < mine.size() && mine.get(i).quantity().equals(quantity)) {
        continue;
      }
      if (a.value(quantity).isEmpty()) {
        return false;
      }
    }
    return true;
  }

  @Override
  public Map<Quantity, Reading> of(DeviceId device) {
    ReadingFrame[] known = frames.get(device);
    if (known == null) {
      return Map.of();
    }
    Map<Quantity, Reading> readings = new HashMap<>();
    for (ReadingFrame frame : known) {
      for (Measurement value : frame.values()) {
        readings.putIfAbsent(value.quantity(), new Reading(device, frame.instant(), value));
      }
    }
    return Map.copyOf(readings);
  }

  @Override
  public Optional<Reading> latest(DeviceId device, Quantity quantity) {
    ReadingFrame[] known = frames.get(device);
    if (known != null) {
      for (ReadingFrame frame : known) {
        for (Measurement value : frame.values()) {
          if (value.quantity().equals(quantity)) {
            return Optional.of(new Reading(device, frame.instant(), value));
          }
        }
      }
    }
    return Optional.empty();
  }

  @Override
  public List<DeviceId> devices() {
    return List.copyOf(frames.keySet());
  }
}
