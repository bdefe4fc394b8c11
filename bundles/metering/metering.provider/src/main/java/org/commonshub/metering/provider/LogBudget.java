package org.commonshub.metering.provider;

/** Keeps an outage of everything at once from filling the log. */
final class LogBudget {
  private static final int LINES = 10;
  private static final long WINDOW_NANOS = 10_000_000_000L;

  private long windowNanos;
  private int lines;
  private int unsaid;

  /** Whether a line may be written; if not it is counted. */
  synchronized boolean mayLog(long now) {
    if (lines == 0 || now - windowNanos > WINDOW_NANOS) {
      windowNanos = now;
      lines = 0;
    }
    if (lines < LINES) {
      lines++;
      return true;
    }
    unsaid++;
    return false;
  }

  /** Lines not written since the last time, once their window is over. */
  synchronized int unsaid(long now) {
    if (unsaid == 0 || now - windowNanos <= WINDOW_NANOS) {
      return 0;
    }
    int count = unsaid;
    unsaid = 0;
    return count;
  }
}
