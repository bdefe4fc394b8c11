package org.commonshub.testing.fakes;

import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Gap;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.ReadingBus;
import org.commonshub.measure.api.ReadingFrame;

/** A bus that keeps everything published, in order. */
public final class RecordingReadingBus implements ReadingBus {
  private final Recorded recorded = new Recorded();

  @Override
  public void publish(MeterRecord record) {
    recorded.add(List.of(record));
  }

  @Override
  public List<SinkStatus> sinks() {
    return List.of();
  }

  /** Everything so far. */
  public List<MeterRecord> records() {
    return recorded.all();
  }

  /** Frames so far. */
  public List<ReadingFrame> frames() {
    return recorded.frames();
  }

  /** Frames of one device so far. */
  public List<ReadingFrame> frames(DeviceId device) {
    return recorded.frames(device);
  }

  /** Gaps so far. */
  public List<Gap> gaps() {
    return recorded.gaps();
  }

  /** Forgets everything. */
  public void clear() {
    recorded.clear();
  }

  /**
   * Waits until what was published meets a condition.
   *
   * @throws AssertionError when it does not in time
   */
  public void await(Duration atMost, String what, Predicate<List<MeterRecord>> condition) {
    recorded.await(atMost, what, condition);
  }
}
