package org.commonshub.console.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.openqa.selenium.Keys;

/** The pages in a real browser, against a hub that is played. */
@Timeout(120)
class ConsoleBrowserTest extends BrowserTest {
  @Test
  void claimLeadsToTheHomesEnergy() {
    hub.claimed = false;
    browser.open(hub.url());
    browser.see("Make this hub yours");
    browser.see("4F:9A:01:CC:");
    browser.see("fingerprint of the hub’s HTTPS certificate");
    browser.fill("Claim code", "WRONG");
    browser.fill("Your name", "Anna");
    browser.fill("Choose a password", "short");
    browser.press("Claim this hub");
    browser.see("Use at least 10 characters.");
    browser.focus("INPUT Choose a password");
    browser.fill("Choose a password", "correct horse battery");
    browser.fill("Repeat the password", "correct horse battery");
    browser.press("Claim this hub");
    browser.see("This code is wrong or expired.");
    assertThat(browser.complaints()).allMatch(line -> line.contains("403"));
    browser.fill("Claim code", MockHub.CODE);
    browser.press("Claim this hub");
    browser.see("You are selling 1.24 kW");
    assertThat(browser.title()).isEqualTo("Now · Commons Hub");
    assertThat(changes("POST", "/claim"))
        .last()
        .asString()
        .contains("\"name\":\"Anna\"")
        .contains("\"password\":\"correct horse battery\"");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void logInSaysWhatIsWrongAndForHowLong() {
    browser.open(hub.url());
    browser.see("Sign in to see the energy of Casa Lavanda.");
    browser.fill("Name", "Anna");
    browser.fill("Password", "wrong");
    browser.press("Sign in");
    browser.see("Name or password is wrong.");
    browser.fill("Password", "too often");
    browser.press("Sign in");
    browser.see("Please wait 42 seconds.");
    assertThat(browser.complaints()).allMatch(line -> line.contains("401") || line.contains("429"));
    browser.fill("Password", "correct horse");
    browser.press("Sign in");
    browser.see("You are selling 1.24 kW");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void nowShowsTheHomeInWordsAndFollowsIt() {
    signedIn("now");
    browser.see("You are selling 1.24 kW");
    browser.see("The sun gives 4.21 kW. Your home uses 2.11 kW.");
    browser.see("Battery in the cellar charges with 860 W · 64% full");
    assertThat(browser.element("svg.flow").getDomAttribute("aria-label").replace('\u00a0', ' '))
        .contains("Sun: producing 4.21 kW.", "Grid: you sell 1.24 kW.", "Car: charging 1.38 kW.");
    hub.grid = 650;
    browser.see("You are buying 650 W");
    hub.send(
        "readings",
        "{\"device\":\"heat\",\"at\":\"2026-06-21T10:00:00Z\",\"values\":{\"power.active\":1777}}");
    browser.see("uses 1.78 kW");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void aHubOutOfReachIsSaidAndItsValuesAreMarkedOld() throws IOException {
    signedIn("now");
    browser.see("You are selling 1.24 kW");
    hub.stop();
    browser.see("Out of reach. The hub does not answer.");
    browser.see("Last known");
    browser.until(
        "grey numbers", () -> browser.has(".node.stale") && browser.has(".now-device.stale"));
    browser.see("old");
    hub.start();
    // "Try again", unless the page was quicker and the banner is gone.
    browser.script("document.querySelector('.banner button')?.click()");
    browser.seeNot("The hub does not answer.");
    browser.until("fresh numbers", () -> !browser.has(".node.stale"));
    assertThat(browser.complaints())
        .allMatch(line -> line.contains("Failed to load resource: net::ERR_"));
  }

  @Test
  void withoutEventsItAsksEveryFewSeconds() {
    hub.noEvents = true;
    signedIn("now");
    browser.see("You are selling 1.24 kW");
    browser.see("every 5 seconds");
    hub.noEvents = false;
    browser.until("live again", () -> browser.has(".beat.live"));
    assertThat(browser.complaints()).allMatch(line -> line.contains("503"));
  }

  @Test
  void aDeviceThatFailsIsMarkedAndTheSumsSaySo() {
    hub.batteryStale = true;
    signedIn("now");
    browser.see("Some devices do not answer. The sums are without them.");
    browser.see("old 1 min ago");
    assertThat(browser.has(".node.battery.stale")).isTrue();
    assertThat(browser.has(".node.grid.stale")).isFalse();
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void anEmptyHomeLeadsToItsFirstDevice() {
    hub.empty = true;
    signedIn("now");
    browser.see("No meter yet");
    browser.press("Add a device");
    browser.see("Which device is it?");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void aSessionThatEndedLeadsToTheLogIn() {
    signedIn("devices");
    browser.see("Roof south");
    hub.user = "";
    browser.go("health");
    browser.see("Welcome back");
    assertThat(browser.complaints()).allMatch(line -> line.contains("401"));
  }

  @Test
  void energyIsExplainedInWordsAndAsATable() {
    signedIn("energy?period=day&date=2026-06-21");
    browser.see("Sunday, 21 June 2026");
    browser.see("78% self-sufficient Of the 19.2 kWh you used");
    browser.see("3 intervals have no readings and are missing in the sums.");
    browser.see("1 interval is partly estimated");
    browser.see("Bought for €1.85, sold for €1.53.");
    browser.until("chart", () -> browser.has(".chart canvas"));
    browser.see("Compared with before");
    browser.see("This day Day before Change");
    assertThat(browser.element("a[download]").getDomAttribute("href"))
        .isEqualTo("/api/v1/energy.csv?period=day&date=2026-06-21");
    browser.element("input[name=view][value=table]").click();
    browser.see("Time Produced Used Bought Sold Into the battery From the battery");
    browser.see("10:00 no readings");
    browser.see("13:15 1.");
    browser.element("input[name=period][value=week]").click();
    browser.see("21 Jun 2026");
    browser.element("input[name=period][value=month]").click();
    browser.see("June 2026");
    browser.element("button[aria-label=Earlier]").click();
    browser.see("May 2026");
    browser.element("input[name=period][value=year]").click();
    browser.see("This period is not over yet");
    assertThat(String.valueOf(browser.script("return location.hash")))
        .isEqualTo("#/energy?period=year&date=2026-05-01");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void aDeviceIsTriedBeforeItIsAdded() {
    signedIn("devices");
    browser.see("No answer from 192.0.2.11:502 within 500 ms.");
    browser.press("Add a device");
    browser.fill("Search maker or model", "gen24");
    browser.seeNot("Eastron");
    browser.element(".model-list .tile").click();
    browser.see("Where is it?");
    browser.press("Test read");
    browser.see("Enter a host name or an IP address.");
    browser.focus("INPUT Address in your network");
    browser.fill("Address in your network", "192.0.2.99");
    browser.press("Test read");
    browser.see("Nothing answered at 192.0.2.99:502.");
    assertThat(browser.complaints()).allMatch(line -> line.contains("422"));
    browser.fill("Address in your network", "192.0.2.7");
    browser.press("Test read");
    browser.see("It answers");
    browser.see("Power gives 3.12 kW");
    browser.fill("What do you call it?", "refuse");
    browser.press("Add this device");
    browser.see("There is a device of this name already.");
    assertThat(browser.complaints()).allMatch(line -> line.contains("422"));
    browser.fill("What do you call it?", "Roof east");
    browser.press("Add this device");
    browser.see("Find devices");
    assertThat(changes("POST", "/devices"))
        .last()
        .isEqualTo(
            "{\"name\":\"Roof east\",\"role\":\"PV\",\"parent\":null,\"driver\":\"sunspec\",\"endpoint\":\"tcp://192.0.2.7:502\",\"settings\":{\"unit\":\"1\"},\"interval_ms\":1000,\"inverted\":false,\"enabled\":true,\"readOnly\":true,\"meterEpoch\":0}");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void devicesAreFoundOnlyWhereAPersonSays() {
    signedIn("devices/find");
    browser.fill("Where should the hub look?", "192.0.2.1-20");
    browser.press("Look now");
    browser.see("2 devices found");
    browser.see("33920117 Already added");
    assertThat(changes("POST", "/devices/discover"))
        .containsExactly("{\"driver\":\"sunspec\",\"where\":\"tcp://192.0.2.1-20:502\"}");
    browser.press("Add");
    browser.see("What is it to you?");
    browser.see("It answers");
    browser.press("Add this device");
    browser.until("saved", () -> !changes("POST", "/devices").isEmpty());
    assertThat(changes("POST", "/devices").get(0))
        .contains("\"name\":\"Symo GEN24 10.0\"", "\"endpoint\":\"tcp://192.0.2.21:502\"");
    assertThat(browser.complaints()).isEmpty();
  }

  private void pressLabelled(String label) {
    String css = "button[aria-label='" + label + "']";
    browser.until("button " + label, () -> browser.has(css));
    browser.element(css).click();
  }

  private void choose(String label, String option) {
    browser.until("field " + label, () -> browser.field(label).isDisplayed());
    new org.openqa.selenium.support.ui.Select(browser.field(label)).selectByVisibleText(option);
  }

  @Test
  void aSearchKnowsTheWaysOfEachKindOfDevice() {
    signedIn("devices/find");
    browser.see("What kind of device?");
    browser.press("Look now");
    browser.see("Say where to look.");
    browser.focus("INPUT Where should the hub look?");
    browser.element("input[name=way][value=network]").click();
    browser.see("which devices announce themselves (mDNS)");
    browser.press("Look now");
    browser.see("2 devices found");
    browser.element("input[name=way][value=serial]").click();
    browser.see("All serial ports (2)");
    browser.press("Look now");
    browser.until("asked", () -> changes("POST", "/devices/discover").size() == 2);
    browser.seeNot("Working");
    choose("Serial port", "/dev/ttyS0");
    browser.press("Look now");
    browser.until("asked", () -> changes("POST", "/devices/discover").size() == 3);
    browser.seeNot("Working");
    choose("What kind of device?", "Device on an MQTT broker");
    browser.see("Which broker?");
    browser.press("Look now");
    browser.until("asked", () -> changes("POST", "/devices/discover").size() == 4);
    browser.seeNot("Working");
    browser.element("input[name=broker][value=mqtt]").click();
    browser.fill("Address of the broker", "192.0.2.9");
    browser.press("Look now");
    browser.until("asked", () -> changes("POST", "/devices/discover").size() == 5);
    assertThat(changes("POST", "/devices/discover"))
        .containsExactly(
            "{\"driver\":\"sunspec\",\"where\":\"mdns:\"}",
            "{\"driver\":\"sunspec\",\"where\":\"serial:*\"}",
            "{\"driver\":\"sunspec\",\"where\":\"serial:/dev/ttyS0\"}",
            "{\"driver\":\"mqtt\",\"where\":\"broker:hub\"}",
            "{\"driver\":\"mqtt\",\"where\":\"mqtt://192.0.2.9:1883\"}");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void anAnnouncedDeviceIsAddedInTwoClicksOrSentAway() {
    hub.announced = true;
    signedIn("devices");
    browser.see("devices that announced themselves");
    browser.see("Washing machine Consumer · Shelly Plus Plug S · broker:hub");
    pressLabelled("Add Washing machine");
    browser.see("It answers");
    assertThat(browser.field("What do you call it?").getDomProperty("value"))
        .isEqualTo("Washing machine");
    assertThat(changes("POST", "/devices/test")).hasSize(1);
    browser.press("Add this device");
    browser.until("saved", () -> !changes("POST", "/devices").isEmpty());
    assertThat(changes("POST", "/devices").get(0))
        .contains(
            "\"name\":\"Washing machine\"",
            "\"role\":\"LOAD\"",
            "\"endpoint\":\"broker:hub\"",
            "\"settings\":{\"topic\":\"shellyplusplugs-c8f09e/status/switch:0\"}",
            "\"interval_ms\":60000");
    // One that needs a password asks for it first, in a field that does not show it.
    browser.see("Find devices");
    pressLabelled("Add Alfen Eve Single");
    browser.see("Where is it?");
    browser.see("This is needed.");
    browser.focus("INPUT Password");
    assertThat(browser.field("Password").getDomAttribute("type")).isEqualTo("password");
    assertThat(browser.field("Name it gives itself").getDomProperty("value")).isEqualTo("CP001");
    browser.fill("Password", "charge-point-secret");
    browser.press("Test read");
    browser.see("It answers");
    browser.press("Add this device");
    browser.until("saved", () -> changes("POST", "/devices").size() == 2);
    assertThat(changes("POST", "/devices").get(1))
        .contains("\"endpoint\":\"inbound:CP001\"", "\"password\":\"charge-point-secret\"");
    browser.see("devices that announced themselves");
    pressLabelled("Not mine: Washing machine");
    browser.until("gone", () -> !changes("DELETE", "/inbox/bb22").isEmpty());
    browser.focus("H2 Found");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void aTestReadThatFailsLeavesAWayOn() {
    hub.announced = true;
    hub.silent = true;
    signedIn("devices");
    browser.see("devices that announced themselves");
    pressLabelled("Add Washing machine");
    browser.see("The test read failed");
    browser.see("was not read within 25 s");
    hub.silent = false;
    browser.press("Try again");
    browser.see("It answers");
    hub.silent = true;
    browser.press("Back");
    browser.see("Where is it?");
    browser.press("Test read");
    browser.see("was not read within 25 s");
    browser.press("Go on without a test read");
    browser.see("What is it to you?");
    browser.press("Add this device");
    browser.until("saved", () -> !changes("POST", "/devices").isEmpty());
    assertThat(browser.complaints()).allMatch(line -> line.contains("422"));
  }

  @Test
  void supportedDevicesAreOneTable() {
    signedIn("devices");
    browser.press("Supported devices");
    browser.see("6 devices");
    browser.see("Eastron SDM630 Grid meter Modbus meters");
    browser.see("SDM630 Modbus protocol V1.7");
    browser.fill("Search maker, model or kind", "charger ocpp");
    browser.see("1 device");
    browser.seeNot("Eastron");
    browser.fill("Search maker, model or kind", "nothing like it");
    browser.see("0 devices");
    browser.fill("Search maker, model or kind", "sdm");
    browser.see("1 device");
    pressLabelled("Add Eastron SDM630");
    browser.see("Where is it?");
    assertThat(browser.field("Register map").getDomProperty("value")).isEqualTo("sdm630");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void aDeviceIsToldSomethingForAWhileAndLetGoOf() {
    signedIn("devices/car");
    browser.see("Charging current limit");
    browser.see("Nobody sets it now. Its own default: 16 A, as set on the wallbox.");
    browser.see("The wallbox did not confirm within 15 s.");
    browser.see("From 6 A to 32 A, in steps of 1 A");
    browser.fill("Value in A", "16,5");
    browser.press("Set");
    browser.see("This lies between two steps.");
    browser.focus("INPUT Value in A");
    browser.fill("Value in A", "40");
    browser.press("Set");
    browser.see("This is outside the range.");
    browser.fill("Value in A", "31");
    browser.press("Set");
    browser.see("The wallbox refuses 31 A");
    assertThat(browser.complaints()).allMatch(line -> line.contains("422"));
    assertThat(browser.element("input[type=range]").getDomAttribute("aria-valuetext"))
        .isEqualTo("31\u00a0A");
    browser.fill("Value in A", "16");
    browser.fill("Why?", "guests");
    new org.openqa.selenium.support.ui.Select(browser.field("For how long?"))
        .selectByValue("14400");
    browser.press("Set");
    browser.see("The device has confirmed it.");
    browser.see("You set it to 16 A, for 59 min");
    browser.see("Reason: set by hand");
    assertThat(changes("POST", "/control/car/current-limit"))
        .last()
        .isEqualTo("{\"value\":16,\"seconds\":14400,\"reason\":\"guests\"}");
    browser.press("Hand back");
    browser.see("Handed back.");
    browser.see("Nobody sets it now.");
    hub.holder = "strategy";
    browser.press("Set");
    browser.see("fuse-guard has priority");
    browser.see("The hub (fuse-guard) set it to 6 A, for 40 sec");
    browser.element("[aria-labelledby=actuator-charging] button[type=submit]").click();
    browser.see("Choose one.");
    browser.element("input[name=value-charging][value='1']").click();
    browser.element("[aria-labelledby=actuator-charging] button[type=submit]").click();
    browser.until("asked", () -> !changes("POST", "/control/car/charging").isEmpty());
    assertThat(changes("POST", "/control/car/charging"))
        .containsExactly("{\"value\":1,\"seconds\":3600}");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void whatCannotBeSetSaysHowToAllowIt() {
    signedIn("devices/battery");
    browser.see("This device is only read");
    browser.see("untick “Only read, never control”");
    browser.see("Charging power");
    assertThat(browser.has(".actuator form")).isFalse();
    browser.go("devices/pv");
    browser.see("Roof south");
    browser.see("Values now");
    assertThat(browser.has(".control")).isFalse();
    hub.controlOff = true;
    browser.go("devices/car");
    browser.see("Control is switched off");
    browser.press("Features");
    browser.see("Simulated home");
    hub.role = "operator";
    signedIn("devices/car");
    browser.see("Readings belong to the household");
    assertThat(hub.paths().subList(hub.paths().size() - 3, hub.paths().size()))
        .doesNotContain("/control");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void aDeviceIsChangedAndRemoved() {
    signedIn("devices/heat");
    browser.see("1,622, of which 1 failed");
    assertThat(browser.title()).isEqualTo("Heat pump · Commons Hub");
    browser.until("chart", () -> browser.has(".chart canvas"));
    browser.press("Edit");
    browser.see("Edit Heat pump");
    assertThat(browser.field("Serial port").getDomProperty("value")).isEqualTo("/dev/ttyUSB0");
    browser.field("The meter was swapped or reset").click();
    browser.press("Save");
    browser.until("saved", () -> !changes("PUT", "/devices/heat").isEmpty());
    assertThat(changes("PUT", "/devices/heat").get(0))
        .contains(
            "\"meterEpoch\":1",
            "\"endpoint\":\"serial:/dev/ttyUSB0?baud=9600\"",
            "\"parent\":\"grid\"");
    assertThat(hub.changes().get(0).headers()).containsEntry("if-match", "\"1\"");
    browser.see("Remove this device");
    browser.press("Remove");
    browser.see("Really remove Heat pump?");
    browser.focus("BUTTON Remove");
    browser.keys(Keys.ESCAPE);
    browser.seeNot("Really remove");
    browser.focus("BUTTON Remove");
    browser.press("Remove");
    browser.see("Really remove Heat pump?");
    browser.press("Remove");
    browser.see("Find devices");
    assertThat(changes("DELETE", "/devices/heat")).hasSize(1);
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void settingsAreCheckedAtTheFieldAndNeverOverwriteAnothers() {
    signedIn("settings/components/org.commonshub.history.sqlite");
    browser.fill("Raw readings", "soon");
    browser.press("Save");
    browser.see("Enter a number.");
    browser.focus("INPUT Raw readings");
    assertThat(browser.element("[aria-invalid=true]").getDomAttribute("aria-describedby"))
        .contains("-error");
    browser.fill("Raw readings", "30");
    browser.fill("Passphrase", "new secret");
    browser.press("Save");
    browser.see("Saved.");
    assertThat(changes("PUT", "/settings/org.commonshub.history.sqlite"))
        .containsExactly(
            "{\"values\":{\"retention\":30,\"compress\":true,\"sync\":\"normal\",\"passphrase\":\"new secret\",\"ignore\":[]}}");
    hub.conflict = true;
    browser.go("settings/components");
    browser.see("How devices are polled.");
    hub.conflict = false;
    browser.go("settings/components/org.commonshub.history.sqlite");
    browser.see("Where readings are kept");
    hub.conflict = true;
    browser.press("Save");
    browser.see("Somebody changed this meanwhile");
    assertThat(browser.complaints()).allMatch(line -> line.contains("412"));
    browser.press("Load what is there now");
    browser.seeNot("Somebody changed this meanwhile");
    browser.press("Save");
    browser.see("Saved.");
    browser.go("settings/components/org.commonshub.metering.provider");
    browser.see("key timeout: 'soon' is not a whole number.");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void languageAndThemeAreEachPersonsOwn() {
    signedIn("settings/look");
    browser.see("Language and appearance");
    for (String[] language :
        new String[][] {
          {"it", "Lingua e aspetto", "Stai vendendo 1,24 kW"},
          {"de", "Sprache und Aussehen", "Sie verkaufen 1,24 kW"},
          {"fr", "Langue et apparence", "Vous vendez 1,24 kW"},
          {"en", "Language and appearance", "You are selling 1.24 kW"}
        }) {
      browser.element("input[name=language][value=" + language[0] + "]").click();
      browser.see(language[1]);
      assertThat(browser.element("html").getDomAttribute("lang")).isEqualTo(language[0]);
      browser.go("now");
      browser.see(language[2]);
      browser.go("settings/look");
      browser.see(language[1]);
    }
    browser.element("input[name=theme][value=dark]").click();
    browser.until(
        "dark", () -> "dark".equals(browser.element("html").getDomAttribute("data-theme")));
    browser.open(hub.url() + "#/now");
    browser.see("You are selling");
    assertThat(browser.element("html").getDomAttribute("data-theme")).isEqualTo("dark");
    browser.script("localStorage.clear()");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void peopleTokensFeaturesAndBackups() {
    signedIn("settings/users");
    browser.see("Stadtwerk Operator");
    browser.fill("Name", "Bruno");
    browser.fill("Password", "a long enough one");
    browser.element("input[name=role][value=operator]").click();
    browser.see("but no readings.");
    browser.press("Add a person");
    browser.see("Bruno can sign in now.");
    assertThat(changes("POST", "/users"))
        .containsExactly(
            "{\"name\":\"Bruno\",\"password\":\"a long enough one\",\"role\":\"operator\"}");
    browser.go("settings/tokens");
    browser.see("Wall display");
    browser.fill("For which program?", "Display");
    browser.press("Make a token");
    browser.see("hub_5dZk81mQpL");
    browser.see("It is shown this once and cannot be read again.");
    assertThat(changes("POST", "/tokens").get(0))
        .contains("\"scopes\":[\"READ_HEALTH\"]", "\"expires\":\"20");
    browser.go("settings/features");
    browser.see("Console These pages. Needs platform. always on");
    browser.element("button[role=switch][aria-label='Simulated home']").click();
    browser.until("asked", () -> !changes("PUT", "/features/simulated-home").isEmpty());
    assertThat(changes("PUT", "/features/simulated-home")).containsExactly("{\"enabled\":true}");
    browser.go("settings/backup");
    browser.fill("Passphrase for the backup", "four words are enough");
    browser.press("Download backup");
    browser.see("The backup is on its way to your downloads.");
    browser.go("settings/audit");
    browser.see("settings.write");
    browser.go("settings/about");
    browser.see("Commons Hub 0.1.0");
    browser.see("4F:9A:01:CC:");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void anOperatorSeesHealthButNoReadings() {
    hub.role = "operator";
    signedIn("now");
    browser.see("This belongs to the household");
    browser.go("energy");
    browser.see("readings and charts are not shown to you");
    browser.go("devices/grid");
    browser.see("Readings belong to the household");
    browser.go("settings/users");
    browser.see("Ask a person who lives here.");
    browser.go("health");
    browser.see("Everything is in order");
    assertThat(hub.paths()).doesNotContain("/now", "/events", "/energy", "/history", "/users");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void everythingIsReachedByKeyboardWithFocusInSight() {
    signedIn("now");
    browser.see("You are selling 1.24 kW");
    browser.keys(Keys.TAB);
    browser.focus("A Skip to content");
    browser.keys(Keys.ENTER);
    browser.focus("MAIN");
    browser.keys(Keys.TAB);
    browser.focus("A More");
    browser.keys(Keys.ENTER);
    browser.see("self-sufficient Of the");
    assertThat(browser.title()).isEqualTo("Energy · Commons Hub");
    browser.focus("MAIN");
    browser.keys(Keys.TAB);
    browser.keys(Keys.ARROW_RIGHT);
    browser.until("week", () -> browser.has("input[name=period][value=week]:checked"));
    browser.script("document.activeElement.blur(); scrollTo(0, 0)");
    browser.go("devices");
    browser.see("Roof south");
    Set<String> seen = new LinkedHashSet<>();
    for (int i = 0; i < 30; i++) {
      browser.keys(Keys.TAB);
      String where = browser.focused();
      if (where.startsWith("BODY") || !seen.add(where)) {
        break;
      }
      assertThat(String.valueOf(browser.script(Browser.FOCUS_IN_SIGHT)))
          .as("focus ring of " + where)
          .isEqualTo("true");
    }
    assertThat(seen).contains("A Find devices", "A Add a device", "A Roof south", "A Heat pump");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void calmIsKeptWhereAPersonAsksForIt() {
    signedIn("now");
    browser.see("You are selling");
    assertThat(browser.script("return document.getAnimations().length")).isEqualTo(0L);
    browser.media("light", false);
    browser.until(
        "dots run", () -> (long) browser.script("return document.getAnimations().length") > 2);
  }

  private static final String[][] PAGES = {
    {"now", "You are selling 1.24 kW"},
    {"energy?period=day&date=2026-06-21", "Compared with before"},
    {"energy?period=month&date=2026-06-21", "Month before"},
    {"devices", "Roof south"},
    {"devices/battery", "Remove this device"},
    {"devices/battery/edit", "The meter was swapped or reset"},
    {"devices/car", "Charging current limit"},
    {"devices/new", "Which device is it?"},
    {"devices/find", "Where should the hub look?"},
    {"devices/models", "SDM630 Modbus protocol V1.7"},
    {"settings", "Backup and restore"},
    {"settings/look", "Appearance"},
    {"settings/home", "Price of bought energy, per kWh"},
    {"settings/users", "Stadtwerk"},
    {"settings/tokens", "Wall display"},
    {"settings/features", "Simulated home"},
    {"settings/backup", "Restore a backup"},
    {"settings/components", "How devices are polled."},
    {"settings/components/org.commonshub.history.sqlite", "Raw readings"},
    {"settings/audit", "settings.write"},
    {"settings/about", "Signed in as"},
    {"health", "Synchronised, 3 ms off."},
  };

  /** axe passes on a page that crashed, too: so content first, then the console, then axe. */
  private void pageIsGood(String name, String content) {
    // Colours do not depend on the width: both themes and both widths in two looks, not four.
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
    }
  }

  @Test
  void everyPageIsAccessibleInLightAndDarkOnPhoneAndDesk() {
    Assumptions.assumeTrue(Browser.hasAxe(), "axe-core is not installed (npm ci)");
    hub.announced = true;
    hub.holder = "me";
    signedIn("now");
    for (String[] page : PAGES) {
      browser.go(page[0]);
      pageIsGood(page[0], page[1]);
    }
    browser.go("now");
    browser.see("You are selling");
    hub.stop();
    browser.see("Out of reach. The hub does not answer.");
    browser.complaints();
    assertThat(browser.axe()).as("hub out of reach").isEmpty();
  }

  @Test
  void noLanguageIsWiderThanAPhone() {
    signedIn("now");
    browser.size(320, 700);
    for (String[] words :
        new String[][] {
          {
            "it", "Stai vendendo", "Rispetto a prima", "Rimuovi questo dispositivo", "Crea un token"
          },
          {"de", "Sie verkaufen", "Verglichen mit", "Dieses Gerät entfernen", "Schlüssel anlegen"},
          {"fr", "Vous vendez", "Par rapport à avant", "Supprimer cet appareil", "Créer un jeton"}
        }) {
      browser.script("localStorage.setItem('language', arguments[0])", words[0]);
      browser.open(hub.url() + "#/now");
      String[] routes = {
        "now", "energy?period=week&date=2026-06-21", "devices/battery", "settings/tokens"
      };
      hub.announced = true;
      hub.holder = "strategy";
      for (int i = 0; i < routes.length; i++) {
        browser.go(routes[i]);
        browser.see(words[i + 1]);
        assertThat((long) browser.script("return document.documentElement.scrollWidth"))
            .as(words[0] + " " + routes[i])
            .isLessThanOrEqualTo(320);
        assertThat(
                (long)
                    browser.script(
                        "return document.documentElement.scrollWidth - document.documentElement.clientWidth"))
            .as("overflow of " + words[0] + " " + routes[i])
            .isZero();
      }
      for (String[] route :
          new String[][] {
            {"devices", ".inbox .list-row"},
            {"devices/car", ".actuator form"},
            {"devices/find", "input[name=way]"},
            {"devices/models", "table.models"}
          }) {
        browser.go(route[0]);
        browser.until(route[1], () -> browser.has(route[1]));
        assertThat((long) browser.script("return document.documentElement.scrollWidth"))
            .as(words[0] + " " + route[0])
            .isLessThanOrEqualTo(320);
      }
    }
    browser.script("localStorage.clear()");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void theFirstPagesAreAccessibleToo() {
    Assumptions.assumeTrue(Browser.hasAxe(), "axe-core is not installed (npm ci)");
    hub.claimed = false;
    browser.open(hub.url());
    browser.see("Make this hub yours");
    browser.script("document.body.append(document.createElement('img'))");
    assertThat(browser.axe()).as("axe finds what is wrong").anyMatch(v -> v.contains("image-alt"));
    browser.open(hub.url());
    pageIsGood("claim", "Make this hub yours");
    hub.claimed = true;
    browser.open(hub.url());
    pageIsGood("login", "Welcome back");
    hub.role = "operator";
    signedIn("now");
    pageIsGood("operator", "This belongs to the household");
  }
}
