package org.commonshub.measure.api;

/** Conductor or conductor pair a value belongs to. */
public enum Phase {
  /** All phases together, or not applicable. */
  TOTAL,
  L1,
  L2,
  L3,
  /** Neutral. */
  N,
  L1_L2,
  L2_L3,
  L3_L1
}
