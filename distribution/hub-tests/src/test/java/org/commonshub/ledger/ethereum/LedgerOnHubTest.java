package org.commonshub.ledger.ethereum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.commonshub.identity.api.Cbor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A whole hub with a real node: what a meter showed ends on the chain, its receipt proves it, and
 * the client is updated under load.
 */
@Timeout(value = 6, unit = TimeUnit.MINUTES)
class LedgerOnHubTest {
  private static final int SWAPS = 8;
  private static final int ROOTS_PER_SWAP = 5;
  private static final String OF_RECEIPT = "/receipts?quantity=energy.import&at=";

  private static AnchoredHub hub;

  @BeforeAll
  static void start() throws Exception {
    assumeTrue(!Boolean.getBoolean("hub.quick"), "skipped: --quick leaves the whole hub out");
    hub = new AnchoredHub(Files.createTempDirectory("ledger-on-hub"));
    hub.claim();
    hub.switchOn("ledger-ethereum", "ledger-anchor");
    hub.fund();
  }

  @AfterAll
  static void stop() throws Exception {
    if (hub != null) {
      hub.close();
    }
  }

  @Test
  void whatAMeterShowedIsOnTheChainAndItsReceiptProvesIt() throws Exception {
    // The journal's first entry does not wait for the end of a quarter of an hour.
    hub.await("/trust", trust -> trust.contains("\"size\":1,") && trust.contains("FINAL"));
    hub.await("/devices", devices -> devices.contains("\"lastReading\":\"2"));

    hub.passQuarter();
    hub.await("/trust", trust -> trust.contains("\"kind\":\"READINGS\""));
    hub.pass(Duration.ofMinutes(1));
    String receipts =
        hub.await(OF_RECEIPT + hub.now(), answer -> answer.contains("\"stage\":\"FINAL\""));
    assertThat(receipts).contains("\"name\":\"Grid meter\"", "\"value\":\"1234500");
    assertThat(receipts).contains("\"ledger\":\"ethereum~main\"", "\"reference\":\"0x");
    String root = AnchoredHub.find(receipts, "root");
    assertThat(Collections.frequency(hub.roots(), root)).as("on the chain, once").isOne();
    long cost = Long.parseLong(AnchoredHub.find(receipts, "cost"));
    assertThat(cost).as("wei for one root").isPositive();

    String trust = hub.get("/trust");
    assertThat(trust)
        .contains("\"network\":\"chain 31337, development node\"", "\"costUnit\":\"wei\"")
        .contains("is trusted: what it says is believed", "\"waiting\":0,\"problem\":null");
    assertThat(Integer.parseInt(AnchoredHub.find(trust, "done"))).isGreaterThanOrEqualTo(2);
    assertThat(
            Long.parseLong(
                AnchoredHub.find(trust.substring(trust.indexOf("\"ledgers\":")), "cost")))
        .as("of all roots")
        .isGreaterThan(cost);
    assertThat(hub.get("/health")).contains("\"name\":\"Trust\",\"status\":\"OK\"");

    byte[] receipt = hub.file("/journal/" + AnchoredHub.find(receipts, "index") + "/receipt");
    String did = AnchoredHub.find(hub.get("/identity"), "did");
    assertThat(verified(receipt, did))
        .contains("\"sound\":true", "\"origin\":\"" + did, "\"kind\":\"readings\"")
        .contains("It is under root " + root, "Ethereum, chain 31337, development node");
    ledgerProves(receipt, root);
  }

  /** What {@code verify.jar} says of a receipt. */
  private static String verified(byte[] receipt, String did) throws Exception {
    Path file = Files.createTempFile("hub", ".receipt");
    try {
      Files.write(file, receipt);
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-jar",
                  Path.of(System.getProperty("hub.root"), "distribution/verify/target/verify.jar")
                      .toString(),
                  file.toString(),
                  "--did",
                  did,
                  "--json")
              .redirectErrorStream(true)
              .start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(said).isZero();
      return said;
    } finally {
      Files.delete(file);
    }
  }

  /** The ledger's own proof in the receipt shows the root in a block that the node has. */
  private static void ledgerProves(byte[] receipt, String root) throws Exception {
    Map<?, ?> fields = (Map<?, ?>) Cbor.decode(receipt);
    Map<?, ?> anchor = (Map<?, ?>) ((List<?>) fields.get(9L)).get(0);
    Map<?, ?> proof = (Map<?, ?>) Cbor.decode((byte[]) anchor.get(4L));
    assertThat(Bytes.hex((byte[]) proof.get(3L))).isEqualTo("0x" + root);
    Proof.Shown shown = Proof.verify((byte[]) proof.get(5L));
    assertThat(shown.success()).isTrue();
    assertThat(
            shown.logs().stream()
                .anyMatch(log -> AnchorEffect.anchors(log, hub.contract, (byte[]) proof.get(3L))))
        .isTrue();
    assertThat(hub.node.rpc("eth_getBlockByHash", Bytes.hex(shown.blockHash()), false)).isNotNull();
  }

  @Test
  void updatesOfTheClientUnderLoadLoseAndDoubleNothing() throws Exception {
    List<String> wanted = new ArrayList<>();
    for (int swap = 0; swap < SWAPS; swap++) {
      for (int i = 0; i < ROOTS_PER_SWAP; i++) {
        int number = wanted.size() + 1;
        byte[] digest = Bytes.sha256(Bytes.left(Rlp.integer(number), 32));
        wanted.add(Bytes.hex(digest).substring(2));
        hub.submit("swap/" + number, digest);
      }
      if (swap % 2 == 0) {
        hub.update("ledger.ethereum", "1." + swap);
      } else {
        hub.bundle("ledger.ethereum").stop();
        hub.bundle("ledger.ethereum").start();
      }
    }
    assertThat(hub.bundle("ledger.ethereum").getVersion()).hasToString("1.6.0");
    String last = "\"key\":\"swap/" + wanted.size() + "\",\"stage\":\"FINAL\"";
    hub.await("/trust", trust -> trust.contains(last));
    assertThat(hub.roots())
        .filteredOn(wanted::contains)
        .as("each once, in order")
        .isEqualTo(wanted);
    assertThat(
            Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("ledger.ethereum"))
                .count())
        .as("threads of the client")
        .isLessThanOrEqualTo(1);
    System.out.println(
        "ethereum: " + SWAPS + " swaps under " + wanted.size() + " roots: 0 lost, 0 doubled");
  }
}
