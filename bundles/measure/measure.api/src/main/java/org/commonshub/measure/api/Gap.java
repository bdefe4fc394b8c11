package org.commonshub.measure.api;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Objects;

/**
 * An interval without readings, recorded as such.
 *
 * @param device source that is silent
 * @param from first instant without a reading, inclusive, millisecond resolution
 * @param to end, exclusive, millisecond resolution; later than {@code from}
 * @param reason why
 * @param extras fields of a newer data-structure version, kept as they came
 */
public record Gap(
    DeviceId device, Instant from, Instant to, Reason reason, Map<String, Object> extras)
    implements MeterRecord {
  /** Why there are no readings. The order is part of the wire format: append only. */
  public enum Reason {
    /** The device did not answer. */
    UNREACHABLE,
    /** It answered, but not with something that could be trusted. */
    INVALID_ANSWER,
    /** The hub or its driver was not running. */
    HUB_STOPPED,
    /** Storage and its spill ring were full. */
    STORAGE_FULL,
    /** The wall clock stepped over this interval. */
    CLOCK_STEP,
    /** Polling was switched off by a person. */
    PAUSED,
    /** The poll did not fit into its slot: bus overloaded. */
    OVERLOAD
  }

  public Gap {
    Objects.requireNonNull(device, "device");
    Objects.requireNonNull(reason, "reason");
    from = from.truncatedTo(ChronoUnit.MILLIS);
    to = to.truncatedTo(ChronoUnit.MILLIS);
    extras = Map.copyOf(extras);
    if (!to.isAfter(from)) {
      throw new IllegalArgumentException("gap must end after it starts: " + from + " … " + to);
    }
  }

  /** A gap without extras. */
  public Gap(DeviceId device, Instant from, Instant to, Reason reason) {
    this(device, from, to, reason, Map.of());
  }
}
