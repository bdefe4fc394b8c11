package org.commonshub.ledger.ethereum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.commonshub.ledger.ethereum.Hub.root;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.commonshub.ledger.api.LedgerClient.Observation;
import org.commonshub.ledger.api.LedgerClient.Seen;
import org.commonshub.ledger.api.LedgerException;
import org.commonshub.ledger.api.LedgerException.Kind;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A permissioned network with free gas, played: a development node whose blocks the test seals as
 * validators of QBFT would, since no such network can be had here.
 */
@Timeout(180)
class QbftNetworkTest {
  private static final Pattern HASH = Pattern.compile("\"blockHash\":\"(0x[0-9a-f]{64})\"");

  private Node node;
  private Proxy network;
  private Setup setup;

  @BeforeEach
  void start() throws Exception {
    if (Node.isOperators()) {
      System.out.println("skipped: QbftNetworkTest plays a network of its own");
    }
    assumeFalse(Node.isOperators());
    node = Node.develop("--hardfork", "berlin", "--gas-price", "0");
    network = sealedBy(HeaderTest.VALIDATORS.subList(0, 3));
    setup = new Setup();
    setup.nodes = List.of(network.uri());
    setup.anchor = node.deploy("EnergyAnchor", new byte[0]);
    setup.account = TestAccount.of(55);
    setup.maxFee = BigInteger.ZERO;
    setup.finality = "immediate";
    setup.validators = HeaderTest.trusted(4);
  }

  @AfterEach
  void stop() {
    if (node != null) {
      network.close();
      node.close();
    }
  }

  /** The node as it looks when these sealed its blocks. */
  private Proxy sealedBy(List<TestAccount> signers) throws Exception {
    Map<String, Map<String, Object>> sealed = new ConcurrentHashMap<>();
    Proxy proxy = new Proxy(node.uri());
    proxy.lie(
        (method, request, answer) -> {
          if (method.equals("eth_getBlockByNumber") && answer.contains("\"hash\"")) {
            String hash = answer.replaceFirst("(?s).*?\"hash\":\"(0x[0-9a-f]{64})\".*", "$1");
            Map<String, Object> block = sealed.computeIfAbsent(hash, h -> seal(h, signers));
            return answer
                .replace(hash, (String) block.get("hash"))
                .replaceFirst(
                    "\"mixHash\":\"[^\"]*\"", "\"mixHash\":\"" + block.get("mixHash") + '"')
                .replaceFirst(
                    "\"extraData\":\"[^\"]*\"", "\"extraData\":\"" + block.get("extraData") + '"');
          }
          Matcher matcher = HASH.matcher(answer);
          return matcher.find()
              ? answer.replace(
                  matcher.group(1),
                  (String)
                      sealed.computeIfAbsent(matcher.group(1), h -> seal(h, signers)).get("hash"))
              : answer;
        });
    return proxy;
  }

  private Map<String, Object> seal(String hash, List<TestAccount> signers) {
    Map<String, Object> block = new HashMap<>();
    ((Map<?, ?>) node.rpc("eth_getBlockByHash", hash, false))
        .forEach((key, value) -> block.put((String) key, value));
    HeaderTest.seal(block, 1, signers);
    return block;
  }

  @Test
  void oneNodeIsEnoughForWhatTheValidatorsSealed() throws Exception {
    Hub hub = new Hub(setup.client());
    hub.submit(root(1));
    Observation done = hub.until(root(1), Seen.FINAL);
    assertThat(done.cost()).contains(0L);
    byte[] proof = done.proof().orElseThrow();
    assertThat(Proof.verify(proof).success()).isTrue();
    assertThat(hub.client.confirms(root(1).digest(), proof)).contains(true);
    assertThat(hub.client.confirms(root(2).digest(), proof)).contains(false);
  }

  @Test
  void whatTooFewSealedIsNotBelieved() throws Exception {
    Hub hub = new Hub(setup.client());
    hub.submit(root(1));
    assertThat(hub.until(root(1), Seen.FINAL).problem()).isEmpty();
    try (Proxy two = sealedBy(HeaderTest.VALIDATORS.subList(0, 2));
        Proxy none = new Proxy(node.uri())) {
      for (Proxy liar : List.of(two, none)) {
        setup.nodes = List.of(liar.uri());
        EthereumClient alone = setup.client();
        LedgerException e =
            catchThrowableOfType(LedgerException.class, () -> alone.observe(root(1), hub.attempts));
        assertThat(e.kind()).isEqualTo(Kind.NOT_BELIEVED);
        assertThat(e).hasMessageContaining("not sealed by two thirds");
        // Beside one that shows the seals it does no harm.
        setup.nodes = List.of(liar.uri(), network.uri());
        assertThat(setup.client().observe(root(1), hub.attempts).seen()).isEqualTo(Seen.FINAL);
      }
    }
  }
}
