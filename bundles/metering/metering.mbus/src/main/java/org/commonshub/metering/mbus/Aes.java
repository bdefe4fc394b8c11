package org.commonshub.metering.mbus;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** AES-128 as EN 13757-4 and EN 13757-7 use it; CMAC of RFC 4493. */
final class Aes {
  static final int BLOCK = 16;

  private Aes() {}

  /** Key of 32 hex digits, blanks and colons ignored; null if it has another form. */
  static byte[] key(String text) {
    String digits = text.replaceAll("[\\s:-]", "").toLowerCase(Locale.ROOT);
    return digits.matches("[0-9a-f]{32}") ? HexFormat.of().parseHex(digits) : null;
  }

  static byte[] cbcDecrypt(byte[] key, byte[] iv, byte[] data) {
    return run("AES/CBC/NoPadding", Cipher.DECRYPT_MODE, key, iv, data);
  }

  static byte[] ctr(byte[] key, byte[] iv, byte[] data) {
    return run("AES/CTR/NoPadding", Cipher.DECRYPT_MODE, key, iv, data);
  }

  private static byte[] run(String how, int direction, byte[] key, byte[] iv, byte[] data) {
    try {
      Cipher cipher = Cipher.getInstance(how);
      cipher.init(direction, new SecretKeySpec(key, "AES"), new IvParameterSpec(iv));
      return cipher.doFinal(data);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java runtime has " + how, e);
    }
  }

  /** Message authentication code, 16 bytes. */
  static byte[] cmac(byte[] key, byte[] message) {
    byte[] subkey = doubled(chained(key, new byte[BLOCK]));
    int blocks = Math.max(1, (message.length + BLOCK - 1) / BLOCK);
    byte[] padded = Arrays.copyOf(message, blocks * BLOCK);
    if (padded.length != message.length || message.length == 0) {
      padded[message.length] = (byte) 0x80;
      subkey = doubled(subkey);
    }
    int last = padded.length - BLOCK;
    for (int i = 0; i < BLOCK; i++) {
      padded[last + i] ^= subkey[i];
    }
    return chained(key, padded);
  }

  /** Last block of the chain (CBC-MAC). */
  private static byte[] chained(byte[] key, byte[] blocks) {
    byte[] chain = run("AES/CBC/NoPadding", Cipher.ENCRYPT_MODE, key, new byte[BLOCK], blocks);
    return Arrays.copyOfRange(chain, chain.length - BLOCK, chain.length);
  }

  private static byte[] doubled(byte[] value) {
    byte[] shifted = new byte[BLOCK];
    for (int i = 0; i < BLOCK; i++) {
      int next = i + 1 < BLOCK ? (value[i + 1] & 0x80) >> 7 : 0;
      shifted[i] = (byte) (value[i] << 1 | next);
    }
    if ((value[0] & 0x80) != 0) {
      shifted[BLOCK - 1] ^= (byte) 0x87;
    }
    return shifted;
  }
}
