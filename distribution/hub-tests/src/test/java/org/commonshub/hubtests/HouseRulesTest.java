package org.commonshub.hubtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.commonshub.hubtests.attack.SmallBundle;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The rules of the house (docs/architecture.md), read from the built bundles. */
class HouseRulesTest {
  private static final Path ROOT =
      Path.of(System.getProperty("hub.root", "../..")).toAbsolutePath();
  private static final String OURS = "org.commonshub.";

  /** Groups that never are part of an image: they may see more. */
  private static final Set<String> WORKSHOP = Set.of("testing");

  private static final Set<String> SOCKETS =
      Set.of(
          "java.net.Socket",
          "java.net.ServerSocket",
          "java.net.DatagramSocket",
          "java.net.MulticastSocket",
          "java.net.URLConnection",
          "java.net.HttpURLConnection",
          "java.net.http.HttpClient",
          "java.nio.channels.SocketChannel",
          "java.nio.channels.ServerSocketChannel",
          "java.nio.channels.DatagramChannel",
          "java.nio.channels.AsynchronousSocketChannel",
          "java.nio.channels.AsynchronousServerSocketChannel",
          "javax.net.SocketFactory",
          "javax.net.ssl.SSLSocketFactory");

  /** Bundles whose business is a socket. */
  private static final Set<String> MAY_OPEN_SOCKETS =
      Set.of(
          "metering.transport",
          "metering.messaging",
          "metering.web",
          "platform.tls",
          "neighbour.https",
          "ledger.ethereum",
          "ledger.transparency",
          "ledger.ipfs",
          "apps.catalogue",
          "apps.host",
          "apps.zone");

  private static final Set<String> THREADS_AND_FILES =
      Set.of(
          "java.lang.Thread",
          "java.util.concurrent.Executors",
          "java.util.concurrent.ThreadPoolExecutor",
          "java.util.concurrent.ScheduledThreadPoolExecutor",
          "java.util.Timer",
          "java.io.File",
          "java.io.FileInputStream",
          "java.io.FileOutputStream",
          "java.io.RandomAccessFile",
          "java.nio.file.Files",
          "java.nio.channels.FileChannel",
          "java.lang.ProcessBuilder",
          "java.lang.Runtime");

  /** Metering bundles that are not drivers. */
  private static final Set<String> METERING_BASE =
      Set.of(
          "metering.api",
          "metering.provider",
          "metering.transport",
          "metering.serial",
          "metering.messaging",
          "metering.web",
          "metering.broker");

  private static List<BundleJar> bundles;

  @BeforeAll
  static void readBundles() throws IOException {
    bundles = BundleJar.all(ROOT);
    assertThat(bundles).as("built bundles").hasSizeGreaterThan(15);
  }

  @Test
  void folderArtifactSymbolicNameAndPackageAreOneName() {
    for (BundleJar bundle : bundles) {
      assertThat(bundle.symbolicName()).isEqualTo(OURS + bundle.artifact());
      assertThat(bundle.folder().getParent().getFileName()).hasToString(bundle.group());
      // A hidden library may be inside; of ours, only the bundle's own.
      assertThat(bundle.packages().stream().filter(p -> p.startsWith(OURS)))
          .as("packages of %s", bundle.artifact())
          .isNotEmpty()
          .allMatch(
              p ->
                  p.equals(OURS + bundle.artifact())
                      || p.startsWith(OURS + bundle.artifact() + "."));
    }
  }

  @Test
  void rule1OnlyApiPackagesAreExported() {
    for (BundleJar bundle : bundles) {
      if (WORKSHOP.contains(bundle.group())) {
        continue;
      }
      if (bundle.artifact().endsWith(".api")) {
        assertThat(bundle.exports()).as("exports of %s", bundle.artifact()).isNotEmpty();
        assertThat(bundle.exports().keySet()).allMatch(p -> p.endsWith(".api"));
        assertThat(bundle.exports().values())
            .as("versions of %s", bundle.artifact())
            .allMatch(v -> v.matches("\\d+\\.\\d+\\.\\d+"));
      } else if (bundle.artifact().equals("apps.sandbox")) {
        // It stands before anything else is resolved, so it carries its contract itself.
        assertThat(bundle.exports().keySet()).containsExactly(OURS + "apps.sandbox.api");
      } else {
        assertThat(bundle.exports()).as("exports of %s", bundle.artifact()).isEmpty();
      }
    }
  }

  @Test
  void rule1GroupsMeetAtApiPackagesOnly() {
    List<String> offences = new ArrayList<>();
    for (BundleJar bundle : bundles) {
      if (WORKSHOP.contains(bundle.group())) {
        continue;
      }
      bundle.types().values().stream()
          .flatMap(Set::stream)
          .filter(t -> t.startsWith(OURS))
          .map(t -> t.substring(0, t.lastIndexOf('.')))
          .filter(p -> !bundle.packages().contains(p) && !p.endsWith(".api"))
          .forEach(p -> offences.add(bundle.artifact() + " uses " + p));
    }
    assertThat(offences).isEmpty();
  }

  @Test
  void noCyclesBetweenGroups() {
    Map<String, Set<String>> uses = new TreeMap<>();
    for (BundleJar bundle : bundles) {
      Set<String> groups = uses.computeIfAbsent(bundle.group(), g -> new TreeSet<>());
      bundle.imports().stream()
          .filter(p -> p.startsWith(OURS))
          .map(p -> p.substring(OURS.length()).split("\\.", 2)[0])
          .filter(g -> !g.equals(bundle.group()))
          .forEach(groups::add);
    }
    for (String group : uses.keySet()) {
      Set<String> reached = new TreeSet<>();
      Deque<String> open = new ArrayDeque<>(uses.get(group));
      while (!open.isEmpty()) {
        String next = open.pop();
        if (reached.add(next)) {
          open.addAll(uses.getOrDefault(next, Set.of()));
        }
      }
      assertThat(reached).as("groups reached from %s", group).doesNotContain(group);
    }
  }

  @Test
  void rule2WhoOpensSocketsSeesNoReadings() {
    for (BundleJar bundle : bundles) {
      if (WORKSHOP.contains(bundle.group())) {
        continue;
      }
      Map<String, Set<String>> sockets = uses(bundle, SOCKETS::contains);
      if (MAY_OPEN_SOCKETS.contains(bundle.artifact()) || bundle.group().equals("uplink")) {
        assertThat(
                uses(
                    bundle,
                    t ->
                        t.startsWith(OURS + "history.")
                            || t.equals(OURS + "measure.api.ReadingSink")))
            .as("%s opens sockets and must not see readings", bundle.artifact())
            .isEmpty();
      } else {
        assertThat(sockets).as("%s must not open sockets", bundle.artifact()).isEmpty();
      }
    }
  }

  @Test
  void driversOpenNoSocketFileOrThread() {
    for (BundleJar bundle : bundles) {
      if (bundle.group().equals("metering") && !METERING_BASE.contains(bundle.artifact())) {
        assertThat(uses(bundle, t -> SOCKETS.contains(t) || THREADS_AND_FILES.contains(t)))
            .as("driver %s", bundle.artifact())
            .isEmpty();
      }
    }
  }

  @Test
  void rule3OnlyTheArbiterMakesLeasesAndReachesTheActuatorPort() {
    Set<String> makers = new TreeSet<>();
    Set<String> callers = new TreeSet<>();
    for (BundleJar bundle : bundles) {
      if (WORKSHOP.contains(bundle.group()) || bundle.artifact().equals("metering.api")) {
        continue;
      }
      for (Set<String> interfaces : bundle.interfaces().values()) {
        if (interfaces.contains(OURS + "metering.api.WriteLease")) {
          makers.add(bundle.artifact());
        }
      }
      if (!uses(bundle, t -> t.startsWith(OURS + "metering.api.ActuatorPort")).isEmpty()) {
        callers.add(bundle.artifact());
      }
    }
    assertThat(makers).as("who makes leases").isSubsetOf("control.arbiter");
    assertThat(callers)
        .as("who reaches the actuator port")
        .isSubsetOf("control.arbiter", "metering.provider");
  }

  @Test
  void rule3OnlyMeteringCallsWhatDriversWrite() {
    Set<String> writes =
        Set.of(
            OURS + "metering.api.Actuating.write",
            OURS + "metering.api.Actuating.release",
            OURS + "metering.api.ActuatorPort.write",
            OURS + "metering.api.ActuatorPort.release");
    Map<String, Set<String>> found = new TreeMap<>();
    for (BundleJar bundle : bundles) {
      if (!WORKSHOP.contains(bundle.group())) {
        for (Set<String> calls : bundle.calls().values()) {
          for (String call : calls) {
            if (writes.contains(call)) {
              found
                  .computeIfAbsent(call.substring(OURS.length()), c -> new TreeSet<>())
                  .add(bundle.artifact());
            }
          }
        }
      }
    }
    found.forEach(
        (call, callers) ->
            assertThat(callers)
                .as("who calls %s", call)
                .isSubsetOf(
                    call.contains("ActuatorPort") ? "control.arbiter" : "metering.provider"));
  }

  @Test
  void rule4OnlyTheAppDeskInstallsBundlesOfOthers() {
    Set<String> installers = new TreeSet<>();
    for (BundleJar bundle : bundles) {
      bundle
          .calls()
          .forEach(
              (type, calls) -> {
                // The runtime stands in a zone's process, not in the hub's.
                if (calls.contains("org.osgi.framework.BundleContext.installBundle")
                    && !type.startsWith(OURS + "apps.zone.runtime.")) {
                  installers.add(bundle.artifact());
                }
              });
    }
    assertThat(installers)
        .as("platform.features installs the image's own, pinned")
        .containsExactlyInAnyOrder("apps.provider", "platform.features");
  }

  @Test
  void rule2OnlyStoresBalanceAndConsoleReceiveReadings() {
    Set<String> sinks = new TreeSet<>();
    for (BundleJar bundle : bundles) {
      if (!WORKSHOP.contains(bundle.group())
          && !bundle.artifact().equals("measure.api")
          && !uses(bundle, t -> t.equals(OURS + "measure.api.ReadingSink")).isEmpty()) {
        sinks.add(bundle.artifact());
      }
    }
    assertThat(sinks)
        .isSubsetOf(
            "measure.provider",
            "history.sqlite",
            "console.rest",
            "ledger.journal",
            "ledger.plausibility",
            "privacy.provider");
  }

  /** Whatever tells raw readings. */
  private static final Set<String> RAW =
      Set.of(
          OURS + "measure.api.ReadingSink",
          OURS + "measure.api.ReadingBus",
          OURS + "measure.api.LiveState",
          OURS + "measure.api.EnergyBalance",
          OURS + "history.api.HistoryStore");

  /** Groups that may know raw readings: they keep, make, sign, show or guard them. */
  private static final Set<String> MAY_SEE_RAW =
      Set.of("measure", "metering", "history", "ledger", "control", "console", "privacy");

  @Test
  void privacyNothingPassesAroundTheGate() {
    assertThat(aroundTheGate(bundles)).isEmpty();
  }

  @Test
  void privacyTheRuleFindsAPlantedUplink() throws IOException {
    Path image = ROOT.resolve("distribution/image/target/hub");
    Path jar = Files.createTempFile("uplink.planted", ".jar");
    try {
      Files.write(
          jar,
          new SmallBundle(OURS + "uplink.planted")
              .source(
                  OURS + "uplink.planted.Uplink",
                  """
                  package org.commonshub.uplink.planted;
                  import org.commonshub.history.api.HistoryStore;
                  import org.commonshub.ledger.api.ContentRelease;
                  import org.commonshub.ledger.api.Settlement;
                  import org.commonshub.measure.api.LiveState;
                  import org.commonshub.privacy.api.EnergyData;
                  import org.commonshub.privacy.api.PrivacyDesk;
                  import org.commonshub.privacy.api.PrivacyPolicy;
                  public final class Uplink {
                    EnergyData released;
                    Object raw(HistoryStore h) { return h.series(); }
                    Object live(Object o) { return (LiveState) o; }
                    Object desk(PrivacyDesk d) { return d.consents(); }
                    Object release(Object o) { return o instanceof ContentRelease; }
                    Object settle(Settlement s) { return s.status("x"); }
                    Object budget(PrivacyPolicy.Context c) { return c.terms(); }
                    java.net.Socket socket = new java.net.Socket();
                  }
                  """)
              .bytes(image));
      BundleJar planted = BundleJar.read(Path.of("bundles/uplink"), "uplink.planted", jar);
      assertThat(aroundTheGate(List.of(planted)))
          .containsExactly(
              "uplink.planted uses history.api.HistoryStore",
              "uplink.planted uses measure.api.LiveState",
              "uplink.planted makes releases: privacy.api.PrivacyPolicy",
              "uplink.planted decides for the prosumer: privacy.api.PrivacyDesk",
              "uplink.planted lets content out: ledger.api.ContentRelease",
              "uplink.planted settles: ledger.api.Settlement",
              "uplink.planted opens sockets and uses history.api.HistoryStore",
              "uplink.planted opens sockets and uses measure.api.LiveState");
    } finally {
      Files.delete(jar);
    }
  }

  /** How bundles could hand out what the gate did not release, one line each. */
  private static List<String> aroundTheGate(List<BundleJar> bundles) {
    List<String> offences = new ArrayList<>();
    for (BundleJar bundle : bundles) {
      if (WORKSHOP.contains(bundle.group())) {
        continue;
      }
      if (!MAY_SEE_RAW.contains(bundle.group())) {
        raw(bundle).forEach(t -> offences.add(bundle.artifact() + " uses " + t));
      }
      onlyThese(
              bundle, "makes releases", "privacy.api.PrivacyPolicy", b -> b.startsWith("privacy."))
          .ifPresent(offences::add);
      for (String desk : List.of("PrivacyDesk", "DataRights")) {
        onlyThese(
                bundle,
                "decides for the prosumer",
                "privacy.api." + desk,
                Set.of("privacy.api", "privacy.provider", "privacy.rights", "console.rest")
                    ::contains)
            .ifPresent(offences::add);
      }
      // ledger.ipfs asks it; whoever else names it would be making one.
      onlyThese(
              bundle,
              "lets content out",
              "ledger.api.ContentRelease",
              Set.of("ledger.api", "ledger.ipfs", "privacy.provider")::contains)
          .ifPresent(offences::add);
      // A round holds personal data: clients offer it, and only what the gate released goes in.
      onlyThese(
              bundle,
              "settles",
              "ledger.api.Settlement",
              b -> b.startsWith("ledger.") || b.equals("privacy.provider"))
          .ifPresent(offences::add);
      boolean sends =
          MAY_OPEN_SOCKETS.contains(bundle.artifact())
              || bundle.group().equals("uplink")
              || !uses(bundle, SOCKETS::contains).isEmpty();
      if (sends) {
        raw(bundle).forEach(t -> offences.add(bundle.artifact() + " opens sockets and uses " + t));
      }
    }
    return offences;
  }

  private static Set<String> raw(BundleJar bundle) {
    Set<String> found = new TreeSet<>();
    uses(bundle, RAW::contains)
        .values()
        .forEach(types -> types.forEach(t -> found.add(t.substring(OURS.length()))));
    return found;
  }

  private static Optional<String> onlyThese(
      BundleJar bundle, String does, String type, Predicate<String> allowed) {
    String name = OURS + type;
    return allowed.test(bundle.artifact())
            || uses(bundle, t -> t.equals(name) || t.startsWith(name + "$")).isEmpty()
        ? Optional.empty()
        : Optional.of(bundle.artifact() + " " + does + ": " + type);
  }

  @Test
  void signingKeysStayInIdentity() {
    assertThat(users("identity.api.KeyProvider")).allMatch(b -> b.startsWith("identity."));
    assertThat(users("identity.api.EvmAccount"))
        .isSubsetOf("identity.api", "identity.evm", "ledger.ethereum", "console.rest");
    // TLS keys are platform's, and the transport key of a connection between hubs. The catalogue's
    // SigningKey is for the tools of providers and operators: no component of it knows that class.
    assertThat(users("java.security.KeyPairGenerator"))
        .isSubsetOf(
            "identity.provider",
            "identity.evm",
            "platform.tls",
            "neighbour.https",
            "apps.catalogue");
    bundles.stream()
        .filter(bundle -> bundle.artifact().equals("apps.catalogue"))
        .flatMap(bundle -> bundle.types().entrySet().stream())
        .filter(uses -> uses.getValue().contains(OURS + "apps.catalogue.SigningKey"))
        .forEach(
            uses ->
                assertThat(uses.getKey())
                    .matches(
                        ".*\\.(SigningKey|RepositoryWriter|OperatorTargets|ProviderTargets|Documents)([$].*)?"));
  }

  @Test
  void onlyLedgersMaskedSumsAndPeopleReachNeighbours() {
    for (String contract : Set.of("Neighbours", "NeighbourService")) {
      assertThat(users("neighbour.api." + contract))
          .isSubsetOf(
              "neighbour.api",
              "neighbour.https",
              "ledger.anchor",
              "privacy.cohort",
              "console.rest");
    }
  }

  /** Artifacts outside the workshop whose classes name a type. */
  private static Set<String> users(String type) {
    String name = type.startsWith("java.") ? type : OURS + type;
    Set<String> users = new TreeSet<>();
    for (BundleJar bundle : bundles) {
      if (!WORKSHOP.contains(bundle.group()) && !uses(bundle, name::equals).isEmpty()) {
        users.add(bundle.artifact());
      }
    }
    return users;
  }

  @Test
  void stampsComeFromTheHubClock() {
    Set<String> wallClock =
        Set.of(
            "java.lang.System.currentTimeMillis",
            "java.time.Instant.now",
            "java.time.LocalDate.now",
            "java.time.ZonedDateTime.now",
            "java.time.LocalDateTime.now");
    for (BundleJar bundle : bundles) {
      if (WORKSHOP.contains(bundle.group()) || bundle.artifact().equals("platform.clock")) {
        continue;
      }
      bundle
          .calls()
          .forEach(
              (type, calls) ->
                  assertThat(calls)
                      .as("%s in %s asks the system for the time", type, bundle.artifact())
                      .doesNotContainAnyElementsOf(wallClock));
    }
  }

  @Test
  void theWorkshopIsNotInTheImage() throws IOException {
    try (var files = Files.list(ROOT.resolve("distribution/image/target/hub/bundles"))) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .isNotEmpty()
          .noneMatch(f -> f.startsWith("testing."));
    }
  }

  @Test
  void everyBundleHasAReadmeOfOneScreen() throws IOException {
    for (BundleJar bundle : bundles) {
      Path readme = ROOT.resolve(bundle.folder()).resolve("README.md");
      assertThat(readme).exists();
      assertThat(Files.readAllLines(readme)).as("%s", readme).hasSizeBetween(3, 120);
    }
  }

  private static Map<String, Set<String>> uses(BundleJar bundle, Predicate<String> type) {
    Map<String, Set<String>> found = new TreeMap<>();
    bundle
        .types()
        .forEach(
            (user, types) -> {
              Set<String> hits = new TreeSet<>(types);
              hits.removeIf(type.negate());
              if (!hits.isEmpty()) {
                found.put(user, hits);
              }
            });
    return found;
  }
}
