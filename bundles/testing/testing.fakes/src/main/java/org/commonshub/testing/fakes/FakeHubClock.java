package org.commonshub.testing.fakes;

import java.time.Duration;
import java.time.Instant;
import org.commonshub.platform.api.HubClock;

/** A clock that moves only when told. Starts at 2026-01-15T12:00:00Z, epoch 1, synchronised. */
public final class FakeHubClock implements HubClock {
  /** Instant a new clock shows. */
  public static final Instant START = Instant.parse("2026-01-15T12:00:00Z");

  private Instant now;
  private long nanos;
  private int epoch = 1;
  private Quality quality = Quality.SYNCHRONISED;

  /** Shows {@link #START}. */
  public FakeHubClock() {
    this(START);
  }

  /** Shows {@code start}. */
  public FakeHubClock(Instant start) {
    now = start;
  }

  /** Lets time pass: wall clock and monotonic clock. */
  public synchronized FakeHubClock advance(Duration by) {
    if (by.isNegative()) {
      throw new IllegalArgumentException("time does not run backwards; use step: " + by);
    }
    now = now.plus(by);
    nanos += by.toNanos();
    return this;
  }

  /** Steps the wall clock; a new epoch begins, the monotonic clock does not move. */
  public synchronized FakeHubClock step(Instant to) {
    now = to;
    epoch++;
    return this;
  }

  /** Sets the quality. */
  public synchronized FakeHubClock quality(Quality value) {
    quality = value;
    return this;
  }

  @Override
  public synchronized Instant now() {
    return now;
  }

  @Override
  public synchronized long monotonicNanos() {
    return nanos;
  }

  @Override
  public synchronized int epoch() {
    return epoch;
  }

  @Override
  public synchronized Quality quality() {
    return quality;
  }
}
