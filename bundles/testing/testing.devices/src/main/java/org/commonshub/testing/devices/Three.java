package org.commonshub.testing.devices;

import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/** One value for each line conductor. */
record Three(double l1, double l2, double l3) {
  static final Three ZERO = new Three(0, 0, 0);

  static Three even(double total) {
    return new Three(total / 3, total / 3, total / 3);
  }

  /** Everything on one conductor, 0 … 2. */
  static Three only(int line, double value) {
    return new Three(line == 0 ? value : 0, line == 1 ? value : 0, line == 2 ? value : 0);
  }

  double sum() {
    return l1 + l2 + l3;
  }

  double get(int line) {
    return line == 0 ? l1 : line == 1 ? l2 : l3;
  }

  Three map(DoubleUnaryOperator f) {
    return new Three(f.applyAsDouble(l1), f.applyAsDouble(l2), f.applyAsDouble(l3));
  }

  Three with(Three other, DoubleBinaryOperator f) {
    return new Three(
        f.applyAsDouble(l1, other.l1),
        f.applyAsDouble(l2, other.l2),
        f.applyAsDouble(l3, other.l3));
  }

  Three plus(Three other) {
    return with(other, Double::sum);
  }

  Three minus(Three other) {
    return with(other, (a, b) -> a - b);
  }

  Three times(double factor) {
    return map(x -> x * factor);
  }
}
