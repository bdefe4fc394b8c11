package org.commonshub.ledger.api;

import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * What speaks to one ledger. A service with property {@link #NAME}; implemented by whoever writes a
 * client (see docs/providers/ledger.md and {@code LedgerClientTck}), called by {@code
 * ledger.outbox} on one thread per ledger. Methods may wait for the network, at most 30 s, and are
 * interrupted when the client is swapped.
 *
 * <p>A client keeps nothing on disk: what it must remember is in the bytes of its attempts, which
 * the outbox makes durable <em>before</em> {@link #send}. After a crash at any instant the outbox
 * calls {@code send} with the same bytes again, so sending twice must have one effect.
 */
@ConsumerType
public interface LedgerClient {
  /** Service property: name of the ledger on this hub, {@code ethereum~main}. */
  String NAME = "ledger.name";

  /**
   * One try at having an effect.
   *
   * @param key of the submission
   * @param number 0 for the first try of the submission, rising
   * @param bytes as {@link #prepare} or {@link #replace} returned them
   */
  record Attempt(String key, int number, byte[] bytes) {}

  /** What the ledger knows of a submission. */
  enum Seen {
    /** Nothing: send again. */
    NOTHING,
    /** Received, not yet in. */
    PENDING,
    /** In, may be forgotten again. */
    INCLUDED,
    /** In for good. */
    FINAL,
    /** In, and failed there for ever. */
    FAILED,
    /** Waiting too long: {@link #replace} it. */
    STUCK,
    /**
     * No attempt can ever succeed any more (its place was taken by something else): prepare anew.
     */
    VOID
  }

  /**
   * What was found.
   *
   * @param seen how far it is
   * @param attempt number of the attempt that is in, or the newest one
   * @param reference what the ledger calls it
   * @param position where it stands
   * @param cost what it took
   * @param proof what convinces others, once in; at most 64 KiB
   * @param problem for {@link Seen#FAILED} and {@link Seen#STUCK}: why, in plain words
   */
  record Observation(
      Seen seen,
      int attempt,
      Optional<String> reference,
      Optional<Long> position,
      Optional<Long> cost,
      Optional<byte[]> proof,
      Optional<String> problem) {
    /** Without anything beside how far it is. */
    public static Observation of(Seen seen, int attempt) {
      return new Observation(
          seen,
          attempt,
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());
    }
  }

  /** What the ledger is; answered at once, from memory. */
  LedgerDescription describe();

  /**
   * Makes a submission ready without sending anything. Reads from the ledger what it needs.
   *
   * @param submission what to do
   * @param open all attempts that are neither final nor void, of all submissions, in the order in
   *     which they were prepared; and this submission's own void ones, if it is prepared anew
   * @param last what the newest call of this method returned, final or not; empty at the very
   *     first, and the first time after {@link Ledger#resume}: then what the ledger knows of the
   *     account is taken as it is
   * @return the attempt's bytes, at most 128 KiB
   * @throws LedgerException with {@link LedgerException.Kind#AHEAD} if the ledger has seen more of
   *     this account than {@code last} explains
   */
  byte[] prepare(Submission submission, List<Attempt> open, Optional<byte[]> last)
      throws LedgerException, InterruptedException;

  /** Sends an attempt's bytes as they are. The ledger knowing them already is a success. */
  void send(Attempt attempt) throws LedgerException, InterruptedException;

  /**
   * Looks what became of a submission.
   *
   * @param attempts all of it, oldest first; empty right after a backup was restored: then only the
   *     effect itself can be looked for
   */
  Observation observe(Submission submission, List<Attempt> attempts)
      throws LedgerException, InterruptedException;

  /**
   * Makes another attempt that takes the place of the newest one, so that at most one of them can
   * be in (on Ethereum: same nonce, higher fee).
   *
   * @param stuck all attempts of the submission, oldest first
   */
  byte[] replace(Submission submission, List<Attempt> stuck)
      throws LedgerException, InterruptedException;

  /**
   * Looks whether the ledger has a root that another hub says it put there.
   *
   * @param root what should be there
   * @param proof as that hub's client made it ({@link Observation#proof}); hostile until parsed, at
   *     most 64 KiB
   * @return empty if this client cannot tell
   */
  default Optional<Boolean> confirms(byte[] root, byte[] proof)
      throws LedgerException, InterruptedException {
    return Optional.empty();
  }
}
