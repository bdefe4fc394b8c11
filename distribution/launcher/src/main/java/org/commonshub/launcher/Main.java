package org.commonshub.launcher;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceListener;
import org.osgi.framework.ServiceReference;

/** The {@code hub} command. */
public final class Main {
  /** How many ports after a taken one are tried. */
  private static final int PORTS_TO_TRY = 20;

  private static final long STOP_MILLIS = 10_000;

  private Main() {}

  /** Runs the hub until it is told to stop. */
  public static void main(String[] args) throws Exception {
    Path home = Path.of(System.getProperty("commonshub.home", "."));
    String command = System.getProperty("commonshub.command", "hub");
    Options options;
    try {
      options = Options.parse(args, home);
    } catch (Options.UsageException e) {
      System.err.println(e.getMessage());
      System.exit(2);
      return;
    }
    if (options == null) {
      Path data = home.resolve("var");
      System.out.printf(
          Options.USAGE,
          System.getProperty("commonshub.usage", command),
          System.getProperty("commonshub.usage.data", data.toString()),
          System.getProperty("commonshub.usage.config", home.resolve("config").toString()));
      return;
    }
    System.exit(run(options, System.out, System.err));
  }

  private static int run(Options options, PrintStream out, PrintStream err)
      throws IOException, InterruptedException {
    for (Path directory : List.of(options.data(), options.config())) {
      try {
        Files.createDirectories(directory);
      } catch (IOException e) {
        err.println(
            "Cannot use "
                + directory
                + ": "
                + e
                + ". Make it writable for this user, or choose another with --data and --config.");
        return 1;
      }
    }
    try (RandomAccessFile lockFile =
            new RandomAccessFile(options.data().resolve("hub.lock").toFile(), "rw");
        FileLock lock = lock(lockFile)) {
      if (lock == null) {
        err.println(
            "Another hub runs on " + options.data() + ". Stop it, or choose another with --data.");
        return 1;
      }
      return runLocked(options, out, err);
    } catch (java.io.FileNotFoundException e) {
      err.println(
          "Cannot write to "
              + options.data()
              + ": "
              + e.getMessage()
              + ". Make it writable for this user, or choose another with --data.");
      return 1;
    }
  }

  private static FileLock lock(RandomAccessFile file) throws IOException {
    try {
      return file.getChannel().tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  private static int runLocked(Options options, PrintStream out, PrintStream err)
      throws IOException, InterruptedException {
    LogSetup.install(options.data().resolve("log"));
    List<Path> featureDirectories = new ArrayList<>();
    featureDirectories.add(options.home().resolve("features"));
    options.overlays().forEach(o -> featureDirectories.add(o.resolve("features")));
    FeatureSet features = FeatureSet.read(featureDirectories);
    List<String> problems = new ArrayList<>(features.problems());
    List<Feature> wanted = new ArrayList<>(features.resolve(chosen(options, features), problems));
    Optional<Feature> simulated = wanted.stream().filter(f -> f.process() != null).findFirst();
    if (!options.simulation()) {
      wanted.removeIf(f -> f.process() != null);
      simulated = Optional.empty();
    }

    int port = freePort(options.port());
    if (port != options.port()) {
      err.println(
          "Port "
              + options.port()
              + " is taken by another program; the console is on port "
              + port
              + " instead. Stop that program, or choose with --port N.");
    }
    Hub hub;
    List<String> failed;
    try {
      hub = new Hub(options, properties(options, port));
    } catch (BundleException e) {
      err.println("The hub cannot use its cache in " + options.data() + ": " + Hub.reason(e));
      return 1;
    }
    CountDownLatch stopped = new CountDownLatch(1);
    Simulation[] simulation = new Simulation[1];
    Thread hook =
        new Thread(
            () -> {
              stop(hub, simulation, err);
              stopped.countDown();
            },
            "shutdown");
    Runtime.getRuntime().addShutdownHook(hook);

    Thread simulator = null;
    if (simulated.isPresent()) {
      Path jar = processJar(options, simulated.get().process());
      simulator =
          new Thread(
              () -> {
                try {
                  simulation[0] = Simulation.start(jar, options.config(), simulationOptions());
                } catch (IOException e) {
                  err.println("The simulated home cannot start: " + e.getMessage());
                }
              },
              "simulation");
      simulator.start();
    } else {
      Simulation.forget(options.config());
    }
    try {
      failed = hub.start(wanted);
    } catch (BundleException e) {
      err.println("The hub cannot start: " + Hub.reason(e));
      return 1;
    }
    problems.addAll(failed);
    problems.forEach(err::println);
    if (simulator != null) {
      simulator.join();
    }
    greet(hub.context(), port, simulated.isPresent() && simulation[0] != null, out);
    if (Boolean.getBoolean("commonshub.prepare")) {
      exercise(port);
      return 0; // The shutdown hook stops the framework; the JVM then writes its class archive.
    }
    hub.framework().waitForStop(0);
    return 0;
  }

  /** Uses the console once, so that the class archive holds what a first visit needs. */
  private static void exercise(int port) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(15);
    int good = 0;
    while (good < 3 && System.nanoTime() < deadline) {
      try {
        good += answers(port, "/api/v1/session") && answers(port, "/") ? 1 : 0;
      } catch (IOException e) {
        // Not up yet.
      }
      TimeUnit.MILLISECONDS.sleep(200);
    }
  }

  private static boolean answers(int port, String path) throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection) URI.create("http://127.0.0.1:" + port + path).toURL().openConnection();
    connection.setConnectTimeout(1000);
    connection.setReadTimeout(2000);
    try (InputStream body = connection.getInputStream()) {
      return body.readAllBytes().length > 0;
    } finally {
      connection.disconnect();
    }
  }

  private static void stop(Hub hub, Simulation[] simulation, PrintStream err) {
    try {
      if (!hub.stop(STOP_MILLIS)) {
        err.println("The hub did not stop within 10 s and was ended.");
      }
    } catch (BundleException e) {
      err.println("The hub did not stop cleanly: " + Hub.reason(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (simulation[0] != null) {
      simulation[0].close();
    }
  }

  /** What the owner chose: on the command line, else in the console, else everything. */
  private static List<String> chosen(Options options, FeatureSet features) {
    if (!options.features().isEmpty()) {
      return options.features();
    }
    Path file = options.data().resolve("platform.features").resolve("enabled.json");
    if (Files.isRegularFile(file)) {
      List<String> names = new ArrayList<>();
      try (JsonParser parser = new JsonFactory().createParser(file.toFile())) {
        boolean list = false;
        for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
          if (token == JsonToken.START_ARRAY) {
            list = "enabled".equals(parser.currentName());
          } else if (token == JsonToken.END_ARRAY) {
            list = false;
          } else if (list && token == JsonToken.VALUE_STRING) {
            names.add(parser.getText());
          }
        }
        // A process feature is not the console's to switch: it comes with the command line.
        features.all().stream()
            .filter(f -> f.process() != null && !names.contains(f.name()))
            .forEach(f -> names.add(f.name()));
        return names;
      } catch (IOException e) {
        System.err.println(
            "The choice of features in " + file + " cannot be read (" + e + "); starting all.");
      }
    }
    return features.defaults();
  }

  /** Framework properties of a hub. */
  public static Map<String, String> properties(Options options, int port) {
    Map<String, String> properties = new HashMap<>();
    System.getProperties()
        .forEach(
            (key, value) -> {
              if (key instanceof String name
                  && (name.startsWith("org.apache.felix.http.")
                      || name.startsWith("commonshub."))) {
                properties.put(name, String.valueOf(value));
              }
            });
    properties.put("commonshub.home", options.home().toString());
    properties.put("commonshub.data", options.data().toString());
    properties.put("commonshub.config", options.config().toString());
    properties.put("commonshub.features.dir", options.home().resolve("features").toString());
    properties.put("commonshub.repository", options.home().resolve("bundles").toString());
    if (!options.features().isEmpty()) {
      properties.put("commonshub.features.enabled", String.join(",", options.features()));
    }
    if (options.tlsPort() > 0) {
      properties.put("commonshub.tls.port", Integer.toString(options.tlsPort()));
    }
    properties.put("org.apache.felix.http.host", "127.0.0.1");
    properties.put("org.osgi.service.http.port", Integer.toString(port));
    properties.putIfAbsent("org.apache.felix.http.jetty.threadpool.max", "16");
    properties.putIfAbsent("org.apache.felix.http.jetty.acceptors", "1");
    properties.putIfAbsent("org.apache.felix.http.jetty.selectors", "1");
    properties.putIfAbsent("org.apache.felix.http.jetty.sendServerHeader", "false");
    properties.putIfAbsent("org.apache.felix.jetty.gziphandler.enable", "true");
    properties.put(Constants.FRAMEWORK_BEGINNING_STARTLEVEL, "1");
    return properties;
  }

  private static String simulationOptions() {
    String options = System.getenv("HUB_SIMULATION");
    return options == null ? "" : options;
  }

  private static Path processJar(Options options, String file) {
    for (Path overlay : options.overlays()) {
      Path jar = overlay.resolve("bundles").resolve(file);
      if (Files.isRegularFile(jar)) {
        return jar;
      }
    }
    return options.home().resolve("bundles").resolve(file);
  }

  private static int freePort(int wanted) throws IOException {
    for (int port = wanted; port < wanted + PORTS_TO_TRY && port <= 65535; port++) {
      try (ServerSocket socket = new ServerSocket()) {
        socket.setReuseAddress(true);
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return port;
      } catch (java.net.BindException e) {
        // The next one, then.
      }
    }
    return wanted;
  }

  private static void greet(BundleContext context, int port, boolean simulated, PrintStream out)
      throws InterruptedException {
    String address = "http://127.0.0.1:" + port + "/";
    out.println("Commons Hub is running. Console: " + address);
    if (simulated) {
      out.println("A simulated home runs beside it; --no-simulation starts without.");
    }
    Object accounts = await(context, "org.commonshub.platform.api.Accounts", 10);
    if (accounts != null) {
      claimCode(accounts)
          .ifPresent(
              code ->
                  out.println(
                      "Claim code: "
                          + code
                          + "   (works once, for 30 minutes; enter it in the console to choose"
                          + " your password)"));
    }
    out.println("Press Ctrl-C to stop.");
    out.flush();
  }

  /** The launcher shares no class with bundles but slf4j's and jackson's: it calls by name. */
  private static Optional<String> claimCode(Object accounts) {
    try {
      Class<?> type =
          accounts.getClass().getClassLoader().loadClass("org.commonshub.platform.api.Accounts");
      Object code = type.getMethod("issueClaimCode").invoke(accounts);
      return ((Optional<?>) code).map(String::valueOf);
    } catch (ReflectiveOperationException e) {
      System.err.println("No claim code: " + Hub.reason(e));
      return Optional.empty();
    }
  }

  private static Object await(BundleContext context, String service, int seconds)
      throws InterruptedException {
    CountDownLatch there = new CountDownLatch(1);
    ServiceListener listener =
        event -> {
          if (event.getType() == ServiceEvent.REGISTERED) {
            there.countDown();
          }
        };
    try {
      context.addServiceListener(listener, "(" + Constants.OBJECTCLASS + "=" + service + ")");
    } catch (InvalidSyntaxException e) {
      throw new IllegalArgumentException(service, e);
    }
    try {
      ServiceReference<?> reference = context.getServiceReference(service);
      if (reference == null && there.await(seconds, TimeUnit.SECONDS)) {
        reference = context.getServiceReference(service);
      }
      return reference == null ? null : context.getService(reference);
    } finally {
      context.removeServiceListener(listener);
    }
  }
}
