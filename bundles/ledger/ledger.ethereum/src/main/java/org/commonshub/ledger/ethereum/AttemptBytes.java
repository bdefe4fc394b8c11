package org.commonshub.ledger.ethereum;

import java.util.LinkedHashMap;
import java.util.Map;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.MalformedCborException;

/**
 * All that is remembered of an attempt: deterministic CBOR {@code {1: raw transaction, 2: newest
 * block when it was made, 3: newest final block then, 4: hash of that, 5: next nonce}}.
 *
 * @param raw signed, ready to be sent
 * @param head number of the newest block
 * @param finalNumber number of the newest final block, −1 if there was none
 * @param finalHash its hash, 32 bytes; empty if there was none
 * @param next above the highest nonce that this hub ever used, this attempt included; this one may
 *     have filled a hole
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record AttemptBytes(byte[] raw, long head, long finalNumber, byte[] finalHash, long next) {
  byte[] encode() {
    Map<Long, Object> map = new LinkedHashMap<>();
    map.put(1L, raw);
    map.put(2L, head);
    map.put(3L, finalNumber);
    map.put(4L, finalHash);
    map.put(5L, next);
    return Cbor.encode(map);
  }

  static AttemptBytes decode(byte[] bytes) throws MalformedException {
    try {
      if (Cbor.decode(bytes) instanceof Map<?, ?> map
          && map.get(1L) instanceof byte[] raw
          && map.get(2L) instanceof Long head
          && map.get(3L) instanceof Long finalNumber
          && map.get(4L) instanceof byte[] finalHash
          && map.get(5L) instanceof Long next) {
        return new AttemptBytes(raw, head, finalNumber, finalHash, next);
      }
      throw new MalformedException("not an attempt of this client");
    } catch (MalformedCborException e) {
      throw new MalformedException("not an attempt of this client: " + e.getMessage());
    }
  }

  Transaction transaction() throws MalformedException {
    return Transaction.decode(raw);
  }

  byte[] hash() {
    return Bytes.keccak(raw);
  }
}
