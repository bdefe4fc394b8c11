package org.commonshub.metering.modbus;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.Modbus;

/** Bytes that claim to be the answer to a request, in both framings. */
public final class AnswerFuzz {
  private static final Modbus.Range RANGE =
      new Modbus.Range(Modbus.Table.HOLDING_REGISTERS, 40000, 3);
  private static final Adu TCP = new Adu("here", Modbus.Framing.TCP, 0x0102, 1, RANGE);
  private static final Adu RTU = new Adu("here", Modbus.Framing.RTU, 0, 1, RANGE);

  private AnswerFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    for (Adu adu : new Adu[] {TCP, RTU}) {
      try {
        int length = adu.complete(ByteBuffer.wrap(data));
        if (length < 0 || length > data.length) {
          throw new AssertionError("length " + length + " of " + data.length);
        }
        if (length > 0) {
          Modbus.Words words = adu.words(Arrays.copyOf(data, length));
          if (words.words().length != RANGE.count()) {
            throw new AssertionError("words: " + words.words().length);
          }
        }
      } catch (DeviceException e) {
        // The declared refusal.
      }
    }
  }
}
