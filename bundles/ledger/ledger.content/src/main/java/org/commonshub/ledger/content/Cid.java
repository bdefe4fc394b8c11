package org.commonshub.ledger.content;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * A content identifier: CIDv1 with SHA-256, or what a CAR file names otherwise.
 *
 * @param bytes binary form
 */
record Cid(byte[] bytes) {
  /** Multicodec of plain bytes. */
  static final int RAW = 0x55;

  /** Multicodec of DAG-CBOR. */
  static final int DAG_CBOR = 0x71;

  /** CBOR tag of a link. */
  static final long LINK = 42;

  private static final String BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

  /** Identifier of a block. */
  static Cid of(int codec, byte[] block) {
    return of(codec, block, block.length);
  }

  /** Identifier of the first {@code length} bytes. */
  static Cid of(int codec, byte[] block, int length) {
    MessageDigest sha = sha256();
    sha.update(block, 0, length);
    byte[] bytes = new byte[36];
    bytes[0] = 1;
    bytes[1] = (byte) codec;
    bytes[2] = 0x12;
    bytes[3] = 32;
    System.arraycopy(sha.digest(), 0, bytes, 4, 32);
    return new Cid(bytes);
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256 is part of every Java", e);
    }
  }

  /** Form of a link in DAG-CBOR: a zero and the binary form. */
  byte[] link() {
    byte[] link = new byte[bytes.length + 1];
    System.arraycopy(bytes, 0, link, 1, bytes.length);
    return link;
  }

  /** Multibase base32, {@code bafy…}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("b");
    int bits = 0;
    int buffer = 0;
    for (byte b : bytes) {
      buffer = buffer << 8 | b & 0xFF;
      for (bits += 8; bits >= 5; bits -= 5) {
        text.append(BASE32.charAt(buffer >> bits - 5 & 31));
      }
      buffer &= (1 << bits) - 1;
    }
    return bits == 0
        ? text.toString()
        : text.append(BASE32.charAt(buffer << 5 - bits & 31)).toString();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Cid cid && Arrays.equals(cid.bytes, bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }
}
