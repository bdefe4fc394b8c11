package org.commonshub.ledger.api;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Puts the journal's root where others can see it: every quarter of an hour, on every ledger, alone
 * or through an aggregator. Any thread; nothing here waits for the network.
 */
@ProviderType
public interface Anchor {
  /**
   * A root on its way to a ledger.
   *
   * @param ledger name of the ledger
   * @param size entries of the journal under the root
   * @param root the journal's root
   * @param instant of its checkpoint
   * @param aggregator DID of the hub that anchored it together with others; empty if alone
   * @param status how far it is
   */
  record Anchored(
      String ledger,
      long size,
      byte[] root,
      Instant instant,
      Optional<String> aggregator,
      Status status) {}

  /** Newest first, at most {@code limit}. */
  List<Anchored> recent(int limit);

  /** The oldest anchored checkpoint that covers an entry of the journal, on each ledger. */
  List<Anchored> covering(long index);

  /**
   * What convinces somebody that a root is on a ledger: deterministic CBOR {@code {1: ledger's
   * technology and network, 2: submission key, 3: anchored root, 4: path from the journal's root to
   * it (empty if alone), 5: ledger's proof}}. The path through an aggregate is {@code [index, size,
   * [hash, …]]}, an RFC 9162 inclusion proof whose leaf data is the journal's root.
   */
  Optional<byte[]> proof(Anchored anchored);

  /** Why roots don't get anchored at the moment, in plain words; empty on a good day. */
  Optional<String> problem();
}
