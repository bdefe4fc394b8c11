package org.commonshub.privacy.provider;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.commonshub.platform.api.DurableFiles;

/** 32 random bytes that never leave the hub, and what is derived from them. Any thread. */
final class Secret {
  static final int BYTES = 32;

  private final Path file;
  private volatile byte[] key;

  private Secret(Path file, byte[] key) {
    this.file = file;
    this.key = key;
  }

  /** Reads the secret, or makes it at first start. */
  static Secret at(Path file) throws IOException {
    try {
      byte[] key = DurableFiles.read(file, BYTES);
      if (key.length == BYTES) {
        return new Secret(file, key);
      }
      throw new IOException(file + " does not hold " + BYTES + " bytes: restore it from a backup");
    } catch (NoSuchFileException e) {
      byte[] key = new byte[BYTES];
      new SecureRandom().nextBytes(key);
      DurableFiles.write(file, key, true);
      return new Secret(file, key);
    }
  }

  byte[] bytes() {
    return key.clone();
  }

  /** Takes the place of the secret; who holds a hash made of the old one makes another. */
  void replace(byte[] restored) throws IOException {
    if (restored.length != BYTES) {
      throw new IOException("The privacy secret in the backup does not have " + BYTES + " bytes");
    }
    DurableFiles.write(file, restored, true);
    key = restored.clone();
  }

  /** A keyed hash of its own for one use; one thread at a time. */
  Mac mac(String use) {
    byte[] derived = hmac(key).doFinal(use.getBytes(StandardCharsets.UTF_8));
    return hmac(derived);
  }

  private static Mac hmac(byte[] key) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("HmacSHA256 is part of every Java", e);
    }
  }
}
