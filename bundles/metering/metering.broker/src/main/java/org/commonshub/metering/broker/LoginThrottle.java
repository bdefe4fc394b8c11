package org.commonshub.metering.broker;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Slows down log-ins from where wrong ones came: after three, each has to wait for its turn, 0.25 s
 * after the one before, then 0.5 s … 8 s. Nobody is locked out, and ten quiet minutes mend it. Of
 * IPv6 the network (64 bits) counts.
 */
final class LoginThrottle {
  private static final int ADDRESSES = 1_024;
  private static final int FREE = 3;
  private static final long FIRST = TimeUnit.MILLISECONDS.toNanos(250);
  private static final long LAST = TimeUnit.SECONDS.toNanos(8);
  private static final long MENDED = TimeUnit.MINUTES.toNanos(10);

  /** Longest turn that is waited for. */
  static final long PATIENCE = TimeUnit.SECONDS.toNanos(16);

  private static final class Record {
    int failures;
    long lastFailure;
    long nextTurn;
  }

  private final Map<String, Record> records =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Record> eldest) {
          return size() > ADDRESSES;
        }
      };

  /**
   * Somebody wants to log in.
   *
   * @return nanoseconds to wait before looking at the password; −1 if too many wait already
   */
  long turn(InetAddress address, long now) {
    Record record = records.get(key(address));
    if (record == null || record.failures <= FREE) {
      return 0;
    }
    if (now - record.lastFailure > MENDED) {
      records.remove(key(address));
      return 0;
    }
    long pause = Math.min(LAST, FIRST << Math.min(16, record.failures - FREE - 1));
    long turn = Math.max(now, record.nextTurn);
    if (turn - now > PATIENCE) {
      return -1;
    }
    record.nextTurn = turn + pause;
    return turn - now;
  }

  /** A log-in failed. */
  void failed(InetAddress address, long now) {
    Record record =
        records.computeIfAbsent(
            key(address),
            k -> {
              Record made = new Record();
              made.nextTurn = now;
              return made;
            });
    record.failures++;
    record.lastFailure = now;
    if (record.failures == FREE + 1) {
      record.nextTurn = now + FIRST;
    }
  }

  private static String key(InetAddress address) {
    byte[] bytes = address.getAddress();
    return HexFormat.of()
        .formatHex(address instanceof Inet6Address ? Arrays.copyOf(bytes, 8) : bytes);
  }
}
