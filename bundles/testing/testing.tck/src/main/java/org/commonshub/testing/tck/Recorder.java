package org.commonshub.testing.tck;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.PushSession;

/** Takes what a session delivers, in order. */
final class Recorder implements PushSession.Receiver {
  private final List<PushDriverTck.Frame> frames = new ArrayList<>();
  private final List<DeviceException> failures = new ArrayList<>();
  private final List<Throwable> wrong = new ArrayList<>();

  @Override
  public synchronized void values(Optional<Instant> at, List<Measurement> values) {
    try {
      Map<String, String> texts = Values.of(values);
      if (texts.isEmpty()) {
        throw new AssertionError("a frame without a value");
      }
      frames.add(new PushDriverTck.Frame(at, texts));
    } catch (AssertionError | RuntimeException e) {
      wrong.add(e);
    }
    notifyAll();
  }

  @Override
  public synchronized void failed(DeviceException why) {
    failures.add(why);
    notifyAll();
  }

  synchronized List<PushDriverTck.Frame> frames() {
    return List.copyOf(frames);
  }

  synchronized List<DeviceException> failures() {
    return List.copyOf(failures);
  }

  /** What is wrong with a frame by itself. */
  synchronized List<Throwable> wrong() {
    return List.copyOf(wrong);
  }

  /** Waits until the frames are as wanted. */
  synchronized boolean await(Duration patience, Predicate<List<PushDriverTck.Frame>> wanted)
      throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    while (!wanted.test(frames)) {
      long left = end - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    return true;
  }
}
