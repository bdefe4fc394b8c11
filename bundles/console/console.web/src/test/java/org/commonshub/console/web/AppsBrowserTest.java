package org.commonshub.console.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.Keys;

class AppsBrowserTest extends BrowserTest {
  private static final String APP = "apps/" + MockApps.ID;
  private static final String SWITCH = "button[role=switch]";

  private List<String> paths(String method) {
    return hub.changes().stream()
        .filter(call -> call.method().equals(method))
        .map(MockHub.Call::path)
        .toList();
  }

  /** Turns a box over. */
  private void tick(String label) {
    org.openqa.selenium.WebElement box = browser.field(label);
    browser.script("arguments[0].scrollIntoView({block: 'center'})", box);
    box.click();
  }

  @Test
  void aCatalogueIsFollowedOnlyWhenItsFingerprintAgrees() throws IOException {
    Path root = Files.createTempFile("1.root", ".json");
    Files.writeString(root, "{\"signed\":{}}");
    try {
      signedIn("apps");
      browser.see("No catalogue is followed yet");
      picture("apps-empty");
      browser.press("Follow a catalogue");
      browser.see("Each catalogue is trusted for itself");
      browser.press("Compare and follow");
      browser.see("This is needed.");
      browser.fill("Address of the catalogue", "https://apps.village.example/metadata/");
      browser.fill("Name for it here", "village");
      browser.fill("Fingerprint the operator told you", "ffff");
      browser.press("Compare and follow");
      browser.see("Choose the root file.");
      browser.field("Root file").sendKeys(root.toString());
      browser.press("Compare and follow");
      browser.see("This is not the fingerprint of the root file.");
      assertThat(browser.complaints()).allMatch(line -> line.contains("422"));
      browser.fill("Fingerprint the operator told you", MockApps.FINGERPRINT);
      browser.press("Compare and follow");
      browser.see("village is followed: the fingerprint agrees.");
      browser.see("up to date");
      assertThat(changes("POST", "/catalogues").get(1))
          .contains("\"root\":\"eyJzaWduZWQiOnt9fQ==\"");
      picture("apps-catalogues");
      browser.press("Follow no more");
      browser.see("Really follow Village Energy no more?");
      browser.press("Follow no more");
      browser.see("village is not followed any more.");
      assertThat(paths("DELETE")).containsExactly("/catalogues/village");
      assertThat(browser.complaints()).isEmpty();
    } finally {
      Files.delete(root);
    }
  }

  @Test
  void anAppIsFoundReadInstalledAllowedTriedSwitchedOnAndOff() {
    hub.apps.following = true;
    signedIn("apps");
    browser.see("Energy Coach");
    browser.see("€1.50 for 1 month · can be tried");
    browser.fill("Search apps", "nothing like it");
    browser.see("0 apps");
    browser.fill("Search apps", "coach");
    browser.see("1 app");
    picture("apps-catalogue");
    browser.press("Energy Coach");
    browser.see("high risk");
    browser.see("what it knows could leave");
    browser.see("every single value, as it is measured");
    browser.see("Advice for you");
    browser.see("limit the current · Car charger");
    browser.see("Goes to forecast.example");
    browser.see("can be tried for 14 days");
    browser.see("€30.00 for 1 year");
    picture("apps-offer");
    browser.press("Install");
    browser.see("is being fetched and checked");
    browser.see("Nothing runs yet.");
    browser.until("its own page", () -> browser.has("form .some"));
    assertThat(browser.has(SWITCH)).as("not before anybody said yes").isFalse();
    picture("apps-asking");

    hub.privacy.ask();
    tick("limit the current · Car charger");
    tick("forecast.example");
    browser.fill("Latitude in degrees", "91");
    browser.press("Allow this");
    browser.see("A number from −90 to 90");
    browser.fill("Latitude in degrees", "41.8931");
    browser.fill("Longitude in degrees", "12,48");
    browser.press("Allow this");
    browser.see("It may do what you allowed, and nothing else.");
    assertThat(changes("PUT", "/apps/com.example.coach/consent"))
        .containsExactly(
            "{\"hosts\":[\"forecast.example\"],\"actuators\":[\"ev-charger/current-limit\"],"
                + "\"runs\":\"ZONE\",\"place\":{\"latitude\":419,\"longitude\":125}}");

    browser.press("See what would leave, and decide");
    browser.see("1,440 values");
    browser.press("The exact next message");
    browser.see("This and nothing else would leave");
    picture("apps-decide");
    browser.press("Yes, allow this");
    browser.see("It gets the data that you allowed.");

    browser.until("switch", () -> browser.has(SWITCH));
    browser.element(SWITCH).click();
    browser.see("It has to be bought or tried first.");
    assertThat(browser.complaints()).allMatch(line -> line.contains("402"));
    browser.press("Try");
    browser.see("The trial has begun.");
    browser.element(SWITCH).click();
    browser.see("Energy Coach is on.");
    browser.see("To spare until evening");
    browser.see("6.4 kWh");
    browser.until("chart", () -> browser.has(".app-cards canvas"));
    picture("apps-on");

    browser.press("Withdraw");
    browser.see("It gets no more of this data.");
    assertThat(paths("DELETE")).containsExactly("/privacy/consents/c2");
    browser.element(SWITCH).click();
    browser.see("Energy Coach is off.");
    browser.until("silence", () -> !browser.has(".app-cards"));
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void formsAreCheckedBeforeTheyAreSent() {
    hub.apps.running();
    signedIn(APP);
    browser.see("When you need it");
    browser.fill("Kilometres", "500");
    browser.press("Plan");
    browser.see("Enter a number from 0 to 400.");
    assertThat(changes("POST", "/apps/com.example.coach/forms/car")).isEmpty();
    browser.fill("Kilometres", "399");
    browser.press("Plan");
    browser.see("The car does not go that far.");
    browser.fill("Kilometres", "4,5");
    tick("Only with the sun");
    browser.press("Plan");
    browser.see("Sent.");
    assertThat(changes("POST", "/apps/com.example.coach/forms/car").get(1))
        .isEqualTo(
            "{\"values\":{\"km\":\"4.5\",\"at\":\"07:30\",\"sun\":\"false\",\"how\":\"most\",\"note\":\"\"}}");
    browser.press("Numbers as a table");
    browser.see("Roof, kW");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void licencesAreAskedForAndPasted() {
    hub.apps.running();
    hub.apps.licence = "GRACE";
    signedIn(APP);
    browser.see("The paid time is over; everything goes on for a while.");
    browser.see("Stops on");
    browser.see("reports: 3 of 10 used");
    browser.element("button[aria-label='Buy Everything']").click();
    browser.see("Send this request to Example Ltd (help@example.com).");
    browser.see("eyJhbGciOiJFZERTQSJ9");
    browser.until("QR code", () -> browser.has("svg.qr"));
    assertThat(changes("POST", "/apps/com.example.coach/licence/request"))
        .containsExactly("{\"level\":\"full\"}");
    picture("apps-licence");
    browser.press("I have a licence");
    browser.fill("Paste the licence", "hello");
    browser.press("Take this licence");
    browser.see("This is no licence; paste all of it.");
    assertThat(browser.complaints()).allMatch(line -> line.contains("422"));
    browser.fill("Paste the licence", "eyJ.eyJ.AAAA");
    browser.press("Take this licence");
    browser.see("The licence was taken.");
    browser.see("It may do all that was bought.");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void whatEachStateOfALicenceMeansIsSaid() {
    hub.apps.running();
    String[][] table = {
      {"NONE", "It does not start before it is tried or bought."},
      {"ACTIVE", "It may do all that was bought."},
      {"RENEW_DUE", "a good moment for a new request"},
      {"GRACE", "everything goes on for a while"},
      {"DEGRADED", "gets no network and no devices, for seven days"},
      {"STOPPED", "Its data stays here and can be taken along."},
    };
    for (String[] row : table) {
      hub.apps.licence = row[0];
      signedIn(APP);
      browser.see(row[1]);
    }
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void anUpdateSaysWhatIsNewAndWhatMoreItAsks() {
    hub.apps.running();
    hub.apps.newer = true;
    signedIn(APP);
    browser.see("Version 1.1.0 is there");
    browser.see("Counts clouds better.");
    browser.see("It asks for more than the version you have");
    browser.see("more.example");
    picture("apps-update");
    browser.press("Update");
    browser.see("Example Ltd · 1.1.0");
    browser.press("Go back to 1.0.0");
    browser.see("with the data as it was then?");
    browser.press("Go back to 1.0.0");
    browser.see("The version before is back.");
    browser.see("Example Ltd · 1.0.0");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void removingOffersTheDataFirst() {
    hub.apps.running();
    signedIn(APP);
    browser.see("Save its data (ZIP)");
    assertThat(browser.element("a[download]").getDomAttribute("href"))
        .isEqualTo("/api/v1/apps/com.example.coach/export");
    browser.press("What it wrote into its log");
    browser.see("No forecast.");
    browser.press("Remove");
    browser.see("Really remove Energy Coach, all that it kept, and its consents?");
    browser.press("Cancel");
    assertThat(paths("DELETE")).isEmpty();
    browser.press("Remove");
    browser.press("Remove");
    browser.until("gone", () -> paths("DELETE").contains("/apps/com.example.coach"));
    browser.see("In the catalogues");
    browser.seeNot("On this hub");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void whyItDoesNotRunIsExplained() {
    hub.apps.running();
    hub.apps.step = "STOPPED";
    hub.apps.problem = "It used more of the processor than it may for ten minutes.";
    signedIn(APP);
    browser.see("It used more of the processor than it may for ten minutes.");
    browser.see("Switch it off and on to try again.");
    hub.apps.step = "REFUSED";
    hub.apps.withdrawn = "It sold data.";
    hub.apps.problem = "";
    signedIn(APP);
    browser.see("It was taken back: It sold data.");
    browser.see("Save its data, then remove it.");
    assertThat(browser.has(SWITCH)).isFalse();
    hub.apps.withdrawn = "";
    hub.apps.step = "ON";
    hub.apps.source = "FROZEN";
    hub.apps.slowed = true;
    signedIn(APP);
    browser.see("its apps get no network and no devices until it is fresh again");
    browser.see("is slowed down");
    browser.see("2 dropped");
    browser.go("apps");
    browser.see("Village Energy: frozen");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void aFailedInstallationSaysWhy() {
    hub.apps.following = true;
    hub.apps.failing = true;
    signedIn("apps/offers/village/" + MockApps.ID);
    browser.press("Install");
    browser.see("The package opens files, which apps may not do.");
    browser.go("apps");
    browser.see("It was not installed.");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void whatAnAppSaysIsTextAndNothingElse() {
    hub.apps.running();
    hub.apps.hostile = true;
    signedIn(APP);
    browser.see("<img src=x onerror=alert(1)>");
    browser.see("<script>alert(1)</script>");
    assertThat(browser.has("main img")).as("no icon that is no PNG").isFalse();
    assertThat(browser.has("main script")).isFalse();
    browser.press("Who stands behind it");
    browser.see("javascript:alert(1)");
    assertThat(browser.has("main a[href^=javascript]")).isFalse();
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void whatIsCountedForTheOperatorIsShown() {
    hub.apps.running();
    signedIn("apps/accounts");
    browser.see("May 2026 · village");
    browser.see("Days it ran: 31");
    browser.see("€0.23");
    browser.see("15 %");
    browser.see("confirmed by the operator");
    picture("apps-accounts");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void withoutTheFeatureThePageSaysWhereToSwitchItOn() {
    hub.apps.off = true;
    signedIn("apps");
    browser.see("Apps are switched off");
    assertThat(browser.has("main a[href='#/settings/features']")).isTrue();
    assertThat(browser.complaints()).allMatch(line -> line.contains("503"));
  }

  @Test
  void anOperatorHasNoAppsPage() {
    hub.role = "operator";
    signedIn("apps");
    browser.see("Ask a person who lives here.");
    assertThat(browser.has(".tabs a[href='#/apps']")).isFalse();
    assertThat(hub.paths()).noneMatch(path -> path.startsWith("/apps"));
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void everythingIsReachedByKeyboard() {
    hub.apps.following = true;
    hub.apps.step = "ASKING";
    hub.apps.licence = "ACTIVE";
    signedIn(APP);
    browser.see("Nothing runs yet.");
    tabTo("INPUT limit the current");
    browser.keys(Keys.SPACE);
    tabTo("BUTTON Allow this");
    assertThat(String.valueOf(browser.script(Browser.FOCUS_IN_SIGHT))).isEqualTo("true");
    browser.keys(Keys.ENTER);
    browser.until("switch", () -> browser.has(SWITCH));
    assertThat(changes("PUT", "/apps/com.example.coach/consent").get(0))
        .contains("\"actuators\":[\"ev-charger/current-limit\"]");
    browser.script("document.querySelector('h1').closest('main').focus()");
    tabTo("BUTTON Energy Coach");
    browser.keys(Keys.SPACE);
    browser.see("Energy Coach is on.");
    assertThat(browser.complaints()).isEmpty();
  }

  private void tabTo(String name) {
    for (int i = 0; i < 80 && !browser.focused().startsWith(name); i++) {
      browser.keys(Keys.TAB);
    }
    assertThat(browser.focused()).startsWith(name);
  }

  private void good(String name, String content) {
    for (String scheme : new String[] {"light", "dark"}) {
      for (int width : new int[] {1200, 320}) {
        browser.size(width, 800);
        browser.media(scheme, true);
        browser.see(content);
        assertThat((long) browser.script("return document.documentElement.scrollWidth"))
            .as("width of " + name)
            .isLessThanOrEqualTo(width);
        assertThat(browser.axe()).as(name + " " + scheme + " at " + width).isEmpty();
        picture("apps-" + name + "-" + scheme + "-" + width);
      }
    }
    assertThat(browser.complaints()).as("console of " + name).isEmpty();
  }

  @Test
  void everyPageIsAccessibleInLightAndDarkOnPhoneAndDesk() {
    Assumptions.assumeTrue(Browser.hasAxe(), "axe-core is not installed (npm ci)");
    hub.apps.running();
    hub.apps.newer = true;
    hub.apps.slowed = true;
    hub.privacy.ask();
    signedIn(APP);
    browser.until("charts", () -> browser.has(".app-cards canvas"));
    browser.script("document.querySelectorAll('details').forEach(d => (d.open = true))");
    browser.see("Roof, kW");
    good("app", "To spare until evening");
    browser.go("apps");
    good("overview", "In the catalogues");
    browser.go("apps/offers/village/" + MockApps.ID);
    good("offered", "What it asks for");
    browser.go("apps/catalogues");
    good("sources", "Fingerprint the operator told you");
    browser.go("apps/accounts");
    good("accounts", "Days it ran");
  }

  @Test
  void noLanguageIsWiderThanAPhone() {
    hub.apps.running();
    hub.apps.newer = true;
    hub.privacy.ask();
    signedIn("now");
    browser.size(320, 700);
    for (String[] words :
        new String[][] {
          {"it", "Che cosa può fare", "Nei cataloghi"},
          {"de", "Was sie darf", "In den Katalogen"},
          {"fr", "Ce qu’elle peut faire", "Dans les catalogues"},
        }) {
      browser.script("localStorage.setItem('language', arguments[0])", words[0]);
      for (String route : new String[] {APP, "apps", "apps/catalogues", "apps/accounts"}) {
        browser.open(hub.url() + "#/" + route);
        if (route.equals(APP)) {
          browser.see(words[1]);
        } else if (route.equals("apps")) {
          browser.see(words[2]);
        }
        browser.until("page", () -> browser.has("main h1") && !browser.has("main .loading"));
        assertThat((long) browser.script("return document.documentElement.scrollWidth"))
            .as(words[0] + " " + route)
            .isLessThanOrEqualTo(320);
        picture("apps-" + words[0] + "-" + route.replace('/', '-'));
      }
    }
    browser.script("localStorage.clear()");
    assertThat(browser.complaints()).isEmpty();
  }
}
