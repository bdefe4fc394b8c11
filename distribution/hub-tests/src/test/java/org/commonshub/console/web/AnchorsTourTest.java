package org.commonshub.console.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.TimeUnit;
import org.commonshub.ledger.ethereum.AnchoredHub;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A person switches a chain on, sends coins to the hub's account and sees where the proofs of their
 * figures are, since when and for how much: real hub, real node, real browser.
 */
class AnchorsTourTest {
  @Test
  @Timeout(value = 6, unit = TimeUnit.MINUTES)
  void whereTheProofsAre() throws Exception {
    assumeTrue(!Boolean.getBoolean("hub.quick"), "skipped: --quick leaves the tour out");
    Browser.missing().ifPresent(why -> assumeTrue(false, "skipped: " + why));
    try (AnchoredHub hub = new AnchoredHub(Files.createTempDirectory("anchors-tour"));
        Browser browser = new Browser()) {
      Tour.claim(browser, hub.url(), hub.claimCode());
      browser.see("Grid meter");
      Tour.switchOn(browser, "Ethereum", "Anchoring");
      Tour.patiently(
          "the empty account",
          () ->
              shown(browser, "trust", "Check a receipt")
                  .contains("has 0 coins and may need 0.0000"));
      Tour.picture(browser, "anchors-unfunded");
      browser.go("settings/identity");
      browser.see("coins sent here pay for anchoring");
      hub.fund(Tour.find(browser, "0x[0-9a-fA-F]{40}"));
      hub.pass(Duration.ofMinutes(15)); // It tries again by itself, ever more rarely.
      Tour.patiently(
          "the first fingerprint",
          () -> shown(browser, "trust", "Check a receipt").contains("Nothing was changed"));

      Instant begin = quarter(browser, hub);
      Instant end = quarter(browser, hub);
      browser.see("Ethereum chain 31337, development node");
      browser.see("The one node 127.0.0.1");
      browser.see("coins of the network");
      browser.press("Last proofs");
      Tour.patiently("final", () -> browser.text().contains("final"));
      Tour.picture(browser, "anchors");

      String proof = "trust/proof?from=" + begin + "&to=" + end;
      String anchored = "ethereum~main: final · \\d.* · 0\\.0000\\d+ coins of the network";
      Tour.patiently(
          "both registers anchored",
          () ->
              shown(browser, proof, "Signed registers")
                  .matches(".*At the start.*" + anchored + ".*At the end.*" + anchored + ".*"));
      assertThat(browser.text()).contains("Grid meter", "1,234.5 kWh");
      Tour.picture(browser, "anchors-proof");
      assertThat(browser.complaints()).isEmpty();
    }
  }

  /** Lets a quarter of an hour end and its registers be signed and anchored; its end. */
  private static Instant quarter(Browser browser, AnchoredHub hub) throws Exception {
    long before = count(shown(browser, "trust", "Check a receipt"));
    hub.passQuarter();
    Instant end = hub.now().truncatedTo(ChronoUnit.HOURS);
    while (!end.plus(15, ChronoUnit.MINUTES).isAfter(hub.now())) {
      end = end.plus(15, ChronoUnit.MINUTES);
    }
    Tour.patiently("registers", () -> count(shown(browser, "trust", "Check a receipt")) > before);
    hub.pass(Duration.ofMinutes(1));
    return end;
  }

  private static long count(String text) {
    return text.split("Meter registers", -1).length;
  }

  /** A page read afresh. */
  private static String shown(Browser browser, String page, String wanted) {
    browser.go("health");
    browser.see("Devices");
    browser.go(page);
    browser.see(wanted);
    return browser.text();
  }
}
