package org.commonshub.identity.api;

import java.util.Arrays;

/** Deterministic CBOR from anywhere: what is read is written the same. */
public final class CborFuzz {
  private CborFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    try {
      if (!Arrays.equals(Cbor.encode(Cbor.decode(data)), data)) {
        throw new AssertionError("two encodings of one value");
      }
    } catch (MalformedCborException e) {
      // The declared refusal.
    }
  }
}
