package org.commonshub.ledger.ethereum;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.commonshub.identity.api.EvmAccount;
import org.commonshub.ledger.api.LedgerClient;
import org.commonshub.ledger.api.LedgerDescription;
import org.commonshub.ledger.api.LedgerException;
import org.commonshub.ledger.api.LedgerException.Kind;
import org.commonshub.ledger.api.Submission;
import org.commonshub.ledger.api.SubmissionKind;
import org.commonshub.platform.api.HubClock;

/**
 * A chain with the Ethereum Virtual Machine as a ledger. A submission becomes a call of a contract
 * that has one effect however often it is called; nonces come from the attempts that the outbox
 * kept and are checked against the chain.
 */
final class EthereumClient implements LedgerClient {
  /** Blocks after which a transaction whose turn it is counts as stuck. */
  static final int STUCK_BLOCKS = 10;

  private static final long MAX_GAS = 30_000_000;
  private static final int MAX_PROOF = 64 * 1024;
  private static final int MAX_TRIES = 5;
  private static final int SEARCHES = 16;
  private static final int UNDERPRICED = 64;

  private final LedgerDescription description;
  private final long chainId;
  private final Contracts contracts;
  private final Prices prices;
  private final Places places;
  private final Chain chain;
  private final EvmAccount account;
  private final HubClock clock;
  private final Predicate<Submission> released;

  private final Map<String, EventSearch> searches = bounded(SEARCHES);

  /** Hashes of attempts that the nodes found too cheap. */
  private final Map<String, Boolean> underpriced = bounded(UNDERPRICED);

  /**
   * Where the contracts are.
   *
   * @param anchor {@code EnergyAnchor}, 20 bytes
   * @param credits {@code EnergyCredits}, if there is one
   * @param since block from which on their events are searched
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Contracts(byte[] anchor, Optional<byte[]> credits, long since) {}

  /**
   * @param chainId of the network
   * @param released whether the privacy gate lets a round out
   */
  EthereumClient(
      LedgerDescription description,
      long chainId,
      Contracts contracts,
      Prices.Limit limit,
      Chain chain,
      EvmAccount account,
      HubClock clock,
      Predicate<Submission> released) {
    this.description = description;
    this.chainId = chainId;
    this.contracts = contracts;
    prices = new Prices(chain, limit);
    places = new Places(chain, account, chainId);
    this.chain = chain;
    this.account = account;
    this.clock = clock;
    this.released = released;
  }

  @Override
  public LedgerDescription describe() {
    return description;
  }

  // ---- prepare ----

  @Override
  public byte[] prepare(Submission submission, List<Attempt> open, Optional<byte[]> last)
      throws LedgerException, InterruptedException {
    Effect effect = effect(submission);
    if (submission.kind() == SubmissionKind.SETTLEMENT && !released.test(submission)) {
      throw new LedgerException(Kind.REFUSED, EthereumSettlement.NOT_RELEASED);
    }
    Deadline deadline = new Deadline(clock);
    long head = places.head(deadline);
    Places.Place place = places.next(deadline, submission, open, last, head);
    long finalBlock = chain.finalBlock(deadline, head);
    room(deadline, submission, effect, head, finalBlock);
    Prices.Price price = prices.now(deadline, head);
    Transaction transaction =
        new Transaction(
            price.legacy(),
            chainId,
            place.nonce(),
            price.tip(),
            price.maxFee(),
            gas(deadline, effect),
            effect.to(),
            BigInteger.ZERO,
            effect.data());
    BigInteger most = price.maxFee().multiply(BigInteger.valueOf(transaction.gas()));
    if (most.signum() > 0) {
      BigInteger balance = chain.balance(deadline, account.address());
      if (balance.compareTo(most) < 0) {
        throw unfunded("has " + balance + " wei and may need " + most);
      }
    }
    return attempt(deadline, transaction, head, finalBlock, place.next());
  }

  /** Whether the contract still has room for an effect. */
  private void room(
      Deadline deadline, Submission submission, Effect effect, long head, long finalBlock)
      throws LedgerException, InterruptedException {
    Effect.Done done = answer(deadline, effect, head).done();
    if (done == Effect.Done.NO || done == Effect.Done.YES) {
      return; // Once more has no effect.
    }
    Observation there = byEffect(deadline, submission, effect, 0, head, finalBlock);
    if (there.seen() == Seen.FAILED) {
      throw new LedgerException(Kind.REFUSED, conflict(submission));
    }
    throw new LedgerException(
        Kind.NOT_BELIEVED,
        "Something with the number of "
            + submission.key()
            + " is on the ledger already, not for good yet; looked at again.");
  }

  private Effect effect(Submission submission) throws LedgerException {
    try {
      if (submission.kind() == SubmissionKind.ROOT) {
        return new AnchorEffect(contracts.anchor(), Bytes.address(account.address()), submission);
      }
      if (contracts.credits().isPresent()) {
        return new SettlementEffect(contracts.credits().get(), submission);
      }
      throw new LedgerException(
          Kind.REFUSED, "No contract for credits is configured on " + description.network() + ".");
    } catch (IllegalArgumentException e) {
      throw new LedgerException(Kind.REFUSED, e.getMessage(), e);
    }
  }

  private byte[] attempt(
      Deadline deadline, Transaction transaction, long head, long finalNumber, long next)
      throws LedgerException, InterruptedException {
    Optional<Header> header =
        finalNumber < 0 ? Optional.empty() : chain.header(deadline, finalNumber);
    return new AttemptBytes(
            transaction.sign(account),
            head,
            header.isPresent() ? finalNumber : -1,
            header.map(Header::hash).orElse(new byte[0]),
            next)
        .encode();
  }

  private long gas(Deadline deadline, Effect effect) throws LedgerException, InterruptedException {
    long gas;
    try {
      gas = chain.estimate(deadline, account.address(), effect.to(), effect.data());
    } catch (RpcException e) {
      throw refusal(e);
    }
    if (gas > MAX_GAS) {
      throw new LedgerException(
          Kind.NOT_BELIEVED, "The node says that a call takes " + gas + " gas, which is too much.");
    }
    return gas + gas / 5;
  }

  /** What a node's refusal to run a call means. */
  private LedgerException refusal(RpcException e) {
    if (e.says("insufficient funds", "insufficient balance", "upfront cost")) {
      return unfunded("cannot pay");
    }
    Optional<String> known = e.data().flatMap(Refusals::text);
    if (known.isPresent()) {
      return new LedgerException(Kind.PAUSED, known.get() + " Tried again.");
    }
    if (e.data().isPresent() || e.says("revert")) {
      return new LedgerException(
          Kind.PAUSED, "The contract refuses the call: " + e.getMessage() + ". Tried again.");
    }
    return new LedgerException(
        Kind.UNREACHABLE, "The node refuses the call: " + e.getMessage() + ".", e);
  }

  private LedgerException unfunded(String what) {
    return new LedgerException(
        Kind.UNFUNDED,
        "The account "
            + account.address()
            + " "
            + what
            + "; send it some of the currency of "
            + description.network()
            + ".");
  }

  private static String conflict(Submission submission) {
    return "The contract has something else for "
        + submission.key()
        + ": another hub with the same key was there first, or the number was used twice.";
  }

  // ---- send and replace ----

  @Override
  public void send(Attempt attempt) throws LedgerException, InterruptedException {
    AttemptBytes bytes = places.read(attempt.bytes());
    var unused = places.transaction(bytes);
    try {
      chain.send(new Deadline(clock), bytes.raw());
    } catch (RpcException e) {
      if (e.says("nonce too low", "nonce is too low", "already used", "old nonce")) {
        return; // It is in, or something else is: observe tells.
      }
      if (e.says(
          "underpriced",
          "less than block base fee",
          "fee too low",
          "price too low",
          "below configured minimum",
          "gas price below",
          "feetoolow")) {
        underpriced.put(Bytes.hex(bytes.hash()), true);
        return; // Too cheap, or its place in the pool is taken by a dearer one: observe says stuck.
      }
      throw refusal(e);
    }
  }

  @Override
  public byte[] replace(Submission submission, List<Attempt> stuck)
      throws LedgerException, InterruptedException {
    AttemptBytes newest = places.read(stuck.get(stuck.size() - 1).bytes());
    Transaction old = places.transaction(newest);
    Deadline deadline = new Deadline(clock);
    long head = places.head(deadline);
    Prices.Price price = prices.replacing(deadline, head, old);
    return attempt(
        deadline,
        old.priced(price.tip(), price.maxFee()),
        head,
        chain.finalBlock(deadline, head),
        places.after(newest));
  }

  // ---- observe ----

  @Override
  public Observation observe(Submission submission, List<Attempt> attempts)
      throws LedgerException, InterruptedException {
    Effect effect = effect(submission);
    Deadline deadline = new Deadline(clock);
    long head = places.head(deadline);
    long finalBlock = chain.finalBlock(deadline, head);
    for (int i = attempts.size() - 1; i >= 0; i--) {
      AttemptBytes bytes = places.read(attempts.get(i).bytes());
      Optional<Chain.Verified> found = chain.receipt(deadline, bytes.hash());
      if (found.isPresent()) {
        return in(deadline, submission, effect, attempts, i, found.get(), head, finalBlock);
      }
    }
    if (attempts.isEmpty()) {
      return byEffect(deadline, submission, effect, 0, head, finalBlock);
    }
    return waiting(deadline, submission, effect, attempts, head, finalBlock);
  }

  /** One of the attempts is in a block. */
  private Observation in(
      Deadline deadline,
      Submission submission,
      Effect effect,
      List<Attempt> attempts,
      int which,
      Chain.Verified found,
      long head,
      long finalBlock)
      throws LedgerException, InterruptedException {
    Receipt receipt = found.receipt();
    int number = attempts.get(which).number();
    boolean forGood = receipt.block() <= finalBlock;
    if (receipt.success()) {
      if (receipt.logs().stream().anyMatch(effect::is)
          || answer(deadline, effect, head).done() == Effect.Done.YES) {
        return observed(forGood, number, found);
      }
      return forGood
          ? problem(Seen.FAILED, number, found, "The call had no effect on the contract.")
          : problem(Seen.PENDING, number, found, "The call had no effect so far.");
    }
    if (!forGood || !chain.failed(deadline, receipt)) {
      return problem(Seen.PENDING, number, found, "The call was reverted; not for good yet.");
    }
    return switch (answer(deadline, effect, head).done()) {
      case YES, PERHAPS -> byEffect(deadline, submission, effect, number, head, finalBlock);
      case CONFLICT -> problem(Seen.FAILED, number, found, conflict(submission));
      case NO ->
          attempts.size() >= MAX_TRIES
              ? problem(
                  Seen.FAILED,
                  number,
                  found,
                  "The contract reverted the call " + MAX_TRIES + " times.")
              : problem(Seen.VOID, number, found, "The call was reverted; prepared anew.");
    };
  }

  /** No attempt is in a block. */
  private Observation waiting(
      Deadline deadline,
      Submission submission,
      Effect effect,
      List<Attempt> attempts,
      long head,
      long finalBlock)
      throws LedgerException, InterruptedException {
    Attempt newest = attempts.get(attempts.size() - 1);
    AttemptBytes bytes = places.read(newest.bytes());
    Transaction transaction = places.transaction(bytes);
    int number = newest.number();
    long used = chain.nonce(deadline, account.address(), Bytes.quantity(head));
    if (used > transaction.nonce()) {
      if (finalBlock >= 0
          && chain.nonce(deadline, account.address(), Bytes.quantity(finalBlock))
              > transaction.nonce()) {
        Observation other = byEffect(deadline, submission, effect, number, head, finalBlock);
        return other.seen() == Seen.NOTHING ? Observation.of(Seen.VOID, number) : other;
      }
      return Observation.of(Seen.PENDING, number);
    }
    boolean turn = used == transaction.nonce();
    Optional<BigInteger> base = chain.header(deadline, head).flatMap(Header::baseFee);
    if (turn && base.isPresent() && base.get().compareTo(transaction.maxFee()) > 0) {
      return stuck(number, bytes, "Gas became dearer than the transaction offers.");
    }
    if (turn && underpriced.containsKey(Bytes.hex(bytes.hash()))) {
      return stuck(number, bytes, "The nodes find the offered price too low.");
    }
    if (!chain.knows(deadline, bytes.hash())) {
      return Observation.of(Seen.NOTHING, number);
    }
    if (turn && head - bytes.head() >= STUCK_BLOCKS && transaction.maxFee().signum() > 0) {
      return stuck(number, bytes, "No block took the transaction for " + STUCK_BLOCKS + " blocks.");
    }
    return reference(Observation.of(Seen.PENDING, number), bytes.hash());
  }

  private static Observation stuck(int number, AttemptBytes bytes, String why) {
    return new Observation(
        Seen.STUCK,
        number,
        Optional.of(Bytes.hex(bytes.hash())),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.of(why));
  }

  private static Observation reference(Observation observation, byte[] hash) {
    return new Observation(
        observation.seen(),
        observation.attempt(),
        Optional.of(Bytes.hex(hash)),
        observation.position(),
        observation.cost(),
        observation.proof(),
        observation.problem());
  }

  private static Observation observed(boolean forGood, int number, Chain.Verified found) {
    byte[] proof = found.proof().encode();
    return new Observation(
        forGood ? Seen.FINAL : Seen.INCLUDED,
        number,
        Optional.of(Bytes.hex(found.receipt().transaction())),
        Optional.of(found.receipt().block()),
        Optional.of(cost(found.receipt())),
        proof.length <= MAX_PROOF ? Optional.of(proof) : Optional.empty(),
        Optional.empty());
  }

  private static Observation problem(Seen seen, int number, Chain.Verified found, String what) {
    return new Observation(
        seen,
        number,
        Optional.of(Bytes.hex(found.receipt().transaction())),
        Optional.of(found.receipt().block()),
        Optional.of(cost(found.receipt())),
        Optional.empty(),
        Optional.of(what));
  }

  private static long cost(Receipt receipt) {
    BigInteger cost = receipt.gasUsed().multiply(receipt.price());
    return cost.bitLength() > 63 ? Long.MAX_VALUE : cost.longValue();
  }

  /** Looks for the effect itself, whoever sent it. */
  private Observation byEffect(
      Deadline deadline,
      Submission submission,
      Effect effect,
      int number,
      long head,
      long finalBlock)
      throws LedgerException, InterruptedException {
    Effect.Answer answer = answer(deadline, effect, head);
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
                  k -> new EventSearch(chain, effect.to(), effect.topics(), contracts.since()))
              .find(deadline, effect, head);
    }
    if (event.isPresent()) {
      Optional<Chain.Verified> found = chain.receipt(deadline, event.get().transaction());
      if (found.isPresent() && found.get().receipt().logs().stream().anyMatch(effect::is)) {
        return observed(found.get().receipt().block() <= finalBlock, number, found.get());
      }
    }
    boolean forGood =
        finalBlock >= 0 && answer(deadline, effect, finalBlock).done() == answer.done();
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
        Optional.of(conflict(submission)));
  }

  /** True only for a root in a block that is in for good; not yet final is not to be told. */
  @Override
  public Optional<Boolean> confirms(byte[] root, byte[] proof)
      throws LedgerException, InterruptedException {
    Proof.Shown shown;
    try {
      shown = Proof.verify(proof);
    } catch (MalformedException e) {
      return Optional.of(false);
    }
    if (shown.chain() != chainId
        || !shown.success()
        || root.length != 32
        || shown.logs().stream()
            .noneMatch(event -> AnchorEffect.anchors(event, contracts.anchor(), root))) {
      return Optional.of(false);
    }
    Deadline deadline = new Deadline(clock);
    long head = places.head(deadline);
    if (shown.block() > chain.finalBlock(deadline, head)) {
      return Optional.empty();
    }
    return chain
        .header(deadline, shown.block())
        .map(header -> Arrays.equals(header.hash(), shown.blockHash()));
  }

  private Effect.Answer answer(Deadline deadline, Effect effect, long block)
      throws LedgerException, InterruptedException {
    byte[] answer = chain.view(deadline, effect.to(), effect.question(), block);
    try {
      return effect.answer(answer);
    } catch (MalformedException e) {
      throw new LedgerException(
          Kind.WRONG_NETWORK,
          "On " + description.network() + ", " + e.getMessage() + "; correct its address.",
          e);
    }
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
