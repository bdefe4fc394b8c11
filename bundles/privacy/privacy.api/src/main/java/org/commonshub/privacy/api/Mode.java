package org.commonshub.privacy.api;

/** How a single home shows in what is released, least restrictive first. */
public enum Mode {
  /** Each value as it was measured. */
  RAW,
  /** One value per interval. */
  INTERVAL,
  /** Only as part of a sum over several homes. */
  AGGREGATE
}
