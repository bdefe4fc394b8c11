package org.commonshub.platform.accounts;

import java.time.Duration;
import java.time.Instant;
import org.commonshub.platform.api.HubClock;

/** Time that moves when told. */
final class ManualClock implements HubClock {
  private Instant now = Instant.parse("2026-01-15T12:00:00Z");
  private long nanos = Long.MAX_VALUE - 1_000_000_000L; // wraps during the tests

  void pass(Duration time) {
    now = now.plus(time);
    nanos += time.toNanos();
  }

  void step(Duration by) {
    now = now.plus(by);
  }

  @Override
  public Instant now() {
    return now;
  }

  @Override
  public long monotonicNanos() {
    return nanos;
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
