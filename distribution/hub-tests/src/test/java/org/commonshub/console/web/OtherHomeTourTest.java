package org.commonshub.console.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * One person, two hubs: the second one lets the person of the first one in, who gets there by a
 * press of a button. The first hub is 127.0.0.1 and the second one localhost, since cookies do not
 * tell ports apart.
 */
class OtherHomeTourTest {
  private static final String CARD =
      "const done = arguments[arguments.length - 1];"
          + "fetch('/api/v1/identity').then(r => r.json()).then(i => done(i.card));";

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void fromOneHomeToTheOther() throws Exception {
    assumeTrue(!Boolean.getBoolean("hub.quick"), "skipped: --quick leaves the tour out");
    Browser.missing().ifPresent(why -> assumeTrue(false, "skipped: " + why));
    try (TourHub lake = new TourHub();
        TourHub town = new TourHub().start(Map.of(), "--no-simulation");
        Browser browser = new Browser()) {
      // Whoever vouches for somebody says until when: a hub asks for a clock that is set.
      Files.writeString(
          lake.config.resolve("org.commonshub.platform.clock.json"),
          "{ \"assumeSynchronised\": true }\n");
      lake.start(Map.of(), "--no-simulation");
      String inTown = town.url("127.0.0.1");
      String atLake = lake.url("localhost");
      Tour.claim(browser, inTown, town.code());
      browser.see("No meter yet");
      Tour.switchOn(browser, "Identity");
      Tour.claim(browser, atLake, lake.code());
      browser.see("No meter yet");
      Tour.switchOn(browser, "Identity");
      String card = card(browser);

      browser.open(inTown + "#/settings/homes");
      browser.fill("Card of the hub that shall let you in", card);
      browser.press("Make the text");
      browser.see("Paste it at the other hub");
      String delegation = browser.element("textarea.token").getDomProperty("value");
      assertThat(card(browser)).as("another hub").isNotEqualTo(card);

      browser.open(atLake + "#/settings/homes");
      browser.fill("Paste the text", delegation);
      browser.press("Read it");
      browser.see("asks for: everything");
      browser.press("Let them in");
      browser.see("They can come in now.");

      browser.open(inTown + "#/settings/homes");
      browser.press("Add a home");
      browser.fill("What do you call it?", "Lake");
      browser.fill("Address of its console", lake.secureUrl("localhost"));
      browser.fill("Card of the other hub", card);
      browser.element("details form button[type=submit]").click();
      browser.press("Open");
      browser.see("Come in from your other hub");
      assertThat(place(browser)).startsWith(lake.secureUrl("localhost") + "#/enter/");
      browser.press("Come in");
      browser.see("another hub vouches for you");
      assertThat(place(browser)).isEqualTo(lake.secureUrl("localhost") + "#/now");
      browser.see("No meter yet");
      Tour.picture(browser, "other-home");
      assertThat(browser.complaints()).isEmpty();
    }
  }

  private static String card(Browser browser) throws Exception {
    Tour.patiently("the card", () -> browser.scriptAsync(CARD) != null);
    return (String) browser.scriptAsync(CARD);
  }

  private static String place(Browser browser) {
    return String.valueOf(browser.script("return location.href"));
  }
}
