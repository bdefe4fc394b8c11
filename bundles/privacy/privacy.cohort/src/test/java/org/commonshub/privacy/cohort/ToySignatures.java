package org.commonshub.privacy.cohort;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Signatures that cost a hash: whoever has the object of a member can sign as it. */
record ToySignatures(int self) implements Signatures {
  private static final int LENGTH = 32;

  @Override
  public byte[] sign(byte[] payload) {
    return Bytes.join(tag(self, payload), payload);
  }

  @Override
  public byte[] payload(int member, byte[] signed) throws CohortException {
    if (signed.length >= LENGTH) {
      byte[] payload = Arrays.copyOfRange(signed, LENGTH, signed.length);
      if (Arrays.equals(tag(member, payload), Arrays.copyOf(signed, LENGTH))) {
        return payload;
      }
    }
    throw new CohortException(CohortException.Why.SIGNATURE, "not signed by " + member);
  }

  private static byte[] tag(int member, byte[] payload) {
    byte[] name = ("secret of member " + member + "|").getBytes(StandardCharsets.UTF_8);
    return Suite.sha256(Bytes.join(name, payload));
  }
}
