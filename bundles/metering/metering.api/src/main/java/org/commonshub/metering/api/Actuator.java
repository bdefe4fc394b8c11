package org.commonshub.metering.api;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Something a device can be told, described for people and for range checks.
 *
 * @param id unique in the device, {@code current-limit}
 * @param title short label, "Charging current limit"
 * @param description what it does, in one or two sentences
 * @param unit SI unit or {@code %}; empty for a choice
 * @param min least value
 * @param max greatest value
 * @param step values are {@code min + n · step}; 0 for any
 * @param choices values with their labels if it is a choice or a switch, otherwise empty
 * @param rest what the device does when nobody holds it: its own default, in words
 * @param watchdog time after which the device falls back by itself unless told again; the arbiter
 *     repeats the value in half of it
 */
public record Actuator(
    String id,
    String title,
    String description,
    String unit,
    BigDecimal min,
    BigDecimal max,
    BigDecimal step,
    Map<BigDecimal, String> choices,
    String rest,
    Optional<Duration> watchdog) {
  public Actuator {
    Objects.requireNonNull(unit, "unit");
    choices = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(choices));
    if (!id.matches("[a-z][a-z0-9-]{0,47}")) {
      throw new IllegalArgumentException("an actuator's id is lower case with hyphens, not " + id);
    }
    if (title.isBlank() || description.isBlank() || rest.isBlank()) {
      throw new IllegalArgumentException(id + " needs a title, a description and a rest");
    }
    if (min.compareTo(max) > 0 || step.signum() < 0) {
      throw new IllegalArgumentException(id + " has an empty range");
    }
  }

  /**
   * Says why a value cannot be written, in a sentence; empty if it can.
   *
   * @param value value in {@link #unit}
   */
  public Optional<String> refusal(BigDecimal value) {
    if (!choices.isEmpty()) {
      return choices.keySet().stream().anyMatch(c -> c.compareTo(value) == 0)
          ? Optional.empty()
          : Optional.of(title + " is one of " + choices.values() + ".");
    }
    if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
      return Optional.of(
          title
              + " is "
              + min.toPlainString()
              + " to "
              + max.toPlainString()
              + " "
              + unit
              + ", not "
              + value.toPlainString()
              + ".");
    }
    if (step.signum() > 0 && value.subtract(min).remainder(step).signum() != 0) {
      return Optional.of(title + " goes in steps of " + step.toPlainString() + " " + unit + ".");
    }
    return Optional.empty();
  }
}
