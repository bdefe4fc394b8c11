package org.commonshub.metering.dlms;

import java.util.Map;
import java.util.Optional;
import org.commonshub.measure.api.Unit;

/** Unit codes of COSEM (IEC 62056-6-2, table of units) that the hub knows. */
final class Units {
  private static final Map<Integer, Unit> BY_CODE =
      Map.ofEntries(
          Map.entry(9, Unit.CELSIUS),
          Map.entry(13, Unit.CUBIC_METRE),
          Map.entry(14, Unit.CUBIC_METRE),
          Map.entry(27, Unit.WATT),
          Map.entry(28, Unit.VOLT_AMPERE),
          Map.entry(29, Unit.VAR),
          Map.entry(30, Unit.WATT_HOUR),
          Map.entry(31, Unit.VOLT_AMPERE_HOUR),
          Map.entry(32, Unit.VAR_HOUR),
          Map.entry(33, Unit.AMPERE),
          Map.entry(35, Unit.VOLT),
          Map.entry(44, Unit.HERTZ),
          Map.entry(255, Unit.ONE));

  private Units() {}

  static Optional<Unit> of(int code) {
    return Optional.ofNullable(BY_CODE.get(code));
  }

  /** Code of a symbol; of none if there is no unit of that symbol. */
  static int code(String symbol) {
    return BY_CODE.entrySet().stream()
        .filter(entry -> entry.getValue().symbol().equals(symbol) && entry.getKey() != 14)
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(Entry.NO_UNIT);
  }
}
