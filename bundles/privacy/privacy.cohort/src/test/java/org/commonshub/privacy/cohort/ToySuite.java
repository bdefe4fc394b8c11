package org.commonshub.privacy.cohort;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * Agreement in the multiplicative group of the field of 2⁶¹ − 1 elements, a hundred times faster
 * than X25519 and as wrong for real use; masks that can be programmed.
 */
final class ToySuite extends Suite {
  private static final long P = (1L << 61) - 1;
  private static final long GENERATOR = 37;

  private final Map<String, Long> programmed = new HashMap<>();

  /** Adds to what a mask is. */
  void program(String label, int first, int second, long delta) {
    programmed.merge(label + " " + first + " " + second, delta, Long::sum);
  }

  @Override
  byte[] publicKey(byte[] secret) {
    return key(power(GENERATOR, exponent(secret)));
  }

  @Override
  byte[] agree(byte[] secret, byte[] publicKey) throws CohortException {
    long base = ByteBuffer.wrap(publicKey).getLong();
    if (base <= 1 || base >= P) {
      throw new CohortException(CohortException.Why.SIGNATURE, "weak key");
    }
    return key(power(base, exponent(secret)));
  }

  @Override
  long mask(byte[] seed, byte[] salt, String label, int first, int second) {
    return super.mask(seed, salt, label, first, second)
        + programmed.getOrDefault(label + " " + first + " " + second, 0L);
  }

  private static long exponent(byte[] secret) {
    long exponent = 0;
    for (int i = 0; i < secret.length; i += Long.BYTES) {
      exponent ^= ByteBuffer.wrap(secret).getLong(i);
    }
    return exponent >>> 4 | 1;
  }

  private static byte[] key(long number) {
    return ByteBuffer.allocate(KEY).putLong(number).array();
  }

  private static long power(long base, long exponent) {
    long result = 1;
    long square = base;
    for (long rest = exponent; rest != 0; rest >>>= 1) {
      if ((rest & 1) != 0) {
        result = times(result, square);
      }
      square = times(square, square);
    }
    return result;
  }

  /** 2⁶¹ ≡ 1. */
  private static long times(long a, long b) {
    long high = Math.multiplyHigh(a, b);
    long low = a * b;
    long sum = (low & P) + (low >>> 61 | high << 3);
    return sum >= P ? sum - P : sum;
  }
}
