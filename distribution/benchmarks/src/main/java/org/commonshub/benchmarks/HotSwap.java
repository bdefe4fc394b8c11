package org.commonshub.benchmarks;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.lang.reflect.Method;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.commonshub.launcher.Feature;
import org.commonshub.launcher.FeatureSet;
import org.commonshub.launcher.Hub;
import org.commonshub.launcher.Main;
import org.commonshub.launcher.Options;
import org.commonshub.testing.devices.ModbusServer;
import org.commonshub.testing.devices.Registers;
import org.commonshub.testing.devices.ReplayDevice;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceListener;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.wiring.FrameworkWiring;

/**
 * Stops, starts and updates every bundle of a running hub while devices are polled and the console
 * is asked, and looks at what that costs: gaps in service, readings, threads, sockets, services.
 *
 * <p>A <b>gap in service</b> of a bundle is the longest of: time from the unregistration of one of
 * the hub's services, by whatever bundle, to the registration of its successor; time during which
 * the console gave no answer. A reading is <b>lost</b> when a due time has neither a reading nor a
 * gap record in history.
 */
public final class HotSwap {
  /** Native library that survives two loads in a JVM; never refreshed while running. */
  private static final Set<String> EXCEPTED = Set.of("com.fazecast.jSerialComm");

  private static final int DEVICES = 100;
  private static final int PORTS = 20;
  private static final long INTERVAL_MILLIS = 1000;

  private final PrintStream progress;
  private final Path root;
  private final Map<String, Long> unregistered = new ConcurrentHashMap<>();
  private final AtomicLong serviceGap = new AtomicLong();
  private final AtomicLong consoleGap = new AtomicLong();
  private final AtomicLong lastAnswer = new AtomicLong();
  private volatile boolean done;
  private final Set<String> baseFeature = new TreeSet<>();
  private Hub hub;

  private HotSwap(Path root, PrintStream progress) {
    this.root = root;
    this.progress = progress;
  }

  /**
   * What one bundle cost.
   *
   * @param name symbolic name
   * @param base whether it is a contract, a library, or of the feature that all others require
   * @param updateGapMillis gap in service while it was updated
   * @param restartGapMillis gap in service while it was stopped and started
   */
  public record Cost(String name, boolean base, double updateGapMillis, double restartGapMillis) {}

  /**
   * Everything that was seen.
   *
   * @param costs per bundle, in the order of the swaps
   * @param dueTimes due times covered by the run
   * @param lostReadings due times with neither reading nor gap
   * @param gapSeconds device-seconds recorded as gaps
   * @param leaks threads, sockets and services that were left behind, one line each
   */
  public record Outcome(
      List<Cost> costs, long dueTimes, long lostReadings, long gapSeconds, List<String> leaks) {}

  /** Runs against the built image. */
  public static Outcome run(Path root, PrintStream progress) throws Exception {
    return new HotSwap(root, progress).run(List.of(), HotSwap::swapAll);
  }

  /**
   * Updates every driver bundle so many times while devices of others are read, with every feature
   * of the image on and a device of each driver configured.
   */
  public static Outcome runDrivers(Path root, int times, PrintStream progress) throws Exception {
    try (Senders senders = new Senders(SENDING.size())) {
      List<String[]> more = new ArrayList<>(DRIVER_DEVICES);
      for (int i = 0; i < SENDING.size(); i++) {
        more.add(new String[] {"vedirect", senders.endpoint(i)});
      }
      return new HotSwap(root, progress)
          .run(more, (swap, port, devices) -> swap.swapDrivers(port, devices, times));
    }
  }

  private interface Swaps {
    Outcome run(HotSwap swap, int port, List<UUID> devices) throws Exception;
  }

  /** A device for each driver, most of them silent: driver, address, settings. */
  private static final List<String[]> DRIVER_DEVICES =
      List.of(
          new String[] {"p1", "tcp://127.0.0.1:9"},
          new String[] {"sml", "tcp://127.0.0.1:9"},
          new String[] {"iec62056", "tcp://127.0.0.1:9"},
          new String[] {"dlms", "tcp://127.0.0.1:9"},
          new String[] {"mbus", "tcp://127.0.0.1:9", "address=1"},
          new String[] {"mqtt", "broker:hub", "profile=tasmota", "device=plug"},
          new String[] {"http", "http://127.0.0.1:9"},
          new String[] {"speedwire", "udp-multicast://239.12.255.254:9522"},
          new String[] {"emoncms", "inbound:emontx", "apikey=0123456789abcdef"},
          new String[] {"ocpp", "inbound:CP1", "password=0123456789abcdef"});

  /** Devices that send by themselves, behind the others. */
  private static final List<UUID> SENDING =
      java.util.stream.LongStream.range(0, 5)
          .mapToObj(i -> new UUID(0x2222_0000_0000_4000L, 0x8000_0000_0000_0000L + i))
          .toList();

  /** Sends a block of VE.Direct 1.4 times a second on a port each. */
  private static final class Senders implements AutoCloseable {
    private final List<ReplayDevice> devices = new ArrayList<>();
    private volatile boolean closed;

    Senders(int count) throws IOException {
      for (int i = 0; i < count; i++) {
        ReplayDevice device = ReplayDevice.tcp(0);
        devices.add(device);
        Thread thread = new Thread(() -> send(device), "sending-device");
        thread.setDaemon(true);
        thread.start();
      }
    }

    String endpoint(int number) {
      return "tcp://127.0.0.1:" + devices.get(number).port();
    }

    private void send(ReplayDevice device) {
      try {
        for (int n = 0; !closed; n++) {
          device.send(Telegrams.veDirect(n), Duration.ofHours(1));
          TimeUnit.MILLISECONDS.sleep(700);
        }
      } catch (IOException | InterruptedException e) {
        // The run is over.
      }
    }

    @Override
    public void close() throws IOException {
      closed = true;
      for (ReplayDevice device : devices) {
        device.close();
      }
    }
  }

  private static void configureDrivers(Path config, List<String[]> definitions) throws IOException {
    int sending = 0;
    for (String[] definition : definitions) {
      boolean sends = definition[0].equals("vedirect");
      StringBuilder settings = new StringBuilder();
      for (int i = 2; i < definition.length; i++) {
        settings.append(i == 2 ? "" : ", ").append('"').append(definition[i]).append('"');
      }
      String name = definition[0] + (sends ? "-" + sending : "");
      Files.writeString(
          config.resolve("org.commonshub.metering.device~swap-" + name + ".json"),
          "{ "
              + (sends ? "\"id\": \"" + SENDING.get(sending++) + "\", " : "")
              + "\"name\": \"Swapped "
              + name
              + "\", \"role\": \"LOAD\", \"driver\": \""
              + definition[0]
              + "\", \"endpoint\": \""
              + definition[1]
              + "\", \"settings\": ["
              + settings
              + "] }\n");
    }
  }

  /**
   * First every driver but Modbus while Modbus meters are polled, then Modbus while Victron devices
   * send.
   */
  private Outcome swapDrivers(int port, List<UUID> devices, int times) throws Exception {
    BundleContext context = hub.context();
    await("all services", () -> services().size() > 15);
    settle(8_000);
    Map<String, Integer> services = services();
    Map<String, Integer> threads = threads();
    int sockets = sockets();
    List<Cost> costs = new ArrayList<>();
    List<String> leaks = new ArrayList<>();
    Instant from = Instant.now();
    for (Bundle bundle : context.getBundles()) {
      if (driver(bundle) && !modbus(bundle)) {
        costs.add(update(context, bundle, services, times));
      }
    }
    settle(4_000);
    Instant others = Instant.now();
    for (Bundle bundle : context.getBundles()) {
      if (modbus(bundle)) {
        costs.add(update(context, bundle, services, times));
      }
    }
    settle(4_000);
    Instant to = Instant.now();
    compare("service", services, services(), leaks);
    Map<String, Integer> after = threads();
    for (long deadline = System.nanoTime() + 75_000_000_000L;
        more(threads, after) && System.nanoTime() < deadline;
        after = threads()) {
      settle(500);
    }
    compareMore("thread", threads, after, leaks);
    int socketsAfter = sockets();
    if (socketsAfter > sockets + 16) {
      leaks.add("sockets: " + sockets + " before, " + socketsAfter + " after");
    }
    settle(6_000); // What came in before `to` is durable by then.
    Outcome first = judge(costs, devices, from, others.minusSeconds(3), leaks);
    Outcome second = judge(List.of(), SENDING, others, to.minusSeconds(3), List.of());
    return new Outcome(
        first.costs,
        first.dueTimes + second.dueTimes,
        first.lostReadings + second.lostReadings,
        first.gapSeconds + second.gapSeconds,
        first.leaks);
  }

  private Cost update(
      BundleContext context, Bundle bundle, Map<String, Integer> services, int times)
      throws Exception {
    double worst = 0;
    for (int i = 0; i < times; i++) {
      long start = System.nanoTime();
      try (InputStream jar = content(bundle)) {
        bundle.update(jar);
      }
      refresh(context);
      bundle.start(Bundle.START_TRANSIENT);
      await("services after an update: " + missing(services), () -> missing(services).isEmpty());
      worst = Math.max(worst, (System.nanoTime() - start) / 1e6);
    }
    progress.printf("%-50s %d updates, longest %6.0f ms%n", bundle.getSymbolicName(), times, worst);
    return new Cost(bundle.getSymbolicName(), false, worst, 0);
  }

  private static boolean modbus(Bundle bundle) {
    return bundle.getSymbolicName().equals("org.commonshub.metering.modbus");
  }

  /** Whether a bundle offers a driver. */
  private static boolean driver(Bundle bundle) {
    ServiceReference<?>[] offered = bundle.getRegisteredServices();
    return offered != null
        && java.util.Arrays.stream(offered)
            .anyMatch(
                reference ->
                    List.of((String[]) reference.getProperty(Constants.OBJECTCLASS))
                        .contains("org.commonshub.metering.api.MeterDriver"));
  }

  private Outcome run(List<String[]> more, Swaps swaps) throws Exception {
    Path work = Files.createTempDirectory("hotswap");
    try (ModbusServer farm = new ModbusServer(512)) {
      List<Integer> ports = farm(farm);
      List<UUID> devices = configure(work.resolve("config"), ports);
      configureDrivers(work.resolve("config"), more);
      int port = freePort();
      Options options =
          Options.parse(
              new String[] {
                "--data", work.resolve("data").toString(),
                "--config", work.resolve("config").toString(),
                "--port", Integer.toString(port),
                "--tls-port", Integer.toString(freePort()),
                "--no-simulation"
              },
              root.resolve("distribution/image/target/hub"));
      Files.createDirectories(options.data());
      hub = new Hub(options, Main.properties(options, port));
      List<String> problems = new ArrayList<>();
      FeatureSet features = FeatureSet.read(List.of(options.home().resolve("features")));
      Set<String> names = new TreeSet<>(features.defaults());
      if (!more.isEmpty()) {
        try (Stream<Path> files = Files.list(options.home().resolve("features"))) {
          files
              .map(f -> f.getFileName().toString().replace(".json", ""))
              .filter(name -> name.startsWith("metering"))
              .forEach(names::add);
        }
      }
      List<Feature> wanted = features.resolve(names, problems);
      wanted.stream()
          .filter(f -> f.name().equals("base"))
          .forEach(f -> f.bundles().forEach(b -> baseFeature.add("hub:" + b.file())));
      problems.addAll(hub.start(wanted));
      if (!problems.isEmpty()) {
        throw new IOException("the hub does not start: " + problems);
      }
      try {
        return swaps.run(this, port, devices);
      } finally {
        done = true;
        hub.stop(20_000);
      }
    } finally {
      delete(work);
    }
  }

  private Outcome swapAll(int port, List<UUID> devices) throws Exception {
    BundleContext context = hub.context();
    await("all services", () -> services().size() > 15);
    Thread prober = new Thread(() -> probe(port), "console-probe");
    prober.setDaemon(true);
    prober.start();
    await("the console", () -> lastAnswer.get() != 0);
    // Every device polled, every pool warm: the state to come back to.
    settle(6_000);
    Instant from = Instant.now();
    Map<String, Integer> services = services();
    Map<String, Integer> threads = threads();
    int sockets = sockets();
    ServiceListener listener = this::serviceChanged;
    context.addServiceListener(listener, "(" + Constants.OBJECTCLASS + "=org.commonshub.*)");

    List<Cost> costs = new ArrayList<>();
    for (Bundle bundle : context.getBundles()) {
      if (bundle.getBundleId() == 0 || EXCEPTED.contains(bundle.getSymbolicName())) {
        continue;
      }
      boolean base = base(bundle);
      double restart =
          gap(
              services,
              () -> {
                bundle.stop(Bundle.STOP_TRANSIENT);
                bundle.start(Bundle.START_TRANSIENT);
              });
      double update =
          gap(
              services,
              () -> {
                if (base) {
                  // Others are wired to its classes: it goes and comes with them.
                  bundle.stop(Bundle.STOP_TRANSIENT);
                }
                try (InputStream jar = content(bundle)) {
                  bundle.update(jar);
                }
                refresh(context);
                bundle.start(Bundle.START_TRANSIENT);
              });
      costs.add(new Cost(bundle.getSymbolicName(), base, update, restart));
      progress.printf(
          "%-50s restart %6.0f ms, update %6.0f ms%n", bundle.getSymbolicName(), restart, update);
    }
    context.removeServiceListener(listener);
    settle(6_000);
    Instant to = Instant.now().minusSeconds(3);

    List<String> leaks = new ArrayList<>();
    compare("service", services, services(), leaks);
    Map<String, Integer> after = threads();
    for (long deadline = System.nanoTime() + 75_000_000_000L;
        more(threads, after) && System.nanoTime() < deadline;
        after = threads()) {
      settle(500); // Idle threads of cached pools end by themselves, after 60 s.
    }
    compareMore("thread", threads, after, leaks);
    int socketsAfter = sockets();
    if (socketsAfter > sockets + 8) { // Kept-alive console connections come and go.
      leaks.add("sockets: " + sockets + " before, " + socketsAfter + " after");
    }
    settle(4_000); // What was polled before `to` is durable by then.
    return judge(costs, devices, from, to, leaks);
  }

  private interface Operation {
    void run() throws Exception;
  }

  /** Runs an operation and waits until every service is back. */
  private double gap(Map<String, Integer> services, Operation operation) throws Exception {
    unregistered.clear();
    serviceGap.set(0);
    consoleGap.set(0);
    operation.run();
    await("services after a swap: " + missing(services), () -> missing(services).isEmpty());
    long answered = System.nanoTime();
    await("the console after a swap", () -> lastAnswer.get() > answered);
    return Math.max(serviceGap.get(), consoleGap.get()) / 1e6;
  }

  private List<String> missing(Map<String, Integer> wanted) {
    List<String> missing = new ArrayList<>();
    Map<String, Integer> now = services();
    wanted.forEach(
        (name, count) -> {
          if (now.getOrDefault(name, 0) < count) {
            missing.add(name);
          }
        });
    return missing;
  }

  private void serviceChanged(ServiceEvent event) {
    String key = key(event.getServiceReference());
    if (event.getType() == ServiceEvent.UNREGISTERING) {
      unregistered.put(key, System.nanoTime());
    } else if (event.getType() == ServiceEvent.REGISTERED) {
      Long since = unregistered.remove(key);
      if (since != null) {
        serviceGap.accumulateAndGet(System.nanoTime() - since, Math::max);
      }
    }
  }

  /** Services of the hub's contracts by name, with their number. */
  private Map<String, Integer> services() {
    Map<String, Integer> services = new TreeMap<>();
    try {
      ServiceReference<?>[] all = hub.context().getAllServiceReferences(null, null);
      for (ServiceReference<?> reference : all == null ? new ServiceReference<?>[0] : all) {
        Bundle owner = reference.getBundle();
        if (owner != null
            && owner.getSymbolicName() != null
            && owner.getSymbolicName().startsWith("org.commonshub.")) {
          services.merge(key(reference), 1, Integer::sum);
        }
      }
    } catch (org.osgi.framework.InvalidSyntaxException e) {
      throw new IllegalStateException(e);
    }
    return services;
  }

  private static String key(ServiceReference<?> reference) {
    Bundle owner = reference.getBundle();
    Object component = reference.getProperty("component.name");
    return (owner == null ? "?" : owner.getSymbolicName())
        + "/"
        + String.join(",", (String[]) reference.getProperty(Constants.OBJECTCLASS))
        + (component == null ? "" : "/" + component);
  }

  /** Contracts, libraries, the framework's own bundles, and the feature that all others require. */
  private boolean base(Bundle bundle) {
    String name = bundle.getSymbolicName();
    return !name.startsWith("org.commonshub.")
        || name.endsWith(".api")
        || baseFeature.contains(bundle.getLocation());
  }

  private InputStream content(Bundle bundle) throws IOException {
    return new BufferedInputStream(
        Files.newInputStream(
            root.resolve("distribution/image/target/hub/bundles")
                .resolve(bundle.getLocation().substring("hub:".length()))));
  }

  private static void refresh(BundleContext context) throws InterruptedException {
    FrameworkWiring wiring = context.getBundle(0).adapt(FrameworkWiring.class);
    if (wiring.getRemovalPendingBundles().isEmpty()) {
      return;
    }
    CountDownLatch refreshed = new CountDownLatch(1);
    wiring.refreshBundles(null, event -> refreshed.countDown());
    if (!refreshed.await(30, TimeUnit.SECONDS)) {
      throw new IllegalStateException("the framework did not finish a refresh within 30 s");
    }
  }

  private void probe(int port) {
    while (!done) {
      try {
        HttpURLConnection connection =
            (HttpURLConnection)
                URI.create("http://127.0.0.1:" + port + "/api/v1/session").toURL().openConnection();
        connection.setConnectTimeout(500);
        connection.setReadTimeout(2000);
        int status = connection.getResponseCode();
        InputStream body = status < 400 ? connection.getInputStream() : connection.getErrorStream();
        if (body != null) {
          body.readAllBytes();
        }
        if (status == 200) {
          long now = System.nanoTime();
          long before = lastAnswer.getAndSet(now);
          if (before != 0) {
            consoleGap.accumulateAndGet(now - before, Math::max);
          }
        }
      } catch (IOException e) {
        // A gap: counted when the next answer comes.
      }
      try {
        TimeUnit.MILLISECONDS.sleep(2);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private Outcome judge(
      List<Cost> costs, List<UUID> devices, Instant from, Instant to, List<String> leaks)
      throws Exception {
    BundleContext context = hub.context();
    // All references: the benchmarks' class path has a HistoryStore of its own, so the framework
    // would hide the bundle's from this context.
    ServiceReference<?>[] references =
        context.getAllServiceReferences("org.commonshub.history.api.HistoryStore", null);
    if (references == null) {
      throw new IllegalStateException("history is not there any more");
    }
    Object store = context.getService(references[0]);
    ClassLoader loader = store.getClass().getClassLoader();
    Class<?> type = loader.loadClass("org.commonshub.history.api.HistoryStore");
    Class<?> idType = loader.loadClass("org.commonshub.measure.api.DeviceId");
    Method replay =
        type.getMethod("replay", List.class, Instant.class, Instant.class, Consumer.class);
    Method gaps = type.getMethod("gaps", idType, Instant.class, Instant.class);
    long due = 0;
    long lost = 0;
    long gapMillis = 0;
    for (UUID device : devices) {
      Object id = idType.getConstructor(UUID.class).newInstance(device);
      List<long[]> covered = new ArrayList<>();
      replay.invoke(
          store,
          List.of(id),
          from.minusSeconds(5),
          to.plusSeconds(5),
          (Consumer<Object>)
              record -> {
                try {
                  if (record.getClass().getSimpleName().equals("ReadingFrame")) {
                    Method instant = record.getClass().getMethod("instant");
                    long at = ((Instant) instant.invoke(record)).toEpochMilli();
                    covered.add(new long[] {at, at});
                  }
                } catch (ReflectiveOperationException e) {
                  throw new IllegalStateException(e);
                }
              });
      for (Object gap : (List<?>) gaps.invoke(store, id, from.minusSeconds(5), to.plusSeconds(5))) {
        long start = ((Instant) gap.getClass().getMethod("from").invoke(gap)).toEpochMilli();
        long end = ((Instant) gap.getClass().getMethod("to").invoke(gap)).toEpochMilli();
        covered.add(new long[] {start, end});
        gapMillis +=
            Math.max(0, Math.min(end, to.toEpochMilli()) - Math.max(start, from.toEpochMilli()));
      }
      covered.sort(Comparator.comparingLong(c -> c[0]));
      due += Duration.between(from, to).toMillis() / INTERVAL_MILLIS;
      long reached = from.toEpochMilli();
      for (long[] interval : covered) {
        if (interval[0] > to.toEpochMilli()) {
          break;
        }
        lost += uncovered(interval[0] - reached);
        reached = Math.max(reached, interval[1]);
      }
      lost += uncovered(to.toEpochMilli() - reached);
    }
    return new Outcome(List.copyOf(costs), due, lost, gapMillis / 1000, List.copyOf(leaks));
  }

  /**
   * Due times in a stretch without anything: a poll may be answered up to half an interval late.
   */
  private static long uncovered(long millis) {
    return Math.max(0, (millis - INTERVAL_MILLIS / 2) / INTERVAL_MILLIS);
  }

  private static List<Integer> farm(ModbusServer farm) throws IOException {
    long start = System.nanoTime();
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; i < PORTS; i++) {
      Map<Integer, Registers> units = new HashMap<>();
      for (int unit = 1; unit <= DEVICES / PORTS; unit++) {
        units.put(unit, (function, address, count) -> sdm120(start, address, count));
      }
      ports.add(farm.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), units));
    }
    farm.start();
    return ports;
  }

  /** 1,000 W since the start, as an Eastron SDM120 says it. */
  private static int[] sdm120(long start, int address, int count) {
    double kwh = 100 + (System.nanoTime() - start) / 3.6e12;
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
            case 72, 342 -> (float) kwh;
            default -> 0f;
          };
      int bits = Float.floatToIntBits(value);
      words[i] = ((address + i) & 1) == 0 ? bits >>> 16 : bits & 0xFFFF;
    }
    return words;
  }

  private static List<UUID> configure(Path config, List<Integer> ports) throws IOException {
    Files.createDirectories(config);
    List<UUID> devices = new ArrayList<>();
    for (int i = 0; i < DEVICES; i++) {
      UUID id = new UUID(0x1111_0000_0000_4000L, 0x8000_0000_0000_0000L + i);
      devices.add(id);
      Files.writeString(
          config.resolve(String.format("org.commonshub.metering.device~meter-%03d.json", i)),
          String.format(
              "{\"id\": \"%s\", \"name\": \"Meter %d\", \"role\": \"LOAD\", \"driver\": \"modbus\","
                  + " \"endpoint\": \"tcp://127.0.0.1:%d\","
                  + " \"settings\": [\"map=sdm120\", \"unit=%d\"], \"interval_ms\": %d}",
              id, i, ports.get(i % PORTS), i / PORTS + 1, INTERVAL_MILLIS));
    }
    return devices;
  }

  private interface Condition {
    boolean holds() throws Exception;
  }

  private static void await(String what, Condition condition) throws Exception {
    long deadline = System.nanoTime() + 30_000_000_000L;
    while (!condition.holds()) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("waited 30 s in vain for " + what);
      }
      TimeUnit.MILLISECONDS.sleep(2);
    }
  }

  private static void settle(long millis) throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(millis);
  }

  /** Live threads by name, numbers folded. */
  private static Map<String, Integer> threads() {
    Map<String, Integer> names = new TreeMap<>();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      names.merge(thread.getName().replaceAll("[0-9a-f]{6,}|\\d+", "#"), 1, Integer::sum);
    }
    return names;
  }

  private static int sockets() throws IOException {
    int sockets = 0;
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      for (Path file : files.toList()) {
        try {
          if (Files.readSymbolicLink(file).toString().startsWith("socket:")) {
            sockets++;
          }
        } catch (IOException e) {
          // Closed meanwhile.
        }
      }
    }
    return sockets;
  }

  private static void compare(
      String what, Map<String, Integer> before, Map<String, Integer> after, List<String> leaks) {
    Set<String> names = new TreeSet<>(before.keySet());
    names.addAll(after.keySet());
    for (String name : names) {
      int was = before.getOrDefault(name, 0);
      int is = after.getOrDefault(name, 0);
      if (was != is) {
        leaks.add(what + " " + name + ": " + was + " before, " + is + " after");
      }
    }
  }

  private static boolean more(Map<String, Integer> before, Map<String, Integer> after) {
    List<String> leaks = new ArrayList<>();
    compareMore("", before, after, leaks);
    return !leaks.isEmpty();
  }

  private static void compareMore(
      String what, Map<String, Integer> before, Map<String, Integer> after, List<String> leaks) {
    after.forEach(
        (name, is) -> {
          int was = before.getOrDefault(name, 0);
          // Pools grow to their bound under load; a leak is a second pool.
          if (is > was && !name.startsWith("qtp")) {
            leaks.add(what + " " + name + ": " + was + " before, " + is + " after");
          }
        });
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
