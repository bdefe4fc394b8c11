package org.commonshub.metering.api;

import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A few bytes that a driver keeps for one device across restarts of the hub: the counter of the
 * newest authenticated frame, so that an old one is never taken again. Not for readings.
 * Implemented by {@code metering.provider}; gone with the device's configuration.
 */
@ProviderType
public interface DriverMemory {
  /** Most bytes. */
  int MAX_BYTES = 1024;

  /** What was remembered last; empty if nothing was. */
  Optional<byte[]> recall();

  /**
   * Remembers; returns at once and replaces what was remembered before. Durable within 5 s, and
   * when the session ends.
   *
   * @throws IllegalArgumentException if longer than {@link #MAX_BYTES}
   */
  void remember(byte[] bytes);
}
