package org.commonshub.metering.mbus;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * AES-128 with one key, as EN 13757-4 and EN 13757-7 use it; CMAC of RFC 4493. Finding a cipher
 * costs more than a telegram's blocks, so a meter keeps its own. Not thread-safe, nor beside those
 * made by {@link #with}.
 */
final class Aes {
  static final int BLOCK = 16;

  private static final String CBC = "AES/CBC/NoPadding";
  private static final String CTR = "AES/CTR/NoPadding";
  private static final IvParameterSpec ZERO = new IvParameterSpec(new byte[BLOCK]);

  private final SecretKeySpec key;
  private final Cipher chained;
  private final Cipher counted;

  /**
   * Made of a key.
   *
   * @param key 16 bytes; null for none
   * @return null without a key
   */
  static Aes of(byte[] key) {
    return key == null ? null : new Aes(key, cipher(CBC), cipher(CTR));
  }

  private Aes(byte[] key, Cipher chained, Cipher counted) {
    this.key = new SecretKeySpec(key, "AES");
    this.chained = chained;
    this.counted = counted;
  }

  private static Cipher cipher(String how) {
    try {
      return Cipher.getInstance(how);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java runtime has " + how, e);
    }
  }

  /** The same with another key, on the same ciphers. */
  Aes with(byte[] other) {
    return new Aes(other, chained, counted);
  }

  /** Key of 32 hex digits, blanks and colons ignored; null if it has another form. */
  static byte[] key(String text) {
    String digits = text.replaceAll("[\\s:-]", "").toLowerCase(Locale.ROOT);
    return digits.matches("[0-9a-f]{32}") ? HexFormat.of().parseHex(digits) : null;
  }

  byte[] cbcDecrypt(byte[] iv, byte[] data) {
    return run(chained, Cipher.DECRYPT_MODE, new IvParameterSpec(iv), data);
  }

  byte[] ctr(byte[] iv, byte[] data) {
    return run(counted, Cipher.DECRYPT_MODE, new IvParameterSpec(iv), data);
  }

  private byte[] run(Cipher cipher, int direction, IvParameterSpec iv, byte[] data) {
    try {
      cipher.init(direction, key, iv);
      return cipher.doFinal(data);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(cipher.getAlgorithm() + " takes any whole blocks", e);
    }
  }

  /** Message authentication code, 16 bytes. */
  byte[] cmac(byte[] message) {
    byte[] subkey = doubled(lastOfChain(new byte[BLOCK]));
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
    return lastOfChain(padded);
  }

  /** Last block of the chain (CBC-MAC). */
  private byte[] lastOfChain(byte[] blocks) {
    byte[] chain = run(chained, Cipher.ENCRYPT_MODE, ZERO, blocks);
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
