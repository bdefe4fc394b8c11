package org.commonshub.console.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.commonshub.privacy.api.AccessRequest;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Consent;
import org.commonshub.privacy.api.DataRights;
import org.commonshub.privacy.api.Disclosure;
import org.commonshub.privacy.api.Preview;
import org.commonshub.privacy.api.PrivacyDesk;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.Terms;
import org.commonshub.privacy.api.TermsCodec;
import org.commonshub.privacy.api.TermsException;

/** Who gets what: the prosumer's own session decides, nobody else. */
final class PrivacyApi {
  /** A document is at most {@link TermsCodec#MAX_BYTES} and a signature, in base64. */
  private static final int MAX_DOCUMENT = 128 * 1024;

  private static final int MAX_LINES = 500;

  private final Services services;
  private final Semaphore exports = new Semaphore(1);

  PrivacyApi(Services services) {
    this.services = services;
  }

  Router register(Router router) {
    return router
        .add("GET", "/privacy/state", Access.OWNER, this::state)
        .add("GET", "/privacy", Access.OWNER, this::overview)
        .add("PUT", "/privacy/paused", Access.OWNER, this::pause)
        .add("POST", "/privacy/requests", Access.OWNER, this::receive)
        .add("POST", "/privacy/refuse", Access.OWNER, this::refuse)
        .add("POST", "/privacy/preview", Access.DATA, this::preview)
        .add("POST", "/privacy/consents", Access.OWNER, this::grant)
        .add("DELETE", "/privacy/consents/{id}", Access.OWNER, this::withdraw)
        .add("GET", "/privacy/consents/{id}/receipt", Access.OWNER, this::receipt)
        .add("POST", "/privacy/paid", Access.OWNER, this::paid)
        .add("POST", "/privacy/forget", Access.OWNER, this::forget)
        .add("GET", "/privacy/log", Access.OWNER, this::log)
        .add("GET", "/privacy/log.csv", Access.OWNER, this::exportLog)
        .add("GET", "/privacy/export", Access.DATA, this::export)
        .add("POST", "/privacy/erase", Access.OWNER, this::erase);
  }

  /** What every page shows: also answers while the gate is away. */
  private Response state(Request request) {
    Optional<PrivacyDesk> desk = services.privacyDeskIfPresent();
    boolean paused = desk.map(PrivacyDesk::paused).orElse(false);
    int waiting = desk.map(d -> d.requests().size()).orElse(0);
    return Response.json(
        g -> {
          g.writeStartObject();
          g.writeBooleanField("running", desk.isPresent());
          g.writeBooleanField("paused", paused);
          g.writeNumberField("waiting", waiting);
          g.writeEndObject();
        });
  }

  private Response overview(Request request) {
    PrivacyDesk desk = services.privacyDesk();
    boolean paused = desk.paused();
    List<AccessRequest> requests = desk.requests();
    List<Consent> consents = desk.consents();
    List<String> problems = desk.problems();
    return Response.json(
        g -> {
          g.writeStartObject();
          g.writeBooleanField("paused", paused);
          g.writeBooleanField("rights", services.dataRightsIfPresent().isPresent());
          g.writeFieldName("problems");
          Json.write(g, problems);
          g.writeArrayFieldStart("requests");
          for (AccessRequest each : requests) {
            write(g, each);
          }
          g.writeEndArray();
          g.writeArrayFieldStart("consents");
          for (Consent each : consents) {
            write(g, each);
          }
          g.writeEndArray();
          g.writeEndObject();
        });
  }

  private Response pause(Request request) throws IOException {
    Body body = request.json();
    boolean paused = body.bool("paused", Optional.empty());
    body.done();
    String actor = request.caller().actor();
    act(() -> services.privacyDesk().pause(paused, actor));
    services.audit(actor, paused ? "privacy.pause" : "privacy.resume", "", "ok");
    return Response.noContent();
  }

  private Response receive(Request request) throws IOException {
    Body body = request.json();
    String text = body.string("document", MAX_DOCUMENT).replaceAll("\\s", "");
    body.done();
    byte[] bytes = document(text);
    AccessRequest received = ask("document", () -> services.privacyDesk().receive(bytes));
    services.audit(
        request.caller().actor(), "privacy.receive", received.recipient().toString(), "ok");
    return Response.json(201, "application/json", g -> write(g, received));
  }

  /** A compact JWS stands for itself; all else is base64 of its bytes. */
  private static byte[] document(String text) {
    if (text.indexOf('.') >= 0) {
      return text.getBytes(StandardCharsets.UTF_8);
    }
    try {
      return Base64.getUrlDecoder().decode(text.replace('+', '-').replace('/', '_'));
    } catch (IllegalArgumentException e) {
      throw Problem.invalid(
          "document", "This is no signed request: copy it again from its first letter on.");
    }
  }

  private Response refuse(Request request) throws IOException {
    Body body = request.json();
    String id = body.string("id", 128);
    body.done();
    PrivacyDesk desk = services.privacyDesk();
    Recipient recipient =
        desk.requests().stream()
            .filter(each -> each.id().equals(id))
            .findFirst()
            .orElseThrow(PrivacyApi::gone)
            .recipient();
    String actor = request.caller().actor();
    act(() -> desk.refuse(id, actor));
    services.audit(actor, "privacy.refuse", recipient.toString(), "ok");
    return Response.noContent();
  }

  private Response preview(Request request) throws IOException {
    PrivacyDesk desk = services.privacyDesk();
    Choice choice = choice(request);
    Preview preview = ask("choice", () -> desk.preview(choice.id(), choice.terms()));
    return Response.json(
        g -> {
          g.writeStartObject();
          terms(g, "terms", preview.terms());
          g.writeFieldName("raw");
          Curves.write(g, preview.raw());
          g.writeFieldName("released");
          Curves.write(g, preview.released());
          g.writeNumberField("values", preview.released().stream().mapToInt(Block::size).sum());
          g.writeStringField("payload", preview.payload());
          g.writeFieldName("inferences");
          Json.write(g, preview.inferences().stream().map(Enum::name).toList());
          NowApi.text(g, "protects", preview.protects());
          NowApi.text(g, "refusal", preview.refusal());
          g.writeEndObject();
        });
  }

  private Response grant(Request request) throws IOException {
    PrivacyDesk desk = services.privacyDesk();
    Choice choice = choice(request);
    String actor = request.caller().actor();
    Consent consent = ask("choice", () -> desk.grant(choice.id(), choice.terms(), actor));
    services.audit(actor, "privacy.grant", about(consent), "ok");
    return Response.json(201, "application/json", g -> write(g, consent));
  }

  private Response withdraw(Request request) throws IOException {
    PrivacyDesk desk = services.privacyDesk();
    Consent consent = consent(desk, request.variable("id"));
    String actor = request.caller().actor();
    act(() -> desk.withdraw(consent.id(), actor));
    services.audit(actor, "privacy.withdraw", about(consent), "ok");
    return Response.noContent();
  }

  private Response receipt(Request request) throws IOException {
    PrivacyDesk desk = services.privacyDesk();
    Consent consent = consent(desk, request.variable("id"));
    String receipt = ask("", () -> desk.receipt(consent.id()));
    return Response.bytes("application/json", receipt.getBytes(StandardCharsets.UTF_8))
        .header("Content-Disposition", "attachment; filename=\"consent.json\"");
  }

  private Response paid(Request request) throws IOException {
    Body body = request.json();
    String id = body.string("consent", 128);
    String reference = body.string("reference", 200);
    body.done();
    PrivacyDesk desk = services.privacyDesk();
    Consent consent = consent(desk, id);
    if (consent.terms().price().isEmpty()) {
      throw Problem.invalid("consent", "This consent has no price.");
    }
    String actor = request.caller().actor();
    act(() -> desk.markPaid(id, reference, actor));
    services.audit(actor, "privacy.paid", about(consent), "ok");
    return Response.noContent();
  }

  private Response forget(Request request) throws IOException {
    Body body = request.json();
    Recipient recipient = recipient(body.string("recipient", 160));
    body.done();
    PrivacyDesk desk = services.privacyDesk();
    String actor = request.caller().actor();
    act(() -> desk.forget(recipient, actor));
    services.audit(actor, "privacy.forget", recipient.toString(), "ok");
    return Response.noContent();
  }

  private Response log(Request request) throws IOException {
    PrivacyDesk.Search search =
        new PrivacyDesk.Search(
            request.parameter("recipient").map(PrivacyApi::recipient),
            request.parameter("consent"),
            request.parameter("from").map(from -> request.instant("from")),
            request.parameter("to").map(to -> request.instant("to")),
            request.parameter("text"));
    long before = request.parameter("before").map(PrivacyApi::number).orElse(Long.MAX_VALUE);
    int limit = request.limit("limit", 50, MAX_LINES);
    PrivacyDesk desk = services.privacyDesk();
    List<Disclosure> lines = ask("", () -> desk.log(search, before, limit));
    return Response.json(
        g -> {
          g.writeStartArray();
          for (Disclosure line : lines) {
            g.writeStartObject();
            g.writeNumberField("number", line.number());
            g.writeStringField("instant", line.instant().toString());
            g.writeStringField("recipient", line.recipient().toString());
            g.writeStringField("consent", line.consent());
            g.writeStringField("purpose", line.purpose().name());
            g.writeStringField("what", line.what());
            g.writeNumberField("values", line.values());
            g.writeStringField("from", line.from().toString());
            g.writeStringField("to", line.to().toString());
            g.writeEndObject();
          }
          g.writeEndArray();
        });
  }

  private Response exportLog(Request request) {
    PrivacyDesk desk = services.privacyDesk();
    return Response.stream("text/csv; charset=utf-8", alone(desk::exportLog))
        .header("Content-Disposition", "attachment; filename=\"disclosures.csv\"");
  }

  private Response export(Request request) {
    DataRights rights = services.dataRights();
    String name = request.required("format");
    DataRights.Format format =
        switch (name) {
          case "archive" -> DataRights.Format.ARCHIVE;
          case "green-button" -> DataRights.Format.GREEN_BUTTON;
          default -> throw Problem.invalid("format", "The format must be archive or green-button.");
        };
    Instant from =
        request.parameter("from").map(f -> request.instant("from")).orElse(Instant.EPOCH);
    Instant to =
        request
            .parameter("to")
            .map(t -> request.instant("to"))
            .orElseGet(() -> services.clock().now());
    if (!from.isBefore(to)) {
      throw Problem.invalid("to", "The parameter 'to' must be later than 'from'.");
    }
    boolean archive = format == DataRights.Format.ARCHIVE;
    services.audit(request.caller().actor(), "privacy.export", name + " " + from + "/" + to, "ok");
    LocalDate day = LocalDate.ofInstant(to, services.home().zone());
    return Response.stream(
            archive ? "application/zip" : "application/atom+xml",
            alone(out -> rights.export(format, from, to, out)))
        .header(
            "Content-Disposition",
            "attachment; filename=\""
                + (archive ? "hub-data-" + day + ".zip" : "green-button-" + day + ".xml")
                + "\"");
  }

  private Response erase(Request request) throws IOException {
    if (request.caller().delegated()) {
      throw new Problem(
          403,
          "Another hub let you in here. Log in with a name and password of this hub to erase.");
    }
    Body body = request.json();
    String typed = body.string("confirm", 64).strip();
    body.done();
    String actor = request.caller().actor();
    if (!typed.equals(actor)) {
      throw Problem.invalid(
          "confirm", "To erase everything, type the name you log in with: " + actor + ".");
    }
    DataRights rights = services.dataRights();
    String erased = ask("", () -> rights.eraseAll(actor));
    services.audit(actor, "privacy.erase", "", "ok");
    return Response.json(
        g -> {
          g.writeStartObject();
          g.writeStringField("message", erased);
          g.writeEndObject();
        });
  }

  // ---- in and out ------------------------------------------------------------------------------

  private record Choice(String id, Terms terms) {}

  private static Choice choice(Request request) throws IOException {
    Body body = request.json();
    String id = body.string("id", 128);
    Terms terms = terms(body, "choice");
    body.done();
    return new Choice(id, terms);
  }

  static Terms terms(Body body, String field) {
    Map<String, Object> terms = body.object(field, 32);
    return ask(field, () -> TermsCodec.of(terms));
  }

  static void terms(JsonGenerator g, String field, Terms terms) throws IOException {
    g.writeFieldName(field);
    Json.write(g, TermsCodec.map(terms));
  }

  static Recipient recipient(String text) {
    try {
      return Recipient.parse(text);
    } catch (IllegalArgumentException e) {
      throw Problem.invalid("recipient", e.getMessage());
    }
  }

  private static long number(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw Problem.invalid("before", "The parameter 'before' must be the number of a line.");
    }
  }

  private static Consent consent(PrivacyDesk desk, String id) {
    return desk.consents().stream()
        .filter(each -> each.id().equals(id))
        .findFirst()
        .orElseThrow(PrivacyApi::gone);
  }

  private static Problem gone() {
    return Problem.notFound("There is no such request or consent any more; load the page again.");
  }

  private static String about(Consent consent) {
    return consent.recipient() + " " + consent.purpose().name();
  }

  private static void write(JsonGenerator g, AccessRequest request) throws IOException {
    g.writeStartObject();
    g.writeStringField("id", request.id());
    g.writeStringField("recipient", request.recipient().toString());
    g.writeStringField("name", request.name());
    g.writeStringField("text", request.text());
    terms(g, "asked", request.asked());
    terms(g, "widest", request.widest());
    g.writeStringField("instant", request.instant().toString());
    NowApi.text(g, "signedBy", request.signedBy());
    g.writeEndObject();
  }

  private static void write(JsonGenerator g, Consent consent) throws IOException {
    g.writeStartObject();
    g.writeStringField("id", consent.id());
    g.writeStringField("recipient", consent.recipient().toString());
    g.writeStringField("name", consent.name());
    g.writeStringField("purpose", consent.purpose().name());
    terms(g, "terms", consent.terms());
    g.writeStringField("given", consent.given().toString());
    g.writeStringField("actor", consent.actor());
    NowApi.text(g, "withdrawn", consent.withdrawn());
    g.writeStringField("state", consent.state().name());
    g.writeStringField("reason", consent.reason());
    g.writeNumberField("receipt", consent.receipt());
    NowApi.text(g, "lastReleased", consent.lastReleased());
    g.writeNumberField("valuesReleased", consent.valuesReleased());
    g.writeEndObject();
  }

  // ---- what the desk says ----------------------------------------------------------------------

  @FunctionalInterface
  private interface Ask<T> {
    T call() throws TermsException, IOException;
  }

  @FunctionalInterface
  private interface Act {
    void run() throws TermsException, IOException;
  }

  /** An answer of the desk: what it does not know is gone, what disk or terms refuse is said. */
  private static <T> T ask(String field, Ask<T> call) {
    try {
      return call.call();
    } catch (TermsException e) {
      throw Problem.invalid(field, e.getMessage());
    } catch (IllegalArgumentException e) {
      throw gone();
    } catch (IOException e) {
      throw new Problem(500, e.getMessage());
    }
  }

  private static void act(Act call) {
    ask(
        "",
        () -> {
          call.run();
          return null;
        });
  }

  /** One long answer at a time. */
  private Response.Stream alone(Response.Stream stream) {
    return out -> {
      if (!exports.tryAcquire()) {
        throw Problem.tooMany(10, "Your data is being exported already. Wait for it.");
      }
      try {
        stream.write(out);
      } finally {
        exports.release();
      }
    };
  }
}
