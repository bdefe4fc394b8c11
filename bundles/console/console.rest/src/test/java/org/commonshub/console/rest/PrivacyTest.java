package org.commonshub.console.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.commonshub.platform.api.Accounts;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.DataKind;
import org.commonshub.privacy.api.Price;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.Terms;
import org.commonshub.privacy.api.TermsCodec;
import org.commonshub.testing.fakes.FakePrivacyDesk;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The prosumer decides over REST; tokens and operators get what the gate releases. */
@Timeout(60)
class PrivacyTest {
  private static final Recipient COACH = Recipient.parse("app:com.example.coach");
  private static final String ALL = "{\"version\":1,\"mode\":\"raw\",\"resolution_s\":1}";
  private static final String HOURS = "{\"version\":1,\"mode\":\"interval\",\"resolution_s\":3600}";
  private static final String DAY = "&from=2026-03-14T00:00:00Z&to=2026-03-15T00:00:00Z";

  private Hub hub;
  private FakePrivacyDesk desk;

  @BeforeEach
  void start() throws Exception {
    hub = new Hub();
    desk = hub.fakes.desk;
    raw(desk, 96);
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  private static void raw(FakePrivacyDesk desk, int values) {
    long[] starts = new long[values];
    long[] mantissas = new long[values];
    long begin = Fakes.NOW.minus(Duration.ofDays(1)).toEpochMilli();
    for (int i = 0; i < values; i++) {
      starts[i] = begin + 86_400_000L * i / values;
      mantissas[i] = 4_000 + 10 * i;
    }
    desk.raw(
        new Block(
            Fakes.METER.toString(),
            "power.active",
            Block.Statistic.VALUE,
            0,
            -1,
            starts,
            mantissas,
            new int[values]));
  }

  private static Terms asked() {
    return Terms.ANY.toBuilder()
        .purposes(Purpose.ADVICE)
        .kinds(DataKind.READINGS)
        .quantities(Set.of("power.active"))
        .history(Duration.ofDays(30))
        .until(Fakes.NOW.plus(Duration.ofDays(90)))
        .build();
  }

  private static String choice(String id, String terms) {
    return "{\"id\":\"" + id + "\",\"choice\":" + terms + "}";
  }

  private static String ask() {
    return "{\"asked\":" + TermsCodec.json(asked()) + ",\"text\":\"To draw your bill.\"}";
  }

  private String request() throws Exception {
    return desk.ask(COACH, "Coach", "To tell you what to switch off.", asked()).id();
  }

  /** Every operation once, for {@link ApiTest}. */
  static void everyOperation(Hub hub, Hub.Browser me) throws Exception {
    FakePrivacyDesk desk = hub.fakes.desk;
    raw(desk, 96);
    Hub.Browser program = program(hub);
    assertThat(program.post("/released/requests", ask()).status()).isEqualTo(202);
    String id = (String) me.get("/privacy").at("requests.0.id");
    assertThat(me.post("/privacy/preview", choice(id, ALL)).status()).isEqualTo(200);
    Hub.Answer consent = me.post("/privacy/consents", choice(id, HOURS));
    assertThat(consent.status()).isEqualTo(201);
    assertThat(program.get("/released?purpose=ADVICE" + DAY).status()).isEqualTo(200);
    assertThat(program.get("/released/grants").at("0.state")).isEqualTo("OPEN");
    desk.ask(
        COACH, "Coach", "", asked().toBuilder().price(new Price(5_000_000, "EUR", 30)).build());
    String sold = (String) me.get("/privacy").at("requests.0.id");
    String paid = (String) me.post("/privacy/consents", choice(sold, HOURS)).at("id");
    assertThat(
            me.post("/privacy/paid", "{\"consent\":\"" + paid + "\",\"reference\":\"17\"}")
                .status())
        .isEqualTo(204);
    desk.ask(COACH, "Coach", "", asked());
    String other = (String) me.get("/privacy").at("requests.0.id");
    String of = "/privacy/consents/" + consent.at("id");
    Object[][] calls = {
      {"GET", "/privacy/state", null, 200},
      {"GET", of + "/receipt", null, 200},
      {"DELETE", of, null, 204},
      {"PUT", "/privacy/paused", "{\"paused\":false}", 204},
      {"POST", "/privacy/refuse", "{\"id\":\"" + other + "\"}", 204},
      {"POST", "/privacy/forget", "{\"recipient\":\"app:com.example.coach\"}", 204},
      {"POST", "/privacy/requests", document(), 201},
      {"GET", "/privacy/log", null, 200},
      {"GET", "/privacy/log.csv", null, 200},
      {"GET", "/privacy/export?format=archive", null, 200},
      {"POST", "/privacy/erase", "{\"confirm\":\"anna\"}", 200},
    };
    for (Object[] call : calls) {
      assertThat(me.send((String) call[0], (String) call[1], (String) call[2]).status())
          .as((String) call[1])
          .isEqualTo(call[3]);
    }
  }

  private static String document() {
    byte[] document =
        ("app:com.example.coach\n" + TermsCodec.json(asked())).getBytes(StandardCharsets.UTF_8);
    return "{\"document\":\"" + Base64.getEncoder().encodeToString(document) + "\"}";
  }

  private static Hub.Browser program(Hub hub, Accounts.Scope... scopes) {
    Accounts.NewToken token =
        hub.fakes.people.addToken(
            "reader",
            "anna",
            scopes.length == 0 ? Set.of(Accounts.Scope.READ_DATA) : Set.of(scopes),
            Fakes.NOW);
    Hub.Browser program = hub.browser();
    program.extra.put("Authorization", "Bearer " + token.secret());
    return program;
  }

  @Test
  void whoAsksIsShownPreviewedAndGrantedNarrower() throws Exception {
    Hub.Browser me = hub.prosumer();
    Hub.Answer first = me.get("/privacy");
    assertThat(first.at("requests")).isEqualTo(List.of());
    assertThat(first.at("consents")).isEqualTo(List.of());
    assertThat(first.at("rights")).isEqualTo(true);

    String id = request();
    assertThat(me.get("/privacy/state").at("waiting")).isEqualTo(1L);
    Hub.Answer all = me.get("/privacy");
    assertThat(all.at("requests.0.recipient")).isEqualTo("app:com.example.coach");
    assertThat(all.at("requests.0.asked.purposes")).isEqualTo(List.of("advice"));
    assertThat(all.at("requests.0.widest.resolution_s")).isEqualTo(1L);

    Hub.Answer preview = me.post("/privacy/preview", choice(id, HOURS));
    assertThat(preview.status()).isEqualTo(200);
    assertThat(((List<?>) preview.at("raw.0.points")).size()).isEqualTo(96);
    assertThat(((List<?>) preview.at("released.0.points")).size()).isEqualTo(24);
    assertThat(preview.at("released.0.unit")).isEqualTo("W");
    assertThat(preview.at("released.0.interval_s")).isEqualTo(3600L);
    assertThat(preview.at("raw.0.points.1.1")).isEqualTo(401L);
    assertThat(preview.at("values")).isEqualTo(24L);
    assertThat((String) preview.at("payload")).startsWith("{\"consent\":").contains(",4015],[");
    assertThat((List<Object>) list(preview.at("inferences"))).contains("PRESENCE");
    assertThat(desk.consents()).as("a preview releases nothing").isEmpty();

    Hub.Answer consent = me.post("/privacy/consents", choice(id, HOURS));
    assertThat(consent.status()).isEqualTo(201);
    assertThat(consent.at("terms.resolution_s")).isEqualTo(3600L);
    assertThat(consent.at("actor")).isEqualTo("anna");
    assertThat(consent.at("state")).isEqualTo("OPEN");
    assertThat(me.get("/privacy/state").at("waiting")).isEqualTo(0L);
    desk.released((String) consent.at("id"), 24);
    assertThat(me.get("/privacy").at("consents.0.valuesReleased")).isEqualTo(24L);
    assertThat(me.get("/privacy/consents/" + consent.at("id") + "/receipt").text())
        .isEqualTo("{\"consent\":\"" + consent.at("id") + "\"}");

    assertThat(me.send("DELETE", "/privacy/consents/" + consent.at("id"), null).status())
        .isEqualTo(204);
    Hub.Answer after = me.get("/privacy");
    assertThat(after.at("consents.0.state")).isEqualTo("CLOSED");
    assertThat(after.at("consents.0.withdrawn")).isNotNull();
    assertThat(hub.fakes.audit.entries.stream().map(e -> e.action() + " " + e.subject()))
        .contains(
            "privacy.grant app:com.example.coach ADVICE",
            "privacy.withdraw app:com.example.coach ADVICE");
  }

  private static List<Object> list(Object value) {
    return List.copyOf((List<?>) value);
  }

  @Test
  void aLongCurveIsThinnedAndKeepsItsExtremes() throws Exception {
    Hub.Browser me = hub.prosumer();
    raw(desk, Block.MAX_VALUES);
    Hub.Answer preview = me.post("/privacy/preview", choice(request(), ALL));
    List<?> points = (List<?>) preview.at("raw.0.points");
    assertThat(points).hasSizeBetween(1_000, Curves.MAX_POINTS);
    assertThat(((List<?>) points.get(points.size() - 1)).get(1)).isEqualTo(4_495L);
    assertThat(preview.at("values")).isEqualTo((long) Block.MAX_VALUES);
  }

  @Test
  void wrongInputIsRefusedWithTheFieldAtFault() throws Exception {
    Hub.Browser me = hub.prosumer();
    String id = request();
    String[][] table = {
      {"/privacy/preview", choice(id, "{\"version\":1}"), "choice", "mode"},
      {"/privacy/preview", choice(id, ALL.replace("}", ",\"x\":1}")), "choice", "not known"},
      {"/privacy/preview", choice(id, ALL.replace(":1}", ":7}")), "choice", "no resolution"},
      {"/privacy/preview", choice(id, ALL.replace(":1}", ":1.5}")), "choice", "integer"},
      {
        "/privacy/consents",
        choice(id, ALL.replace("}", ",\"quantities\":[\"voltage.l1\"]}")),
        "choice",
        "nothing is left"
      },
      {"/privacy/consents", "{\"id\":\"" + id + "\",\"choice\":[]}", "choice", "object"},
      {"/privacy/consents", "{\"choice\":" + ALL + "}", "id", "1 to 128"},
      {"/privacy/requests", "{\"document\":\"***\"}", "document", "copy it again"},
      {"/privacy/requests", "{\"document\":\"a.b.c\"}", "document", "not signed"},
      {"/privacy/requests", "{\"document\":\"AAAA\"}", "document", "not signed"},
      {"/privacy/forget", "{\"recipient\":\"coach\"}", "recipient", "kind:name"},
      {"/privacy/erase", "{\"confirm\":\"yes\"}", "confirm", "anna"},
      {"/privacy/erase", "{}", "confirm", "1 to 64"},
    };
    for (String[] row : table) {
      Hub.Answer answer = me.post(row[0], row[1]);
      assertThat(answer.status()).as(row[1]).isEqualTo(422);
      assertThat(answer.at("field")).as(row[1]).isEqualTo(row[2]);
      assertThat((String) answer.at("detail")).as(row[1]).contains(row[3]);
    }
    for (String query :
        new String[] {
          "/privacy/log?limit=0",
          "/privacy/log?before=x",
          "/privacy/log?recipient=x",
          "/privacy/log?from=x",
          "/privacy/export?format=pdf",
          "/privacy/export?format=archive&from=2026-03-15T00:00:00Z&to=2026-03-14T00:00:00Z"
        }) {
      assertThat(me.get(query).status()).as(query).isEqualTo(422);
    }
    assertThat(me.send("PUT", "/privacy/paused", "{\"paused\":1}").status()).isEqualTo(422);
    Object[][] gone = {
      {"POST", "/privacy/preview", choice("none", ALL)},
      {"POST", "/privacy/consents", choice("none", ALL)},
      {"POST", "/privacy/refuse", "{\"id\":\"none\"}"},
      {"DELETE", "/privacy/consents/none", null},
      {"GET", "/privacy/consents/none/receipt", null},
    };
    for (Object[] call : gone) {
      Hub.Answer answer = me.send((String) call[0], (String) call[1], (String) call[2]);
      assertThat(answer.status()).as((String) call[1]).isEqualTo(404);
      assertThat((String) answer.at("detail")).contains("load the page again");
    }
    assertThat(desk.consents()).isEmpty();
  }

  @Test
  void everythingIsPausedByOneSwitch() throws Exception {
    Hub.Browser me = hub.prosumer();
    me.post("/privacy/consents", choice(request(), HOURS));
    assertThat(me.send("PUT", "/privacy/paused", "{\"paused\":true}").status()).isEqualTo(204);
    assertThat(me.get("/privacy/state").at("paused")).isEqualTo(true);
    assertThat(me.get("/privacy").at("consents.0.state")).isEqualTo("PAUSED");
    assertThat(me.post("/privacy/preview", choice(request(), HOURS)).at("refusal"))
        .isEqualTo("Everything is paused.");
    assertThat(me.send("PUT", "/privacy/paused", "{\"paused\":false}").status()).isEqualTo(204);
    assertThat(me.get("/privacy").at("consents.0.state")).isEqualTo("OPEN");
  }

  @Test
  void theLogIsSearchedPagedExportedAndForgotten() throws Exception {
    Hub.Browser me = hub.prosumer();
    String id = (String) me.post("/privacy/consents", choice(request(), HOURS)).at("id");
    for (int i = 1; i <= 5; i++) {
      desk.released(id, i);
    }
    Hub.Answer newest = me.get("/privacy/log?limit=2");
    assertThat(newest.at("0.values")).isEqualTo(5L);
    assertThat(me.get("/privacy/log?limit=2&before=" + newest.at("1.number")).at("0.values"))
        .isEqualTo(3L);
    assertThat(me.get("/privacy/log?recipient=app:other").json()).isEqualTo(List.of());
    assertThat(me.get("/privacy/log?text=power&consent=" + id).at("4.purpose")).isEqualTo("ADVICE");
    assertThat(me.get("/privacy/log?to=2026-01-01T00:00:00Z").json()).isEqualTo(List.of());
    Hub.Answer csv = me.get("/privacy/log.csv");
    assertThat(csv.header("Content-Disposition")).contains("disclosures.csv");
    assertThat(csv.text()).contains("4,app:com.example.coach,5\r\n");
    assertThat(me.post("/privacy/forget", "{\"recipient\":\"app:com.example.coach\"}").status())
        .isEqualTo(204);
    assertThat(me.get("/privacy/log").json()).isEqualTo(List.of());
    assertThat(me.get("/privacy").at("consents")).isEqualTo(List.of());
  }

  @Test
  void ownDataIsTakenAlongAndErased() throws Exception {
    Hub.Browser me = hub.prosumer();
    Hub.Answer archive = me.get("/privacy/export?format=archive");
    assertThat(archive.header("Content-Type")).isEqualTo("application/zip");
    assertThat(archive.header("Content-Disposition")).contains("hub-data-2026-03-15.zip");
    assertThat(archive.text()).isEqualTo("ARCHIVE 1970-01-01T00:00:00Z/2026-03-15T12:00:00Z\n");
    Hub.Answer green =
        me.get(
            "/privacy/export?format=green-button&from=2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z");
    assertThat(green.header("Content-Type")).startsWith("application/atom+xml");
    assertThat(green.text()).startsWith("GREEN_BUTTON 2026-03-01");

    assertThat(me.post("/privacy/erase", "{\"confirm\":\"bob\"}").status()).isEqualTo(422);
    assertThat(hub.fakes.rights.erasedBy()).isEmpty();
    assertThat((String) me.post("/privacy/erase", "{\"confirm\":\"anna\"}").at("message"))
        .contains("Erased: 12 readings");
    assertThat(hub.fakes.rights.erasedBy()).containsExactly("anna");

    hub.fakes.rights.fail(true);
    assertThat((String) me.get("/privacy/export?format=archive").at("detail")).contains("disk");
    assertThat(me.post("/privacy/erase", "{\"confirm\":\"anna\"}").status()).isEqualTo(500);
  }

  @Test
  void whatIsSoldIsPaidAndWrittenDown() throws Exception {
    Hub.Browser me = hub.prosumer();
    Price price = new Price(5_000_000, "EUR", 30);
    String sold = desk.ask(COACH, "Coach", "", asked().toBuilder().price(price).build()).id();
    Hub.Answer consent = me.post("/privacy/consents", choice(sold, HOURS));
    assertThat(consent.at("terms.price.micro_units")).isEqualTo(5_000_000L);
    String body = "{\"consent\":\"" + consent.at("id") + "\",\"reference\":\"transfer 17\"}";
    assertThat(me.post("/privacy/paid", body).status()).isEqualTo(204);
    assertThat(desk.payments()).containsExactly(consent.at("id") + " transfer 17");
    assertThat(me.post("/privacy/paid", body.replace("transfer 17", "")).at("field"))
        .isEqualTo("reference");
    String free = (String) me.post("/privacy/consents", choice(request(), HOURS)).at("id");
    assertThat(
            (String)
                me.post("/privacy/paid", body.replace((String) consent.at("id"), free))
                    .at("detail"))
        .contains("no price");
    assertThat(me.post("/privacy/paid", "{\"consent\":\"x\",\"reference\":\"1\"}").status())
        .isEqualTo(404);
  }

  @Test
  void aFullDiskIsSaidAndNothingIsTakenForDone() throws Exception {
    Hub.Browser me = hub.prosumer();
    String id = (String) me.post("/privacy/consents", choice(request(), HOURS)).at("id");
    String waiting = request();
    int noted = hub.fakes.audit.entries.size();
    desk.fail(true);
    Object[][] calls = {
      {"POST", "/privacy/consents", choice(waiting, HOURS)},
      {"POST", "/privacy/refuse", "{\"id\":\"" + waiting + "\"}"},
      {"DELETE", "/privacy/consents/" + id, null},
      {"PUT", "/privacy/paused", "{\"paused\":true}"},
      {"POST", "/privacy/forget", "{\"recipient\":\"app:com.example.coach\"}"},
      {"GET", "/privacy/log", null},
      {"GET", "/privacy/log.csv", null},
    };
    for (Object[] call : calls) {
      Hub.Answer answer = me.send((String) call[0], (String) call[1], (String) call[2]);
      assertThat(answer.status()).as((String) call[1]).isEqualTo(500);
      assertThat((String) answer.at("detail")).contains("disk is full");
    }
    assertThat(hub.fakes.audit.entries).hasSize(noted);
    assertThat((String) me.get("/privacy").at("problems.0")).contains("disk is full");
  }

  @Test
  void withoutTheGateEverythingSaysSoAndItMayComeBack() throws Exception {
    Hub.Browser me = hub.prosumer();
    hub.services.deskService = null;
    hub.services.rightsService = null;
    Object[][] calls = {
      {"GET", "/privacy", null, "privacy gate"},
      {"PUT", "/privacy/paused", "{\"paused\":true}", "privacy gate"},
      {"POST", "/privacy/requests", document(), "privacy gate"},
      {"POST", "/privacy/refuse", "{\"id\":\"r1\"}", "privacy gate"},
      {"POST", "/privacy/preview", choice("r1", ALL), "privacy gate"},
      {"POST", "/privacy/consents", choice("r1", ALL), "privacy gate"},
      {"DELETE", "/privacy/consents/c1", null, "privacy gate"},
      {"GET", "/privacy/consents/c1/receipt", null, "privacy gate"},
      {"POST", "/privacy/paid", "{\"consent\":\"c\",\"reference\":\"1\"}", "privacy gate"},
      {"POST", "/privacy/forget", "{\"recipient\":\"app:x\"}", "privacy gate"},
      {"GET", "/privacy/log", null, "privacy gate"},
      {"GET", "/privacy/log.csv", null, "privacy gate"},
      {"GET", "/privacy/export?format=archive", null, "privacy.rights"},
      {"POST", "/privacy/erase", "{\"confirm\":\"anna\"}", "privacy.rights"},
    };
    for (Object[] call : calls) {
      Hub.Answer answer = me.send((String) call[0], (String) call[1], (String) call[2]);
      assertThat(answer.status()).as((String) call[1]).isEqualTo(503);
      assertThat((String) answer.at("detail")).contains((String) call[3]);
    }
    assertThat(me.get("/privacy/state").json())
        .isEqualTo(Map.of("running", false, "paused", false, "waiting", 0L));
    Hub.Browser program = program(hub);
    assertThat(program.get("/released?purpose=ADVICE" + DAY).status()).isEqualTo(503);
    hub.services.deskService = desk;
    assertThat(me.get("/privacy").status()).isEqualTo(200);
    assertThat(me.get("/privacy").at("rights")).isEqualTo(false);
  }

  @Test
  void aTokenReadsWhatWasGrantedToItAndNoMore() throws Exception {
    Hub.Browser me = hub.prosumer();
    Hub.Browser program = program(hub);
    Hub.Answer none = program.get("/released?purpose=ADVICE" + DAY);
    assertThat(none.status()).isEqualTo(403);
    assertThat((String) none.at("detail")).contains("Nobody said yes");
    Hub.Answer asking = program.post("/released/requests", ask());
    assertThat(asking.status()).isEqualTo(202);
    assertThat(asking.at("state")).isEqualTo("ASKED");
    Hub.Answer waiting = me.get("/privacy");
    assertThat(waiting.at("requests.0.recipient")).isEqualTo("token:t1");
    me.post("/privacy/consents", choice((String) waiting.at("requests.0.id"), HOURS));

    Hub.Answer release = program.get("/released?purpose=ADVICE" + DAY);
    assertThat(release.status()).isEqualTo(200);
    assertThat(release.at("recipient")).isEqualTo("token:t1");
    assertThat(release.at("series.0.interval_s")).isEqualTo(3600L);
    assertThat(me.get("/privacy/log").at("0.recipient")).isEqualTo("token:t1");

    Hub.Browser second = program(hub);
    assertThat(second.get("/released?purpose=ADVICE" + DAY).status()).isEqualTo(403);
    assertThat(second.get("/released/grants").json()).isEqualTo(List.of());
    Hub.Browser healthOnly = program(hub, Accounts.Scope.READ_HEALTH);
    assertThat((String) healthOnly.get("/released/grants").at("detail")).contains("READ_DATA");

    assertThat(program.get("/released?purpose=SPYING" + DAY).at("field")).isEqualTo("purpose");
    assertThat(program.get("/released?purpose=ADVICE").at("field")).isEqualTo("from");
    assertThat(
            program
                .get("/released?purpose=ADVICE&from=2026-03-15T00:00:00Z&to=2026-03-15T00:00:00Z")
                .at("field"))
        .isEqualTo("to");
    assertThat(
            program
                .get("/released?purpose=ADVICE&from=2020-03-15T00:00:00Z&to=2026-03-15T00:00:00Z")
                .status())
        .isEqualTo(422);
    assertThat(
            program
                .post("/released/requests", ask().replace("{\"asked\":{", "{\"asked\":{\"x\":1,"))
                .at("field"))
        .isEqualTo("asked");
    String another =
        TermsCodec.json(asked().toBuilder().recipient(COACH).build()).replace("\\", "");
    assertThat(
            program
                .post("/released/requests", "{\"asked\":" + another + ",\"text\":\"x\"}")
                .status())
        .as("as somebody else")
        .isEqualTo(422);

    me.send("PUT", "/privacy/paused", "{\"paused\":true}");
    assertThat((String) program.get("/released?purpose=ADVICE" + DAY).at("detail"))
        .contains("paused");
    me.send("PUT", "/privacy/paused", "{\"paused\":false}");
    me.send("DELETE", "/privacy/consents/" + me.get("/privacy").at("consents.0.id"), null);
    assertThat((String) program.get("/released?purpose=ADVICE" + DAY).at("detail"))
        .contains("withdrawn");
  }

  @Test
  void anOperatorGoesThroughTheGateAndAProsumerDoesNot() throws Exception {
    Hub.Browser me = hub.prosumer();
    hub.fakes.people.put("Ösc ar*", Hub.PASSWORD, Accounts.Role.OPERATOR);
    Hub.Browser operator = hub.browser().logIn("Ösc ar*");
    assertThat(operator.get("/released/grants").json()).isEqualTo(List.of());
    assertThat(operator.post("/released/requests", ask()).status()).isEqualTo(202);
    assertThat(me.get("/privacy").at("requests.0.recipient"))
        .isEqualTo("operator:%C3%96sc%20ar%2A");
    assertThat(operator.get("/released?purpose=ADVICE" + DAY).status()).isEqualTo(403);
    me.post("/privacy/consents", choice((String) me.get("/privacy").at("requests.0.id"), HOURS));
    assertThat(operator.get("/released?purpose=ADVICE" + DAY).at("series.0.interval_s"))
        .isEqualTo(3600L);
    hub.fakes.people.put("ö".repeat(30), Hub.PASSWORD, Accounts.Role.OPERATOR);
    assertThat((String) hub.browser().logIn("ö".repeat(30)).get("/released/grants").at("detail"))
        .contains("too long");
    assertThat((String) me.get("/released/grants").at("detail")).contains("under Energy");
    assertThat((String) operator.get("/privacy").at("detail")).contains("Only a prosumer");
    assertThat((String) program(hub).get("/privacy").at("detail")).contains("a person's log-in");
  }
}
