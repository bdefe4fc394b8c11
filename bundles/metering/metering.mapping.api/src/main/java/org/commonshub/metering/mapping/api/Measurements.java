package org.commonshub.metering.mapping.api;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Nature;
import org.commonshub.measure.api.Quality;
import org.commonshub.measure.api.Quantity;

/**
 * Collects the values of one frame, one per quantity, the first kept. What is missing, beyond all
 * measure, in a foreign unit, or a negative register is left out. Not thread-safe.
 */
public final class Measurements {
  /** More than any register in its unit, and few enough digits for 9 decimals beside them. */
  private static final BigDecimal LIMIT = new BigDecimal("1e15");

  private static final int DECIMALS = 9;
  private static final int DIGITS = 18;

  private final Map<Quantity, Measurement> values = new LinkedHashMap<>();

  /**
   * Adds a value.
   *
   * @param unit its unit as the device writes it; empty if it is the quantity's own
   */
  public Measurements add(Quantity quantity, JsonValue value, String unit) {
    value.number().ifPresent(number -> add(quantity, number, unit));
    return this;
  }

  /**
   * Adds a value.
   *
   * @param unit its unit as the device writes it; empty if it is the quantity's own
   */
  public Measurements add(Quantity quantity, BigDecimal value, String unit) {
    of(quantity, value, unit).ifPresent(measurement -> values.putIfAbsent(quantity, measurement));
    return this;
  }

  /**
   * A value as a measurement.
   *
   * @param unit its unit as the device writes it; empty if it is the quantity's own
   * @return empty if it has to be left out
   */
  public static Optional<Measurement> of(Quantity quantity, BigDecimal value, String unit) {
    return Units.convert(value, unit, quantity.unit())
        .filter(number -> number.abs().compareTo(LIMIT) < 0)
        .filter(number -> quantity.nature() != Nature.REGISTER || number.signum() >= 0)
        .map(Measurements::rounded)
        .map(number -> Measurement.of(quantity, number, Quality.MEASURED));
  }

  private static BigDecimal rounded(BigDecimal number) {
    int whole = Math.max(0, number.precision() - number.scale());
    int decimals = Math.min(DECIMALS, DIGITS - whole);
    return number.scale() > decimals ? number.setScale(decimals, RoundingMode.HALF_EVEN) : number;
  }

  /** Adds what others collected. */
  public Measurements addAll(List<Measurement> others) {
    others.forEach(other -> values.putIfAbsent(other.quantity(), other));
    return this;
  }

  /** Whether there is a value of a quantity. */
  public boolean has(Quantity quantity) {
    return values.containsKey(quantity);
  }

  /** The values, in the order added. */
  public List<Measurement> list() {
    return List.copyOf(values.values());
  }
}
