package org.commonshub.metering.broker;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.commonshub.platform.api.HubClock;

/** Time as it passes, and more of it when a test is impatient. */
final class RealClock implements HubClock {
  private final AtomicLong ahead = new AtomicLong();

  void skip(Duration time) {
    ahead.addAndGet(time.toNanos());
  }

  @Override
  public Instant now() {
    return Instant.EPOCH.plusNanos(monotonicNanos());
  }

  @Override
  public long monotonicNanos() {
    return System.nanoTime() + ahead.get();
  }

  @Override
  public int epoch() {
    return 1;
  }

  @Override
  public Quality quality() {
    return Quality.SYNCHRONISED;
  }
}
