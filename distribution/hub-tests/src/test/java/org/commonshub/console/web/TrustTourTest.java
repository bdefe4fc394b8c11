package org.commonshub.console.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Trust on a real hub in a real browser: switched on, the journal has entries, the hub's card is
 * shown and its key changed, and a receipt is checked with the hub gone.
 */
class TrustTourTest {
  private static final String FETCH =
      "const done = arguments[arguments.length - 1];"
          + "fetch('/api/v1/journal/' + arguments[0] + '/receipt').then(r => r.arrayBuffer())"
          + ".then(b => { window.receipt = b; done(b.byteLength); }, e => done(String(e)));";

  private static final String DROP =
      "const bytes = new Uint8Array(window.receipt);"
          + "if (arguments[0]) bytes[bytes.length - 40] ^= 1;"
          + "const files = new DataTransfer();"
          + "files.items.add(new File([bytes], 'mine.receipt'));"
          + "document.querySelector('.drop').dispatchEvent("
          + "new DragEvent('drop', {dataTransfer: files, bubbles: true, cancelable: true}));";

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void whatThisHubCanProve() throws Exception {
    assumeTrue(!Boolean.getBoolean("hub.quick"), "skipped: --quick leaves the tour out");
    Browser.missing().ifPresent(why -> assumeTrue(false, "skipped: " + why));
    try (TourHub hub = new TourHub().start(Map.of(), "--no-simulation");
        Browser browser = new Browser()) {
      Tour.claim(browser, hub.url("127.0.0.1"), hub.code());
      browser.see("No meter yet");

      Tour.switchOn(browser, "Identity", "Signed journal", "Neighbouring hubs");

      browser.go("settings/identity");
      browser.see("Card of this hub");
      browser.until("code", () -> browser.has("svg.qr path"));
      String did = did(browser);
      browser.press("Change the key");
      browser.see("Move to the next key?");
      browser.press("Change the key");
      browser.see("The hub signs with its next key now.");
      assertThat(did(browser)).as("the name stays").isEqualTo(did);
      assertThat(browser.text()).contains("current");
      Tour.picture(browser, "identity");

      Tour.patiently(
          "the journal's first entries",
          () -> {
            browser.go("now");
            browser.see("No meter yet");
            browser.go("trust");
            browser.see("Check a receipt");
            return browser.text().contains("Nothing was changed")
                && browser.has("a[href$='/journal/0/receipt']");
          });
      browser.see("The hub itself");
      Tour.picture(browser, "trust");
      assertThat((long) browser.scriptAsync(FETCH, 0)).isBetween(1_000L, 64L * 1024);
      browser.go("settings/neighbours");
      browser.see("No neighbour was entered yet.");
      browser.go("settings/homes");
      browser.see("Who comes in from other hubs");
      browser.go("health");
      browser.see("signed entr");
      assertThat(browser.complaints()).isEmpty();

      browser.go("trust/check");
      browser.see("Drop a file ending in .receipt here");
      hub.stop();
      browser.script(DROP, false);
      browser.see("This receipt holds");
      browser.see("entry 0 of a signed journal");
      browser.see("it calls itself " + did);
      Tour.picture(browser, "receipt");
      browser.script(DROP, true);
      browser.seeNot("This receipt holds");
    }
  }

  private static String did(Browser browser) {
    return Tour.find(browser, "did:webvh:\\S+");
  }
}
