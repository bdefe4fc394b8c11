package org.commonshub.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.commonshub.apps.catalogue.PackageCheck;
import org.commonshub.apps.sandbox.api.Profile;
import org.commonshub.apps.sandbox.check.JarCheck;
import org.commonshub.testing.devices.ModbusServer;
import org.commonshub.testing.devices.Registers;
import org.commonshub.tools.cli.LocalCatalogue;

/**
 * Third-party apps: what checking them costs, how fast they are switched, what a zone takes, what a
 * call across its socket takes, and whether twenty of them make the polling of meters late.
 *
 * <p>Baselines in the same run: reading the same package without checks; a hub without apps.
 */
public final class AppsBench implements Bench {
  private static final int CLASSES = 300;
  private static final int METERS = 50;
  private static final int SECONDS = 60;
  private static final int TOGGLES = 20;
  private static final String[] PROVIDERS = {"com.bencha", "com.benchb", "com.benchc"};
  private static final Pattern P50 =
      Pattern.compile("\"label\"\\s*:\\s*\"p50\"[^}]*?\"value\"\\s*:\\s*\"?([0-9.]+)");

  @Override
  public String name() {
    return "apps";
  }

  @Override
  public String summary() {
    return "third-party apps: checks, switching, zones, calls across the socket, metering beside them";
  }

  @Override
  public Result run(PrintStream progress) throws Exception {
    Map<String, Number> figures = new LinkedHashMap<>();
    Map<String, Number> baseline = new LinkedHashMap<>();
    Path folder = Files.createTempDirectory("hub-bench-apps");
    try {
      Path image = HubProcess.image();
      BenchApps apps = new BenchApps(image, Files.createDirectories(folder.resolve("made")));
      checks(apps, figures, baseline, progress);
      switching(image, apps, folder.resolve("switching"), figures, progress);
      metering(image, apps, folder.resolve("metering"), figures, baseline, progress);
    } finally {
      HubProcess.delete(folder);
    }
    return new Result(figures, baseline);
  }

  private static void checks(
      BenchApps apps,
      Map<String, Number> figures,
      Map<String, Number> baseline,
      PrintStream progress)
      throws Exception {
    Path jar = apps.large("com.bench", "large", CLASSES, 1_300_000);
    int classes = 0;
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      classes = (int) zip.stream().filter(entry -> entry.getName().endsWith(".class")).count();
    }
    // In a process of its own with the hub's own options: the first check of a hub is a cold one.
    Process child =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx64m",
                "-Xss256k",
                "-cp",
                System.getProperty("java.class.path"),
                Checks.class.getName(),
                jar.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String[] said =
        new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
            .strip()
            .split(" ");
    if (child.waitFor() != 0 || said.length != 5) {
      throw new IOException("the checks failed: " + String.join(" ", said));
    }
    double first = Double.parseDouble(said[0]);
    double warm = Double.parseDouble(said[1]);
    double coldCode = Double.parseDouble(said[2]);
    double code = Double.parseDouble(said[3]);
    double reading = Double.parseDouble(said[4]);
    progress.printf(
        "A package of %d kB with %d classes: first %.0f ms, then %.0f ms; its classes %.1f ms; read without checks %.1f ms%n",
        Files.size(jar) / 1000, classes, first, warm, code, reading);
    figures.put("verify_2mb_app_ms", round(first));
    figures.put("verify_2mb_app_warm_ms", round(warm));
    figures.put("verify_ms_per_class", Math.round(coldCode / classes * 10_000) / 10_000.0);
    figures.put("verify_ms_per_class_warm", Math.round(code / classes * 10_000) / 10_000.0);
    figures.put("package_kb", Files.size(jar) / 1000);
    baseline.put("read_2mb_app_ms", round(reading));
  }

  /** Checks a package again and again, as the hub does at installation and at every boot. */
  static final class Checks {
    private Checks() {}

    /** Prints: first check, median, of that the classes first and median, reading; milliseconds. */
    public static void main(String[] words) throws Exception {
      Path jar = Path.of(words[0]);
      double[] whole = new double[15];
      double[] code = new double[15];
      double[] reading = new double[15];
      for (int i = 0; i < whole.length; i++) {
        long began = System.nanoTime();
        PackageCheck.check(jar);
        long between = System.nanoTime();
        if (!JarCheck.check(jar, Profile.APP).isEmpty()) {
          throw new IllegalStateException("refused: " + JarCheck.check(jar, Profile.APP));
        }
        long ended = System.nanoTime();
        whole[i] = (ended - began) / 1e6;
        code[i] = (ended - between) / 1e6;
        reading[i] = read(jar);
      }
      System.out.println(
          whole[0]
              + " "
              + median(whole)
              + " "
              + code[0]
              + " "
              + median(code)
              + " "
              + median(reading));
    }
  }

  private static double read(Path jar) throws IOException {
    long began = System.nanoTime();
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      for (ZipEntry entry : Collections.list(zip.entries())) {
        zip.getInputStream(entry).readAllBytes();
      }
    }
    return (System.nanoTime() - began) / 1e6;
  }

  private static void switching(
      Path image, BenchApps apps, Path folder, Map<String, Number> figures, PrintStream progress)
      throws Exception {
    LocalCatalogue catalogue = new LocalCatalogue(folder.resolve("catalogue"), "Bench");
    List<String> ids = new ArrayList<>();
    for (String provider : PROVIDERS) {
      for (String name : List.of("one", "two")) {
        ids.add(catalogue.list(apps.small(provider, name)).id().name());
      }
    }
    String inside = catalogue.list(apps.small("com.benchinside", "one")).id().name();
    Path config = Files.createDirectories(folder.resolve("config"));
    Files.writeString(config.resolve("org.commonshub.apps.catalogue.json"), catalogue.settings());
    Files.writeString(
        config.resolve("org.commonshub.apps.provider.json"),
        "{ \"inside.providers\": [\"com.benchinside\"] }\n");
    try (HubProcess hub = HubProcess.start(image, folder, "--no-simulation")) {
      Apps console = new Apps(hub);
      console.install(inside, "INSIDE");
      double[] toggles = toggles(console, inside);
      progress.printf(
          "Inside: on in %.0f ms (median), %.0f at most%n", median(toggles), max(toggles));
      figures.put("toggle_ms", round(max(toggles)));
      for (String id : ids) {
        console.install(id, "ZONE");
      }
      double[] zoned = toggles(console, ids.get(0));
      progress.printf(
          "In a zone: on in %.0f ms (median), %.0f at most%n", median(zoned), max(zoned));
      figures.put("toggle_zone_ms", round(max(zoned)));
      for (String id : ids) {
        console.enable(id, true);
      }
      TimeUnit.SECONDS.sleep(20);
      double most = 0;
      int zones = 0;
      for (ProcessHandle process : hub.process().descendants().toList()) {
        String command = process.info().command().orElse("");
        if (command.endsWith("java")) {
          zones++;
          most = Math.max(most, HubProcess.residentMegabytes(process.pid()));
        }
      }
      if (zones != PROVIDERS.length) {
        throw new IllegalStateException(zones + " zones run, not " + PROVIDERS.length);
      }
      progress.printf("%d zones of two apps: %.1f MB at most%n", zones, most);
      figures.put("zone_rss_mb", round(most));
      double[] calls = new double[9];
      for (int i = 0; i < calls.length; i++) {
        Matcher p50 = P50.matcher(hub.get("/api/v1/apps/" + ids.get(0) + "/cards"));
        if (!p50.find()) {
          throw new IOException("no card: " + hub.get("/api/v1/apps/" + ids.get(0) + "/cards"));
        }
        calls[i] = Double.parseDouble(p50.group(1)) / 1000;
      }
      progress.printf("A call across the socket: %.0f us (median of medians)%n", median(calls));
      figures.put("call_p50_us", round(median(calls)));
    }
  }

  private static double[] toggles(Apps console, String id) throws Exception {
    double[] on = new double[TOGGLES];
    for (int i = 0; i < TOGGLES; i++) {
      console.enable(id, false);
      long began = System.nanoTime();
      console.enable(id, true);
      on[i] = (System.nanoTime() - began) / 1e6;
    }
    console.enable(id, false);
    return on;
  }

  private static void metering(
      Path image,
      BenchApps apps,
      Path folder,
      Map<String, Number> figures,
      Map<String, Number> baseline,
      PrintStream progress)
      throws Exception {
    double without = late(image, folder.resolve("without"), List.of());
    List<Path> packages = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      packages.add(apps.small(PROVIDERS[i % PROVIDERS.length], "meter" + (char) ('a' + i)));
    }
    double with = late(image, folder.resolve("with"), packages);
    progress.printf(
        "%d meters once a second: late p99 %.2f ms without apps, %.2f ms with 20%n",
        METERS, without, with);
    figures.put("metering_late_p99_ms_with_20_apps", round(with));
    figures.put("metering_late_p99_ms_more_than_none", round(with - without));
    baseline.put("metering_late_p99_ms_without_apps", round(without));
  }

  /** How late requests come to the meters, against the even second, 99th percentile, ms. */
  private static double late(Path image, Path folder, List<Path> packages) throws Exception {
    Path config = Files.createDirectories(folder.resolve("config"));
    List<String> ids = new ArrayList<>();
    if (!packages.isEmpty()) {
      LocalCatalogue catalogue = new LocalCatalogue(folder.resolve("catalogue"), "Bench");
      for (Path jar : packages) {
        ids.add(catalogue.list(jar).id().name());
      }
      Files.writeString(config.resolve("org.commonshub.apps.catalogue.json"), catalogue.settings());
    }
    List<List<Long>> asked = new ArrayList<>();
    try (ModbusServer server = new ModbusServer(2 * METERS + 16)) {
      for (int meter = 0; meter < METERS; meter++) {
        List<Long> times = new ArrayList<>();
        asked.add(times);
        Registers registers =
            (function, address, count) -> {
              synchronized (times) {
                if (address == 0) {
                  times.add(System.nanoTime());
                }
              }
              return new int[count];
            };
        int port = server.listen(new InetSocketAddress("127.0.0.1", 0), Map.of(1, registers));
        Files.writeString(
            config.resolve("org.commonshub.metering.device~bench-" + meter + ".json"),
            String.format(
                """
                { "id": "%s", "name": "Meter %d", "role": "LOAD", "driver": "modbus",
                  "endpoint": "tcp://127.0.0.1:%d", "settings": ["map=sdm120", "unit=1"],
                  "interval_ms": 1000 }
                """,
                new UUID(0x4000L, 0x8000_0000_0000_0000L + meter), meter, port));
      }
      server.start();
      try (HubProcess hub = HubProcess.start(image, folder, "--no-simulation")) {
        Apps console = new Apps(hub);
        for (String id : ids) {
          console.install(id, "ZONE");
          console.enable(id, true);
        }
        TimeUnit.SECONDS.sleep(20);
        asked.forEach(
            times -> {
              synchronized (times) {
                times.clear();
              }
            });
        TimeUnit.SECONDS.sleep(SECONDS);
      }
    }
    List<Double> late = new ArrayList<>();
    for (List<Long> times : asked) {
      long[] phase =
          times.stream().mapToLong(t -> Math.floorMod(t - times.get(0), 1_000_000_000L)).toArray();
      // The grid of a meter goes through its earliest request.
      long[] centred =
          Arrays.stream(phase).map(p -> p > 500_000_000L ? p - 1_000_000_000L : p).toArray();
      long first = Arrays.stream(centred).min().orElseThrow();
      Arrays.stream(centred).forEach(p -> late.add((p - first) / 1e6));
    }
    double[] all = late.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    if (all.length < METERS * (SECONDS - 5)) {
      throw new IllegalStateException("only " + all.length + " requests came");
    }
    return all[(int) (all.length * 0.99)];
  }

  /** The Apps page's way. */
  private static final class Apps {
    private final HubProcess hub;

    Apps(HubProcess hub) throws IOException, InterruptedException {
      this.hub = hub;
      hub.awaitGreeting(Duration.ofSeconds(60));
      hub.claim();
    }

    void install(String id, String place) throws Exception {
      await(() -> hub.get("/api/v1/apps/offers").contains("\"" + id + "\""), "an offer of " + id);
      hub.send("POST", "/api/v1/apps", "{\"app\":\"" + id + "\",\"source\":\"local\"}");
      await(() -> hub.get("/api/v1/apps/" + id).contains("ASKING"), id + " installed");
      String said =
          hub.send(
              "PUT",
              "/api/v1/apps/" + id + "/consent",
              "{\"hosts\":[],\"actuators\":[],\"runs\":\"" + place + "\"}");
      await(
          () -> !hub.get("/api/v1/apps/" + id).contains("ASKING"),
          "consent of " + id + ": " + said);
    }

    void enable(String id, boolean on) throws Exception {
      String said = hub.send("PUT", "/api/v1/apps/" + id + "/enabled", "{\"enabled\":" + on + "}");
      String step = on ? "\"ON\"" : "\"OFF\"";
      if (!said.contains(step)) {
        await(() -> hub.get("/api/v1/apps/" + id).contains(step), id + " " + step + ": " + said);
      }
    }

    private interface Condition {
      boolean holds() throws Exception;
    }

    private static void await(Condition condition, String what) throws Exception {
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (!condition.holds()) {
        if (System.nanoTime() > deadline) {
          throw new IOException("not within a minute: " + what);
        }
        TimeUnit.MILLISECONDS.sleep(10);
      }
    }
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private static double max(double[] values) {
    return Arrays.stream(values).max().orElseThrow();
  }

  private static double round(double value) {
    return Math.round(value * 100) / 100.0;
  }
}
