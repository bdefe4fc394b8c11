package org.commonshub.privacy.aggregate;

import java.time.Instant;
import java.time.ZoneId;
import java.util.Arrays;
import org.commonshub.measure.api.Quality;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Granularity;

/** The intervals that come out, and where they begin and end, in UTC milliseconds. One thread. */
final class Intervals {
  private final Granularity granularity;
  private final ZoneId zone;
  private final long now;
  private final long[] starts;
  private final long[] mantissas;
  private final int[] qualities;
  private int size;

  Intervals(Granularity granularity, ZoneId zone, Instant now, int most) {
    this.granularity = granularity;
    this.zone = zone;
    this.now = now.toEpochMilli();
    starts = new long[most];
    mantissas = new long[most];
    qualities = new int[most];
  }

  long start(long time) {
    if (granularity.compareTo(Granularity.HOUR) <= 0) {
      long length = 1000L * granularity.seconds();
      return Math.floorDiv(time, length) * length;
    }
    return granularity.start(Instant.ofEpochMilli(time), zone).toEpochMilli();
  }

  long end(long start) {
    return granularity.compareTo(Granularity.HOUR) <= 0
        ? start + 1000L * granularity.seconds()
        : granularity.next(Instant.ofEpochMilli(start), zone).toEpochMilli();
  }

  boolean complete(long end) {
    return end <= now;
  }

  /** One interval; left out if less than half is covered, estimated if not all is. */
  void add(long start, long end, long mantissa, int quality, long covered) {
    if (!complete(end) || 2 * covered < end - start) {
      return;
    }
    starts[size] = start;
    mantissas[size] = mantissa;
    qualities[size++] = covered < end - start ? quality | Quality.ESTIMATED : quality;
  }

  Block block(Block of, Block.Statistic statistic) {
    return new Block(
        of.subject(),
        of.quantity(),
        statistic,
        granularity.seconds(),
        of.exponent(),
        Arrays.copyOf(starts, size),
        Arrays.copyOf(mantissas, size),
        Arrays.copyOf(qualities, size));
  }
}
