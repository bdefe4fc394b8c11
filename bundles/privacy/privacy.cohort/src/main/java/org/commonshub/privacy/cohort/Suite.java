package org.commonshub.privacy.cohort;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPrivateKeySpec;
import java.security.spec.XECPublicKeySpec;
import java.util.Optional;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.KeyAgreement;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.commonshub.privacy.cohort.CohortException.Why;

/**
 * The ciphers of the protocol, all from the JDK: X25519 (RFC 7748), HKDF with SHA-256 (RFC 5869),
 * ChaCha20-Poly1305 (RFC 8439). Stateless; any thread. Tests put a faster group and other masks in
 * its place.
 */
class Suite {
  /** Length of secrets, public keys, seeds and digests. */
  static final int KEY = 32;

  /** What a sealed text is longer than the plain one. */
  static final int TAG = 16;

  private static final String CURVE = "X25519";
  private static final String HMAC = "HmacSHA256";
  private static final byte[] BASE_POINT = {
    9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
  };

  /** Public key of a secret of 32 random bytes. */
  byte[] publicKey(byte[] secret) {
    try {
      return agree(secret, BASE_POINT);
    } catch (CohortException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * What two keys have in common.
   *
   * @throws CohortException if the public key is one of the few that would give it away
   */
  byte[] agree(byte[] secret, byte[] publicKey) throws CohortException {
    byte[] big = new byte[KEY];
    for (int i = 0; i < KEY; i++) {
      big[i] = publicKey[KEY - 1 - i];
    }
    big[0] &= 0x7F;
    try {
      KeyFactory keys = KeyFactory.getInstance(CURVE);
      PrivateKey own =
          keys.generatePrivate(new XECPrivateKeySpec(NamedParameterSpec.X25519, secret));
      KeyAgreement agreement = KeyAgreement.getInstance(CURVE);
      agreement.init(own);
      agreement.doPhase(
          keys.generatePublic(
              new XECPublicKeySpec(NamedParameterSpec.X25519, new BigInteger(1, big))),
          true);
      return agreement.generateSecret();
    } catch (InvalidKeyException e) {
      throw new CohortException(Why.SIGNATURE, "A member's key is one that hides nothing.");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("X25519 is part of Java since 11", e);
    }
  }

  /**
   * A mask: 64 bits that nobody can tell from random without the seed.
   *
   * @param salt the window and who is in it
   */
  long mask(byte[] seed, byte[] salt, String label, int first, int second) {
    return ByteBuffer.wrap(derive(seed, salt, label, first, second)).getLong();
  }

  /** 32 bytes for a use, from a seed of 32 bytes. */
  final byte[] derive(byte[] seed, byte[] salt, String label, int first, int second) {
    byte[] name = label.getBytes(StandardCharsets.US_ASCII);
    return hkdf(
        seed,
        salt,
        ByteBuffer.allocate(name.length + 2)
            .put(name)
            .put((byte) first)
            .put((byte) second)
            .array());
  }

  /** HKDF (RFC 5869), first block. */
  static byte[] hkdf(byte[] keyMaterial, byte[] salt, byte[] info) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(new SecretKeySpec(salt, HMAC));
      mac.init(new SecretKeySpec(mac.doFinal(keyMaterial), HMAC));
      mac.update(info);
      return mac.doFinal(new byte[] {1});
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("HMAC-SHA-256 is part of every Java", e);
    }
  }

  /** Seals under a key that is used for this one text only. */
  final byte[] seal(byte[] key, byte[] plain) {
    try {
      return cipher(Cipher.ENCRYPT_MODE, key).doFinal(plain);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("ChaCha20-Poly1305 is part of Java since 11", e);
    }
  }

  /** Opens; empty if somebody else sealed it. */
  final Optional<byte[]> open(byte[] key, byte[] sealed) {
    try {
      return Optional.of(cipher(Cipher.DECRYPT_MODE, key).doFinal(sealed));
    } catch (AEADBadTagException e) {
      return Optional.empty();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("ChaCha20-Poly1305 is part of Java since 11", e);
    }
  }

  private static Cipher cipher(int mode, byte[] key) throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("ChaCha20-Poly1305");
    cipher.init(mode, new SecretKeySpec(key, "ChaCha20"), new IvParameterSpec(new byte[12]));
    return cipher;
  }

  static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("SHA-256 is part of every Java", e);
    }
  }
}
