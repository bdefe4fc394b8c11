package org.commonshub.metering.sml;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Nature;
import org.commonshub.measure.api.Quantity;
import org.commonshub.metering.api.DeviceException;

/** SML: the first byte chooses between a stream, a whole file, and the values of a list. */
public final class SmlFuzz {
  private SmlFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    if (data.length < 1) {
      return;
    }
    byte[] rest = Arrays.copyOfRange(data, 1, data.length);
    PowerSign sign = new PowerSign(PowerSign.Mode.AUTO);
    switch (data[0] & 3) {
      case 0 -> {
        Transport transport = new Transport(file -> file(file, sign));
        transport.accept(rest);
        transport.accept(rest);
      }
      case 1 -> file(rest, sign);
      default -> {
        // Without the check sums that would keep nearly every input out.
        try {
          if (new Tlv(rest).next() instanceof Element.Sequence list) {
            values(list, sign);
          }
        } catch (DeviceException e) {
          // As declared.
        }
      }
    }
  }

  private static void file(byte[] file, PowerSign sign) {
    try {
      for (ValueList list : ValueList.of(file)) {
        check(list, sign);
      }
    } catch (DeviceException e) {
      // As declared.
    }
  }

  private static void values(Element.Sequence list, PowerSign sign) throws DeviceException {
    ValueList values = ValueList.of(list);
    for (int i = 0; i < 6; i++) {
      check(values, sign);
    }
  }

  private static void check(ValueList list, PowerSign sign) {
    Meter meter = Meter.of(list);
    List<Measurement> values = Values.of(meter, list.entries(), sign, true);
    Set<Quantity> seen = new HashSet<>();
    for (Measurement value : values) {
      if (!seen.add(value.quantity())) {
        throw new AssertionError(value.quantity() + " is there twice");
      }
      if (value.quantity().nature() == Nature.REGISTER && value.mantissa() < 0) {
        throw new AssertionError(value.quantity() + " is negative");
      }
    }
    meter.identity();
  }
}
