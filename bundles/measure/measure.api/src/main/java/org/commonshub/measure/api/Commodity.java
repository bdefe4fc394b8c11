package org.commonshub.measure.api;

/** What flows through the meter (OBIS group A in brackets). */
public enum Commodity {
  /** Electricity [1]. */
  ELECTRICITY,
  /** Gas [7]. */
  GAS,
  /** Heat [6]. */
  HEAT,
  /** Cooling [5]. */
  COOLING,
  /** Cold or hot water [8, 9]. */
  WATER,
  /** Hydrogen (no OBIS group). */
  HYDROGEN,
  /** Not a commodity: temperatures, states [0]. */
  NONE
}
