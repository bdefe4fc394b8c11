package org.commonshub.privacy.provider;

import java.util.Arrays;
import org.commonshub.privacy.api.Block;

/**
 * Values of one series in the order of time, as they come. The oldest fall out when it is full. One
 * thread at a time.
 */
final class Samples {
  private static final long[] TENS = new long[19];

  static {
    TENS[0] = 1;
    for (int i = 1; i < TENS.length; i++) {
      TENS[i] = TENS[i - 1] * 10;
    }
  }

  private final int capacity;
  private long[] at = new long[16];
  private long[] mantissas = new long[16];
  private byte[] exponents = new byte[16];
  private int[] qualities = new int[16];
  private int first;
  private int size;

  Samples(int capacity) {
    this.capacity = capacity;
  }

  int size() {
    return size;
  }

  /** Instant of the newest value. */
  long newest() {
    return size == 0 ? Long.MIN_VALUE : at[index(size - 1)];
  }

  /** Adds a value, unless it is not newer than the newest. */
  void add(long millis, long mantissa, int exponent, int quality) {
    if (size > 0 && millis <= at[index(size - 1)]) {
      return;
    }
    if (size == capacity) {
      first = index(1);
      size--;
    } else if (size == at.length) {
      grow();
    }
    int i = index(size++);
    at[i] = millis;
    mantissas[i] = mantissa;
    exponents[i] = (byte) exponent;
    qualities[i] = quality;
  }

  /** Forgets what is older, but keeps the newest of it: it still holds. */
  void dropBefore(long millis) {
    while (size > 1 && at[index(1)] <= millis) {
      first = index(1);
      size--;
    }
  }

  void clear() {
    first = 0;
    size = 0;
  }

  /**
   * Raw values of {@code from} ≤ instant &lt; {@code to} as a block, at most the newest {@link
   * Block#MAX_VALUES}; values whose scale does not fit beside the others are left out.
   *
   * @param around whether the nearest value on either side is there, too: a mean needs the one
   *     before, the difference of a register both
   */
  Block block(Series series, long from, long to, boolean around) {
    int low = search(from);
    int high = search(to);
    if (around) {
      low = Math.max(0, low - 1);
      high = Math.min(size, high + 1);
    }
    low = Math.max(low, high - Block.MAX_VALUES);
    int exponent = high > low ? 18 : 0;
    for (int i = low; i < high; i++) {
      exponent = Math.min(exponent, exponents[index(i)]);
    }
    int n = 0;
    long[] starts = new long[high - low];
    long[] values = new long[high - low];
    int[] flags = new int[high - low];
    for (int i = low; i < high; i++) {
      int k = index(i);
      int up = exponents[k] - exponent;
      if (up > 18 || Math.abs(mantissas[k]) > Long.MAX_VALUE / TENS[up]) {
        continue;
      }
      starts[n] = at[k];
      values[n] = mantissas[k] * TENS[up];
      flags[n++] = qualities[k];
    }
    return new Block(
        series.device().toString(),
        series.quantity().toString(),
        Block.Statistic.VALUE,
        0,
        exponent,
        n == starts.length ? starts : Arrays.copyOf(starts, n),
        n == starts.length ? values : Arrays.copyOf(values, n),
        n == starts.length ? flags : Arrays.copyOf(flags, n));
  }

  /** Number of values that are older. */
  private int search(long millis) {
    int low = 0;
    int high = size;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (at[index(middle)] < millis) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private int index(int i) {
    int k = first + i;
    return k >= at.length ? k - at.length : k;
  }

  private void grow() {
    int room = Math.min(capacity, at.length * 2);
    long[] newAt = new long[room];
    long[] newMantissas = new long[room];
    byte[] newExponents = new byte[room];
    int[] newQualities = new int[room];
    for (int i = 0; i < size; i++) {
      int k = index(i);
      newAt[i] = at[k];
      newMantissas[i] = mantissas[k];
      newExponents[i] = exponents[k];
      newQualities[i] = qualities[k];
    }
    at = newAt;
    mantissas = newMantissas;
    exponents = newExponents;
    qualities = newQualities;
    first = 0;
  }
}
