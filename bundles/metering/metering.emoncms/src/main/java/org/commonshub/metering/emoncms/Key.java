package org.commonshub.metering.emoncms;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** An API key, kept as a digest and compared in constant time. */
final class Key {
  private final byte[] digest;

  Key(String key) {
    digest = digest(key);
  }

  private static byte[] digest(String key) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  boolean opens(Key other) {
    return MessageDigest.isEqual(digest, other.digest);
  }
}
