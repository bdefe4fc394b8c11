package org.commonshub.console.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.commonshub.platform.api.Accounts;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who may do what, and what hostile callers get. */
@Timeout(60)
class AccessTest {
  private Hub hub;

  @BeforeEach
  void start() throws Exception {
    hub = new Hub();
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  private static String path(Router.Route route) {
    return route
        .template()
        .replace("{id}", Fakes.METER.toString())
        .replace("{device}", Fakes.METER.toString())
        .replace("{actuator}", "current-limit")
        .replace("{entry}", "0123456789abcdef01234567")
        .replace("{pid}", "org.commonshub.sample")
        .replace("{name}", "anna")
        .replace("{index}", "0")
        .replace("{app}", "org.example.coach")
        .replace("{source}", "village")
        .replace("{form}", "car")
        .replace("{did}", "did:web:x");
  }

  private static String body(Router.Route route) {
    return route.method().equals("GET") || route.method().equals("DELETE") ? null : "{}";
  }

  @Test
  void strangersReachNothingButTheDoor() throws Exception {
    hub.prosumer();
    for (Router.Route route : hub.api.router().routes()) {
      Hub.Browser stranger = hub.browser();
      stranger.get("/session");
      int status = stranger.send(route.method(), path(route), body(route)).status();
      if (route.access() == Access.PUBLIC) {
        assertThat(status).as(route.toString()).isNotEqualTo(401);
      } else {
        assertThat(status).as(route.method() + route.template()).isEqualTo(401);
      }
    }
  }

  @Test
  void everyChangeNeedsTheCsrfToken() throws Exception {
    Hub.Browser me = hub.prosumer();
    for (Router.Route route : hub.api.router().routes()) {
      if (!route.method().equals("GET")) {
        Hub.Answer answer = me.send(route.method(), path(route), body(route), "X-CSRF-Token", null);
        assertThat(answer.status()).as(route.method() + route.template()).isEqualTo(403);
        assertThat((String) answer.at("detail")).contains("X-CSRF-Token");
      }
    }
  }

  @Test
  void operatorsSeeNoRawData() throws Exception {
    hub.prosumer();
    Hub.Browser operator = hub.operator();
    for (Router.Route route : hub.api.router().routes()) {
      if (route.access() == Access.DATA || route.access() == Access.OWNER) {
        Hub.Answer answer = operator.send(route.method(), path(route), body(route));
        assertThat(answer.status()).as(route.method() + route.template()).isEqualTo(403);
      }
    }
    assertThat((String) operator.get("/now").at("detail")).contains("no raw data");
    for (String path : new String[] {"/health", "/devices", "/settings", "/features", "/system"}) {
      assertThat(operator.get(path).status()).as(path).isEqualTo(200);
    }
  }

  @Test
  void tokensReadHealthAndDataOnlyThroughThePrivacyGate() throws Exception {
    Accounts.NewToken all =
        hub.fakes.people.addToken("all", "anna", Set.of(Accounts.Scope.values()), Fakes.NOW);
    Accounts.NewToken health =
        hub.fakes.people.addToken("h", "anna", Set.of(Accounts.Scope.READ_HEALTH), Fakes.NOW);
    for (Router.Route route : hub.api.router().routes()) {
      Hub.Browser program = hub.browser();
      program.extra.put("Authorization", "Bearer " + all.secret());
      Hub.Answer answer = program.send(route.method(), path(route), body(route));
      if (route.access() == Access.DATA) {
        assertThat(answer.status()).as(route.template()).isEqualTo(403);
        assertThat((String) answer.at("detail")).contains("only through the privacy gate");
      } else if (route.access() == Access.PERSON || route.access() == Access.OWNER) {
        assertThat(answer.status()).as(route.method() + route.template()).isEqualTo(403);
      }
    }
    Hub.Browser program = hub.browser();
    program.extra.put("Authorization", "Bearer " + health.secret());
    assertThat(program.get("/health").status()).isEqualTo(200);
    assertThat(program.get("/devices").status()).isEqualTo(200);
    assertThat(program.get("/settings").status()).isEqualTo(403);
    program.extra.put("Authorization", "Bearer " + all.secret());
    assertThat(
            program
                .send(
                    "PUT",
                    "/settings/org.commonshub.sample",
                    "{\"values\":{}}",
                    "If-Match",
                    "\"rev1\"")
                .status())
        .isEqualTo(200);
    assertThat(hub.fakes.audit.entries.get(0).actor()).isEqualTo("token:t1");
    for (String wrong : new String[] {"Bearer x", "Basic YTpi", "Bearer " + "x".repeat(3000)}) {
      program.extra.put("Authorization", wrong);
      assertThat(program.get("/health").status()).isEqualTo(401);
    }
  }

  @Test
  void hostileBodiesAreRefusedWithAReason() throws Exception {
    Hub.Browser me = hub.prosumer();
    Object[][] table = {
      {"", 400, "empty"},
      {"[]", 400, "object"},
      {"{\"name\":\"a\",}", 400, "line 1, column"},
      {"{\"name\":\"a\"} x", 400, ""},
      {"{\"name\":1,\"name\":2}", 400, "Duplicate"},
      {"{\"a\":".repeat(20) + "1" + "}".repeat(20), 400, "depth"},
      {"{\"a\":" + "9".repeat(41) + "}", 400, "length"},
      {"{\"a\":1e999}", 400, "too large"},
      {"{\"a\":99999999999999999999}", 400, "too large"},
      {"{\"" + "n".repeat(300) + "\":1}", 400, "length"},
      {"{\"a\":[" + "1,".repeat(60_000) + "1]}", 400, "count"},
      {"{\"name\":\"" + "x".repeat(300_000) + "\"}", 413, "too large"},
      {"{\"name\":\"ada\",\"password\":\"p\",\"role\":\"operator\",\"admin\":true}", 422, "admin"},
      {"{\"name\":\"ada\",\"password\":\"p\",\"role\":\"root\"}", 422, "role"},
      {"{\"name\":null}", 422, "name"},
    };
    for (Object[] row : table) {
      Hub.Answer answer = me.post("/users", (String) row[0]);
      String head = ((String) row[0]).substring(0, Math.min(30, ((String) row[0]).length()));
      assertThat(answer.status()).as(head).isEqualTo(row[1]);
      assertThat((String) answer.at("detail")).as(head).contains((String) row[2]);
    }
    for (String type :
        new String[] {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data"}) {
      assertThat(me.post("/users", "{}", "Content-Type", type).status()).as(type).isEqualTo(415);
    }
    assertThat(me.post("/users", "{}", "Content-Type", "application/json; charset=utf-8").status())
        .isEqualTo(422);
  }

  @Test
  void aHugeBodyIsCutOffWithoutBeingRead() throws Exception {
    Hub.Browser me = hub.prosumer();
    String answer =
        hub.raw(
            "POST /api/v1/users HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Cookie: hub_session="
                + me.cookie
                + "\r\nX-CSRF-Token: "
                + me.csrf
                + "\r\nContent-Length: 99999999999\r\n\r\n{");
    assertThat(answer).startsWith("HTTP/1.1 413");
  }

  @Test
  void pathsThatMeanTwoThingsAreRefused() throws Exception {
    String[] paths = {
      "/api/v1/../v1/now",
      "/api/v1/%2e%2e/v1/now",
      "/api/v1/..%2fnow",
      "/api/v1/now;jsessionid=1",
      "/api/v1//now",
      "//api/v1/now",
      "/api/v1/now%00",
      "/api/v1/devices/%5c..",
      "/api/v1/devices/%252e",
    };
    for (String path : paths) {
      String answer =
          hub.raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
      assertThat(answer).as(path).startsWith("HTTP/1.1 4");
      assertThat(answer).as(path).doesNotContain("401");
    }
  }

  @Test
  void unknownAddressesAndMethods() throws Exception {
    Hub.Browser me = hub.prosumer();
    assertThat(me.get("/nothing").status()).isEqualTo(404);
    assertThat(me.get("").status()).isEqualTo(404);
    assertThat(me.get("/now/").status()).isEqualTo(404);
    Hub.Answer answer = me.send("PATCH", "/devices/" + Fakes.METER, "{}");
    assertThat(answer.status()).isEqualTo(405);
    assertThat(answer.header("Allow")).contains("GET", "PUT", "DELETE");
    assertThat(me.get("/devices/test").status()).isEqualTo(405);
    String head =
        hub.raw("HEAD /api/v1/session HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assertThat(head).startsWith("HTTP/1.1 200").endsWith("\r\n\r\n");
    assertThat(
            hub.raw("TRACE /api/v1/now HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 4");
  }

  @Test
  void queriesAreChecked() throws Exception {
    Hub.Browser me = hub.prosumer();
    String[][] table = {
      {"/energy?period=day", "date"},
      {"/energy?period=day&date=2026-13-01", "date"},
      {"/energy?period=day&date=%2B999999999-01-01", "date"},
      {"/energy?period=decade&date=2026-01-01", "period"},
      {"/energy?period=day&period=week&date=2026-01-01", "period"},
      {"/energy?period=week&date=2026-01-01&resolution=minute", "resolution"},
      {"/history?device=x&quantity=a&from=b&to=c&resolution=raw", "device"},
      {
        "/history?device=" + Fakes.METER + "&quantity=power.active&from=b&to=c&resolution=raw",
        "from"
      },
      {
        "/history?device="
            + Fakes.METER
            + "&quantity=none&from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z&resolution=raw",
        "quantity"
      },
      {
        "/history?device="
            + Fakes.METER
            + "&quantity=power.active&from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z&resolution=raw",
        "to"
      },
      {"/audit?limit=1000000", "limit"},
    };
    for (String[] row : table) {
      Hub.Answer answer = me.get(row[0]);
      assertThat(answer.status()).as(row[0]).isEqualTo(422);
      assertThat(answer.at("field")).isEqualTo(row[1]);
    }
  }
}
