package org.commonshub.privacy.provider;

import java.time.Instant;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import org.commonshub.history.api.Point;
import org.commonshub.measure.api.Nature;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Block.Statistic;
import org.commonshub.privacy.api.Granularity;

/**
 * Makes blocks of the history's roll-ups of one series; no block ends within an interval that is to
 * be released. Values have three decimals, six where the unit is a large one. One thread.
 */
final class Rollup {
  /** Quarters of an hour in the longest week. */
  private static final int LONGEST = 676;

  private final Series series;
  private final int seconds;
  private final Granularity target;
  private final ZoneId zone;
  private final Statistic statistic;
  private final int exponent;
  private final double scale;
  private final long[] starts = new long[Block.MAX_VALUES];
  private final long[] values = new long[Block.MAX_VALUES];
  private final int[] flags = new int[Block.MAX_VALUES];
  private int size;
  private Instant boundary = Instant.MIN;

  Rollup(Series series, int seconds, Granularity target, ZoneId zone) {
    this.series = series;
    this.seconds = seconds;
    this.target = target;
    this.zone = zone;
    this.statistic =
        switch (series.quantity().nature()) {
          case INSTANTANEOUS -> Statistic.MEAN;
          case REGISTER, INTERVAL -> Statistic.AMOUNT;
          case STATE -> Statistic.LAST;
        };
    this.exponent =
        switch (series.quantity().unit()) {
          case CUBIC_METRE, CUBIC_METRE_PER_HOUR, KILOGRAM -> -6;
          case ONE -> series.quantity().nature() == Nature.STATE ? 0 : -6;
          default -> -3;
        };
    this.scale = Math.pow(10, -exponent);
  }

  void add(Point point, List<Block> blocks) {
    if (point.count() == 0) {
      return;
    }
    if (!point.start().isBefore(boundary)) {
      if (size > Block.MAX_VALUES - LONGEST) {
        end(blocks);
      }
      boundary = target.next(point.start(), zone);
    }
    double value =
        switch (statistic) {
          case MEAN -> point.mean();
          case LAST -> point.last();
          default -> point.delta();
        };
    double scaled = Math.rint(value * scale);
    if (size == Block.MAX_VALUES || !(Math.abs(scaled) < 1e18)) {
      return;
    }
    starts[size] = point.start().toEpochMilli();
    values[size] = (long) scaled;
    flags[size++] = point.quality();
  }

  void end(List<Block> blocks) {
    if (size > 0) {
      blocks.add(
          new Block(
              series.device().toString(),
              series.quantity().toString(),
              statistic,
              seconds,
              exponent,
              Arrays.copyOf(starts, size),
              Arrays.copyOf(values, size),
              Arrays.copyOf(flags, size)));
      size = 0;
    }
  }
}
