package org.commonshub.ledger.ethereum;

import java.util.Arrays;

/** RLP, proofs, attempts and transactions as strangers and damaged disks hand them over. */
public final class EthereumFuzz {
  private static final Taker[] TAKERS = {
    bytes -> {
      if (!Arrays.equals(Rlp.encode(Rlp.decode(bytes)), bytes)) {
        throw new AssertionError("two encodings of one value");
      }
    },
    Proof::verify,
    AttemptBytes::decode,
    Transaction::decode,
    bytes -> Qbft.parse(bytes).encode(true),
    bytes -> Trie.verify(new byte[32], bytes.length, java.util.List.of(bytes)),
  };

  private interface Taker {
    void take(byte[] bytes) throws MalformedException;
  }

  private EthereumFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    for (Taker taker : TAKERS) {
      try {
        taker.take(data);
      } catch (MalformedException e) {
        // Declared.
      }
    }
  }
}
