package org.commonshub.privacy.quantize;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.Optional;
import org.commonshub.measure.api.Nature;
import org.commonshub.measure.api.Quantity;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.PrivacyPolicy;
import org.osgi.service.component.annotations.Component;

/**
 * Rounds values to multiples of the terms' quantum, halves away from zero. The exponent of what
 * comes out depends on the quantum alone, so that it tells nothing of the values. Left out: values
 * that do not fit 64 bits, states that are no multiple, quantities outside of the catalogue.
 */
@Component(property = PrivacyPolicy.NAME + "=quantize")
public final class QuantizePolicy implements PrivacyPolicy {
  private static final long[] POWERS = new long[19];

  static {
    POWERS[0] = 1;
    for (int i = 1; i < POWERS.length; i++) {
      POWERS[i] = 10 * POWERS[i - 1];
    }
  }

  @Override
  public Block apply(Block block, Context context) {
    if (context.terms().quantum().isEmpty()) {
      return block;
    }
    Optional<Quantity> quantity = block.catalogued();
    if (quantity.isEmpty()) {
      return block.empty();
    }
    Long thousandths = context.terms().quantum().get(quantity.get().unit());
    return thousandths == null
        ? block
        : rounded(block, thousandths, quantity.get().nature() == Nature.STATE);
  }

  private static Block rounded(Block block, long thousandths, boolean state) {
    long step = thousandths; // the quantum is step × 10^exponent
    int exponent = -3;
    while (step % 10 == 0) {
      step /= 10;
      exponent++;
    }
    int shift = block.exponent() - exponent;
    int kept = 0;
    long[] starts = block.starts().clone();
    long[] mantissas = new long[block.size()];
    int[] qualities = block.qualities().clone();
    for (int i = 0; i < mantissas.length; i++) {
      long value = block.mantissas()[i];
      try {
        long multiple = Math.multiplyExact(multiples(value, shift, step), step);
        if (state && !same(value, multiple, shift)) {
          continue;
        }
        starts[kept] = block.starts()[i];
        qualities[kept] = block.qualities()[i];
        mantissas[kept++] = multiple;
      } catch (ArithmeticException e) {
        // Does not fit: left out.
      }
    }
    return block.with(
        exponent,
        Arrays.copyOf(starts, kept),
        Arrays.copyOf(mantissas, kept),
        Arrays.copyOf(qualities, kept));
  }

  /** value × 10^shift ÷ step, rounded. */
  private static long multiples(long value, int shift, long step) {
    if (shift >= 0 && shift < POWERS.length) {
      long product = value * POWERS[shift];
      if (Math.multiplyHigh(value, POWERS[shift]) == product >> 63) {
        return rounded(product, step);
      }
    } else if (shift < 0 && -shift < POWERS.length) {
      long divisor = step * POWERS[-shift];
      if (Math.multiplyHigh(step, POWERS[-shift]) == 0 && divisor > 0) {
        return rounded(value, divisor);
      }
    }
    BigInteger numerator = BigInteger.valueOf(value);
    BigInteger divisor = BigInteger.valueOf(step);
    BigInteger power = BigInteger.TEN.pow(Math.abs(shift));
    if (shift >= 0) {
      numerator = numerator.multiply(power);
    } else {
      divisor = divisor.multiply(power);
    }
    BigInteger[] parts = numerator.abs().divideAndRemainder(divisor);
    boolean up = parts[1].shiftLeft(1).compareTo(divisor) >= 0;
    BigInteger size = up ? parts[0].add(BigInteger.ONE) : parts[0];
    return (numerator.signum() < 0 ? size.negate() : size).longValueExact();
  }

  private static long rounded(long value, long divisor) {
    long quotient = value / divisor;
    long rest = Math.abs(value % divisor);
    return rest >= divisor - rest ? quotient + Long.signum(value) : quotient;
  }

  private static boolean same(long value, long multiple, int shift) {
    BigInteger power = BigInteger.TEN.pow(Math.abs(shift));
    BigInteger a = BigInteger.valueOf(value);
    BigInteger b = BigInteger.valueOf(multiple);
    return shift >= 0 ? a.multiply(power).equals(b) : a.equals(b.multiply(power));
  }
}
