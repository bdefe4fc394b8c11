package org.commonshub.metering.mbus;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.engines.AESEngine;
import org.bouncycastle.crypto.macs.CMac;
import org.bouncycastle.crypto.params.KeyParameter;

/** Writes wireless telegrams for tests; shares no code with what is tested. */
final class RadioWriter {
  private RadioWriter() {}

  static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replace(" ", ""));
  }

  static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  /** L, C = SND-NR, address and the rest, without checksums. */
  static byte[] stripped(byte[] linkAddress, byte[] fromCi) {
    return join(new byte[] {(byte) (9 + fromCi.length), 0x44}, linkAddress, fromCi);
  }

  /** With the checksums of format A. */
  static byte[] formatA(byte[] stripped) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int size = 10;
    for (int at = 0; at < stripped.length; ) {
      byte[] block = Arrays.copyOfRange(stripped, at, Math.min(stripped.length, at + size));
      out.writeBytes(block);
      out.writeBytes(crc(block));
      at += block.length;
      size = 16;
    }
    return out.toByteArray();
  }

  /** With the checksums of format B; the length field counts them. */
  static byte[] formatB(byte[] stripped) {
    boolean two = stripped.length > 126;
    byte[] whole = stripped.clone();
    whole[0] = (byte) (stripped.length - 1 + (two ? 4 : 2));
    byte[] first = Arrays.copyOf(whole, Math.min(126, whole.length));
    if (!two) {
      return join(first, crc(first));
    }
    byte[] second = Arrays.copyOfRange(whole, 126, whole.length);
    return join(first, crc(first), second, crc(second));
  }

  private static byte[] crc(byte[] block) {
    int crc = 0;
    for (byte one : block) {
      for (int bit = 7; bit >= 0; bit--) {
        boolean carry = ((crc >> 15) & 1) != ((one >> bit) & 1);
        crc = crc << 1 & 0xFFFF;
        if (carry) {
          crc ^= 0x3D65;
        }
      }
    }
    crc ^= 0xFFFF;
    return new byte[] {(byte) (crc >> 8), (byte) crc};
  }

  private static byte[] padded(byte[] records) {
    int length = (records.length + 2 + 15) / 16 * 16;
    byte[] padded = new byte[length];
    Arrays.fill(padded, (byte) 0x2F);
    System.arraycopy(records, 0, padded, 2, records.length);
    return padded;
  }

  private static byte[] cbc(byte[] key, byte[] iv, byte[] data) {
    try {
      Cipher cipher = Cipher.getInstance("AES/CBC/NoPadding");
      cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new IvParameterSpec(iv));
      return cipher.doFinal(data);
    } catch (java.security.GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /** Short header and records in security mode 5. */
  static byte[] mode5(byte[] linkAddress, int access, byte[] key, byte[] records) {
    byte[] clear = padded(records);
    byte[] iv = Arrays.copyOf(linkAddress, 16);
    Arrays.fill(iv, 8, 16, (byte) access);
    return join(
        new byte[] {0x7A, (byte) access, 0, (byte) (clear.length / 16 << 4), 0x05},
        cbc(key, iv, clear));
  }

  static byte[] cmac(byte[] key, byte[] message) {
    CMac mac = new CMac(AESEngine.newInstance());
    mac.init(new KeyParameter(key));
    mac.update(message, 0, message.length);
    byte[] code = new byte[16];
    mac.doFinal(code, 0);
    return code;
  }

  /** Authentication layer, short header and records in security mode 7. */
  static byte[] mode7(byte[] linkAddress, int access, long counter, byte[] key, byte[] records) {
    byte[] mcr = {
      (byte) counter, (byte) (counter >> 8), (byte) (counter >> 16), (byte) (counter >> 24)
    };
    byte[] derivation = new byte[16];
    Arrays.fill(derivation, (byte) 7);
    derivation[0] = 0;
    System.arraycopy(mcr, 0, derivation, 1, 4);
    System.arraycopy(linkAddress, 2, derivation, 5, 4);
    byte[] encryption = cmac(key, derivation);
    derivation[0] = 1;
    byte[] authentication = cmac(key, derivation);
    byte[] clear = padded(records);
    byte[] transport =
        join(
            new byte[] {0x7A, (byte) access, 0, (byte) (clear.length / 16 << 4), 0x07, 0x10},
            cbc(encryption, new byte[16], clear));
    byte[] mac = cmac(authentication, join(new byte[] {0x25}, mcr, transport));
    return join(hex("90 0F 00 2C 25"), mcr, Arrays.copyOf(mac, 8), transport);
  }

  /** As a CUL writes it: format A and two bytes of signal quality. */
  static String cul(byte[] stripped) {
    return "b" + hex(formatA(stripped)).toUpperCase(Locale.ROOT) + "8E2F\r\n";
  }

  static String rtl(byte[] stripped) {
    return "T1;1;1;2026-01-15 12:00:00.000;97;148;12345678;0x" + hex(stripped) + "\n";
  }

  /** As an IMST iM871A says it, with time, signal strength and checksum. */
  static byte[] imst(byte[] stripped) {
    byte[] payload = Arrays.copyOfRange(stripped, 1, stripped.length);
    byte[] body =
        join(
            new byte[] {(byte) 0xE2, 0x03, (byte) payload.length},
            payload,
            new byte[] {1, 2, 3, 4, (byte) 0x9A});
    int crc = 0xFFFF;
    for (byte one : body) {
      crc ^= one & 0xFF;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 1) == 0 ? crc >>> 1 : crc >>> 1 ^ 0x8408;
      }
    }
    crc ^= 0xFFFF;
    return join(new byte[] {(byte) 0xA5}, body, new byte[] {(byte) crc, (byte) (crc >> 8)});
  }

  /** As an AMB8465 says it. */
  static byte[] amber(byte[] stripped, boolean strength) {
    byte[] payload = Arrays.copyOfRange(stripped, 1, stripped.length);
    byte[] message =
        join(
            new byte[] {(byte) 0xFF, 0x03, (byte) (payload.length + (strength ? 1 : 0))},
            payload,
            strength ? new byte[] {(byte) 0x9A} : new byte[0],
            new byte[1]);
    for (int i = 0; i < message.length - 1; i++) {
      message[message.length - 1] ^= message[i];
    }
    return message;
  }
}
