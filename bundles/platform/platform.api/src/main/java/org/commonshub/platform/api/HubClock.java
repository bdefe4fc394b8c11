package org.commonshub.platform.api;

import java.time.Instant;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The one source of time in the hub. No bundle asks {@code System.currentTimeMillis()} for a
 * timestamp it stores: it would miss clock steps, and could not be tested.
 *
 * <p>Implemented by {@code platform.clock} (system time) and by test fakes; called by everybody.
 */
@ProviderType
public interface HubClock {

  /** How far {@link #now()} can be trusted. */
  enum Quality {
    /** Disciplined by NTP or a better source. */
    SYNCHRONISED,
    /** Was disciplined during this epoch, is not at the moment; drifts by parts per million. */
    HOLDOVER,
    /** Never disciplined since start: readings carry the clock-unsynchronised flag. */
    UNSYNCHRONISED
  }

  /** UTC now, with at least millisecond resolution. May step; see {@link #epoch()}. */
  Instant now();

  /**
   * Nanoseconds on a clock that never steps and never runs backwards, from an arbitrary origin;
   * only differences mean something. Use it for every duration and time-out.
   */
  long monotonicNanos();

  /**
   * Number of the stretch of time over which {@link #now()} ran without a step. Rises by at least
   * one at every start of the hub and at every step of the wall clock by more than one second; is
   * persisted and never falls, so (device, epoch, sequence) names a frame for ever.
   */
  int epoch();

  /** Current trust in {@link #now()}. */
  Quality quality();
}
