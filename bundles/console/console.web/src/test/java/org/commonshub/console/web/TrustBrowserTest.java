package org.commonshub.console.web;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.openqa.selenium.Keys;

/** Trust, receipts, this hub's card, other homes and neighbours in a real browser. */
@Timeout(120)
class TrustBrowserTest extends BrowserTest {
  /** Drops the receipt that the hub gives, after changing it. */
  private static final String DROP =
      "const [change, name, done] = arguments;"
          + "const bytes = new Uint8Array(window.receipt);"
          + "if (change) bytes[bytes.length - change] ^= 1;"
          + "const files = new DataTransfer();"
          + "files.items.add(new File([bytes], name));"
          + "document.querySelector('.drop').dispatchEvent("
          + "new DragEvent('drop', {dataTransfer: files, bubbles: true, cancelable: true}));"
          + "done(true);";

  private static final String FETCH =
      "const done = arguments[arguments.length - 1];"
          + "fetch('/api/v1/journal/1230/receipt').then(r => r.arrayBuffer())"
          + ".then(b => { window.receipt = b; done(b.byteLength); }, e => done(String(e)));";

  @Test
  void whatIsSignedAndWhereItIsAnchoredAndAtWhatCost() {
    signedIn("trust");
    browser.see("Nothing was changed");
    assertThat(browser.title()).isEqualTo("Trust · Commons Hub");
    browser.see("1,234");
    browser.see("Bruno and Carla");
    browser.see("Ethereum chain 246, Energy Web");
    browser.see("0.000136 coins of the network");
    browser.see("Two of three independent endpoints have to agree on a block.");
    browser.see("transparency log log.example");
    browser.see("free");
    browser.see("The grid meter showed 1.4 kWh less than the devices behind it.");
    browser.see("It does not answer at carla.example:8484.");
    browser.press("Last proofs");
    browser.see("0.0000452 coins of the network");
    browser.see("together with neighbours");
    browser.see("final");
    assertThat(browser.element("a[href$='/journal/1233/receipt']").getDomAttribute("download"))
        .isEqualTo("1233.receipt");
    assertThat(browser.complaints()).isEmpty();
    picture("trust");
  }

  @Test
  void alarmsComeFirstAndAStopWaitsForAPerson() {
    hub.alarmed = true;
    signedIn("trust");
    browser.see("Something needs you");
    browser.see("Two hubs use one key");
    browser.see("Find out which, and change the key under Settings");
    assertThat(browser.text().indexOf("Two hubs use one key"))
        .isLessThan(browser.text().indexOf("Signed here"));
    browser.see("The account is empty: send it some coins");
    picture("trust-alarm");
    browser.press("Go on");
    browser.see("Only if you are sure that no other hub uses this account");
    browser.press("Go on");
    browser.until(
        "asked", () -> !changes("POST", "/ledgers/ethereum%7Emain/resume").isEmpty() || resumed());
    assertThat(browser.complaints()).isEmpty();
  }

  private boolean resumed() {
    return changes("POST", "/ledgers/ethereum~main/resume").contains("{\"onlyHub\":true}");
  }

  @Test
  void aReceiptIsCheckedInTheBrowserAloneWithTheHubGone() {
    signedIn("trust/check");
    browser.see("Drop a file ending in .receipt here");
    assertThat(browser.scriptAsync(FETCH)).isEqualTo(4641L);
    hub.stop();
    browser.scriptAsync(DROP, 0, "1230.receipt");
    browser.see("This receipt holds");
    browser.see("entry 1230 of a signed journal of 1234 entries");
    browser.see("1,272.6978 kWh");
    browser.see("fingerprint d6b1 c1e4 16f0 156c 380f 5868 98e7 b0fd");
    browser.see("Neighbouring hubs saw the same journal and signed it: 2.");
    browser.see("What it does not prove by itself");
    browser.see("look there for root/1230");
    picture("check");
    browser.scriptAsync(DROP, 4_500, "changed.receipt");
    browser.see("Do not believe this file");
    browser.seeNot("This receipt holds");
    browser.see("What is wrong");
    assertThat(browser.text()).doesNotContain("What it proves", "kWh");
    picture("check-broken");
    browser.scriptAsync(DROP, 4_641, "photo.receipt");
    browser.see("“photo.receipt” is not a receipt");
  }

  @Test
  void aReceiptIsCheckedWithoutAnAccount() {
    browser.open(hub.url() + "#/trust/check");
    browser.see("Drop a file ending in .receipt here");
    assertThat(browser.has("nav.tabs")).isFalse();
    assertThat(hub.paths()).containsOnly("/session");
    browser.press("Sign in");
    browser.see("Welcome back");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void everyFigureOfEnergyLeadsToItsReceipts() {
    signedIn("energy?period=day&date=2026-06-21");
    browser.see("Compared with before");
    browser.press("What proves this");
    browser.see("What proves this figure");
    browser.see("1,268.9778 kWh");
    browser.see("1,272.6978 kWh");
    browser.see("3.72 kWh");
    browser.see("Grid meter");
    browser.see("ethereum~main: final · 21 Jun 2026, 11:00 · 0.0000452 coins of the network");
    assertThat(browser.has("a[href$='/journal/1190/receipt']")).isTrue();
    picture("proof");
    browser.go("energy?period=day&date=2026-06-21");
    browser.see("Compared with before");
    browser.element("input[name=view][value=table]").click();
    browser.until("links", () -> browser.has("a.proof[aria-label='What proves 08:00']"));
    assertThat(browser.element("a.proof[aria-label='What proves 08:00']").getDomAttribute("href"))
        .isEqualTo("#/trust/proof?from=2026-06-21T06%3A00%3A00Z&to=2026-06-21T06%3A15%3A00Z");
    browser.go("trust/proof?from=2026-01-01T00%3A00%3A00Z&to=2026-06-21T08%3A15%3A00Z");
    browser.see("The journal has no register of that kind: it began later.");
    assertThat(browser.complaints()).allMatch(line -> line.contains("404"));
    browser.go("trust/proof?from=2026-06-21T08%3A15%3A00Z&to=2026-06-21T08%3A16%3A00Z");
    browser.see("The end of this time is not signed yet.");
    browser.complaints();
  }

  @Test
  void theCardIsShownCopiedAndTheKeyChanged() {
    signedIn("settings/identity");
    browser.see("QmNq");
    browser.until("code", () -> browser.has("svg.qr[aria-label='QR code of the card'] path"));
    browser.see("did:web:hub.casa-lavanda.example");
    browser.see("current");
    picture("identity");
    browser.press("Change the key");
    browser.see("Move to the next key?");
    browser.press("Change the key");
    browser.see("The hub signs with its next key now.");
    assertThat(changes("POST", "/identity/rotate"))
        .containsExactly("{\"key\":\"z6Mkm1gWu2HxkXy611e3WsZt6qDxeXnpY47sctNgyU3THKiP\"}");
    assertThat(browser.element("a[download='did.jsonl']").getDomAttribute("href"))
        .isEqualTo("/api/v1/identity/keys");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void peopleOfOtherHubsAreLetInAndOut() {
    signedIn("settings/homes");
    browser.see("bruno");
    browser.fill("Paste the text", "nonsense");
    browser.press("Read it");
    browser.see("This is no delegation for this hub.");
    assertThat(browser.complaints()).allMatch(line -> line.contains("422"));
    browser.fill("Paste the text", "0oRDoQEn");
    browser.press("Read it");
    browser.see("dora of hub QmRR fijn UJ4H … asks for: everything, until");
    assertThat(changes("POST", "/delegations")).isEmpty();
    picture("homes");
    browser.press("Let them in");
    browser.see("They can come in now.");
    assertThat(changes("POST", "/delegations")).containsExactly("{\"delegation\":\"0oRDoQEn\"}");
    browser.press("End");
    browser.see("Really end this for bruno?");
    browser.press("End");
    browser.until(
        "ended",
        () ->
            hub.changes().stream()
                .anyMatch(call -> call.path().startsWith("/delegations/00112233")));
    browser.fill(
        "Card of the hub that shall let you in", "commonshub:did:webvh:Qm:hub.local?key=z");
    browser.press("Make the text");
    browser.see("Paste it at the other hub");
    assertThat(changes("POST", "/delegations/issue"))
        .containsExactly(
            "{\"hub\":\"commonshub:did:webvh:Qm:hub.local?key=z\",\"right\":\"OWN\",\"days\":365}");
    browser.press("Add a home");
    browser.fill("What do you call it?", "Lake");
    browser.fill("Address of its console", "http://lake");
    browser.fill("Card of the other hub", "commonshub:did:webvh:Qm:hub.local?key=z");
    browser.element("details form button[type=submit]").click();
    browser.see("The address begins with https://");
    browser.fill("Address of its console", "https://127.0.0.1:1/");
    browser.element("details form button[type=submit]").click();
    browser.see("https://127.0.0.1:1/");
    assertThat(String.valueOf(browser.script("return localStorage.getItem('homes')")))
        .contains("Lake");
    browser.script("localStorage.clear()");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void aPersonOfAnotherHubComesInAndIsToldSo() {
    browser.open(hub.url() + "#/enter/old");
    browser.see("Come in from your other hub");
    assertThat(changes("POST", "/enter")).as("nothing without a press").isEmpty();
    browser.press("Come in");
    browser.see("This is older than a minute.");
    assertThat(browser.complaints()).allMatch(line -> line.contains("401"));
    browser.go("enter/0oRDoQEo");
    browser.press("Come in");
    browser.see("You are here as bruno/QmRRfijn: another hub vouches for you. You may look");
    assertThat(browser.title()).isEqualTo("Now · Commons Hub");
    assertThat(String.valueOf(browser.script("return location.hash"))).isEqualTo("#/now");
    assertThat(changes("POST", "/enter")).last().isEqualTo("{\"assertion\":\"0oRDoQEo\"}");
    browser.go("settings/homes");
    browser.see("You came from another hub.");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void neighboursAreEnteredByCard() {
    signedIn("settings/neighbours");
    browser.see("carla.example:8484");
    String carla = "button[role=switch][aria-label^='Carla']";
    browser.until("switch", () -> browser.has(carla + "[aria-checked=false]"));
    assertThat(browser.has("button[role=switch][aria-label^='Bruno'][aria-checked=true]")).isTrue();
    browser.element(carla).click();
    browser.until(
        "asked", () -> !changes("PUT", "/settings/org.commonshub.ledger.anchor").isEmpty());
    assertThat(changes("PUT", "/settings/org.commonshub.ledger.anchor").get(0))
        .startsWith("{\"values\":{\"witnesses\":[\"did:webvh:QmRR")
        .contains("QmSUWvpW5NzVK7TWYCKYCRGWhCENcwtS6WtgVA2tm69tit");
    browser.press("Enter a neighbour");
    browser.see("This is no card");
    browser.fill("Card of the other hub", "commonshub:did:web:nobody");
    browser.fill("What do you call it?", "Dora");
    browser.fill("Address", "10.0.0.9");
    browser.press("Enter a neighbour");
    browser.see("This is no card of a hub.");
    assertThat(browser.complaints()).allMatch(line -> line.contains("422"));
    browser.fill("Card of the other hub", "commonshub:did:web:dora");
    browser.fill("Port", "70000");
    browser.press("Enter a neighbour");
    browser.see("A port is 1 to 65535.");
    browser.fill("Port", "8485");
    browser.press("Enter a neighbour");
    browser.see("Dora was entered.");
    assertThat(changes("POST", "/neighbours"))
        .last()
        .isEqualTo(
            "{\"card\":\"commonshub:did:web:dora\",\"name\":\"Dora\",\"host\":\"10.0.0.9\",\"port\":8485}");
    picture("neighbours");
    browser.press("Remove");
    browser.see("Really forget Bruno?");
    browser.press("Remove");
    browser.until(
        "removed", () -> hub.changes().stream().anyMatch(c -> c.method().equals("DELETE")));
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void whatIsSwitchedOffSaysWhereToSwitchItOn() {
    hub.trustOff = true;
    signedIn("trust");
    browser.see("Nothing is signed yet");
    browser.see("Drop a file ending in .receipt here");
    picture("trust-off");
    for (String section : new String[] {"identity", "homes", "neighbours"}) {
      browser.go("settings/" + section);
      browser.see(": switched off");
    }
    browser.press("Features");
    browser.see("Simulated home");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void anOperatorSeesProblemsButNoReceipts() {
    hub.role = "operator";
    hub.alarmed = true;
    signedIn("trust");
    browser.see("The account is empty");
    assertThat(browser.has("a[download]")).isFalse();
    assertThat(browser.text()).doesNotContain("Go on");
    browser.go("settings/homes");
    browser.see("Ask a person who lives here.");
    browser.go("settings/neighbours");
    browser.see("Bruno");
    assertThat(browser.text()).doesNotContain("Enter a neighbour");
    assertThat(browser.complaints()).isEmpty();
  }

  private static final String[][] PAGES = {
    {"trust", "Something needs you"},
    {"trust/check", "Drop a file"},
    {
      "trust/proof?from=2026-06-20T22%3A00%3A00Z&to=2026-06-21T08%3A15%3A00Z",
      "What proves this figure"
    },
    {"settings/identity", "Card of this hub"},
    {"settings/homes", "Who comes in from other hubs"},
    {"settings/neighbours", "Enter a neighbour"},
  };

  private void pageIsGood(String name, String content) {
    for (boolean phone : new boolean[] {false, true}) {
      int width = phone ? 320 : 1200;
      browser.size(width, 800);
      browser.media(phone ? "dark" : "light", true);
      browser.see(content);
      assertThat(browser.complaints()).as("console of " + name).isEmpty();
      assertThat((long) browser.script("return document.documentElement.scrollWidth"))
          .as("width of " + name)
          .isLessThanOrEqualTo(width);
      assertThat(browser.axe()).as(name + " at " + width).isEmpty();
      if (phone) {
        picture(name.replaceAll("[^a-z].*", "-") + name.hashCode() + "-phone");
      }
    }
  }

  @Test
  void everyPageIsAccessibleInLightAndDarkOnPhoneAndDesk() {
    Assumptions.assumeTrue(Browser.hasAxe(), "axe-core is not installed (npm ci)");
    hub.alarmed = true;
    signedIn("now");
    for (String[] page : PAGES) {
      browser.go(page[0]);
      pageIsGood(page[0], page[1]);
    }
    browser.go("trust/check");
    browser.scriptAsync(FETCH);
    browser.scriptAsync(DROP, 0, "1230.receipt");
    pageIsGood("proven receipt", "This receipt holds");
    browser.scriptAsync(DROP, 4_500, "1230.receipt");
    pageIsGood("broken receipt", "Do not believe this file");
    browser.open(hub.url() + "#/enter/x");
    pageIsGood("enter", "Come in from your other hub");
    browser.size(1200, 800);
    browser.media("light", true);
    signedIn("energy?period=day&date=2026-06-21");
    browser.see("Compared with before");
    browser.element("input[name=view][value=table]").click();
    pageIsGood("energy table", "Proof");
  }

  @Test
  void noLanguageIsWiderThanAPhone() {
    hub.alarmed = true;
    signedIn("now");
    browser.size(320, 700);
    for (String[] words :
        new String[][] {
          {"it", "Qui serve una persona", "Scheda di questo hub", "Chi entra da altri hub"},
          {"de", "Hier werden Sie gebraucht", "Karte dieses Hubs", "Wer von anderen Hubs"},
          {"fr", "On a besoin de vous", "Carte de ce hub", "Qui entre depuis d’autres hubs"},
        }) {
      browser.script("localStorage.setItem('language', arguments[0])", words[0]);
      browser.open(hub.url() + "#/trust");
      String[] routes = {"trust", "settings/identity", "settings/homes"};
      for (int i = 0; i < routes.length; i++) {
        browser.go(routes[i]);
        browser.see(words[i + 1]);
        assertThat(
                (long)
                    browser.script(
                        "return Math.max(document.documentElement.scrollWidth,"
                            + " ...[...document.querySelectorAll('.tabs a')].map(a =>"
                            + " Math.ceil(a.getBoundingClientRect().right)))"))
            .as(words[0] + " " + routes[i])
            .isLessThanOrEqualTo(320);
      }
      picture("homes-" + words[0]);
    }
    browser.script("localStorage.clear()");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void theDropZoneIsReachedByKeyboard() {
    signedIn("trust/check");
    browser.see("Choose a file");
    browser.keys(Keys.TAB);
    String where = "";
    for (int i = 0; i < 20 && !where.startsWith("BUTTON Choose a file"); i++) {
      browser.keys(Keys.TAB);
      where = browser.focused();
    }
    assertThat(where).startsWith("BUTTON Choose a file");
    assertThat(String.valueOf(browser.script(Browser.FOCUS_IN_SIGHT))).isEqualTo("true");
    assertThat(browser.complaints()).isEmpty();
  }
}
