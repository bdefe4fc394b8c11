package org.commonshub.measure.api;

import java.math.BigDecimal;
import java.util.Objects;

/**
 * One value of a frame: mantissa × 10^exponent in the quantity's unit. Integers and a power of ten,
 * as meters send them, so nothing is lost by floating point.
 *
 * @param quantity what was measured
 * @param mantissa integer value
 * @param exponent power of ten, −18 … 18
 * @param quality flags
 */
public record Measurement(Quantity quantity, long mantissa, int exponent, Quality quality) {
  private static final double[] TENS = {
    1e-18, 1e-17, 1e-16, 1e-15, 1e-14, 1e-13, 1e-12, 1e-11, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5,
    1e-4, 1e-3, 1e-2, 1e-1, 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12,
    1e13, 1e14, 1e15, 1e16, 1e17, 1e18
  };

  public Measurement {
    Objects.requireNonNull(quantity, "quantity");
    Objects.requireNonNull(quality, "quality");
    if (exponent < -18 || exponent > 18) {
      throw new IllegalArgumentException("exponent out of -18..18: " + exponent);
    }
  }

  /** A measured value. */
  public static Measurement of(Quantity quantity, long mantissa, int exponent) {
    return new Measurement(quantity, mantissa, exponent, Quality.MEASURED);
  }

  /**
   * From a decimal, without loss.
   *
   * @throws ArithmeticException if it has more than 18 significant digits or decimals
   */
  public static Measurement of(Quantity quantity, BigDecimal value, Quality quality) {
    BigDecimal stripped = value.signum() == 0 ? BigDecimal.ZERO : value.stripTrailingZeros();
    if (stripped.scale() < 0 && stripped.precision() - stripped.scale() <= 18) {
      stripped = stripped.setScale(0);
    }
    return new Measurement(
        quantity, stripped.unscaledValue().longValueExact(), -stripped.scale(), quality);
  }

  /** The value as floating point: for display and statistics, never for money or billed energy. */
  public double doubleValue() {
    // Dividing by a power of ten is exact where multiplying by its inverse is not (0.1).
    return exponent < 0 ? mantissa / TENS[18 - exponent] : mantissa * TENS[18 + exponent];
  }

  /** The exact value. */
  public BigDecimal decimalValue() {
    return BigDecimal.valueOf(mantissa, -exponent);
  }

  /** The same value with more quality flags. */
  public Measurement with(int flags) {
    Quality more = quality.with(flags);
    return more.equals(quality) ? this : new Measurement(quantity, mantissa, exponent, more);
  }
}
