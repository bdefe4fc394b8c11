package org.commonshub.metering.ecp;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.bouncycastle.math.ec.rfc8032.Ed25519;
import org.commonshub.metering.api.DeviceException;

/** The public key of a meter (Ed25519, RFC 8032). Immutable. */
final class DeviceKey {
  private final byte[] bytes;
  private final Ed25519.PublicPoint key;
  private final String id;

  private DeviceKey(byte[] bytes, Ed25519.PublicPoint key) {
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
    Ed25519.PublicPoint point = Ed25519.validatePublicKeyFullExport(bytes, 0);
    if (point == null) {
      throw new GeneralSecurityException("no point of the curve's prime-order group");
    }
    return new DeviceKey(bytes.clone(), point);
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

  /** For a meter that sends often. */
  Verifier verifier() {
    return new Verifier(bytes);
  }

  /** Whether the envelope was signed with this key; for a meter that nobody knows yet. */
  boolean signed(Envelope envelope) {
    byte[] message = envelope.signed();
    return Ed25519.verify(envelope.signature(), 0, key, message, 0, message.length);
  }
}
