package org.commonshub.identity.api;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.EdECPoint;
import java.security.spec.EdECPublicKeySpec;
import java.security.spec.NamedParameterSpec;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * A public key, as others know it. Immutable; any thread.
 *
 * @param algorithm how it signs
 * @param bytes raw public key, {@link KeyAlgorithm#keyBytes()} long
 */
public record VerificationKey(KeyAlgorithm algorithm, byte[] bytes) {
  private static final String DID_KEY = "did:key:z";

  public VerificationKey {
    if (bytes.length != algorithm.keyBytes()) {
      throw new IllegalArgumentException(
          "a key of " + algorithm + " has " + algorithm.keyBytes() + " bytes, not " + bytes.length);
    }
    bytes = bytes.clone();
  }

  @Override
  public byte[] bytes() {
    return bytes.clone();
  }

  /** The key as a DID (W3C CCG did:key): multibase base58btc of multicodec and raw key. */
  public String didKey() {
    return "did:key:" + multikey();
  }

  /** The key as {@code publicKeyMultibase} (W3C Controlled Identifiers, Multikey). */
  public String multikey() {
    byte[] coded = new byte[2 + bytes.length];
    coded[0] = (byte) (algorithm.multicodec() & 0x7F | 0x80);
    coded[1] = (byte) (algorithm.multicodec() >> 7);
    System.arraycopy(bytes, 0, coded, 2, bytes.length);
    return "z" + Base58.encode(coded);
  }

  /**
   * Reads a did:key or a multikey.
   *
   * @throws IllegalArgumentException if it is neither, or of an algorithm not known here
   */
  public static VerificationKey parse(String text) {
    String digits =
        text.startsWith(DID_KEY)
            ? text.substring(DID_KEY.length())
            : text.startsWith("z") ? text.substring(1) : "";
    if (digits.isEmpty() || digits.length() > 64) {
      throw new IllegalArgumentException("not a did:key or multikey");
    }
    byte[] coded = Base58.decode(digits);
    for (KeyAlgorithm algorithm : KeyAlgorithm.values()) {
      if (coded.length == 2 + algorithm.keyBytes()
          && (coded[0] & 0xFF) == (algorithm.multicodec() & 0x7F | 0x80)
          && coded[1] == algorithm.multicodec() >> 7) {
        return new VerificationKey(algorithm, Arrays.copyOfRange(coded, 2, coded.length));
      }
    }
    throw new IllegalArgumentException("a key of an algorithm that is not known here");
  }

  /** The key of a JDK public key: Ed25519 or P-256. */
  public static VerificationKey of(PublicKey key) {
    byte[] spki = key.getEncoded();
    if (key instanceof ECPublicKey ec) {
      byte[] raw = new byte[33];
      raw[0] = (byte) (ec.getW().getAffineY().testBit(0) ? 3 : 2);
      byte[] x = ec.getW().getAffineX().toByteArray();
      int skip = Math.max(0, x.length - 32);
      System.arraycopy(x, skip, raw, 33 - (x.length - skip), x.length - skip);
      return new VerificationKey(KeyAlgorithm.P256, raw);
    }
    return new VerificationKey(
        KeyAlgorithm.ED25519, Arrays.copyOfRange(spki, spki.length - 32, spki.length));
  }

  /**
   * Whether this key made that signature over that message. False for anything malformed.
   *
   * @param signature 64 bytes
   */
  public boolean verify(byte[] message, byte[] signature) {
    if (signature.length != 64) {
      return false;
    }
    try {
      Signature verifier =
          Signature.getInstance(
              algorithm == KeyAlgorithm.ED25519 ? "Ed25519" : "SHA256withECDSAinP1363Format");
      verifier.initVerify(jdk());
      verifier.update(message);
      return verifier.verify(signature);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  /** SHA-256 of algorithm's multicodec and key, first 16 bytes in groups of four, for people. */
  public String fingerprint() {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update((byte) (algorithm.multicodec() >> 8));
      sha.update((byte) algorithm.multicodec());
      byte[] hash = sha.digest(bytes);
      return HexFormat.of().formatHex(hash, 0, 16).replaceAll("(.{4})(?=.)", "$1 ");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("SHA-256 is part of every Java", e);
    }
  }

  private PublicKey jdk() throws GeneralSecurityException {
    if (algorithm == KeyAlgorithm.ED25519) {
      byte[] big = new byte[32];
      for (int i = 0; i < 32; i++) {
        big[i] = bytes[31 - i];
      }
      boolean odd = big[0] < 0;
      big[0] &= 0x7F;
      return KeyFactory.getInstance("Ed25519")
          .generatePublic(
              new EdECPublicKeySpec(
                  NamedParameterSpec.ED25519, new EdECPoint(odd, new BigInteger(1, big))));
    }
    AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
    parameters.init(new ECGenParameterSpec("secp256r1"));
    ECParameterSpec curve = parameters.getParameterSpec(ECParameterSpec.class);
    BigInteger p = ((ECFieldFp) curve.getCurve().getField()).getP();
    BigInteger x = new BigInteger(1, Arrays.copyOfRange(bytes, 1, 33));
    BigInteger square =
        x.pow(3).add(curve.getCurve().getA().multiply(x)).add(curve.getCurve().getB()).mod(p);
    // p ≡ 3 mod 4, so a root is square^((p+1)/4) (SEC 1, section 2.3.4)
    BigInteger y = square.modPow(p.add(BigInteger.ONE).shiftRight(2), p);
    if ((bytes[0] & 0xFE) != 2 || x.compareTo(p) >= 0 || !y.multiply(y).mod(p).equals(square)) {
      throw new GeneralSecurityException("not a point of the curve");
    }
    if (y.testBit(0) != (bytes[0] == 3)) {
      y = p.subtract(y);
    }
    return KeyFactory.getInstance("EC")
        .generatePublic(new ECPublicKeySpec(new ECPoint(x, y), curve));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof VerificationKey key
        && key.algorithm == algorithm
        && Arrays.equals(key.bytes, bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return didKey();
  }
}
