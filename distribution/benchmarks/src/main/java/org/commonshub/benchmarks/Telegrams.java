package org.commonshub.benchmarks;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.function.IntUnaryOperator;
import java.util.function.UnaryOperator;

/** What devices send, made by their protocols' documents; numbered, and each different. */
final class Telegrams {
  private Telegrams() {}

  /** Bytes one after the other. */
  private static final class Bytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Bytes add(int... bytes) {
      for (int each : bytes) {
        out.write(each);
      }
      return this;
    }

    Bytes add(byte[] bytes) {
      out.writeBytes(bytes);
      return this;
    }

    Bytes number(int width, long value) {
      for (int i = width - 1; i >= 0; i--) {
        out.write((int) (value >> (8 * i)));
      }
      return this;
    }

    byte[] bytes() {
      return out.toByteArray();
    }
  }

  // ---------------------------------------------------------------- SML 1.04

  /** A three-phase meter with its registers, powers, voltages and currents. */
  static byte[] sml(int n) {
    Bytes list = new Bytes();
    int[][] entries = {
      {1, 8, 0, 30, -1}, {2, 8, 0, 30, -1}, {16, 7, 0, 27, 0}, {36, 7, 0, 27, 0},
      {56, 7, 0, 27, 0}, {76, 7, 0, 27, 0}, {32, 7, 0, 35, -1}, {52, 7, 0, 35, -1},
      {72, 7, 0, 35, -1}, {31, 7, 0, 33, -2}, {51, 7, 0, 33, -2}, {71, 7, 0, 33, -2},
      {14, 7, 0, 44, -1},
    };
    list.add(0x70 | entries.length);
    for (int[] entry : entries) {
      list.add(0x77, 0x07, 1, 0, entry[0], entry[1], entry[2], 0xFF, 0x01, 0x01, 0x62, entry[3]);
      list.add(0x52, entry[4]);
      if (entry[1] == 8) {
        list.add(0x59).number(8, 123_456_789L + n).add(0x01);
      } else {
        list.add(0x55).number(4, 2_300L + n).add(0x01);
      }
    }
    byte[] server = {0x0A, 1, 0x45, 0x4D, 0x48, 0, 0, 0x12, 0x34, 0x56};
    Bytes body = new Bytes().add(0x77, 0x01, 0x0B).add(server).add(0x01, 0x72, 0x62, 0x01, 0x65);
    body.number(4, n).add(list.bytes()).add(0x01, 0x01);
    Bytes open = new Bytes().add(0x76, 0x01, 0x01, 0x03, 0x00, 0x01, 0x0B).add(server);
    open.add(0x01, 0x01);
    Bytes file = new Bytes();
    file.add(smlMessage(n, 0x0101, open.bytes()));
    file.add(smlMessage(n, 0x0701, body.bytes()));
    file.add(smlMessage(n, 0x0201, new byte[] {0x71, 0x01}));
    byte[] content = file.bytes();
    int fill = (4 - content.length % 4) % 4;
    Bytes all = new Bytes().add(0x1B, 0x1B, 0x1B, 0x1B, 1, 1, 1, 1).add(content);
    all.add(new byte[fill]).add(0x1B, 0x1B, 0x1B, 0x1B, 0x1A, fill);
    int crc = x25(all.bytes());
    return all.add(crc & 0xFF, crc >> 8).bytes();
  }

  private static byte[] smlMessage(int n, int kind, byte[] body) {
    Bytes message = new Bytes().add(0x76, 0x05).number(4, n).add(0x62, 0x00, 0x62, 0x00);
    message.add(0x72, 0x63).number(2, kind).add(body);
    int crc = x25(message.bytes());
    return message.add(0x63, crc & 0xFF, crc >> 8, 0x00).bytes();
  }

  /** CRC of DIN EN 62056-46, reflected. */
  static int x25(byte[] bytes) {
    int crc = 0xFFFF;
    for (byte each : bytes) {
      crc ^= each & 0xFF;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 1) != 0 ? crc >> 1 ^ 0x8408 : crc >> 1;
      }
    }
    return crc ^ 0xFFFF;
  }

  // ---------------------------------------------------------------- SMA energy meter

  static byte[] speedwire(int n) {
    Bytes values = new Bytes().number(2, 0x6069).number(2, 372).number(4, 1_901_234_567L);
    values.number(4, n * 1_000L);
    int[] phases = {0, 20, 40, 60};
    for (int phase : phases) {
      for (int index : new int[] {1, 2, 3, 4, 9, 10}) {
        values.add(0, phase + index, 4, 0).number(4, index % 2 == 1 ? 5_000L + n : 0);
        values.add(0, phase + index, 8, 0).number(8, 3_600_000L * (1000 + n));
      }
      values.add(0, phase + 13, 4, 0).number(4, 987);
      if (phase > 0) {
        values.add(0, phase + 11, 4, 0).number(4, 2_170 + n);
        values.add(0, phase + 12, 4, 0).number(4, 230_000 + n);
      }
    }
    values.add(0, 14, 4, 0).number(4, 49_990);
    values.add(0x90, 0, 0, 0).number(4, 0x0203_0452L);
    byte[] content = values.bytes();
    Bytes all = new Bytes().number(4, 0x534D_4100L).number(2, 4).number(2, 0x02A0).number(4, 1);
    all.number(2, content.length).number(2, 0x0010).add(content);
    return all.number(4, 0).bytes();
  }

  // ---------------------------------------------------------------- Modbus

  /** A device that answers functions 3 and 4 over Modbus TCP. */
  static UnaryOperator<byte[]> modbus(IntUnaryOperator registers) {
    return request -> {
      ByteBuffer asked = ByteBuffer.wrap(request);
      int address = asked.getShort(8) & 0xFFFF;
      int count = asked.getShort(10) & 0xFFFF;
      ByteBuffer answer = ByteBuffer.allocate(9 + 2 * count);
      answer.put(request, 0, 4).putShort((short) (3 + 2 * count)).put(request, 6, 2);
      answer.put((byte) (2 * count));
      for (int i = 0; i < count; i++) {
        answer.putShort((short) registers.applyAsInt(address + i));
      }
      return answer.array();
    };
  }

  /** 230.5 in every pair of registers, but 0.98 for the power factor and 50 for the frequency. */
  static int sdm630(int address) {
    float value = (address & ~1) == 0x3E ? 0.98f : (address & ~1) == 0x46 ? 50.01f : 230.5f;
    int bits = Float.floatToIntBits(value);
    return (address & 1) == 0 ? bits >>> 16 : bits & 0xFFFF;
  }

  private static final int[] SUNSPEC = sunspecImage();

  /** Models 1 and 103. */
  static int sunspec(int address) {
    int index = address - 40_000;
    return index >= 0 && index < SUNSPEC.length ? SUNSPEC[index] : 0;
  }

  private static int[] sunspecImage() {
    int[] words = new int[2 + 68 + 52 + 2];
    words[0] = 0x5375;
    words[1] = 0x6E53;
    words[2] = 1;
    words[3] = 66;
    for (int i = 4; i < 36; i++) {
      words[i] = 0x4142;
    }
    int at = 70;
    words[at] = 103;
    words[at + 1] = 50;
    int[] values = {
      1300, 430, 435, 435, -2, 4000, 4001, 4002, 2300, 2301, 2302, -1, 2990, 0, 5000, -2, 3000, 0,
      100, 0, 9990, -2, 12, 34567, 0, 780, -2, 3900, -1, 3040, 0, 420, 430, 440, 450, -1, 4, 4
    };
    for (int i = 0; i < values.length; i++) {
      words[at + 2 + i] = values[i] & 0xFFFF;
    }
    words[at + 52] = 0xFFFF;
    return words;
  }
}
