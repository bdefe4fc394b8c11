package org.commonshub.metering.mapping.api;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** Values as text, for tables. */
final class Show {
  private Show() {}

  static JsonValue json(String text) {
    try {
      return JsonValue.parse(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    } catch (MalformedJsonException e) {
      throw new AssertionError(text, e);
    }
  }

  static Map<String, String> values(Measurements values) {
    Map<String, String> shown = new TreeMap<>();
    values
        .list()
        .forEach(
            value ->
                shown.put(
                    value.quantity().toString(),
                    value.decimalValue().signum() == 0
                        ? "0"
                        : value.decimalValue().stripTrailingZeros().toPlainString()));
    return shown;
  }
}
