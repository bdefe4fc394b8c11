package org.commonshub.console.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.YearMonth;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.commonshub.apps.api.Card;
import org.commonshub.apps.desk.api.AppDesk;
import org.commonshub.apps.desk.api.AppException;
import org.commonshub.apps.desk.api.AppId;
import org.commonshub.apps.desk.api.AppVersion;
import org.commonshub.apps.desk.api.Catalogues;
import org.commonshub.apps.desk.api.Standing;
import org.commonshub.apps.desk.api.UsageMeter;
import org.commonshub.identity.api.Delegations.Delegation;
import org.commonshub.identity.api.Delegations.Right;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.platform.api.Accounts;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Terms;
import org.commonshub.testing.fakes.SampleApp;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The prosumer installs, allows, switches and removes apps over REST; nobody else does. */
@Timeout(60)
class AppsTest {
  private static final AppId COACH = new AppId("org.example.coach");
  private static final String APP = "/apps/org.example.coach";
  private static final String INSTALL = "{\"app\":\"org.example.coach\",\"source\":\"village\"}";
  private static final String CONSENT =
      "{\"hosts\":[\"api.example.org\"],\"actuators\":[\"ev-charger/current-limit\"],"
          + "\"runs\":\"ZONE\",\"place\":{\"latitude\":419,\"longitude\":125}}";

  private Hub hub;

  @BeforeEach
  void start() throws Exception {
    hub = new Hub();
    list(hub);
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  private static SampleApp coach(String version) {
    return new SampleApp("org.example.coach", version)
        .data(Purpose.ADVICE, Granularity.QUARTER_HOUR)
        .actuator(DeviceRole.EV_CHARGER, "current-limit")
        .host("api.example.org")
        .place()
        .level("basic", 1_500_000, 14)
        .level("full", 3_000_000, 0);
  }

  private static void list(Hub hub) {
    hub.fakes.catalogues.source("village", Catalogues.Source.State.FRESH);
    hub.fakes.catalogues.list("village", coach("1.0.0"));
    hub.fakes.catalogues.list("village", new SampleApp("org.example.tariff", "1.0.0"));
  }

  private static String root() {
    return Base64.getEncoder().encodeToString("Other Operator".getBytes(StandardCharsets.UTF_8));
  }

  private static String follow(String name, String fingerprint) {
    return "{\"name\":\"%s\",\"url\":\"https://apps.example/\",\"root\":\"%s\",\"fingerprint\":\"%s\"}"
        .formatted(name, root(), fingerprint);
  }

  /** As the fake says it of that root. */
  private static String fingerprint() throws Exception {
    return java.util.HexFormat.of()
        .formatHex(
            java.security.MessageDigest.getInstance("SHA-256")
                .digest("Other Operator".getBytes(StandardCharsets.UTF_8)))
        .substring(0, 32);
  }

  private static List<Card> cards() {
    return List.of(
        new Card(
            "Today",
            List.of(
                new Card.Text("<b>Sun</b> until four."),
                new Card.Figure("To spare", new BigDecimal("4.20"), "kWh"),
                new Card.Notice(Card.Notice.Level.GOOD, "Charge now."),
                new Card.Table(List.of("Hour", "Sun"), List.of(List.of("12", "much"))),
                new Card.Chart(
                    "Sun",
                    Card.Chart.Kind.BARS,
                    "kW",
                    List.of(
                        new Card.Line(
                            "Roof",
                            Fakes.NOW,
                            Duration.ofHours(1),
                            List.of(Optional.of(new BigDecimal("1E+1")), Optional.empty())))),
                new Card.Form(
                    "car",
                    "The car",
                    List.of(
                        new Card.Field(
                            "km",
                            "Kilometres",
                            Card.Field.Kind.NUMBER,
                            "40",
                            Optional.of(BigDecimal.ZERO),
                            Optional.of(new BigDecimal("400")),
                            Map.of()),
                        new Card.Field(
                            "when",
                            "When",
                            Card.Field.Kind.CHOICE,
                            "eve",
                            Optional.empty(),
                            Optional.empty(),
                            Map.of("eve", "In the evening"))),
                    "Plan"))));
  }

  /** Every operation once, for {@link ApiTest}. */
  static void everyOperation(Hub hub, Hub.Browser me) throws Exception {
    list(hub);
    hub.fakes.usage.report(report());
    assertThat(me.post("/apps", INSTALL).status()).isEqualTo(202);
    assertThat(me.send("PUT", APP + "/consent", CONSENT).status()).isEqualTo(200);
    Object[][] calls = {
      {"GET", "/catalogues", null, 200},
      {"POST", "/catalogues", follow("other", fingerprint()), 201},
      {"POST", "/catalogues/other/refresh", null, 200},
      {"DELETE", "/catalogues/other", null, 204},
      {"GET", "/apps", null, 200},
      {"GET", "/apps/offers?search=coach&lang=de", null, 200},
      {"GET", "/apps/offers/village/org.example.coach", null, 200},
      {"GET", "/apps/usage", null, 200},
      {"GET", APP, null, 200},
      {"POST", APP + "/licence/request", "{\"level\":\"basic\"}", 200},
      {"POST", APP + "/licence/trial", "{\"level\":\"basic\"}", 200},
      {"POST", "/apps/licences", "{\"token\":\"org.example.coach full\"}", 200},
      {"PUT", APP + "/enabled", "{\"enabled\":true}", 200},
    };
    for (Object[] call : calls) {
      assertThat(me.send((String) call[0], (String) call[1], (String) call[2]).status())
          .as((String) call[1])
          .isEqualTo(call[3]);
    }
    hub.fakes.apps.show(COACH, cards());
    hub.fakes.apps.say(COACH, Fakes.NOW, true, "No forecast.");
    hub.fakes.catalogues.list("village", coach("1.1.0").host("b.example.org"));
    Object[][] more = {
      {"GET", APP + "/cards", null, 200},
      {"POST", APP + "/forms/car", "{\"values\":{\"km\":\"50\"}}", 200},
      {"GET", APP + "/log", null, 200},
      {"GET", APP + "/export", null, 200},
      {"POST", APP + "/update", null, 202},
      {"POST", APP + "/rollback", null, 200},
      {"DELETE", APP, null, 204},
    };
    for (Object[] call : more) {
      assertThat(me.send((String) call[0], (String) call[1], (String) call[2]).status())
          .as((String) call[1])
          .isEqualTo(call[3]);
    }
  }

  private static UsageMeter.Report report() {
    return new UsageMeter.Report(
        YearMonth.of(2026, 2),
        "village",
        true,
        List.of(
            new UsageMeter.Line(
                COACH, Map.of(UsageMeter.RUN_DAYS, 28L), 1_500_000, "EUR", 150, 225_000)),
        "ab",
        Optional.of("a.b.c"),
        true);
  }

  private Hub.Browser installed() throws Exception {
    Hub.Browser me = hub.prosumer();
    assertThat(me.post("/apps", INSTALL).status()).isEqualTo(202);
    return me;
  }

  private Hub.Browser running() throws Exception {
    Hub.Browser me = installed();
    me.send("PUT", APP + "/consent", CONSENT);
    me.post(APP + "/licence/trial", "{\"level\":\"basic\"}");
    assertThat(me.send("PUT", APP + "/enabled", "{\"enabled\":true}").at("step")).isEqualTo("ON");
    return me;
  }

  @Test
  void anAppIsFoundReadInstalledAllowedTriedAndSwitchedOn() throws Exception {
    Hub.Browser me = hub.prosumer();
    Hub.Answer none = me.get("/apps/offers?search=nothing+like+it");
    assertThat(none.at("found")).isEqualTo(0L);
    Hub.Answer found = me.get("/apps/offers?search=COACH&lang=de");
    assertThat(found.at("found")).isEqualTo(1L);
    assertThat(found.at("offers.0.name")).isEqualTo("Muster coach");
    assertThat(found.at("offers.0.price.micros")).isEqualTo(1_500_000L);
    assertThat(found.at("offers.0.price.period")).isEqualTo("P1M");
    assertThat(found.at("offers.0.risk.rating")).isEqualTo("HIGH");
    assertThat(me.get("/apps/offers?lang=tlh").at("offers.0.name")).isEqualTo("Sample coach");
    Hub.Answer offer = me.get("/apps/offers/village/org.example.coach");
    assertThat(offer.at("manifest.data.0.terms.resolution_s")).isEqualTo(900L);
    assertThat(offer.at("manifest.data.0.for")).isEqualTo("P365D");
    assertThat(offer.at("manifest.actuators.0.key")).isEqualTo("ev-charger/current-limit");
    assertThat(offer.at("manifest.hosts.0.why")).isEqualTo("Fetches the forecast.");
    assertThat(offer.at("manifest.levels.0.trial")).isEqualTo("P14D");
    assertThat(offer.at("manifest.levels.1.trial")).isNull();

    Hub.Answer begun = me.post("/apps", INSTALL);
    assertThat(begun.status()).isEqualTo(202);
    assertThat(me.get("/apps").at("apps.0.step")).isEqualTo("ASKING");
    assertThat(me.get("/apps").at("work")).isEqualTo(List.of());

    Hub.Answer consent = me.send("PUT", APP + "/consent", CONSENT);
    assertThat(consent.at("grants.hosts")).isEqualTo(List.of("api.example.org"));
    assertThat(consent.at("grants.actuators")).isEqualTo(List.of("ev-charger/current-limit"));
    assertThat(consent.at("grants.place.latitude")).isEqualTo(419L);
    assertThat(consent.at("step")).isEqualTo("OFF");

    Hub.Answer unpaid = me.send("PUT", APP + "/enabled", "{\"enabled\":true}");
    assertThat(unpaid.status()).isEqualTo(402);
    assertThat((String) unpaid.at("detail")).contains("bought or tried");
    assertThat(me.post(APP + "/licence/request", "{\"level\":\"full\"}").at("document"))
        .isEqualTo("request.org.example.coach.full");
    assertThat(me.post(APP + "/licence/trial", "{\"level\":\"basic\"}").at("trial"))
        .isEqualTo(true);
    assertThat(me.send("PUT", APP + "/enabled", "{\"enabled\":true}").at("step")).isEqualTo("ON");
    assertThat(me.get(APP).at("usage.cpuMs")).isEqualTo(1_200L);
    assertThat(me.send("PUT", APP + "/enabled", "{\"enabled\":false}").at("step")).isEqualTo("OFF");
    assertThat(hub.fakes.audit.entries.stream().map(e -> e.action() + " " + e.outcome()))
        .contains("app.install ok", "app.consent ok", "app.enable failed", "app.enable ok");
  }

  @Test
  void aLicenceIsPastedAsItCame() throws Exception {
    Hub.Browser me = installed();
    Hub.Answer standing =
        me.post(
            "/apps/licences",
            "{\"token\":\" org.example.coach full 2026-09-01T\\r\\n  00:00:00Z\\n\"}");
    assertThat(standing.at("state")).isEqualTo("ACTIVE");
    assertThat(standing.at("level")).isEqualTo("full");
    assertThat(standing.at("paidUntil")).isEqualTo("2026-09-01T00:00:00Z");
    assertThat(hub.fakes.audit.entries.toString()).doesNotContain("2026-09-01");
    Hub.Answer wrong = me.post("/apps/licences", "{\"token\":\"x\"}");
    assertThat(wrong.status()).isEqualTo(422);
    assertThat(wrong.at("field")).isEqualTo("token");
    assertThat(me.post("/apps/licences", "{\"token\":\"" + "x".repeat(33_000) + "\"}").status())
        .isEqualTo(422);
  }

  @Test
  void whatIsAllowedIsAtMostWhatWasAsked() throws Exception {
    Hub.Browser me = installed();
    String[][] table = {
      {CONSENT.replace("api.example.org", "evil.example"), "hosts"},
      {CONSENT.replace("ev-charger/", "battery/"), "actuators"},
      {CONSENT.replace("ZONE", "ANYWHERE"), "runs"},
      {CONSENT.replace("419", "901"), "latitude"},
      {CONSENT.replace("125", "1801"), "longitude"},
      {CONSENT.replace("419", "41.9"), "latitude"},
      {CONSENT.replace("\"runs\"", "\"root\":true,\"runs\""), "root"},
      {"{\"runs\":\"ZONE\",\"actuators\":[]}", "hosts"},
      {
        "{\"runs\":\"ZONE\",\"hosts\":[" + "\"a\",".repeat(16) + "\"a\"],\"actuators\":[]}", "hosts"
      },
    };
    for (String[] row : table) {
      Hub.Answer answer = me.send("PUT", APP + "/consent", row[0]);
      assertThat(answer.status()).as(row[0]).isEqualTo(422);
      assertThat(answer.at("field")).as(row[0]).isEqualTo(row[1]);
    }
    assertThat(me.get(APP).at("step")).as("nobody said yes").isEqualTo("ASKING");
    me.post("/apps", INSTALL.replace("coach", "tariff"));
    assertThat(
            me.send(
                    "PUT",
                    "/apps/org.example.tariff/consent",
                    "{\"hosts\":[],\"actuators\":[],\"runs\":\"ZONE\",\"place\":{\"latitude\":1,\"longitude\":1}}")
                .at("field"))
        .isEqualTo("place");
  }

  @Test
  void cardsFormsLogAndDataAreForThePeopleWhoLiveHere() throws Exception {
    Hub.Browser me = running();
    hub.fakes.apps.show(COACH, cards());
    hub.fakes.apps.say(COACH, Fakes.NOW, true, "No forecast.");
    hub.fakes.apps.data(
        COACH,
        new EnergyData.Grant(
            Purpose.ADVICE, EnergyData.Grant.State.OPEN, Terms.ANY, "Nothing missing."));
    Hub.Answer shown = me.get(APP + "/cards?lang=it");
    assertThat(shown.at("0.elements.0.text")).isEqualTo("<b>Sun</b> until four.");
    assertThat(shown.at("0.elements.1.value")).isEqualTo(4.2);
    assertThat(shown.at("0.elements.4.lines.0.values.0")).isEqualTo(10L);
    assertThat(shown.at("0.elements.4.lines.0.values.1")).isNull();
    assertThat(shown.at("0.elements.5.fields.1.choices.0.1")).isEqualTo("In the evening");
    assertThat(me.get(APP).at("data.0.state")).isEqualTo("OPEN");
    assertThat(me.get(APP + "/log").at("0.text")).isEqualTo("No forecast.");
    Hub.Answer zip = me.get(APP + "/export");
    assertThat(zip.header("Content-Type")).isEqualTo("application/zip");
    assertThat(zip.header("Content-Disposition")).contains("org.example.coach-2026-03-15.zip");
    assertThat(zip.text()).startsWith("PK");

    assertThat(me.post(APP + "/forms/car", "{\"values\":{\"km\":\"50\"}}").at("refused")).isNull();
    hub.fakes.apps.answer(COACH, Optional.of("The car is away."));
    assertThat(me.post(APP + "/forms/car", "{\"values\":{}}").at("refused"))
        .isEqualTo("The car is away.");
    String[] wrong = {
      "{\"values\":{\"km\":\"" + "5".repeat(201) + "\"}}",
      "{\"values\":{\"../km\":\"5\"}}",
      "{\"values\":{\"km\":[5]}}",
      "{\"values\":{" + "\"a0\":1,".repeat(1) + numbered(12) + "}}",
      "{\"form\":\"car\"}"
    };
    for (String body : wrong) {
      assertThat(me.post(APP + "/forms/car", body).status()).as(body).isEqualTo(422);
    }
    assertThat(me.post(APP + "/forms/No", "{\"values\":{}}").status()).isEqualTo(404);
    me.send("PUT", APP + "/enabled", "{\"enabled\":false}");
    assertThat(me.get(APP + "/cards").status()).isEqualTo(409);
  }

  private static String numbered(int count) {
    StringBuilder text = new StringBuilder();
    for (int i = 1; i <= count; i++) {
      text.append(i > 1 ? "," : "").append("\"f").append(i).append("\":1");
    }
    return text.toString();
  }

  @Test
  void operatorsAndTokensDecideNothingAndSeeNothing() throws Exception {
    running();
    hub.fakes.apps.show(COACH, cards());
    Hub.Browser operator = hub.operator();
    Accounts.NewToken token =
        hub.fakes.people.addToken("all", "anna", Set.of(Accounts.Scope.values()), Fakes.NOW);
    Hub.Browser program = hub.browser();
    program.extra.put("Authorization", "Bearer " + token.secret());
    for (Router.Route route : hub.api.router().routes()) {
      if (route.template().startsWith("/apps") || route.template().startsWith("/catalogues")) {
        String path =
            route
                .template()
                .replace("{app}", COACH.name())
                .replace("{source}", "village")
                .replace("{form}", "car");
        String body = route.method().matches("GET|DELETE") ? null : "{}";
        for (Hub.Browser other : List.of(operator, program)) {
          Hub.Answer answer = other.send(route.method(), path, body);
          assertThat(answer.status()).as(route.method() + path).isEqualTo(403);
          assertThat(answer.text()).doesNotContain("Sun");
        }
      }
    }
  }

  @Test
  void guestsWhoMayOnlyLookSeeNoCardsAndNoData() throws Exception {
    running();
    hub.fakes.apps.show(COACH, cards());
    hub.fakes.trust.rights.accepted.add(
        new Delegation("1", TrustFakes.OTHER, "bruno", Right.READ, java.time.Instant.MAX));
    Hub.Browser guest = hub.browser();
    guest.get("/session");
    String assertion = "YnJ1bm8";
    Hub.Answer entered = guest.post("/enter", "{\"assertion\":\"" + assertion + "\"}");
    guest.csrf = (String) entered.at("csrf");
    assertThat(entered.at("user.readOnly")).isEqualTo(true);
    assertThat(guest.get("/apps").status()).isEqualTo(200);
    for (String path : new String[] {"/cards", "/log", "/export"}) {
      Hub.Answer answer = guest.get(APP + path);
      assertThat(answer.status()).as(path).isEqualTo(403);
      assertThat((String) answer.at("detail")).contains("people who live here");
    }
    assertThat(guest.post(APP + "/forms/car", "{\"values\":{}}").status()).isEqualTo(403);
    assertThat(guest.send("PUT", APP + "/enabled", "{\"enabled\":false}").status()).isEqualTo(403);
  }

  @Test
  void catalogueIsFollowedOnlyIfTheFingerprintIsTheOperators() throws Exception {
    Hub.Browser me = hub.prosumer();
    Hub.Answer wrong = me.post("/catalogues", follow("other", "0123"));
    assertThat(wrong.status()).isEqualTo(422);
    assertThat(wrong.at("field")).isEqualTo("fingerprint");
    assertThat(hub.fakes.catalogues.sources()).as("nothing is followed").hasSize(1);
    String typed = fingerprint().toUpperCase(java.util.Locale.ROOT).replaceAll("(....)", "$1 ");
    Hub.Answer followed = me.post("/catalogues", follow("other", typed));
    assertThat(followed.status()).isEqualTo(201);
    assertThat(followed.at("state")).isEqualTo("NEW");
    assertThat(me.post("/catalogues/other/refresh", null).at("state")).isEqualTo("FRESH");
    assertThat(me.post("/catalogues", follow("other", typed)).status()).isEqualTo(409);
    String[][] table = {
      {follow("Other", typed), "name"},
      {follow("other2", typed).replace("https://apps.example/", "apps"), "url"},
      {follow("other2", typed).replace("https://apps", "https://u:p@apps"), "url"},
      {follow("other2", typed).replace(root(), "%%%"), "root"},
      {follow("other2", typed).replace(root(), "A".repeat(180_000)), "root"},
    };
    for (String[] row : table) {
      Hub.Answer answer = me.post("/catalogues", row[0]);
      assertThat(answer.status()).as(row[1]).isEqualTo(422);
      assertThat(answer.at("field")).isEqualTo(row[1]);
    }
    assertThat(me.send("DELETE", "/catalogues/other", null).status()).isEqualTo(204);
    assertThat(me.send("DELETE", "/catalogues/other", null).status()).isEqualTo(404);
    assertThat(me.post("/catalogues/other/refresh", null).status()).isEqualTo(404);
  }

  @Test
  void whatFailsInTheBackgroundIsToldUntilItIsTriedAgain() throws Exception {
    Hub.Browser me = hub.prosumer();
    assertThat(me.post("/apps", INSTALL.replace("coach", "none")).status()).isEqualTo(202);
    Hub.Answer apps = me.get("/apps");
    assertThat(apps.at("work.0.app")).isEqualTo("org.example.none");
    assertThat((String) apps.at("work.0.problem")).contains("lists no app");
    for (int i = 0; i < 30; i++) {
      me.post("/apps", INSTALL.replace("coach", "none" + i));
    }
    assertThat((List<?>) me.get("/apps").at("work")).as("a bounded number").hasSize(16);
    assertThat(me.post(APP + "/update", null).status()).isEqualTo(404);
  }

  @Test
  void whileAnAppIsBeingInstalledItIsNotInstalledAgain() throws Exception {
    CompletableFuture<AppDesk.Installed> under = new CompletableFuture<>();
    hub.services.appDesk = new Slow(hub.fakes.apps, under);
    Hub.Browser me = hub.prosumer();
    assertThat(me.post("/apps", INSTALL).status()).isEqualTo(202);
    Hub.Answer apps = me.get("/apps");
    assertThat(apps.at("work.0.doing")).isEqualTo("install");
    assertThat(apps.at("work.0.problem")).isNull();
    assertThat(me.post("/apps", INSTALL).status()).isEqualTo(409);
    under.completeExceptionally(
        new AppException(AppException.Reason.FORBIDDEN_CODE, "It opens files."));
    assertThat(me.get("/apps").at("work.0.problem")).isEqualTo("It opens files.");
    hub.services.appDesk = hub.fakes.apps;
    assertThat(me.post("/apps", INSTALL).status()).isEqualTo(202);
    assertThat(me.get("/apps").at("work")).isEqualTo(List.of());
  }

  @Test
  void updateShowsWhatIsNewAndGoesBack() throws Exception {
    Hub.Browser me = running();
    hub.fakes.catalogues.list("village", coach("1.1.0").host("b.example.org"));
    Hub.Answer before = me.get(APP);
    assertThat(before.at("update.version")).isEqualTo("1.1.0");
    assertThat(before.at("update.more")).isEqualTo(true);
    assertThat(before.at("update.manifest.changes")).isEqualTo("Better.");
    assertThat(before.at("update.manifest.hosts.1.host")).isEqualTo("b.example.org");
    assertThat(me.post(APP + "/update", null).status()).isEqualTo(202);
    assertThat(me.get(APP).at("version")).isEqualTo("1.1.0");
    assertThat(me.get(APP).at("previous")).isEqualTo("1.0.0");
    assertThat(me.send("POST", APP + "/rollback", null).at("version")).isEqualTo("1.0.0");
    assertThat(me.send("POST", APP + "/rollback", null).status()).isEqualTo(409);
    hub.fakes.catalogues.withdraw(COACH, AppVersion.parse("1.0.0"), "It lied.");
    assertThat(me.get("/apps/offers/village/org.example.coach").at("version")).isEqualTo("1.1.0");
    assertThat(me.send("DELETE", APP, null).status()).isEqualTo(204);
    assertThat(me.get(APP).status()).isEqualTo(404);
    assertThat(me.send("DELETE", APP, null).status()).isEqualTo(404);
  }

  @Test
  void everyReasonHasItsStatus() {
    Object[][] table = {
      {AppException.Reason.UNKNOWN, 404},
      {AppException.Reason.NOT_NOW, 409},
      {AppException.Reason.UNTRUSTED, 422},
      {AppException.Reason.FORBIDDEN_CODE, 422},
      {AppException.Reason.UNLICENSED, 402},
      {AppException.Reason.FAILED, 502},
    };
    assertThat(table.length).isEqualTo(AppException.Reason.values().length);
    for (Object[] row : table) {
      Problem problem =
          AppsApi.problem("", new AppException((AppException.Reason) row[0], "It is so."));
      assertThat(problem.status()).as(row[0].toString()).isEqualTo(row[1]);
      assertThat(problem.getMessage()).isEqualTo("It is so.");
    }
    Problem fault = AppsApi.problem("", new IllegalStateException("secret"));
    assertThat(fault.status()).isEqualTo(500);
    assertThat(fault.getMessage()).doesNotContain("secret");
  }

  @Test
  void withoutTheFeatureItIsSaidHowToSwitchItOn() throws Exception {
    Hub.Browser me = hub.prosumer();
    hub.services.appDesk = null;
    hub.services.catalogueService = null;
    hub.services.licenceService = null;
    hub.services.usageMeter = null;
    for (String path : new String[] {"/apps", "/apps/offers", "/apps/usage", APP, "/catalogues"}) {
      Hub.Answer answer = me.get(path);
      assertThat(answer.status()).as(path).isEqualTo(503);
      assertThat(answer.at("detail"))
          .isEqualTo("Apps are switched off. Switch them on in Settings, Features: Apps.");
    }
    assertThat(me.post("/apps/licences", "{\"token\":\"x\"}").status()).isEqualTo(503);
  }

  @Test
  void accountsOfTheMonthAreExact() throws Exception {
    hub.fakes.usage.report(report());
    hub.fakes.licences.set(COACH, Standing.State.GRACE);
    Hub.Answer usage = hub.prosumer().get("/apps/usage");
    assertThat(usage.at("0.month")).isEqualTo("2026-02");
    assertThat(usage.at("0.lines.0.fee_micros")).isEqualTo(225_000L);
    assertThat(usage.at("0.lines.0.counts.run-days")).isEqualTo(28L);
  }

  /** A desk whose installations take a while. */
  private record Slow(AppDesk desk, CompletionStage<Installed> under) implements AppDesk {
    @Override
    public List<Offer> offers() {
      return desk.offers();
    }

    @Override
    public List<Installed> apps() {
      return desk.apps();
    }

    @Override
    public CompletionStage<Installed> install(AppId app, String source, String actor) {
      return under;
    }

    @Override
    public Installed consent(
        AppId app,
        org.commonshub.apps.desk.api.Grants grants,
        org.commonshub.apps.desk.api.Place place,
        String actor)
        throws AppException {
      return desk.consent(app, grants, place, actor);
    }

    @Override
    public Installed enable(AppId app, boolean on, String actor) throws AppException {
      return desk.enable(app, on, actor);
    }

    @Override
    public CompletionStage<Installed> update(AppId app, String actor) {
      return under;
    }

    @Override
    public Installed rollback(AppId app, String actor) throws AppException {
      return desk.rollback(app, actor);
    }

    @Override
    public void remove(AppId app, String actor) throws AppException {
      desk.remove(app, actor);
    }

    @Override
    public void export(AppId app, java.io.OutputStream out)
        throws AppException, java.io.IOException {
      desk.export(app, out);
    }

    @Override
    public CompletionStage<List<Card>> cards(AppId app, java.util.Locale locale) {
      return desk.cards(app, locale);
    }

    @Override
    public CompletionStage<Optional<String>> submit(
        AppId app, String form, Map<String, String> values, java.util.Locale locale) {
      return desk.submit(app, form, values, locale);
    }

    @Override
    public List<org.commonshub.apps.desk.api.AppSession.LogLine> log(AppId app)
        throws AppException {
      return desk.log(app);
    }
  }
}
