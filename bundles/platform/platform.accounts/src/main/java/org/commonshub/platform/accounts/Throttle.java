package org.commonshub.platform.accounts;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Delays after failures: the first {@code free} failures cost nothing, each further one doubles the
 * wait from one second up to {@code longest}. A success, or a quiet time of ten times {@code
 * longest}, forgets. Holds at most {@link #MAX_KEYS} keys; the one longest untouched goes first.
 */
final class Throttle {
  static final int MAX_KEYS = 1024;
  private static final long SECOND = 1_000_000_000L;

  private record Failures(int count, long last, long until) {}

  private final int free;
  private final long longest;
  private final LongSupplier nanos;
  private final Map<String, Failures> failures =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Failures> eldest) {
          return size() > MAX_KEYS;
        }
      };

  Throttle(int free, Duration longest, LongSupplier nanos) {
    this.free = free;
    this.longest = longest.toNanos();
    this.nanos = nanos;
  }

  /** How long the key must wait; zero when it may try now. */
  synchronized Duration wait(String key) {
    Failures known = failures.get(key);
    return known == null
        ? Duration.ZERO
        : Duration.ofNanos(Math.max(0, known.until - nanos.getAsLong()));
  }

  synchronized void failed(String key) {
    long now = nanos.getAsLong();
    Failures known = failures.get(key);
    int count = known == null || now - known.last > 10 * longest ? 1 : known.count + 1;
    int beyond = count - free;
    long delay =
        beyond <= 0 ? 0 : beyond > 30 ? longest : Math.min(longest, SECOND << (beyond - 1));
    failures.put(key, new Failures(count, now, now + delay));
  }

  synchronized void succeeded(String key) {
    failures.remove(key);
  }

  synchronized int size() {
    return failures.size();
  }
}
