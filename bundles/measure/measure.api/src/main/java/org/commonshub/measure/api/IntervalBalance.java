package org.commonshub.measure.api;

import java.time.Duration;
import java.time.Instant;

/**
 * Energy of the home over one aligned interval, in mWh (exact integers). By construction
 *
 * <pre>production + gridImport + discharge = consumption + gridExport + charge</pre>
 *
 * @param start UTC start, a multiple of {@code length} since the epoch
 * @param length interval length
 * @param production given by PV and generators, ≥ 0
 * @param consumption taken by the home without storage, ≥ 0 unless the meters contradict each other
 * @param gridImport ≥ 0
 * @param gridExport ≥ 0
 * @param charge into storage, ≥ 0
 * @param discharge out of storage, ≥ 0
 * @param residual consumption that no device meters; negative when meters contradict each other
 * @param quality {@link Quality#INTEGRATED} if any leg had no register, {@link Quality#ESTIMATED}
 *     if a gap was bridged, {@link Quality#OUT_OF_RANGE} if consumption or residual is negative
 *     beyond what the resolution of the registers explains
 */
public record IntervalBalance(
    Instant start,
    Duration length,
    long production,
    long consumption,
    long gridImport,
    long gridExport,
    long charge,
    long discharge,
    long residual,
    Quality quality) {

  /** Energy produced and used at once in the home, in mWh: what was not exported of production. */
  public long selfConsumed() {
    return Math.max(
        0, Math.min(production, production - gridExport + Math.max(0, discharge - charge)));
  }
}
