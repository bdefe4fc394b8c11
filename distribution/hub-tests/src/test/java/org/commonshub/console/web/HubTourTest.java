package org.commonshub.console.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.commonshub.benchmarks.HubProcess;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The README's ten minutes, in a real browser against the real hub with the simulated home: claim,
 * Now, an unplugged device, Energy, a wrong setting, a feature off and on, and the way out.
 */
class HubTourTest {
  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void aStrangersFirstTenMinutes() throws Exception {
    assumeTrue(!Boolean.getBoolean("hub.quick"), "skipped: --quick leaves the tour out");
    Browser.missing().ifPresent(why -> assumeTrue(false, "skipped: " + why));
    try (TourHub hub = new TourHub();
        Browser browser = new Browser()) {
      // Short intervals, so that the Energy page has something to show within the test's time.
      Files.writeString(
          hub.config.resolve("org.commonshub.measure.provider.balance.json"),
          "{ // for the tour\n  \"interval.s\": 10, \"grace.s\": 2 }\n");
      hub.start(
          Map.of("HUB_SIMULATION", "--start 2026-06-22T16:57:00Z --port-base 0"),
          "--overlay",
          HubProcess.root().resolve("distribution/image/target/simulation").toString());
      Tour.claim(browser, hub.url("127.0.0.1"), hub.code());

      browser.see("Your home uses");
      browser.see("Solar inverter");
      browser.see("Wallbox");
      browser.seeNot("No readings");
      Tour.picture(browser, "now");

      browser.go("devices");
      browser.see("Grid meter");
      Tour.picture(browser, "devices");
      unplug(browser, hub.config);

      browser.go("energy?period=day");
      Tour.patiently(
          "energy of the first intervals",
          () -> {
            browser.go("now");
            browser.see("Your home uses");
            browser.go("energy?period=day");
            browser.see("In all");
            return Pattern.compile("Produced [1-9]").matcher(browser.text()).find();
          });
      Tour.picture(browser, "energy");

      wrongSetting(hub.config, hub.folder);

      browser.go("settings/features");
      browser.see("History");
      Tour.picture(browser, "settings");
      assertThat(browser.complaints()).isEmpty();

      hub.stop();
      browser.go("now");
      browser.see("Out of reach");
    }
  }

  /** A wrong port is said in plain words; the right one needs no restart. */
  private static void unplug(Browser browser, Path config) throws Exception {
    Path wallbox;
    try (Stream<Path> files = Files.list(config)) {
      wallbox = files.filter(f -> f.toString().contains("wallbox")).findFirst().orElseThrow();
    }
    String right = Files.readString(wallbox);
    Files.writeString(
        wallbox, right.replaceAll("(tcp://127\\.0\\.0\\.1:)\\d+", "$1" + HubProcess.freePort()));
    Tour.patiently("the refused connection", () -> browser.text().contains("refused"));
    browser.see("Grid meter");
    Files.writeString(wallbox, right);
    Tour.patiently("the wallbox again", () -> !browser.text().contains("refused"));
  }

  /** A wrong value names file, key, value and what was expected; the hub goes on. */
  private static void wrongSetting(Path config, Path work) throws Exception {
    Path home = config.resolve("org.commonshub.platform.home.json");
    Files.writeString(home, "{\n  \"zone\": \"Europe/Atlantis\"\n}\n");
    Path log = work.resolve("data/log/hub.0.log");
    Tour.patiently(
        "the refusal in the log",
        () -> {
          String text = Files.readString(log);
          return text.contains("org.commonshub.platform.home.json")
              && text.contains("zone")
              && text.contains("Europe/Atlantis");
        });
    Files.writeString(home, "{\n  \"zone\": \"Europe/Rome\" // where we live\n}\n");
  }
}
