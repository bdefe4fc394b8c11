package org.commonshub.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Start of the installed image (runtime of its own, class archive made at installation) with
 * nothing in its data folder, to the first answer of the console, and resident memory after a
 * minute of reading the simulated home.
 *
 * <p>Baseline: Apache Karaf 4.4.10 as it is distributed, its {@code http} and {@code scr} features
 * added to those it boots with, the same {@code -Xmx64m}, nothing in its data folder, to the first
 * answer of any status on its HTTP port, and its resident memory after the same minute without
 * work.
 */
public final class StartupBench implements Bench {
  private static final int RUNS = 3;
  private static final int SETTLE_SECONDS = 60;
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final String KARAF = "4.4.10";

  @Override
  public String name() {
    return "startup";
  }

  @Override
  public String summary() {
    return "cold start of the image to the first console answer, and its memory, against Apache Karaf";
  }

  @Override
  public Result run(PrintStream progress) throws Exception {
    Path folder = Files.createTempDirectory("hub-bench-startup");
    Process karaf = null;
    try {
      progress.println("Packing and installing the image");
      Path image = HubProcess.installedImage(folder);
      Karaf baseline = Karaf.unpack(folder, progress);
      double[] ours = new double[RUNS];
      double[] theirs = new double[RUNS];
      for (int run = 0; run < RUNS; run++) {
        long began = System.nanoTime();
        try (HubProcess hub = HubProcess.start(image, folder.resolve("hub-" + run))) {
          hub.awaitAnswer("/api/v1/session", PATIENCE);
          ours[run] = seconds(began);
        }
        began = System.nanoTime();
        karaf = baseline.start();
        baseline.await(karaf);
        theirs[run] = seconds(began);
        progress.printf("Start %d: hub %.2f s, Karaf %.2f s%n", run + 1, ours[run], theirs[run]);
        if (run < RUNS - 1) {
          HubProcess.end(karaf);
        }
      }
      // Karaf has been up since its last start; its minute runs beside ours.
      Path simulation = HubProcess.root().resolve("distribution/image/target/simulation");
      try (HubProcess hub =
          HubProcess.start(image, folder.resolve("hub-home"), "--overlay", simulation.toString())) {
        hub.awaitAnswer("/api/v1/session", PATIENCE);
        hub.claim();
        progress.println("Waiting " + SETTLE_SECONDS + " s beside the simulated home");
        TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
        int online = count(hub.get("/api/v1/devices"), "\"ONLINE\"");
        double rss = HubProcess.residentMegabytes(hub.process().pid());
        double karafRss = HubProcess.residentMegabytes(karaf.pid());
        progress.printf(
            "Memory: hub %.1f MB with %d devices online, Karaf %.1f MB%n", rss, online, karafRss);
        if (online == 0) {
          throw new IOException("the hub reads no device; it said: " + hub.said());
        }
        Map<String, Number> figures = new LinkedHashMap<>();
        figures.put("start_s", round(median(ours)));
        figures.put("rss_mb", round(rss));
        figures.put("devices_online", online);
        Map<String, Number> base = new LinkedHashMap<>();
        base.put("start_s", round(median(theirs)));
        base.put("rss_mb", round(karafRss));
        return new Result(figures, base);
      }
    } finally {
      if (karaf != null) {
        HubProcess.end(karaf);
      }
      HubProcess.delete(folder);
    }
  }

  private static int count(String text, String part) {
    int count = 0;
    for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) {
      count++;
    }
    return count;
  }

  private static double seconds(long since) {
    return (System.nanoTime() - since) / 1e9;
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private static double round(double value) {
    return Math.round(value * 100) / 100.0;
  }

  /** Apache Karaf, unpacked and told which features to boot. */
  private record Karaf(Path home, int port) {

    static Karaf unpack(Path folder, PrintStream progress)
        throws IOException, InterruptedException {
      progress.println("Fetching Apache Karaf " + KARAF + " from the Maven repository");
      HubProcess.run(
          folder,
          "mvn",
          "-B",
          "-q",
          "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy",
          "-Dartifact=org.apache.karaf:apache-karaf:" + KARAF + ":tar.gz",
          "-DoutputDirectory=" + folder);
      HubProcess.run(folder, "tar", "-xzf", "apache-karaf-" + KARAF + ".tar.gz");
      Karaf karaf = new Karaf(folder.resolve("apache-karaf-" + KARAF), HubProcess.freePort());
      karaf.edit("org.apache.karaf.features.cfg", "kar/" + KARAF, "kar/" + KARAF + ", http, scr");
      karaf.edit(
          "org.apache.karaf.shell.cfg", "sshPort = 8101", "sshPort = " + HubProcess.freePort());
      karaf.edit("org.apache.karaf.management.cfg", "= 1099", "= " + HubProcess.freePort());
      karaf.edit("org.apache.karaf.management.cfg", "= 44444", "= " + HubProcess.freePort());
      Files.writeString(
          karaf.home.resolve("etc/org.ops4j.pax.web.cfg"),
          "org.osgi.service.http.port = " + karaf.port + "\n");
      // Its distribution lacks the bundles of its http feature: the first start, which isn't
      // counted, puts them into the local Maven repository.
      Process first = karaf.start();
      try {
        karaf.await(first);
      } finally {
        HubProcess.end(first);
      }
      return karaf;
    }

    private void edit(String file, String from, String to) throws IOException {
      Path path = home.resolve("etc").resolve(file);
      String text = Files.readString(path);
      if (!text.contains(from)) {
        throw new IOException(path + " has no '" + from + "'");
      }
      Files.writeString(path, text.replace(from, to));
    }

    Process start() throws IOException {
      HubProcess.delete(home.resolve("data"));
      Files.createDirectories(home.resolve("data/tmp"));
      ProcessBuilder builder =
          new ProcessBuilder(home.resolve("bin/karaf").toString(), "server")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD);
      builder.environment().put("EXTRA_JAVA_OPTS", "-Xmx64m");
      builder.environment().put("KARAF_EXEC", "exec");
      return builder.start();
    }

    void await(Process process) throws IOException, InterruptedException {
      HubProcess.awaitAnswer(
          process,
          URI.create("http://127.0.0.1:" + port + "/"),
          0,
          PATIENCE,
          () -> "see " + home.resolve("data/log/karaf.log"));
    }
  }
}
