package org.commonshub.console.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The README's ten minutes, in a real browser against the real hub with the simulated home: claim,
 * Now, an unplugged device, Energy, a wrong setting, a feature off and on, and the way out.
 */
class HubTourTest {
  private static final Path ROOT =
      Path.of(System.getProperty("hub.root", "../..")).toAbsolutePath();
  private static final Path IMAGE = ROOT.resolve("distribution/image/target");
  private static final Pattern CODE = Pattern.compile("Claim code: (\\S+)");

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void aStrangersFirstTenMinutes() throws Exception {
    assumeTrue(!Boolean.getBoolean("hub.quick"), "skipped: --quick leaves the tour out");
    Browser.missing().ifPresent(why -> assumeTrue(false, "skipped: " + why));
    Path work = Files.createTempDirectory("hub-tour");
    Path config = Files.createDirectories(work.resolve("config"));
    // Short intervals, so that the Energy page has something to show within the test's time.
    Files.writeString(
        config.resolve("org.commonshub.measure.provider.balance.json"),
        "{ // for the tour\n  \"interval.s\": 10, \"grace.s\": 2 }\n");
    int port = freePort();
    ProcessBuilder start =
        new ProcessBuilder(
            IMAGE.resolve("hub/bin/hub").toString(),
            "--overlay",
            IMAGE.resolve("simulation").toString(),
            "--data",
            work.resolve("data").toString(),
            "--config",
            config.toString(),
            "--port",
            Integer.toString(port),
            "--tls-port",
            Integer.toString(freePort()));
    start.environment().put("HUB_SIMULATION", "--start 2026-06-22T16:57:00Z --port-base 0");
    start.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process hub = start.redirectErrorStream(true).start();
    try (Browser browser = new Browser()) {
      String code = claimCode(hub);
      String url = "http://127.0.0.1:" + port + "/";
      browser.size(1200, 900);
      browser.media("light", true);

      browser.open(url);
      browser.see("Make this hub yours");
      browser.fill("Claim code", code);
      browser.fill("Your name", "Anna");
      browser.fill("Choose a password", "correct horse battery");
      browser.fill("Repeat the password", "correct horse battery");
      browser.press("Claim this hub");

      browser.see("Your home uses");
      browser.see("Solar inverter");
      browser.see("Wallbox");
      browser.seeNot("No readings");
      picture(browser, "now");

      browser.go("devices");
      browser.see("Grid meter");
      picture(browser, "devices");
      unplug(browser, config, work);

      browser.go("energy?period=day");
      patiently(
          "energy of the first intervals",
          () -> {
            browser.go("now");
            browser.see("Your home uses");
            browser.go("energy?period=day");
            browser.see("In all");
            return Pattern.compile("Produced [1-9]").matcher(browser.text()).find();
          });
      picture(browser, "energy");

      wrongSetting(config, work);

      browser.go("settings/features");
      browser.see("History");
      picture(browser, "settings");
      assertThat(browser.complaints()).isEmpty();

      hub.destroy();
      assertThat(hub.waitFor(15, TimeUnit.SECONDS)).as("stops on SIGTERM").isTrue();
      browser.go("now");
      browser.see("Out of reach");
    } finally {
      hub.destroyForcibly().waitFor();
      try (Stream<Path> files = Files.walk(work)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  /** A wrong port is said in plain words; the right one needs no restart. */
  private static void unplug(Browser browser, Path config, Path work) throws Exception {
    Path wallbox;
    try (Stream<Path> files = Files.list(config)) {
      wallbox = files.filter(f -> f.toString().contains("wallbox")).findFirst().orElseThrow();
    }
    String right = Files.readString(wallbox);
    Files.writeString(wallbox, right.replaceAll("(tcp://127\\.0\\.0\\.1:)\\d+", "$1" + freePort()));
    patiently("the refused connection", () -> browser.text().contains("refused"));
    browser.see("Grid meter");
    Files.writeString(wallbox, right);
    patiently("the wallbox again", () -> !browser.text().contains("refused"));
  }

  /** A wrong value names file, key, value and what was expected; the hub goes on. */
  private static void wrongSetting(Path config, Path work) throws Exception {
    Path home = config.resolve("org.commonshub.platform.home.json");
    Files.writeString(home, "{\n  \"zone\": \"Europe/Atlantis\"\n}\n");
    Path log = work.resolve("data/log/hub.0.log");
    patiently(
        "the refusal in the log",
        () -> {
          String text = Files.readString(log);
          return text.contains("org.commonshub.platform.home.json")
              && text.contains("zone")
              && text.contains("Europe/Atlantis");
        });
    Files.writeString(home, "{\n  \"zone\": \"Europe/Rome\" // where we live\n}\n");
  }

  private interface Check {
    boolean holds() throws Exception;
  }

  private static void patiently(String what, Check check) throws Exception {
    long deadline = System.nanoTime() + Duration.ofSeconds(75).toNanos();
    while (!check.holds()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("waited 75 s in vain for " + what);
      }
      TimeUnit.MILLISECONDS.sleep(250);
    }
  }

  private static String claimCode(Process hub) throws IOException {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(hub.getInputStream(), StandardCharsets.UTF_8));
    StringBuilder said = new StringBuilder();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      said.append(line).append('\n');
      Matcher code = CODE.matcher(line);
      if (code.find()) {
        Thread drain =
            new Thread(
                () -> {
                  try {
                    for (String more = lines.readLine(); more != null; more = lines.readLine()) {
                      System.out.println("hub: " + more);
                    }
                  } catch (IOException e) {
                    // It ended.
                  }
                });
        drain.setDaemon(true);
        drain.start();
        return code.group(1);
      }
    }
    throw new AssertionError("the hub ended without a claim code:\n" + said);
  }

  private static void picture(Browser browser, String name) throws IOException {
    Path pictures = Files.createDirectories(Path.of("target/pictures"));
    Files.write(pictures.resolve(name + ".png"), browser.picture());
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
