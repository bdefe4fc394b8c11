package org.commonshub.console.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.identity.api.KeyLog;
import org.commonshub.identity.api.VerificationKey;

/** Who this hub is, as others enter it; and moving on to its next key. Holds no secret. */
final class IdentityApi {
  private final Services services;

  IdentityApi(Services services) {
    this.services = services;
  }

  Router register(Router router) {
    return router
        .add("GET", "/identity", Access.PERSON, this::read)
        .add("GET", "/identity/keys", Access.PERSON, this::log)
        .add("POST", "/identity/rotate", Access.OWNER, this::rotate);
  }

  private Response read(Request request) {
    Optional<HubIdentity> identity = services.identityIfPresent();
    if (identity.isEmpty()) {
      return Response.json(
          g -> {
            g.writeStartObject();
            g.writeBooleanField("running", false);
            g.writeEndObject();
          });
    }
    return Response.json(g -> write(g, identity.get()));
  }

  private void write(JsonGenerator g, HubIdentity identity) throws IOException {
    List<KeyLog.Period> periods = List.of();
    Optional<String> problem = Optional.empty();
    try {
      periods = KeyLog.verify(identity.keyLog()).periods();
    } catch (IOException e) {
      problem = Optional.of(e.getMessage());
    }
    VerificationKey key = identity.key();
    g.writeStartObject();
    g.writeBooleanField("running", true);
    g.writeStringField("did", identity.did());
    g.writeStringField("fingerprint", identity.fingerprint());
    g.writeStringField("card", identity.card());
    g.writeFieldName("aliases");
    Json.write(g, identity.aliases());
    g.writeObjectFieldStart("key");
    g.writeStringField("algorithm", key.algorithm().jose());
    g.writeStringField("multikey", key.multikey());
    g.writeStringField("fingerprint", key.fingerprint());
    g.writeEndObject();
    g.writeArrayFieldStart("keys");
    for (KeyLog.Period period : periods) {
      g.writeStartObject();
      g.writeStringField("multikey", period.key().multikey());
      g.writeStringField("since", period.since().toString());
      g.writeEndObject();
    }
    g.writeEndArray();
    NowApi.text(g, "evmAddress", services.evmAddress());
    NowApi.text(g, "problem", problem);
    g.writeEndObject();
  }

  private Response log(Request request) {
    return Response.bytes("application/jsonl", services.identity().keyLog())
        .header("Content-Disposition", "attachment; filename=\"did.jsonl\"");
  }

  /** Names the key it is to leave, so that a second click does not leave the next one, too. */
  private Response rotate(Request request) throws IOException {
    Body body = request.json();
    String leaving = body.string("key", 128);
    body.done();
    HubIdentity identity = services.identity();
    synchronized (this) {
      if (!identity.key().multikey().equals(leaving)) {
        throw new Problem(
            409, "This is not the hub's current key any more. Read it afresh and decide again.");
      }
      try {
        identity.rotate();
      } catch (IOException e) {
        throw new Problem(500, e.getMessage());
      }
    }
    services.audit(request.caller().actor(), "identity.rotate", identity.did(), "ok");
    return Response.json(g -> write(g, identity));
  }
}
