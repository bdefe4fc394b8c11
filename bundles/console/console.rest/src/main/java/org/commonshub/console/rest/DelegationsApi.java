package org.commonshub.console.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.commonshub.identity.api.Delegations;
import org.commonshub.identity.api.Delegations.Delegation;

/**
 * One person, several homes: letting a person of another hub in, and being let in there. Only who
 * logged in at this very hub hands out or accepts anything, so that no right is passed on.
 */
final class DelegationsApi {
  /** A key log of 100 keys fits. */
  private static final int MAX_TEXT = 200_000;

  private final Services services;
  private final SessionApi sessions;

  DelegationsApi(Services services, SessionApi sessions) {
    this.services = services;
    this.sessions = sessions;
  }

  Router register(Router router) {
    return router
        .add("GET", "/delegations", Access.OWNER, this::list)
        .add("POST", "/delegations", Access.OWNER, this::accept)
        .add("POST", "/delegations/read", Access.OWNER, this::read)
        .add("POST", "/delegations/issue", Access.OWNER, this::issue)
        .add("POST", "/delegations/assertion", Access.OWNER, this::assertion)
        .add("DELETE", "/delegations/{id}", Access.OWNER, this::revoke)
        .add("POST", "/enter", Access.PUBLIC, this::enter);
  }

  private Response list(Request request) {
    Optional<Delegations> delegations = services.delegationsIfPresent();
    List<Delegation> accepted = delegations.map(Delegations::accepted).orElse(List.of());
    return Response.json(
        g -> {
          g.writeStartObject();
          g.writeBooleanField("running", delegations.isPresent());
          g.writeArrayFieldStart("accepted");
          for (Delegation delegation : accepted) {
            write(g, delegation);
          }
          g.writeEndArray();
          g.writeEndObject();
        });
  }

  private static void write(JsonGenerator g, Delegation delegation) throws IOException {
    g.writeStartObject();
    g.writeStringField("id", delegation.id());
    g.writeStringField("home", delegation.home());
    g.writeStringField("account", delegation.account());
    g.writeStringField("right", delegation.right().name());
    g.writeStringField("until", delegation.until().toString());
    g.writeEndObject();
  }

  private Response read(Request request) throws IOException {
    byte[] bytes = bytes(request, "delegation");
    Delegation delegation = understood(() -> services.delegations().read(bytes), "delegation");
    return Response.json(g -> write(g, delegation));
  }

  private Response accept(Request request) throws IOException {
    local(request);
    byte[] bytes = bytes(request, "delegation");
    Delegation delegation = understood(() -> services.delegations().accept(bytes), "delegation");
    services.audit(request.caller().actor(), "delegation.accept", delegation.id(), "ok");
    return Response.json(201, "application/json", g -> write(g, delegation));
  }

  private Response revoke(Request request) throws IOException {
    Delegations delegations = services.delegations();
    String id = request.variable("id");
    if (delegations.accepted().stream().noneMatch(each -> each.id().equals(id))) {
      throw Problem.notFound("There is no accepted delegation of this id; it may have ended.");
    }
    delegations.revoke(id);
    services.audit(request.caller().actor(), "delegation.revoke", id, "ok");
    return Response.noContent();
  }

  private Response issue(Request request) throws IOException {
    local(request);
    Body body = request.json();
    String hub = hub(body);
    Delegations.Right right = body.choice("right", Delegations.Right.class);
    int days = (int) body.integer("days", 1, 3_650, Optional.empty());
    body.done();
    return text(
        "delegation",
        asked(() -> services.delegations().issue(request.caller().actor(), hub, right, days)));
  }

  private Response assertion(Request request) throws IOException {
    local(request);
    Body body = request.json();
    String hub = hub(body);
    body.done();
    return text(
        "assertion", asked(() -> services.delegations().assertion(request.caller().actor(), hub)));
  }

  private Response enter(Request request) throws IOException {
    byte[] bytes = bytes(request, "assertion");
    Delegation delegation;
    try {
      delegation = services.delegations().enter(bytes);
    } catch (IOException e) {
      throw new Problem(401, e.getMessage());
    }
    return sessions.enter(request, delegation);
  }

  private static void local(Request request) {
    if (request.caller().delegated()) {
      throw new Problem(
          403,
          "Another hub let you in here. Log in with a name and password of this hub to do this.");
    }
  }

  /** The DID itself, or the card that holds it. */
  private static String hub(Body body) {
    String text = body.string("hub", 512).strip();
    String did = text.startsWith("commonshub:") ? text.substring("commonshub:".length()) : text;
    int query = did.indexOf('?');
    did = query < 0 ? did : did.substring(0, query);
    if (!did.matches("did:[a-z0-9]{1,16}:[A-Za-z0-9._:%-]{1,200}")) {
      throw Problem.invalid(
          "hub", "This is no hub's card or DID; its console shows them in Settings, This hub.");
    }
    return did;
  }

  private interface Reading {
    Delegation read() throws IOException;
  }

  private static Delegation understood(Reading reading, String field) {
    try {
      return reading.read();
    } catch (IOException e) {
      throw Problem.invalid(field, e.getMessage());
    }
  }

  private static byte[] asked(java.util.function.Supplier<byte[]> call) {
    try {
      return call.get();
    } catch (IllegalArgumentException e) {
      throw new Problem(422, e.getMessage());
    }
  }

  private static byte[] bytes(Request request, String field) throws IOException {
    Body body = request.json();
    String text = body.string(field, MAX_TEXT).replaceAll("\\s", "");
    body.done();
    try {
      return Base64.getUrlDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw Problem.invalid(field, "This is not complete: copy it again from its first letter on.");
    }
  }

  private static Response text(String field, byte[] bytes) {
    return Response.json(
        g -> {
          g.writeStartObject();
          g.writeStringField(field, Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
          g.writeEndObject();
        });
  }
}
