package org.commonshub.ledger.anchor;

import java.util.List;
import org.commonshub.identity.api.MalformedCborException;

/** What hubs ask aggregators, what these answer, and what both remember. */
public final class AggregateWireFuzz {
  /** A decoder. */
  private interface Decoder {
    Object decode(byte[] bytes) throws MalformedCborException;
  }

  private static final List<Decoder> DECODERS =
      List.of(
          AggregateWire.Question::decode,
          AggregateWire.Promise::decode,
          AggregateWire.Head::decode,
          AggregateWire.Proof::decode,
          Aggregator.Aggregate::decode,
          Proofs::parse);

  private AggregateWireFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    for (Decoder decoder : DECODERS) {
      try {
        decoder.decode(data);
      } catch (MalformedCborException e) {
        // The declared refusal.
      }
    }
  }
}
