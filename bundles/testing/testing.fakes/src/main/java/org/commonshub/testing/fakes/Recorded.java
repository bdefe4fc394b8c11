package org.commonshub.testing.fakes;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Gap;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.ReadingFrame;

/** Records in the order they came, with bounded waiting for more. */
final class Recorded {
  private final List<MeterRecord> records = new ArrayList<>();

  synchronized void add(List<? extends MeterRecord> more) {
    records.addAll(more);
    notifyAll();
  }

  synchronized List<MeterRecord> all() {
    return List.copyOf(records);
  }

  synchronized void clear() {
    records.clear();
  }

  List<ReadingFrame> frames() {
    return all().stream()
        .filter(ReadingFrame.class::isInstance)
        .map(ReadingFrame.class::cast)
        .toList();
  }

  List<ReadingFrame> frames(DeviceId device) {
    return frames().stream().filter(frame -> frame.device().equals(device)).toList();
  }

  List<Gap> gaps() {
    return all().stream().filter(Gap.class::isInstance).map(Gap.class::cast).toList();
  }

  synchronized void await(Duration atMost, String what, Predicate<List<MeterRecord>> condition) {
    long end = System.nanoTime() + atMost.toNanos();
    while (!condition.test(List.copyOf(records))) {
      long left = end - System.nanoTime();
      if (left <= 0) {
        throw new AssertionError(
            "waited " + atMost + " for " + what + "; there are " + records.size() + " records");
      }
      try {
        TimeUnit.NANOSECONDS.timedWait(this, left);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted while waiting for " + what, e);
      }
    }
  }
}
