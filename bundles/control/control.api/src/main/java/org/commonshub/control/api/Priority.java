package org.commonshub.control.api;

/**
 * Whose word counts, the strongest first. Within one priority the later intent replaces the earlier
 * of the same holder and loses to that of another holder until it ends.
 */
public enum Priority {
  /** Protection of people and equipment: fuse limits, over-temperature. */
  SAFETY,
  /** Duties towards the grid operator: dimming (§14a EnWG), feed-in limits. */
  GRID,
  /** A person at the console. */
  PERSON,
  /** A commitment to a neighbour or market. */
  MARKET,
  /** Automatic strategies of the hub. */
  STRATEGY,
  /** Third-party apps. */
  APP
}
