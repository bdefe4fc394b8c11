package org.commonshub.identity.api;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Tokens, and keys by their names. */
public final class JwsFuzz {
  private static final VerificationKey KEY =
      VerificationKey.parse("z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp");

  private JwsFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    String text = new String(data, StandardCharsets.UTF_8);
    try {
      if (Jws.parse(text).verify(KEY, SigningPurpose.LICENCE)) {
        throw new AssertionError("forged");
      }
    } catch (IOException e) {
      // The declared refusal.
    }
    try {
      VerificationKey key = VerificationKey.parse(text);
      key.verify(data, new byte[64]);
      if (!VerificationKey.parse(key.didKey()).equals(key)) {
        throw new AssertionError("another key");
      }
    } catch (IllegalArgumentException e) {
      // The declared refusal.
    }
  }
}
