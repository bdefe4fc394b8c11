package org.commonshub.console.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.commonshub.identity.api.Delegations.Delegation;
import org.commonshub.identity.api.Delegations.Right;
import org.commonshub.ledger.api.Contradictions;
import org.commonshub.ledger.api.EntryKind;
import org.commonshub.ledger.api.Journal;
import org.commonshub.ledger.api.SlotRegisters;
import org.commonshub.ledger.api.Stage;
import org.commonshub.platform.api.Accounts;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Identity, delegations, trust, receipts and neighbours over REST. */
@Timeout(60)
class TrustTest {
  private Hub hub;
  private TrustFakes trust;

  @BeforeEach
  void start() throws Exception {
    hub = new Hub();
    trust = hub.fakes.trust;
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  private static String text(String plain) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(plain.getBytes(StandardCharsets.UTF_8));
  }

  private static String body(String field, String plain) {
    return "{\"" + field + "\":\"" + text(plain) + "\"}";
  }

  /** Every operation once, for {@link ApiTest}. */
  static void everyOperation(Hub hub, Hub.Browser me) throws Exception {
    TrustFakes trust = hub.fakes.trust;
    signed(trust, EntryKind.READINGS, "2026-03-15T11:15:00Z", "2026-03-15T11:30:01Z", 1);
    for (String path :
        new String[] {
          "/identity",
          "/identity/keys",
          "/delegations",
          "/trust",
          "/neighbours",
          "/receipts?at=2026-03-15T11:30:00Z",
          "/journal/0/receipt",
          "/journal/export"
        }) {
      assertThat(me.get(path).status()).as(path).isEqualTo(200);
    }
    String key = trust.identity.key().multikey();
    String other = "{\"hub\":\"" + TrustFakes.OTHER + "\"";
    Object[][] calls = {
      {"POST", "/identity/rotate", "{\"key\":\"" + key + "\"}", 200},
      {"POST", "/delegations/issue", other + ",\"right\":\"OWN\",\"days\":1}", 200},
      {"POST", "/delegations/assertion", other + "}", 200},
      {"POST", "/delegations/read", body("delegation", "bruno|x|OWN"), 200},
      {"POST", "/delegations", body("delegation", "bruno|x|OWN"), 201},
      {"POST", "/ledgers/ethereum~main/resume", "{\"onlyHub\":true}", 204},
      {
        "POST",
        "/neighbours",
        "{\"card\":\"" + TrustFakes.OTHER + "\",\"name\":\"B\",\"host\":\"b\",\"port\":8484}",
        201
      },
      {"DELETE", "/neighbours/" + TrustFakes.OTHER, null, 204},
    };
    for (Object[] call : calls) {
      assertThat(me.send((String) call[0], (String) call[1], (String) call[2]).status())
          .as((String) call[1])
          .isEqualTo(call[3]);
    }
    Hub.Browser guest = hub.browser();
    guest.get("/session");
    assertThat(guest.post("/enter", body("assertion", "bruno")).status()).isEqualTo(200);
    String id = trust.rights.accepted.get(0).id();
    assertThat(me.send("DELETE", "/delegations/" + id, null).status()).isEqualTo(204);
  }

  @Test
  void theHubSaysWhoItIsAndMovesToItsNextKeyOnce() throws Exception {
    Hub.Browser me = hub.prosumer();
    Hub.Answer before = me.get("/identity");
    assertThat(before.at("did")).isEqualTo(trust.identity.did());
    assertThat(before.at("card")).isEqualTo(trust.identity.card());
    assertThat(before.at("key.algorithm")).isEqualTo("EdDSA");
    assertThat((String) before.at("evmAddress")).startsWith("0x5aAe");
    assertThat(before.at("problem")).isNull();
    String key = (String) before.at("key.multikey");
    assertThat(before.at("keys.0.multikey")).isEqualTo(key);
    assertThat(me.get("/identity/keys").header("Content-Disposition")).contains("did.jsonl");

    Hub.Answer after = me.post("/identity/rotate", "{\"key\":\"" + key + "\"}");
    assertThat(after.status()).isEqualTo(200);
    assertThat(after.at("did")).isEqualTo(trust.identity.did());
    assertThat(after.at("key.multikey")).isNotEqualTo(key).isEqualTo(after.at("keys.1.multikey"));
    assertThat(me.post("/identity/rotate", "{\"key\":\"" + key + "\"}").status())
        .as("a second click")
        .isEqualTo(409);
    assertThat(me.post("/identity/rotate", "{}").at("field")).isEqualTo("key");
    assertThat(hub.fakes.audit.entries.toString()).contains("identity.rotate");
  }

  @Test
  void aPersonOfAnotherHubComesInUntilTheOwnerEndsIt() throws Exception {
    Hub.Browser me = hub.prosumer();
    Hub.Browser other = hub.browser();
    other.get("/session");
    assertThat(other.post("/enter", body("assertion", "bruno")).status()).isEqualTo(401);
    String delegation = body("delegation", "bruno|" + trust.identity.did() + "|OWN");
    assertThat(me.post("/delegations/read", delegation).at("account")).isEqualTo("bruno");
    assertThat(me.get("/delegations").at("accepted")).isEqualTo(List.of());
    Hub.Answer accepted = me.post("/delegations", delegation);
    assertThat(accepted.status()).isEqualTo(201);

    Hub.Answer entered = other.post("/enter", body("assertion", "bruno"));
    assertThat(entered.status()).isEqualTo(200);
    other.csrf = (String) entered.at("csrf");
    assertThat((String) entered.at("user.name")).startsWith("bruno/");
    assertThat(entered.at("user.delegated")).isEqualTo(true);
    assertThat(entered.at("user.readOnly")).isEqualTo(false);
    assertThat(other.get("/now").status()).isEqualTo(200);
    assertThat(other.send("PUT", "/features/metering-modbus", "{\"enabled\":false}").status())
        .isEqualTo(200);
    // Nobody passes on what was given to them.
    assertThat(other.post("/delegations", delegation).status()).isEqualTo(403);
    assertThat(
            other
                .post(
                    "/delegations/issue",
                    "{\"hub\":\"" + TrustFakes.OTHER + "\",\"right\":\"OWN\",\"days\":1}")
                .status())
        .isEqualTo(403);
    assertThat(
            other.post("/delegations/assertion", "{\"hub\":\"" + TrustFakes.OTHER + "\"}").status())
        .isEqualTo(403);

    assertThat(me.send("DELETE", "/delegations/" + accepted.at("id"), null).status())
        .isEqualTo(204);
    assertThat(me.send("DELETE", "/delegations/" + accepted.at("id"), null).status())
        .isEqualTo(404);
    assertThat(other.get("/now").status()).as("at once").isEqualTo(401);
  }

  @Test
  void whoMayOnlyReadChangesNothing() throws Exception {
    hub.prosumer();
    trust.rights.accepted.add(
        new Delegation("1", TrustFakes.OTHER, "bruno", Right.READ, Instant.MAX));
    Hub.Browser other = hub.browser();
    other.get("/session");
    Hub.Answer entered = other.post("/enter", body("assertion", "bruno"));
    other.csrf = (String) entered.at("csrf");
    assertThat(entered.at("user.readOnly")).isEqualTo(true);
    for (String path : new String[] {"/now", "/trust", "/users", "/control", "/audit"}) {
      assertThat(other.get(path).status()).as(path).isEqualTo(200);
    }
    String[][] changes = {
      {"POST", "/devices", "{}"},
      {"POST", "/control/" + Fakes.METER + "/current-limit", "{\"value\":1,\"seconds\":9}"},
      {"PUT", "/features/metering-modbus", "{\"enabled\":false}"},
      {"POST", "/backup", "{\"passphrase\":\"open sesame\"}"},
      {"POST", "/tokens", "{}"},
      {"DELETE", "/delegations/1", null},
    };
    for (String[] change : changes) {
      Hub.Answer answer = other.send(change[0], change[1], change[2]);
      assertThat(answer.status()).as(change[1]).isEqualTo(403);
      assertThat((String) answer.at("detail")).contains("read only");
    }
    assertThat(other.post("/logout", null).status()).isEqualTo(204);
  }

  @Test
  void delegationsAreMadeForAHubByCardOrName() throws Exception {
    Hub.Browser me = hub.prosumer();
    for (String hubText :
        new String[] {TrustFakes.OTHER, "commonshub:" + TrustFakes.OTHER + "?key=z6Mk"}) {
      Hub.Answer issued =
          me.post(
              "/delegations/issue",
              "{\"hub\":\"" + hubText + "\",\"right\":\"READ\",\"days\":365}");
      assertThat(issued.at("delegation")).isEqualTo(text("anna|" + TrustFakes.OTHER + "|READ"));
      assertThat(me.post("/delegations/assertion", "{\"hub\":\"" + hubText + "\"}").at("assertion"))
          .isEqualTo(text("anna"));
    }
    assertThat(trust.rights.issued.get(0)).isEqualTo("anna " + TrustFakes.OTHER + " READ 365");
    String[][] table = {
      {"/delegations/issue", "{\"hub\":\"neighbour\",\"right\":\"READ\",\"days\":1}", "hub"},
      {"/delegations/issue", "{\"hub\":\"did:web:a\",\"right\":\"ALL\",\"days\":1}", "right"},
      {"/delegations/issue", "{\"hub\":\"did:web:a\",\"right\":\"OWN\",\"days\":0}", "days"},
      {"/delegations/read", "{\"delegation\":\"%%%\"}", "delegation"},
      {"/delegations/read", body("delegation", "nonsense"), "delegation"},
      {"/delegations", body("delegation", "nonsense"), "delegation"},
      {"/delegations", "{}", "delegation"},
      {"/delegations/assertion", "{\"hub\":\"\"}", "hub"},
    };
    for (String[] row : table) {
      Hub.Answer answer = me.post(row[0], row[1]);
      assertThat(answer.status()).as(row[1]).isEqualTo(422);
      assertThat(answer.at("field")).as(row[1]).isEqualTo(row[2]);
    }
  }

  @Test
  void theOverviewHasAlarmsProofsAndWhatTheyCost() throws Exception {
    trust.journal.add(EntryKind.HUB, Fakes.NOW, new byte[] {1});
    trust.journal.add(EntryKind.READINGS, Fakes.NOW, null);
    trust.journal.alarms.add(
        new Journal.Alarm(Fakes.NOW, "meter-contradiction", "3 kWh are missing."));
    trust.chain.add("root/1", Stage.FINAL, Fakes.NOW.minusSeconds(900), 9_007_199_254_740_993L);
    trust.chain.add("root/2", Stage.INCLUDED, Fakes.NOW, 7L);
    trust.chain.add("root/3", Stage.ACCEPTED, Fakes.NOW, null);
    trust.chain.problem = "The node does not answer.";
    trust.doubts.all.add(
        new Contradictions.Contradiction(
            Contradictions.Check.SUM,
            List.of(Fakes.METER),
            Fakes.NOW,
            Optional.empty(),
            "The meter shows 3 kWh less."));
    trust.near.add(TrustFakes.OTHER, "Bruno", "10.0.0.7", 8444);
    Hub.Answer answer = hub.prosumer().get("/trust");
    assertThat(answer.at("alarms.0.text")).isEqualTo("3 kWh are missing.");
    assertThat(answer.at("contradictions.recent.0.check")).isEqualTo("SUM");
    assertThat(answer.at("journal.entries.0.kind")).isEqualTo("READINGS");
    assertThat(answer.at("journal.entries.0.erased")).isEqualTo(true);
    assertThat(answer.at("journal.checkpoint.size")).isEqualTo(2L);
    assertThat(answer.at("journal.checkpoint.cosigners.0.name")).isEqualTo("Bruno");
    assertThat(answer.at("journal.checkpoint.cosigners.1.name")).isNull();
    assertThat(answer.at("ledgers.0.cost")).isEqualTo("9007199254741000");
    assertThat(answer.at("ledgers.0.done")).isEqualTo(2L);
    assertThat(answer.at("ledgers.0.waiting")).isEqualTo(1L);
    assertThat(answer.at("ledgers.0.problem")).isEqualTo("The node does not answer.");
    assertThat(answer.at("anchors.recent.0.status.stage")).isEqualTo("ACCEPTED");

    Hub.Answer operator = hub.operator().get("/trust");
    assertThat(operator.text())
        .doesNotContain("3 kWh")
        .contains("A meter contradicts itself", "The node does not answer.");
    trust.journal.broken = true;
    assertThat(hub.prosumer().get("/trust").at("journal.problem"))
        .isEqualTo("The disk does not answer.");
  }

  @Test
  void aStoppedLedgerGoesOnWhenAPersonIsSure() throws Exception {
    Hub.Browser me = hub.prosumer();
    String path = "/ledgers/ethereum~main/resume";
    assertThat(me.post(path, "{}").at("field")).isEqualTo("onlyHub");
    assertThat(me.post(path, "{\"onlyHub\":true}").status()).isEqualTo(204);
    assertThat(trust.chain.resumed).isEqualTo(1);
    assertThat(me.post("/ledgers/none/resume", "{\"onlyHub\":true}").status()).isEqualTo(404);
    trust.chain.problem = "broken";
    assertThat(me.post(path, "{\"onlyHub\":true}").at("detail")).isEqualTo("The disk refuses.");
    assertThat(hub.operator().post(path, "{\"onlyHub\":true}").status()).isEqualTo(403);
  }

  @Test
  void aReceiptIsAFile() throws Exception {
    trust.journal.add(EntryKind.READINGS, Fakes.NOW, new byte[] {1});
    Hub.Browser me = hub.prosumer();
    Hub.Answer file = me.get("/journal/0/receipt");
    assertThat(file.text()).isEqualTo("receipt 0");
    assertThat(file.header("Content-Disposition")).contains("filename=\"0.receipt\"");
    for (String index : new String[] {"1", "-1", "x", "9223372036854775808"}) {
      assertThat(me.get("/journal/" + index + "/receipt").status()).as(index).isEqualTo(404);
    }
    Hub.Answer all = me.get("/journal/export");
    assertThat(all.text()).isEqualTo("receipt 1");
    assertThat(all.header("Content-Disposition")).contains("filename=\"hub.journal\"");
    trust.journal.broken = true;
    assertThat(me.get("/journal/0/receipt").at("detail")).isEqualTo("The disk does not answer.");
    assertThat(me.get("/journal/export").at("detail")).isEqualTo("The disk does not answer.");
    assertThat(hub.operator().get("/journal/export").status()).isEqualTo(403);
    assertThat(hub.operator().get("/journal/0/receipt").status()).isEqualTo(403);
  }

  private static void signed(
      TrustFakes trust, EntryKind kind, String slot, String written, long mantissa) {
    trust.journal.add(
        kind,
        Instant.parse(written),
        new SlotRegisters(
                Fakes.METER.value(),
                Instant.parse(slot),
                0,
                List.of(
                    new SlotRegisters.Register(
                        "1-0:1.8.0", Instant.parse(written), mantissa, -3, 1),
                    new SlotRegisters.Register("1-0:1.8.9", Instant.parse(written), 7, 2, 0)),
                Optional.empty())
            .encode());
  }

  @Test
  void aFigureLeadsToTheSignedRegistersAtItsEnds() throws Exception {
    signed(trust, EntryKind.READINGS, "2026-03-15T10:45:00Z", "2026-03-15T11:00:01Z", 1_000_001);
    signed(trust, EntryKind.READINGS, "2026-03-15T11:15:00Z", "2026-03-15T11:30:01Z", 3_000_003);
    trust.journal.add(EntryKind.READINGS, Instant.parse("2026-03-15T11:30:02Z"), null);
    trust.journal.add(EntryKind.READINGS, Instant.parse("2026-03-15T11:30:03Z"), new byte[] {1});
    signed(trust, EntryKind.BACKFILL, "2026-03-15T11:00:00Z", "2026-03-15T11:50:00Z", 2_000_002);
    trust.chain.add("root/1", Stage.FINAL, Fakes.NOW, 1L);
    Hub.Browser me = hub.prosumer();
    String[][] table = {
      {"2026-03-15T11:00:00Z", "0", "1000.001"},
      {"2026-03-15T11:14:59Z", "0", "1000.001"},
      {"2026-03-15T11:15:00Z", "4", "2000.002"},
      {"2026-03-15T11:30:00Z", "1", "3000.003"},
      {"2026-03-15T12:00:00Z", "1", "3000.003"},
      {"2026-12-31T00:00:00Z", "1", "3000.003"},
    };
    for (String[] row : table) {
      Hub.Answer answer =
          me.get("/receipts?device=" + Fakes.METER + "&quantity=energy.import&at=" + row[0]);
      assertThat(answer.at("meters.0.entry.index")).as(row[0]).isEqualTo(Long.valueOf(row[1]));
      assertThat(answer.at("meters.0.registers.0.value")).isEqualTo(row[2]);
    }
    Hub.Answer answer = me.get("/receipts?at=2026-03-15T11:15:00Z");
    assertThat(answer.at("slot")).isEqualTo("2026-03-15T11:15:00Z");
    assertThat(answer.at("meters.0.registers.0.quality")).isEqualTo(List.of("estimated"));
    assertThat(answer.at("meters.0.registers.1.quantity")).isNull();
    assertThat(answer.at("meters.0.registers.1.value")).isEqualTo("700");
    assertThat(answer.at("meters.0.anchors.0.status.stage")).isEqualTo("FINAL");
    for (String query :
        new String[] {
          "at=2026-03-15T10:45:00Z",
          "at=2026-03-15T11:15:00Z&quantity=energy.export",
          "at=2026-03-15T11:15:00Z&device=22222222-2222-4222-8222-222222222222"
        }) {
      assertThat(me.get("/receipts?" + query).status()).as(query).isEqualTo(404);
    }
    assertThat(me.get("/receipts?at=now").at("field")).isEqualTo("at");
    assertThat(me.get("/receipts?at=2026-03-15T11:15:00Z&device=1").at("field"))
        .isEqualTo("device");
    assertThat(hub.operator().get("/receipts?at=2026-03-15T11:15:00Z").status()).isEqualTo(403);
  }

  @Test
  void neighboursComeAndGo() throws Exception {
    Hub.Browser me = hub.prosumer();
    String card = "commonshub:" + TrustFakes.OTHER + "?key=z6Mk";
    String entry = "{\"card\":\"%s\",\"name\":\"Bruno\",\"host\":\"10.0.0.7\",\"port\":%d}";
    assertThat(me.post("/neighbours", entry.formatted("nonsense", 8444)).at("detail"))
        .isEqualTo("This is no card of a hub.");
    assertThat(me.post("/neighbours", entry.formatted(card, 0)).at("field")).isEqualTo("port");
    Hub.Answer added = me.post("/neighbours", entry.formatted(card, 8444));
    assertThat(added.status()).isEqualTo(201);
    assertThat(added.at("problem")).isEqualTo("Not heard yet.");
    assertThat(me.get("/neighbours").at("neighbours.0.name")).isEqualTo("Bruno");
    String path = "/neighbours/" + TrustFakes.OTHER.replace(":", "%3A");
    assertThat(me.send("DELETE", path, null).status()).isEqualTo(204);
    assertThat(me.send("DELETE", path, null).status()).isEqualTo(404);
    assertThat(hub.fakes.audit.entries.toString()).contains("neighbour.add", "neighbour.remove");
  }

  @Test
  void neitherOperatorsNorTokensChangeAnything() throws Exception {
    hub.prosumer();
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
    for (Hub.Browser each : new Hub.Browser[] {hub.operator(), program}) {
      String[][] calls = {
        {"POST", "/identity/rotate", "{}"},
        {"GET", "/delegations", null},
        {"POST", "/delegations", "{}"},
        {"POST", "/delegations/issue", "{}"},
        {"POST", "/delegations/assertion", "{}"},
        {"POST", "/neighbours", "{}"},
        {"DELETE", "/neighbours/x", null},
      };
      for (String[] call : calls) {
        assertThat(each.send(call[0], call[1], call[2]).status()).as(call[1]).isEqualTo(403);
      }
    }
  }

  @Test
  void whatIsSwitchedOffIsSaidAndThePagesGoOn() throws Exception {
    Hub.Browser me = hub.prosumer();
    hub.services.hubIdentity = null;
    hub.services.delegationService = null;
    hub.services.journalService = null;
    hub.services.anchorService = null;
    hub.services.neighbourService = null;
    hub.services.contradictionService = null;
    hub.services.ledgers = List.of();
    assertThat(me.get("/identity").text()).isEqualTo("{\"running\":false}");
    assertThat(me.get("/delegations").at("running")).isEqualTo(false);
    assertThat(me.get("/neighbours").at("running")).isEqualTo(false);
    assertThat(me.get("/trust").at("journal.running")).isEqualTo(false);
    assertThat(me.get("/trust").at("anchors.running")).isEqualTo(false);
    String[][] table = {
      {"/identity/keys", "Identity is switched off"},
      {"/journal/0/receipt", "Signed journal is switched off"},
    };
    for (String[] row : table) {
      Hub.Answer answer = me.get(row[0]);
      assertThat(answer.status()).isEqualTo(503);
      assertThat((String) answer.at("detail")).contains(row[1], "Settings, Features");
    }
    assertThat(me.send("DELETE", "/neighbours/did:web:x", null).status()).isEqualTo(503);
  }
}
