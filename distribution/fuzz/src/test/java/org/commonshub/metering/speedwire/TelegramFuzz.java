package org.commonshub.metering.speedwire;

import org.commonshub.metering.api.DeviceException;

/** Datagrams of a multicast group; also with a good beginning. */
public final class TelegramFuzz {
  private static final byte[] HEAD = {
    'S', 'M', 'A', 0, 0, 4, 2, (byte) 0xA0, 0, 0, 0, 1, 2, 0x58, 0, 0x10, 0x60, 0x69
  };

  private TelegramFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    read(data);
    byte[] begun = new byte[HEAD.length + data.length];
    System.arraycopy(HEAD, 0, begun, 0, HEAD.length);
    System.arraycopy(data, 0, begun, HEAD.length, data.length);
    begun[12] = (byte) (data.length + 2 >> 8);
    begun[13] = (byte) (data.length + 2);
    read(begun);
  }

  private static void read(byte[] datagram) {
    try {
      Telegram.parse(datagram);
    } catch (DeviceException e) {
      // As declared.
    }
  }
}
