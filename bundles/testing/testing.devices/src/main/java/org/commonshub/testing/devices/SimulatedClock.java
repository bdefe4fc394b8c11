package org.commonshub.testing.devices;

import java.time.Duration;
import java.time.Instant;
import java.util.function.LongSupplier;

/** The home's own time: starts anywhere, runs at any speed, never goes back. */
final class SimulatedClock {
  private final Instant start;
  private final double speed;
  private final LongSupplier nanoTime;
  private final long origin;

  SimulatedClock(Instant start, double speed, LongSupplier nanoTime) {
    this.start = start;
    this.speed = speed;
    this.nanoTime = nanoTime;
    origin = nanoTime.getAsLong();
  }

  Instant now() {
    double elapsed = (nanoTime.getAsLong() - origin) * speed;
    return start.plus(
        Duration.ofSeconds((long) (elapsed / 1e9), (long) (elapsed % 1e9) / 1_000_000 * 1_000_000));
  }
}
