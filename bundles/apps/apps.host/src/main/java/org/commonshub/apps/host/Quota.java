package org.commonshub.apps.host;

/**
 * So much in a minute. Beyond it the app is slowed until the minute is over; beyond five times as
 * much, or after three slowed minutes in a row, it is ended. Callers serialise.
 */
final class Quota {
  static final long WINDOW_NANOS = 60_000_000_000L;
  private static final int FACTOR = 5;
  private static final int SLOWED_WINDOWS = 3;

  /** What an amount leads to. */
  enum Verdict {
    WELL,
    SLOWED,
    TOO_MUCH,
    TOO_LONG
  }

  private final long perWindow;
  private final long least;
  private long extra;
  private long start;
  private long used;
  private int slowedBefore;

  /**
   * @param least the app is not ended for less than this in a minute
   * @param first allowed in the first minute beside {@code perWindow}: classes are loaded
   */
  Quota(long perWindow, long least, long first, long now) {
    this.perWindow = perWindow;
    this.least = least;
    this.extra = first;
    this.start = now;
  }

  /** Uses an amount, 0 to look only. */
  Verdict use(long amount, long now) {
    long passed = (now - start) / WINDOW_NANOS;
    if (passed > 0) {
      slowedBefore = used > perWindow + extra && passed == 1 ? slowedBefore + 1 : 0;
      start += passed * WINDOW_NANOS;
      used = 0;
      extra = 0;
    }
    used += Math.max(0, amount);
    if (used <= perWindow + extra) {
      return Verdict.WELL;
    }
    if (used > Math.max(FACTOR * perWindow, least) + extra) {
      return Verdict.TOO_MUCH;
    }
    return slowedBefore >= SLOWED_WINDOWS ? Verdict.TOO_LONG : Verdict.SLOWED;
  }
}
