package org.commonshub.metering.iec62056;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Nature;
import org.commonshub.measure.api.Quantity;
import org.commonshub.metering.api.DeviceException;

/** IEC 62056-21: the first byte chooses between a stream of mode D and the answers of mode C. */
public final class IecFuzz {
  private IecFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    if (data.length < 2) {
      return;
    }
    byte[] rest = Arrays.copyOfRange(data, 1, data.length);
    if (data[0] % 2 == 0) {
      Familiar familiar = new Familiar();
      Telegrams telegrams = new Telegrams(raw -> telegram(raw, familiar));
      telegrams.accept(rest);
      telegrams.accept(rest);
      return;
    }
    try {
      int end = Answers.opening(data[0] % 3 == 0).complete(ByteBuffer.wrap(rest));
      if (end < 0 || end > rest.length) {
        throw new AssertionError("the opening ends at " + end);
      }
      end = Answers.message().complete(ByteBuffer.wrap(rest));
      Optional<Answers.Line> line = Answers.identification(ByteBuffer.wrap(rest));
      if (line.isPresent() && end > 0) {
        // Without the check character that would keep nearly every input out.
        byte[] message = SevenBit.strip(rest, 0, end);
        int begin = Answers.message(ByteBuffer.wrap(message), 0).orElseThrow().from();
        int check = 0;
        for (int i = begin + 1; i < end - 1; i++) {
          check ^= message[i];
        }
        message[end - 1] = (byte) check;
        check(Readout.of(line.get().identification(), Arrays.copyOfRange(message, begin, end)));
      }
    } catch (DeviceException e) {
      // As declared.
    }
  }

  private static boolean telegram(byte[] raw, Familiar familiar) {
    try {
      Optional<Readout> readout = Readout.unchecked(SevenBit.strip(raw, 0, raw.length));
      if (readout.isPresent()) {
        familiar.layout(readout.get());
        familiar.registers(check(readout.get()));
      }
      return readout.isPresent();
    } catch (DeviceException e) {
      return false;
    }
  }

  private static List<Measurement> check(Readout readout) {
    readout.identity();
    List<Measurement> values = Values.of(readout.values(), false);
    Set<Quantity> seen = new HashSet<>();
    for (Measurement value : values) {
      if (!seen.add(value.quantity())) {
        throw new AssertionError(value.quantity() + " is there twice");
      }
      if (value.quantity().nature() == Nature.REGISTER && value.mantissa() < 0) {
        throw new AssertionError(value.quantity() + " is negative");
      }
    }
    return values;
  }
}
