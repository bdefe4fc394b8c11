package org.commonshub.metering.mbus;

/** What radio receivers send, and the layers of the frames in it. */
public final class RadioFuzz {
  private static final byte[] KEY = new byte[16];

  private RadioFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    for (byte[] key : new byte[][] {null, KEY}) {
      RadioDecoder decoder = new RadioDecoder(key);
      for (RadioReceiver.Kind kind : RadioReceiver.Kind.values()) {
        new RadioReceiver(kind, frame -> decode(decoder, frame)).feed(data);
      }
      decode(decoder, new RadioFrame(0x44, new Meter("12345678", 0x2C2D, 1, 7), data));
    }
    try {
      RadioFrame.parse(data, false).addresses();
    } catch (MalformedFrame e) {
      // The declared refusal.
    }
  }

  private static void decode(RadioDecoder decoder, RadioFrame frame) {
    try {
      decoder.decode(frame);
    } catch (MalformedFrame e) {
      // The declared refusal.
    }
  }
}
