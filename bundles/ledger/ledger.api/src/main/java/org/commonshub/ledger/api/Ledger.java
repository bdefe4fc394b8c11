package org.commonshub.ledger.api;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A ledger that can be written to, through the outbox. One service per ledger with property {@link
 * LedgerClient#NAME}; it is there while the ledger is configured, also while its client is being
 * swapped or its network is down. Any thread; nothing here waits for the network.
 */
@ProviderType
public interface Ledger {
  /** What it is; the last known while its client is away. */
  LedgerDescription description();

  /**
   * Takes an effect over: durable when it returns, done exactly once. The same submission again
   * returns its status.
   *
   * @throws IllegalArgumentException if the key was used for another effect
   * @throws IOException if nothing was taken, because the disk refused or 100,000 wait already
   */
  Status submit(Submission submission) throws IOException;

  /** {@link #submit} of a {@link SubmissionKind} without a body. */
  default Status submit(String key, SubmissionKind kind, byte[] digest) throws IOException {
    return submit(new Submission(key, kind, digest, new byte[0]));
  }

  /** Where a submission stands; empty if it was never taken. */
  Optional<Status> status(String key);

  /**
   * What convinces somebody else that the ledger has it, in the ledger's own form; empty before
   * {@link Stage#INCLUDED}.
   */
  Optional<byte[]> prove(String key) throws IOException;

  /** Not yet final ones and the newest final ones, newest first, at most {@code limit}. */
  List<Status> recent(int limit);

  /** Why nothing goes on at the moment, in plain words, with what to do; empty on a good day. */
  Optional<String> problem();

  /**
   * Goes on after a stop that asked for a person (a restored backup, two hubs with one key): the
   * caller has made sure that no other hub uses this account.
   */
  void resume() throws IOException;

  /**
   * Asks the ledger itself whether it has a root that another hub (an aggregator) says it put
   * there; see {@link LedgerClient#confirms}.
   *
   * @return completes within 60 s, on the ledger's thread: return from it at once; empty if nobody
   *     can tell
   */
  default CompletionStage<Optional<Boolean>> confirms(byte[] root, byte[] proof) {
    return CompletableFuture.completedFuture(Optional.empty());
  }
}
