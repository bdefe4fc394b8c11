package org.commonshub.ledger.anchor;

import org.commonshub.identity.api.MalformedCborException;

/** What hubs ask witnesses, what these answer, and what they remember. */
public final class WitnessWireFuzz {
  private WitnessWireFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    try {
      WitnessWire.Question.decode(data).encode();
    } catch (MalformedCborException e) {
      // The declared refusal.
    }
    try {
      WitnessWire.Answer.decode(data).encode();
    } catch (MalformedCborException e) {
      // The declared refusal.
    }
    try {
      Witness.parse(data);
    } catch (MalformedCborException e) {
      // The declared refusal.
    }
  }
}
