package org.commonshub.benchmarks;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.function.IntUnaryOperator;
import java.util.function.UnaryOperator;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.engines.AESEngine;
import org.bouncycastle.crypto.macs.CMac;
import org.bouncycastle.crypto.params.KeyParameter;

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

  // ---------------------------------------------------------------- P1, DSMR 5

  private static final String P1 =
      """
      /Ene5\\T210-D ESMR5.0

      1-3:0.2.8(50)
      0-0:1.0.0(%sW)
      0-0:96.1.1(4530303437303030303037363330383137)
      1-0:1.8.1(004611.%03d*kWh)
      1-0:1.8.2(005302.900*kWh)
      1-0:2.8.1(001100.001*kWh)
      1-0:2.8.2(002200.020*kWh)
      0-0:96.14.0(0002)
      1-0:1.7.0(00.519*kW)
      1-0:2.7.0(00.000*kW)
      0-0:96.7.21(00012)
      0-0:96.7.9(00003)
      1-0:99.97.0(1)(0-0:96.7.19)(190102030405W)(0000000240*s)
      1-0:32.32.0(00002)
      1-0:32.36.0(00000)
      0-0:96.13.0()
      1-0:32.7.0(229.0*V)
      1-0:52.7.0(231.4*V)
      1-0:72.7.0(230.5*V)
      1-0:31.7.0(000*A)
      1-0:51.7.0(003*A)
      1-0:71.7.0(001*A)
      1-0:21.7.0(00.000*kW)
      1-0:41.7.0(00.600*kW)
      1-0:61.7.0(00.101*kW)
      1-0:22.7.0(00.182*kW)
      1-0:42.7.0(00.000*kW)
      1-0:62.7.0(00.000*kW)
      0-1:24.1.0(003)
      0-1:96.1.0(4730303339303031373434313432303137)
      0-1:24.2.1(230118090500W)(05012.811*m3)
      !\
      """;

  /** A telegram every ten seconds. */
  static byte[] p1(int n) {
    String time =
        String.format(Locale.ROOT, "2301%02d%02d%02d%02d", 1 + n / 360, n / 60 % 6, n % 60, 0);
    String text = String.format(Locale.ROOT, P1, time, n % 1000).replace("\n", "\r\n");
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    int crc = 0;
    for (byte each : bytes) {
      crc ^= each & 0xFF;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 1) != 0 ? crc >> 1 ^ 0xA001 : crc >> 1;
      }
    }
    return (text + String.format(Locale.ROOT, "%04X\r\n", crc))
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  // ---------------------------------------------------------------- IEC 62056-21

  private static String iecLines(int n) {
    return "1-0:0.0.0*255(112233445566)\r\n1-0:1.8.0*255(00001234.23"
        + (1000 + n)
        + "*kWh)\r\n1-0:2.8.0*255(00000001.0000001*kWh)\r\n1-0:21.7.0*255(000300.45*W)\r\n"
        + "1-0:41.7.0*255(-000810.68*W)\r\n1-0:61.7.0*255(000000.00*W)\r\n"
        + "1-0:1.7.0*255(-000510.23*W)\r\n1-0:32.7.0*255(230.1*V)\r\n1-0:52.7.0*255(231.1*V)\r\n"
        + "1-0:72.7.0*255(229.9*V)\r\n!\r\n";
  }

  static byte[] iecPushed(int n) {
    return ("/ESY5Q3DA1004 V3.03\r\n\r\n" + iecLines(n)).getBytes(StandardCharsets.US_ASCII);
  }

  /** A meter of mode C: identification, then what it says. */
  static byte[] iecAsked(byte[] request) {
    if ((request[0] & 0x7F) == '/') {
      return parity("/ESY5Q3DA1004 V3.03\r\n".getBytes(StandardCharsets.US_ASCII));
    }
    byte[] text = ("\u0002" + iecLines(1) + "\u0003\0").getBytes(StandardCharsets.US_ASCII);
    for (int i = 1; i < text.length - 1; i++) {
      text[text.length - 1] ^= text[i];
    }
    return parity(text);
  }

  private static byte[] parity(byte[] bytes) {
    for (int i = 0; i < bytes.length; i++) {
      if (Integer.bitCount(bytes[i] & 0x7F) % 2 == 1) {
        bytes[i] |= (byte) 0x80;
      }
    }
    return bytes;
  }

  // ---------------------------------------------------------------- DLMS push

  /** A data notification with ten registers, each with its scaler and unit. */
  static byte[] dlms(int n) {
    int[][] registers = {
      {1, 7, 0, 27},
      {2, 7, 0, 27},
      {21, 7, 0, 27},
      {41, 7, 0, 27},
      {61, 7, 0, 27},
      {32, 7, -1, 35},
      {52, 7, -1, 35},
      {72, 7, -1, 35},
      {1, 8, 0, 30},
      {2, 8, 0, 30},
    };
    Bytes list = new Bytes().add(0x0F).number(4, 0x4000_0000L).add(0, 0x01, registers.length);
    for (int[] register : registers) {
      list.add(0x02, 0x03, 0x09, 0x06, 1, 0, register[0], register[1], 0, 0xFF);
      list.add(0x06).number(4, 2300L + n).add(0x02, 0x02, 0x0F, register[2], 0x16, register[3]);
    }
    return list.bytes();
  }

  /** In an HDLC frame with LLC header. */
  static byte[] hdlc(byte[] message) {
    byte[] head = {0x41, 0x08, (byte) 0x83, 0x13};
    int length = 2 + head.length + 2 + 3 + message.length + 2;
    Bytes body = new Bytes().add(0xA0 | length >> 8, length).add(head);
    int crc = x25(body.bytes());
    body.add(crc, crc >> 8).add(0xE6, 0xE7, 0x00).add(message);
    crc = x25(body.bytes());
    return new Bytes().add(0x7E).add(body.bytes()).add(crc, crc >> 8, 0x7E).bytes();
  }

  /** General global ciphering, authenticated and encrypted. */
  static byte[] ciphered(byte[] message, int counter, String hexKey) {
    byte[] key = HexFormat.of().parseHex(hexKey);
    byte[] title = HexFormat.of().parseHex("4b414d0000000001");
    byte[] count = new Bytes().number(4, counter).bytes();
    try {
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(
          Cipher.ENCRYPT_MODE,
          new SecretKeySpec(key, "AES"),
          new GCMParameterSpec(96, new Bytes().add(title).add(count).bytes()));
      cipher.updateAAD(new Bytes().add(0x30).add(key).bytes());
      byte[] sealed = cipher.doFinal(message);
      Bytes all = new Bytes().add(0xDB, 8).add(title);
      int length = 5 + sealed.length;
      all.add(0x82, length >> 8, length).add(0x30).add(count).add(sealed);
      return all.bytes();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  // ---------------------------------------------------------------- M-Bus

  private static final byte[] MBUS_METER = HexFormat.of().parseHex("785634122d2c0104");

  /** Energy, volume, power, flow, three temperatures and hours, as heat meters have them. */
  private static byte[] mbusRecords(int n) {
    return new Bytes()
        .add(0x04, 0x06)
        .add(little(4, 123_400 + n))
        .add(0x04, 0x13)
        .add(little(4, 500_000 + n))
        .add(0x04, 0x2B)
        .add(little(4, 1_500 + n))
        .add(0x04, 0x3B)
        .add(little(4, 700 + n))
        .add(0x02, 0x5A)
        .add(little(2, 600))
        .add(0x02, 0x5E)
        .add(little(2, 400))
        .add(0x02, 0x61)
        .add(little(2, 2000))
        .bytes();
  }

  private static byte[] little(int width, long value) {
    byte[] bytes = new byte[width];
    for (int i = 0; i < width; i++) {
      bytes[i] = (byte) (value >> 8 * i);
    }
    return bytes;
  }

  /** A wired meter with primary address 5. */
  static byte[] mbusAsked(byte[] request) {
    if (request[0] == 0x10 && (request[1] & 0x0F) == 0) {
      return new byte[] {(byte) 0xE5};
    }
    Bytes data = new Bytes().add(0x08, 5, 0x72).add(MBUS_METER).add(1, 0, 0, 0);
    byte[] body = data.add(mbusRecords(1)).bytes();
    int sum = 0;
    for (byte each : body) {
      sum += each;
    }
    return new Bytes().add(0x68, body.length, body.length, 0x68).add(body).add(sum, 0x16).bytes();
  }

  /** A wireless meter as a CUL hears it, in security mode 5 or 7. */
  static byte[] wmbus(int n, int mode, String hexKey) {
    byte[] address = HexFormat.of().parseHex("2d2c785634120104");
    byte[] key = HexFormat.of().parseHex(hexKey);
    byte[] records = mbusRecords(n);
    byte[] clear = new byte[(records.length + 2 + 15) / 16 * 16];
    Arrays.fill(clear, (byte) 0x2F);
    System.arraycopy(records, 0, clear, 2, records.length);
    byte[] body;
    if (mode == 5) {
      byte[] vector = Arrays.copyOf(address, 16);
      Arrays.fill(vector, 8, 16, (byte) n);
      body =
          new Bytes()
              .add(0x7A, n, 0, clear.length / 16 << 4, 0x05)
              .add(cbc(key, vector, clear))
              .bytes();
    } else {
      byte[] counter = little(4, n + 1);
      byte[] derive = new byte[16];
      Arrays.fill(derive, (byte) 7);
      derive[0] = 0;
      System.arraycopy(counter, 0, derive, 1, 4);
      System.arraycopy(address, 2, derive, 5, 4);
      byte[] encryption = cmac(key, derive);
      derive[0] = 1;
      byte[] authentication = cmac(key, derive);
      byte[] transport =
          new Bytes()
              .add(0x7A, n, 0, clear.length / 16 << 4, 0x07, 0x10)
              .add(cbc(encryption, new byte[16], clear))
              .bytes();
      byte[] mac = cmac(authentication, new Bytes().add(0x25).add(counter).add(transport).bytes());
      body =
          new Bytes()
              .add(0x90, 0x0F, 0x00, 0x2C, 0x25)
              .add(counter)
              .add(Arrays.copyOf(mac, 8))
              .add(transport)
              .bytes();
    }
    byte[] frame = new Bytes().add(9 + body.length, 0x44).add(address).add(body).bytes();
    Bytes checked = new Bytes();
    int size = 10;
    for (int at = 0; at < frame.length; size = 16) {
      byte[] block = Arrays.copyOfRange(frame, at, Math.min(frame.length, at + size));
      int crc = radioCrc(block);
      checked.add(block).add(crc >> 8, crc);
      at += block.length;
    }
    return ("b" + HexFormat.of().withUpperCase().formatHex(checked.bytes()) + "8E2F\r\n")
        .getBytes(StandardCharsets.US_ASCII);
  }

  private static int radioCrc(byte[] block) {
    int crc = 0;
    for (byte each : block) {
      crc ^= (each & 0xFF) << 8;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 0x8000) != 0 ? crc << 1 ^ 0x3D65 : crc << 1;
      }
    }
    return ~crc & 0xFFFF;
  }

  private static byte[] cbc(byte[] key, byte[] vector, byte[] clear) {
    try {
      Cipher cipher = Cipher.getInstance("AES/CBC/NoPadding");
      cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new IvParameterSpec(vector));
      return cipher.doFinal(clear);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] cmac(byte[] key, byte[] message) {
    CMac mac = new CMac(AESEngine.newInstance());
    mac.init(new KeyParameter(key));
    mac.update(message, 0, message.length);
    byte[] code = new byte[16];
    mac.doFinal(code, 0);
    return code;
  }

  // ---------------------------------------------------------------- VE.Direct

  static byte[] veDirect(int n) {
    String[] fields = {
      "PID",
      "0xA053",
      "FW",
      "159",
      "SER#",
      "HQ2100ABCDE",
      "V",
      Integer.toString(13_310 + n),
      "I",
      "2400",
      "VPV",
      "36120",
      "PPV",
      Integer.toString(34 + n),
      "CS",
      "3",
      "MPPT",
      "2",
      "OR",
      "0x00000000",
      "ERR",
      "0",
      "LOAD",
      "ON",
      "IL",
      "200",
      "H19",
      Integer.toString(41_700 + n),
      "H20",
      "25",
      "H21",
      "183",
      "H22",
      "38",
      "H23",
      "168",
      "HSDS",
      "8"
    };
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < fields.length; i += 2) {
      text.append("\r\n").append(fields[i]).append('\t').append(fields[i + 1]);
    }
    byte[] block = text.append("\r\nChecksum\t").toString().getBytes(StandardCharsets.US_ASCII);
    int sum = 0;
    for (byte each : block) {
      sum += each;
    }
    return new Bytes().add(block).add(-sum).bytes();
  }

  // ---------------------------------------------------------------- JSON of all kinds

  /** Reads {@link #json}. */
  static final String MAPPING =
      "$.P1 = power.active W; $.E1 = energy.import Wh; $.V1 = voltage.l1 V; $.V2 = voltage.l2 V;"
          + " $.V3 = voltage.l3 V; $.I1 = current.l1 A; $.I2 = current.l2 A; $.I3 = current.l3 A;"
          + " $.f = frequency Hz; $.E2 = energy.export Wh";

  private static byte[] text(String json) {
    return json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
  }

  /** Ten values as a flat object. */
  static byte[] json(int n) {
    return text(jsonText(n));
  }

  private static String jsonText(int n) {
    return "{'P1':"
        + (1200 + n)
        + ",'E1':"
        + (55_000 + n)
        + ",'V1':230.1,'V2':230.2,'V3':230.3,'I1':1.5,'I2':1.6,'I3':1.7,'f':49.98,'E2':77}";
  }

  /** A message of an ecosystem. */
  static byte[] mqtt(String profile, int n) {
    return switch (profile) {
      case "tasmota" ->
          text(
              "{'Time':'2026-01-15T12:00:00','ENERGY':{'TotalStartTime':'2025-11-14T18:39:40',"
                  + "'Total':"
                  + (6294 + n)
                  + ",'Yesterday':5.340,'Today':0.954,'Period':217,'Power':"
                  + (2635 + n)
                  + ",'ApparentPower':2650,'ReactivePower':282,'Factor':0.99,'Voltage':227,"
                  + "'Current':11.661}}");
      case "shelly" ->
          text(
              "{'id':0,'a_current':4.029,'a_voltage':236.1,'a_act_power':-951.2,'a_aprt_power':951.2,"
                  + "'a_pf':-1.00,'b_current':4.027,'b_voltage':236.201,'b_act_power':-951.1,"
                  + "'b_aprt_power':951.8,'b_pf':-1.00,'c_current':3.03,'c_voltage':236.402,"
                  + "'c_act_power':715.4,'c_aprt_power':720.1,'c_pf':0.99,'n_current':11.029,"
                  + "'total_current':11.083,'total_act_power':"
                  + (n - 1100)
                  + ".5,'total_aprt_power':2484.782}");
      case "zigbee2mqtt" ->
          text(
              "{'current':250,'energy':"
                  + (1 + n)
                  + ".25,'linkquality':87,'power':-55.5,'state':'ON',"
                  + "'voltage':231,'produced_energy':0.5,'ac_frequency':50,'power_factor':0.98}");
      case "chirpstack" ->
          text(
              "{'deduplicationId':'3ac7e3c4','time':'"
                  + java.time.Instant.ofEpochSecond(DriverPath.CLOCK.now().getEpochSecond() - n)
                  + "','deviceInfo':{'tenantName':'ChirpStack',"
                  + "'applicationId':'17c82e96','deviceProfileName':'CT305','deviceName':'Feeder',"
                  + "'devEui':'0101010101010101'},'devAddr':'00189440','dr':1,'fCnt':5,'fPort':1,"
                  + "'data':'qg==','object':{'m':"
                  + jsonText(n)
                  + "},'rxInfo':[{'rssi':-36}]}");
      default -> json(n);
    };
  }

  static byte[] homeAssistantConfig() {
    String[][] parts = {
      {"p", "power", "W", "P1"},
      {"e", "energy", "kWh", "E1"},
      {"v", "voltage", "V", "V1"},
      {"i", "current", "A", "I1"},
      {"f", "frequency", "Hz", "f"},
    };
    StringBuilder config =
        new StringBuilder("{'dev':{'ids':'em1'},'o':{'name':'x'},'stat_t':'em1/state','cmps':{");
    for (String[] part : parts) {
      config
          .append(config.charAt(config.length() - 1) == '{' ? "" : ",")
          .append("'" + part[0] + "':{'p':'sensor','dev_cla':'" + part[1])
          .append("','unit_of_meas':'" + part[2] + "','val_tpl':'{{ value_json.")
          .append(part[3] + " }}'}");
    }
    return text(config.append("}}").toString());
  }

  /** Answers the calls of a Shelly's RPC. */
  static byte[] shellyRpc(byte[] request) {
    String asked = new String(request, StandardCharsets.UTF_8);
    int at = asked.indexOf("\"id\":") + 5;
    StringBuilder id = new StringBuilder();
    while (Character.isDigit(asked.charAt(at))) {
      id.append(asked.charAt(at++));
    }
    String result =
        asked.contains("GetDeviceInfo")
            ? "{'id':'shellypro3em-a8032abe54dc','mac':'A8032ABE54DC','model':'SPEM-003CEBEU',"
                + "'gen':2,'ver':'1.4.4','app':'Pro3EM'}"
            : "{'sys':{'mac':'A8032ABE54DC'},'em:0':"
                + new String(mqtt("shelly", 1), StandardCharsets.UTF_8)
                + ",'emdata:0':{'id':0,'total_act':1006.5,'total_act_ret':8.1}}";
    return text("{'id':" + id + ",'src':'s','result':" + result + "}");
  }

  /** MeterValues.req of OCPP 1.6. */
  static byte[] ocppMeterValues(int n) {
    StringBuilder samples = new StringBuilder();
    for (String[] sample :
        new String[][] {
          {"Energy.Active.Import.Register", "Wh", ""},
          {"Power.Active.Import", "W", ""},
          {"Power.Active.Import", "W", "L1"},
          {"Power.Active.Import", "W", "L2"},
          {"Power.Active.Import", "W", "L3"},
          {"Current.Import", "A", "L1"},
          {"Current.Import", "A", "L2"},
          {"Current.Import", "A", "L3"},
          {"Voltage", "V", "L1-N"},
          {"Voltage", "V", "L2-N"},
          {"Voltage", "V", "L3-N"}
        }) {
      samples
          .append(samples.isEmpty() ? "" : ",")
          .append("{'value':'" + (230 + n) + "','context':'Sample.Periodic','measurand':'")
          .append(sample[0] + "','unit':'" + sample[1] + "'")
          .append(sample[2].isEmpty() ? "" : ",'phase':'" + sample[2] + "'")
          .append("}");
    }
    return text(
        "[2,'m"
            + n
            + "','MeterValues',{'connectorId':1,'meterValue':[{'timestamp':'"
            + java.time.Instant.ofEpochSecond(DriverPath.CLOCK.now().getEpochSecond() - 600 + n)
            + "','sampledValue':["
            + samples
            + "]}]}]");
  }
}
