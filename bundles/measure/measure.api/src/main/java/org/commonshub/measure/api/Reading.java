package org.commonshub.measure.api;

import java.time.Instant;

/**
 * One value with its source and time: a view of one {@link Measurement} of a {@link ReadingFrame}.
 *
 * @param device source
 * @param instant UTC instant it was true
 * @param measurement value, unit and quality
 */
public record Reading(DeviceId device, Instant instant, Measurement measurement) {
  /** What was measured. */
  public Quantity quantity() {
    return measurement.quantity();
  }

  /** See {@link Measurement#doubleValue()}. */
  public double value() {
    return measurement.doubleValue();
  }
}
