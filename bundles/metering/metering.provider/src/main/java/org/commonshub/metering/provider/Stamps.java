package org.commonshub.metering.provider;

/**
 * The instants of the frames that one device sent by itself: finds those that came before. Late
 * ones are fine, the same one twice is not. Not thread-safe.
 */
final class Stamps {
  /** Late instants remembered. */
  static final int KEPT = 128;

  /** Frames at once beyond which only {@link #PERIOD_NANOS} paces: a backlog after an outage. */
  static final int BURST = 1_000;

  /** More than a hundred frames a second over a while: no meter does that. */
  static final long PERIOD_NANOS = 10_000_000L;

  private long newest = Long.MIN_VALUE;
  private long[] seen;
  private int count;
  private long paidUntil;
  private boolean begun;

  /** Whether one more frame is believable at this time of the monotonic clock. */
  boolean allowed(long nanos) {
    if (!begun || nanos - paidUntil > 0) {
      begun = true;
      paidUntil = nanos;
    }
    if (paidUntil - nanos >= BURST * PERIOD_NANOS) {
      return false;
    }
    paidUntil += PERIOD_NANOS;
    return true;
  }

  /** Notes an instant of the device's own clock; false if it was there already. */
  boolean fresh(long at) {
    if (seen == null) {
      seen = new long[KEPT];
    }
    if (at <= newest) {
      for (int i = 0; i < Math.min(count, KEPT); i++) {
        if (seen[i] == at) {
          return false;
        }
      }
    }
    newest = Math.max(newest, at);
    seen[count % KEPT] = at;
    count = count == Integer.MAX_VALUE ? KEPT : count + 1;
    return true;
  }
}
