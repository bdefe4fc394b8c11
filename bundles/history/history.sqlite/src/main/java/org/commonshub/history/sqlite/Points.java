package org.commonshub.history.sqlite;

import java.time.Instant;
import java.util.Arrays;
import org.commonshub.history.api.Point;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Quantity;

/** Roll-up points in columns, growing; and their stored form, a page. Not thread-safe. */
final class Points {
  static final int MAGIC = 'R';

  private static final int MIN = 0;
  private static final int MEAN = 1;
  private static final int MAX = 2;
  private static final int FIRST = 3;
  private static final int LAST = 4;
  private static final int DELTA = 5;
  private static final int FIGURES = 6;

  /** Bytes one point takes in memory. */
  static final int BYTES = 8 + FIGURES * 8 + 8 + 4;

  int count;
  long[] starts = new long[4];
  final double[][] figures = new double[FIGURES][4];
  long[] counts = new long[4];
  int[] qualities = new int[4];

  void add(
      long start,
      double min,
      double mean,
      double max,
      double first,
      double last,
      double delta,
      long values,
      int quality) {
    room();
    starts[count] = start;
    figures[MIN][count] = min;
    figures[MEAN][count] = mean;
    figures[MAX][count] = max;
    figures[FIRST][count] = first;
    figures[LAST][count] = last;
    figures[DELTA][count] = delta;
    counts[count] = values;
    qualities[count] = quality;
    count++;
  }

  void add(Points from, int i) {
    room();
    starts[count] = from.starts[i];
    for (int f = 0; f < FIGURES; f++) {
      figures[f][count] = from.figures[f][i];
    }
    counts[count] = from.counts[i];
    qualities[count] = from.qualities[i];
    count++;
  }

  /** Adds one point for several: {@code from} ≤ i &lt; {@code to} of {@code parts}. */
  void addSummary(long start, Points parts, int from, int to) {
    double min = parts.figures[MIN][from];
    double max = parts.figures[MAX][from];
    double sum = 0;
    double delta = 0;
    long values = 0;
    int quality = 0;
    for (int i = from; i < to; i++) {
      min = Math.min(min, parts.figures[MIN][i]);
      max = Math.max(max, parts.figures[MAX][i]);
      sum += parts.figures[MEAN][i];
      delta += parts.figures[DELTA][i];
      values += parts.counts[i];
      quality |= parts.qualities[i];
    }
    add(
        start,
        min,
        sum / (to - from),
        max,
        parts.figures[FIRST][from],
        parts.figures[LAST][to - 1],
        delta,
        values,
        quality);
  }

  private void room() {
    if (count == starts.length) {
      int capacity = Math.max(4, count * 2);
      starts = Arrays.copyOf(starts, capacity);
      for (int i = 0; i < FIGURES; i++) {
        figures[i] = Arrays.copyOf(figures[i], capacity);
      }
      counts = Arrays.copyOf(counts, capacity);
      qualities = Arrays.copyOf(qualities, capacity);
    }
  }

  Point point(int i) {
    return new Point(
        Instant.ofEpochMilli(starts[i]),
        figures[MIN][i],
        figures[MEAN][i],
        figures[MAX][i],
        figures[FIRST][i],
        figures[LAST][i],
        figures[DELTA][i],
        counts[i],
        qualities[i]);
  }

  static Point gap(long start) {
    return new Point(Instant.ofEpochMilli(start), 0, 0, 0, 0, 0, 0, 0, 0);
  }

  /** Both by start; where both have one, {@code newer}'s. Each must be in order. */
  static Points merge(Points older, Points newer) {
    if (older.count == 0) {
      return newer;
    }
    Points all = new Points();
    int i = 0;
    int j = 0;
    while (i < older.count || j < newer.count) {
      if (j == newer.count || (i < older.count && older.starts[i] < newer.starts[j])) {
        all.add(older, i++);
      } else {
        if (i < older.count && older.starts[i] == newer.starts[j]) {
          i++;
        }
        all.add(newer, j++);
      }
    }
    return all;
  }

  /** In order of start; of several with the same start the last added stays. */
  Points inOrder() {
    boolean sorted = true;
    for (int i = 1; i < count && sorted; i++) {
      sorted = starts[i] > starts[i - 1];
    }
    if (sorted) {
      return this;
    }
    Integer[] order = new Integer[count];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, (a, b) -> Long.compare(starts[a], starts[b])); // stable
    Points result = new Points();
    for (int i = 0; i < count; i++) {
      if (i + 1 == count || starts[order[i]] != starts[order[i + 1]]) {
        result.add(this, order[i]);
      }
    }
    return result;
  }

  Points range(long from, long to) {
    Points result = new Points();
    for (int i = 0; i < count; i++) {
      if (starts[i] >= from && starts[i] < to) {
        result.add(this, i);
      }
    }
    return result;
  }

  /** What a page says of itself, and its points. */
  record Page(DeviceId device, Quantity quantity, Level level, Points points) {}

  byte[] encode(DeviceId device, Quantity quantity, Level level) {
    Out out = new Out(64 + count * 16);
    out.u8(MAGIC);
    out.u8(Chunk.VERSION);
    StreamKey.uuid(out, device);
    StreamKey.quantity(out, quantity);
    out.u8(level.ordinal());
    out.uvar(count);
    Longs.encode(out, starts, count);
    int decimals = 0;
    for (int f : new int[] {MIN, MAX, FIRST, LAST}) {
      for (int i = 0; i < count && decimals >= 0; i++) {
        decimals = decimals(figures[f][i], decimals);
      }
    }
    long[] scratch = new long[count];
    for (int f = 0; f < FIGURES; f++) {
      boolean rounded = f == MEAN || f == DELTA;
      figure(out, figures[f], decimals < 0 ? -1 : decimals + (rounded ? 3 : 0), scratch);
    }
    Longs.encode(out, counts, count);
    for (int i = 0; i < count; i++) {
      scratch[i] = qualities[i];
    }
    Longs.encode(out, scratch, count);
    return Chunk.sealed(out);
  }

  private static final double[] TENS = {
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12
  };

  private static final double EXACT = 1L << 52;

  /** Decimals needed for a value, at least {@code least}; −1 if nine do not do. */
  private static int decimals(double value, int least) {
    for (int d = least; d <= 9; d++) {
      double scaled = Math.rint(value * TENS[d]);
      if (Math.abs(scaled) > EXACT) {
        return -1;
      }
      if (scaled / TENS[d] == value) {
        return d;
      }
    }
    return -1;
  }

  /** Integers of 10^−decimals, or IEEE 754 bits where that would lose too much. */
  private void figure(Out out, double[] values, int decimals, long[] scratch) {
    int scale = decimals;
    for (int i = 0; i < count && scale >= 0; i++) {
      double scaled = Math.rint(values[i] * TENS[scale]);
      scratch[i] = (long) scaled;
      if (!(Math.abs(scaled) <= EXACT)) {
        scale = -1;
      }
    }
    if (scale < 0) {
      for (int i = 0; i < count; i++) {
        scratch[i] = Double.doubleToRawLongBits(values[i]);
      }
    }
    out.u8(scale < 0 ? 0xff : scale);
    Longs.encode(out, scratch, count);
  }

  static Page decode(byte[] bytes) throws Damaged {
    In in = Chunk.open(bytes, MAGIC);
    DeviceId device = StreamKey.uuid(in);
    Quantity quantity = StreamKey.quantity(in);
    int level = in.u8();
    if (level >= Level.values().length) {
      throw new Damaged("unknown roll-up " + level);
    }
    Points points = new Points();
    int n = in.size(1 << 16);
    points.count = n;
    points.starts = Longs.decode(in, n);
    for (int f = 0; f < FIGURES; f++) {
      int scale = in.u8();
      if (scale != 0xff && scale >= TENS.length) {
        throw new Damaged("unknown scale " + scale);
      }
      long[] values = Longs.decode(in, n);
      double[] figure = new double[n];
      for (int i = 0; i < n; i++) {
        figure[i] = scale == 0xff ? Double.longBitsToDouble(values[i]) : values[i] / TENS[scale];
      }
      points.figures[f] = figure;
    }
    points.counts = Longs.decode(in, n);
    long[] qualities = Longs.decode(in, n);
    points.qualities = new int[n];
    for (int i = 0; i < n; i++) {
      points.qualities[i] = (int) qualities[i];
    }
    return new Page(device, quantity, Level.values()[level], points);
  }
}
