package org.commonshub.ledger.api;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.CoseSign1;
import org.commonshub.identity.api.MalformedCborException;

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

  /** What is signed, as above. */
  public static byte[] payload(String origin, int epoch, long size, byte[] root, Instant instant) {
    return Cbor.encode(
        Map.of(1L, origin, 2L, (long) epoch, 3L, size, 4L, root, 5L, instant.toEpochMilli()));
  }

  /**
   * Takes a signed checkpoint or a co-signature apart. Signatures are <em>not</em> checked.
   *
   * @param signed COSE_Sign1 over a checkpoint's payload, for whatever purpose
   * @throws MalformedCborException if it is anything else
   */
  public static Checkpoint of(byte[] signed, List<byte[]> cosignatures)
      throws MalformedCborException {
    byte[] payload =
        CoseSign1.parse(signed)
            .payload()
            .orElseThrow(() -> new MalformedCborException("a checkpoint without payload"));
    if (!(Cbor.decode(payload) instanceof Map<?, ?> map
        && map.size() == 5
        && map.get(1L) instanceof String origin
        && map.get(2L) instanceof Long epoch
        && map.get(3L) instanceof Long size
        && map.get(4L) instanceof byte[] root
        && map.get(5L) instanceof Long instant
        && origin.length() <= 512
        && epoch >= 0
        && epoch <= Integer.MAX_VALUE
        && size >= 0
        && root.length == MerkleTree.HASH)) {
      throw new MalformedCborException("not a checkpoint: {1: origin, 2: epoch, 3: size, …}");
    }
    return new Checkpoint(
        origin,
        epoch.intValue(),
        size,
        root,
        Instant.ofEpochMilli(instant),
        signed.clone(),
        cosignatures);
  }
}
