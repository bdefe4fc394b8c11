package org.commonshub.privacy.api;

import java.time.Instant;
import java.time.ZoneId;
import java.util.Objects;
import java.util.Optional;
import org.commonshub.measure.api.Quantity;

/**
 * Values of one quantity of one subject in the order of time: what a policy gets and gives back,
 * and what a release is made of. A value is {@code mantissa × 10^exponent} in the quantity's unit.
 *
 * <p>The arrays are the block's own: whoever makes a block hands them over, whoever reads them may
 * not write.
 *
 * @param subject the device's id, or the pseudonym it goes by, at most 64 characters
 * @param quantity name of the quantity, {@code power.active}
 * @param statistic what a value says about its interval
 * @param intervalSeconds nominal length of each interval; 0 for values at an instant
 * @param exponent power of ten, −18 … 18
 * @param starts instants or starts of intervals, UTC milliseconds since 1970, strictly rising
 * @param mantissas values, as many
 * @param qualities flags of {@link org.commonshub.measure.api.Quality}, as many
 */
@SuppressWarnings("ArrayRecordComponent")
public record Block(
    String subject,
    String quantity,
    Statistic statistic,
    int intervalSeconds,
    int exponent,
    long[] starts,
    long[] mantissas,
    int[] qualities) {
  /** Most values in a block. */
  public static final int MAX_VALUES = 4096;

  /** What one value says about its interval. */
  public enum Statistic {
    /** The value at the instant. */
    VALUE,
    /** Time-weighted mean over the interval. */
    MEAN,
    /** Amount within the interval: difference of a register, or sum of amounts. */
    AMOUNT,
    /** Last value in the interval: of states. */
    LAST
  }

  public Block {
    Objects.requireNonNull(statistic, "statistic");
    if (subject.isEmpty()
        || subject.length() > 64
        || quantity.isEmpty()
        || quantity.length() > 72) {
      throw new IllegalArgumentException("subject or quantity of a block is empty or too long");
    }
    if (starts.length > MAX_VALUES
        || mantissas.length != starts.length
        || qualities.length != starts.length) {
      throw new IllegalArgumentException("a block has at most " + MAX_VALUES + " whole values");
    }
    if (exponent < -18 || exponent > 18 || intervalSeconds < 0) {
      throw new IllegalArgumentException("exponent or interval of a block is out of range");
    }
    for (int i = 1; i < starts.length; i++) {
      if (starts[i] <= starts[i - 1]) {
        throw new IllegalArgumentException("values of a block are not in the order of time");
      }
    }
  }

  /** Number of values. */
  public int size() {
    return starts.length;
  }

  /**
   * End of the interval of one value, exclusive, UTC milliseconds; the instant itself where there
   * is no interval. Days and weeks end by local legal time.
   */
  public long end(int index, ZoneId zone) {
    long start = starts[index];
    if (intervalSeconds == Granularity.DAY.seconds()
        || intervalSeconds == Granularity.WEEK.seconds()) {
      return Granularity.ofSeconds(intervalSeconds)
          .next(Instant.ofEpochMilli(start), zone)
          .toEpochMilli();
    }
    return start + 1000L * intervalSeconds;
  }

  /** The quantity, without its channel; empty if it is not in the catalogue. */
  public Optional<Quantity> catalogued() {
    int channel = quantity.indexOf('[');
    return Quantity.byName(channel < 0 ? quantity : quantity.substring(0, channel));
  }

  /** The same block without its values. */
  public Block empty() {
    return with(exponent, new long[0], new long[0], new int[0]);
  }

  /** The same block with other values. */
  public Block with(int newExponent, long[] newStarts, long[] newMantissas, int[] newQualities) {
    return new Block(
        subject,
        quantity,
        statistic,
        intervalSeconds,
        newExponent,
        newStarts,
        newMantissas,
        newQualities);
  }

  /** The same values under another name. */
  public Block under(String newSubject) {
    return new Block(
        newSubject, quantity, statistic, intervalSeconds, exponent, starts, mantissas, qualities);
  }
}
