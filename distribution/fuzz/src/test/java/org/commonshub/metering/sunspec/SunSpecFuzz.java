package org.commonshub.metering.sunspec;

import java.util.HashMap;
import java.util.Map;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Quantity;

/** Registers of any model: the first byte chooses the model, the rest are its registers. */
public final class SunSpecFuzz {
  private static final int[] MODELS = {
    1, 101, 103, 111, 113, 120, 121, 122, 123, 124, 160, 201, 203, 204, 211, 213, 701, 702, 703,
    704, 705, 706, 713, 714, 802
  };

  private SunSpecFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    if (data.length < 1) {
      return;
    }
    int[] words = new int[(data.length - 1) / 2];
    for (int i = 0; i < words.length; i++) {
      words[i] = (data[1 + 2 * i] & 0xFF) << 8 | data[2 + 2 * i] & 0xFF;
    }
    Map<Quantity, Measurement> values = new HashMap<>();
    Models.of(MODELS[(data[0] & 0xFF) % MODELS.length])
        .ifPresent(model -> Decoder.decode(model, words, true, values));
    values.forEach(
        (quantity, value) -> {
          if (!quantity.equals(value.quantity())) {
            throw new AssertionError(quantity + " holds " + value.quantity());
          }
        });
  }
}
