package org.commonshub.history.sqlite;

import java.time.Instant;
import java.time.ZoneId;
import org.commonshub.history.api.Resolution;

/** Interval arithmetic of one roll-up. */
enum Level {
  MINUTE(60_000L, 480),
  QUARTER(900_000L, 480),
  HOUR(3_600_000L, 480),
  DAY(86_400_000L, 480);

  /** Length; of a day: nominal. */
  final long length;

  /** Milliseconds of starts that share a page. */
  final long pageSpan;

  Level(long length, int perPage) {
    this.length = length;
    this.pageSpan = length * perPage;
  }

  static Level of(Resolution resolution) {
    return switch (resolution) {
      case MINUTE -> MINUTE;
      case QUARTER_HOUR -> QUARTER;
      case HOUR -> HOUR;
      case DAY -> DAY;
      case RAW -> throw new IllegalArgumentException("raw is not a roll-up");
    };
  }

  /** Start of the interval that holds {@code time}. */
  long start(long time, ZoneId zone) {
    if (this == DAY) {
      return Instant.ofEpochMilli(time)
          .atZone(zone)
          .toLocalDate()
          .atStartOfDay(zone)
          .toInstant()
          .toEpochMilli();
    }
    return Math.floorDiv(time, length) * length;
  }

  /** End of the interval that starts at {@code start}. */
  long end(long start, ZoneId zone) {
    if (this == DAY) {
      return Instant.ofEpochMilli(start)
          .atZone(zone)
          .toLocalDate()
          .plusDays(1)
          .atStartOfDay(zone)
          .toInstant()
          .toEpochMilli();
    }
    return start + length;
  }

  long page(long start) {
    return Math.floorDiv(start, pageSpan);
  }
}
