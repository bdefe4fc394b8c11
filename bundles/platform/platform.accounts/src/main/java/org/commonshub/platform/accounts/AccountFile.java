package org.commonshub.platform.accounts;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.commonshub.platform.api.Accounts.Role;
import org.commonshub.platform.api.Accounts.Scope;
import org.commonshub.platform.api.Accounts.Token;
import org.commonshub.platform.api.Accounts.User;
import org.commonshub.platform.api.DurableFiles;

/** Users, tokens and the claim code on disk: one JSON file of mode 0600, replaced as a whole. */
final class AccountFile {
  private static final int MAX_BYTES = 1 << 20;
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(8)
                  .maxStringLength(4096)
                  .maxNameLength(64)
                  .build())
          .build();

  /** A user with the password's hash. */
  record StoredUser(User user, Passwords.Hash password) {}

  /** A token with the SHA-256 of its secret. */
  record StoredToken(Token token, byte[] hash) {}

  /** The open claim: SHA-256 of the code and its end. */
  record Claim(byte[] hash, Instant expires) {}

  /** Everything in the file; immutable by convention: changed copies are written. */
  record State(Map<String, StoredUser> users, Map<String, StoredToken> tokens, Claim claim) {
    static State empty() {
      return new State(new TreeMap<>(), new LinkedHashMap<>(), null);
    }

    State copy() {
      return new State(new TreeMap<>(users), new LinkedHashMap<>(tokens), claim);
    }

    State withClaim(Claim next) {
      return new State(users, tokens, next);
    }
  }

  private final Path file;

  AccountFile(Path file) {
    this.file = file;
  }

  Path path() {
    return file;
  }

  State load() throws IOException {
    byte[] bytes;
    try {
      bytes = DurableFiles.read(file, MAX_BYTES);
    } catch (NoSuchFileException e) {
      return State.empty();
    }
    return parse(bytes);
  }

  /** Parses the file's content; refuses anything that is not exactly what {@link #store} writes. */
  static State parse(byte[] bytes) throws IOException {
    State state = State.empty();
    try (JsonParser parser = JSON.createParser(bytes)) {
      expect(parser.nextToken(), JsonToken.START_OBJECT);
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String section = parser.currentName();
        parser.nextToken();
        switch (section) {
          case "users" -> {
            while (item(parser)) {
              StoredUser user = user(fields(parser));
              state.users.put(user.user.name(), user);
            }
          }
          case "tokens" -> {
            while (item(parser)) {
              StoredToken token = token(fields(parser));
              state.tokens.put(token.token.id(), token);
            }
          }
          case "claim" -> {
            Map<String, String> fields = fields(parser);
            state = state.withClaim(new Claim(bytes(fields, "hash"), instant(fields, "expires")));
          }
          default -> throw new IOException("unknown section " + section);
        }
      }
      expect(parser.currentToken(), JsonToken.END_OBJECT);
      return state;
    } catch (IllegalArgumentException | DateTimeException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static boolean item(JsonParser parser) throws IOException {
    if (parser.currentToken() == JsonToken.START_ARRAY
        || parser.currentToken() == JsonToken.END_OBJECT) {
      JsonToken next = parser.nextToken();
      if (next == JsonToken.END_ARRAY) {
        return false;
      }
      expect(next, JsonToken.START_OBJECT);
      return true;
    }
    throw new IOException("expected a list");
  }

  /** An object of strings and numbers; the parser stands at its start, then at its end. */
  private static Map<String, String> fields(JsonParser parser) throws IOException {
    expect(parser.currentToken(), JsonToken.START_OBJECT);
    Map<String, String> fields = new HashMap<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      if (!parser.nextToken().isScalarValue()) {
        throw new IOException(name + " is nested");
      }
      fields.put(name, parser.getText());
    }
    expect(parser.currentToken(), JsonToken.END_OBJECT);
    return fields;
  }

  private static void expect(JsonToken token, JsonToken expected) throws IOException {
    if (token != expected) {
      throw new IOException("expected " + expected + ", found " + token);
    }
  }

  private static StoredUser user(Map<String, String> fields) throws IOException {
    int iterations = Integer.parseInt(text(fields, "iterations"));
    if (iterations < 1 || iterations > 10_000_000) {
      throw new IOException("iterations out of range");
    }
    return new StoredUser(
        new User(
            text(fields, "name"), Role.valueOf(text(fields, "role")), instant(fields, "created")),
        new Passwords.Hash(iterations, bytes(fields, "salt"), bytes(fields, "hash")));
  }

  private static StoredToken token(Map<String, String> fields) throws IOException {
    Set<Scope> scopes = EnumSet.noneOf(Scope.class);
    for (String scope : text(fields, "scopes").split(" ", -1)) {
      if (!scope.isEmpty()) {
        scopes.add(Scope.valueOf(scope));
      }
    }
    return new StoredToken(
        new Token(
            text(fields, "id"),
            text(fields, "label"),
            text(fields, "owner"),
            Set.copyOf(scopes),
            instant(fields, "created"),
            instant(fields, "expires")),
        bytes(fields, "hash"));
  }

  private static String text(Map<String, String> fields, String name) throws IOException {
    String value = fields.get(name);
    if (value == null) {
      throw new IOException(name + " is missing");
    }
    return value;
  }

  private static Instant instant(Map<String, String> fields, String name) throws IOException {
    return Instant.parse(text(fields, name));
  }

  private static byte[] bytes(Map<String, String> fields, String name) throws IOException {
    return Base64.getDecoder().decode(text(fields, name));
  }

  /** Writes durably. */
  void store(State state) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Base64.Encoder base64 = Base64.getEncoder();
    try (JsonGenerator json = JSON.createGenerator(out, JsonEncoding.UTF8)) {
      json.useDefaultPrettyPrinter();
      json.writeStartObject();
      json.writeArrayFieldStart("users");
      for (StoredUser stored : state.users.values()) {
        json.writeStartObject();
        json.writeStringField("name", stored.user.name());
        json.writeStringField("role", stored.user.role().name());
        json.writeStringField("created", stored.user.created().toString());
        json.writeNumberField("iterations", stored.password.iterations());
        json.writeStringField("salt", base64.encodeToString(stored.password.salt()));
        json.writeStringField("hash", base64.encodeToString(stored.password.hash()));
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeArrayFieldStart("tokens");
      for (StoredToken stored : state.tokens.values()) {
        Token token = stored.token;
        json.writeStartObject();
        json.writeStringField("id", token.id());
        json.writeStringField("label", token.label());
        json.writeStringField("owner", token.owner());
        json.writeStringField(
            "scopes", String.join(" ", token.scopes().stream().map(Enum::name).sorted().toList()));
        json.writeStringField("created", token.created().toString());
        json.writeStringField("expires", token.expires().toString());
        json.writeStringField("hash", base64.encodeToString(stored.hash));
        json.writeEndObject();
      }
      json.writeEndArray();
      if (state.claim != null) {
        json.writeObjectFieldStart("claim");
        json.writeStringField("hash", base64.encodeToString(state.claim.hash()));
        json.writeStringField("expires", state.claim.expires().toString());
        json.writeEndObject();
      }
      json.writeEndObject();
    }
    DurableFiles.write(file, out.toByteArray(), true);
  }
}
