package org.commonshub.metering.iec62056;

import java.math.BigDecimal;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Nature;
import org.commonshub.measure.api.Quantity;

/**
 * What a meter's telegrams look like, learned from them. Mode D has no check character, so a
 * telegram whose values have other names, or are longer or shorter than before, is believed once it
 * has come twice; and so is a register that jumps. Not thread-safe.
 */
final class Familiar {
  /** Layouts remembered. */
  static final int LAYOUTS = 16;

  /** 1 kWh: more than passes between two telegrams of a home's meter. */
  private static final BigDecimal JUMP = BigDecimal.valueOf(1_000);

  private final Map<String, Integer> layouts =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Integer> eldest) {
          return size() > LAYOUTS;
        }
      };
  private final Map<Quantity, BigDecimal> registers = new HashMap<>();
  private final Map<Quantity, BigDecimal> jumps = new HashMap<>();

  /** Forgets where registers were: the stream was broken for some time. */
  void interrupted() {
    registers.clear();
    jumps.clear();
  }

  /** Whether telegrams like this one came before; the very first is believed. */
  boolean layout(Readout readout) {
    boolean first = layouts.isEmpty();
    return layouts.merge(layoutOf(readout), first ? 2 : 1, (seen, one) -> Math.min(2, seen + one))
        >= 2;
  }

  /** Names, lengths, decimal points and units. */
  private static String layoutOf(Readout readout) {
    StringBuilder layout = new StringBuilder();
    for (DataSet set : readout.values()) {
      String value = set.value();
      int from = value.startsWith("-") || value.startsWith("+") ? 1 : 0;
      layout
          .append(set.code())
          .append('(')
          .append(value.length() - from)
          .append(',')
          .append(value.indexOf('.') - from)
          .append('*')
          .append(set.unit())
          .append(')');
    }
    return layout.toString();
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
