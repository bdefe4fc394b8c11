package org.commonshub.ledger.transparency;

import java.util.List;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.VerificationKey;
import org.commonshub.ledger.api.MerkleTree;

/**
 * A signed state of a log.
 *
 * @param origin name of the log
 * @param size number of entries
 * @param root RFC 9162 tree hash over them
 * @param time by the log's clock, ms since 1970
 * @param signature of the log's key over {@link #signed()}
 */
record Head(String origin, long size, byte[] root, long time, byte[] signature) {
  private static final String CONTEXT = "commonshub-transparency-log-1";

  static Head of(Answer answer) throws Answer.Malformed {
    return new Head(
        answer.text("origin"),
        answer.number("size"),
        answer.hex("root", MerkleTree.HASH),
        answer.number("time"),
        answer.hex("signature", 64));
  }

  /** What is signed: deterministic CBOR of context, origin, size, root and time. */
  byte[] signed() {
    return Cbor.encode(List.of(CONTEXT, origin, size, root, time));
  }

  boolean verify(VerificationKey key) {
    return key.verify(signed(), signature);
  }

  /** Leaf hash of an entry: the digest that an account put under a key. */
  static byte[] leaf(String account, String key, byte[] digest) {
    return MerkleTree.leaf(Cbor.encode(List.of(account, key, digest)));
  }
}
