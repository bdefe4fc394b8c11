package org.commonshub.ledger.ethereum;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.commonshub.identity.api.EvmAccount;
import org.commonshub.ledger.api.LedgerClient.Attempt;
import org.commonshub.ledger.api.LedgerException;
import org.commonshub.ledger.api.LedgerException.Kind;
import org.commonshub.ledger.api.Submission;

/**
 * Nonces: the place of each transaction within the account. They follow from what the outbox kept,
 * and have to agree with the chain.
 */
final class Places {
  private final Chain chain;
  private final Receipts receipts;
  private final EvmAccount account;

  /** Above the highest nonce that was used since this client was made. */
  private long highest;

  private long newestHead;

  Places(Chain chain, Receipts receipts, EvmAccount account) {
    this.chain = chain;
    this.receipts = receipts;
    this.account = account;
  }

  /**
   * A place.
   *
   * @param nonce number of the transaction
   * @param next above the highest that was ever used
   */
  record Place(long nonce, long next) {}

  /** Number of the newest block; remembered. */
  long head(Deadline deadline) throws LedgerException, InterruptedException {
    long head = chain.head(deadline);
    newestHead = Math.max(newestHead, head);
    return head;
  }

  /**
   * The place of a new transaction: the lowest that neither the chain nor an open attempt has, as a
   * transaction that was given up before it was sent leaves a hole.
   */
  Place next(
      Deadline deadline,
      Submission submission,
      List<Attempt> open,
      Optional<byte[]> last,
      long head)
      throws LedgerException, InterruptedException {
    // Asked as of the newest block: a node that is not there yet says so instead of too little.
    long used = chain.nonce(deadline, account.address(), Bytes.quantity(head));
    Set<Long> waiting = new HashSet<>();
    long next = 0;
    for (Attempt attempt : open) {
      AttemptBytes bytes = read(attempt.bytes());
      waiting.add(transaction(bytes).nonce());
      next = Math.max(next, bytes.next());
    }
    if (last.isPresent()) { // Else the very first, or a person said that it is all right.
      AttemptBytes newest = read(last.get());
      notBehind(head, Math.max(newestHead, newest.head()));
      rememberedBlockIsThere(deadline, newest);
      next = Math.max(Math.max(next, highest), newest.next());
      if (used > next) {
        throw ahead(used + " transactions there, and this hub made " + next);
      }
      foreign(deadline, submission, open, used);
    }
    newestHead = head;
    long free = used;
    while (waiting.contains(free)) {
      free++;
    }
    highest = Math.max(next, free + 1);
    return new Place(free, highest);
  }

  /** A node that lags, of several behind one address perhaps, would make a place be taken twice. */
  private static void notBehind(long head, long before) throws LedgerException {
    if (head < before) {
      throw new LedgerException(
          Kind.UNREACHABLE,
          "The nodes are at block "
              + head
              + " and were at "
              + before
              + ": they are behind, which passes, or the network was set back; then go on from the"
              + " Trust page.");
    }
  }

  /** Whether the block that was final when the newest attempt was made is still in the chain. */
  private void rememberedBlockIsThere(Deadline deadline, AttemptBytes newest)
      throws LedgerException, InterruptedException {
    if (newest.finalNumber() < 0) {
      return;
    }
    Optional<Header> now = chain.header(deadline, newest.finalNumber());
    if (now.isEmpty() || !Arrays.equals(now.get().hash(), newest.finalHash())) {
      throw new LedgerException(
          Kind.NOT_BELIEVED,
          "Block "
              + newest.finalNumber()
              + " was final and is another one now: the chain was reorganised past what it called"
              + " final, or it is another network with the same number. Nothing is sent; if that"
              + " is how it has to be, go on from the Trust page.");
    }
  }

  /** A submission that is prepared again lost its place: to its own revert, or to a stranger. */
  private void foreign(Deadline deadline, Submission submission, List<Attempt> open, long used)
      throws LedgerException, InterruptedException {
    boolean lost = false;
    for (Attempt attempt : open) {
      AttemptBytes bytes = read(attempt.bytes());
      if (attempt.key().equals(submission.key()) && transaction(bytes).nonce() < used) {
        if (receipts.of(deadline, bytes.hash()).isPresent()) {
          return;
        }
        lost = true;
      }
    }
    if (lost) {
      throw ahead("a transaction there that this hub did not make");
    }
  }

  private LedgerException ahead(String what) {
    return new LedgerException(
        Kind.AHEAD,
        "The account "
            + account.address()
            + " has "
            + what
            + ": a backup was restored, or a second hub has the same key. Make sure that no other"
            + " hub uses it, then go on from the Trust page.");
  }

  /** The next nonce as a replacement has to remember it. */
  long after(AttemptBytes newest) {
    return Math.max(highest, newest.next());
  }

  AttemptBytes read(byte[] bytes) throws LedgerException {
    try {
      return AttemptBytes.decode(bytes);
    } catch (MalformedException e) {
      throw new LedgerException(Kind.NOT_BELIEVED, "A stored attempt is damaged.", e);
    }
  }

  Transaction transaction(AttemptBytes bytes) throws LedgerException {
    Transaction transaction;
    try {
      transaction = bytes.transaction();
    } catch (MalformedException e) {
      throw new LedgerException(Kind.NOT_BELIEVED, "A stored attempt is damaged.", e);
    }
    long chainId = chain.nodes().id();
    if (transaction.chain() != chainId) {
      throw new LedgerException(
          Kind.WRONG_NETWORK,
          "What is under way was made for chain "
              + transaction.chain()
              + ", not for chain "
              + chainId
              + "; set the chain id back until it is in.");
    }
    return transaction;
  }
}
