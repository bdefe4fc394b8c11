package org.commonshub.ledger.ethereum;

import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.identity.api.EvmAccount;
import org.commonshub.ledger.api.LedgerClient.Attempt;
import org.commonshub.ledger.api.LedgerClient.Observation;
import org.commonshub.ledger.api.LedgerClient.Seen;
import org.commonshub.ledger.api.LedgerDescription;
import org.commonshub.ledger.api.LedgerException;
import org.commonshub.ledger.api.LedgerException.Kind;
import org.commonshub.ledger.api.Submission;

/** What became of a submission: of its transactions, or of its effect, whoever had it. */
final class Outcomes {
  /** Blocks after which a transaction whose turn it is counts as stuck. */
  static final int STUCK_BLOCKS = 10;

  private static final int MAX_PROOF = 64 * 1024;
  private static final int MAX_TRIES = 5;
  private static final int SEARCHES = 16;
  private static final int TOO_CHEAP = 64;

  private final LedgerDescription description;
  private final Chain chain;
  private final Receipts receipts;
  private final Places places;
  private final EvmAccount account;
  private final long since;

  private final Map<String, EventSearch> searches = bounded(SEARCHES);

  /** Hashes of attempts that the nodes found too cheap. */
  private final Map<String, Boolean> tooCheap = bounded(TOO_CHEAP);

  /**
   * @param since block from which on the contracts' events are searched
   */
  Outcomes(
      LedgerDescription description,
      Chain chain,
      Receipts receipts,
      Places places,
      EvmAccount account,
      long since) {
    this.description = description;
    this.chain = chain;
    this.receipts = receipts;
    this.places = places;
    this.account = account;
    this.since = since;
  }

  /**
   * What is asked, and as of when.
   *
   * @param effect that the submission is to have
   * @param head number of the newest block
   * @param finalBlock number of the newest block that is in for good; −1 if there is none
   */
  record Question(
      Deadline deadline, Submission submission, Effect effect, long head, long finalBlock) {}

  /** The nodes found what an attempt offers too low. */
  void tooCheap(byte[] transaction) {
    tooCheap.put(Bytes.hex(transaction), true);
  }

  Observation observe(Question question, List<Attempt> attempts)
      throws LedgerException, InterruptedException {
    for (int i = attempts.size() - 1; i >= 0; i--) {
      AttemptBytes bytes = places.read(attempts.get(i).bytes());
      Optional<Receipts.Verified> found = receipts.of(question.deadline(), bytes.hash());
      if (found.isPresent()) {
        return in(question, attempts.get(i).number(), found.get(), attempts.size() >= MAX_TRIES);
      }
    }
    return attempts.isEmpty()
        ? byEffect(question, 0)
        : waiting(question, attempts.get(attempts.size() - 1));
  }

  /** One of the attempts is in a block. */
  private Observation in(Question question, int number, Receipts.Verified found, boolean enough)
      throws LedgerException, InterruptedException {
    Receipt receipt = found.receipt();
    boolean forGood = receipt.block() <= question.finalBlock();
    if (receipt.success()) {
      if (receipt.logs().stream().anyMatch(question.effect()::is)
          || answer(question, question.head()).done() == Effect.Done.YES) {
        return observed(forGood, number, found);
      }
      return forGood
          ? problem(Seen.FAILED, number, found, "The call had no effect on the contract.")
          : problem(Seen.PENDING, number, found, "The call had no effect so far.");
    }
    if (!forGood || !receipts.failed(question.deadline(), receipt)) {
      return problem(Seen.PENDING, number, found, "The call was reverted; not for good yet.");
    }
    return switch (answer(question, question.head()).done()) {
      case YES, PERHAPS -> byEffect(question, number);
      case CONFLICT -> problem(Seen.FAILED, number, found, conflict(question.submission()));
      case NO ->
          enough
              ? problem(
                  Seen.FAILED,
                  number,
                  found,
                  "The contract reverted the call " + MAX_TRIES + " times.")
              : problem(Seen.VOID, number, found, "The call was reverted; prepared anew.");
    };
  }

  /** No attempt is in a block. */
  private Observation waiting(Question question, Attempt newest)
      throws LedgerException, InterruptedException {
    Deadline deadline = question.deadline();
    long head = question.head();
    AttemptBytes bytes = places.read(newest.bytes());
    Transaction transaction = places.transaction(bytes);
    int number = newest.number();
    long used = chain.nonce(deadline, account.address(), Bytes.quantity(head));
    if (used > transaction.nonce()) {
      if (question.finalBlock() >= 0
          && chain.nonce(deadline, account.address(), Bytes.quantity(question.finalBlock()))
              > transaction.nonce()) {
        Observation other = byEffect(question, number);
        return other.seen() == Seen.NOTHING ? Observation.of(Seen.VOID, number) : other;
      }
      return Observation.of(Seen.PENDING, number);
    }
    boolean turn = used == transaction.nonce();
    Optional<BigInteger> base = chain.header(deadline, head).flatMap(Header::baseFee);
    if (turn && base.isPresent() && base.get().compareTo(transaction.maxFee()) > 0) {
      return sent(
          Seen.STUCK, number, bytes, Optional.of("Gas became dearer than the transaction offers."));
    }
    if (turn && tooCheap.containsKey(Bytes.hex(bytes.hash()))) {
      return sent(
          Seen.STUCK, number, bytes, Optional.of("The nodes find the offered price too low."));
    }
    if (!chain.knows(deadline, bytes.hash())) {
      return Observation.of(Seen.NOTHING, number);
    }
    if (turn && head - bytes.head() >= STUCK_BLOCKS && transaction.maxFee().signum() > 0) {
      return sent(
          Seen.STUCK,
          number,
          bytes,
          Optional.of("No block took the transaction for " + STUCK_BLOCKS + " blocks."));
    }
    return sent(Seen.PENDING, number, bytes, Optional.empty());
  }

  /** Looks for the effect itself, whoever sent it. */
  Observation byEffect(Question question, int number) throws LedgerException, InterruptedException {
    Deadline deadline = question.deadline();
    Effect effect = question.effect();
    Effect.Answer answer = answer(question, question.head());
    if (answer.done() == Effect.Done.NO) {
      return Observation.of(Seen.NOTHING, number);
    }
    Optional<Chain.Event> event = Optional.empty();
    if (answer.block().isPresent()) {
      event = EventSearch.at(chain, deadline, effect, answer.block().getAsLong());
    } else if (answer.done() != Effect.Done.CONFLICT) {
      event =
          searches
              .computeIfAbsent(
                  effect.topics().toString(),
                  k -> new EventSearch(chain, effect.to(), effect.topics(), since))
              .find(deadline, effect, question.head());
    }
    if (event.isPresent()) {
      Optional<Receipts.Verified> found = receipts.of(deadline, event.get().transaction());
      if (found.isPresent() && found.get().receipt().logs().stream().anyMatch(effect::is)) {
        return observed(
            found.get().receipt().block() <= question.finalBlock(), number, found.get());
      }
    }
    boolean forGood =
        question.finalBlock() >= 0
            && answer(question, question.finalBlock()).done() == answer.done();
    if (answer.done() == Effect.Done.YES) { // The contract says so, though no event was shown.
      return Observation.of(forGood ? Seen.FINAL : Seen.INCLUDED, number);
    }
    return new Observation(
        forGood ? Seen.FAILED : Seen.PENDING,
        number,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.of(conflict(question.submission())));
  }

  /** What the contract says of an effect, as of a block. */
  Effect.Answer answer(Question question, long block) throws LedgerException, InterruptedException {
    Effect effect = question.effect();
    byte[] answer = chain.view(question.deadline(), effect.to(), effect.question(), block);
    try {
      return effect.answer(answer);
    } catch (MalformedException e) {
      throw new LedgerException(
          Kind.WRONG_NETWORK,
          "On " + description.network() + ", " + e.getMessage() + "; correct its address.",
          e);
    }
  }

  static String conflict(Submission submission) {
    return "The contract has something else for "
        + submission.key()
        + ": another hub with the same key was there first, or the number was used twice.";
  }

  private static Observation sent(
      Seen seen, int number, AttemptBytes bytes, Optional<String> problem) {
    return new Observation(
        seen,
        number,
        Optional.of(Bytes.hex(bytes.hash())),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        problem);
  }

  private static Observation observed(boolean forGood, int number, Receipts.Verified found) {
    byte[] proof = found.proof().encode();
    return found(
        forGood ? Seen.FINAL : Seen.INCLUDED,
        number,
        found,
        proof.length <= MAX_PROOF ? Optional.of(proof) : Optional.empty(),
        Optional.empty());
  }

  private static Observation problem(Seen seen, int number, Receipts.Verified found, String what) {
    return found(seen, number, found, Optional.empty(), Optional.of(what));
  }

  private static Observation found(
      Seen seen,
      int number,
      Receipts.Verified found,
      Optional<byte[]> proof,
      Optional<String> problem) {
    Receipt receipt = found.receipt();
    return new Observation(
        seen,
        number,
        Optional.of(Bytes.hex(receipt.transaction())),
        Optional.of(receipt.block()),
        Optional.of(cost(receipt)),
        proof,
        problem);
  }

  private static long cost(Receipt receipt) {
    BigInteger cost = receipt.gasUsed().multiply(receipt.price());
    return cost.bitLength() > 63 ? Long.MAX_VALUE : cost.longValue();
  }

  private static <V> Map<String, V> bounded(int most) {
    return new LinkedHashMap<>() {
      private static final long serialVersionUID = 1L;

      @Override
      protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
        return size() > most;
      }
    };
  }
}
