package org.commonshub.console.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.commonshub.identity.api.Delegations.Delegation;
import org.commonshub.platform.api.Accounts;
import org.commonshub.platform.api.HomeProfile;
import org.commonshub.platform.api.TlsIdentity;

/** Claim, log-in, log-out, and what a page needs to know first. */
final class SessionApi {
  private final Services services;
  private final Sessions sessions;
  private final String version;

  // A password check burns 100 ms of CPU by design: two at a time leave the meters their share.
  private final Semaphore checks = new Semaphore(2);

  SessionApi(Services services, Sessions sessions, String version) {
    this.services = services;
    this.sessions = sessions;
    this.version = version;
  }

  Router register(Router router) {
    return router
        .add("GET", "/session", Access.PUBLIC, this::read)
        .add("POST", "/claim", Access.PUBLIC, this::claim)
        .add("POST", "/login", Access.PUBLIC, this::logIn)
        .add("POST", "/logout", Access.PERSON, this::logOut);
  }

  private Response read(Request request) {
    String id = request.caller().cookie();
    Optional<Sessions.Session> user = request.caller().session();
    if (id != null) {
      return answer(request, id, user);
    }
    String fresh = sessions.newId();
    return withCookie(answer(request, fresh, user), fresh, request);
  }

  private Response claim(Request request) throws IOException {
    Body body = request.json();
    String code = body.string("code", 64);
    String name = body.string("name", 64);
    char[] password = body.string("password", 1024).toCharArray();
    body.done();
    if (services.accounts().claimed()) {
      throw new Problem(
          410, "This hub has an owner already. Log in, or reset it to claim it anew.");
    }
    AdminApi.checkName(name);
    return attempt(
        request,
        password,
        () -> services.accounts().claim(code, name, password, request.client()),
        new Problem(403, "The claim code is wrong or has expired. The hub's terminal shows it."));
  }

  private Response logIn(Request request) throws IOException {
    Body body = request.json();
    String name = body.string("name", 64);
    char[] password = body.string("password", 1024).toCharArray();
    body.done();
    return attempt(
        request,
        password,
        () -> services.accounts().logIn(name, password, request.client()),
        new Problem(401, "Name or password are wrong."));
  }

  private Response attempt(
      Request request, char[] password, Supplier<Accounts.Attempt> check, Problem refusal) {
    if (!checks.tryAcquire()) {
      throw Problem.tooMany(1, "Others are logging in at this moment. Try again in a second.");
    }
    Accounts.Attempt attempt;
    try {
      attempt = check.get();
    } catch (IllegalArgumentException e) {
      throw new Problem(422, e.getMessage());
    } catch (IllegalStateException e) {
      throw Problem.tooMany(1, e.getMessage());
    } finally {
      checks.release();
      Arrays.fill(password, '\0');
    }
    if (attempt instanceof Accounts.Attempt.Throttled throttled) {
      long seconds = throttled.retryAfter().plusMillis(999).toSeconds();
      throw Problem.tooMany(
          seconds, "Too many wrong attempts. Try again in " + Math.max(1, seconds) + " seconds.");
    }
    if (attempt instanceof Accounts.Attempt.Accepted accepted) {
      return open(request, sessions.logIn(accepted.user()));
    }
    throw refusal;
  }

  /** Opens a session for a person of another hub. */
  Response enter(Request request, Delegation delegation) {
    return open(request, sessions.logIn(delegation, services.clock().now()));
  }

  private Response open(Request request, Sessions.Session session) {
    sessions.end(request.caller().cookie());
    return withCookie(answer(request, session.id(), Optional.of(session)), session.id(), request);
  }

  private Response logOut(Request request) {
    sessions.end(request.caller().cookie());
    return Response.noContent().header("Set-Cookie", cookie("", request) + "; Max-Age=0");
  }

  private Response answer(Request request, String id, Optional<Sessions.Session> session) {
    boolean claimed = services.accounts().claimed();
    return Response.json(
        g -> {
          g.writeStartObject();
          g.writeBooleanField("claimed", claimed);
          g.writeFieldName("user");
          if (session.isPresent()) {
            g.writeStartObject();
            g.writeStringField("name", session.get().user().name());
            g.writeStringField("role", role(session.get().user().role()));
            g.writeBooleanField("delegated", session.get().delegated());
            g.writeBooleanField("readOnly", session.get().readOnly());
            g.writeEndObject();
          } else {
            g.writeNull();
          }
          g.writeStringField("csrf", sessions.csrf(id));
          g.writeFieldName("home");
          home(g, session.isPresent());
          g.writeStringField("version", version);
          NowApi.text(g, "fingerprint", services.tls().map(TlsIdentity::fingerprint));
          g.writeBooleanField("https", request.secure());
          g.writeEndObject();
        });
  }

  /** The home's name is told to those who logged in only. */
  private void home(JsonGenerator g, boolean known) throws IOException {
    Optional<HomeProfile> home = services.homeIfPresent();
    g.writeStartObject();
    g.writeStringField("name", known ? home.map(HomeProfile::name).orElse("") : "");
    g.writeStringField("zone", home.map(h -> h.zone().getId()).orElse("UTC"));
    g.writeStringField("currency", home.map(HomeProfile::currency).orElse("EUR"));
    g.writeStringField("language", home.map(h -> h.language().toLanguageTag()).orElse("en"));
    g.writeEndObject();
  }

  static String role(Accounts.Role role) {
    return role.name().toLowerCase(Locale.ROOT);
  }

  private static Response withCookie(Response response, String id, Request request) {
    return response.header("Set-Cookie", cookie(id, request));
  }

  private static String cookie(String id, Request request) {
    return Request.COOKIE
        + "="
        + id
        + "; Path=/; HttpOnly; SameSite=Strict"
        + (request.secure() ? "; Secure" : "");
  }
}
