package org.commonshub.metering.sml;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Writes SML files the way meters do, from the specification and without the decoder's code: the
 * check sums are computed bit by bit.
 */
final class Sml {
  /** Check sums a meter uses. */
  enum Sum {
    X25,
    KERMIT,
    KERMIT_SWAPPED
  }

  /** How a list entry's time is written. */
  enum Time {
    NONE,
    /** A choice of two: seconds index. */
    INDEX,
    /** As Holley does: the number alone. */
    BARE
  }

  private final List<byte[]> entries = new ArrayList<>();
  private Sum sum = Sum.X25;
  private Time time = Time.NONE;
  private byte[] server = HexFormat.of().parseHex("0a01454d480000a1bd34");
  private boolean wideTag;
  private boolean shortSum;

  Sml sum(Sum other) {
    sum = other;
    return this;
  }

  Sml time(Time other) {
    time = other;
    return this;
  }

  Sml server(String hex) {
    server = HexFormat.of().parseHex(hex);
    return this;
  }

  /** Message tags in four bytes. */
  Sml wideTag() {
    wideTag = true;
    return this;
  }

  /** Check sums of messages without a leading zero byte. */
  Sml shortSum() {
    shortSum = true;
    return this;
  }

  /** A number, as {@code i2} or {@code u8} would declare it. */
  Sml value(String obis, int unit, int scaler, String type, long value) {
    return entry(obis, null, unit, scaler, number(type, value));
  }

  /** A register with a status word. */
  Sml register(String obis, String status, int scaler, String type, long value) {
    return entry(obis, HexFormat.of().parseHex(status), 30, scaler, number(type, value));
  }

  Sml text(String obis, String text) {
    return entry(obis, null, -1, 0, octets(text.getBytes(StandardCharsets.US_ASCII)));
  }

  Sml octets(String obis, String hex) {
    return entry(obis, null, -1, 0, octets(HexFormat.of().parseHex(hex)));
  }

  private Sml entry(String obis, byte[] status, int unit, int scaler, byte[] value) {
    String[] groups = obis.split("[-:.*]", -1);
    byte[] code = new byte[6];
    for (int i = 0; i < 6; i++) {
      code[i] = (byte) Integer.parseInt(groups[i]);
    }
    entries.add(
        join(
            bytes(0x77),
            octets(code),
            status == null ? bytes(1) : join(bytes(0x60 | (status.length + 1)), status),
            status == null || time == Time.NONE
                ? bytes(1)
                : time == Time.BARE
                    ? number("u4", 1_347_075)
                    : join(bytes(0x72), number("u1", 1), number("u4", 1_347_075)),
            unit < 0 ? bytes(1) : number("u1", unit),
            unit < 0 ? bytes(1) : number("i1", scaler),
            value,
            bytes(1)));
    return this;
  }

  /** The file, without transport. */
  byte[] file() {
    byte[] list = bytes(0x70 | entries.size());
    if (entries.size() > 15) {
      list = bytes(0xF0 | entries.size() >> 4, entries.size() & 15);
    }
    byte[] open =
        join(bytes(0x76, 1, 1), octets(bytes(0, 0x0D, 1, 0xE8)), octets(server), bytes(1, 1));
    byte[] response =
        join(
            bytes(0x77, 1),
            octets(server),
            octets(bytes(1, 0, 0x62, 0x0A, 0xFF, 0xFF)),
            time == Time.NONE
                ? bytes(1)
                : join(bytes(0x72), number("u1", 1), number("u4", 1_347_075)),
            list,
            join(entries.toArray(byte[][]::new)),
            bytes(1, 1));
    return join(message(0x0101, open), message(0x0701, response), message(0x0201, bytes(0x71, 1)));
  }

  private byte[] message(int tag, byte[] body) {
    byte[] content =
        join(
            bytes(0x76),
            octets(bytes(0, 7, tag >> 8, 9)),
            number("u1", 0),
            number("u1", 0),
            bytes(0x72),
            number(wideTag ? "u4" : "u2", tag),
            body);
    int crc = onTheWire(sum, content);
    byte[] end = shortSum && crc < 256 ? number("u1", crc) : number("u2", crc);
    return join(content, end, bytes(0));
  }

  /** The file as it is sent. */
  byte[] frame() {
    return frame(file(), sum);
  }

  /** Any octets as a file is sent. */
  static byte[] frame(byte[] file, Sum sum) {
    return frame(file, sum, (4 - file.length % 4) % 4);
  }

  /** The same with any number of fill bytes. */
  static byte[] frame(byte[] file, Sum sum, int fill) {
    byte[] escape = bytes(0x1B, 0x1B, 0x1B, 0x1B);
    ByteArrayOutputStream doubled = new ByteArrayOutputStream();
    int run = 0;
    for (byte b : join(file, new byte[fill])) {
      run = b == 0x1B ? run + 1 : 0;
      doubled.write(b);
      if (run == 4) {
        doubled.writeBytes(escape);
        run = 0;
      }
    }
    byte[] all = join(escape, bytes(1, 1, 1, 1), doubled.toByteArray(), escape, bytes(0x1A, fill));
    int crc = onTheWire(sum, all);
    return join(all, bytes(crc >> 8, crc & 0xFF));
  }

  private static int onTheWire(Sum sum, byte[] bytes) {
    int crc = sum == Sum.X25 ? 0xFFFF : 0;
    for (byte b : bytes) {
      for (int bit = 0; bit < 8; bit++) {
        int lowest = (crc ^ b >> bit) & 1;
        crc >>= 1;
        if (lowest != 0) {
          crc ^= 0x8408;
        }
      }
    }
    if (sum == Sum.X25) {
      crc ^= 0xFFFF;
    }
    return sum == Sum.KERMIT ? crc : (crc & 0xFF) << 8 | crc >> 8;
  }

  static byte[] number(String type, long value) {
    int width = type.charAt(1) - '0';
    byte[] out = new byte[width + 1];
    out[0] = (byte) ((type.charAt(0) == 'i' ? 0x50 : 0x60) | (width + 1));
    for (int i = 0; i < width; i++) {
      out[width - i] = (byte) (value >> (8 * i));
    }
    return out;
  }

  /** An octet string; its length field takes as many bytes as it needs. */
  static byte[] octets(byte[] content) {
    int length = content.length + 1;
    return length < 16
        ? join(bytes(length), content)
        : join(bytes(0x80 | (length + 1) >> 4, (length + 1) & 15), content);
  }

  static byte[] bytes(int... values) {
    byte[] out = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      out[i] = (byte) values[i];
    }
    return out;
  }

  static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
