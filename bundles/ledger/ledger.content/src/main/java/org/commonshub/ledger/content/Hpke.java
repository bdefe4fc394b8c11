package org.commonshub.ledger.content;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPrivateKeySpec;
import java.security.spec.XECPublicKeySpec;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.KeyAgreement;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Hybrid public key encryption of one message (RFC 9180, section 6.1) in base mode with
 * DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-GCM. Pure functions on the JDK's primitives.
 */
final class Hpke {
  /** Bytes of a key, public or private. */
  static final int KEY = 32;

  /** Bytes that the ciphertext is longer than the message. */
  static final int TAG = 16;

  private static final byte[] VERSION = ascii("HPKE-v1");
  private static final byte[] KEM = {'K', 'E', 'M', 0, 0x20};
  private static final byte[] BASE_POINT = {9};

  private final int aeadKey;
  private final byte[] suite;

  /** AES-256-GCM. */
  static final Hpke AES_256 = new Hpke(32);

  /** AES-128-GCM, which the RFC's own vectors use. */
  static final Hpke AES_128 = new Hpke(16);

  /**
   * What is sent.
   *
   * @param enc encapsulated key, 32 bytes
   * @param ciphertext message and tag
   */
  record Message(byte[] enc, byte[] ciphertext) {}

  private Hpke(int aeadKey) {
    this.aeadKey = aeadKey;
    suite = new byte[] {'H', 'P', 'K', 'E', 0, 0x20, 0, 1, 0, (byte) (aeadKey == 32 ? 2 : 1)};
  }

  /**
   * Seals to a public key.
   *
   * @param ephemeral 32 fresh random bytes
   * @throws GeneralSecurityException if the public key is one of the few that give no secret
   */
  Message seal(byte[] publicKey, byte[] info, byte[] aad, byte[] message, byte[] ephemeral)
      throws GeneralSecurityException {
    byte[] enc = publicKey(ephemeral);
    byte[] secret = shared(agree(ephemeral, publicKey), enc, publicKey);
    return new Message(enc, crypt(Cipher.ENCRYPT_MODE, secret, info, aad, message));
  }

  /**
   * Opens what was sealed.
   *
   * @throws GeneralSecurityException if it was sealed to another key or anything was changed
   */
  byte[] open(byte[] privateKey, byte[] info, byte[] aad, Message message)
      throws GeneralSecurityException {
    byte[] secret = shared(agree(privateKey, message.enc()), message.enc(), publicKey(privateKey));
    return crypt(Cipher.DECRYPT_MODE, secret, info, aad, message.ciphertext());
  }

  /** The public key of a private one (RFC 7748, section 6.1). */
  static byte[] publicKey(byte[] privateKey) throws GeneralSecurityException {
    return agree(privateKey, Arrays.copyOf(BASE_POINT, KEY));
  }

  private static byte[] agree(byte[] privateKey, byte[] publicKey) throws GeneralSecurityException {
    if (privateKey.length != KEY || publicKey.length != KEY) {
      throw new InvalidKeyException("a key of X25519 has 32 bytes");
    }
    byte[] big = new byte[KEY];
    for (int i = 0; i < KEY; i++) {
      big[i] = publicKey[KEY - 1 - i];
    }
    big[0] &= 0x7F;
    KeyFactory factory = KeyFactory.getInstance("X25519");
    PrivateKey mine =
        factory.generatePrivate(new XECPrivateKeySpec(NamedParameterSpec.X25519, privateKey));
    PublicKey theirs =
        factory.generatePublic(
            new XECPublicKeySpec(NamedParameterSpec.X25519, new BigInteger(1, big)));
    KeyAgreement agreement = KeyAgreement.getInstance("X25519");
    agreement.init(mine);
    agreement.doPhase(theirs, true);
    return agreement.generateSecret();
  }

  private static byte[] shared(byte[] agreed, byte[] enc, byte[] recipient)
      throws GeneralSecurityException {
    byte[] prk = extract(KEM, new byte[0], "eae_prk", agreed);
    return expand(KEM, prk, "shared_secret", concat(enc, recipient), 32);
  }

  private byte[] crypt(int mode, byte[] shared, byte[] info, byte[] aad, byte[] text)
      throws GeneralSecurityException {
    byte[] none = new byte[0];
    byte[] context =
        concat(
            new byte[] {0},
            extract(suite, none, "psk_id_hash", none),
            extract(suite, none, "info_hash", info));
    byte[] secret = extract(suite, shared, "secret", none);
    byte[] key = expand(suite, secret, "key", context, aeadKey);
    byte[] nonce = expand(suite, secret, "base_nonce", context, 12);
    return gcm(mode, key, nonce, aad, text);
  }

  static byte[] gcm(int mode, byte[] key, byte[] nonce, byte[] aad, byte[] text)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG * 8, nonce));
    cipher.updateAAD(aad);
    return cipher.doFinal(text);
  }

  /** LabeledExtract (section 4). */
  private static byte[] extract(byte[] suite, byte[] salt, String label, byte[] ikm)
      throws GeneralSecurityException {
    return hmac(salt.length == 0 ? new byte[32] : salt, concat(VERSION, suite, ascii(label), ikm));
  }

  /** LabeledExpand (section 4) for at most 32 bytes. */
  private static byte[] expand(byte[] suite, byte[] prk, String label, byte[] info, int length)
      throws GeneralSecurityException {
    byte[] labelled =
        concat(new byte[] {0, (byte) length}, VERSION, suite, ascii(label), info, new byte[] {1});
    return Arrays.copyOf(hmac(prk, labelled), length);
  }

  private static byte[] hmac(byte[] key, byte[] data) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return mac.doFinal(data);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] concat(byte[]... parts) {
    ByteBuffer all = ByteBuffer.allocate(Arrays.stream(parts).mapToInt(p -> p.length).sum());
    for (byte[] part : parts) {
      all.put(part);
    }
    return all.array();
  }
}
