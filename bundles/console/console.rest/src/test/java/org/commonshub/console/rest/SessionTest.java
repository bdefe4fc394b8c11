package org.commonshub.console.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SessionTest {
  private Hub hub;

  @BeforeEach
  void start() throws Exception {
    hub = new Hub();
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  @Test
  void anUnclaimedHubIsClaimedOnceWithTheCode() throws Exception {
    Hub.Browser browser = hub.browser();
    Hub.Answer session = browser.get("/session");
    assertThat(session.status()).isEqualTo(200);
    assertThat(session.at("claimed")).isEqualTo(false);
    assertThat(session.at("user")).isNull();
    assertThat(session.at("https")).isEqualTo(false);
    assertThat(session.at("fingerprint")).isEqualTo("AA:BB");
    assertThat(session.header("Set-Cookie"))
        .contains("HttpOnly", "SameSite=Strict", "Path=/")
        .doesNotContain("Secure");

    String claim = "{\"code\":\"%s\",\"name\":\"anna\",\"password\":\"%s\"}";
    assertThat(browser.post("/claim", claim.formatted("0000", Hub.PASSWORD)).status())
        .isEqualTo(403);
    assertThat(browser.post("/claim", claim.formatted("1234-5678", "short")).status())
        .isEqualTo(422);
    Hub.Answer claimed = browser.post("/claim", claim.formatted("1234-5678", Hub.PASSWORD));
    assertThat(claimed.status()).isEqualTo(200);
    assertThat(claimed.at("user.role")).isEqualTo("prosumer");
    assertThat(browser.get("/now").status()).isEqualTo(200);
    assertThat(browser.post("/claim", claim.formatted("1234-5678", Hub.PASSWORD)).status())
        .isEqualTo(410);
    assertThat(hub.fakes.people.lastClient).isEqualTo("127.0.0.1");
  }

  @Test
  void logInMakesANewIdentifierSoThatNoneCanBeFixed() throws Exception {
    hub.fakes.people.put("anna", Hub.PASSWORD, org.commonshub.platform.api.Accounts.Role.PROSUMER);
    Hub.Browser victim = hub.browser();
    victim.get("/session");
    String planted = victim.cookie;
    victim.logIn("anna");
    assertThat(victim.cookie).isNotEqualTo(planted);

    Hub.Browser attacker = hub.browser();
    attacker.cookie = planted;
    assertThat(attacker.get("/now").status()).isEqualTo(401);
    attacker.cookie = "x".repeat(43);
    assertThat(attacker.get("/now").status()).isEqualTo(401);
  }

  @Test
  void wrongPasswordsAreRefusedAndThrottlingIsToldInSeconds() throws Exception {
    hub.prosumer();
    Hub.Browser browser = hub.browser();
    browser.get("/session");
    String wrong = "{\"name\":\"anna\",\"password\":\"wrong\"}";
    Hub.Answer refused = browser.post("/login", wrong);
    assertThat(refused.status()).isEqualTo(401);
    assertThat(refused.header("Content-Type")).startsWith("application/problem+json");

    hub.fakes.people.throttle = Duration.ofMillis(2500);
    Hub.Answer throttled = browser.post("/login", wrong);
    assertThat(throttled.status()).isEqualTo(429);
    assertThat(throttled.header("Retry-After")).isEqualTo("3");
  }

  @Test
  void logOutEndsTheSessionOnTheHub() throws Exception {
    Hub.Browser browser = hub.prosumer();
    String cookie = browser.cookie;
    Hub.Answer out = browser.post("/logout", null);
    assertThat(out.status()).isEqualTo(204);
    assertThat(out.header("Set-Cookie")).contains("Max-Age=0");
    browser.cookie = cookie;
    assertThat(browser.get("/now").status()).isEqualTo(401);
  }

  @Test
  void sessionsEndWhenIdleAndWhenOld() throws Exception {
    Hub.Browser browser = hub.prosumer();
    for (int i = 0; i < 24; i++) {
      hub.nanos.addAndGet(Duration.ofMinutes(59).toNanos());
      assertThat(browser.get("/now").status()).as("use keeps it alive").isEqualTo(200);
    }
    hub.nanos.addAndGet(Duration.ofMinutes(59).toNanos());
    assertThat(browser.get("/now").status()).as("older than a day").isEqualTo(401);

    browser.logIn("anna");
    hub.nanos.addAndGet(Duration.ofMinutes(61).toNanos());
    assertThat(browser.get("/now").status()).as("idle").isEqualTo(401);
  }

  @Test
  void sessionsAreBoundedAndTheOneIdleLongestGoes() {
    Sessions sessions = hub.api.sessions();
    var user =
        new org.commonshub.platform.api.Accounts.User(
            "anna", org.commonshub.platform.api.Accounts.Role.PROSUMER, Fakes.NOW);
    String first = sessions.logIn(user).id();
    hub.nanos.addAndGet(1);
    String second = sessions.logIn(user).id();
    for (int i = 0; i < Sessions.MAX - 2; i++) {
      hub.nanos.addAndGet(1);
      sessions.logIn(user);
    }
    hub.nanos.addAndGet(1);
    assertThat(sessions.find(first)).isPresent();
    sessions.logIn(user);
    assertThat(sessions.size()).isEqualTo(Sessions.MAX);
    assertThat(sessions.find(first)).isPresent();
    assertThat(sessions.find(second)).isEmpty();
  }

  @Test
  void changesNeedTheCsrfTokenOfTheirSession() throws Exception {
    Hub.Browser browser = hub.prosumer();
    assertThat(browser.post("/logout", null, "X-CSRF-Token", null).status()).isEqualTo(403);
    assertThat(browser.post("/logout", null, "X-CSRF-Token", "x").status()).isEqualTo(403);
    Hub.Browser other = hub.browser();
    other.get("/session");
    assertThat(browser.post("/logout", null, "X-CSRF-Token", other.csrf).status()).isEqualTo(403);
    assertThat(browser.post("/logout", null, "Sec-Fetch-Site", "cross-site").status())
        .isEqualTo(403);
    assertThat(browser.get("/now").status()).isEqualTo(200);

    Hub.Browser stranger = hub.browser();
    assertThat(stranger.post("/login", "{\"name\":\"anna\",\"password\":\"p\"}").status())
        .as("log-in CSRF")
        .isEqualTo(403);
  }

  @Test
  void everyAnswerCarriesTheSecurityHeaders() throws Exception {
    for (String path : new String[] {"/api/v1/session", "/api/v1/none", "/nowhere", "/"}) {
      String answer =
          hub.raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
              .toLowerCase(Locale.ROOT);
      assertThat(answer)
          .as(path)
          .contains("content-security-policy: default-src 'none'")
          .contains("frame-ancestors 'none'")
          .contains("x-content-type-options: nosniff")
          .contains("referrer-policy: no-referrer")
          .doesNotContain("server: jetty");
    }
  }

  @Test
  void onlyOurHostNamesAreAnswered() throws Exception {
    String[][] table = {
      {"localhost", "200"},
      {"LOCALHOST:" + hub.port(), "200"},
      {"127.0.0.1", "200"},
      {"[::1]:8080", "200"},
      {"hub.example", "200"},
      {"hub.example.:8443", "200"},
      {"evil.example", "421"},
      {"localhost.evil.example", "421"},
      {"127.0.0.1.evil.example", "421"},
      {"192.0.2.1", "421"},
      {"2130706433", "421"},
      {"[2001:db8::1]", "421"},
    };
    for (String[] row : table) {
      String answer =
          hub.raw(
              "GET /api/v1/session HTTP/1.1\r\nHost: " + row[0] + "\r\nConnection: close\r\n\r\n");
      assertThat(answer).as(row[0]).startsWith("HTTP/1.1 " + row[1]);
    }
    assertThat(
            hub.raw(
                "GET http://evil.example/api/v1/session HTTP/1.1\r\nHost: localhost\r\nConnection:"
                    + " close\r\n\r\n"))
        .doesNotStartWith("HTTP/1.1 200");
  }
}
