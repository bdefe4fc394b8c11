package org.commonshub.console.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.felix.hc.api.HealthCheck;
import org.apache.felix.hc.api.Result;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.metering.api.DeviceException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every operation once, held to the description; and what is special about each. */
@Timeout(60)
class ApiTest {
  private static final String DEVICE =
      "{\"name\":\"Roof\",\"role\":\"PV\",\"driver\":\"modbus\",\"endpoint\":\"tcp://127.0.0.1:502\","
          + "\"settings\":{\"map\":\"sdm630\",\"key\":\"s3cret\"}}";

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
  void whatIsServedIsDescribedAndTheOtherWayRound() {
    Set<String> served = new TreeSet<>();
    for (Router.Route route : hub.api.router().routes()) {
      served.add(route.method() + " " + route.template());
      Map<?, ?> operation =
          Contract.object(
              Contract.object(
                      Contract.object(Contract.document().get("paths")).get(route.template()))
                  .get(route.method().toLowerCase(java.util.Locale.ROOT)));
      assertThat(operation.get("x-access"))
          .as(route.method() + " " + route.template())
          .isEqualTo(route.access().name());
    }
    assertThat(served).isEqualTo(Contract.operations());
  }

  @Test
  void everyOperationSucceedsOnceAsDescribed() throws Exception {
    hub.services.healthChecks =
        List.of(
            Map.entry(
                Map.of(HealthCheck.NAME, "Meters"),
                () -> new Result(Result.Status.WARN, "One meter is silent.")));
    Hub.Browser me = hub.prosumer();
    String claim =
        "{\"code\":\"1234-5678\",\"name\":\"ada\",\"password\":\"" + Hub.PASSWORD + "\"}";
    hub.fakes.people.users.clear();
    Hub.Browser first = hub.browser();
    first.get("/session");
    assertThat(first.post("/claim", claim).status()).isEqualTo(200);
    hub.fakes.people.put("bob", "b", org.commonshub.platform.api.Accounts.Role.OPERATOR);

    for (String path :
        new String[] {
          "/session",
          "/now",
          "/drivers",
          "/drivers/models",
          "/serial-ports",
          "/inbox",
          "/control",
          "/devices",
          "/devices/" + Fakes.METER,
          "/history/series",
          "/history/status",
          "/settings",
          "/settings/org.commonshub.sample",
          "/features",
          "/users",
          "/tokens",
          "/audit?limit=5",
          "/health",
          "/system",
          "/openapi.json",
          "/energy?period=day&date=2026-03-15",
          "/energy.csv?period=day&date=2026-03-15",
          "/history?device="
              + Fakes.METER
              + "&quantity=power.active&from=2026-03-15T00:00:00Z&to=2026-03-16T00:00:00Z"
              + "&resolution=raw",
          "/history/export?format=csv&from=2026-03-15T00:00:00Z&to=2026-03-16T00:00:00Z"
        }) {
      assertThat(me.get(path).status()).as(path).isEqualTo(200);
    }
    hub.fakes.registry.inbox.add(
        new org.commonshub.metering.api.DeviceRegistry.Found(
            Fakes.Registry.definition("Announced", DeviceRole.LOAD, Map.of()), Map.of()));
    assertThat(me.send("DELETE", "/inbox/" + me.get("/inbox").at("0.id"), null).status())
        .isEqualTo(204);
    String actuator = "/control/" + Fakes.METER + "/current-limit";
    assertThat(me.post(actuator, "{\"value\":16,\"seconds\":60}").status()).isEqualTo(200);
    assertThat(me.send("DELETE", actuator, null).status()).isEqualTo(200);
    TrustTest.everyOperation(hub, me);
    PrivacyTest.everyOperation(hub, me);
    AppsTest.everyOperation(hub, me);
    Hub.Answer added = me.post("/devices", DEVICE);
    assertThat(added.status()).isEqualTo(201);
    String id = (String) added.at("id");
    assertThat(added.header("Location")).isEqualTo("/api/v1/devices/" + id);
    assertThat(me.post("/devices/test", DEVICE).status()).isEqualTo(200);
    assertThat(
            me.post("/devices/discover", "{\"driver\":\"modbus\",\"where\":\"tcp://h:502\"}")
                .status())
        .isEqualTo(200);
    Hub.Answer updated =
        me.send(
            "PUT",
            "/devices/" + id,
            DEVICE.replace("Roof", "Top"),
            "If-Match",
            added.header("ETag"));
    assertThat(updated.status()).isEqualTo(200);
    assertThat(updated.at("name")).isEqualTo("Top");
    assertThat(
            me.send("DELETE", "/devices/" + id, null, "If-Match", updated.header("ETag")).status())
        .isEqualTo(204);
    assertThat(
            me.send(
                    "PUT",
                    "/settings/org.commonshub.sample",
                    "{\"values\":{\"minutes\":7}}",
                    "If-Match",
                    "\"rev1\"")
                .status())
        .isEqualTo(200);
    assertThat(me.send("PUT", "/features/metering-modbus", "{\"enabled\":false}").status())
        .isEqualTo(200);
    assertThat(
            me.post("/users", "{\"name\":\"ole\",\"password\":\"p\",\"role\":\"operator\"}")
                .status())
        .isEqualTo(201);
    assertThat(me.send("PUT", "/users/ole/password", "{\"password\":\"q\"}").status())
        .isEqualTo(204);
    assertThat(me.send("DELETE", "/users/ole", null).status()).isEqualTo(204);
    Hub.Answer token =
        me.post(
            "/tokens",
            "{\"label\":\"x\",\"scopes\":[\"READ_HEALTH\"],\"expires\":\"2030-01-01T00:00:00Z\"}");
    assertThat(token.status()).isEqualTo(201);
    assertThat(me.get("/tokens").text()).doesNotContain((String) token.at("secret"));
    assertThat(me.send("DELETE", "/tokens/" + token.at("id"), null).status()).isEqualTo(204);
    Hub.Answer backup = me.post("/backup", "{\"passphrase\":\"open sesame\"}");
    assertThat(backup.text()).isEqualTo("PKopen sesame");
    assertThat(backup.header("Content-Disposition")).contains("hub-backup-2026-03-15.zip");
    assertThat(
            me.post(
                    "/restore",
                    "PKzip",
                    "Content-Type",
                    "application/zip",
                    "X-Passphrase",
                    "caf%C3%A9+1")
                .status())
        .isEqualTo(200);
    assertThat(hub.fakes.backup.staged).isEqualTo("PKzip/café+1");
    try (Hub.Events events = hub.events(me)) {
      Contract.checkSchema("Now", Contract.parse(events.next("now")));
      Contract.checkSchema("Health", Contract.parse(events.next("health")));
      Contract.SEEN.add("GET /events 200");
    }
    assertThat(me.post("/logout", null).status()).isEqualTo(204);

    for (String operation : Contract.operations()) {
      assertThat(Contract.SEEN).as(operation).anyMatch(seen -> seen.startsWith(operation + " 2"));
    }
    assertThat(hub.fakes.audit.entries.stream().map(e -> e.action()))
        .contains(
            "device.add",
            "device.update",
            "device.remove",
            "settings.write",
            "feature.disable",
            "user.add",
            "user.password",
            "user.remove",
            "token.add",
            "token.remove",
            "backup.write",
            "backup.restore");
    assertThat(hub.fakes.audit.entries.toString())
        .doesNotContain("s3cret", "open sesame", Hub.PASSWORD);
  }

  @Test
  void nowTellsPowerAgesAndQuality() throws Exception {
    Hub.Answer now = hub.prosumer().get("/now");
    assertThat(now.at("power.gridExport")).isEqualTo(2345.6);
    assertThat(now.at("devices.0.age_ms")).isEqualTo(700L);
    assertThat(now.at("devices.0.values.0.quantity")).isEqualTo("power.active");
    assertThat(now.at("devices.0.values.0.value")).isEqualTo(-2345.6);
    assertThat(now.at("devices.0.values.0.quality")).isEqualTo(List.of("clock-unsynchronised"));
    assertThat(now.header("Cache-Control")).isEqualTo("no-store");
  }

  @Test
  void nowIsCheap() throws Exception {
    for (int i = 0; i < 49; i++) {
      hub.fakes.registry.put(
          DeviceId.random(), Fakes.Registry.definition("m" + i, DeviceRole.LOAD, Map.of()));
    }
    NowApi now = new NowApi(hub.services);
    long best = Long.MAX_VALUE;
    for (int i = 0; i < 300; i++) {
      long start = System.nanoTime();
      Json.bytes(now::write);
      best = Math.min(best, System.nanoTime() - start);
    }
    System.out.printf("GET /now, 50 devices: best %.3f ms%n", best / 1e6);
    assertThat(best).isLessThan(Duration.ofMillis(2).toNanos());
  }

  @Test
  void whatIsMissingIsNamedAndComesBackByItself() throws Exception {
    Hub.Browser me = hub.prosumer();
    Object[][] table = {
      {"/now", "clock", (Runnable) () -> hub.services.hubClock = null},
      {"/now", "live state", (Runnable) () -> hub.services.liveState = null},
      {"/devices", "device registry", (Runnable) () -> hub.services.deviceRegistry = null},
      {"/history/series", "history", (Runnable) () -> hub.services.historyStore = null},
      {
        "/energy?period=day&date=2026-03-15",
        "home profile",
        (Runnable) () -> hub.services.homeProfile = null
      },
      {"/settings", "settings service", (Runnable) () -> hub.services.settingsService = null},
      {"/features", "feature service", (Runnable) () -> hub.services.featureService = null},
      {"/audit", "audit log", (Runnable) () -> hub.services.auditLog = null},
      {"/users", "account service", (Runnable) () -> hub.services.accountService = null},
    };
    for (Object[] row : table) {
      ((Runnable) row[2]).run();
      Hub.Answer answer = me.get((String) row[0]);
      assertThat(answer.status()).as((String) row[0]).isEqualTo(503);
      assertThat((String) answer.at("detail")).contains((String) row[1]);
      Services fresh = hub.fakes.services();
      hub.services.hubClock = fresh.hubClock;
      hub.services.liveState = fresh.liveState;
      hub.services.deviceRegistry = fresh.deviceRegistry;
      hub.services.historyStore = fresh.historyStore;
      hub.services.homeProfile = fresh.homeProfile;
      hub.services.accountService = fresh.accountService;
      hub.services.auditLog = fresh.auditLog;
      assertThat(me.get("/now").status()).isEqualTo(200);
    }
    hub.services.energyBalance = null;
    assertThat(me.get("/now").at("power")).isNull();
    hub.services.deviceRegistry = null;
    assertThat(me.get("/now").at("devices.0.state")).isEqualTo("STARTING");
    hub.services.homeProfile = null;
    hub.services.historyStore = null;
    hub.services.readingBus = null;
    assertThat(me.get("/session").status()).isEqualTo(200);
    assertThat(me.get("/system").at("store")).isNull();
  }

  @Test
  void settingsAreLockedOptimistically() throws Exception {
    Hub.Browser me = hub.prosumer();
    String path = "/settings/org.commonshub.sample";
    Hub.Answer read = me.get(path);
    assertThat(read.header("ETag")).isEqualTo("\"rev1\"");
    String values = "{\"values\":{\"minutes\":7}}";
    assertThat(me.send("PUT", path, values).status()).isEqualTo(428);
    assertThat(me.send("PUT", path, values, "If-Match", "rev1").status()).isEqualTo(400);
    Hub.Answer written = me.send("PUT", path, values, "If-Match", "\"rev1\"");
    assertThat(written.at("values.minutes")).isEqualTo(7L);
    assertThat(written.header("ETag")).isEqualTo("\"rev2\"");
    assertThat(me.send("PUT", path, values, "If-Match", "\"rev1\"").status()).isEqualTo(412);
    Hub.Answer refused =
        me.send("PUT", path, "{\"values\":{\"minutes\":99}}", "If-Match", "\"rev2\"");
    assertThat(refused.status()).isEqualTo(422);
    assertThat(refused.at("field")).isEqualTo("minutes");
    assertThat(me.send("PUT", "/settings/none", values, "If-Match", "\"x\"").status())
        .isEqualTo(404);
    assertThat(me.get("/settings/none").status()).isEqualTo(404);
  }

  @Test
  void devicesAreLockedOptimisticallyAndKeepTheirSecrets() throws Exception {
    Hub.Browser me = hub.prosumer();
    Hub.Answer added = me.post("/devices", DEVICE);
    String path = "/devices/" + added.at("id");
    assertThat(added.at("settings.key")).isEqualTo("***");
    assertThat(hub.fakes.secrets.values).containsValue("s3cret");
    DeviceId id = DeviceId.parse((String) added.at("id"));
    String reference = hub.fakes.registry.entries.get(id).definition().settings().get("key");
    assertThat(reference).startsWith("${secret:");

    assertThat(me.send("PUT", path, DEVICE).status()).isEqualTo(428);
    assertThat(me.send("PUT", path, DEVICE, "If-Match", "\"old\"").status()).isEqualTo(412);
    String[] keeping = {",\"key\":\"s3cret\"", ",\"key\":\"***\""};
    String etag = added.header("ETag");
    for (String with : keeping) {
      String body =
          with.contains("***")
              ? DEVICE.replace("s3cret", "***").replace("Roof", "B")
              : DEVICE.replace(with, "").replace("Roof", "A");
      Hub.Answer updated = me.send("PUT", path, body, "If-Match", etag);
      assertThat(updated.status()).as(body).isEqualTo(200);
      etag = updated.header("ETag");
      assertThat(hub.fakes.registry.entries.get(id).definition().settings())
          .containsEntry("key", reference);
    }
    Hub.Answer stolen =
        me.send("PUT", path, DEVICE.replace("s3cret", "${secret:other}"), "If-Match", etag);
    assertThat(stolen.status()).isEqualTo(422);
    assertThat(stolen.at("field")).isEqualTo("settings.key");
    me.post(
        "/devices/test",
        DEVICE.replace("s3cret", "***").replace("{\"name\"", "{\"id\":\"" + id + "\",\"name\""));
    assertThat(hub.fakes.registry.tested.settings()).containsEntry("key", reference);
    assertThat(me.send("DELETE", path, null).status()).isEqualTo(428);
    assertThat(me.send("DELETE", path, null, "If-Match", etag).status()).isEqualTo(204);
    assertThat(hub.fakes.secrets.values).isEmpty();
    assertThat(me.get(path).status()).isEqualTo(404);
    assertThat(me.get("/devices/nonsense").status()).isEqualTo(404);
  }

  @Test
  void wrongDefinitionsNameTheField() throws Exception {
    Hub.Browser me = hub.prosumer();
    String[][] table = {
      {"\"Roof\"", "\"\"", "name"},
      {"\"Roof\"", "7", "name"},
      {"\"PV\"", "\"SUN\"", "role"},
      {"tcp://127.0.0.1:502", "127.0.0.1", "endpoint"},
      {"\"settings\":{", "\"interval_ms\":5,\"settings\":{", "interval_ms"},
      {"\"settings\":{", "\"parent\":\"x\",\"settings\":{", "parent"},
      {"\"settings\":{", "\"intervall\":5,\"settings\":{", "intervall"},
      {"\"s3cret\"", "[1]", "settings.key"},
    };
    for (String[] row : table) {
      Hub.Answer answer = me.post("/devices", DEVICE.replace(row[0], row[1]));
      assertThat(answer.status()).as(row[1]).isEqualTo(422);
      assertThat(answer.at("field")).isEqualTo(row[2]);
    }
    Hub.Answer unknown = me.post("/devices", DEVICE.replace("\"modbus\"", "\"smoke\""));
    assertThat(unknown.status()).isEqualTo(422);
    assertThat((String) unknown.at("detail")).contains("smoke");
  }

  @Test
  void aTestReadThatFailsSaysWhatToDoAndHoldsNoThread() throws Exception {
    Hub.Browser me = hub.prosumer();
    hub.fakes.registry.testAnswer =
        CompletableFuture.failedFuture(
            new DeviceException(
                DeviceException.Kind.UNREACHABLE, "Nothing answers at 127.0.0.1:502. Check it."));
    Hub.Answer answer = me.post("/devices/test", DEVICE);
    assertThat(answer.status()).isEqualTo(422);
    assertThat((String) answer.at("detail")).contains("Check it");

    CompletableFuture<List<org.commonshub.measure.api.Measurement>> pending =
        new CompletableFuture<>();
    hub.fakes.registry.testAnswer = pending;
    List<CompletableFuture<Integer>> waiting = new java.util.ArrayList<>();
    for (int i = 0; i < 4; i++) {
      waiting.add(
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return me.post("/devices/test", DEVICE).status();
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              },
              task -> new Thread(task).start()));
    }
    long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (hub.fakes.registry.tests.get() < 5) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.onSpinWait();
    }
    assertThat(me.post("/devices/test", DEVICE).status()).as("the fifth").isEqualTo(429);
    pending.complete(List.of());
    for (CompletableFuture<Integer> one : waiting) {
      assertThat(one.get(10, TimeUnit.SECONDS)).isEqualTo(200);
    }
    assertThat(me.post("/devices/test", DEVICE).status()).isEqualTo(200);
  }

  @Test
  void usersAndPasswords() throws Exception {
    Hub.Browser me = hub.prosumer();
    Hub.Browser elsewhere = hub.browser().logIn("anna");
    assertThat(me.send("DELETE", "/users/anna", null).status()).as("last").isEqualTo(409);
    assertThat(me.send("PUT", "/users/anna/password", "{\"password\":\"new one here\"}").status())
        .isEqualTo(204);
    assertThat(me.get("/now").status()).as("the session it was made from").isEqualTo(200);
    assertThat(elsewhere.get("/now").status()).as("the others").isEqualTo(401);
    Hub.Browser operator = hub.operator();
    assertThat(operator.send("PUT", "/users/anna/password", "{\"password\":\"x\"}").status())
        .isEqualTo(403);
    assertThat(operator.send("PUT", "/users/oscar/password", "{\"password\":\"x\"}").status())
        .isEqualTo(204);
    assertThat(me.send("DELETE", "/users/oscar", null).status()).isEqualTo(204);
    assertThat(operator.get("/features").status()).isEqualTo(401);
    assertThat(
            me.post("/users", "{\"name\":\"a/b\",\"password\":\"p\",\"role\":\"operator\"}")
                .at("field"))
        .isEqualTo("name");
    assertThat(me.send("PUT", "/features/console", "{\"enabled\":false}").status()).isEqualTo(409);
    assertThat(me.send("PUT", "/features/none", "{\"enabled\":false}").status()).isEqualTo(404);
  }

  @Test
  void aDownloadThatFailsIsExplainedOrCut() throws Exception {
    Hub.Browser me = hub.prosumer();
    Hub.Answer answer =
        me.get("/history/export?format=csv&from=1969-01-01T00:00:00Z&to=1970-01-01T00:00:00Z");
    assertThat(answer.status()).isEqualTo(500);
    assertThat(answer.at("detail")).isEqualTo("disk trouble");
    assertThat(answer.header("Content-Security-Policy")).isNotEmpty();
    assertThat(answer.header("Content-Disposition")).isEmpty();
    assertThat(me.post("/restore", "no", "Content-Type", "application/zip").status())
        .isEqualTo(422);
    assertThat(me.post("/restore", "PK").status()).as("wrong content type").isEqualTo(415);
  }
}
