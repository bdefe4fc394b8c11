package org.commonshub.ledger.ethereum;

import java.math.BigInteger;
import java.util.ArrayList;
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
@SuppressWarnings("ArrayRecordComponent") // never compared
record Proof(long chain, byte[] header, int index, List<byte[]> nodes) {
  private static final int RECEIPTS_ROOT = 5;
  private static final int NUMBER = 8;

  /**
   * What a proof shows.
   *
   * @param chain id
   * @param block number of the block
   * @param blockHash of the block; whether it is one of the chain is for others to tell
   * @param success whether the transaction was not reverted
   * @param logs its events
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Shown(long chain, long block, byte[] blockHash, boolean success, List<Receipt.Log> logs) {}

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
          && map.get(1L) instanceof Long chain
          && map.get(2L) instanceof byte[] header
          && map.get(3L) instanceof Long index
          && map.get(4L) instanceof List<?> list
          && index >= 0
          && index < 1 << 20) {
        List<byte[]> nodes = list.stream().map(n -> n instanceof byte[] b ? b : null).toList();
        List<?> fields = Rlp.list(Rlp.decode(header));
        if (!nodes.contains(null) && fields.size() > NUMBER) {
          byte[] root = Rlp.bytes(fields.get(RECEIPTS_ROOT));
          BigInteger number = Rlp.number(fields.get(NUMBER));
          if (number.bitLength() > 63) {
            throw new MalformedException("a block's number is too large");
          }
          return shown(
              chain,
              number.longValue(),
              Bytes.keccak(header),
              Trie.verify(root, index.intValue(), nodes));
        }
      }
    } catch (MalformedCborException e) {
      throw new MalformedException(e.getMessage());
    }
    throw new MalformedException("not a proof of a receipt");
  }

  private static Shown shown(long chain, long block, byte[] blockHash, byte[] receipt)
      throws MalformedException {
    boolean typed = receipt.length > 0 && receipt[0] >= 0;
    List<?> fields =
        Rlp.list(Rlp.decode(typed ? Arrays.copyOfRange(receipt, 1, receipt.length) : receipt));
    if (fields.size() < 4) {
      throw new MalformedException("a receipt has fewer than 4 fields");
    }
    List<Receipt.Log> logs = new ArrayList<>();
    for (Object item : Rlp.list(fields.get(3))) {
      List<?> log = Rlp.list(item);
      if (log.size() != 3) {
        throw new MalformedException("an event has not 3 fields");
      }
      List<byte[]> topics = new ArrayList<>();
      for (Object topic : Rlp.list(log.get(1))) {
        topics.add(Rlp.bytes(topic));
      }
      logs.add(new Receipt.Log(Rlp.bytes(log.get(0)), topics, Rlp.bytes(log.get(2))));
    }
    return new Shown(
        chain, block, blockHash, Rlp.number(fields.get(0)).equals(BigInteger.ONE), logs);
  }
}
