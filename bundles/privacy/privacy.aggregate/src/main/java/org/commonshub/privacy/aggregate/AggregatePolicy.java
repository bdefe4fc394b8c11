package org.commonshub.privacy.aggregate;

import java.time.ZoneId;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.LongBinaryOperator;
import org.commonshub.measure.api.Nature;
import org.commonshub.measure.api.Quality;
import org.commonshub.measure.api.Quantity;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Block.Statistic;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.Mode;
import org.commonshub.privacy.api.PrivacyPolicy;
import org.osgi.service.component.annotations.Component;

/**
 * Makes intervals of the terms' resolution out of raw values or of finer intervals, in exact
 * integers; the README has the rules. Only intervals that are over, and hold at least one value of
 * their own, so that never more comes out than goes in. Intervals that are coarser already stay.
 */
@Component(property = PrivacyPolicy.NAME + "=aggregate")
public final class AggregatePolicy implements PrivacyPolicy {
  /** How long a value is taken to hold, in milliseconds; as in the history. */
  static final long HOLD = 900_000;

  @Override
  public Block apply(Block block, Context context) {
    if (context.terms().mode() == Mode.RAW) {
      return block;
    }
    Granularity resolution = context.terms().resolution();
    Intervals out = new Intervals(resolution, context.zone(), context.now(), block.size());
    if (block.statistic() == Statistic.VALUE) {
      Optional<Nature> nature = block.catalogued().map(Quantity::nature);
      if (nature.isEmpty()) {
        return out.block(block, Statistic.LAST);
      }
      switch (nature.get()) {
        case INSTANTANEOUS -> means(block, out);
        case REGISTER -> differences(block, out);
        case INTERVAL -> {
          long length = shortestDistance(block);
          combined(block, (i, start) -> start + length, out, false);
        }
        case STATE -> lasts(block, out);
      }
      return out.block(block, statistic(nature.get()));
    }
    if (block.intervalSeconds() >= resolution.seconds()) {
      return ended(block, context.zone(), out);
    }
    if (block.statistic() == Statistic.LAST) {
      lasts(block, out);
    } else {
      combined(
          block,
          (i, start) -> block.end((int) i, context.zone()),
          out,
          block.statistic() == Statistic.MEAN);
    }
    return out.block(block, block.statistic());
  }

  private static Statistic statistic(Nature nature) {
    return switch (nature) {
      case INSTANTANEOUS -> Statistic.MEAN;
      case REGISTER, INTERVAL -> Statistic.AMOUNT;
      case STATE -> Statistic.LAST;
    };
  }

  static boolean counts(int quality) {
    return (quality & Quality.OUT_OF_RANGE) == 0;
  }

  /** Time-weighted: a value holds until the next one, but no longer than {@link #HOLD}. */
  private static void means(Block block, Intervals out) {
    Sum sum = new Sum();
    long start = 0;
    long end = Long.MIN_VALUE;
    long covered = 0;
    int quality = 0;
    int last = -1;
    for (int i = 0; i < block.size(); i++) {
      long time = block.starts()[i];
      if (!counts(block.qualities()[i])) {
        quality |= time < end ? block.qualities()[i] : 0;
        continue;
      }
      long held = last < 0 ? 0 : Math.min(time, block.starts()[last] + HOLD);
      if (time >= end) {
        if (last >= 0) {
          long rest = Math.min(held, end) - block.starts()[last];
          sum.add(block.mantissas()[last], rest);
          covered += rest;
          close(out, sum, true, start, end, covered, quality);
        }
        start = out.start(time);
        end = out.end(start);
        sum.clear();
        covered = 0;
        quality = 0;
      }
      if (last >= 0) {
        long rest = Math.max(0, held - Math.max(start, block.starts()[last]));
        if (rest > 0) {
          sum.add(block.mantissas()[last], rest);
          covered += rest;
          quality |= block.qualities()[last];
        }
      }
      quality |= block.qualities()[i];
      last = i;
    }
    if (last >= 0) {
      long rest = Math.min(end, block.starts()[last] + HOLD) - block.starts()[last];
      sum.add(block.mantissas()[last], rest);
      close(out, sum, true, start, end, covered + rest, quality);
    }
  }

  private static void close(
      Intervals out, Sum sum, boolean mean, long start, long end, long covered, int quality) {
    if (covered > 0 && (mean || sum.fits())) {
      out.add(start, end, mean ? sum.mean(covered) : sum.value(), quality, covered);
    }
  }

  /**
   * Differences of a register between the borders of intervals; between two readings it is taken to
   * count evenly. Both borders must lie between readings.
   */
  private static void differences(Block block, Intervals out) {
    Counted counted = new Counted(block);
    int low = 0; // last reading up to the begin of the interval
    int next = 1;
    while (next < counted.size) {
      long start = out.start(counted.times[next] - 1); // what is read at a border ends an interval
      long end = out.end(start);
      int quality = 0;
      while (low + 1 < counted.size && counted.times[low + 1] <= start) {
        low++;
      }
      int high = next; // first reading from its end on
      while (high < counted.size && counted.times[high] < end) {
        quality |= counted.qualities[high++];
      }
      if (high == counted.size) {
        return;
      }
      if (counted.times[low] <= start) {
        quality |= counted.qualities[low] | counted.qualities[high];
        quality |= counted.doubt(low, start) | counted.doubt(high - 1, end);
        out.add(
            start, end, counted.at(high - 1, end) - counted.at(low, start), quality, end - start);
      }
      next = counted.times[high] == end ? high + 1 : high;
    }
  }

  /** Amounts whose interval has no stated length: as long as the shortest distance of two. */
  private static long shortestDistance(Block block) {
    long shortest = 1L << 40; // one alone: longer than any resolution
    for (int i = 1; i < block.size(); i++) {
      shortest = Math.min(shortest, block.starts()[i] - block.starts()[i - 1]);
    }
    return shortest;
  }

  /** Means or sums of intervals; one that lies in two of the resolution's is left out. */
  private static void combined(Block block, LongBinaryOperator ends, Intervals out, boolean means) {
    Sum sum = new Sum();
    long start = 0;
    long end = Long.MIN_VALUE;
    long covered = 0;
    int quality = 0;
    for (int i = 0; i < block.size(); i++) {
      long time = block.starts()[i];
      if (time >= end) {
        close(out, sum, means, start, end, covered, quality);
        start = out.start(time);
        end = out.end(start);
        sum.clear();
        covered = 0;
        quality = 0;
      }
      long until = ends.applyAsLong(i, time);
      if (!counts(block.qualities()[i])) {
        quality |= block.qualities()[i];
      } else if (until <= end) {
        sum.add(block.mantissas()[i], means ? until - time : 1);
        covered += until - time;
        quality |= block.qualities()[i];
      }
    }
    close(out, sum, means, start, end, covered, quality);
  }

  /** What is as coarse as the resolution, or coarser: those that are over and aligned. */
  private static Block ended(Block block, ZoneId zone, Intervals out) {
    long[] starts = new long[block.size()];
    long[] mantissas = new long[block.size()];
    int[] qualities = new int[block.size()];
    int kept = 0;
    for (int i = 0; i < block.size(); i++) {
      long start = block.starts()[i];
      if (out.start(start) == start && out.complete(block.end(i, zone))) {
        starts[kept] = start;
        mantissas[kept] = block.mantissas()[i];
        qualities[kept++] = block.qualities()[i];
      }
    }
    return block.with(
        block.exponent(),
        Arrays.copyOf(starts, kept),
        Arrays.copyOf(mantissas, kept),
        Arrays.copyOf(qualities, kept));
  }

  private static void lasts(Block block, Intervals out) {
    long end = Long.MIN_VALUE;
    long start = 0;
    long value = 0;
    int quality = 0;
    boolean there = false;
    for (int i = 0; i < block.size(); i++) {
      if (!counts(block.qualities()[i])) {
        continue;
      }
      long time = block.starts()[i];
      if (time >= end) {
        if (there) {
          out.add(start, end, value, quality, end - start);
        }
        start = out.start(time);
        end = out.end(start);
        quality = 0;
      }
      value = block.mantissas()[i];
      quality |= block.qualities()[i];
      there = true;
    }
    if (there) {
      out.add(start, end, value, quality, end - start);
    }
  }
}
