package org.commonshub.ledger.ethereum;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.List;
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
  private static final long MAX_GAS = 30_000_000;

  private final LedgerDescription description;
  private final Contracts contracts;
  private final Prices prices;
  private final Places places;
  private final Outcomes outcomes;
  private final Chain chain;
  private final EvmAccount account;
  private final HubClock clock;
  private final Predicate<Submission> released;

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
   * @param released whether the privacy gate lets a round out
   */
  EthereumClient(
      LedgerDescription description,
      Contracts contracts,
      Prices.Limit limit,
      Chain chain,
      EvmAccount account,
      HubClock clock,
      Predicate<Submission> released) {
    this.description = description;
    this.contracts = contracts;
    prices = new Prices(chain, limit);
    Receipts receipts = new Receipts(chain);
    places = new Places(chain, receipts, account);
    outcomes = new Outcomes(description, chain, receipts, places, account, contracts.since());
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
    room(new Outcomes.Question(deadline, submission, effect, head, finalBlock));
    Prices.Price price = prices.now(deadline, head);
    Transaction transaction =
        new Transaction(
            price.legacy(),
            chain.nodes().id(),
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
        throw unfunded(
            "has "
                + coins(balance, RoundingMode.DOWN)
                + " coins and may need "
                + coins(most, RoundingMode.UP));
      }
    }
    return attempt(deadline, transaction, head, finalBlock, place.next());
  }

  /** Whether the contract still has room for an effect. */
  private void room(Outcomes.Question question) throws LedgerException, InterruptedException {
    Effect.Done done = outcomes.answer(question, question.head()).done();
    if (done == Effect.Done.NO || done == Effect.Done.YES) {
      return; // Once more has no effect.
    }
    Submission submission = question.submission();
    if (outcomes.byEffect(question, 0).seen() == Seen.FAILED) {
      throw new LedgerException(Kind.REFUSED, Outcomes.conflict(submission));
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

  /** An amount of wei in the currency of the chain, to three digits. */
  private static String coins(BigInteger wei, RoundingMode rounding) {
    return new BigDecimal(wei, 18)
        .round(new MathContext(3, rounding))
        .stripTrailingZeros()
        .toPlainString();
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
        outcomes.tooCheap(bytes.hash());
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
    return outcomes.observe(
        new Outcomes.Question(deadline, submission, effect, head, chain.finalBlock(deadline, head)),
        attempts);
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
    if (shown.chain() != chain.nodes().id()
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
}
