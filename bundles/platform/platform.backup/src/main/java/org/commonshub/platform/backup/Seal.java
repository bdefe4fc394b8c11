package org.commonshub.platform.backup;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Bytes under a passphrase: {@code HUBSEAL1}, iterations (4 bytes), salt (16), nonce (12), then
 * AES-256-GCM (NIST SP 800-38D) under PBKDF2-HMAC-SHA-256 (NIST SP 800-132); the header is
 * authenticated, too.
 */
final class Seal {
  static final int ITERATIONS = 600_000;
  private static final byte[] MAGIC = "HUBSEAL1".getBytes(StandardCharsets.US_ASCII);
  private static final int MAX_ITERATIONS = 5_000_000;
  private static final int SALT = 16;
  private static final int NONCE = 12;
  private static final int TAG_BITS = 128;
  private static final int HEADER = 8 + 4 + SALT + NONCE;

  private Seal() {}

  static byte[] seal(byte[] plain, char[] passphrase, int iterations) {
    byte[] random = new byte[SALT + NONCE];
    new SecureRandom().nextBytes(random);
    byte[] header = ByteBuffer.allocate(HEADER).put(MAGIC).putInt(iterations).put(random).array();
    try {
      byte[] box = cipher(Cipher.ENCRYPT_MODE, header, passphrase).doFinal(plain);
      return ByteBuffer.allocate(HEADER + box.length).put(header).put(box).array();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("This Java cannot seal a backup", e);
    }
  }

  /**
   * Opens a seal.
   *
   * @throws IOException if the passphrase is wrong or a byte was changed; the message is for people
   */
  static byte[] open(byte[] sealed, char[] passphrase) throws IOException {
    if (sealed.length < HEADER + TAG_BITS / 8
        || !Arrays.equals(sealed, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      throw new IOException("The sealed part of the backup is damaged.");
    }
    int iterations = ByteBuffer.wrap(sealed).getInt(MAGIC.length);
    if (iterations < 1 || iterations > MAX_ITERATIONS) {
      throw new IOException("The sealed part of the backup is damaged.");
    }
    try {
      return cipher(Cipher.DECRYPT_MODE, Arrays.copyOf(sealed, HEADER), passphrase)
          .doFinal(sealed, HEADER, sealed.length - HEADER);
    } catch (AEADBadTagException e) {
      throw new IOException("The passphrase is wrong, or the backup was changed.", e);
    } catch (GeneralSecurityException e) {
      throw new IOException("The sealed part of the backup cannot be opened.", e);
    }
  }

  private static Cipher cipher(int mode, byte[] header, char[] passphrase)
      throws GeneralSecurityException {
    int iterations = ByteBuffer.wrap(header).getInt(MAGIC.length);
    byte[] salt = Arrays.copyOfRange(header, MAGIC.length + 4, MAGIC.length + 4 + SALT);
    PBEKeySpec spec = new PBEKeySpec(passphrase, salt, iterations, 256);
    byte[] key =
        SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256").generateSecret(spec).getEncoded();
    spec.clearPassword();
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(
        mode,
        new SecretKeySpec(key, "AES"),
        new GCMParameterSpec(TAG_BITS, header, HEADER - NONCE, NONCE));
    Arrays.fill(key, (byte) 0);
    cipher.updateAAD(header);
    return cipher;
  }
}
