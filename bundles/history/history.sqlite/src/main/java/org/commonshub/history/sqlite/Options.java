package org.commonshub.history.sqlite;

import java.time.ZoneId;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Supplier;
import org.commonshub.history.api.Resolution;

/**
 * Settings of a store.
 *
 * @param zone legal time zone of day roll-ups
 * @param commitMillis least time from one commit to the next
 * @param memoryBytes unsealed readings in memory
 * @param journalBytes largest journal
 * @param retentionDays per resolution, 0 = for ever
 * @param retentionAllowed whether the clock may be trusted enough to delete by it
 */
record Options(
    ZoneId zone,
    int commitMillis,
    int memoryBytes,
    int journalBytes,
    Map<Resolution, Integer> retentionDays,
    Supplier<Boolean> retentionAllowed) {

  static final int MIB = 1 << 20;

  static Options standard(ZoneId zone) {
    return new Options(
        zone,
        0,
        6 * MIB,
        4 * MIB,
        Arrays.stream(Resolution.values())
            .collect(java.util.stream.Collectors.toMap(r -> r, r -> 0)),
        () -> true);
  }
}
