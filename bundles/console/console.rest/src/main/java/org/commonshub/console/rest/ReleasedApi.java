package org.commonshub.console.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.RefusedException;
import org.commonshub.privacy.api.Release;
import org.commonshub.privacy.api.ReleaseCodec;
import org.commonshub.privacy.api.Terms;
import org.commonshub.privacy.api.TermsException;

/** Energy data for API tokens and operators: what the privacy gate releases to them, no more. */
final class ReleasedApi {
  private static final int MAX_NAME = 128;

  private final Services services;

  ReleasedApi(Services services) {
    this.services = services;
  }

  Router register(Router router) {
    return router
        .add("GET", "/released", Access.RELEASED, this::read)
        .add("GET", "/released/grants", Access.RELEASED, this::grants)
        .add("POST", "/released/requests", Access.RELEASED, this::ask);
  }

  private Response read(Request request) {
    String word = request.required("purpose");
    Purpose purpose = null;
    for (Purpose each : Purpose.values()) {
      purpose = each.name().equals(word) ? each : purpose;
    }
    if (purpose == null) {
      throw Problem.invalid(
          "purpose", "The purpose must be one of " + List.of(Purpose.values()) + ".");
    }
    Instant from = request.instant("from");
    Instant to = request.instant("to");
    if (!from.isBefore(to)) {
      throw Problem.invalid("to", "The parameter 'to' must be later than 'from'.");
    }
    try {
      Release release = view(request.caller()).read(purpose, from, to);
      return Response.bytes(
          "application/json", ReleaseCodec.json(release).getBytes(StandardCharsets.UTF_8));
    } catch (RefusedException e) {
      throw new Problem(
          e.reason() == RefusedException.Reason.OUT_OF_BOUNDS ? 422 : 403, e.getMessage());
    }
  }

  private Response grants(Request request) {
    List<EnergyData.Grant> grants = view(request.caller()).grants();
    return Response.json(
        g -> {
          g.writeStartArray();
          for (EnergyData.Grant grant : grants) {
            write(g, grant);
          }
          g.writeEndArray();
        });
  }

  private Response ask(Request request) throws IOException {
    Body body = request.json();
    Terms asked = PrivacyApi.terms(body, "asked");
    String text = body.string("text", 500);
    body.done();
    Caller caller = request.caller();
    EnergyData.Grant grant;
    try {
      grant = view(caller).ask(asked, text);
    } catch (TermsException e) {
      throw Problem.invalid("asked", e.getMessage());
    }
    services.audit(caller.actor(), "privacy.ask", grant.purpose().name(), "ok");
    return Response.json(202, "application/json", g -> write(g, grant));
  }

  private EnergyData view(Caller caller) {
    return services.privacyDesk().viewOf(recipient(caller));
  }

  /** Who the gate takes this caller for: never something the caller says. */
  static Recipient recipient(Caller caller) {
    if (caller.token().isPresent()) {
      return new Recipient(Recipient.Kind.TOKEN, caller.token().get().id());
    }
    // Names of people may have spaces and letters of any language.
    String name =
        URLEncoder.encode(caller.actor(), StandardCharsets.UTF_8)
            .replace("+", "%20")
            .replace("*", "%2A");
    if (name.length() > MAX_NAME) {
      throw new Problem(403, "This user name is too long for the privacy gate; use a shorter one.");
    }
    return new Recipient(Recipient.Kind.OPERATOR, name);
  }

  private static void write(JsonGenerator g, EnergyData.Grant grant) throws IOException {
    g.writeStartObject();
    g.writeStringField("purpose", grant.purpose().name());
    g.writeStringField("state", grant.state().name());
    PrivacyApi.terms(g, "terms", grant.terms());
    g.writeStringField("reason", grant.reason());
    g.writeEndObject();
  }
}
