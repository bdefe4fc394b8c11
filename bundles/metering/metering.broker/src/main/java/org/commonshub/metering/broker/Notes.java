package org.commonshub.metering.broker;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.commonshub.platform.api.HubClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Warnings in the log: each once an hour, at most 20 in a minute. */
final class Notes implements Broker.Journal {
  private static final Logger LOG = LoggerFactory.getLogger(HubBroker.class);
  private static final int KNOWN = 256;
  private static final int PER_MINUTE = 20;
  private static final long AGAIN = TimeUnit.HOURS.toNanos(1);
  private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

  private final HubClock clock;
  private final Map<String, Long> told =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
          return size() > KNOWN;
        }
      };
  private long minute;
  private int inMinute;

  Notes(HubClock clock) {
    this.clock = clock;
    this.minute = clock.monotonicNanos();
  }

  @Override
  public synchronized void warn(String about, String what) {
    long now = clock.monotonicNanos();
    Long last = told.get(about);
    if (last != null && now - last < AGAIN) {
      return;
    }
    if (now - minute >= MINUTE) {
      minute = now;
      inMinute = 0;
    }
    if (++inMinute > PER_MINUTE) {
      return;
    }
    told.remove(about);
    told.put(about, now);
    LOG.warn("{}", what);
  }
}
