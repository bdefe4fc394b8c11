package org.commonshub.measure.api;

/** How a quantity relates to time; decides how it is rolled up. */
public enum Nature {
  /** True at the instant (power, voltage): rolled up by time-weighted mean, minimum, maximum. */
  INSTANTANEOUS,
  /** Cumulative, never negative, only rises but for reset or swap: rolled up by last value. */
  REGISTER,
  /** Amount within the interval that <em>starts</em> at the instant: rolled up by sum. */
  INTERVAL,
  /** Enumerated state: rolled up by last value. */
  STATE
}
