package org.commonshub.history.sqlite;

import java.util.Arrays;

/** Receipt to durable of the last minutes, sampled. Guarded by the store's lock. */
final class Lag {
  private static final int SAMPLES = 4096;
  private static final long WINDOW_NANOS = 300_000_000_000L;

  private final long[] millis = new long[SAMPLES];
  private final long[] at = new long[SAMPLES];
  private int count;
  private int next;

  void add(long nanos, long lagMillis) {
    millis[next] = Math.max(0, lagMillis);
    at[next] = nanos;
    next = (next + 1) % SAMPLES;
    count = Math.min(SAMPLES, count + 1);
  }

  long p99(long nanos) {
    long[] recent = new long[count];
    int n = 0;
    for (int i = 0; i < count; i++) {
      if (nanos - at[i] < WINDOW_NANOS) {
        recent[n++] = millis[i];
      }
    }
    if (n == 0) {
      return 0;
    }
    Arrays.sort(recent, 0, n);
    return recent[(int) Math.ceil(n * 0.99) - 1];
  }
}
