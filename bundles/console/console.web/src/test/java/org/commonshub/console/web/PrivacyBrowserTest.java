package org.commonshub.console.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.openqa.selenium.Keys;

/** Who gets what: asked, previewed, granted narrower, withdrawn, paused, looked up, erased. */
@Timeout(120)
class PrivacyBrowserTest extends BrowserTest {
  private static final String COUNT = ".tabs .count";
  private static final String PAUSE = "button[role=switch][aria-label='Pause everything']";

  /** Whether nothing in the frame overlaps or leaves the page. */
  private static final String MENU_FITS =
      "const box = s => document.querySelector(s).getBoundingClientRect();"
          + "const last = [...document.querySelectorAll('.tabs a')].pop().getBoundingClientRect();"
          + "const below = box('.tabs').top > box('.top-end').bottom;"
          + "return document.documentElement.scrollWidth <= innerWidth && last.right <= innerWidth"
          + " && box('.top-end').right <= innerWidth"
          + " && (below || last.right <= box('.top-end').left)";

  /** Moves a slider as fingers and keys do. */
  private void slide(String label, int step) {
    browser.script(
        "const e = arguments[0]; e.value = arguments[1];"
            + "e.dispatchEvent(new Event('input', {bubbles: true}))",
        browser.field(label),
        step);
  }

  private List<String> previews() {
    return changes("POST", "/privacy/preview");
  }

  @Test
  void atFirstNothingLeavesAndThePageSaysSo() {
    signedIn("privacy");
    browser.see("Nothing leaves your home");
    browser.see("It is yours: take it along, or erase it.");
    assertThat(browser.title()).isEqualTo("Privacy · Commons Hub");
    assertThat(browser.has(COUNT)).isFalse();
    assertThat(browser.has(".pill.paused")).isFalse();
    assertThat(browser.has(PAUSE + "[aria-checked=false]")).isTrue();
    assertThat(browser.complaints()).isEmpty();
    picture("privacy-first");
  }

  @Test
  void whoAsksIsSeenOnEveryPageAndGetsLessThanAsked() {
    hub.privacy.ask();
    signedIn("now");
    browser.until("badge", () -> browser.has(COUNT));
    assertThat(browser.element(COUNT).getText()).contains("1");
    browser.press("Privacy\n1\n1 waits for an answer");
    browser.see("Somebody waits for your answer");
    browser.see("Advice for you: “To tell you which device costs you most.”");
    browser.press("Look at it");
    browser.see("Energy Coach asks for data");
    browser.see("app:com.example.coach");
    browser.see("every single value, as it is measured");
    browser.see("Which appliance runs and when");
    browser.see("1,440 values");
    picture("privacy-decide");
    slide("How fine", 5);
    browser.see("one value for every 15 minutes");
    browser.see("96 values");
    browser.seeNot("Which appliance runs and when");
    slide("How fresh", 4);
    browser.see("only after 1 day");
    browser.field("Round W").sendKeys("to multiples of 100 W");
    browser.press("The exact next message");
    browser.see("This and nothing else would leave: 96 values of the last day.");
    browser.see("\"series\":[{\"quantity\":\"power.active\"");
    browser.press("What would be in force");
    browser.until("preview of all", () -> previews().get(previews().size() - 1).contains("100000"));
    picture("privacy-narrower");
    browser.press("Yes, allow this");
    browser.see("Energy Coach gets what you allowed.");
    assertThat(changes("POST", "/privacy/consents"))
        .containsExactly(
            "{\"id\":\"r1\",\"choice\":{\"version\":1,\"mode\":\"interval\",\"resolution_s\":900,"
                + "\"delay_s\":86400,\"history_s\":2592000,\"quantum_milli\":{\"W\":100000}}}");
    browser.see("Who gets something");
    browser.until("no badge", () -> !browser.has(COUNT));
    assertThat(String.valueOf(browser.script("return location.href"))).endsWith("/#/privacy");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void refusingAndLookingLaterGiveNothing() {
    hub.privacy.buyer();
    signedIn("privacy");
    browser.press("Look at it");
    browser.see("Data given for this purpose may be sold on.");
    browser.see("€1.50 for every 30 days");
    browser.see("data.example");
    browser.see("did:key:z6MkpTHR8VNs");
    browser.see("1,440 values");
    picture("privacy-buyer");
    browser.keys(Keys.ESCAPE);
    browser.until("closed", () -> !browser.has("dialog"));
    browser.focus("BUTTON Look at it: Datahaus");
    browser.press("Look at it");
    browser.press("Not now");
    browser.until("closed", () -> !browser.has("dialog"));
    browser.press("Look at it");
    browser.press("No, refuse");
    browser.see("Datahaus was refused and gets nothing.");
    browser.see("Nothing leaves your home");
    assertThat(changes("POST", "/privacy/refuse")).containsExactly("{\"id\":\"r2\"}");
    assertThat(changes("POST", "/privacy/consents")).isEmpty();
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void whoGetsWhatIsOnCardsAndWithdrawnInOneTap() {
    hub.privacy.given();
    signedIn("privacy");
    browser.see("Village statistics");
    browser.see("one value for every 15 minutes");
    browser.see("12,480");
    browser.see("neighbouring hub · Statistics of a community");
    picture("privacy-cards");
    assertThat(browser.element("a[download='consent.json']").getDomAttribute("href"))
        .isEqualTo("/api/v1/privacy/consents/c1/receipt");
    browser.press("What it got");
    browser.see("Only Village statistics: show all");
    browser.press("Give less");
    browser.see("What Village statistics gets");
    slide("How fine", 2);
    browser.see("one value for every 1 hour");
    browser.press("Give only this");
    browser.until("asked", () -> !changes("POST", "/privacy/consents").isEmpty());
    browser.see("Energy Coach gets what you allowed.");
    browser.element("button[aria-label='Withdraw from Village statistics']").click();
    browser.see("If that was a mistake, Village statistics has to ask again.");
    assertThat(hub.changes().stream().map(c -> c.method() + " " + c.path()))
        .contains("DELETE /privacy/consents/c1");
    browser.press("2 earlier consents");
    browser.press("Forget");
    browser.see("Really forget");
    browser.press("Forget");
    browser.see("1 earlier consent");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void whatIsSoldShowsThatItWasNotPaidUntilSomebodySaysSo() {
    hub.privacy.sold();
    signedIn("privacy");
    browser.see("The price for this month was not paid.");
    browser.see("gets nothing");
    browser.see("€1.50 for every 30 days");
    browser.press("It was paid");
    browser.fill("What proves it", "transfer 17");
    browser.press("Write it down");
    browser.see("The payment of Village statistics was written down.");
    assertThat(changes("POST", "/privacy/paid"))
        .containsExactly("{\"consent\":\"c1\",\"reference\":\"transfer 17\"}");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void oneSwitchPausesEverythingAndEveryPageSaysSo() {
    hub.privacy.given();
    signedIn("privacy");
    browser.until("switch", () -> browser.has(PAUSE));
    browser.element(PAUSE).click();
    browser.until("on", () -> browser.has(PAUSE + "[aria-checked=true]"));
    browser.see("Nobody gets anything, and nothing is made up for later.");
    browser.see("All paused");
    assertThat(changes("PUT", "/privacy/paused")).containsExactly("{\"paused\":true}");
    picture("privacy-paused");
    browser.go("now");
    browser.see("All paused");
    browser.press("All paused");
    browser.see("Village statistics");
    browser.element(PAUSE).click();
    browser.until("off", () -> browser.has(PAUSE + "[aria-checked=false]"));
    browser.seeNot("All paused");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void theLogIsSearchedPagedAndExported() {
    hub.privacy.given();
    signedIn("privacy");
    browser.see("power.active, 15 min");
    browser.see("refused");
    browser.see("app:com.example.nosy");
    browser.press("Show more");
    browser.until(
        "two pages",
        () ->
            (long) browser.script("return document.querySelectorAll('#log tbody tr').length")
                == 50);
    browser.fill("Search", "gas");
    browser.see("Nothing of that kind.");
    assertThat(browser.element("a[download='disclosures.csv']").getDomAttribute("href"))
        .isEqualTo("/api/v1/privacy/log.csv");
    assertThat(String.valueOf(browser.script("return location.href"))).doesNotContain("gas");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void ownDataIsTakenAlongAndErasedOnlyByName() {
    signedIn("privacy");
    browser.see("Everything, as an archive");
    assertThat(browser.element("a[download='hub-data.zip']").getDomAttribute("href"))
        .isEqualTo("/api/v1/privacy/export?format=archive");
    assertThat(browser.element("a[download='green-button.xml']").getDomAttribute("href"))
        .isEqualTo("/api/v1/privacy/export?format=green-button");
    browser.press("Erase everything");
    browser.press("Erase all my data");
    browser.see("Type Anna, exactly as you log in.");
    assertThat(changes("POST", "/privacy/erase")).isEmpty();
    browser.fill("Type your name, Anna, to confirm", "Anna");
    browser.press("Erase all my data");
    browser.see("Erased: 812 readings and 2 consents.");
    assertThat(changes("POST", "/privacy/erase")).containsExactly("{\"confirm\":\"Anna\"}");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void aSignedRequestIsPastedAndShown() {
    signedIn("privacy");
    browser.press("Somebody gave you a signed request");
    browser.fill("Paste the request", "a.b.c");
    browser.press("Read it");
    browser.see("It is not signed by whom it names.");
    assertThat(browser.complaints()).allMatch(line -> line.contains("422"));
    browser.fill("Paste the request", "eyJhbGciOiJFZERTQSJ9.e30.AAAA");
    browser.press("Read it");
    browser.see("Energy Coach asks for data");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void withoutTheGateThePageSaysThatNothingLeaves() {
    hub.privacy.off = true;
    signedIn("privacy");
    browser.see("without which nothing leaves this hub, is not running");
    hub.privacy.off = false;
    browser.press("Try again");
    browser.see("Nothing leaves your home");
    assertThat(browser.complaints()).allMatch(line -> line.contains("503"));
  }

  @Test
  void whatARefusalOfThePreviewMeansIsSaid() {
    hub.privacy.ask();
    hub.privacy.refusing = true;
    signedIn("privacy");
    browser.press("Look at it");
    browser.see("As it stands, nothing would leave");
    browser.see("The policy noise is not there: switch it on.");
  }

  @Test
  void anOperatorHasNoPrivacyPage() {
    hub.role = "operator";
    signedIn("privacy");
    browser.see("Ask a person who lives here.");
    assertThat(browser.has(".tabs a[href='#/privacy']")).isFalse();
    assertThat(hub.paths()).noneMatch(path -> path.startsWith("/privacy"));
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void everythingIsReachedByKeyboard() {
    hub.privacy.ask();
    signedIn("privacy");
    browser.see("Look at it");
    tabTo("BUTTON Look at it: Energy Coach");
    browser.keys(Keys.ENTER);
    browser.see("1,440 values");
    tabTo("INPUT How fine");
    browser.keys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT);
    browser.keys(Keys.ARROW_RIGHT);
    browser.see("one value for every 15 minutes");
    browser.see("96 values");
    tabTo("BUTTON Yes, allow this");
    assertThat(String.valueOf(browser.script(Browser.FOCUS_IN_SIGHT))).isEqualTo("true");
    browser.keys(Keys.ENTER);
    browser.see("Energy Coach gets what you allowed.");
    assertThat(browser.complaints()).isEmpty();
  }

  private void tabTo(String name) {
    for (int i = 0; i < 60 && !browser.focused().startsWith(name); i++) {
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
        assertThat(
                (boolean)
                    browser.script(
                        "const d = document.querySelector('dialog');"
                            + "return !d || d.scrollWidth <= d.clientWidth"))
            .as("width of the dialog of " + name)
            .isTrue();
        assertThat(browser.axe()).as(name + " " + scheme + " at " + width).isEmpty();
        picture("privacy-" + name + "-" + scheme + "-" + width);
      }
    }
    assertThat(browser.complaints()).as("console of " + name).isEmpty();
  }

  @Test
  void everyStateIsAccessibleInLightAndDarkOnPhoneAndDesk() {
    Assumptions.assumeTrue(Browser.hasAxe(), "axe-core is not installed (npm ci)");
    hub.privacy.ask();
    hub.privacy.buyer();
    hub.privacy.given();
    hub.privacy.paused = true;
    signedIn("privacy");
    good("all", "2 wait for your answer");
    browser.element("button[aria-label='Look at it: Energy Coach']").click();
    browser.see("1,440 values");
    slide("How fine", 7);
    browser.see("24 values");
    browser.script("document.querySelectorAll('dialog details').forEach(d => (d.open = true))");
    good("dialog", "What can be told from it");
  }

  @Test
  void noLanguageIsWiderThanAPhone() {
    hub.privacy.ask();
    hub.privacy.given();
    hub.privacy.paused = true;
    signedIn("now");
    browser.size(320, 700);
    for (String[] words :
        new String[][] {
          {"it", "Qualcuno aspetta la tua risposta", "un valore ogni 15 minuti", "Guarda"},
          {"de", "Jemand wartet auf Ihre Antwort", "ein Wert je 15 Minuten", "Ansehen"},
          {"fr", "Quelqu’un attend votre réponse", "une valeur pour 15 minutes", "Regarder"},
        }) {
      browser.script("localStorage.setItem('language', arguments[0])", words[0]);
      browser.open(hub.url() + "#/privacy");
      browser.see(words[1]);
      browser.see(words[2]);
      assertThat(
              (long)
                  browser.script(
                      "return Math.max(document.documentElement.scrollWidth,"
                          + " ...[...document.querySelectorAll('.tabs a, .top-end')].map(a =>"
                          + " Math.ceil(a.getBoundingClientRect().right)))"))
          .as(words[0])
          .isLessThanOrEqualTo(320);
      picture("privacy-" + words[0]);
      for (int width : new int[] {768, 976, 1024, 1168, 1200, 320}) {
        browser.size(width, 700);
        assertThat((boolean) browser.script(MENU_FITS)).as(words[0] + " menu at " + width).isTrue();
      }
      browser.press(words[3]);
      browser.until("dialog", () -> browser.has("dialog .curve svg"));
      assertThat(
              (boolean)
                  browser.script(
                      "const d = document.querySelector('dialog');"
                          + "return d.scrollWidth <= d.clientWidth"))
          .as("dialog " + words[0])
          .isTrue();
      picture("privacy-dialog-" + words[0]);
    }
    browser.script("localStorage.clear()");
    assertThat(browser.complaints()).isEmpty();
  }
}
