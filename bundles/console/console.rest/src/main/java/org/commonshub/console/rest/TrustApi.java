package org.commonshub.console.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.identity.api.CoseSign1;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.ledger.api.Anchor;
import org.commonshub.ledger.api.Checkpoint;
import org.commonshub.ledger.api.Contradictions;
import org.commonshub.ledger.api.Contradictions.Contradiction;
import org.commonshub.ledger.api.Journal;
import org.commonshub.ledger.api.Ledger;
import org.commonshub.ledger.api.LedgerDescription;
import org.commonshub.ledger.api.Stage;
import org.commonshub.ledger.api.Status;
import org.commonshub.neighbour.api.Neighbour;
import org.commonshub.platform.api.Accounts.Role;

/** What is signed, where it is anchored and at what cost, and what is wrong. Holds no readings. */
final class TrustApi {
  /** Entries and submissions shown. */
  private static final int SHOWN = 20;

  /** Submissions whose cost is added up: a month of quarters of an hour. */
  private static final int COUNTED = 3_000;

  /** The alarm that tells of readings: not for operators. */
  private static final String ABOUT_READINGS = "meter-contradiction";

  private final Services services;

  TrustApi(Services services) {
    this.services = services;
  }

  Router register(Router router) {
    return router
        .add("GET", "/trust", Access.PERSON, this::overview)
        .add("POST", "/ledgers/{name}/resume", Access.OWNER, this::resume);
  }

  private Response overview(Request request) {
    boolean household =
        request.caller().session().map(s -> s.user().role() == Role.PROSUMER).orElse(false);
    Optional<Journal> journal = services.journalIfPresent();
    Optional<Anchor> anchor = services.anchor();
    Map<String, Ledger> ledgers = services.ledgers();
    return Response.json(
        g -> {
          g.writeStartObject();
          g.writeArrayFieldStart("alarms");
          for (Journal.Alarm alarm : journal.map(Journal::alarms).orElse(List.of())) {
            alarm(g, alarm, household);
          }
          g.writeEndArray();
          g.writeFieldName("contradictions");
          contradictions(g, household);
          g.writeFieldName("journal");
          journal(g, journal);
          g.writeFieldName("anchors");
          anchors(g, anchor, ledgers);
          g.writeArrayFieldStart("ledgers");
          for (Map.Entry<String, Ledger> ledger : ledgers.entrySet()) {
            ledger(g, ledger.getKey(), ledger.getValue());
          }
          g.writeEndArray();
          g.writeEndObject();
        });
  }

  private static void alarm(JsonGenerator g, Journal.Alarm alarm, boolean household)
      throws IOException {
    g.writeStartObject();
    g.writeStringField("since", alarm.since().toString());
    g.writeStringField("word", alarm.word());
    g.writeStringField(
        "text",
        household || !alarm.word().equals(ABOUT_READINGS)
            ? alarm.text()
            : "A meter contradicts itself or the others. The people who live here see which.");
    g.writeEndObject();
  }

  private void contradictions(JsonGenerator g, boolean household) throws IOException {
    Optional<Contradictions> checks = services.contradictions();
    g.writeStartObject();
    g.writeBooleanField("running", checks.isPresent());
    g.writeArrayFieldStart("recent");
    if (household) {
      for (Contradiction each : checks.map(c -> c.recent(SHOWN)).orElse(List.of())) {
        g.writeStartObject();
        g.writeStringField("check", each.check().name());
        g.writeFieldName("devices");
        Json.write(g, each.devices());
        g.writeStringField("from", each.from().toString());
        NowApi.text(g, "to", each.to());
        g.writeStringField("text", each.text());
        g.writeEndObject();
      }
    }
    g.writeEndArray();
    g.writeEndObject();
  }

  private void journal(JsonGenerator g, Optional<Journal> present) throws IOException {
    g.writeStartObject();
    g.writeBooleanField("running", present.isPresent());
    if (present.isPresent()) {
      Journal journal = present.get();
      long size = journal.size();
      g.writeNumberField("size", size);
      g.writeFieldName("checkpoint");
      if (journal.latest().isPresent()) {
        checkpoint(g, journal.latest().get());
      } else {
        g.writeNull();
      }
      List<Journal.Entry> entries = List.of();
      Optional<String> problem = Optional.empty();
      try {
        entries = new ArrayList<>(journal.entries(Math.max(0, size - SHOWN), size));
        Collections.reverse(entries);
      } catch (IOException e) {
        problem = Optional.ofNullable(e.getMessage());
      }
      g.writeArrayFieldStart("entries");
      for (Journal.Entry entry : entries) {
        g.writeStartObject();
        entry(g, entry);
        g.writeEndObject();
      }
      g.writeEndArray();
      NowApi.text(g, "problem", problem);
    }
    g.writeEndObject();
  }

  /** The fields of an entry, within an object. */
  static void entry(JsonGenerator g, Journal.Entry entry) throws IOException {
    g.writeNumberField("index", entry.index());
    g.writeStringField("kind", entry.kind().name());
    g.writeStringField("instant", entry.instant().toString());
    g.writeBooleanField("erased", entry.erased());
  }

  private void checkpoint(JsonGenerator g, Checkpoint checkpoint) throws IOException {
    g.writeStartObject();
    g.writeNumberField("epoch", checkpoint.epoch());
    g.writeNumberField("size", checkpoint.size());
    g.writeStringField("root", HexFormat.of().formatHex(checkpoint.root()));
    g.writeStringField("instant", checkpoint.instant().toString());
    g.writeArrayFieldStart("cosigners");
    for (byte[] cosignature : checkpoint.cosignatures()) {
      String key = signer(cosignature);
      g.writeStartObject();
      g.writeStringField("key", key);
      NowApi.text(g, "name", neighbour(key));
      g.writeEndObject();
    }
    g.writeEndArray();
    g.writeEndObject();
  }

  /** Multikey of who signed; the journal has checked the signature. */
  private static String signer(byte[] cose) {
    try {
      return CoseSign1.parse(cose).unprotectedHeader().get(CoseSign1.KID) instanceof byte[] kid
              && kid.length <= 128
          ? new String(kid, StandardCharsets.UTF_8)
          : "";
    } catch (MalformedCborException e) {
      return "";
    }
  }

  /** What the prosumer calls the neighbour with that key. */
  private Optional<String> neighbour(String multikey) {
    return services
        .neighboursIfPresent()
        .flatMap(
            all ->
                all.list().stream()
                    .filter(
                        each ->
                            all.keyLog(each.did()).flatMap(log -> log.key(multikey)).isPresent())
                    .map(Neighbour::name)
                    .findFirst());
  }

  private static void anchors(JsonGenerator g, Optional<Anchor> anchor, Map<String, Ledger> ledgers)
      throws IOException {
    g.writeStartObject();
    g.writeBooleanField("running", anchor.isPresent());
    NowApi.text(g, "problem", anchor.flatMap(Anchor::problem));
    g.writeArrayFieldStart("recent");
    for (Anchor.Anchored each : anchor.map(a -> a.recent(SHOWN)).orElse(List.of())) {
      anchored(g, each, ledgers);
    }
    g.writeEndArray();
    g.writeEndObject();
  }

  static void anchored(JsonGenerator g, Anchor.Anchored anchored, Map<String, Ledger> ledgers)
      throws IOException {
    g.writeStartObject();
    g.writeStringField("ledger", anchored.ledger());
    g.writeNumberField("size", anchored.size());
    g.writeStringField("root", HexFormat.of().formatHex(anchored.root()));
    g.writeStringField("instant", anchored.instant().toString());
    NowApi.text(g, "aggregator", anchored.aggregator());
    NowApi.text(
        g,
        "costUnit",
        Optional.ofNullable(ledgers.get(anchored.ledger())).map(l -> l.description().costUnit()));
    g.writeFieldName("status");
    status(g, anchored.status());
    g.writeEndObject();
  }

  private static void status(JsonGenerator g, Status status) throws IOException {
    g.writeStartObject();
    g.writeStringField("key", status.key());
    g.writeStringField("stage", status.stage().name());
    g.writeStringField("since", status.since().toString());
    NowApi.text(g, "reference", status.reference());
    NowApi.text(g, "position", status.position());
    NowApi.text(g, "cost", status.cost());
    NowApi.text(g, "problem", status.problem());
    g.writeEndObject();
  }

  private static void ledger(JsonGenerator g, String name, Ledger ledger) throws IOException {
    LedgerDescription description = ledger.description();
    List<Status> counted = ledger.recent(COUNTED);
    BigInteger cost = BigInteger.ZERO;
    Optional<Instant> since = Optional.empty();
    long done = 0;
    long waiting = 0;
    for (Status status : counted) {
      if (status.stage() == Stage.INCLUDED || status.stage() == Stage.FINAL) {
        done++;
        cost = cost.add(BigInteger.valueOf(status.cost().orElse(0L)));
        if (since.isEmpty() || status.since().isBefore(since.get())) {
          since = Optional.of(status.since());
        }
      } else if (status.stage() == Stage.ACCEPTED) {
        waiting++;
      }
    }
    g.writeStartObject();
    g.writeStringField("name", name);
    g.writeStringField("technology", description.technology());
    g.writeStringField("network", description.network());
    g.writeStringField("trust", description.trust());
    g.writeStringField("costUnit", description.costUnit());
    g.writeStringField("cost", cost.toString());
    NowApi.text(g, "since", since);
    g.writeNumberField("done", done);
    g.writeNumberField("waiting", waiting);
    NowApi.text(g, "problem", ledger.problem());
    g.writeArrayFieldStart("recent");
    for (Status status : counted.subList(0, Math.min(SHOWN, counted.size()))) {
      status(g, status);
    }
    g.writeEndArray();
    g.writeEndObject();
  }

  /** The person has made sure that no other hub uses this account, and says so. */
  private Response resume(Request request) throws IOException {
    Body body = request.json();
    boolean sure = body.bool("onlyHub", Optional.of(false));
    body.done();
    if (!sure) {
      throw Problem.invalid(
          "onlyHub", "Make sure that no other hub uses this account, and say so with 'onlyHub'.");
    }
    String name = request.variable("name");
    Ledger ledger = services.ledgers().get(name);
    if (ledger == null) {
      throw Problem.notFound("There is no ledger of this name.");
    }
    try {
      ledger.resume();
    } catch (IOException e) {
      throw new Problem(500, e.getMessage());
    }
    services.audit(request.caller().actor(), "ledger.resume", name, "ok");
    return Response.noContent();
  }
}
