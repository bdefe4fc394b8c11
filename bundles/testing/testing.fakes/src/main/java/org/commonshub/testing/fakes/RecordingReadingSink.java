package org.commonshub.testing.fakes;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.commonshub.measure.api.Gap;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.ReadingFrame;
import org.commonshub.measure.api.ReadingSink;

/** A sink that keeps what it accepted and can be told to fail. */
public final class RecordingReadingSink implements ReadingSink {
  private final Recorded recorded = new Recorded();
  private final AtomicInteger failures = new AtomicInteger();

  /** Makes the next {@code times} batches fail. */
  public void failNext(int times) {
    failures.set(times);
  }

  @Override
  public void accept(List<MeterRecord> batch) throws Exception {
    if (failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      throw new java.io.IOException("told to fail");
    }
    recorded.add(batch);
  }

  /** Everything accepted. */
  public List<MeterRecord> records() {
    return recorded.all();
  }

  /** Frames accepted. */
  public List<ReadingFrame> frames() {
    return recorded.frames();
  }

  /** Gaps accepted. */
  public List<Gap> gaps() {
    return recorded.gaps();
  }

  /**
   * Waits until what was accepted meets a condition.
   *
   * @throws AssertionError when it does not in time
   */
  public void await(Duration atMost, String what, Predicate<List<MeterRecord>> condition) {
    recorded.await(atMost, what, condition);
  }
}
