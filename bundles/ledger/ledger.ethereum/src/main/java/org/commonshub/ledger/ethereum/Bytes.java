package org.commonshub.ledger.ethereum;

import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.bouncycastle.crypto.digests.KeccakDigest;

/** Hashes and hexadecimal. */
final class Bytes {
  private static final HexFormat HEX = HexFormat.of();

  private Bytes() {}

  /** Keccak-256, the original one (not SHA3-256). */
  static byte[] keccak(byte[] data) {
    KeccakDigest digest = new KeccakDigest(256);
    digest.update(data, 0, data.length);
    byte[] hash = new byte[32];
    digest.doFinal(hash, 0);
    return hash;
  }

  static byte[] sha256(byte[] data) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(data);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256 is part of every Java", e);
    }
  }

  /** {@code 0x} and two digits per byte. */
  static String hex(byte[] bytes) {
    return "0x" + HEX.formatHex(bytes);
  }

  /** A JSON-RPC quantity: {@code 0x} and no leading zero. */
  static String quantity(long value) {
    return "0x" + Long.toHexString(value);
  }

  /**
   * Reads {@code 0x} and an even number of digits.
   *
   * @throws IllegalArgumentException if it is anything else
   */
  static byte[] parse(String hex) {
    if (!hex.startsWith("0x")) {
      throw new IllegalArgumentException("does not begin with 0x");
    }
    return HEX.parseHex(hex, 2, hex.length());
  }

  /**
   * Reads an address.
   *
   * @throws IllegalArgumentException if it has not 20 bytes
   */
  static byte[] address(String hex) {
    byte[] address = parse(hex);
    if (address.length != 20) {
      throw new IllegalArgumentException("has not 20 bytes");
    }
    return address;
  }

  static byte[] concat(byte[]... parts) {
    int length = 0;
    for (byte[] part : parts) {
      length += part.length;
    }
    byte[] all = new byte[length];
    int at = 0;
    for (byte[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }

  /** Big-endian, without leading zeros; zero is empty. */
  static byte[] minimal(BigInteger value) {
    if (value.signum() < 0) {
      throw new IllegalArgumentException("negative");
    }
    byte[] bytes = value.toByteArray();
    return bytes[0] == 0 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes;
  }

  /** The last {@code length} bytes, filled up with zeros on the left. */
  static byte[] left(byte[] bytes, int length) {
    byte[] out = new byte[length];
    int count = Math.min(bytes.length, length);
    System.arraycopy(bytes, bytes.length - count, out, length - count, count);
    return out;
  }
}
