package org.commonshub.privacy.aggregate;

import java.math.BigInteger;

/** Sum of value × weight in 128 bits; weights are 0 … 2⁴⁰, at most 2¹³ of them. */
final class Sum {
  private long high;
  private long low;

  void clear() {
    high = 0;
    low = 0;
  }

  void add(long value, long weight) {
    long product = value * weight;
    low += product;
    high += Math.multiplyHigh(value, weight) + (Long.compareUnsigned(low, product) < 0 ? 1 : 0);
  }

  /** Whether the sum is a long. */
  boolean fits() {
    return high == low >> 63;
  }

  long value() {
    return low;
  }

  /** Divided by the weights, halves away from zero; a mean is never out of the values' range. */
  long mean(long weight) {
    if (fits() && low != Long.MIN_VALUE) {
      long rest = Math.abs(low % weight);
      return low / weight + (rest >= weight - rest ? Long.signum(low) : 0);
    }
    BigInteger sum =
        BigInteger.valueOf(high).shiftLeft(64).add(new BigInteger(Long.toUnsignedString(low)));
    BigInteger half = BigInteger.valueOf(weight);
    BigInteger size =
        sum.abs().shiftLeft(1).add(half).divide(half.shiftLeft(1)); // (2·sum + w) ÷ 2w
    return (sum.signum() < 0 ? size.negate() : size).longValueExact();
  }
}
