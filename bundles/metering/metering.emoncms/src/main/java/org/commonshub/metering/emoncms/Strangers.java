package org.commonshub.metering.emoncms;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.commonshub.platform.api.HubClock;

/**
 * Counts wrong keys by address (of IPv6 the network, 64 bits): after {@link #TRIES} in a minute an
 * address is not listened to for a minute. Thread-safe.
 */
final class Strangers {
  /** Wrong keys in {@link #PERIOD}. */
  static final int TRIES = 10;

  /** Time over which they count, and for which the address then waits. */
  static final Duration PERIOD = Duration.ofMinutes(1);

  private static final int ADDRESSES = 1_024;

  private static final class Count {
    int tries;
    long since;
  }

  private final HubClock clock;
  private final Map<String, Count> counts =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Count> eldest) {
          return size() > ADDRESSES;
        }
      };

  Strangers(HubClock clock) {
    this.clock = clock;
  }

  private static String key(InetAddress address) {
    byte[] bytes = address.getAddress();
    return HexFormat.of().formatHex(bytes.length > 4 ? Arrays.copyOf(bytes, 8) : bytes);
  }

  private boolean over(Count count) {
    return clock.monotonicNanos() - count.since > PERIOD.toNanos();
  }

  /** Whether an address tried too often. */
  synchronized boolean shut(InetAddress address) {
    Count count = counts.get(key(address));
    return count != null && count.tries >= TRIES && !over(count);
  }

  /** Notes a wrong key; true if the address is not listened to from now on. */
  synchronized boolean wrong(InetAddress address) {
    Count count = counts.computeIfAbsent(key(address), unknown -> new Count());
    if (count.tries == 0 || over(count)) {
      count.tries = 0;
      count.since = clock.monotonicNanos();
    }
    if (++count.tries == TRIES) {
      count.since = clock.monotonicNanos();
      return true;
    }
    return false;
  }

  /** Notes a right key. */
  synchronized void right(InetAddress address) {
    counts.remove(key(address));
  }
}
