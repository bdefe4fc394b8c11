package org.commonshub.privacy.noise;

import java.math.BigInteger;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import org.commonshub.measure.api.Quality;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.Noise;
import org.commonshub.privacy.api.PrivacyPolicy;
import org.osgi.service.component.annotations.Component;

/**
 * Clips to the declared range, rounds to thousandths of the unit, and adds discrete Laplace noise
 * of scale Δ/ε; the README says what that protects. The noise is a function of hub's key, device,
 * quantity, interval, terms of the noise and the value, never of the recipient: who asks again or
 * joins two answers gets the same one, and a value that was revised pays again. All values come out
 * flagged as estimated, with exponent −3, so that neither tells anything. Left out: values at an
 * instant, states, and what the day's budget does not cover.
 */
@Component(property = PrivacyPolicy.NAME + "=noise")
public final class NoisePolicy implements PrivacyPolicy {
  private static final int EXPONENT = -3;
  private static final long THOUSANDTHS = 1000;

  @Override
  public Block apply(Block block, Context context) {
    if (context.terms().noise().isEmpty()) {
      return block;
    }
    if (block.statistic() == Block.Statistic.VALUE
        || block.statistic() == Block.Statistic.LAST
        || block.intervalSeconds() == 0) {
      return block.with(EXPONENT, new long[0], new long[0], new int[0]);
    }
    Noise noise = context.terms().noise().get();
    String series =
        String.join(
            "\n",
            block.subject(),
            block.quantity(),
            block.statistic().name(),
            Integer.toString(block.intervalSeconds()),
            Long.toString(noise.microEpsilon()),
            noise.unit().name(),
            Long.toString(noise.lowest()),
            Long.toString(noise.highest()));
    Share share = null;
    int kept = 0;
    long[] starts = new long[block.size()];
    long[] mantissas = new long[block.size()];
    for (int i = 0; i < starts.length; i++) {
      long start = block.starts()[i];
      if (share == null || start >= share.end) {
        share = new Share(noise, block.intervalSeconds(), start, context);
      }
      if (share.laplace == null) {
        continue;
      }
      long clipped =
          Math.min(
              Math.max(
                  thousandths(block.mantissas()[i], block.exponent()),
                  noise.lowest() * THOUSANDTHS),
              noise.highest() * THOUSANDTHS);
      byte[] seed = context.derive(series + "\n" + start + "\n" + clipped);
      RandomBits random = new RandomBits(seed);
      // Names value and terms, and tells neither: the same release costs once, another one again.
      String label = start + " " + HexFormat.of().toHexDigits(random.below(1L << 62));
      if (!context.spend(share.day, block.subject(), label, share.of(start))) {
        continue;
      }
      starts[kept] = start;
      mantissas[kept++] = clipped + share.laplace.draw(random);
    }
    int[] qualities = new int[kept];
    Arrays.fill(qualities, Quality.ESTIMATED);
    return block.with(
        EXPONENT, Arrays.copyOf(starts, kept), Arrays.copyOf(mantissas, kept), qualities);
  }

  /** Value in thousandths, rounded half away from zero; beyond any range, a bound beyond it. */
  static long thousandths(long mantissa, int exponent) {
    long beyond = 1L << 50; // more than 10⁹ units
    long value = mantissa;
    for (int shift = exponent - EXPONENT; shift > 0 && value != 0; shift--) {
      if (Math.abs(value) >= beyond || value == Long.MIN_VALUE) {
        break;
      }
      value *= 10;
    }
    long divisor = 1;
    for (int shift = exponent - EXPONENT; shift < 0; shift++) {
      divisor *= 10;
    }
    long quotient = value / divisor;
    long rest = Math.abs(value % divisor);
    quotient += rest >= divisor - rest ? Long.signum(value) : 0;
    return Math.max(-beyond, Math.min(beyond, quotient));
  }

  /** What one local day gives to each of its intervals. */
  private static final class Share {
    final Instant day;
    final long end;

    /** Null if the noise would drown everything. */
    final DiscreteLaplace laplace;

    private final long dayStart;
    private final long step;
    private final long intervals;
    private final long microEpsilon;

    Share(Noise noise, int intervalSeconds, long start, Context context) {
      Instant at = Instant.ofEpochMilli(start);
      day = Granularity.DAY.start(at, context.zone());
      dayStart = day.toEpochMilli();
      end = Granularity.DAY.next(at, context.zone()).toEpochMilli();
      step = 1000L * intervalSeconds;
      intervals =
          noise.unit() == Noise.Unit.DAY && intervalSeconds < Granularity.DAY.seconds()
              ? (end - dayStart + step - 1) / step
              : 1;
      microEpsilon = noise.microEpsilon();
      laplace = laplace(noise, intervals);
    }

    /** ε of the interval: all shares of a day together are exactly the day's ε. */
    long of(long start) {
      long index = Math.floorDiv(start - dayStart, step);
      return intervals == 1
          ? microEpsilon
          : (index + 1) * microEpsilon / intervals - index * microEpsilon / intervals;
    }

    private static DiscreteLaplace laplace(Noise noise, long intervals) {
      BigInteger range =
          BigInteger.valueOf(Math.subtractExact(noise.highest(), noise.lowest()))
              .multiply(BigInteger.valueOf(THOUSANDTHS * 1_000_000))
              .multiply(BigInteger.valueOf(intervals));
      BigInteger epsilon = BigInteger.valueOf(noise.microEpsilon());
      BigInteger common = range.gcd(epsilon);
      BigInteger t = range.divide(common);
      BigInteger s = epsilon.divide(common);
      if (t.bitLength() > 54) {
        // Up to the next whole thousandth: a little more noise than asked for.
        t = range.add(epsilon).subtract(BigInteger.ONE).divide(epsilon);
        s = BigInteger.ONE;
      }
      return t.bitLength() > 54
          ? null
          : new DiscreteLaplace(t.longValueExact(), s.longValueExact());
    }
  }
}
