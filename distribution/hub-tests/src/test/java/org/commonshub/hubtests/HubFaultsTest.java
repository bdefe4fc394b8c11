package org.commonshub.hubtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.commonshub.benchmarks.HubProcess;
import org.commonshub.hubtests.FaultyHub.Frame;
import org.commonshub.hubtests.FaultyHub.Hole;
import org.commonshub.hubtests.FaultyHub.Stored;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What goes wrong around a hub: ports, disks, clocks, power, people. Each ends in a message that
 * says what to do, and wherever that is possible in a hub that goes on. Against the real image.
 */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class HubFaultsTest {
  /** A stack trace is no message. */
  private static final Pattern TRACE = Pattern.compile("(?m)^\\s+at [\\w.$/]+\\(");

  @TempDir Path folder;

  @BeforeEach
  void image() {
    assumeTrue(!Boolean.getBoolean("hub.quick"), "skipped: --quick leaves the fault tests out");
  }

  // ---------------------------------------------------------------- ports

  @Test
  void takenPortsAreNamedAndTheHubRunsOnTheNext() throws Exception {
    try (ServerSocket console = listen();
        ServerSocket tls = listen();
        FaultyHub hub = new FaultyHub(folder.resolve("hub"))) {
      String tlsPort = Integer.toString(tls.getLocalPort());
      hub.launch(console.getLocalPort(), Map.of(), "--no-simulation", "--tls-port", tlsPort);
      hub.hub().awaitGreeting(FaultyHub.PATIENCE);
      assertThat(hub.hub().port()).isNotEqualTo(console.getLocalPort());
      assertThat(hub.hub().said())
          .contains("Port " + console.getLocalPort() + " is taken by another program")
          .contains("--port N");
      hub.hub().claim();
      assertThat(hub.get("/session")).contains("\"claimed\":true");
      hub.hub().awaitSaid(Pattern.compile("WARN .*\\b" + tlsPort + "\\b"), FaultyHub.PATIENCE);
      assertThat(hub.hub().said()).doesNotContainPattern(TRACE);
      assertThat(hub.get("/session")).contains("\"https\":false");
    }
  }

  private static ServerSocket listen() throws IOException {
    ServerSocket socket = new ServerSocket();
    socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    return socket;
  }

  // ---------------------------------------------------------------- people

  /** A process started in the background of a script inherits that. */
  private static boolean ignoresInterrupts() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("SigIgn:"))
        .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) & 1 << 1) != 0);
  }

  @Test
  void aSecondHubOnTheSameDataIsRefusedAndSignalsStopTheFirst() throws Exception {
    for (String signal : List.of("INT", "TERM")) {
      if (signal.equals("INT") && ignoresInterrupts()) {
        System.out.println("skipped: this session ignores SIGINT (started with & or nohup)");
        continue;
      }
      try (FaultyHub hub = new FaultyHub(folder.resolve("hub" + signal)).start()) {
        assertThat(hub.children()).as("simulator").hasSize(1);
        if (signal.equals("TERM")) {
          Run second =
              Run.of(
                  30,
                  HubProcess.image().resolve("bin/hub").toString(),
                  "--data",
                  hub.data.toString(),
                  "--config",
                  hub.config.toString());
          assertThat(second.exit()).isEqualTo(1);
          assertThat(second.output().strip().lines())
              .singleElement()
              .asString()
              .contains("Another hub runs on " + hub.data)
              .contains("--data");
        }
        List<ProcessHandle> children = hub.children();
        Process process = hub.hub().process();
        assertThat(Run.of(5, "kill", "-" + signal, Long.toString(process.pid())).exit()).isZero();
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).as("stopped within 10 s").isTrue();
        assertThat(process.exitValue()).isIn(0, signal.equals("INT") ? 130 : 143);
        for (ProcessHandle child : children) {
          child.onExit().get(5, TimeUnit.SECONDS);
        }
        assertThat(hub.hub().said()).doesNotContain("did not stop");
      }
    }
  }

  @Test
  void aWrongSettingStopsItsComponentUntilItIsRight() throws Exception {
    try (FaultyHub hub = new FaultyHub(folder.resolve("hub")).start()) {
      hub.hub().claim();
      hub.await("/system", s -> FaultyHub.records(s) > 0);
      Path file = hub.config.resolve("org.commonshub.history.sqlite.json");
      Files.writeString(file, "{\n  // as little as it takes\n  \"memory.mib\": \"lots\"\n}\n");
      String line =
          hub.hub()
              .awaitSaid(
                  Pattern.compile("^.*WARN .*org\\.commonshub\\.history\\.sqlite\\.json.*$"),
                  FaultyHub.PATIENCE)
              .group();
      assertThat(line).contains("line 3", "memory.mib", "lots", "expected", "number");
      hub.awaitLogged(line.substring(line.indexOf("WARN")));
      hub.await("/system", s -> s.contains("\"store\":null"));
      hub.awaitCheck("History", c -> c.contains("\"WARN\""));
      hub.awaitCheck("Devices", c -> c.contains("6 of 6 devices answer"));
      Files.writeString(file, "{ \"memory.mib\": 2 }\n");
      Instant back = Instant.now();
      hub.await("/system", s -> FaultyHub.records(s) > 0);
      hub.awaitCheck("History", c -> c.contains("\"OK\""));
      // What came in meanwhile waited for it.
      hub.await(
          "/system",
          s ->
              s.contains(
                      "\"name\":\"history.sqlite\",\"kind\":\"storage\",\"connected\":true,\"queued\"")
                  && s.contains("\"spilledBytes\":0"));
      TimeUnit.SECONDS.sleep(1);
      assertComplete(hub.stored(), back);
    }
  }

  /** Each device has, for every second between its first and last reading, a reading or a gap. */
  private static void assertComplete(Stored stored, Instant until) {
    Map<String, TreeSet<Instant>> byDevice =
        stored.frames().stream()
            .collect(
                Collectors.groupingBy(
                    Frame::device,
                    Collectors.mapping(Frame::at, Collectors.toCollection(TreeSet::new))));
    assertThat(byDevice).isNotEmpty();
    byDevice.forEach(
        (device, instants) -> {
          Instant before = instants.first();
          for (Instant at : instants) {
            Instant from = before;
            if (Duration.between(from, at).toMillis() > 2500) {
              assertThat(stored.holes())
                  .as("%s is silent from %s to %s", device, from, at)
                  .anyMatch(
                      hole ->
                          hole.device().equals(device)
                              && !hole.from().isAfter(from.plusMillis(1500))
                              && !hole.to().isBefore(at.minusMillis(1500)));
            }
            before = at;
          }
          assertThat(before).as("last reading of %s", device).isAfter(until.minusSeconds(2));
        });
  }

  // ---------------------------------------------------------------- power

  @Test
  void killedAgainAndAgainItKeepsWhatWasAcknowledged() throws Exception {
    try (FaultyHub hub = new FaultyHub(folder.resolve("hub"))) {
      Set<String> kept = Set.of();
      Instant killed = null;
      for (int run = 0; run <= 5; run++) {
        hub.start();
        if (run == 0) {
          hub.hub().claim();
          // In its first seconds ever it has not noted yet whom it asks.
          hub.await("/now", s -> Files.exists(hub.data.resolve("metering.provider/devices")));
        } else {
          hub.hub().login();
          Instant gone = killed;
          String description = "stored before kill " + run;
          Stored now = hub.stored();
          assertThat(now.frames().stream().map(Frame::key).collect(Collectors.toSet()))
              .as(description)
              .containsAll(kept);
          hub.await("/system", s -> FaultyHub.records(s) > 6);
          assertThat(hub.stored().holes())
              .as("an outage from %s on", gone)
              .filteredOn(Hole::reason, "hub-stopped")
              .filteredOn(h -> !h.from().isAfter(gone.plusSeconds(1)) && h.to().isAfter(gone))
              .extracting(Hole::device)
              .containsAll(devices(now));
          hub.awaitCheck("History", c -> c.contains("\"OK\""));
          assertThat(hub.hub().said()).doesNotContainPattern(TRACE).doesNotContain("damaged");
        }
        if (run < 5) {
          hub.await("/system", s -> FaultyHub.records(s) >= 7);
          Stored before = hub.stored();
          kept = before.frames().stream().map(Frame::key).collect(Collectors.toSet());
          killed = Instant.now();
          List<ProcessHandle> children = hub.children();
          hub.hub().process().destroyForcibly();
          assertThat(hub.hub().process().waitFor(5, TimeUnit.SECONDS)).isTrue();
          for (ProcessHandle child : children) {
            child.onExit().get(5, TimeUnit.SECONDS);
          }
        }
      }
    }
  }

  // ---------------------------------------------------------------- disks

  @Test
  void aFullDiskIsToldOnceAndNothingIsLostByIt() throws Exception {
    try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"));
        FaultyHub hub = new FaultyHub(folder.resolve("hub"), disk.folder())) {
      Files.writeString(
          hub.config.resolve("org.commonshub.history.sqlite.json"), "{ \"memory.mib\": 1 }\n");
      hub.start();
      hub.hub().claim();
      hub.await("/system", s -> FaultyHub.records(s) > 6);
      askOften(hub, 40);
      hub.awaitCheck("Devices", c -> c.contains("46 of 46 devices answer"));
      disk.fill();
      // The journal and the ring are allocated ahead: it takes a while until room is missed.
      String history = hub.awaitCheck("History", c -> c.contains("CRITICAL"));
      assertThat(history).contains("is full: free space");
      assertThat(hub.get("/history/status")).contains("is full: free space");
      hub.awaitCheck("Disk", c -> c.contains("CRITICAL") && c.contains("0 MB are free"));
      // Several tries later.
      TimeUnit.SECONDS.sleep(3);
      assertThat(hub.get("/now")).contains("\"ONLINE\"").doesNotContain("\"OFFLINE\"");
      assertThat(hub.hub().said()).doesNotContainPattern(TRACE).doesNotContain("ErrorManager");
      assertThat(warnings(hub, "history.sqlite.Store")).hasSize(1);
      assertThat(warnings(hub, "measure.provider.StorageQueue")).hasSizeLessThanOrEqualTo(1);
      assertThat(warnings(hub, "metering.provider")).hasSizeLessThanOrEqualTo(1);
      Instant freed = Instant.now();
      disk.free();
      hub.await("/history/status", s -> s.contains("\"problem\":null"));
      hub.await("/system", s -> FaultyHub.records(s) > 0 && spilled(s) == 0);
      TimeUnit.SECONDS.sleep(2);
      Stored stored = hub.stored();
      assertComplete(stored, freed);
      assertThat(stored.holes()).extracting(Hole::reason).doesNotContain("storage-full");
      assertThat(hub.get("/system")).contains("\"dropped\":0").doesNotContainPattern(LOSSES);
    }
  }

  @Test
  void aDiskTurnedReadOnlyIsToldAndTakesUpAgain() throws Exception {
    try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"));
        FaultyHub hub = new FaultyHub(folder.resolve("hub"), disk.folder()).start()) {
      hub.hub().claim();
      hub.await("/system", s -> FaultyHub.records(s) > 6);
      disk.readOnly(disk.folder());
      Path file = hub.config.resolve("org.commonshub.history.sqlite.json");
      Files.writeString(file, "{ \"memory.mib\": 2 }\n");
      hub.hub().awaitSaid(Pattern.compile("sqlite.json cannot be taken over"), FaultyHub.PATIENCE);
      hub.awaitCheck("Disk", c -> c.contains("CRITICAL") && c.contains("cannot be written"));
      hub.awaitCheck("History", c -> c.contains("\"OK\"")); // goes on as it is
      // What is open can still be written; a store that opens anew finds out.
      disk.writable();
      disk.readOnly(hub.data.resolve("history.sqlite"));
      Files.writeString(file, "{ \"memory.mib\": 3 }\n");
      String history = hub.awaitCheck("History", c -> c.contains("CRITICAL"));
      assertThat(history).contains("cannot be written", "read-only");
      hub.awaitCheck("Devices", c -> c.contains("6 of 6 devices answer"));
      // What was stored before can still be read.
      assertThat(hub.stored().frames()).hasSizeGreaterThan(6);
      TimeUnit.SECONDS.sleep(3);
      assertThat(hub.hub().said()).doesNotContainPattern(TRACE);
      assertThat(warnings(hub, "history.sqlite.Store")).hasSize(1);
      Instant again = Instant.now();
      disk.writable();
      hub.await("/history/status", s -> s.contains("\"problem\":null"));
      hub.await("/system", s -> FaultyHub.records(s) > 0 && spilled(s) == 0);
      TimeUnit.SECONDS.sleep(2);
      assertComplete(hub.stored(), again);
    }
  }

  @Test
  void aReadOnlyDataFolderIsRefusedInOneSentence() throws Exception {
    try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"))) {
      for (Path data : List.of(disk.folder(), disk.folder().resolve("data"))) {
        disk.readOnly(disk.folder());
        Run run =
            Run.of(
                30,
                HubProcess.image().resolve("bin/hub").toString(),
                "--data",
                data.toString(),
                "--config",
                folder.resolve("config").toString());
        disk.writable();
        assertThat(run.exit()).as(run.output()).isEqualTo(1);
        assertThat(run.output().strip().lines())
            .singleElement()
            .asString()
            .contains(data.toString(), "ead-only file system", "writable", "--data");
      }
    }
  }

  /** Reads the wallbox under many names ten times a second. */
  private static void askOften(FaultyHub hub, int names) throws IOException {
    Path original;
    try (var files = Files.list(hub.config)) {
      original = files.filter(f -> f.toString().endsWith("wallbox.json")).findFirst().orElseThrow();
    }
    String device = Files.readString(original);
    for (int i = 0; i < names; i++) {
      Files.writeString(
          hub.config.resolve("org.commonshub.metering.device~again-" + i + ".json"),
          device
              .replaceAll("(?m)^  \"id\".*$", "")
              .replace("\"Wallbox\"", "\"Wallbox " + i + "\"")
              .replace("EV_CHARGER", "LOAD")
              .replaceAll("\"interval_ms\": \\d+", "\"interval_ms\": 100"));
    }
  }

  private static final Pattern LOSSES = Pattern.compile("\"dropped\":[1-9]");
  private static final Pattern SPILLED =
      Pattern.compile("\"name\":\"history.sqlite\"[^}]*\"spilledBytes\":(\\d+)");

  private static long spilled(String system) {
    var matcher = SPILLED.matcher(system);
    return matcher.find() ? Long.parseLong(matcher.group(1)) : -1;
  }

  /** Lines that the owner read on the terminal, from this part of the hub. */
  private static List<String> warnings(FaultyHub hub, String logger) {
    return hub.hub()
        .said()
        .lines()
        .filter(l -> (l.contains(" WARN ") || l.contains(" ERROR ")) && l.contains(" " + logger))
        .toList();
  }

  // ---------------------------------------------------------------- clock

  @Test
  void aClockSetBackADayKeepsBothDays() throws Exception {
    Path library;
    Path libraries = Path.of("/usr/lib");
    assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/faketime")),
        "skipped: faketime is missing; ./test installs it where it may");
    try (var found = Files.find(libraries, 3, (p, a) -> p.endsWith("faketime/libfaketime.so.1"))) {
      library = found.findFirst().orElseThrow();
    }
    Path offset = folder.resolve("offset");
    Files.writeString(offset, "+0\n");
    Map<String, String> faked =
        Map.of(
            "LD_PRELOAD", library.toString(),
            "FAKETIME_TIMESTAMP_FILE", offset.toString(),
            "FAKETIME_CACHE_DURATION", "1",
            "FAKETIME_DONT_FAKE_MONOTONIC", "1",
            // Otherwise every timed wait of the JVM returns at once.
            "FAKETIME_FORCE_MONOTONIC_FIX", "0");
    try (FaultyHub hub = new FaultyHub(folder.resolve("hub")).start(faked)) {
      hub.hub().claim();
      hub.await("/system", s -> FaultyHub.records(s) >= 18);
      Path epoch = hub.data.resolve("platform.clock/epoch");
      assertThat(Files.readString(epoch).strip()).isEqualTo("1");
      Instant stepped = Instant.now();
      Files.writeString(offset, "-1d\n");
      hub.hub().awaitSaid(Pattern.compile("clock epoch 2 begins"), FaultyHub.PATIENCE);
      assertThat(Files.readString(epoch).strip()).isEqualTo("2");
      long then = hub.records();
      hub.await("/system", s -> FaultyHub.records(s) > then + 18);
      // The session goes on, so do live values, and they are of the day before.
      String yesterday = stepped.minus(Duration.ofDays(1)).toString().substring(0, 10);
      String now = hub.get("/now");
      assertThat(now).contains("\"time\":\"" + yesterday).contains("\"ONLINE\"");
      assertThat(now).doesNotContain("\"OFFLINE\"").doesNotContain("\"age_ms\":-");
      Stored stored = hub.stored();
      for (String device : devices(stored)) {
        assertThat(stored.frames())
            .as("both days of %s", device)
            .filteredOn(Frame::device, device)
            .anyMatch(f -> f.at().isBefore(stepped.minus(Duration.ofHours(12))))
            .anyMatch(f -> f.at().isAfter(stepped.minus(Duration.ofHours(12))));
      }
      for (String day : List.of(yesterday, stepped.toString().substring(0, 10))) {
        var number =
            Pattern.compile(
                    "\"(?:production|consumption|import|export|charge|discharge)\":(-?[\\d.E]+)")
                .matcher(hub.get("/energy?period=day&date=" + day));
        while (number.find()) {
          assertThat(Double.parseDouble(number.group(1)))
              .as("Wh on %s", day)
              .isBetween(-0.001, 2000.0);
        }
      }
      // And forth again: the day between was not measured, and says so.
      Files.writeString(offset, "+0\n");
      hub.hub().awaitSaid(Pattern.compile("clock epoch 3 begins"), FaultyHub.PATIENCE);
      Instant forth = Instant.now();
      hub.await(
          "/history/export?format=csv&from="
              + stepped.minus(Duration.ofDays(2))
              + "&to="
              + forth.plusSeconds(60),
          csv -> csv.contains("clock-step"));
      assertThat(hub.stored().holes())
          .filteredOn(Hole::reason, "clock-step")
          .extracting(Hole::device)
          .containsAll(devices(stored));
      assertThat(hub.get("/session")).contains("\"name\":\"bench\"");
      assertThat(hub.hub().said()).doesNotContainPattern(TRACE);
    }
  }

  private static Set<String> devices(Stored stored) {
    return stored.frames().stream().map(Frame::device).collect(Collectors.toSet());
  }
}
