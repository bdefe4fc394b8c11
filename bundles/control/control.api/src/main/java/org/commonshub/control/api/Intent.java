package org.commonshub.control.api;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Objects;
import org.commonshub.measure.api.DeviceId;

/**
 * What somebody wants a device to do.
 *
 * @param device device
 * @param actuator {@link org.commonshub.metering.api.Actuator#id()}
 * @param value value in the actuator's unit
 * @param priority whose word it is
 * @param holder who asks: {@code user:NAME}, {@code app:ID}, a strategy's name; 1–96 characters
 * @param reason why, for the log and for people; 1–200 characters, no readings
 * @param lease how long it lasts unless renewed by stating it again; 1 s … 24 h
 */
public record Intent(
    DeviceId device,
    String actuator,
    BigDecimal value,
    Priority priority,
    String holder,
    String reason,
    Duration lease) {
  /** Shortest lease. */
  public static final Duration SHORTEST = Duration.ofSeconds(1);

  /** Longest lease. */
  public static final Duration LONGEST = Duration.ofHours(24);

  /** Longest name of a holder. */
  public static final int LONGEST_HOLDER = 96;

  public Intent {
    Objects.requireNonNull(device, "device");
    Objects.requireNonNull(actuator, "actuator");
    Objects.requireNonNull(value, "value");
    Objects.requireNonNull(priority, "priority");
    if (holder.isBlank() || holder.length() > LONGEST_HOLDER) {
      throw new IllegalArgumentException("a holder has 1 to " + LONGEST_HOLDER + " characters");
    }
    if (reason.isBlank() || reason.length() > 200) {
      throw new IllegalArgumentException("a reason has 1 to 200 characters");
    }
    if (lease.compareTo(SHORTEST) < 0 || lease.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException("a lease lasts 1 s to 24 h, not " + lease);
    }
  }
}
