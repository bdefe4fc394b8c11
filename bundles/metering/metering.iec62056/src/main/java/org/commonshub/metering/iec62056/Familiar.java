package org.commonshub.metering.iec62056;

import java.math.BigDecimal;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Nature;
import org.commonshub.measure.api.Quantity;

/**
 * What a meter's telegrams look like, learned from them. Mode D has no check character, so a
 * telegram whose values have other names, or are longer or shorter than before, is believed once it
 * has come twice in a row; and so is a register that jumps. Not thread-safe.
 */
final class Familiar {
  /** Layouts remembered. */
  static final int LAYOUTS = 64;

  /** 1 kWh: more than passes between two telegrams of a home's meter. */
  private static final BigDecimal JUMP = BigDecimal.valueOf(1_000);

  private final Set<Long> layouts = new LinkedHashSet<>();
  private long stranger;
  private final Map<Quantity, BigDecimal> registers = new HashMap<>();
  private final Map<Quantity, BigDecimal> jumps = new HashMap<>();

  /** Forgets where registers were: the stream was broken for some time. */
  void interrupted() {
    registers.clear();
    jumps.clear();
  }

  /**
   * Whether telegrams like this one came before, or the last one was like it; the very first is
   * believed.
   */
  boolean layout(Readout readout) {
    long layout = layoutOf(readout);
    boolean known = layouts.isEmpty() || layouts.remove(layout) || stranger == layout;
    if (known) {
      layouts.add(layout); // The one used last is the last to go.
      if (layouts.size() > LAYOUTS) {
        layouts.remove(layouts.iterator().next());
      }
    }
    stranger = known ? 0 : layout;
    return known;
  }

  /** A number that stands for names, signs, lengths, decimal points and units. */
  private static long layoutOf(Readout readout) {
    StringBuilder layout = new StringBuilder();
    for (DataSet set : readout.values()) {
      boolean signed = set.value().startsWith("-") || set.value().startsWith("+");
      layout
          .append(set.code())
          .append(signed ? "(+" : "(")
          .append(set.value().length())
          .append(',')
          .append(set.value().indexOf('.'))
          .append('*')
          .append(set.unit())
          .append(')');
    }
    return (long) layout.toString().hashCode() << 32 | layout.length();
  }

  /** Whether all registers are near where they were, or where the last telegram jumped to. */
  boolean registers(List<Measurement> measurements) {
    boolean near = true;
    for (Measurement measurement : measurements) {
      if (measurement.quantity().nature() == Nature.REGISTER) {
        near &= register(measurement.quantity(), measurement.decimalValue());
      }
    }
    if (near) {
      jumps.clear();
      for (Measurement measurement : measurements) {
        if (measurement.quantity().nature() == Nature.REGISTER) {
          registers.put(measurement.quantity(), measurement.decimalValue());
        }
      }
    }
    return near;
  }

  private boolean register(Quantity quantity, BigDecimal value) {
    BigDecimal before = registers.get(quantity);
    if (before == null || near(before, value)) {
      return true;
    }
    BigDecimal jumped = jumps.put(quantity, value);
    return jumped != null && near(jumped, value);
  }

  private static boolean near(BigDecimal one, BigDecimal other) {
    return one.subtract(other).abs().compareTo(JUMP) <= 0;
  }
}
