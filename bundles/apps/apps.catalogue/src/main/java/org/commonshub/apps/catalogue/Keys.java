package org.commonshub.apps.catalogue;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.commonshub.identity.api.KeyAlgorithm;
import org.commonshub.identity.api.VerificationKey;

/** Public keys and digests as TUF writes them. */
final class Keys {
  private Keys() {}

  static VerificationKey parse(String hex) {
    return new VerificationKey(KeyAlgorithm.ED25519, HexFormat.of().parseHex(hex));
  }

  static Map<String, Object> json(VerificationKey key) {
    return new TreeMap<>(
        Map.of(
            "keytype",
            "ed25519",
            "scheme",
            "ed25519",
            "keyval",
            Map.of("public", HexFormat.of().formatHex(key.bytes()))));
  }

  /** KEYID of TUF 1.0, section 4.2.2. */
  static String id(VerificationKey key) {
    return sha256(Canonical.bytes(json(key)));
  }

  static String sha256(byte[] bytes) {
    return HexFormat.of().formatHex(digest().digest(bytes));
  }

  static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("SHA-256 is part of every Java", e);
    }
  }
}
