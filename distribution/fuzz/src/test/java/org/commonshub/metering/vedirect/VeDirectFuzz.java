package org.commonshub.metering.vedirect;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Nature;
import org.commonshub.measure.api.Quantity;

/** VE.Direct: a stream as it is, and once more with a check sum that is right. */
public final class VeDirectFuzz {
  private static final BlockReader.Blocks BLOCKS =
      new BlockReader.Blocks() {
        @Override
        public void good(Block block) {
          for (Values.Meter meter : Values.Meter.values()) {
            check(block, meter);
          }
          Product.identity(block);
        }

        @Override
        public void bad() {
          // Forgotten.
        }
      };

  private VeDirectFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    BlockReader reader = new BlockReader(BLOCKS);
    reader.accept(data);
    reader.clear();
    int sum = 0;
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    block.writeBytes(Arrays.copyOf(data, Math.min(data.length, 4_096)));
    block.writeBytes(new byte[] {'\r', '\n', 'C', 'h', 'e', 'c', 'k', 's', 'u', 'm', '\t'});
    for (byte each : block.toByteArray()) {
      sum += each;
    }
    block.write(-sum);
    reader.accept(block.toByteArray());
  }

  private static void check(Block block, Values.Meter meter) {
    Set<Quantity> seen = new HashSet<>();
    for (Measurement value : Values.of(block, meter)) {
      if (!seen.add(value.quantity())) {
        throw new AssertionError(value.quantity() + " is there twice");
      }
      if (value.quantity().nature() == Nature.REGISTER && value.mantissa() < 0) {
        throw new AssertionError(value.quantity() + " is negative");
      }
    }
  }
}
