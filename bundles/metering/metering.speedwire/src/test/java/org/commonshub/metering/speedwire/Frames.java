package org.commonshub.metering.speedwire;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Writes datagrams as the protocol describes them. */
final class Frames {
  private final ByteArrayOutputStream values = new ByteArrayOutputStream();
  private final DataOutputStream out = new DataOutputStream(values);

  static Frames emeter(int susyId, long serial, long ticker) {
    return new Frames().u16(0x6069).u16(susyId).u32(serial).u32(ticker);
  }

  private interface Write {
    void to(DataOutputStream out) throws IOException;
  }

  private Frames write(Write write) {
    try {
      write.to(out);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Frames u16(int value) {
    return write(to -> to.writeShort(value));
  }

  Frames u32(long value) {
    return write(to -> to.writeInt((int) value));
  }

  Frames mean(int index, long value) {
    return u16(index).u16(0x0400).u32(value);
  }

  Frames counter(int index, long value) {
    return u16(index).u16(0x0800).write(to -> to.writeLong(value));
  }

  /** A datagram with the group block before, version and end block after. */
  byte[] datagram() {
    return datagram(0x9000_0000L, 0x0203_0452L);
  }

  byte[] datagram(long versionObis, long version) {
    u32(versionObis).u32(version);
    byte[] content = values.toByteArray();
    Frames all = new Frames().u32(0x534D4100).u16(4).u16(0x02A0).u32(1);
    all.u16(content.length).u16(0x0010).write(to -> to.write(content)).u32(0);
    return all.values.toByteArray();
  }

  /** A whole three-phase telegram whose values depend on a step. */
  static byte[] full(long serial, long ticker, int step) {
    Frames frames = emeter(372, serial, ticker);
    frames.mean(1, 0).counter(1, 3_600_000L * 1000 + step * 36L);
    frames.mean(2, 12_345 + step).counter(2, 7_199);
    frames.mean(3, 50).counter(3, 3_600).mean(4, 0).counter(4, 0);
    frames.mean(9, 0).counter(9, 0).mean(10, 12_350).counter(10, 36);
    frames.mean(13, 999).mean(14, 49_987);
    for (int phase = 20; phase <= 60; phase += 20) {
      frames.mean(phase + 1, 10L * phase).counter(phase + 1, 360L * phase);
      frames.mean(phase + 2, 0).counter(phase + 2, 35);
      frames.mean(phase + 3, 0).mean(phase + 4, 7);
      frames.mean(phase + 9, 10L * phase).mean(phase + 10, 0);
      frames.mean(phase + 11, 1_500 + phase).mean(phase + 12, 230_000 + phase);
      frames.mean(phase + 13, 1000);
    }
    return frames.datagram();
  }
}
