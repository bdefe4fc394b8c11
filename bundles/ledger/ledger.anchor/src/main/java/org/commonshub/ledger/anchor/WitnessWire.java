package org.commonshub.ledger.anchor;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.ledger.api.MerkleTree;

/** Questions and answers of topic CHECKPOINT, in deterministic CBOR. */
final class WitnessWire {
  static final int MAX_SIGNED = 2048;
  private static final int MAX_PATH = 2 * Long.SIZE;

  private WitnessWire() {}

  /**
   * Please co-sign: {@code {1: signed checkpoint, 2: size of the one seen before, 3: consistency
   * proof from there}}.
   *
   * @param from 0 if none was seen, or it is not known
   */
  record Question(byte[] signed, long from, List<byte[]> path) {
    byte[] encode() {
      return Cbor.encode(Map.of(1L, signed, 2L, from, 3L, path));
    }

    static Question decode(byte[] bytes) throws MalformedCborException {
      if (Cbor.decode(bytes) instanceof Map<?, ?> map
          && map.size() == 3
          && map.get(1L) instanceof byte[] signed
          && signed.length <= MAX_SIGNED
          && map.get(2L) instanceof Long from
          && from >= 0) {
        return new Question(signed, from, hashes(map.get(3L)));
      }
      throw new MalformedCborException("not a question for a co-signature");
    }
  }

  /**
   * {@code {1: co-signature}}, or {@code {2: checkpoint}}: this one was seen; show that yours grew
   * out of it.
   *
   * @param seen null if it is a co-signature
   */
  record Answer(byte[] cosignature, byte[] seen) {
    byte[] encode() {
      return Cbor.encode(seen == null ? Map.of(1L, cosignature) : Map.of(2L, seen));
    }

    static Answer decode(byte[] bytes) throws MalformedCborException {
      if (Cbor.decode(bytes) instanceof Map<?, ?> map && map.size() == 1) {
        if (map.get(1L) instanceof byte[] cosignature && cosignature.length <= MAX_SIGNED) {
          return new Answer(cosignature, null);
        }
        if (map.get(2L) instanceof byte[] seen && seen.length <= MAX_SIGNED) {
          return new Answer(null, seen);
        }
      }
      throw new MalformedCborException("not an answer of a witness");
    }
  }

  /** A list of at most 128 hashes. */
  static List<byte[]> hashes(Object value) throws MalformedCborException {
    if (!(value instanceof List<?> list) || list.size() > MAX_PATH) {
      throw new MalformedCborException("not a path");
    }
    List<byte[]> hashes = new ArrayList<>();
    for (Object each : list) {
      if (!(each instanceof byte[] hash) || hash.length != MerkleTree.HASH) {
        throw new MalformedCborException("not a path");
      }
      hashes.add(hash);
    }
    return hashes;
  }
}
