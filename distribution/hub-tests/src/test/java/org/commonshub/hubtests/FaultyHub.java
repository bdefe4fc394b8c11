package org.commonshub.hubtests;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.commonshub.benchmarks.HubProcess;

/** The hub as its owner runs it, simulated home beside it, for a test to do harm to. */
final class FaultyHub implements AutoCloseable {
  /** Longest wait for anything; slow machines take their time. */
  static final Duration PATIENCE = Duration.ofSeconds(60);

  /** What the hub computes itself is stored under this id. */
  private static final String BALANCE = "00000000-0000-8000-8000-000000000001";

  private static final Duration EVER = Duration.ofDays(400);

  /** A line of the export that is a reading: who, when, and its unique key. */
  record Frame(String device, Instant at, String key) {}

  /** A line of the export that is a gap. */
  record Hole(String device, Instant from, Instant to, String reason) {}

  /** What the history holds. */
  record Stored(List<Frame> frames, List<Hole> holes) {}

  final Path folder;
  final Path data;
  final Path config;
  private final int port = HubProcess.freePort();
  private HubProcess hub;

  FaultyHub(Path folder) throws IOException {
    this(folder, folder.resolve("data"));
  }

  FaultyHub(Path folder, Path data) throws IOException {
    this.folder = folder;
    this.data = data;
    this.config = folder.resolve("config");
    Files.createDirectories(config);
  }

  /** Starts the hub with the simulated home and waits until it greets. */
  FaultyHub start(String... options) throws IOException, InterruptedException {
    return start(Map.of(), options);
  }

  FaultyHub start(Map<String, String> environment, String... options)
      throws IOException, InterruptedException {
    launch(port, environment, options);
    hub.awaitGreeting(PATIENCE);
    hub.awaitSaid(java.util.regex.Pattern.compile("Press Ctrl-C"), PATIENCE);
    return this;
  }

  /** Starts the hub and waits for nothing. */
  HubProcess launch(int wantedPort, Map<String, String> environment, String... options)
      throws IOException {
    List<String> all = new ArrayList<>();
    all.add("--overlay");
    all.add(
        HubProcess.root()
            .resolve("distribution/image/target/simulation")
            .toAbsolutePath()
            .toString());
    all.addAll(List.of("--data", data.toString()));
    all.addAll(List.of(options));
    hub =
        HubProcess.start(
            HubProcess.image(), folder, wantedPort, environment, all.toArray(String[]::new));
    return hub;
  }

  HubProcess hub() {
    return hub;
  }

  String get(String path) throws IOException, InterruptedException {
    return hub.get("/api/v1" + path);
  }

  /** Asks until the answer is as wanted, and returns it. */
  String await(String path, Predicate<String> wanted) throws IOException, InterruptedException {
    return await(path, PATIENCE, wanted);
  }

  String await(String path, Duration most, Predicate<String> wanted)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + most.toNanos();
    String answer = "";
    while (System.nanoTime() < deadline) {
      answer = get(path);
      if (wanted.test(answer)) {
        return answer;
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
    throw new AssertionError(
        path
            + " still answers:\n"
            + answer
            + "\nThe hub said:\n"
            + hub.said()
            + "\nIts log:\n"
            + log());
  }

  /** The one check of GET /health with this name. */
  String check(String name) throws IOException, InterruptedException {
    return check(get("/health"), name);
  }

  private static String check(String health, String name) {
    int at = health.indexOf("{\"name\":\"" + name + "\"");
    return at < 0 ? "" : health.substring(at, health.indexOf('}', at) + 1);
  }

  /** Waits for a check of GET /health to be as wanted. */
  String awaitCheck(String name, Predicate<String> wanted)
      throws IOException, InterruptedException {
    await("/health", PATIENCE, health -> wanted.test(check(health, name)));
    return check(name);
  }

  /** Number of readings that this run of the hub has stored. */
  long records() throws IOException, InterruptedException {
    return records(get("/system"));
  }

  static long records(String system) {
    var matcher = java.util.regex.Pattern.compile("\"records\":(\\d+)").matcher(system);
    return matcher.find() ? Long.parseLong(matcher.group(1)) : -1;
  }

  /** Every record of a meter that is stored. */
  Stored stored() throws IOException, InterruptedException {
    Instant now = Instant.now();
    String csv =
        get("/history/export?format=csv&from=" + now.minus(EVER) + "&to=" + now.plus(EVER));
    List<Frame> frames = new ArrayList<>();
    List<Hole> holes = new ArrayList<>();
    for (String line : csv.lines().skip(1).toList()) {
      String[] cells = line.split(",", 8);
      if (cells.length < 8 || !cells[1].endsWith("Z")) {
        throw new AssertionError("not a line of an export: " + line);
      }
      if (cells[0].equals(BALANCE)) {
        continue;
      }
      if (cells[3].isEmpty()) {
        frames.add(
            new Frame(
                cells[0],
                Instant.parse(cells[1]),
                cells[0] + '/' + cells[4] + '/' + cells[5] + '/' + cells[6]));
      } else {
        holes.add(new Hole(cells[0], Instant.parse(cells[1]), Instant.parse(cells[2]), cells[3]));
      }
    }
    return new Stored(frames, holes);
  }

  /** Lines of the log file. */
  List<String> log() throws IOException {
    Path file = data.resolve("log/hub.0.log");
    return Files.exists(file) ? Files.readAllLines(file, StandardCharsets.UTF_8) : List.of();
  }

  /** Waits until the log file has a line that ends so; it is written after the console's. */
  void awaitLogged(String end) throws IOException {
    long patience = System.nanoTime() + PATIENCE.toNanos();
    while (log().stream().noneMatch(l -> l.endsWith(end))) {
      if (System.nanoTime() > patience) {
        throw new AssertionError("Never in the log file: " + end);
      }
      Thread.onSpinWait();
    }
  }

  /** Processes that this hub started and that still run. */
  List<ProcessHandle> children() {
    return hub.process().descendants().toList();
  }

  @Override
  public void close() throws IOException, InterruptedException {
    if (hub != null) {
      HubProcess.end(hub.process());
    }
    if (Files.exists(folder)) {
      try (Stream<Path> files = Files.walk(folder)) {
        if (files.findAny().isPresent()) {
          HubProcess.delete(folder);
        }
      }
    }
  }
}
