package org.commonshub.ledger.ethereum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.commonshub.ledger.ethereum.Hub.root;

import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.commonshub.ledger.api.LedgerClient.Attempt;
import org.commonshub.ledger.api.LedgerClient.Observation;
import org.commonshub.ledger.api.LedgerClient.Seen;
import org.commonshub.ledger.api.LedgerException;
import org.commonshub.ledger.api.LedgerException.Kind;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Three ways to one node; some of them lie. */
@Timeout(180)
class QuorumTest {
  private static final BigInteger FUNDS = BigInteger.TEN.pow(16);

  private final List<Proxy> ways = new ArrayList<>();
  private Node node;
  private Setup setup;
  private Hub hub;

  @BeforeEach
  void start() throws Exception {
    node = Node.given();
    for (int i = 0; i < 3; i++) {
      ways.add(new Proxy(node.uri()));
    }
    setup = new Setup();
    setup.chainId = node.chainId();
    setup.account = TestAccount.of(System.nanoTime());
    setup.anchor = node.deploy("EnergyAnchor", new byte[0]);
    node.fund(setup.account, FUNDS);
    setup.nodes = ways.stream().map(Proxy::uri).toList();
    setup.quorum = 2;
    hub = new Hub(setup.client());
  }

  @AfterEach
  void stop() {
    ways.forEach(Proxy::close);
    node.close();
  }

  private static void refused(Kind kind, Step call) {
    LedgerException e = catchThrowableOfType(LedgerException.class, call::run);
    assertThat(e).as("no " + kind).isNotNull();
    assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind);
    System.out.println(kind + ": " + e.getMessage());
  }

  private interface Step {
    void run() throws Exception;
  }

  /** Whatever one of three says, the root gets in once, is found, and is never called lost. */
  @Test
  void oneLiarIsOutvoted() throws Exception {
    Map<String, Proxy.Lie> lies = new TreeMap<>();
    lies.put("knows nothing", (m, q, a) -> m.contains("Receipt") ? nothing(a) : a);
    lies.put("no blocks", (m, q, a) -> m.equals("eth_getBlockByNumber") ? nothing(a) : a);
    lies.put("no events", (m, q, a) -> m.equals("eth_getLogs") ? result(a, "[]") : a);
    lies.put("no effect", (m, q, a) -> m.equals("eth_call") ? zeros(a) : a);
    lies.put("no such chain", (m, q, a) -> m.equals("eth_chainId") ? result(a, "\"0x1\"") : a);
    lies.put("all was spent", (m, q, a) -> m.contains("Count") ? result(a, "\"0x99\"") : a);
    lies.put("nothing was spent", (m, q, a) -> m.contains("Count") ? result(a, "\"0x0\"") : a);
    lies.put("poor", (m, q, a) -> m.equals("eth_getBalance") ? result(a, "\"0x0\"") : a);
    lies.put("far ahead", (m, q, a) -> m.equals("eth_blockNumber") ? result(a, "\"0xffff\"") : a);
    lies.put("far behind", (m, q, a) -> m.equals("eth_blockNumber") ? result(a, "\"0x0\"") : a);
    lies.put("reverted", (m, q, a) -> m.contains("Receipt") ? status(a) : a);
    lies.put("another root", (m, q, a) -> m.equals("eth_getBlockByNumber") ? roots(a) : a);
    lies.put("garbage", (m, q, a) -> "{\"jsonrpc\":");
    lies.put("an error", (m, q, a) -> error(a));
    lies.put("takes and forgets", (m, q, a) -> m.equals("eth_sendRawTransaction") ? hash(a) : a);
    int number = 0;
    for (Map.Entry<String, Proxy.Lie> lie : lies.entrySet()) {
      for (int liar : new int[] {0, 2}) {
        number++;
        ways.get(liar).lie(lie.getValue());
        String what = lie.getKey() + " by " + liar;
        hub.submit(root(number));
        node.mine(2);
        Observation done = hub.observe(root(number));
        assertThat(done.seen()).as(what).isEqualTo(Seen.FINAL);
        assertThat(done.proof()).as(what).isPresent();
        Observation found = hub.client.observe(root(number), List.of());
        assertThat(found.seen()).as(what).isEqualTo(Seen.FINAL);
        assertThat(found.reference()).as(what).isEqualTo(done.reference());
        hub.attempts.clear();
        ways.get(liar).lie((m, q, a) -> a);
        setup.clock.advance(Duration.ofMinutes(5));
      }
    }
    assertThat(anchored()).isEqualTo(number);
  }

  private int anchored() {
    return ((List<?>)
            node.rpc(
                "eth_getLogs",
                Map.of(
                    "address", Bytes.hex(setup.anchor), "fromBlock", "0x0", "toBlock", "latest")))
        .size();
  }

  @Test
  void withoutAQuorumNothingIsBelieved() throws Exception {
    hub.submit(root(1));
    node.mine(2);
    // Two of three, each with a story of its own: no two agree.
    ways.get(0).lie((m, q, a) -> m.equals("eth_getBlockByNumber") ? nothing(a) : a);
    ways.get(1).lie((m, q, a) -> m.equals("eth_getBlockByNumber") ? roots(a) : a);
    refused(Kind.NOT_BELIEVED, () -> hub.observe(root(1)));
    refused(Kind.NOT_BELIEVED, () -> hub.prepare(root(2)));
    ways.forEach(way -> way.lie((m, q, a) -> a));
    setup.clock.advance(Duration.ofMinutes(5));
    assertThat(hub.seen(root(1))).isEqualTo(Seen.FINAL);
  }

  @Test
  void tooFewNodesAreWaitedFor() throws Exception {
    hub.submit(root(1));
    ways.get(0).cut(true);
    ways.get(1).cut(true);
    refused(Kind.UNREACHABLE, () -> hub.observe(root(1)));
    ways.get(1).cut(false);
    setup.clock.advance(Duration.ofMinutes(5));
    node.mine(2);
    assertThat(hub.seen(root(1))).isEqualTo(Seen.FINAL);
    ways.get(1).lie((m, q, a) -> m.equals("eth_chainId") ? result(a, "\"0x1\"") : a);
    setup.clock.advance(Duration.ofMinutes(5));
    refused(Kind.WRONG_NETWORK, () -> hub.observe(root(1)));
  }

  /** A node alone is trusted, but not with a receipt that its own blocks do not hold. */
  @Test
  void aMadeUpReceiptDoesNotFitTheBlock() throws Exception {
    setup.nodes = List.of(ways.get(0).uri());
    setup.quorum = 1;
    Hub alone = new Hub(setup.client());
    Attempt attempt = alone.submit(root(1));
    node.mine(2);
    assertThat(alone.client.observe(root(1), List.of(attempt)).seen()).isEqualTo(Seen.FINAL);
    ways.get(0)
        .lie(
            (m, q, a) -> m.contains("Receipt") ? a.replace("\"data\":\"0x", "\"data\":\"0x01") : a);
    Hub fresh = new Hub(setup.client());
    refused(Kind.NOT_BELIEVED, () -> fresh.client.observe(root(1), List.of(attempt)));
  }

  @Test
  void receiptsOneByOneWhereNoMethodGivesThemAtOnce() throws Exception {
    ways.forEach(way -> way.lie((m, q, a) -> m.equals("eth_getBlockReceipts") ? error(a) : a));
    hub.submit(root(1));
    node.mine(2);
    Observation done = hub.observe(root(1));
    assertThat(done.seen()).isEqualTo(Seen.FINAL);
    assertThat(Proof.verify(done.proof().orElseThrow()).logs()).hasSize(1);
  }

  @Test
  void nodesThatLimitTheRangeOfEvents() throws Exception {
    ways.forEach(
        way -> way.lie((m, q, a) -> m.equals("eth_getLogs") && range(q) > 10 ? error(a) : a));
    for (int i = 1; i <= 3; i++) {
      hub.submit(root(i));
      node.mine(20);
      hub.attempts.clear();
    }
    Hub restored = new Hub(setup.client());
    assertThat(restored.observe(root(1)).reference()).isPresent();
    assertThat(restored.observe(root(2)).seen()).isEqualTo(Seen.FINAL);
    restored.last = Optional.empty();
    restored.submit(root(4));
    node.mine(2);
    assertThat(restored.seen(root(4))).isEqualTo(Seen.FINAL);
  }

  private static long range(String request) {
    String from = request.replaceAll(".*\"fromBlock\":\"0x([0-9a-f]+)\".*", "$1");
    String to = request.replaceAll(".*\"toBlock\":\"0x([0-9a-f]+)\".*", "$1");
    return Long.parseLong(to, 16) - Long.parseLong(from, 16) + 1;
  }

  // ---- lies ----

  private static String id(String answer) {
    return answer.replaceAll("(?s).*\"id\":(\\d+).*", "$1");
  }

  private static String result(String answer, String json) {
    return "{\"jsonrpc\":\"2.0\",\"id\":" + id(answer) + ",\"result\":" + json + "}";
  }

  private static String nothing(String answer) {
    return result(answer, "null");
  }

  private static String zeros(String answer) {
    return result(answer, "\"0x" + "00".repeat(96) + "\"");
  }

  private static String hash(String answer) {
    return result(answer, "\"0x" + "11".repeat(32) + "\"");
  }

  private static String error(String answer) {
    return "{\"jsonrpc\":\"2.0\",\"id\":"
        + id(answer)
        + ",\"error\":{\"code\":-32000,\"message\":\"no such thing\"}}";
  }

  private static String status(String answer) {
    return answer.replace("\"status\":\"0x1\"", "\"status\":\"0x0\"");
  }

  /** A header that is consistent in itself, with a root of the liar's choice. */
  private static String roots(String answer) {
    try {
      Object block =
          Fields.of(Json.parse(answer.getBytes(java.nio.charset.StandardCharsets.UTF_8)))
              .map()
              .get("result");
      Map<String, Object> changed = new TreeMap<>();
      Fields.of(block).map().forEach((name, value) -> changed.put((String) name, value));
      String receipts = (String) changed.get("receiptsRoot");
      String forged = "0x" + "42".repeat(32);
      String text = answer.replace(receipts, forged);
      changed.put("receiptsRoot", forged);
      // The hash is in the message of the refusal nowhere: compute it the way a node would.
      String hash = Bytes.hex(forge(changed));
      return text.replace((String) changed.get("hash"), hash);
    } catch (MalformedException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] forge(Map<String, Object> block) throws MalformedException {
    List<Object> fields = new ArrayList<>();
    Fields of = new Fields(block);
    for (String name :
        List.of(
            "parentHash",
            "sha3Uncles",
            "miner",
            "stateRoot",
            "transactionsRoot",
            "receiptsRoot",
            "logsBloom")) {
      fields.add(of.bytes(name));
    }
    for (String name : List.of("difficulty", "number", "gasLimit", "gasUsed", "timestamp")) {
      fields.add(Rlp.integer(of.quantity(name)));
    }
    fields.add(of.bytes("extraData"));
    fields.add(of.bytes("mixHash"));
    fields.add(of.bytes("nonce"));
    for (String name :
        List.of(
            "baseFeePerGas",
            "withdrawalsRoot",
            "blobGasUsed",
            "excessBlobGas",
            "parentBeaconBlockRoot",
            "requestsHash")) {
      if (of.has(name)) {
        fields.add(
            name.endsWith("Root") || name.endsWith("Hash")
                ? of.bytes(name)
                : Rlp.integer(of.quantity(name)));
      }
    }
    return Bytes.keccak(Rlp.encode(fields));
  }
}
