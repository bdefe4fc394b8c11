package org.commonshub.ledger.ethereum;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.commonshub.ledger.api.LedgerClient;
import org.commonshub.ledger.api.Submission;
import org.commonshub.ledger.api.SubmissionKind;
import org.commonshub.testing.tck.LedgerClientTck;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** The contract of ledger.api against a real node. */
class EthereumTckTest extends LedgerClientTck {
  private static final BigInteger ETHER = BigInteger.TEN.pow(18);

  @TempDir Path state;

  private Node node;
  private Proxy proxy;
  private Setup setup;

  @BeforeEach
  void start() throws Exception {
    node = Node.given("--state", state.resolve("anvil.json").toString());
    proxy = new Proxy(node.uri());
    setup = new Setup();
    setup.chainId = node.chainId();
    setup.account = TestAccount.of(System.nanoTime());
    setup.anchor = node.deploy("EnergyAnchor", new byte[0]);
    node.fund(setup.account, Node.isOperators() ? ETHER.divide(BigInteger.valueOf(100)) : ETHER);
    setup.nodes = List.of(proxy.uri());
  }

  @AfterEach
  void stop() {
    proxy.close();
    node.close();
  }

  @Override
  protected LedgerClient client() {
    return setup.client();
  }

  @Override
  protected void settle() throws Exception {
    if (!Node.isOperators()) {
      node.automine(true);
    }
    node.mine(3);
  }

  @Override
  protected int effects(Submission submission) throws Exception {
    AnchorEffect effect = new AnchorEffect(setup.anchor, setup.account.bytes(), submission);
    int count = 0;
    Object logs =
        node.rpc(
            "eth_getLogs",
            Map.of("address", Bytes.hex(setup.anchor), "fromBlock", "0x0", "toBlock", "latest"));
    for (Object log : (List<?>) logs) {
      count += effect.is(Receipt.log(Fields.of(log))) ? 1 : 0;
    }
    return count;
  }

  @Override
  protected boolean verify(Submission submission, byte[] proof) throws Exception {
    Proof.Shown shown = Proof.verify(proof);
    if (node.rpc("eth_getBlockByHash", Bytes.hex(shown.blockHash()), false) == null) {
      return false;
    }
    assertThat(client().confirms(submission.digest(), proof))
        .contains(shown.logs().stream().anyMatch(log -> anchors(log, submission)));
    AnchorEffect effect = new AnchorEffect(setup.anchor, setup.account.bytes(), submission);
    return shown.logs().stream().anyMatch(effect::is);
  }

  private boolean anchors(Receipt.Log log, Submission submission) {
    return AnchorEffect.anchors(log, setup.anchor, submission.digest());
  }

  @Override
  protected void cut(boolean off) {
    proxy.cut(off);
    setup.clock.advance(java.time.Duration.ofMinutes(5));
  }

  @Override
  protected LedgerClient wrongNetwork() {
    Setup other = new Setup();
    other.nodes = setup.nodes;
    other.account = setup.account;
    other.anchor = setup.anchor;
    other.chainId = setup.chainId + 1;
    return other.client();
  }

  @Override
  protected Optional<LedgerClient> clientAt(URI address) {
    Setup other = new Setup();
    other.nodes = List.of(address);
    other.account = setup.account;
    other.anchor = setup.anchor;
    other.chainId = setup.chainId;
    return Optional.of(other.client());
  }

  @Override
  protected boolean hold() {
    if (!Node.isOperators()) {
      node.automine(false);
    }
    return !Node.isOperators();
  }

  @Override
  protected boolean drop() {
    if (!Node.isOperators()) {
      var unused = node.rpc("anvil_dropAllTransactions");
    }
    return !Node.isOperators();
  }

  @Override
  protected boolean stick() throws Exception {
    if (Node.isOperators()) {
      return false;
    }
    // A block that is too dear for what waits.
    var unused = node.rpc("anvil_setNextBlockBaseFeePerGas", "0x4a817c800");
    node.mine(1);
    return true;
  }

  @Override
  protected boolean restart() throws Exception {
    if (Node.isOperators()) {
      return false;
    }
    node.stop();
    node = Node.develop(node.uri().getPort(), "--state", state.resolve("anvil.json").toString());
    return true;
  }

  @Override
  protected boolean stranger() throws Exception {
    var unused = node.transact(setup.account, node.rich().bytes(), BigInteger.ONE, new byte[0]);
    return true;
  }

  @Override
  protected Set<SubmissionKind> kinds() {
    return Set.of(SubmissionKind.ROOT);
  }
}
