package org.commonshub.ledger.ethereum;

import java.time.Duration;
import org.commonshub.ledger.api.LedgerException;
import org.commonshub.platform.api.HubClock;

/** Until when a call has to be over; a client may take 30 s. */
final class Deadline {
  private static final Duration CALL = Duration.ofSeconds(25);
  private static final Duration REQUEST = Duration.ofSeconds(5);

  private final HubClock clock;
  private final long end;

  Deadline(HubClock clock) {
    this.clock = clock;
    end = clock.monotonicNanos() + CALL.toNanos();
  }

  /** Time for one more request. */
  Duration request() throws LedgerException {
    long left = end - clock.monotonicNanos();
    if (left <= 0) {
      throw new LedgerException(
          LedgerException.Kind.UNREACHABLE, "The nodes answer too slowly; tried again later.");
    }
    return left < REQUEST.toNanos() ? Duration.ofNanos(left) : REQUEST;
  }

  /** Whether more than half of the time is left. */
  boolean early() {
    return end - clock.monotonicNanos() > CALL.toNanos() / 2;
  }
}
