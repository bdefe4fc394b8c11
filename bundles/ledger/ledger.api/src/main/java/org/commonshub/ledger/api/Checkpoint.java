package org.commonshub.ledger.api;

import java.time.Instant;
import java.util.List;

/**
 * A signed state of a journal.
 *
 * @param origin DID of the hub
 * @param epoch epoch of the journal; rises when a backup is restored, so that two states of the
 *     same size cannot be mistaken for each other
 * @param size number of entries
 * @param root RFC 9162 tree hash over them
 * @param instant by the hub's clock
 * @param signed COSE_Sign1 ({@code CHECKPOINT}) over the deterministic CBOR {@code {1: origin, 2:
 *     epoch, 3: size, 4: root, 5: instant in ms}}
 * @param cosignatures COSE_Sign1 ({@code COSIGNATURE}) of neighbours over the same payload
 */
public record Checkpoint(
    String origin,
    int epoch,
    long size,
    byte[] root,
    Instant instant,
    byte[] signed,
    List<byte[]> cosignatures) {
  public Checkpoint {
    cosignatures = List.copyOf(cosignatures);
  }
}
