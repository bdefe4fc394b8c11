package org.commonshub.history.api;

/** Length of the intervals a series is rolled up to. */
public enum Resolution {
  /** As recorded. */
  RAW,
  MINUTE,
  /** 15 minutes, aligned to UTC. */
  QUARTER_HOUR,
  HOUR,
  /** Days of local legal time: 23, 24 or 25 hours. */
  DAY
}
