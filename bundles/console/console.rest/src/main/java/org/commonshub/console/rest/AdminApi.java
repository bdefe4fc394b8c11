package org.commonshub.console.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.commonshub.platform.api.Accounts;
import org.commonshub.platform.api.AuditLog;
import org.commonshub.platform.api.Backup;
import org.commonshub.platform.api.Features;

/** Features, accounts, tokens, audit log, backup and restore. */
final class AdminApi {
  /** Largest backup taken back. */
  private static final long MAX_BACKUP = 4L << 30;

  private final Services services;
  private final Sessions sessions;
  private final Semaphore backups = new Semaphore(1);

  AdminApi(Services services, Sessions sessions) {
    this.services = services;
    this.sessions = sessions;
  }

  Router register(Router router) {
    return router
        .add("GET", "/features", Access.PERSON, this::features)
        .add("PUT", "/features/{name}", Access.PERSON, this::feature)
        .add("GET", "/users", Access.OWNER, this::users)
        .add("POST", "/users", Access.OWNER, this::addUser)
        .add("DELETE", "/users/{name}", Access.OWNER, this::removeUser)
        .add("PUT", "/users/{name}/password", Access.PERSON, this::password)
        .add("GET", "/tokens", Access.OWNER, this::tokens)
        .add("POST", "/tokens", Access.OWNER, this::addToken)
        .add("DELETE", "/tokens/{id}", Access.OWNER, this::removeToken)
        .add("GET", "/audit", Access.OWNER, this::audit)
        .add("POST", "/backup", Access.OWNER, this::backup)
        .add("POST", "/restore", Access.OWNER, this::restore);
  }

  /** A name has to be addressable: {@code /users/{name}}. */
  static void checkName(String name) {
    boolean good = !name.equals(".") && !name.equals("..");
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      good &= !(c == '/' || c == '\\' || c == ';' || c == '%' || Character.isISOControl(c));
    }
    if (!good) {
      throw Problem.invalid("name", "A name may not contain / \\ ; % or control characters.");
    }
  }

  private Response features(Request request) {
    List<Features.Feature> features = services.features().list();
    return Response.json(
        g -> {
          g.writeStartArray();
          for (Features.Feature feature : features) {
            feature(g, feature);
          }
          g.writeEndArray();
        });
  }

  private Response feature(Request request) throws IOException {
    Features features = services.features();
    String name = request.variable("name");
    Body body = request.json();
    boolean enabled = body.bool("enabled", java.util.Optional.empty());
    body.done();
    String action = enabled ? "feature.enable" : "feature.disable";
    String actor = request.caller().actor();
    try {
      Features.Feature feature = features.enable(name, enabled);
      services.audit(actor, action, name, "ok");
      return Response.json(g -> feature(g, feature));
    } catch (IllegalArgumentException e) {
      throw Problem.notFound(e.getMessage());
    } catch (IllegalStateException e) {
      services.audit(actor, action, name, "refused");
      throw new Problem(409, e.getMessage());
    }
  }

  private static void feature(JsonGenerator g, Features.Feature feature) throws IOException {
    g.writeStartObject();
    g.writeStringField("name", feature.name());
    g.writeStringField("title", feature.title());
    g.writeStringField("description", feature.description());
    g.writeFieldName("requires");
    Json.write(g, feature.requires());
    g.writeBooleanField("essential", feature.essential());
    g.writeBooleanField("enabled", feature.enabled());
    g.writeBooleanField("running", feature.running());
    NowApi.text(g, "problem", feature.problem());
    g.writeEndObject();
  }

  private Response users(Request request) {
    List<Accounts.User> users = services.accounts().users();
    return Response.json(
        g -> {
          g.writeStartArray();
          for (Accounts.User user : users) {
            user(g, user);
          }
          g.writeEndArray();
        });
  }

  private static void user(JsonGenerator g, Accounts.User user) throws IOException {
    g.writeStartObject();
    g.writeStringField("name", user.name());
    g.writeStringField("role", SessionApi.role(user.role()));
    g.writeStringField("created", user.created().toString());
    g.writeEndObject();
  }

  private Response addUser(Request request) throws IOException {
    Accounts accounts = services.accounts();
    Body body = request.json();
    String name = body.string("name", 64);
    char[] password = body.string("password", 1024).toCharArray();
    Accounts.Role role =
        switch (body.string("role", 16).toLowerCase(Locale.ROOT)) {
          case "prosumer" -> Accounts.Role.PROSUMER;
          case "operator" -> Accounts.Role.OPERATOR;
          default -> throw Problem.invalid("role", "The role must be prosumer or operator.");
        };
    body.done();
    checkName(name);
    try {
      Accounts.User user = accounts.addUser(name, password, role);
      services.audit(
          request.caller().actor(), "user.add", name + " " + SessionApi.role(role), "ok");
      return Response.json(201, "application/json", g -> user(g, user));
    } catch (IllegalArgumentException e) {
      throw new Problem(422, e.getMessage());
    } catch (IllegalStateException e) {
      throw new Problem(409, e.getMessage());
    } finally {
      Arrays.fill(password, '\0');
    }
  }

  private static Accounts.User user(Accounts accounts, String name) {
    return accounts.users().stream()
        .filter(user -> user.name().equalsIgnoreCase(name))
        .findFirst()
        .orElseThrow(() -> Problem.notFound("There is no user of this name."));
  }

  private Response removeUser(Request request) {
    Accounts accounts = services.accounts();
    String name = user(accounts, request.variable("name")).name();
    try {
      accounts.removeUser(name);
    } catch (IllegalStateException e) {
      services.audit(request.caller().actor(), "user.remove", name, "refused");
      throw new Problem(409, e.getMessage());
    }
    sessions.endAll(name, null);
    services.audit(request.caller().actor(), "user.remove", name, "ok");
    return Response.noContent();
  }

  private Response password(Request request) throws IOException {
    Accounts accounts = services.accounts();
    Body body = request.json();
    char[] password = body.string("password", 1024).toCharArray();
    body.done();
    Sessions.Session session = request.caller().session().orElseThrow();
    String wanted = request.variable("name");
    if (session.user().role() != Accounts.Role.PROSUMER
        && !session.user().name().equalsIgnoreCase(wanted)) {
      throw new Problem(403, "Only a prosumer of this home may change somebody else's password.");
    }
    String name = user(accounts, wanted).name();
    try {
      accounts.setPassword(name, password);
    } catch (IllegalArgumentException e) {
      throw Problem.invalid("password", e.getMessage());
    } catch (IllegalStateException e) {
      throw Problem.tooMany(1, e.getMessage());
    } finally {
      Arrays.fill(password, '\0');
    }
    sessions.endAll(name, session.id());
    services.audit(request.caller().actor(), "user.password", name, "ok");
    return Response.noContent();
  }

  private Response tokens(Request request) {
    List<Accounts.Token> tokens = services.accounts().tokens();
    return Response.json(
        g -> {
          g.writeStartArray();
          for (Accounts.Token token : tokens) {
            g.writeStartObject();
            token(g, token);
            g.writeEndObject();
          }
          g.writeEndArray();
        });
  }

  private static void token(JsonGenerator g, Accounts.Token token) throws IOException {
    g.writeStringField("id", token.id());
    g.writeStringField("label", token.label());
    g.writeStringField("owner", token.owner());
    g.writeFieldName("scopes");
    Json.write(g, token.scopes().stream().sorted().map(Enum::name).toList());
    g.writeStringField("created", token.created().toString());
    g.writeStringField("expires", token.expires().toString());
  }

  private Response addToken(Request request) throws IOException {
    Accounts accounts = services.accounts();
    Body body = request.json();
    String label = body.string("label", 64);
    Set<Accounts.Scope> scopes = EnumSet.noneOf(Accounts.Scope.class);
    for (String scope : body.strings("scopes", 8)) {
      try {
        scopes.add(Accounts.Scope.valueOf(scope));
      } catch (IllegalArgumentException e) {
        throw Problem.invalid(
            "scopes", "A scope is one of " + List.of(Accounts.Scope.values()) + ".");
      }
    }
    Instant expires;
    try {
      expires = Instant.parse(body.string("expires", 64));
    } catch (DateTimeParseException e) {
      throw Problem.invalid("expires", "The field 'expires' must be an instant.");
    }
    body.done();
    String actor = request.caller().actor();
    try {
      Accounts.NewToken token = accounts.addToken(label, actor, scopes, expires);
      services.audit(actor, "token.add", token.token().id() + " " + scopes, "ok");
      return Response.json(
          201,
          "application/json",
          g -> {
            g.writeStartObject();
            token(g, token.token());
            g.writeStringField("secret", token.secret());
            g.writeEndObject();
          });
    } catch (IllegalArgumentException e) {
      throw new Problem(422, e.getMessage());
    } catch (IllegalStateException e) {
      throw new Problem(409, e.getMessage());
    }
  }

  private Response removeToken(Request request) {
    Accounts accounts = services.accounts();
    String id = request.variable("id");
    if (accounts.tokens().stream().noneMatch(token -> token.id().equals(id))) {
      throw Problem.notFound("There is no token of this id.");
    }
    accounts.removeToken(id);
    services.audit(request.caller().actor(), "token.remove", id, "ok");
    return Response.noContent();
  }

  private Response audit(Request request) {
    List<AuditLog.Entry> entries = services.auditLog().latest(request.limit("limit", 100, 1000));
    return Response.json(
        g -> {
          g.writeStartArray();
          for (AuditLog.Entry entry : entries) {
            g.writeStartObject();
            g.writeStringField("at", entry.at().toString());
            g.writeStringField("actor", entry.actor());
            g.writeStringField("action", entry.action());
            g.writeStringField("subject", entry.subject());
            g.writeStringField("outcome", entry.outcome());
            g.writeEndObject();
          }
          g.writeEndArray();
        });
  }

  private Response backup(Request request) throws IOException {
    Backup backup = services.backup();
    Body body = request.json();
    char[] passphrase = body.optionalString("passphrase", 1024).orElse("").toCharArray();
    body.done();
    LocalDate today =
        LocalDate.ofInstant(
            services.clock().now(),
            services.homeIfPresent().map(h -> h.zone()).orElse(java.time.ZoneId.of("UTC")));
    String actor = request.caller().actor();
    return Response.stream(
            "application/zip",
            out -> {
              if (!backups.tryAcquire()) {
                throw Problem.tooMany(10, "Another backup is running. Wait for it to end.");
              }
              String outcome = "failed";
              try {
                backup.write(out, passphrase);
                outcome = "ok";
              } finally {
                backups.release();
                Arrays.fill(passphrase, '\0');
                services.audit(actor, "backup.write", "hub", outcome);
              }
            })
        .header("Content-Disposition", "attachment; filename=\"hub-backup-" + today + ".zip\"");
  }

  private Response restore(Request request) throws IOException {
    Backup backup = services.backup();
    String type = request.contentType();
    if (!type.equals("application/zip") && !type.equals("application/octet-stream")) {
      throw new Problem(415, "The body must be a backup, of content type application/zip.");
    }
    if (request.http().getContentLengthLong() > MAX_BACKUP) {
      throw Request.tooLarge(MAX_BACKUP);
    }
    char[] passphrase;
    try {
      passphrase =
          URLDecoder.decode(
                  request.header("X-Passphrase").orElse("").replace("+", "%2B"),
                  StandardCharsets.UTF_8)
              .toCharArray();
    } catch (IllegalArgumentException e) {
      throw new Problem(400, "The header X-Passphrase is not properly percent-encoded.");
    }
    if (!backups.tryAcquire()) {
      throw Problem.tooMany(10, "A backup or restore is running. Wait for it to end.");
    }
    String actor = request.caller().actor();
    try {
      String message =
          backup.stage(new Bounded(request.http().getInputStream(), MAX_BACKUP), passphrase);
      services.audit(actor, "backup.restore", message, "ok");
      return Response.json(
          g -> {
            g.writeStartObject();
            g.writeStringField("message", message);
            g.writeEndObject();
          });
    } catch (IOException e) {
      services.audit(actor, "backup.restore", "hub", "refused");
      throw new Problem(422, e.getMessage());
    } finally {
      backups.release();
      Arrays.fill(passphrase, '\0');
    }
  }

  /** Ends with a refusal when more comes than is allowed. */
  private static final class Bounded extends FilterInputStream {
    private final long max;
    private long left;

    Bounded(InputStream in, long max) {
      super(in);
      this.max = max;
      this.left = max;
    }

    @Override
    public int read() throws IOException {
      int value = super.read();
      count(value < 0 ? 0 : 1);
      return value;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int n = super.read(buffer, offset, length);
      count(n);
      return n;
    }

    private void count(int n) {
      left -= Math.max(0, n);
      if (left < 0) {
        throw Request.tooLarge(max);
      }
    }
  }
}
