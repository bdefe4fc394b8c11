package org.commonshub.ledger.plausibility;

import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Quality;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingFrame;

/**
 * What one frame says of a device's electricity.
 *
 * @param taken register of energy taken, or null
 * @param given register of energy given, or null
 * @param power signed power in mW, or {@link #NONE}
 */
record Sample(Counter taken, Counter given, long power) {
  /** No such value. */
  static final long NONE = Long.MIN_VALUE;

  private static final Quantity[][] TAKEN = {
    {Quantity.ENERGY_IMPORT},
    {
      Quantity.ENERGY_IMPORT_T1,
      Quantity.ENERGY_IMPORT_T2,
      Quantity.ENERGY_IMPORT_T3,
      Quantity.ENERGY_IMPORT_T4
    },
    {Quantity.ENERGY_IMPORT_L1, Quantity.ENERGY_IMPORT_L2, Quantity.ENERGY_IMPORT_L3}
  };
  private static final Quantity[][] GIVEN = {
    {Quantity.ENERGY_EXPORT},
    {
      Quantity.ENERGY_EXPORT_T1,
      Quantity.ENERGY_EXPORT_T2,
      Quantity.ENERGY_EXPORT_T3,
      Quantity.ENERGY_EXPORT_T4
    },
    {Quantity.ENERGY_EXPORT_L1, Quantity.ENERGY_EXPORT_L2, Quantity.ENERGY_EXPORT_L3}
  };
  private static final Quantity[][] POWER = {
    {Quantity.ACTIVE_POWER},
    {Quantity.ACTIVE_POWER_L1, Quantity.ACTIVE_POWER_L2, Quantity.ACTIVE_POWER_L3}
  };

  /**
   * A register, or the sum of several.
   *
   * @param value in mWh
   * @param resolution of its digits in mWh
   * @param source which quantities it was made of
   */
  record Counter(long value, long resolution, int source) {}

  static Sample of(ReadingFrame frame) {
    Counter power = find(frame, POWER, false);
    return new Sample(
        find(frame, TAKEN, true), find(frame, GIVEN, true), power == null ? NONE : power.value());
  }

  /** Bits: has taken, has given, has power. */
  int has() {
    return (taken == null ? 0 : 1) | (given == null ? 0 : 2) | (power == NONE ? 0 : 4);
  }

  /** Whether its registers were made of the same quantities. */
  boolean sameSources(Sample other) {
    return source(taken) == source(other.taken) && source(given) == source(other.given);
  }

  private static int source(Counter counter) {
    return counter == null ? 0 : counter.source();
  }

  private static Counter find(ReadingFrame frame, Quantity[][] sources, boolean register) {
    for (int i = 0; i < sources.length; i++) {
      long sum = 0;
      long resolution = 1;
      int present = 0;
      for (int j = 0; j < sources[i].length; j++) {
        Measurement value = frame.value(sources[i][j]).orElse(null);
        if (value == null) {
          continue;
        }
        long milli = milli(value);
        if (milli == NONE
            || value.quality().has(Quality.OUT_OF_RANGE)
            || !value.quality().measured()
            || (register && milli < 0)) {
          return null;
        }
        sum += milli;
        resolution = Math.max(resolution, resolution(value));
        present |= 1 << j;
      }
      if (present != 0) {
        return new Counter(sum, resolution, (i + 1) << 8 | present);
      }
    }
    return null;
  }

  /** The value in thousandths of its unit, rounded down; {@link #NONE} beyond 10^15 units. */
  static long milli(Measurement value) {
    long result = value.mantissa();
    for (int exponent = value.exponent() + 3; exponent > 0 && result != 0; exponent--) {
      if (result > 100_000_000_000_000_000L || result < -100_000_000_000_000_000L) {
        return NONE;
      }
      result *= 10;
    }
    for (int exponent = value.exponent() + 3; exponent < 0; exponent++) {
      result = Math.floorDiv(result, 10L);
    }
    return result > 1_000_000_000_000_000_000L || result < -1_000_000_000_000_000_000L
        ? NONE
        : result;
  }

  /** Worth of the last digit in thousandths of the unit, at least 1, at most 10^9. */
  static long resolution(Measurement value) {
    long resolution = 1;
    for (int i = Math.min(value.exponent() + 3, 9); i > 0; i--) {
      resolution *= 10;
    }
    return resolution;
  }
}
