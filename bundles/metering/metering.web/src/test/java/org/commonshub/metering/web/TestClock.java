package org.commonshub.metering.web;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.commonshub.platform.api.HubClock;

/** Real time that a test can push forward. */
final class TestClock implements HubClock {
  private final AtomicLong ahead = new AtomicLong();

  void advance(Duration by) {
    ahead.addAndGet(by.toNanos());
  }

  @Override
  public Instant now() {
    return Instant.parse("2026-01-15T12:00:00Z");
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
