package org.commonshub.ledger.ethereum;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.MalformedCborException;

/**
 * What convinces somebody who knows the hash of a block that a receipt is in it: deterministic CBOR
 * {@code {1: chain id, 2: RLP of the header, 3: index of the transaction, 4: [node of the receipts'
 * tree…]}}. The Keccak-256 of the header is the block's hash; the nodes lead from its receipts'
 * root to the receipt.
 *
 * @param chain chain id
 * @param header RLP; on a QBFT network without seals and with round 0
 * @param index place of the transaction in the block
 * @param nodes from the root down
 */
record Proof(long chain, byte[] header, int index, List<byte[]> nodes) {
  private static final int RECEIPTS_ROOT = 5;

  /** What a proof shows. */
  record Shown(byte[] blockHash, byte[] receipt) {}

  byte[] encode() {
    Map<Long, Object> map = new LinkedHashMap<>();
    map.put(1L, chain);
    map.put(2L, header);
    map.put(3L, (long) index);
    map.put(4L, nodes);
    return Cbor.encode(map);
  }

  /** Checks a proof as far as one can offline: what remains is to believe the block's hash. */
  static Shown verify(byte[] proof) throws MalformedException {
    try {
      if (Cbor.decode(proof) instanceof Map<?, ?> map
          && map.get(2L) instanceof byte[] header
          && map.get(3L) instanceof Long index
          && map.get(4L) instanceof List<?> list
          && index >= 0
          && index < 1 << 20) {
        List<byte[]> nodes = list.stream().map(n -> n instanceof byte[] b ? b : null).toList();
        List<?> fields = Rlp.list(Rlp.decode(header));
        if (!nodes.contains(null) && fields.size() > RECEIPTS_ROOT) {
          byte[] root = Rlp.bytes(fields.get(RECEIPTS_ROOT));
          return new Shown(Bytes.keccak(header), Trie.verify(root, index.intValue(), nodes));
        }
      }
    } catch (MalformedCborException e) {
      throw new MalformedException(e.getMessage());
    }
    throw new MalformedException("not a proof of a receipt");
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Proof that && Arrays.equals(that.encode(), encode());
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(encode());
  }
}
