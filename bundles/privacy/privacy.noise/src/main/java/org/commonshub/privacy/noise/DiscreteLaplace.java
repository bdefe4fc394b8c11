package org.commonshub.privacy.noise;

/**
 * Integers z with probability proportional to exp(−|z| · s/t), drawn exactly: Canonne, Kamath and
 * Steinke, “The Discrete Gaussian for Differential Privacy” (NeurIPS 2020), algorithms 1 and 2. No
 * floating point, so nothing hides in its gaps (Mironov, CCS 2012).
 *
 * @param t numerator of the scale, 1 … {@link #MAX}
 * @param s denominator, 1 … {@link #MAX}
 */
record DiscreteLaplace(long t, long s) {
  /** Leaves room for some hundred scales in 64 bits. */
  static final long MAX = 1L << 54;

  DiscreteLaplace {
    if (t < 1 || s < 1 || t > MAX || s > MAX) {
      throw new IllegalArgumentException("scale out of range");
    }
  }

  long draw(RandomBits random) {
    while (true) {
      long u = random.below(t);
      if (!expMinus(u, t, random)) {
        continue;
      }
      long v = 0;
      while (expMinus(1, 1, random)) {
        v++;
      }
      long y = Math.addExact(u, Math.multiplyExact(t, v)) / s;
      boolean negative = random.below(2) == 1;
      if (!negative || y != 0) {
        return negative ? -y : y;
      }
    }
  }

  /** True with probability exp(−a/b), 0 ≤ a ≤ b. */
  private static boolean expMinus(long a, long b, RandomBits random) {
    long k = 1;
    // True with probability a/(b·k), as two draws so that b·k need not fit.
    while (random.below(b) < a && random.below(k) == 0) {
      k++;
    }
    return (k & 1) == 1;
  }
}
