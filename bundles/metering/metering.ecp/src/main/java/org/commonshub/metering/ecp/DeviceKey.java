package org.commonshub.metering.ecp;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import org.commonshub.metering.api.DeviceException;

/** The public key of a meter (Ed25519, RFC 8032). Immutable. */
final class DeviceKey {
  /** SubjectPublicKeyInfo of an Ed25519 key without the key (RFC 8410, section 4). */
  private static final byte[] PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");

  private final byte[] bytes;
  private final PublicKey key;
  private final String id;

  private DeviceKey(byte[] bytes, PublicKey key) {
    this.bytes = bytes;
    this.key = key;
    this.id = HexFormat.of().formatHex(identifier(bytes));
  }

  /**
   * A key from its 32 bytes.
   *
   * @throws GeneralSecurityException if they are no point of the curve
   */
  static DeviceKey of(byte[] bytes) throws GeneralSecurityException {
    if (bytes.length != 32) {
      throw new GeneralSecurityException("an Ed25519 key has 32 bytes");
    }
    byte[] encoded = Arrays.copyOf(PREFIX, PREFIX.length + 32);
    System.arraycopy(bytes, 0, encoded, PREFIX.length, 32);
    return new DeviceKey(
        bytes.clone(),
        KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded)));
  }

  /**
   * A key from a setting.
   *
   * @throws DeviceException of kind SETTINGS
   */
  static DeviceKey parse(String hex) throws DeviceException {
    try {
      return of(
          HexFormat.of().parseHex(hex.replaceAll("[\\s:]", "").toLowerCase(java.util.Locale.ROOT)));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new DeviceException(
          DeviceException.Kind.SETTINGS,
          "The public key is not an Ed25519 key. It is 64 hexadecimal digits, printed on the meter"
              + " or shown by its enrolment.",
          e);
    }
  }

  /** Names the key: the first 16 bytes of its SHA-512. */
  static byte[] identifier(byte[] key) {
    try {
      return Arrays.copyOf(MessageDigest.getInstance("SHA-512").digest(key), Envelope.KID);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-512", e);
    }
  }

  /** Identifier in hexadecimal. */
  String id() {
    return id;
  }

  /** The key in hexadecimal. */
  String hex() {
    return HexFormat.of().formatHex(bytes);
  }

  /** Whether the envelope was signed with this key. */
  boolean signed(Envelope envelope) {
    try {
      Signature verifier = Signature.getInstance("Ed25519");
      verifier.initVerify(key);
      verifier.update(envelope.signed());
      return verifier.verify(envelope.signature());
    } catch (GeneralSecurityException e) {
      return false; // A signature that cannot be one.
    }
  }
}
