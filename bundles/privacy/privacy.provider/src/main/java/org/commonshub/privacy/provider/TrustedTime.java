package org.commonshub.privacy.provider;

import java.time.Instant;
import org.commonshub.platform.api.HubClock;

/**
 * Time for the ends of consents: never before what was seen of a synchronised clock, or of anything
 * durable, so that a clock set back revives nothing. Any thread.
 */
final class TrustedTime {
  private final HubClock clock;
  private Instant latest = Instant.MIN;

  TrustedTime(HubClock clock) {
    this.clock = clock;
  }

  /** Something durable happened then. */
  synchronized void seen(Instant instant) {
    if (instant.isAfter(latest)) {
      latest = instant;
    }
  }

  synchronized Instant now() {
    Instant now = clock.now();
    if (now.isBefore(latest)) {
      return latest;
    }
    if (clock.quality() == HubClock.Quality.SYNCHRONISED) {
      latest = now;
    }
    return now;
  }
}
