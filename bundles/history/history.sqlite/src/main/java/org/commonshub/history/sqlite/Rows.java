package org.commonshub.history.sqlite;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Quality;
import org.commonshub.measure.api.ReadingFrame;

/**
 * Frames of one stream in columns, growing. A column that was not asked for when a chunk was
 * decoded is null. Not thread-safe.
 */
final class Rows {
  /** One quantity. Exponents and qualities are kept only from where they start to differ. */
  static final class Column {
    long[] mantissas;
    byte exponent;
    byte[] exponents;
    int[] qualities;

    int exponent(int row) {
      return exponents == null ? exponent : exponents[row];
    }

    int quality(int row) {
      return qualities == null ? 0 : qualities[row];
    }

    double value(int row) {
      return value(mantissas[row], exponent(row));
    }

    private static final double[] TENS = new double[19];

    static {
      double ten = 1;
      for (int i = 0; i < TENS.length; i++) {
        TENS[i] = ten;
        ten *= 10;
      }
    }

    /** As {@link Measurement#doubleValue()}. */
    static double value(long mantissa, int exponent) {
      return exponent < 0 ? mantissa / TENS[-exponent] : mantissa * TENS[exponent];
    }

    void set(int row, long mantissa, int exp, int quality) {
      mantissas[row] = mantissa;
      if (exponents != null) {
        exponents[row] = (byte) exp;
      } else if (row == 0) {
        exponent = (byte) exp;
      } else if (exp != exponent) {
        exponents = new byte[mantissas.length];
        Arrays.fill(exponents, 0, row, exponent);
        exponents[row] = (byte) exp;
      }
      if (qualities != null) {
        qualities[row] = quality;
      } else if (quality != 0) {
        qualities = new int[mantissas.length];
        qualities[row] = quality;
      }
    }
  }

  final StreamKey key;
  int count;
  long[] times;
  long[] sequences;
  final Column[] columns;
  Object[] extras;

  Rows(StreamKey key, int capacity) {
    this.key = key;
    times = new long[capacity];
    sequences = new long[capacity];
    columns = new Column[key.quantities().size()];
    for (int i = 0; i < columns.length; i++) {
      columns[i] = new Column();
      columns[i].mantissas = new long[capacity];
    }
  }

  /** Filled by the decoder. */
  Rows(StreamKey key, int count, long[] times, long[] sequences) {
    this.key = key;
    this.count = count;
    this.times = times;
    this.sequences = sequences;
    columns = new Column[key.quantities().size()];
  }

  private void room() {
    if (count < times.length) {
      return;
    }
    int capacity = Math.max(16, count * 2);
    times = Arrays.copyOf(times, capacity);
    sequences = Arrays.copyOf(sequences, capacity);
    for (Column column : columns) {
      column.mantissas = Arrays.copyOf(column.mantissas, capacity);
      if (column.exponents != null) {
        column.exponents = Arrays.copyOf(column.exponents, capacity);
      }
      if (column.qualities != null) {
        column.qualities = Arrays.copyOf(column.qualities, capacity);
      }
    }
    if (extras != null) {
      extras = Arrays.copyOf(extras, capacity);
    }
  }

  void add(ReadingFrame frame) {
    room();
    times[count] = frame.instant().toEpochMilli();
    sequences[count] = frame.sequence();
    List<Measurement> values = frame.values();
    for (int i = 0; i < columns.length; i++) {
      Measurement m = values.get(i);
      columns[i].set(count, m.mantissa(), m.exponent(), m.quality().flags());
    }
    extras(count, frame.extras());
    count++;
  }

  private void extras(int row, Map<String, Object> map) {
    if (!map.isEmpty() && extras == null) {
      extras = new Object[times.length];
    }
    if (extras != null) {
      extras[row] = map.isEmpty() ? null : map;
    }
  }

  /** Appends a row of another Rows of the same stream, all columns present. */
  void add(Rows from, int row) {
    room();
    times[count] = from.times[row];
    sequences[count] = from.sequences[row];
    for (int i = 0; i < columns.length; i++) {
      Column c = from.columns[i];
      columns[i].set(count, c.mantissas[row], c.exponent(row), c.quality(row));
    }
    extras(count, from.extrasOf(row));
    count++;
  }

  @SuppressWarnings("unchecked")
  Map<String, Object> extrasOf(int row) {
    return extras == null || extras[row] == null ? Map.of() : (Map<String, Object>) extras[row];
  }

  /** Forgets all rows from {@code newCount} on. */
  void truncate(int newCount) {
    count = newCount;
    if (count == 0) {
      for (Column column : columns) {
        column.exponents = null;
        column.qualities = null;
      }
      extras = null;
    }
  }

  boolean sorted() {
    for (int i = 1; i < count; i++) {
      if (times[i] < times[i - 1]
          || (times[i] == times[i - 1] && sequences[i] < sequences[i - 1])) {
        return false;
      }
    }
    return true;
  }

  /** These rows by time and sequence; itself if they are already. */
  Rows inOrder() {
    if (sorted()) {
      return this;
    }
    Integer[] order = new Integer[count];
    Arrays.setAll(order, i -> i);
    Arrays.sort(
        order,
        (a, b) ->
            times[a] != times[b]
                ? Long.compare(times[a], times[b])
                : Long.compare(sequences[a], sequences[b]));
    Rows sorted = new Rows(key, count);
    for (int row : order) {
      sorted.add(this, row);
    }
    return sorted;
  }

  /** A copy of the rows {@code from} ≤ time &lt; {@code to}. */
  Rows copy(long from, long to) {
    Rows copy = new Rows(key, 16);
    for (int i = 0; i < count; i++) {
      if (times[i] >= from && times[i] < to) {
        copy.add(this, i);
      }
    }
    return copy;
  }

  ReadingFrame frame(int row) {
    List<Measurement> values = new ArrayList<>(columns.length);
    for (int i = 0; i < columns.length; i++) {
      Column c = columns[i];
      int quality = c.quality(row);
      values.add(
          new Measurement(
              key.quantities().get(i),
              c.mantissas[row],
              c.exponent(row),
              quality == 0 ? Quality.MEASURED : new Quality(quality)));
    }
    return new ReadingFrame(
        key.device(),
        key.meterEpoch(),
        Instant.ofEpochMilli(times[row]),
        sequences[row],
        key.clockEpoch(),
        key.revision(),
        values,
        extrasOf(row));
  }

  /** Bytes held, roughly. */
  long memory() {
    long perRow = 16;
    for (Column c : columns) {
      perRow += 8 + (c.exponents == null ? 0 : 1) + (c.qualities == null ? 0 : 4);
    }
    return perRow * times.length;
  }
}
