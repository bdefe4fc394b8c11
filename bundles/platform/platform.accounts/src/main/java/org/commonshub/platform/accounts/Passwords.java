package org.commonshub.platform.accounts;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.text.Normalizer;
import java.util.Arrays;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * Salted password hashes: PBKDF2-HMAC-SHA-256 (NIST SP 800-132) over the NFKC form of the password
 * (NIST SP 800-63B §5.1.1.2), so that it is the same from every keyboard.
 */
final class Passwords {
  /** OWASP Password Storage Cheat Sheet, 2023. */
  static final int ITERATIONS = 600_000;

  static final int MIN_LENGTH = 8;
  static final int MAX_LENGTH = 256;
  private static final int SALT_BYTES = 16;
  private static final int HASH_BYTES = 32;

  /** A stored password. */
  record Hash(int iterations, byte[] salt, byte[] hash) {}

  private Passwords() {}

  static Hash hash(char[] password, int iterations, SecureRandom random) {
    byte[] salt = new byte[SALT_BYTES];
    random.nextBytes(salt);
    return new Hash(iterations, salt, derive(password, salt, iterations));
  }

  /** Compares in constant time. */
  static boolean matches(char[] password, Hash stored) {
    return MessageDigest.isEqual(derive(password, stored.salt, stored.iterations), stored.hash);
  }

  /**
   * Says why a password is not acceptable.
   *
   * @throws IllegalArgumentException with a sentence for the person who chose it
   */
  static void requireAcceptable(String name, char[] password) {
    if (password.length < MIN_LENGTH || password.length > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "The password must have " + MIN_LENGTH + " to " + MAX_LENGTH + " characters.");
    }
    if (new String(password).equalsIgnoreCase(name)) {
      throw new IllegalArgumentException("The password must not be the name.");
    }
    boolean repeated = true;
    for (char c : password) {
      repeated &= c == password[0];
    }
    if (repeated) {
      throw new IllegalArgumentException("The password must not be one character repeated.");
    }
  }

  private static byte[] derive(char[] password, byte[] salt, int iterations) {
    char[] normal =
        Normalizer.normalize(java.nio.CharBuffer.wrap(password), Normalizer.Form.NFKC)
            .toCharArray();
    PBEKeySpec spec = new PBEKeySpec(normal, salt, iterations, HASH_BYTES * 8);
    try {
      return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256").generateSecret(spec).getEncoded();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("PBKDF2WithHmacSHA256 is not available in this Java", e);
    } finally {
      spec.clearPassword();
      Arrays.fill(normal, '\0');
    }
  }
}
