package org.commonshub.console.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.commonshub.control.api.Outcome;
import org.commonshub.platform.api.Accounts;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Buttons that tell devices something go the way of everybody else. */
@Timeout(60)
class ControlTest {
  private static final String LIMIT = "/control/" + Fakes.METER + "/current-limit";
  private static final String SIXTEEN = "{\"value\":16.5,\"seconds\":3600,\"reason\":\"car\"}";

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
  void aPersonSetsRenewsAndLetsGo() throws Exception {
    Hub.Browser me = hub.prosumer();
    Hub.Answer before = me.get("/control");
    assertThat(before.at("running")).isEqualTo(true);
    assertThat(before.at("actuators.0.step")).isEqualTo(0.5);
    assertThat(before.at("actuators.0.holding")).isNull();
    assertThat(before.at("actuators.1.choices.0.label")).isEqualTo("Off");
    assertThat(before.at("actuators.1.readOnly")).isEqualTo(true);
    assertThat(before.at("actuators.1.problem")).isEqualTo("It is read-only.");
    Hub.Answer set = me.post(LIMIT, SIXTEEN);
    assertThat(set.at("state")).isEqualTo("APPLIED");
    assertThat(set.at("message")).isEqualTo("Confirmed.");
    Hub.Answer after = me.get("/control");
    assertThat(after.at("actuators.0.value")).isEqualTo(16.5);
    assertThat(after.at("actuators.0.holding.holder")).isEqualTo("user:anna");
    assertThat(after.at("actuators.0.holding.mine")).isEqualTo(true);
    assertThat(after.at("actuators.0.holding.remaining_s")).isEqualTo(3_600L);
    assertThat(me.post(LIMIT, "{\"value\":\"7.25\",\"seconds\":1}").status()).isEqualTo(200);
    assertThat(me.send("DELETE", LIMIT, null).status()).isEqualTo(200);
    assertThat(hub.fakes.control.asked)
        .containsExactly(
            "user:anna PERSON current-limit=16.5 for PT1H: car",
            "user:anna PERSON current-limit=7.25 for PT1S: set by hand",
            "user:anna leaves current-limit");
  }

  @Test
  void whatBecameOfItIsSaid() throws Exception {
    Hub.Browser me = hub.prosumer();
    record Case(Outcome.State state, int set, int left) {}
    for (Case each :
        new Case[] {
          new Case(Outcome.State.WAITING, 200, 200),
          new Case(Outcome.State.PENDING, 200, 200),
          new Case(Outcome.State.REFUSED, 422, 404)
        }) {
      hub.fakes.control.answer =
          CompletableFuture.completedFuture(new Outcome(each.state, "Because."));
      Hub.Answer set = me.post(LIMIT, SIXTEEN);
      assertThat(set.status()).isEqualTo(each.set);
      assertThat(set.text()).contains("Because.");
      assertThat(me.send("DELETE", LIMIT, null).status()).isEqualTo(each.left);
    }
  }

  @Test
  void wrongInputNamesTheField() throws Exception {
    Hub.Browser me = hub.prosumer();
    String[][] table = {
      {"{\"seconds\":60}", "value"},
      {"{\"value\":\"much\",\"seconds\":60}", "value"},
      {"{\"value\":true,\"seconds\":60}", "value"},
      {"{\"value\":16}", "seconds"},
      {"{\"value\":16,\"seconds\":0}", "seconds"},
      {"{\"value\":16,\"seconds\":86401}", "seconds"},
      {"{\"value\":16,\"seconds\":60,\"reason\":\"" + "x".repeat(201) + "\"}", "reason"},
      {"{\"value\":16,\"seconds\":60,\"priority\":\"SAFETY\"}", "priority"},
    };
    for (String[] row : table) {
      Hub.Answer answer = me.post(LIMIT, row[0]);
      assertThat(answer.status()).as(row[0]).isEqualTo(422);
      assertThat(answer.at("field")).isEqualTo(row[1]);
    }
    assertThat(me.post("/control/nonsense/x", SIXTEEN).status()).isEqualTo(404);
    assertThat(hub.fakes.control.asked).isEmpty();
  }

  @Test
  void neitherOperatorsNorTokens() throws Exception {
    hub.prosumer();
    Hub.Browser operator = hub.operator();
    Hub.Browser program = hub.browser();
    program.extra.put(
        "Authorization",
        "Bearer "
            + hub.fakes
                .people
                .addToken(
                    "all",
                    "anna",
                    Set.of(Accounts.Scope.values()),
                    Instant.parse("2030-01-01T00:00:00Z"))
                .secret());
    for (Hub.Browser each : new Hub.Browser[] {operator, program}) {
      assertThat(each.get("/control").status()).isEqualTo(403);
      assertThat(each.post(LIMIT, SIXTEEN).status()).isEqualTo(403);
      assertThat(each.send("DELETE", LIMIT, null).status()).isEqualTo(403);
    }
    assertThat(hub.fakes.control.asked).isEmpty();
  }

  @Test
  void withoutTheFeatureThePagesGoOn() throws Exception {
    hub.services.arbiterService = null;
    Hub.Browser me = hub.prosumer();
    Hub.Answer off = me.get("/control");
    assertThat(off.status()).isEqualTo(200);
    assertThat(off.text()).isEqualTo("{\"running\":false,\"actuators\":[]}");
    Hub.Answer set = me.post(LIMIT, SIXTEEN);
    assertThat(set.status()).isEqualTo(503);
    assertThat((String) set.at("detail")).contains("Control is switched off");
    Hub.Answer device = me.get("/devices/" + Fakes.METER);
    assertThat(
            me.send("DELETE", "/devices/" + Fakes.METER, null, "If-Match", device.header("ETag"))
                .status())
        .isEqualTo(204);
  }

  @Test
  void aDeviceIsLetGoOfBeforeItIsLockedOrRemoved() throws Exception {
    Hub.Browser me = hub.prosumer();
    String body =
        "{\"name\":\"Wallbox\",\"role\":\"EV_CHARGER\",\"driver\":\"modbus\","
            + "\"endpoint\":\"tcp://127.0.0.1:502\",\"settings\":{\"map\":\"sdm630\"},"
            + "\"readOnly\":false}";
    Hub.Answer device = me.post("/devices", body);
    String path = "/devices/" + device.at("id");
    device = put(me, path, body.replace("Wallbox", "Box"), device);
    assertThat(hub.fakes.control.asked).as("another name changes nothing").isEmpty();
    device = put(me, path, body.replace("false", "true"), device);
    assertThat(hub.fakes.control.asked).hasSize(1);
    assertThat(hub.fakes.control.asked.get(0))
        .startsWith("user:anna hands back")
        .endsWith("settings are changed");
    device = put(me, path, body, device);
    assertThat(hub.fakes.control.asked).as("it could not be told anything").hasSize(1);
    device = put(me, path, body.replace("502", "503"), device);
    assertThat(hub.fakes.control.asked).hasSize(2);
    // One that does not answer is not waited for long.
    hub.fakes.control.answer = new CompletableFuture<>();
    assertThat(me.send("DELETE", path, null, "If-Match", device.header("ETag")).status())
        .isEqualTo(204);
    assertThat(hub.fakes.control.asked).hasSize(3);
    assertThat(hub.fakes.audit.entries.toString()).contains("not confirmed in time");
  }

  private static Hub.Answer put(Hub.Browser me, String path, String body, Hub.Answer before)
      throws Exception {
    Hub.Answer after = me.send("PUT", path, body, "If-Match", before.header("ETag"));
    assertThat(after.status()).isEqualTo(200);
    return after;
  }
}
