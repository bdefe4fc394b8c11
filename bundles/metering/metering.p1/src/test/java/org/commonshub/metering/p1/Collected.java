package org.commonshub.metering.p1;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.p1.Framer.Trouble;

/** What a framer found. */
final class Collected implements Framer.Sink {
  final List<Telegram> telegrams = new ArrayList<>();
  final List<Trouble> troubles = new ArrayList<>();
  final List<String> reasons = new ArrayList<>();

  static Collected of(Framer framer, byte[]... pieces) {
    Collected collected = new Collected();
    for (byte[] piece : pieces) {
      framer.take(piece, collected);
    }
    return collected;
  }

  @Override
  public void telegram(Telegram telegram) {
    telegrams.add(telegram);
  }

  @Override
  public void trouble(Trouble trouble, String why) {
    troubles.add(trouble);
    reasons.add(why);
  }

  /** The electricity meter's values of the only telegram, as plain decimals. */
  Map<String, String> values() {
    if (telegrams.size() != 1) {
      throw new AssertionError(telegrams.size() + " telegrams; " + reasons);
    }
    return plain(MainValues.of(telegrams.get(0)));
  }

  static Map<String, String> plain(List<Measurement> values) {
    Map<String, String> plain = new LinkedHashMap<>();
    for (Measurement value : values) {
      if (plain.put(
              value.quantity().toString(),
              value.decimalValue().stripTrailingZeros().toPlainString())
          != null) {
        throw new AssertionError(value.quantity() + " is there twice");
      }
    }
    return plain;
  }
}
