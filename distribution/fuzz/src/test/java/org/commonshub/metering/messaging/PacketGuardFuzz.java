package org.commonshub.metering.messaging;

import java.nio.ByteBuffer;

/** Bytes that claim to come from an MQTT broker, in two parts. */
public final class PacketGuardFuzz {
  private static final byte[] GREETING = {0x20, 2, 0, 0};

  private PacketGuardFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    PacketGuard guard = new PacketGuard();
    try {
      guard.take(ByteBuffer.wrap(GREETING));
      int half = data.length == 0 ? 0 : (data[0] & 0xFF) * data.length / 256;
      for (ByteBuffer part :
          new ByteBuffer[] {
            ByteBuffer.wrap(data, 0, half), ByteBuffer.wrap(data, half, data.length - half)
          }) {
        for (byte[] packet = guard.take(part); packet != null; packet = guard.take(part)) {
          if (packet.length < 2 || packet.length > PacketGuard.MAX_REMAINING + 5) {
            throw new AssertionError("packet of " + packet.length + " bytes");
          }
        }
      }
    } catch (PacketGuard.Malformed e) {
      // The declared refusal.
    }
  }
}
