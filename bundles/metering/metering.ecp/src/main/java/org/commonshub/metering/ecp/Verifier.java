package org.commonshub.metering.ecp;

import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Verifies signatures of one Ed25519 key that sends often (RFC 8032, section 5.1.7), with multiples
 * of the key computed beforehand: in half the time of BouncyCastle, which has to do them again for
 * each signature. Strict: S is under the order of the group, and R is compared as it is encoded, so
 * that nobody can make a second signature of one. Immutable.
 */
final class Verifier {
  private static final BigInteger ORDER =
      BigInteger.ONE.shiftLeft(252).add(new BigInteger("27742317777372353535851937790883648493"));

  /** Made when the first meter is there. */
  private static final class Base {
    static final Multiples MULTIPLES =
        new Multiples(HexFormat.of().parseHex("58" + "66".repeat(Point.BYTES - 1)));
  }

  private final byte[] key;
  private final Multiples multiples;

  /**
   * @param key a key in the group of prime order: {@link DeviceKey} looks
   */
  Verifier(byte[] key) {
    this.key = key.clone();
    this.multiples = new Multiples(key);
  }

  /**
   * Whether the key signed a message.
   *
   * @param signature 64 bytes
   */
  boolean verify(byte[] signature, byte[] message) {
    byte[] s = Arrays.copyOfRange(signature, Point.BYTES, 2 * Point.BYTES);
    if (number(s).compareTo(ORDER) >= 0) {
      return false;
    }
    byte[] hash;
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-512");
      digest.update(signature, 0, Point.BYTES);
      digest.update(key);
      hash = digest.digest(message);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-512", e);
    }
    byte[] k = bytes(number(hash).mod(ORDER));
    byte[] r = Multiples.difference(Base.MULTIPLES, s, multiples, k).encoded();
    return Arrays.equals(r, 0, Point.BYTES, signature, 0, Point.BYTES);
  }

  private static BigInteger number(byte[] littleEndian) {
    return new BigInteger(1, reversed(littleEndian, littleEndian.length));
  }

  private static byte[] bytes(BigInteger scalar) {
    return reversed(scalar.toByteArray(), Point.BYTES);
  }

  /** Turned round; zeros fill it up. */
  private static byte[] reversed(byte[] bytes, int size) {
    byte[] turned = new byte[size];
    for (int i = 0; i < bytes.length; i++) {
      turned[bytes.length - 1 - i] = bytes[i];
    }
    return turned;
  }
}
