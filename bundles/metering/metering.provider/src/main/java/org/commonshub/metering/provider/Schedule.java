package org.commonshub.metering.provider;

import java.util.UUID;

/**
 * When a device is due: the instants phase + k × interval of UTC, the phase being fixed by the
 * device's identity, so that devices of one interval are spread over it and keep their place across
 * restarts. Pure; all times are milliseconds since the epoch.
 */
public final class Schedule {
  private Schedule() {}

  /** Place of a device within its interval. */
  public static long phase(UUID device, long interval) {
    long mixed =
        device.getMostSignificantBits() ^ Long.rotateLeft(device.getLeastSignificantBits(), 32);
    mixed *= 0x9E3779B97F4A7C15L;
    mixed ^= mixed >>> 29;
    return Math.floorMod(mixed, interval);
  }

  /** First due time at or after an instant. */
  public static long dueFrom(long instant, long phase, long interval) {
    return instant + Math.floorMod(phase - instant, interval);
  }

  /** Last due time at or before an instant. */
  public static long dueUpTo(long instant, long phase, long interval) {
    return instant - Math.floorMod(instant - phase, interval);
  }
}
