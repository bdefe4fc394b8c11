package org.commonshub.testing.tck;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Nature;

/** Values of a reading as text, by quantity. */
final class Values {
  private Values() {}

  static Map<String, String> of(List<Measurement> measurements) {
    Map<String, String> values = new TreeMap<>();
    for (Measurement measurement : measurements) {
      BigDecimal value = measurement.decimalValue();
      if (measurement.quantity().nature() == Nature.REGISTER) {
        assertThat(value.signum()).as("sign of %s", measurement.quantity()).isNotNegative();
      }
      String before =
          values.put(
              measurement.quantity().toString(),
              value.signum() == 0 ? "0" : value.stripTrailingZeros().toPlainString());
      assertThat(before).as("%s is there once", measurement.quantity()).isNull();
    }
    return values;
  }
}
