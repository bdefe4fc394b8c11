package org.commonshub.privacy.cohort;

import org.commonshub.identity.api.MalformedCborException;

/** What a collector asks, what members answer and sign, and the file of sums. */
public final class CohortWireFuzz {
  /** A decoder. */
  private interface Decoder {
    void decode(byte[] bytes) throws MalformedCborException;
  }

  private CohortWireFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    read(data, bytes -> Wire.Question.decode(bytes).encode());
    read(data, bytes -> Wire.Masked.decode(bytes).encode());
    read(data, bytes -> Wire.Keys.decode(bytes).encode());
    read(data, bytes -> Wire.encode(Wire.shares(bytes, Wire.DEALT)));
    read(data, bytes -> Wire.shares(bytes, Sharing.BYTES));
    read(data, bytes -> Sums.encode(Sums.decode(bytes)));
    read(data, Membership::read);
  }

  private static void read(byte[] data, Decoder decoder) {
    try {
      decoder.decode(data);
    } catch (MalformedCborException e) {
      // The declared refusal.
    }
  }
}
