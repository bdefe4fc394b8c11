package org.commonshub.privacy.noise;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Seeds are fixed, so these are the same draws each time. */
class DiscreteLaplaceTest {
  private static final int DRAWS = 1_000_000;

  /** Chi-square of a million draws against P(z) = (1 − q) / (1 + q) · q^|z|, q = exp(−s/t). */
  @ParameterizedTest
  @CsvSource({"1, 1", "1, 3", "3, 1", "7, 3", "20, 1", "1000, 49", "1000000007, 1000000009"})
  void aMillionDrawsHaveTheExactDistribution(long t, long s) {
    DiscreteLaplace laplace = new DiscreteLaplace(t, s);
    RandomBits random = new RandomBits(("chi " + t + "/" + s).getBytes(UTF_8));
    Map<Long, Integer> seen = new HashMap<>();
    for (int i = 0; i < DRAWS; i++) {
      seen.merge(laplace.draw(random), 1, Integer::sum);
    }
    double q = Math.exp(-(double) s / t);
    double scale = (1 - q) / (1 + q);
    double chi = 0;
    int cells = 0;
    double restExpected = DRAWS;
    int restSeen = DRAWS;
    for (long z = 0; scale * Math.pow(q, (double) z) * DRAWS >= 20; z++) {
      for (long signed : z == 0 ? new long[] {0} : new long[] {z, -z}) {
        double expected = scale * Math.pow(q, (double) z) * DRAWS;
        int count = seen.getOrDefault(signed, 0);
        chi += (count - expected) * (count - expected) / expected;
        restExpected -= expected;
        restSeen -= count;
        cells++;
      }
    }
    if (restExpected >= 5) {
      chi += (restSeen - restExpected) * (restSeen - restExpected) / restExpected;
      cells++;
    }
    // Wilson and Hilferty: 99.99 % of the chi-square distribution with cells − 1 degrees.
    int degrees = cells - 1;
    double limit =
        degrees * Math.pow(1 - 2.0 / (9 * degrees) + 3.719 * Math.sqrt(2.0 / (9 * degrees)), 3);
    assertThat(chi).as("chi-square of " + cells + " cells").isLessThan(limit);
  }

  /** Kolmogorov and Smirnov for a scale with too many outcomes to count each. */
  @ParameterizedTest
  @CsvSource({"100000, 1", "20000000000, 7", "18014398509481984, 1"})
  void wideScalesHaveTheExactDistribution(long t, long s) {
    DiscreteLaplace laplace = new DiscreteLaplace(t, s);
    RandomBits random = new RandomBits(("ks " + t + "/" + s).getBytes(UTF_8));
    long[] draws = new long[DRAWS];
    for (int i = 0; i < DRAWS; i++) {
      draws[i] = laplace.draw(random);
    }
    Arrays.sort(draws);
    double sigma = (double) t / s;
    double most = 0;
    for (int i = 0; i < DRAWS; i++) {
      double cdf =
          draws[i] < 0 ? Math.exp(draws[i] / sigma) / 2 : 1 - Math.exp(-(draws[i] + 1) / sigma) / 2;
      most = Math.max(most, Math.abs(cdf - (i + 0.5) / DRAWS));
    }
    // 99.99 %, and the width of one outcome at σ = 100,000.
    assertThat(most).isLessThan(2.23 / Math.sqrt(DRAWS) + 1e-5);
  }

  @Test
  void integersBelowABoundAreEquallyLikely() {
    for (long bound : new long[] {1, 2, 3, 5, 255, 256, 257}) {
      RandomBits random = new RandomBits(new byte[] {1});
      int[] counts = new int[(int) bound];
      for (int i = 0; i < 100_000; i++) {
        counts[(int) random.below(bound)]++;
      }
      double expected = 100_000.0 / bound;
      for (int count : counts) {
        assertThat((double) count).isBetween(expected * 0.7 - 1, expected * 1.3 + 1);
      }
    }
    RandomBits random = new RandomBits(new byte[] {2});
    for (int i = 0; i < 1000; i++) {
      assertThat(random.below(1L << 62)).isBetween(0L, (1L << 62) - 1);
    }
  }

  @Test
  void scalesOutOfRangeAreRefused() {
    for (long[] scale :
        new long[][] {{0, 1}, {1, 0}, {-1, 1}, {DiscreteLaplace.MAX + 1, 1}, {1, Long.MAX_VALUE}}) {
      assertThatThrownBy(() -> new DiscreteLaplace(scale[0], scale[1]))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
