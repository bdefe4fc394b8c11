package org.commonshub.metering.dlms;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.engines.AESEngine;
import org.bouncycastle.crypto.modes.GCMBlockCipher;
import org.bouncycastle.crypto.modes.GCMModeCipher;
import org.bouncycastle.crypto.params.AEADParameters;
import org.bouncycastle.crypto.params.KeyParameter;

/** Writes messages as meters do, for tests; shares no code with what is tested. */
final class Writer {
  static final String KEY = "000102030405060708090a0b0c0d0e0f";
  static final String AUTHENTICATION_KEY = "d0d1d2d3d4d5d6d7d8d9dadbdcdddedf";

  private Writer() {}

  static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replaceAll("\\s", ""));
  }

  static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  static String ascii(String text) {
    return HexFormat.of().formatHex(text.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
  }

  /** Tag, length and text. */
  static String string(int tag, String text) {
    return String.format("%02x%02x%s", tag, text.length(), ascii(text));
  }

  /** Message with LLC header in an HDLC frame, as Aidon addresses it. */
  static byte[] hdlc(byte[] message) {
    return hdlcFrame(join(hex("E6E700"), message), false);
  }

  static byte[] hdlcFrame(byte[] information, boolean more) {
    byte[] head = hex("41 0883 13");
    int length = 2 + head.length + 2 + information.length + 2;
    byte[] start =
        join(new byte[] {(byte) (0xA0 | (more ? 8 : 0) | length >> 8), (byte) length}, head);
    byte[] body = join(start, fcs(start), information);
    return join(hex("7E"), body, fcs(body), hex("7E"));
  }

  /** In HDLC frames of at most so many bytes of information. */
  static byte[] hdlcSegments(byte[] message, int size) {
    byte[] all = join(hex("E6E700"), message);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int at = 0; at < all.length; at += size) {
      int end = Math.min(all.length, at + size);
      out.writeBytes(hdlcFrame(Arrays.copyOfRange(all, at, end), end < all.length));
    }
    return out.toByteArray();
  }

  private static byte[] fcs(byte[] bytes) {
    int fcs = 0xFFFF;
    for (byte one : bytes) {
      for (int bit = 0; bit < 8; bit++) {
        boolean odd = ((fcs ^ one >> bit) & 1) == 1;
        fcs = odd ? fcs >> 1 ^ 0x8408 : fcs >> 1;
      }
    }
    return new byte[] {(byte) ~fcs, (byte) (~fcs >> 8)};
  }

  /** In M-Bus long frames of at most {@code size} bytes of message, as Kaifa and Sagemcom do. */
  static byte[] mbus(byte[] message, int size) {
    List<byte[]> frames = new ArrayList<>();
    int count = (message.length + size - 1) / size;
    for (int i = 0; i < count; i++) {
      byte[] part = Arrays.copyOfRange(message, i * size, Math.min(message.length, (i + 1) * size));
      byte[] body =
          join(
              new byte[] {0x53, (byte) 0xFF, (byte) (i | (i == count - 1 ? 0x10 : 0)), 1, 0x67},
              part);
      int sum = 0;
      for (byte one : body) {
        sum += one;
      }
      byte length = (byte) body.length;
      frames.add(
          join(new byte[] {0x68, length, length, 0x68}, body, new byte[] {(byte) sum, 0x16}));
    }
    return join(frames.toArray(byte[][]::new));
  }

  static byte[] wrapper(byte[] message) {
    return join(
        hex("0001 0001 0067"),
        new byte[] {(byte) (message.length >> 8), (byte) message.length},
        message);
  }

  /** In general block transfer, one HDLC frame each. */
  static byte[] blocks(byte[] message, int size) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int number = 1;
    for (int at = 0; at < message.length; at += size) {
      int end = Math.min(message.length, at + size);
      byte[] part = Arrays.copyOfRange(message, at, end);
      byte[] block =
          join(
              new byte[] {
                (byte) 0xE0,
                (byte) (end == message.length ? 0xC0 : 0x40),
                0,
                (byte) number,
                0,
                0,
                (byte) part.length
              },
              part);
      out.writeBytes(number++ == 1 ? hdlc(block) : hdlcFrame(block, false));
    }
    return out.toByteArray();
  }

  /**
   * General global ciphering.
   *
   * @param control security control: 20h encrypted, 10h authenticated
   */
  static byte[] ciphered(
      byte[] message, String systemTitle, long counter, int control, String key, String akey) {
    byte[] title = hex(systemTitle);
    byte[] ic = {
      (byte) (counter >> 24), (byte) (counter >> 16), (byte) (counter >> 8), (byte) counter
    };
    byte[] aad = join(new byte[] {(byte) control}, hex(akey));
    boolean encrypted = (control & 0x20) != 0;
    if (!encrypted) {
      aad = join(aad, message);
    }
    GCMModeCipher gcm = GCMBlockCipher.newInstance(AESEngine.newInstance());
    gcm.init(true, new AEADParameters(new KeyParameter(hex(key)), 96, join(title, ic), aad));
    byte[] input = encrypted ? message : new byte[0];
    byte[] output = new byte[gcm.getOutputSize(input.length)];
    int written = gcm.processBytes(input, 0, input.length, output, 0);
    try {
      gcm.doFinal(output, written);
    } catch (InvalidCipherTextException e) {
      throw new AssertionError(e);
    }
    byte[] tag = Arrays.copyOfRange(output, output.length - 12, output.length);
    byte[] information =
        join(
            encrypted ? Arrays.copyOf(output, output.length - 12) : message,
            (control & 0x10) != 0 ? tag : new byte[0]);
    byte[] body = join(new byte[] {(byte) control}, ic, information);
    return join(new byte[] {(byte) 0xDB, 8}, title, length(body.length), body);
  }

  private static byte[] length(int length) {
    return length < 128
        ? new byte[] {(byte) length}
        : length < 256
            ? new byte[] {(byte) 0x81, (byte) length}
            : new byte[] {(byte) 0x82, (byte) (length >> 8), (byte) length};
  }

  /** Logical name, 32-bit value, {scaler, unit}, in a structure of their own. */
  static String register(String obis, long value, int scaler, int unit) {
    return "0203" + name(obis) + String.format("06%08x", value) + scale(scaler, unit);
  }

  static String name(String obis) {
    String[] groups = obis.split("[-:.]");
    StringBuilder text = new StringBuilder("0906");
    for (String group : groups) {
      text.append(String.format("%02x", Integer.parseInt(group)));
    }
    return text.append("ff").toString();
  }

  static String scale(int scaler, int unit) {
    return String.format("02020f%02x16%02x", scaler & 0xFF, unit);
  }
}
