package org.commonshub.identity.api;

/** Signature algorithms of keys that others verify. */
public enum KeyAlgorithm {
  /** EdDSA over Curve25519 (RFC 8032); the default. Raw key 32 bytes, signature 64. */
  ED25519(-8, "EdDSA", 0xed, 32),
  /**
   * ECDSA with SHA-256 over NIST P-256 (FIPS 186-5), for secure elements without Ed25519. Raw key
   * 33 bytes (compressed, SEC 1 section 2.3.3), signature r‖s, 64.
   */
  P256(-7, "ES256", 0x1200, 33);

  private final int cose;
  private final String jose;
  private final int multicodec;
  private final int keyBytes;

  KeyAlgorithm(int cose, String jose, int multicodec, int keyBytes) {
    this.cose = cose;
    this.jose = jose;
    this.multicodec = multicodec;
    this.keyBytes = keyBytes;
  }

  /** Identifier in the IANA COSE Algorithms registry. */
  public int cose() {
    return cose;
  }

  /** Identifier in the IANA JOSE Algorithms registry. */
  public String jose() {
    return jose;
  }

  /** Code of the public key in the multicodec table. */
  public int multicodec() {
    return multicodec;
  }

  /** Length of a raw public key in bytes. */
  public int keyBytes() {
    return keyBytes;
  }
}
