package org.commonshub.benchmarks;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.commonshub.identity.api.EvmAccount;
import org.commonshub.identity.evm.Account;
import org.commonshub.ledger.api.LedgerClient;
import org.commonshub.ledger.api.LedgerClient.Attempt;
import org.commonshub.ledger.api.LedgerClient.Seen;
import org.commonshub.ledger.api.Submission;
import org.commonshub.ledger.api.SubmissionKind;
import org.commonshub.ledger.ethereum.EthereumLedger;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeHubPaths;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;

/**
 * Cost of the contracts and of the client on a development node: gas per reading of a root every
 * quarter of an hour (900 readings, one a second), alone and for 1,000 hubs together; gas per
 * participant of a round among 100 holders; processor time of a transaction from preparing to
 * final. Against a transaction that stores each reading, and a transfer per trade.
 */
final class LedgerGas {
  private static final int READINGS = 900;
  private static final int HUBS = 1_000;
  private static final int HOLDERS = 100;
  private static final int ROUNDS = 20;
  private static final int TRANSACTIONS = 100;

  /** A sequence as after 20 years of quarters of an hour. */
  private static final long SEQUENCE = 701_000;

  /** First account of every development node. */
  private static final String RICH = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";

  /**
   * The least that stores a reading: {@code n = slot 0 + 1; slot 0 = n; slot n = call data}. No
   * event, no access control.
   */
  private static final String STORE_EACH =
      "0x6010600c60003960106000f3" + "60005460010180600055600035905500";

  /** {@code anchor(uint128 position, bytes32 root)}. */
  private static final String ANCHOR = "0x808d68c9";

  /** {@code settle(bytes32 round, bytes packed)}. */
  private static final String SETTLE = "0x2eb42332";

  /** {@code grant(address, uint256 roles)}. */
  private static final String GRANT = "0x6370920e";

  /** {@code safeTransferFrom(address, address, uint256, uint256, bytes)}. */
  private static final String TRANSFER = "0xf242432a";

  private static final Path CONTRACTS =
      Path.of(System.getProperty("hub.root", ".")).resolve("bundles/ledger/ledger.ethereum");
  private static final Path ANVIL =
      Path.of("contracts/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil");
  private static final Pattern LISTENING = Pattern.compile("Listening on 127\\.0\\.0\\.1:(\\d+)");
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final URI node;
  private final Random random = new Random(1);

  private LedgerGas(URI node) {
    this.node = node;
  }

  static void measure(
      Map<String, Number> figures, Map<String, Number> baseline, PrintStream progress)
      throws Exception {
    Path out = Files.createTempFile("anvil", ".log");
    Process process = start(out);
    try {
      LedgerGas gas = new LedgerGas(listening(process, out));
      gas.anchors(figures);
      gas.eachReading(baseline);
      gas.rounds(figures, baseline);
      gas.client(figures);
      progress.printf(
          "gas per reading %s, aggregated %s, stored each %s; per participant %s; %s ms a"
              + " transaction%n",
          figures.get("gas_per_reading"),
          figures.get("gas_per_reading_aggregated"),
          baseline.get("gas_per_reading"),
          figures.get("gas_per_participant"),
          figures.get("cpu_ms_per_transaction"));
    } finally {
      process.destroyForcibly().waitFor();
      Files.delete(out);
    }
  }

  private static Process start(Path out) throws IOException, InterruptedException {
    Path anvil = CONTRACTS.resolve(ANVIL);
    if (!Files.isExecutable(anvil)) {
      int status =
          new ProcessBuilder("sh", "check-contracts.sh", "install")
              .directory(CONTRACTS.resolve("contracts").toFile())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor();
      if (status != 0) {
        throw new IOException("no development node; \"npm ci\" in contracts/ says why");
      }
    }
    return new ProcessBuilder(anvil.toString(), "--host", "127.0.0.1", "--port", "0")
        .redirectErrorStream(true)
        .redirectOutput(out.toFile())
        .start();
  }

  private static URI listening(Process process, Path out) throws IOException, InterruptedException {
    for (int i = 0; i < 400 && process.isAlive(); i++) {
      Matcher matcher = LISTENING.matcher(Files.readString(out));
      if (matcher.find()) {
        return URI.create("http://127.0.0.1:" + matcher.group(1));
      }
      process.waitFor(50, TimeUnit.MILLISECONDS);
    }
    throw new IOException("the development node did not start: " + Files.readString(out));
  }

  // ---- what is measured ----

  /** The worst of several roots, each one after the first of its stream. */
  private void anchors(Map<String, Number> figures) throws Exception {
    String anchor = deploy("EnergyAnchor", "");
    long worst = 0;
    for (int i = 0; i <= ROUNDS; i++) {
      long gas = send(anchor, anchorCall("journal-1", SEQUENCE + i, bytes(32)));
      worst = i == 0 ? 0 : Math.max(worst, gas);
    }
    figures.put("gas_per_anchor", worst);
    figures.put("gas_per_reading", round((double) worst / READINGS, 3));
    figures.put("gas_per_reading_aggregated", round((double) worst / READINGS / HUBS, 5));
  }

  private void eachReading(Map<String, Number> baseline) throws Exception {
    String store = create(STORE_EACH);
    long sum = 0;
    for (int i = 0; i <= ROUNDS; i++) {
      long gas = send(store, "0x" + hex(bytes(32)));
      sum += i == 0 ? 0 : gas;
    }
    baseline.put("gas_per_reading", sum / ROUNDS);
  }

  private void rounds(Map<String, Number> figures, Map<String, Number> baseline) throws Exception {
    String credits = deploy("EnergyCredits", word(RICH.substring(2)) + word("1"));
    send(credits, GRANT + word(RICH.substring(2)) + word("7"));
    List<String> holders = new ArrayList<>();
    for (int i = 0; i < HOLDERS - 1; i++) {
      holders.add(hex(bytes(20)));
    }
    holders.add(RICH.substring(2));
    Collections.sort(holders);
    send(credits, settle(holders, 100_000_000, 1));
    long worst = 0;
    for (int i = 0; i < 3; i++) {
      worst = Math.max(worst, send(credits, settle(holders, 1_000_000, i % 2 == 0 ? -1 : 1)));
    }
    figures.put("gas_per_participant", round((double) worst / HOLDERS, 1));
    long trade =
        send(
            credits,
            TRANSFER
                + word(RICH.substring(2))
                + word(holders.get(0).equals(RICH.substring(2)) ? holders.get(1) : holders.get(0))
                + word("1")
                + word("f4240")
                + word("a0")
                + word("0"));
    baseline.put("gas_per_trade", trade);
  }

  /** Half of the participants get, half give, up to four bytes of micro-credits each. */
  private String settle(List<String> holders, long about, int sign) {
    StringBuilder packed = new StringBuilder();
    for (int i = 0; i < holders.size(); i++) {
      long credit = (about + random.nextInt(999_999)) * (about > 50_000_000 || i % 2 == 0 ? 1 : -1);
      packed.append(holders.get(i)).append(String.format("%016x", credit * sign));
    }
    String padding = "0".repeat((64 - packed.length() % 64) % 64);
    return SETTLE
        + hex(bytes(32))
        + word("40")
        + word(Integer.toHexString(packed.length() / 2))
        + packed
        + padding;
  }

  /** The shipped client from preparing a root to knowing that it is final, with its proof. */
  private void client(Map<String, Number> figures) throws Exception {
    Path home = Files.createTempDirectory("ledger-gas");
    EvmAccount account = new Account(FakeHubPaths.in(home));
    transact(account.address(), "0x", "0xde0b6b3a7640000");
    LedgerClient client = client(deploy("EnergyAnchor", ""), account);
    Optional<byte[]> last = Optional.empty();
    for (int i = 0; i < TRANSACTIONS; i++) { // Warm, as a hub is that runs for years.
      last = Optional.of(submit(client, i, last));
    }
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long begin = system.getProcessCpuTime();
    for (int i = 0; i < TRANSACTIONS; i++) {
      last = Optional.of(submit(client, TRANSACTIONS + i, last));
    }
    figures.put(
        "cpu_ms_per_transaction",
        round((system.getProcessCpuTime() - begin) / 1e6 / TRANSACTIONS, 2));
    try (var files = Files.walk(home)) {
      for (Path file : files.sorted(Collections.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private byte[] submit(LedgerClient client, int number, Optional<byte[]> last) throws Exception {
    Submission root =
        new Submission("journal/" + number, SubmissionKind.ROOT, bytes(32), new byte[0]);
    byte[] bytes = client.prepare(root, List.of(), last);
    Attempt attempt = new Attempt(root.key(), 0, bytes);
    client.send(attempt);
    for (int i = 0; client.observe(root, List.of(attempt)).seen() != Seen.FINAL; i++) {
      if (i == 1_000) {
        throw new IOException("a root did not come in");
      }
      Thread.sleep(5);
    }
    return bytes;
  }

  private LedgerClient client(String anchor, EvmAccount account) {
    Map<String, Object> settings =
        Map.of(
            "endpoints",
            new String[] {node.toString()},
            "chainId",
            31_337L,
            "finality",
            "immediate",
            "anchorContract",
            anchor);
    LedgerClient[] registered = new LedgerClient[1];
    var unused =
        new EthereumLedger(
            stub(
                BundleContext.class,
                (method, arguments) -> {
                  registered[0] = (LedgerClient) arguments[1];
                  return stub(ServiceRegistration.class, (call, none) -> null);
                }),
            (EthereumLedger.Config)
                Proxy.newProxyInstance(
                    LedgerGas.class.getClassLoader(),
                    new Class<?>[] {EthereumLedger.Config.class},
                    (proxy, method, none) ->
                        settings.getOrDefault(method.getName(), method.getDefaultValue())),
            new FakeHubClock(),
            account);
    return registered[0];
  }

  private interface Answer {
    Object to(String method, Object[] arguments);
  }

  private static <T> T stub(Class<T> type, Answer answer) {
    return type.cast(
        Proxy.newProxyInstance(
            LedgerGas.class.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> answer.to(method.getName(), arguments)));
  }

  // ---- the node ----

  private static String anchorCall(String order, long sequence, byte[] root) throws Exception {
    byte[] stream =
        MessageDigest.getInstance("SHA-256").digest(order.getBytes(StandardCharsets.US_ASCII));
    return ANCHOR
        + word(hex(stream).substring(0, 12) + String.format("%016x", sequence))
        + hex(root);
  }

  /** Gas of a transaction. */
  private long send(String to, String data) throws Exception {
    String receipt = transact(to, data, "0x0");
    if (!"0x1".equals(field(receipt, "status"))) {
      throw new IllegalStateException("a call was reverted");
    }
    return Long.decode(field(receipt, "gasUsed"));
  }

  private String transact(String to, String data, String value) throws Exception {
    String target = to.isEmpty() ? "" : ",\"to\":\"" + to + "\"";
    String hash =
        field(
            ask(
                "eth_sendTransaction",
                "{\"from\":\""
                    + RICH
                    + "\""
                    + target
                    + ",\"gas\":\"0x7a1200\",\"value\":\""
                    + value
                    + "\",\"data\":\""
                    + data
                    + "\"}"),
            "result");
    for (int i = 0; i < 1_000; i++) {
      String receipt = ask("eth_getTransactionReceipt", "\"" + hash + "\"");
      if (receipt.contains("\"gasUsed\"")) {
        return receipt;
      }
      Thread.sleep(5); // The node takes it into a block by itself.
    }
    throw new IOException("a transaction did not come in");
  }

  private String create(String code) throws Exception {
    return field(transact("", code, "0x0"), "contractAddress");
  }

  private String deploy(String contract, String arguments) throws Exception {
    Path file =
        CONTRACTS.resolve(
            "src/main/resources/org/commonshub/ledger/ethereum/contracts/" + contract + ".json");
    return create(field(Files.readString(file), "bytecode") + arguments);
  }

  private String ask(String method, String params) throws IOException, InterruptedException {
    return HTTP.send(
            HttpRequest.newBuilder(node)
                .header("Content-Type", "application/json")
                .POST(
                    HttpRequest.BodyPublishers.ofString(
                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\""
                            + method
                            + "\",\"params\":["
                            + params
                            + "]}"))
                .build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  /** The first string of that name. */
  private static String field(String json, String name) throws IOException {
    try (JsonParser parser = new JsonFactory().createParser(json)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (token == JsonToken.VALUE_STRING && name.equals(parser.currentName())) {
          return parser.getText();
        }
      }
    }
    throw new IOException("no " + name + " in " + json);
  }

  // ---- words ----

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static String word(String digits) {
    return "0".repeat(64 - digits.length()) + digits;
  }

  private static double round(double value, int digits) {
    double scale = Math.pow(10, digits);
    return Math.round(value * scale) / scale;
  }
}
