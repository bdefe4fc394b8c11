package org.commonshub.ledger.ethereum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.commonshub.ledger.api.LedgerClient.Attempt;
import org.commonshub.ledger.api.LedgerClient.Observation;
import org.commonshub.ledger.api.LedgerClient.Seen;
import org.commonshub.ledger.api.LedgerException;
import org.commonshub.ledger.api.LedgerException.Kind;
import org.commonshub.ledger.api.Settlement.Round;
import org.commonshub.ledger.api.Settlement.Share;
import org.commonshub.ledger.api.Submission;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Rounds against the real contract; here the test is the privacy gate. */
@Timeout(180)
class SettlementTest {
  private static final BigInteger FUNDS = BigInteger.TEN.pow(17);
  private static final long ALL_ROLES = 7;

  private Node node;
  private Setup setup;
  private Hub hub;

  @BeforeEach
  void start() throws Exception {
    node = Node.given();
    setup = new Setup();
    setup.chainId = node.chainId();
    setup.nodes = List.of(node.uri());
    setup.account = TestAccount.of(System.nanoTime());
    setup.anchor = node.deploy("EnergyAnchor", new byte[0]);
    setup.credits =
        Optional.of(
            node.deploy("EnergyCredits", Bytes.concat(Abi.word(node.rich().bytes()), Abi.word(1))));
    node.fund(setup.account, FUNDS);
    hub = new Hub(setup.client());
  }

  @AfterEach
  void stop() {
    node.close();
  }

  private void admin(String call, byte[]... words) throws Exception {
    var receipt =
        node.transact(
            node.rich(), setup.credits.orElseThrow(), BigInteger.ZERO, Abi.call(call, words));
    assertThat(receipt.number("status")).isEqualTo(1);
  }

  private void grant() throws Exception {
    admin("grant(address,uint256)", Abi.word(setup.account.bytes()), Abi.word(ALL_ROLES));
  }

  private long number(String call, byte[]... words) throws Exception {
    return Fields.number(
        "0x"
            + new BigInteger(
                    1,
                    Fields.bytes(
                        node.rpc(
                            "eth_call",
                            Map.of(
                                "to",
                                Bytes.hex(setup.credits.orElseThrow()),
                                "data",
                                Bytes.hex(Abi.call(call, words))),
                            "latest"),
                        "answer"))
                .toString(16),
        "number");
  }

  private long credit(Share share) throws Exception {
    return number(
        "balanceOf(address,uint256)", Abi.word(Bytes.address(share.account())), Abi.word(1));
  }

  private static LedgerException refused(Kind kind, ThrowingCallable call) {
    LedgerException e = catchThrowableOfType(LedgerException.class, call);
    assertThat(e).as("no " + kind).isNotNull();
    assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind);
    System.out.println(kind + ": " + e.getMessage());
    return e;
  }

  private static Round round(String id, int participants, long credit) {
    List<Share> shares = new ArrayList<>();
    for (int i = 0; i < participants; i++) {
      shares.add(new Share(TestAccount.of(1_000 + i).address(), credit + i));
    }
    return new Round(id, shares);
  }

  @Test
  void aRoundIsPaidOnceHoweverOftenItIsSent() throws Exception {
    grant();
    Round round = round("2026-10", 30, 5_000_000);
    Submission submission = SettlementEffect.submission(round);
    Attempt first = hub.submit(submission);
    hub.client.send(first);
    assertThat(hub.until(submission, Seen.INCLUDED).attempt()).isZero();
    hub.submit(submission); // Prepared anew, as if the first had been lost.
    node.mine(2);
    Observation done = hub.observe(submission);
    assertThat(done.seen()).isEqualTo(Seen.FINAL);
    assertThat(hub.client.observe(submission, List.of(first)).proof()).isPresent();
    long sum = 0;
    for (Share share : round.shares()) {
      assertThat(credit(share)).isEqualTo(share.credit());
      sum += share.credit();
    }
    assertThat(number("totalSupply(uint256)", Abi.word(2))).isEqualTo(sum);
    Observation found = hub.client.observe(submission, List.of());
    assertThat(found.seen()).isEqualTo(Seen.FINAL);
    assertThat(found.reference()).contains(Bytes.hex(AttemptBytes.decode(first.bytes()).hash()));
    // The same id with other shares is another round, and refused for ever.
    Submission other = SettlementEffect.submission(round("2026-10", 30, 6_000_000));
    refused(Kind.REFUSED, () -> hub.client.prepare(other, List.of(), Optional.empty()));
    // What is given can be taken.
    List<Share> taken = new ArrayList<>();
    round.shares().forEach(share -> taken.add(new Share(share.account(), -share.credit())));
    hub.attempts.clear();
    Submission back = SettlementEffect.submission(new Round("2026-11", taken));
    hub.submit(back);
    assertThat(hub.until(back, Seen.INCLUDED).problem()).isEmpty();
    assertThat(number("totalSupply(uint256)", Abi.word(2))).isZero();
  }

  @Test
  void aMissingRoleAndAPauseAreNamedAndWaitedFor() throws Exception {
    Submission submission = SettlementEffect.submission(round("2026-10", 3, 10));
    assertThat(refused(Kind.PAUSED, () -> hub.prepare(submission))).hasMessageContaining("role");
    grant();
    admin("grant(address,uint256)", Abi.word(node.rich().bytes()), Abi.word(ALL_ROLES));
    Attempt attempt = hub.prepare(submission);
    // Paused between preparing and sending: the call reverts in its block.
    admin("pause()");
    assertThat(refused(Kind.PAUSED, () -> hub.client.prepare(submission, List.of(), hub.last)))
        .hasMessageContaining("paused");
    hub.client.send(attempt);
    node.mine(2);
    assertThat(hub.observe(submission).seen()).isEqualTo(Seen.VOID);
    assertThat(hub.client.observe(submission, List.of()).seen()).isEqualTo(Seen.NOTHING);
    refused(Kind.PAUSED, () -> hub.prepare(submission));
    admin("unpause()");
    hub.submit(submission);
    node.mine(2);
    assertThat(hub.observe(submission).seen()).isEqualTo(Seen.FINAL);
    assertThat(number("totalSupply(uint256)", Abi.word(1))).isEqualTo(10 + 11 + 12);
  }

  @Test
  void whoHasTooLittleIsNamed() throws Exception {
    grant();
    Submission submission =
        SettlementEffect.submission(
            new Round("r", List.of(new Share(TestAccount.of(5).address(), -1))));
    assertThat(refused(Kind.PAUSED, () -> hub.prepare(submission)))
        .hasMessageContaining("less credit");
  }

  @Test
  void untilThePrivacyGateReleasesItARoundStays() throws Exception {
    setup.released = submission -> false;
    Hub shipped = new Hub(setup.client());
    Round round = round("2026-10", 3, 10);
    assertThat(refused(Kind.REFUSED, () -> shipped.prepare(SettlementEffect.submission(round))))
        .hasMessageContaining("privacy gate");
    EthereumSettlement settlement = new EthereumSettlement(Optional::empty, setup.released);
    assertThatThrownBy(() -> settlement.settle(round))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("privacy gate");
    assertThatThrownBy(() -> new EthereumSettlement(Optional::empty, s -> true).settle(round))
        .isInstanceOf(IOException.class);
    assertThat(settlement.status("2026-10")).isEmpty();
  }

  @Test
  void malformedRoundsAreRefused() {
    String account = TestAccount.of(1).address();
    Map<String, List<Share>> bad = new TreeMap<>();
    bad.put("none", List.of());
    bad.put("zero", List.of(new Share(account, 0)));
    bad.put("twice", List.of(new Share(account, 1), new Share(account, 2)));
    bad.put("no address", List.of(new Share("0x12", 1)));
    bad.put("no hex", List.of(new Share("somebody", 1)));
    bad.put("too many", round("x", 501, 1).shares());
    bad.forEach(
        (what, shares) ->
            assertThatThrownBy(() -> SettlementEffect.submission(new Round("r", shares)))
                .as(what)
                .isInstanceOf(IllegalArgumentException.class));
  }
}
