package org.commonshub.benchmarks;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.Writer;
import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * 4,000 Modbus TCP meters at 1 Hz, healthy and then with a tenth of them at fault, against a bare
 * j2mod loop. Three processes: the farm, the hub's transport, scheduler and Modbus guard (wired
 * without OSGi; the code is the bundles'), and the loop.
 */
public final class MeteringBench implements Bench {
  private static final int METERS = Integer.getInteger("bench.meters", 4_000);
  private static final int SECONDS = Integer.getInteger("bench.seconds", 30);

  /** Made by the service loader. */
  public MeteringBench() {}

  @Override
  public String name() {
    return "metering";
  }

  @Override
  public String summary() {
    return METERS + " TCP meters at 1 Hz, then a tenth of them at fault, against bare j2mod";
  }

  @Override
  public Result run(PrintStream progress) throws Exception {
    checkFiles(progress);
    try (Child farm = new Child("-Xmx96m", MeterFarm.class, List.of(Integer.toString(METERS)))) {
      String port = farm.line().split(" ", -1)[1];
      progress.println(
          "Farm of " + METERS + " meters listens; the hub's parts run without OSGi in one JVM.");
      Map<String, Double> healthy;
      Map<String, Double> faulty;
      try (Child hub = reader("hub", port)) {
        progress.println("Hub: " + SECONDS + " s warm-up");
        Thread.sleep(SECONDS * 1_000L);
        healthy = measure(hub, progress, "Hub, all meters healthy");
        farm.ask("faulty");
        faulty = measure(hub, progress, "Hub, 10 % of the meters at fault");
      }
      farm.ask("healthy");
      Map<String, Double> bare;
      Map<String, Double> bareFaulty;
      try (Child j2mod = reader("j2mod", port)) {
        progress.println("j2mod: " + SECONDS + " s warm-up");
        Thread.sleep(SECONDS * 1_000L);
        bare = measure(j2mod, progress, "j2mod, all meters healthy");
        farm.ask("faulty");
        bareFaulty = measure(j2mod, progress, "j2mod, 10 % of the meters at fault");
      }
      Map<String, Number> figures = new LinkedHashMap<>();
      figures.put("late_p99_ms", healthy.get("late_p99"));
      figures.put("late_p99_faulty_ms", faulty.get("late_p99"));
      figures.put("wrong_values", healthy.get("wrong") + faulty.get("wrong"));
      figures.put("cpu_ratio", Math.round(healthy.get("cpu") / bare.get("cpu") * 1_000) / 1_000.0);
      figures.put("threads", Math.max(healthy.get("threads"), faulty.get("threads")));
      figures.put("rss_mb", Math.max(healthy.get("rss_mb"), faulty.get("rss_mb")));
      figures.put("cpu_cores", healthy.get("cpu"));
      figures.put("readings_per_s", healthy.get("readings") / SECONDS);
      figures.put("missed_good", healthy.get("missed") + faulty.get("missed"));
      Map<String, Number> baseline = new LinkedHashMap<>();
      baseline.put("late_p99_ms", bare.get("late_p99"));
      baseline.put("late_p99_faulty_ms", bareFaulty.get("late_p99"));
      baseline.put("wrong_values", bare.get("wrong") + bareFaulty.get("wrong"));
      baseline.put("cpu_cores", bare.get("cpu"));
      baseline.put("threads", bare.get("threads"));
      baseline.put("rss_mb", bare.get("rss_mb"));
      baseline.put("readings_per_s", bare.get("readings") / SECONDS);
      baseline.put("readings_per_s_faulty", bareFaulty.get("readings") / SECONDS);
      return new Result(figures, baseline);
    }
  }

  private static Map<String, Double> measure(Child child, PrintStream progress, String what)
      throws Exception {
    child.ask("start");
    Thread.sleep(SECONDS * 1_000L);
    String report = child.ask("report");
    progress.println(what + ": " + report);
    Map<String, Double> figures = new HashMap<>();
    for (String part : report.split(" ", -1)) {
      int equals = part.indexOf('=');
      figures.put(part.substring(0, equals), Double.valueOf(part.substring(equals + 1)));
    }
    return figures;
  }

  private static Child reader(String what, String port) throws IOException {
    return new Child("-Xmx128m", MeterReaders.class, List.of(what, port, Integer.toString(METERS)));
  }

  /** The farm holds two sockets per meter, the hub one. The JVM raises the soft limit by itself. */
  private static void checkFiles(PrintStream progress) throws IOException {
    OperatingSystemMXBean system = ManagementFactory.getOperatingSystemMXBean();
    long needed = 2L * METERS + 200;
    if (system instanceof com.sun.management.UnixOperatingSystemMXBean unix
        && unix.getMaxFileDescriptorCount() < needed) {
      throw new IOException(
          "This bench needs "
              + needed
              + " open files, and "
              + unix.getMaxFileDescriptorCount()
              + " are allowed. Raise the hard limit (ulimit -Hn) and try again.");
    }
    progress.println("Open files needed: " + needed);
  }

  /** A JVM of this class path that answers every line with a line, and ends with its input. */
  private static final class Child implements AutoCloseable {
    private final Process process;
    private final BufferedReader out;
    private final Writer in;

    Child(String heap, Class<?> main, List<String> arguments) throws IOException {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(
          List.of(heap, "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path")));
      command.add(main.getName());
      command.addAll(arguments);
      process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      out =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
      in =
          new BufferedWriter(
              new OutputStreamWriter(process.getOutputStream(), StandardCharsets.US_ASCII));
      if (main != MeterFarm.class) {
        line();
      }
    }

    String line() throws IOException {
      String line = out.readLine();
      if (line == null) {
        throw new IOException("A process of the bench ended too early.");
      }
      return line;
    }

    String ask(String command) throws IOException {
      in.write(command + "\n");
      in.flush();
      return line();
    }

    @Override
    public void close() throws Exception {
      in.close();
      if (!process.waitFor(10, java.util.concurrent.TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    }
  }
}
