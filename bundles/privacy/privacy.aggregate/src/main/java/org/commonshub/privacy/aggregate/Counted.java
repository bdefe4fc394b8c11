package org.commonshub.privacy.aggregate;

import java.math.BigInteger;
import org.commonshub.measure.api.Quality;
import org.commonshub.privacy.api.Block;

/** A register's readings that count, and what it had counted by each since the first. */
final class Counted {
  final long[] times;
  final int[] qualities;
  final int size;
  private final long[] amounts;

  Counted(Block block) {
    times = new long[block.size()];
    qualities = new int[block.size()];
    amounts = new long[block.size()];
    Register register = new Register();
    int count = 0;
    long amount = 0;
    for (int i = 0; i < times.length; i++) {
      long value = block.mantissas()[i];
      if (value < 0 || !AggregatePolicy.counts(block.qualities()[i])) {
        continue; // No register is negative.
      }
      amount += register.step(value);
      if (amount < 0) {
        break; // Nothing real counts that far.
      }
      times[count] = block.starts()[i];
      qualities[count] = block.qualities()[i];
      amounts[count++] = amount;
    }
    size = count;
  }

  /** Count at a border that lies between reading {@code before} and the next, rounded down. */
  long at(int before, long border) {
    long part = border - times[before];
    if (part == 0) {
      return amounts[before];
    }
    long whole = times[before + 1] - times[before];
    long step = amounts[before + 1] - amounts[before];
    long product = step * part;
    boolean fits = Math.multiplyHigh(step, part) == 0 && product >= 0;
    return amounts[before]
        + (fits
            ? product / whole
            : BigInteger.valueOf(step)
                .multiply(BigInteger.valueOf(part))
                .divide(BigInteger.valueOf(whole))
                .longValueExact());
  }

  /** {@link Quality#ESTIMATED} if a border lies between readings that are too far apart. */
  int doubt(int before, long border) {
    return border != times[before]
            && border != times[before + 1]
            && times[before + 1] - times[before] > AggregatePolicy.HOLD
        ? Quality.ESTIMATED
        : 0;
  }
}
