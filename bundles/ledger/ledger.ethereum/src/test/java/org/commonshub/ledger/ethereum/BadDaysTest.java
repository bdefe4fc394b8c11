package org.commonshub.ledger.ethereum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.commonshub.ledger.ethereum.Hub.root;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.commonshub.ledger.api.LedgerClient.Attempt;
import org.commonshub.ledger.api.LedgerClient.Observation;
import org.commonshub.ledger.api.LedgerClient.Seen;
import org.commonshub.ledger.api.LedgerException;
import org.commonshub.ledger.api.LedgerException.Kind;
import org.commonshub.ledger.api.Submission;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Bad days that need power over the node: always a development node. */
@Timeout(180)
class BadDaysTest {
  private static final BigInteger ETHER = BigInteger.TEN.pow(18);

  private Node node;
  private Setup setup;
  private Hub hub;

  @BeforeEach
  void start() throws Exception {
    boolean operators = Node.isOperators();
    if (operators) {
      System.out.println(
          "skipped: BadDaysTest reorganises the chain and needs a development node, not "
              + System.getProperty(Node.RPC));
    }
    assumeFalse(operators);
    begin();
  }

  private void begin(String... options) throws Exception {
    if (node != null) {
      node.close();
    }
    node = Node.develop(options);
    setup = new Setup();
    setup.nodes = List.of(node.uri());
    setup.anchor = node.deploy("EnergyAnchor", new byte[0]);
    node.fund(setup.account, ETHER);
    hub = new Hub(setup.client());
  }

  @AfterEach
  void stop() {
    if (node != null) {
      node.close();
    }
  }

  private static LedgerException refused(Kind kind, ThrowingCallable call) {
    LedgerException e = catchThrowableOfType(LedgerException.class, call);
    assertThat(e).as("no " + kind).isNotNull();
    assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind);
    System.out.println(kind + ": " + e.getMessage());
    return e;
  }

  private void reorganise(int depth) {
    var unused = node.rpc("anvil_reorg", (long) depth, List.of());
  }

  private int events() {
    return ((List<?>)
            node.rpc(
                "eth_getLogs",
                Map.of(
                    "address", Bytes.hex(setup.anchor), "fromBlock", "0x0", "toBlock", "latest")))
        .size();
  }

  @Test
  void aReorganisationIsSeenAndMended() throws Exception {
    setup.finality = "10";
    hub = new Hub(setup.client());
    node.mine(5);
    hub.submit(root(1));
    assertThat(hub.until(root(1), Seen.INCLUDED).problem()).isEmpty();
    reorganise(1);
    assertThat(hub.seen(root(1))).isEqualTo(Seen.NOTHING);
    hub.client.send(hub.attempts.get(0));
    assertThat(hub.until(root(1), Seen.INCLUDED).problem()).isEmpty();
    node.mine(9);
    assertThat(hub.seen(root(1))).isEqualTo(Seen.FINAL);
    assertThat(events()).isEqualTo(1);
  }

  @Test
  void aReorganisationPastFinalStopsUntilAPersonSaysGoOn() throws Exception {
    node.mine(5);
    hub.submit(root(1));
    node.mine(2);
    assertThat(hub.seen(root(1))).isEqualTo(Seen.FINAL);
    hub.submit(root(2));
    node.mine(2);
    assertThat(hub.seen(root(2))).isEqualTo(Seen.FINAL);
    byte[] proof = hub.client.observe(root(2), List.of()).proof().orElseThrow();
    assertThat(hub.client.confirms(root(2).digest(), proof)).contains(true);
    assertThat(hub.client.confirms(root(3).digest(), proof)).contains(false);
    assertThat(hub.client.confirms(root(2).digest(), new byte[9])).contains(false);
    reorganise(7);
    node.mine(1);
    assertThat(hub.client.confirms(root(2).digest(), proof)).contains(false);
    LedgerException e = refused(Kind.NOT_BELIEVED, () -> hub.prepare(root(3)));
    assertThat(e).hasMessageContaining("reorganised past what it called final");
    // What was final is looked at again: it is gone, and its bytes go out once more.
    assertThat(hub.client.observe(root(1), List.of()).seen()).isEqualTo(Seen.NOTHING);
    // A person says go on.
    hub.last = Optional.empty();
    hub.submit(root(3));
    node.mine(2);
    assertThat(hub.seen(root(3))).isEqualTo(Seen.FINAL);
  }

  @Test
  void anEmptyBalanceIsNamed() throws Exception {
    setup.account = TestAccount.of(77);
    hub = new Hub(setup.client());
    LedgerException e = refused(Kind.UNFUNDED, () -> hub.prepare(root(1)));
    assertThat(e).hasMessageContaining(setup.account.address() + " has 0 coins and may need 0.000");
    node.fund(setup.account, ETHER);
    hub.submit(root(1));
    node.mine(1);
    assertThat(hub.seen(root(1))).isEqualTo(Seen.FINAL);
  }

  @Test
  void aHundredfoldPriceIsNotPaid() throws Exception {
    setup.maxFee = BigInteger.valueOf(10_000_000_000L);
    hub = new Hub(setup.client());
    node.automine(false);
    hub.submit(root(1));
    price("0x174876e800"); // 100 gwei
    assertThat(hub.seen(root(1))).isEqualTo(Seen.STUCK);
    refused(Kind.TOO_EXPENSIVE, () -> hub.replace(root(1)));
    refused(Kind.TOO_EXPENSIVE, () -> hub.prepare(root(2)));
    price("0x3b9aca00"); // 1 gwei
    assertThat(hub.seen(root(1))).isIn(Seen.PENDING, Seen.NOTHING, Seen.INCLUDED);
    hub.client.send(hub.attempts.get(0));
    node.mine(3);
    assertThat(hub.seen(root(1))).isEqualTo(Seen.FINAL);
    assertThat(events()).isEqualTo(1);
  }

  private void price(String wei) throws Exception {
    var unused = node.rpc("anvil_setNextBlockBaseFeePerGas", wei);
    node.mine(1);
  }

  @Test
  void aReplacementCostsAnEighthMoreAndOneOfThemIsIn() throws Exception {
    node.automine(false);
    hub.submit(root(1));
    Transaction first = AttemptBytes.decode(hub.attempts.get(0).bytes()).transaction();
    price("0x12a05f2000"); // 80 gwei
    Observation stuck = hub.observe(root(1));
    assertThat(stuck.seen()).isEqualTo(Seen.STUCK);
    assertThat(stuck.problem()).isPresent();
    Attempt replacement = hub.replace(root(1));
    Transaction second = AttemptBytes.decode(replacement.bytes()).transaction();
    assertThat(second.nonce()).isEqualTo(first.nonce());
    assertThat(second.maxFee())
        .isGreaterThan(first.maxFee().multiply(BigInteger.valueOf(9)).shiftRight(3));
    assertThat(second.tip())
        .isGreaterThanOrEqualTo(first.tip().multiply(BigInteger.valueOf(9)).shiftRight(3));
    hub.client.send(replacement);
    node.mine(3);
    Observation done = hub.observe(root(1));
    assertThat(done.seen()).isEqualTo(Seen.FINAL);
    assertThat(done.attempt()).isEqualTo(1);
    assertThat(events()).isEqualTo(1);
    hub.attempts.clear();
    // The newest attempt repeats an old nonce, which is no reason to be surprised.
    node.automine(true);
    hub.submit(root(2));
    node.mine(2);
    assertThat(hub.seen(root(2))).isEqualTo(Seen.FINAL);
  }

  @Test
  void aRestoredBackupStopsAndGoesOnWhenAPersonSaysSo() throws Exception {
    List<byte[]> bytes = new ArrayList<>();
    for (int i = 1; i <= 5; i++) {
      bytes.add(hub.submit(root(i)).bytes());
      node.mine(1);
      assertThat(hub.seen(root(i))).isEqualTo(Seen.FINAL);
    }
    Hub restored = new Hub(setup.client());
    restored.last = Optional.of(bytes.get(1));
    LedgerException e = refused(Kind.AHEAD, () -> restored.prepare(root(6)));
    assertThat(e).hasMessageContaining("second hub");
    for (int i = 3; i <= 5; i++) {
      Observation found = restored.observe(root(i));
      assertThat(found.seen()).isEqualTo(Seen.FINAL);
      assertThat(found.proof()).isPresent();
      assertThat(found.reference())
          .contains(Bytes.hex(AttemptBytes.decode(bytes.get(i - 1)).hash()));
    }
    assertThat(restored.observe(root(6)).seen()).isEqualTo(Seen.NOTHING);
    assertThat(restored.observe(root(4, 99)).seen()).as("never anchored").isEqualTo(Seen.FAILED);
    restored.last = Optional.empty();
    restored.submit(root(6));
    node.mine(1);
    assertThat(restored.seen(root(6))).isEqualTo(Seen.FINAL);
    assertThat(events()).isEqualTo(6);
  }

  @Test
  void twoHubsWithOneKeyAreNoticed() throws Exception {
    Hub other = new Hub(setup.client());
    node.automine(false);
    hub.submit(root(1));
    Submission theirs =
        new Submission("journal-2/1", root(1).kind(), root(9).digest(), new byte[0]);
    other.submit(theirs);
    node.mine(3);
    List<Seen> seen = List.of(hub.observe(root(1)).seen(), other.observe(theirs).seen());
    assertThat(seen).containsExactlyInAnyOrder(Seen.FINAL, Seen.VOID);
    Hub loser = seen.get(0) == Seen.VOID ? hub : other;
    Submission lost = seen.get(0) == Seen.VOID ? root(1) : theirs;
    assertThat(loser.client.observe(lost, List.of()).seen()).isEqualTo(Seen.NOTHING);
    refused(Kind.AHEAD, () -> loser.prepare(lost));
    loser.last = Optional.empty();
    loser.submit(lost);
    node.mine(3);
    assertThat(loser.seen(lost)).isEqualTo(Seen.FINAL);
    assertThat(events()).isEqualTo(2);
  }

  @Test
  void aConflictIsFailedForEver() throws Exception {
    Hub other = new Hub(setup.client());
    node.automine(false);
    Attempt first = hub.prepare(root(1));
    byte[] second = other.client.prepare(root(1, 2), List.of(first), hub.last); // next nonce
    Attempt attempt = new Attempt(root(1).key(), 0, second);
    hub.client.send(first);
    other.client.send(attempt);
    node.mine(3);
    assertThat(hub.seen(root(1))).isEqualTo(Seen.FINAL);
    Observation failed = other.client.observe(root(1, 2), List.of(attempt));
    assertThat(failed.seen()).isEqualTo(Seen.FAILED);
    assertThat(failed.problem().orElseThrow()).contains("something else");
    refused(Kind.REFUSED, () -> other.client.prepare(root(1, 2), List.of(), Optional.empty()));
  }

  @Test
  void anAddressThatIsNotTheContractIsNamed() throws Exception {
    setup.anchor = new byte[20];
    setup.anchor[19] = 99;
    Hub lost = new Hub(setup.client());
    LedgerException e = refused(Kind.WRONG_NETWORK, () -> lost.prepare(root(1)));
    assertThat(e).hasMessageContaining("not EnergyAnchor");
  }

  @Test
  void aHangingNodeEndsInTimeAndAnotherOneStepsIn() throws Exception {
    hub.submit(root(1));
    node.pause(true);
    long start = System.nanoTime();
    refused(Kind.UNREACHABLE, () -> hub.observe(root(1)));
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(60));
    node.pause(false);
    setup.clock.advance(Duration.ofMinutes(1));
    node.mine(1);
    assertThat(hub.seen(root(1))).isEqualTo(Seen.FINAL);

    try (Proxy dead = new Proxy(node.uri())) {
      dead.cut(true);
      setup.nodes = List.of(dead.uri(), node.uri());
      Hub both = new Hub(setup.client());
      both.last = hub.last;
      both.submit(root(2));
      node.mine(1);
      assertThat(both.seen(root(2))).isEqualTo(Seen.FINAL);
    }
  }

  @Test
  void aKilledNodeIsWaitedFor() throws Exception {
    hub.submit(root(1));
    node.kill();
    refused(Kind.UNREACHABLE, () -> hub.observe(root(1)));
    refused(Kind.UNREACHABLE, () -> hub.prepare(root(2)));
    // It comes back without its memory: as a development node, a network that was set back.
    node = Node.develop(node.uri().getPort());
    assertThat(node.deploy("EnergyAnchor", new byte[0])).isEqualTo(setup.anchor);
    node.fund(setup.account, ETHER);
    node.mine(3);
    setup.clock.advance(Duration.ofMinutes(1));
    assertThat(hub.seen(root(1))).isEqualTo(Seen.NOTHING);
    hub.client.send(hub.attempts.get(0));
    node.mine(1);
    assertThat(hub.seen(root(1))).isEqualTo(Seen.FINAL);
    assertThat(events()).isEqualTo(1);
  }

  @Test
  void aNodeThatLagsIsNotMistakenForTheChain() throws Exception {
    try (Proxy proxy = new Proxy(node.uri())) {
      setup.nodes = List.of(proxy.uri());
      Hub behind = new Hub(setup.client());
      behind.submit(root(1));
      node.mine(10);
      assertThat(behind.seen(root(1))).isEqualTo(Seen.FINAL);
      proxy.lie(
          (method, request, answer) ->
              method.equals("eth_blockNumber") ? answer.replaceAll("0x[0-9a-f]+", "0x1") : answer);
      refused(Kind.UNREACHABLE, () -> behind.prepare(root(2)));
      proxy.lie((method, request, answer) -> answer);
      behind.submit(root(2));
      node.mine(1);
      assertThat(behind.seen(root(2))).isEqualTo(Seen.FINAL);
    }
  }

  @Test
  void theSearchForEventsSurvivesAReorganisation() throws Exception {
    setup.finality = "1";
    Chain chain = setup.chain();
    AnchorEffect first = new AnchorEffect(setup.anchor, setup.account.bytes(), root(1));
    AnchorEffect second = new AnchorEffect(setup.anchor, setup.account.bytes(), root(2));
    EventSearch search = new EventSearch(chain, setup.anchor, first.topics(), 0);
    Deadline deadline = new Deadline(setup.clock);
    hub.submit(root(1));
    node.mine(3);
    assertThat(search.find(deadline, first, chain.head(deadline))).isPresent();
    hub.submit(root(2));
    assertThat(hub.until(root(2), Seen.INCLUDED).proof()).isPresent();
    assertThat(search.find(deadline, second, chain.head(deadline))).isPresent();
    reorganise(2);
    assertThat(search.find(deadline, second, chain.head(deadline))).isEmpty();
    assertThat(search.find(deadline, first, chain.head(deadline))).isPresent();
    hub.client.send(hub.attempts.get(1));
    node.mine(1);
    assertThat(search.find(deadline, second, chain.head(deadline))).isPresent();
  }

  @Test
  void aHoleIsFilled() throws Exception {
    Attempt neverSent = hub.prepare(root(1));
    hub.submit(root(2)); // Waits behind the hole.
    hub.attempts.remove(neverSent);
    assertThat(hub.seen(root(2))).isEqualTo(Seen.PENDING);
    Submission other = new Submission("other/1", root(1).kind(), root(1).digest(), new byte[0]);
    hub.submit(other);
    node.mine(2);
    assertThat(hub.seen(other)).isEqualTo(Seen.FINAL);
    assertThat(hub.seen(root(2))).isEqualTo(Seen.FINAL);
    hub.submit(root(3));
    node.mine(1);
    assertThat(hub.seen(root(3))).isEqualTo(Seen.FINAL);
  }

  @Test
  void finalIsWhatTheNetworkCallsSo() throws Exception {
    begin("--slots-in-an-epoch", "1");
    setup.finality = "finalized";
    hub = new Hub(setup.client());
    hub.submit(root(1));
    assertThat(hub.until(root(1), Seen.INCLUDED).problem()).isEmpty();
    node.mine(1);
    assertThat(hub.until(root(1), Seen.INCLUDED).problem()).isEmpty();
    node.mine(3);
    assertThat(hub.seen(root(1))).isEqualTo(Seen.FINAL);
  }

  @Test
  void legacyTransactionsAndNetworksWithoutBaseFee() throws Exception {
    for (boolean legacy : new boolean[] {true, false}) {
      begin("--hardfork", "berlin");
      setup.legacy = legacy;
      hub = new Hub(setup.client());
      hub.submit(root(1));
      node.mine(1);
      assertThat(hub.seen(root(1))).isEqualTo(Seen.FINAL);
      assertThat(AttemptBytes.decode(hub.last.orElseThrow()).transaction().legacy()).isTrue();
    }
    begin();
    setup.legacy = true;
    hub = new Hub(setup.client());
    hub.submit(root(1));
    node.mine(1);
    assertThat(hub.seen(root(1))).isEqualTo(Seen.FINAL);
  }

  @Test
  void freeGasNeedsNoMoney() throws Exception {
    begin("--gas-price", "0", "--block-base-fee-per-gas", "0", "--disable-min-priority-fee");
    setup.account = TestAccount.of(55);
    setup.maxFee = BigInteger.ZERO;
    setup.finality = "immediate";
    hub = new Hub(setup.client());
    hub.submit(root(1));
    assertThat(hub.until(root(1), Seen.FINAL).cost()).contains(0L);
  }

  /** The node's own root over receipts is the independent check of ours. */
  @Test
  void crowdedBlocksAreProven() throws Exception {
    for (int crowd : new int[] {1, 2, 17, 130, 300}) {
      node.automine(false);
      String to = TestAccount.of(5).address();
      for (int i = 0; i < crowd - 1; i++) {
        var unused =
            node.rpc(
                "eth_sendTransaction",
                Map.of(
                    "from",
                    node.rich().address(),
                    "to",
                    to,
                    "value",
                    "0x1",
                    "maxFeePerGas",
                    "0x4a817c800"));
      }
      hub.submit(root(crowd));
      node.mine(2);
      node.automine(true);
      Observation done = hub.observe(root(crowd));
      assertThat(done.seen()).isEqualTo(Seen.FINAL);
      Proof.Shown shown = Proof.verify(done.proof().orElseThrow());
      AnchorEffect effect = new AnchorEffect(setup.anchor, setup.account.bytes(), root(crowd));
      assertThat(shown.logs().stream().anyMatch(effect::is)).isTrue();
      System.out.println(crowd + " in a block: proof of " + done.proof().get().length + " bytes");
      byte[] proof = done.proof().get();
      int accepted = 0;
      for (int i = 0; i < proof.length; i += 7) {
        byte[] changed = proof.clone();
        changed[i] ^= 1;
        try {
          accepted += Arrays.equals(Proof.verify(changed).blockHash(), shown.blockHash()) ? 1 : 0;
        } catch (MalformedException e) {
          // Refused, as it should be.
        }
      }
      assertThat(accepted).as("changed proofs that still hold").isLessThanOrEqualTo(2);
      hub.attempts.clear();
    }
  }
}
