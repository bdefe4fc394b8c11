package org.commonshub.ledger.ethereum;

import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.commonshub.testing.fakes.FakeHubClock;

/**
 * A node to test with: a development node of one's own, or with {@code -Dcommonshub.evm.rpc=URL}
 * and {@code -Dcommonshub.evm.key=0x…} that of an operator.
 */
final class Node implements AutoCloseable {
  static final String RPC = "commonshub.evm.rpc";
  static final String KEY = "commonshub.evm.key";

  /** First account of every development node, from the published test mnemonic. */
  private static final String RICH =
      "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

  private static final Path CONTRACTS =
      Path.of(System.getProperty("hub.root", "../../.."))
          .resolve("bundles/ledger/ledger.ethereum/contracts");
  private static final Path ANVIL =
      CONTRACTS.resolve("node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil");
  private static final Pattern LISTENING = Pattern.compile("Listening on 127\\.0\\.0\\.1:(\\d+)");
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final Process process;
  private final URI uri;
  private final TestAccount rich;
  private final Endpoint endpoint;

  private Node(Process process, URI uri, String key) {
    this.process = process;
    this.uri = uri;
    rich = new TestAccount(new BigInteger(key, 16));
    endpoint = new Endpoint(HTTP, uri, new FakeHubClock());
  }

  /** Whether an operator's node was named. */
  static boolean isOperators() {
    return System.getProperty(RPC, "").startsWith("http");
  }

  /** The operator's node if one was named, else a development node. */
  static Node given(String... options) throws IOException, InterruptedException {
    if (!isOperators()) {
      return develop(options);
    }
    String key = System.getProperty(KEY, "");
    if (!key.matches("0x[0-9a-fA-F]{64}")) {
      throw new IOException("-D" + KEY + " is the key of an account with money: 0x and 64 digits");
    }
    return new Node(null, URI.create(System.getProperty(RPC)), key.substring(2));
  }

  /** Starts a development node on a free port. */
  static Node develop(String... options) throws IOException, InterruptedException {
    return develop(0, options);
  }

  /** Starts a development node. */
  static Node develop(int port, String... options) throws IOException, InterruptedException {
    install();
    List<String> command =
        new ArrayList<>(List.of(ANVIL.toString(), "--host", "127.0.0.1", "--port", "" + port));
    command.addAll(Arrays.asList(options));
    Path out = Files.createTempFile("anvil", ".log");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile()).start();
    for (int i = 0; i < 400; i++) {
      Matcher matcher = LISTENING.matcher(Files.readString(out, StandardCharsets.UTF_8));
      if (matcher.find()) {
        Files.delete(out);
        return new Node(process, URI.create("http://127.0.0.1:" + matcher.group(1)), RICH);
      }
      if (process.waitFor(50, TimeUnit.MILLISECONDS)) {
        break;
      }
    }
    process.destroyForcibly();
    throw new IOException("the development node did not start: " + Files.readString(out));
  }

  /** Brings the node from npm, once. */
  private static synchronized void install() throws IOException, InterruptedException {
    if (Files.isExecutable(ANVIL)) {
      return;
    }
    int status =
        new ProcessBuilder("sh", "check-contracts.sh", "install")
            .directory(CONTRACTS.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor();
    if (status != 0 || !Files.isExecutable(ANVIL)) {
      throw new IOException(
          "no development node; \"sh check-contracts.sh install\" in contracts/ says why");
    }
  }

  URI uri() {
    return uri;
  }

  /** An account with money. */
  TestAccount rich() {
    return rich;
  }

  /** Asks the node itself, past everything under test. */
  Object rpc(String method, Object... params) {
    try {
      return endpoint.call(new Deadline(new FakeHubClock()), method, Arrays.asList(params));
    } catch (Exception e) {
      throw new AssertionError(method + ": " + e.getMessage(), e);
    }
  }

  long chainId() {
    return Long.decode((String) rpc("eth_chainId"));
  }

  long head() {
    return Long.decode((String) rpc("eth_blockNumber"));
  }

  /** Makes blocks; where blocks come by themselves, waits for them. */
  void mine(int count) throws InterruptedException {
    if (!isOperators()) {
      rpc("anvil_mine", Bytes.quantity(count));
      return;
    }
    long until = head() + count;
    for (int i = 0; i < 1_200 && head() < until; i++) {
      Thread.sleep(500);
    }
  }

  void automine(boolean on) {
    rpc("evm_setAutomine", on);
  }

  /** Sends money or makes a contract, and waits for it. */
  Fields transact(TestAccount from, byte[] to, BigInteger value, byte[] data)
      throws InterruptedException {
    long nonce = Long.decode((String) rpc("eth_getTransactionCount", from.address(), "pending"));
    boolean legacy = !block().has("baseFeePerGas");
    // A modest tip: nodes suggest to others what was paid before.
    BigInteger tip = legacy ? quantity(rpc("eth_gasPrice")) : BigInteger.valueOf(1_000_000_000);
    BigInteger maxFee =
        legacy ? tip : quantity(block().map().get("baseFeePerGas")).shiftLeft(1).add(tip);
    byte[] raw =
        new Transaction(legacy, chainId(), nonce, tip, maxFee, gas(to), to, value, data).sign(from);
    Object hash = rpc("eth_sendRawTransaction", Bytes.hex(raw));
    for (int i = 0; i < 600; i++) {
      Object receipt = rpc("eth_getTransactionReceipt", hash);
      if (receipt != null) {
        try {
          return Fields.of(receipt);
        } catch (MalformedException e) {
          throw new AssertionError(e);
        }
      }
      Thread.sleep(i < 10 ? 10 : 200);
    }
    throw new AssertionError("the transaction did not come in");
  }

  private Fields block() {
    try {
      return Fields.of(rpc("eth_getBlockByNumber", "latest", false));
    } catch (MalformedException e) {
      throw new AssertionError(e);
    }
  }

  private static BigInteger quantity(Object text) {
    return new BigInteger(((String) text).substring(2), 16);
  }

  private static long gas(byte[] to) {
    return to.length == 0 ? 3_000_000 : 500_000;
  }

  /** Puts a contract on the chain; its address. */
  byte[] deploy(String name, byte[] arguments) throws Exception {
    byte[] json = Node.class.getResourceAsStream("contracts/" + name + ".json").readAllBytes();
    byte[] code = Fields.of(Json.parse(json)).bytes("bytecode");
    return transact(rich, new byte[0], BigInteger.ZERO, Bytes.concat(code, arguments))
        .bytes("contractAddress", 20);
  }

  /** Gives an account money. */
  void fund(TestAccount account, BigInteger wei) throws InterruptedException {
    fund(account.bytes(), wei);
  }

  void fund(byte[] address, BigInteger wei) throws InterruptedException {
    var unused = transact(rich, address, wei, new byte[0]);
  }

  /** Ends the process in good order, so that it writes its state. */
  void stop() throws InterruptedException {
    process.destroy();
    process.waitFor();
  }

  void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }

  /** Stops the process as if it hung; on a busy machine its threads run on for a while. */
  void pause(boolean on) throws IOException, InterruptedException {
    new ProcessBuilder("kill", on ? "-STOP" : "-CONT", "" + process.pid()).start().waitFor();
    for (int i = 0; i < 1_000 && on && !stopped(); i++) {
      Thread.sleep(20);
    }
  }

  private boolean stopped() throws IOException {
    try (Stream<Path> threads = Files.list(Path.of("/proc", "" + process.pid(), "task"))) {
      for (Path thread : threads.toList()) {
        String stat = Files.readString(thread.resolve("stat"));
        if (stat.charAt(stat.lastIndexOf(')') + 2) != 'T') {
          return false;
        }
      }
      return true;
    }
  }

  @Override
  public void close() {
    if (process != null) {
      process.destroyForcibly();
    }
  }
}
