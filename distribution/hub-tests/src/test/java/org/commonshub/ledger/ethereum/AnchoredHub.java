package org.commonshub.ledger.ethereum;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.jar.JarEntry;
import java.util.jar.JarInputStream;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.commonshub.benchmarks.HubProcess;
import org.commonshub.launcher.Feature;
import org.commonshub.launcher.FeatureSet;
import org.commonshub.launcher.Hub;
import org.commonshub.launcher.Main;
import org.commonshub.launcher.Options;
import org.commonshub.testing.devices.ModbusServer;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.SynchronousBundleListener;

/**
 * The image's bundles in this JVM, set up as docs/guides/operator.md says for a chain: a
 * development node with {@code EnergyAnchor} on it, a meter, and a clock that the test moves on by
 * whole quarters of an hour.
 */
public final class AnchoredHub implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final Pattern CSRF = Pattern.compile("\"csrf\"\\s*:\\s*\"([^\"]+)\"");
  private static final String LEDGER = "org.commonshub.ledger.api.Ledger";
  private static final String CLOCK = "org.commonshub.platform.api.HubClock";

  /** Makes a block a second. */
  final Node node;

  final byte[] contract;
  private final Path folder;
  private final ModbusServer meter;
  private final int port = HubProcess.freePort();
  private final Hub hub;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private volatile Duration ahead = Duration.ZERO;
  private String cookie = "";
  private String csrf = "";

  /** Starts node and hub; nobody has claimed it yet and no ledger is switched on. */
  public AnchoredHub(Path folder) throws Exception {
    this.folder = folder;
    node = Node.develop("--block-time", "1");
    contract = node.deploy("EnergyAnchor", new byte[0]);
    meter = new ModbusServer(8);
    int meterPort =
        meter.listen(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            Map.of(1, (function, address, count) -> sdm120(address, count)));
    meter.start();
    Path config = Files.createDirectories(folder.resolve("config"));
    Files.writeString(
        config.resolve("org.commonshub.metering.device~grid.json"),
        """
        {"id": "11110000-0000-4000-8000-000000000001", "name": "Grid meter", "role": "GRID_METER",
         "driver": "modbus", "endpoint": "tcp://127.0.0.1:%d",
         "settings": ["map=sdm120", "unit=1"], "interval_ms": 1000}
        """
            .formatted(meterPort));
    Files.writeString(
        config.resolve("org.commonshub.ledger.ethereum~main.json"),
        """
        { // as in docs/guides/operator.md
          "name": "main",
          "endpoints": ["%s"],
          "chainId": 31337,
          "finality": "2",
          "anchorContract": "%s"
        }
        """
            .formatted(node.uri(), Bytes.hex(contract)));
    Files.writeString(
        config.resolve("org.commonshub.neighbour.https.json"), "{ \"port\": 0 } // any\n");
    Options options =
        Options.parse(
            new String[] {
              "--data", folder.resolve("data").toString(),
              "--config", config.toString(),
              "--port", Integer.toString(port),
              "--tls-port", Integer.toString(HubProcess.freePort()),
              "--no-simulation"
            },
            HubProcess.image());
    Files.createDirectories(options.data());
    hub = new Hub(options, Main.properties(options, port));
    AtomicBoolean once = new AtomicBoolean();
    SynchronousBundleListener clockFirst =
        event -> {
          if (event.getType() == BundleEvent.RESOLVED
              && "org.commonshub.platform.api".equals(event.getBundle().getSymbolicName())
              && once.compareAndSet(false, true)) {
            registerClock(event.getBundle());
          }
        };
    hub.context().addBundleListener(clockFirst);
    FeatureSet features = FeatureSet.read(List.of(options.home().resolve("features")));
    List<String> problems = new ArrayList<>();
    List<Feature> wanted = features.resolve(features.defaults(), problems);
    problems.addAll(hub.start(wanted));
    if (!problems.isEmpty()) {
      close();
      throw new IOException("the hub does not start: " + problems);
    }
  }

  /** A clock of higher rank than the image's, before anybody looks for one. */
  private void registerClock(Bundle api) {
    try {
      Class<?> type = api.loadClass(CLOCK);
      Object synchronised =
          type.getMethod("quality").getReturnType().getField("SYNCHRONISED").get(null);
      Object clock =
          Proxy.newProxyInstance(
              type.getClassLoader(),
              new Class<?>[] {type},
              (proxy, method, arguments) ->
                  switch (method.getName()) {
                    case "now" -> Instant.now().plus(ahead);
                    case "monotonicNanos" -> System.nanoTime() + ahead.toNanos();
                    case "epoch" -> 1;
                    case "quality" -> synchronised;
                    case "hashCode" -> System.identityHashCode(proxy);
                    case "equals" -> proxy == arguments[0];
                    default -> "the test's clock";
                  });
      hub.context()
          .registerService(
              CLOCK,
              clock,
              org.osgi.framework.FrameworkUtil.asDictionary(Map.of("service.ranking", 1_000)));
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  /** Registers of an Eastron SDM120 that shows 1,234.5 kWh. */
  private static int[] sdm120(int address, int count) {
    int[] words = new int[count];
    for (int i = 0; i < count; i++) {
      int register = (address + i) & ~1;
      float value =
          switch (register) {
            case 0 -> 230f;
            case 6 -> 4.3478f;
            case 12, 18 -> 1000f;
            case 30 -> 1f;
            case 70 -> 50f;
            case 72, 342 -> 1234.5f;
            default -> 0f;
          };
      int bits = Float.floatToIntBits(value);
      words[i] = ((address + i) & 1) == 0 ? bits >>> 16 : bits & 0xFFFF;
    }
    return words;
  }

  public String url() {
    return "http://127.0.0.1:" + port + "/";
  }

  /** What the hub takes for the time. */
  public Instant now() {
    return Instant.now().plus(ahead);
  }

  /** Lets so much time pass at once. */
  public void pass(Duration time) {
    ahead = ahead.plus(time);
  }

  /** Lets time pass to just after the end of the quarter of an hour. */
  public void passQuarter() {
    long seconds = now().getEpochSecond();
    pass(Duration.ofSeconds(900 - Math.floorMod(seconds, 900L) + 2));
  }

  /** The code with which somebody makes the hub theirs. */
  public String claimCode() throws Exception {
    String name = "org.commonshub.platform.api.Accounts";
    ServiceReference<?> reference = awaitService(name, "(objectClass=*)");
    Object accounts = hub.context().getService(reference);
    Object code =
        reference.getBundle().loadClass(name).getMethod("issueClaimCode").invoke(accounts);
    return (String) ((Optional<?>) code).orElseThrow();
  }

  /** Claims the hub and logs in. */
  void claim() throws Exception {
    String code = claimCode();
    await("/session", answer -> answer.contains("csrf"));
    remember(send(request("session").GET().build()));
    HttpResponse<String> claimed =
        send(
            request("claim")
                .header("Content-Type", "application/json")
                .POST(
                    BodyPublishers.ofString(
                        "{\"code\":\""
                            + code
                            + "\",\"name\":\"anna\",\"password\":\"correct horse battery\"}"))
                .build());
    if (claimed.statusCode() / 100 != 2) {
      throw new IOException("not claimed: " + claimed.body());
    }
    remember(claimed);
  }

  /** Switches features on. */
  void switchOn(String... features) throws Exception {
    for (String feature : features) {
      HttpResponse<String> answer =
          send(
              request("features/" + feature)
                  .header("Content-Type", "application/json")
                  .PUT(BodyPublishers.ofString("{\"enabled\":true}"))
                  .build());
      if (answer.statusCode() / 100 != 2) {
        throw new IOException(feature + " is not on: " + answer.body());
      }
    }
  }

  /** Gives the account of the hub, as its console shows it, some coins. */
  void fund() throws Exception {
    fund(find(await("/identity", a -> a.contains("\"evmAddress\":\"0x")), "evmAddress"));
  }

  /** Gives an account some coins. */
  public void fund(String address) throws Exception {
    node.fund(Bytes.address(address), BigInteger.TEN.pow(18));
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url() + "api/v1/" + path));
    if (!cookie.isEmpty()) {
      request.header("Cookie", cookie).header("X-CSRF-Token", csrf);
    }
    return request;
  }

  private HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
    return http.send(request, BodyHandlers.ofString());
  }

  private void remember(HttpResponse<String> response) {
    for (String value : response.headers().allValues("Set-Cookie")) {
      if (value.startsWith("hub_session=")) {
        cookie = value.split(";", 2)[0];
      }
    }
    Matcher matcher = CSRF.matcher(response.body());
    if (matcher.find()) {
      csrf = matcher.group(1);
    }
  }

  String get(String path) throws IOException, InterruptedException {
    return send(request(path.substring(1)).GET().build()).body();
  }

  byte[] file(String path) throws IOException, InterruptedException {
    HttpResponse<byte[]> answer =
        http.send(request(path.substring(1)).GET().build(), BodyHandlers.ofByteArray());
    if (answer.statusCode() != 200) {
      throw new IOException(path + ": " + new String(answer.body(), StandardCharsets.UTF_8));
    }
    return answer.body();
  }

  /** Asks until the answer is as wanted, and returns it. */
  String await(String path, Predicate<String> wanted) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    String answer = "";
    while (System.nanoTime() < deadline) {
      try {
        answer = get(path);
        if (wanted.test(answer)) {
          return answer;
        }
      } catch (IOException e) {
        answer = e.toString(); // The console's web server is not there yet.
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
    throw new AssertionError(path + " still answers:\n" + answer);
  }

  /** The first value of a field in JSON. */
  static String find(String json, String field) {
    Matcher matcher = Pattern.compile("\"" + field + "\"\\s*:\\s*\"?([^\",}\\]]+)").matcher(json);
    if (!matcher.find()) {
      throw new AssertionError("no " + field + " in " + json);
    }
    return matcher.group(1);
  }

  /** What stands on the chain: all roots of all hubs, in order. */
  List<String> roots() {
    List<String> roots = new ArrayList<>();
    Object logs =
        node.rpc(
            "eth_getLogs",
            Map.of("address", Bytes.hex(contract), "fromBlock", "0x0", "toBlock", "latest"));
    for (Object log : (List<?>) logs) {
      String data = (String) ((Map<?, ?>) log).get("data");
      roots.add(data.substring(2 + 64));
    }
    return roots;
  }

  Bundle bundle(String name) {
    for (Bundle bundle : hub.context().getBundles()) {
      if (("org.commonshub." + name).equals(bundle.getSymbolicName())) {
        return bundle;
      }
    }
    throw new AssertionError(name + " is not installed");
  }

  /** Puts another version of a bundle in its place while the hub runs. */
  void update(String name, String version) throws Exception {
    Bundle bundle = bundle(name);
    Path jar =
        HubProcess.image()
            .resolve("bundles")
            .resolve(bundle.getLocation().substring("hub:".length()));
    ByteArrayOutputStream changed = new ByteArrayOutputStream();
    try (JarInputStream in = new JarInputStream(Files.newInputStream(jar))) {
      Manifest manifest = in.getManifest();
      manifest.getMainAttributes().putValue("Bundle-Version", version);
      try (JarOutputStream out = new JarOutputStream(changed, manifest)) {
        for (JarEntry entry = in.getNextJarEntry(); entry != null; entry = in.getNextJarEntry()) {
          out.putNextEntry(new JarEntry(entry.getName()));
          in.transferTo(out);
        }
      }
    }
    bundle.update(new ByteArrayInputStream(changed.toByteArray()));
  }

  /** Gives a root of the test's own to the hub's ledger, past its anchoring. */
  void submit(String key, byte[] digest) throws Exception {
    ServiceReference<?> reference = awaitService(LEDGER, "(ledger.name=ethereum~main)");
    Class<?> type = reference.getBundle().loadClass(LEDGER);
    Class<?> kind = reference.getBundle().loadClass("org.commonshub.ledger.api.SubmissionKind");
    var unused =
        type.getMethod("submit", String.class, kind, byte[].class)
            .invoke(
                hub.context().getService(reference), key, kind.getField("ROOT").get(null), digest);
  }

  private ServiceReference<?> awaitService(String name, String filter) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < deadline) {
      ServiceReference<?>[] found = hub.context().getAllServiceReferences(name, filter);
      if (found != null) {
        return found[0];
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
    throw new AssertionError("no service " + name);
  }

  @Override
  public void close() throws Exception {
    hub.stop(20_000);
    meter.close();
    node.close();
    HubProcess.delete(folder);
  }
}
