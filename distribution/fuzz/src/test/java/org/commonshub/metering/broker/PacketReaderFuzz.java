package org.commonshub.metering.broker;

import java.util.Arrays;

/** Bytes that claim to be packets of an MQTT client, in two parts. */
public final class PacketReaderFuzz {
  private PacketReaderFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    PacketReader reader = new PacketReader(1_024);
    int half = data.length == 0 ? 0 : (data[0] & 0xFF) * data.length / 256;
    try {
      for (byte[] part :
          new byte[][] {Arrays.copyOf(data, half), Arrays.copyOfRange(data, half, data.length)}) {
        reader.append(part);
        while (reader.next() != null) {
          if (reader.buffered() < 0) {
            throw new AssertionError("took more than came");
          }
        }
      }
    } catch (Malformed e) {
      // The declared refusal.
    }
  }
}
