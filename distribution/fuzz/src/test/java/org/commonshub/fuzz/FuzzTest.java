package org.commonshub.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs Jazzer on every class named {@code …Fuzz} with a bounded number of inputs, each in a process
 * of its own. {@code distribution/fuzz/nightly} asks for 10 million in all ({@code
 * -Dhub.fuzz.runs=N} per target), where an input over 100 ms is a finding, and so is a heap that
 * grows ({@link Watched}). A hang ends any run.
 */
class FuzzTest {
  private static final Pattern EXECUTIONS = Pattern.compile("Done (\\d+) runs in");

  static Stream<String> targets() throws IOException {
    Path classes = Path.of("target/test-classes");
    try (Stream<Path> files = Files.walk(classes)) {
      return files
          .filter(f -> f.getFileName().toString().endsWith("Fuzz.class"))
          .map(
              f -> {
                String name = classes.relativize(f).toString().replace(File.separatorChar, '.');
                return name.substring(0, name.length() - ".class".length());
              })
          .filter(name -> name.contains(only()))
          .sorted()
          .toList()
          .stream();
    }
  }

  @ParameterizedTest
  @MethodSource("targets")
  void onlyDeclaredErrorsEscape(String target) throws Exception {
    assumeTrue(!Boolean.getBoolean("hub.quick"), "skipped: --quick leaves fuzzing out");
    int seconds = seconds();
    Path work = Files.createDirectories(Path.of("target/fuzz", target));
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:-OmitStackTraceInFastThrow",
                "-cp",
                absolute(System.getProperty("java.class.path")),
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + (nightly() ? Watched.class.getName() : target),
                "--target_args=" + (nightly() ? target : ""),
                "--instrumentation_includes=org.commonshub.**:org.example.**",
                "--custom_hook_includes=org.commonshub.**:org.example.**",
                "--reproducer_path=" + work.toAbsolutePath(),
                "-max_total_time=" + seconds,
                // The same inputs on every machine unless asked for more: what is found, is found
                // before it is released.
                "-seed=" + (nightly() ? 0 : 1),
                "-runs=" + runs(),
                "-max_len=4096",
                // For real hangs only: a busy machine collects garbage for seconds.
                "-timeout=30",
                "-rss_limit_mb=1500",
                "-artifact_prefix=" + work.toAbsolutePath() + "/",
                "-print_final_stats=1"));
    Path log = work.resolve("log");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    if (!process.waitFor(seconds + 120L, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError(target + " did not end; see " + log.toAbsolutePath());
    }
    String output = Files.readString(log);
    assertThat(process.exitValue()).as("%s%n%s", target, tail(output)).isZero();
    Matcher runs = EXECUTIONS.matcher(output);
    assertThat(runs.find()).as("%s tells its runs%n%s", target, tail(output)).isTrue();
    System.out.println(target + ": " + runs.group(1) + " inputs");
    assertThat(Long.parseLong(runs.group(1))).as("inputs of %s", target).isGreaterThan(10);
  }

  /** {@code -Dhub.fuzz.target=PART}: those with that in their name only. */
  private static String only() {
    String part = System.getProperty("hub.fuzz.target", "");
    return part.startsWith("$") ? "" : part;
  }

  private static boolean nightly() {
    return number("hub.fuzz.runs", 0) > 0;
  }

  /** Inputs per target. */
  private static long runs() {
    return nightly() ? number("hub.fuzz.runs", 0) : 1_000;
  }

  /** A ceiling, for a busy machine. */
  private static int seconds() {
    return (int) number("hub.fuzz.seconds", nightly() ? 7_200 : 20);
  }

  private static long number(String property, long otherwise) {
    String text = System.getProperty(property, "");
    return text.isEmpty() || text.startsWith("$") ? otherwise : Long.parseLong(text);
  }

  private static String absolute(String classPath) {
    List<String> entries = new ArrayList<>();
    for (String entry : classPath.split(File.pathSeparator, -1)) {
      entries.add(Path.of(entry).toAbsolutePath().toString());
    }
    return String.join(File.pathSeparator, entries);
  }

  private static String tail(String output) {
    return output.substring(Math.max(0, output.length() - 3000));
  }
}
