package org.commonshub.testing.fakes;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.commonshub.ledger.api.LedgerClient;
import org.commonshub.ledger.api.LedgerDescription;
import org.commonshub.ledger.api.LedgerException;
import org.commonshub.ledger.api.LedgerException.Kind;
import org.commonshub.ledger.api.Submission;
import org.commonshub.ledger.api.SubmissionKind;
import org.commonshub.testing.fakes.FakeLedger.Place;
import org.commonshub.testing.fakes.FakeLedger.Transaction;

/**
 * A client of a {@link FakeLedger}. Honest unless told to {@link #lie}; its network can be {@link
 * #cut}, its answers lost ({@link #deaf}), it can hang.
 */
public final class FakeLedgerClient implements LedgerClient {
  private final FakeLedger ledger;
  private final String name;
  private final String network;
  private final Deque<Seen> lies = new ArrayDeque<>();
  private boolean cut;
  private boolean deaf;
  private boolean hangs;
  private long calls;

  /** A client under the name {@code fake}. */
  public FakeLedgerClient(FakeLedger ledger) {
    this("fake", ledger, ledger.network());
  }

  /**
   * A client.
   *
   * @param name what the ledger is called on the hub
   * @param network the one that it is configured for
   */
  public FakeLedgerClient(String name, FakeLedger ledger, String network) {
    this.ledger = ledger;
    this.name = name;
    this.network = network;
  }

  /** Whether the ledger cannot be reached. */
  public synchronized FakeLedgerClient cut(boolean on) {
    cut = on;
    return this;
  }

  /** Whether what is sent arrives and its answer does not. */
  public synchronized FakeLedgerClient deaf(boolean on) {
    deaf = on;
    return this;
  }

  /** Whether calls wait until they are interrupted. */
  public synchronized FakeLedgerClient hangs(boolean on) {
    hangs = on;
    notifyAll();
    return this;
  }

  /** What the next question is answered with, whatever is true. */
  public synchronized FakeLedgerClient lie(Seen seen) {
    lies.add(seen);
    return this;
  }

  /** How often the ledger was asked for something. */
  public synchronized long calls() {
    return calls;
  }

  @Override
  public LedgerDescription describe() {
    return new LedgerDescription(
        name, "fake", network, "coins", "This is a test: nobody needs to be believed.");
  }

  @Override
  public byte[] prepare(Submission submission, List<Attempt> open, Optional<byte[]> last)
      throws LedgerException, InterruptedException {
    reach();
    if (submission.kind() != SubmissionKind.ROOT) {
      throw new LedgerException(Kind.REFUSED, "This ledger keeps roots only.");
    }
    sendable();
    if (ledger.price() > ledger.limit()) {
      throw new LedgerException(Kind.TOO_EXPENSIVE, "The price is above your limit.");
    }
    long high = last.map(bytes -> Transaction.of(bytes).high()).orElse(-1L);
    Set<Long> used = new HashSet<>();
    for (Attempt each : open) {
      Transaction transaction = Transaction.of(each.bytes());
      if (!transaction.network().equals(network)) {
        throw new LedgerException(Kind.WRONG_NETWORK, "What is open is for another network.");
      }
      if (!each.key().equals(submission.key())) {
        used.add(transaction.place()); // Its own are void: their place may be taken.
      }
      high = Math.max(high, transaction.high());
    }
    if (last.isPresent() && ledger.nextWithPool() > high + 1) {
      throw new LedgerException(
          Kind.AHEAD, "The ledger knows more of this account than this hub does.");
    }
    long place = ledger.next();
    while (used.contains(place)) {
      place++;
    }
    return Transaction.bytes(
        network,
        place,
        Math.max(high, place),
        ledger.price(),
        submission.key(),
        submission.digest());
  }

  @Override
  public void send(Attempt attempt) throws LedgerException, InterruptedException {
    reach();
    sendable();
    ledger.send(Transaction.of(attempt.bytes()));
    synchronized (this) {
      if (deaf) {
        throw new LedgerException(Kind.UNREACHABLE, "No answer from the fake ledger.");
      }
    }
  }

  @Override
  public Observation observe(Submission submission, List<Attempt> attempts)
      throws LedgerException, InterruptedException {
    reach();
    int newest = attempts.isEmpty() ? 0 : attempts.get(attempts.size() - 1).number();
    synchronized (this) {
      if (!lies.isEmpty()) {
        return Observation.of(lies.remove(), newest);
      }
    }
    boolean pending = false;
    boolean alive = false;
    boolean cheap = true;
    Optional<Attempt> failed = Optional.empty();
    for (Attempt each : attempts) {
      Transaction transaction = Transaction.of(each.bytes());
      Optional<Place> place = ledger.place(transaction);
      if (place.isPresent() && !place.get().failed()) {
        return in(
            submission,
            each.number(),
            transaction.id(),
            place.get().block(),
            Optional.of(place.get().cost()));
      }
      failed = place.isPresent() ? Optional.of(each) : failed;
      if (ledger.pooled(transaction)) {
        pending = true;
        cheap &= transaction.fee() < ledger.price();
      }
      alive |= transaction.place() >= ledger.next();
    }
    Optional<byte[]> effect = ledger.effect(submission.key());
    if (effect.isPresent()) {
      return java.util.Arrays.equals(effect.get(), submission.digest())
          ? in(
              submission,
              newest,
              submission.key(),
              ledger.effectBlock(submission.key()).orElseThrow(),
              Optional.empty())
          : said(Seen.FAILED, newest, "The ledger holds another digest under this key.");
    }
    if (failed.isPresent()) {
      return said(Seen.FAILED, failed.get().number(), "The ledger refused it.");
    }
    if (pending) {
      return cheap
          ? said(Seen.STUCK, newest, "It offers less than the ledger asks now.")
          : Observation.of(Seen.PENDING, newest);
    }
    return Observation.of(attempts.isEmpty() || alive ? Seen.NOTHING : Seen.VOID, newest);
  }

  private Observation in(
      Submission submission, int attempt, String reference, long block, Optional<Long> cost) {
    return new Observation(
        ledger.isFinal(block) ? Seen.FINAL : Seen.INCLUDED,
        attempt,
        Optional.of(reference),
        Optional.of(block),
        cost,
        Optional.of(FakeLedger.proof(submission.key(), submission.digest(), block)),
        Optional.empty());
  }

  private static Observation said(Seen seen, int attempt, String problem) {
    return new Observation(
        seen,
        attempt,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.of(problem));
  }

  @Override
  public byte[] replace(Submission submission, List<Attempt> stuck)
      throws LedgerException, InterruptedException {
    reach();
    sendable();
    Transaction newest = Transaction.of(stuck.get(stuck.size() - 1).bytes());
    long fee = Math.max(newest.fee() + newest.fee() / 8 + 1, ledger.price());
    if (fee > ledger.limit()) {
      throw new LedgerException(Kind.TOO_EXPENSIVE, "The price is above your limit.");
    }
    return Transaction.bytes(
        network, newest.place(), newest.high(), fee, submission.key(), submission.digest());
  }

  private void sendable() throws LedgerException {
    if (ledger.isPaused()) {
      throw new LedgerException(Kind.PAUSED, "The ledger is paused by its operator.");
    }
    if (!ledger.isFunded()) {
      throw new LedgerException(Kind.UNFUNDED, "The account is empty: fill it up.");
    }
  }

  private synchronized void reach() throws LedgerException, InterruptedException {
    calls++;
    while (hangs) {
      wait();
    }
    if (cut) {
      throw new LedgerException(Kind.UNREACHABLE, "The fake ledger does not answer.");
    }
    if (!network.equals(ledger.network())) {
      throw new LedgerException(
          Kind.WRONG_NETWORK, "This is " + ledger.network() + ", not " + network + ".");
    }
  }
}
