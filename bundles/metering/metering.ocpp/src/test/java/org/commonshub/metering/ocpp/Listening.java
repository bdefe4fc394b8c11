package org.commonshub.metering.ocpp;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.PushSession;

/** Keeps what a session delivers. */
final class Listening implements PushSession.Receiver {
  record Frame(Optional<Instant> at, Map<String, String> values) {}

  final List<Frame> frames = new CopyOnWriteArrayList<>();
  final List<DeviceException> failures = new CopyOnWriteArrayList<>();

  @Override
  public void values(Optional<Instant> at, List<Measurement> values) {
    Map<String, String> map = new LinkedHashMap<>();
    for (Measurement value : values) {
      map.put(
          value.quantity().toString(),
          value.decimalValue().stripTrailingZeros().toPlainString()
              + (value.quality().flags() == 0 ? "" : " " + value.quality().names()));
    }
    assertThat(map).as("one of each").hasSameSizeAs(values);
    frames.add(new Frame(at, map));
  }

  @Override
  public void failed(DeviceException why) {
    failures.add(why);
  }

  /** The newest value of each quantity. */
  Map<String, String> latest() {
    Map<String, String> latest = new LinkedHashMap<>();
    frames.forEach(frame -> latest.putAll(frame.values()));
    return latest;
  }

  void await(String what, Predicate<Listening> condition) {
    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!condition.test(this)) {
      assertThat(System.nanoTime()).as("%s; so far %s, %s", what, frames, failures).isLessThan(end);
      Thread.onSpinWait();
      Thread.yield();
    }
  }
}
