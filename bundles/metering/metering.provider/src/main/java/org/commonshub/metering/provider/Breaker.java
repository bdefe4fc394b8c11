package org.commonshub.metering.provider;

/**
 * Circuit breaker with exponential back-off. The caller gives the time and the chance, so it is
 * pure. Not thread-safe.
 */
final class Breaker {
  /** Failures in a row that open it. */
  static final int THRESHOLD = 3;

  private static final long FIRST_NANOS = 1_000_000_000L;
  private static final long LAST_NANOS = 60_000_000_000L;

  /** A device may cost its bus at most this share of the time while it is failing. */
  private static final int COST_FACTOR = 10;

  private int failures;
  private long until;

  /** Failures in a row. */
  int failures() {
    return failures;
  }

  /** Whether so much failed that attempts are rare. */
  boolean open() {
    return failures >= THRESHOLD;
  }

  /** Whether an attempt may be made. */
  boolean allows(long now) {
    return !open() || until - now <= 0;
  }

  /** Nanoseconds to the next attempt, 0 if one may be made. */
  long remaining(long now) {
    return open() ? Math.max(0, until - now) : 0;
  }

  void succeeded() {
    failures = 0;
  }

  /**
   * An attempt failed.
   *
   * @param cost nanoseconds it held the bus
   * @param chance 0 … 1, for jitter
   */
  void failed(long now, long cost, double chance) {
    failures = Math.min(failures + 1, 1_000);
    if (open()) {
      long backOff = Math.min(LAST_NANOS, FIRST_NANOS << Math.min(10, failures - THRESHOLD));
      backOff = Math.max(backOff, Math.min(LAST_NANOS, cost * COST_FACTOR));
      until = now + (long) (backOff * (0.8 + 0.4 * chance));
    }
  }

  /** The next attempt may be made at once. */
  void retry(long now) {
    until = now;
  }
}
