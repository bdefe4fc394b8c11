package org.commonshub.ledger.transparency;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.identity.api.VerificationKey;
import org.commonshub.ledger.api.MerkleTree;

/**
 * What convinces somebody who trusts the log's key that an entry is in the log: deterministic CBOR
 * {@code {1: origin, 2: account, 3: index, 4: path, 5: size, 6: root, 7: time, 8: signature, 9:
 * key}}.
 */
record Proof(Head head, String account, String key, long index, List<byte[]> path) {
  byte[] encode() {
    return Cbor.encode(
        Map.of(
            1L, head.origin(),
            2L, account,
            3L, index,
            4L, path,
            5L, head.size(),
            6L, head.root(),
            7L, head.time(),
            8L, head.signature(),
            9L, key));
  }

  /**
   * Decodes.
   *
   * @throws MalformedCborException if it is anything else
   */
  static Proof decode(byte[] bytes) throws MalformedCborException {
    if (Cbor.decode(bytes) instanceof Map<?, ?> map
        && map.size() == 9
        && map.get(1L) instanceof String origin
        && map.get(2L) instanceof String account
        && map.get(3L) instanceof Long index
        && map.get(4L) instanceof List<?> hashes
        && map.get(5L) instanceof Long size
        && map.get(6L) instanceof byte[] root
        && map.get(7L) instanceof Long time
        && map.get(8L) instanceof byte[] signature
        && map.get(9L) instanceof String key) {
      List<byte[]> path = new ArrayList<>();
      for (Object each : hashes) {
        if (!(each instanceof byte[] hash)) {
          throw new MalformedCborException("a path of something else than hashes");
        }
        path.add(hash);
      }
      return new Proof(new Head(origin, size, root, time, signature), account, key, index, path);
    }
    throw new MalformedCborException("not a proof of a transparency log");
  }

  /** Whether it shows that this digest stands under its key in the log that signs with that key. */
  boolean verify(String origin, VerificationKey log, byte[] digest) {
    return head.origin().equals(origin) && head.verify(log) && includes(digest);
  }

  /** Whether the entry is under the head, whoever signed it. */
  boolean includes(byte[] digest) {
    return MerkleTree.verifyInclusion(
        Head.leaf(account, key, digest), index, head.size(), path, head.root());
  }
}
