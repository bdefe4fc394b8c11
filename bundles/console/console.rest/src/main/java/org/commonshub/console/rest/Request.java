package org.commonshub.console.rest;

import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** One request as the handlers see it: bounded, decoded, with its caller. */
final class Request {
  private static final String GZIP_MARK = "--gzip";

  static final String COOKIE = "hub_session";

  /** Largest JSON body. */
  static final int MAX_BODY = 256 * 1024;

  /** Most that is read and thrown away of a body that is too large. */
  private static final int MAX_DRAINED = 1 << 20;

  private final HttpServletRequest http;
  private final List<String> segments;
  private Map<String, List<String>> query;
  private Map<String, String> variables = Map.of();
  private Caller caller;

  Request(HttpServletRequest http) {
    this.http = http;
    this.segments = segments(http.getPathInfo());
  }

  static List<String> segments(String path) {
    if (path == null || path.isEmpty() || path.equals("/")) {
      return List.of();
    }
    return List.of(path.substring(1).split("/", -1));
  }

  HttpServletRequest http() {
    return http;
  }

  /** HEAD is served as GET; the container leaves the body out. */
  String method() {
    return http.getMethod().equals("HEAD") ? "GET" : http.getMethod();
  }

  List<String> segments() {
    return segments;
  }

  void variables(Map<String, String> values) {
    variables = values;
  }

  /** A variable of the route's template. */
  String variable(String name) {
    return variables.get(name);
  }

  void caller(Caller value) {
    caller = value;
  }

  Caller caller() {
    return caller;
  }

  Optional<String> header(String name) {
    return Optional.ofNullable(http.getHeader(name));
  }

  /**
   * Address for throttling: the peer itself, never a forwarding header, which anybody can write.
   */
  String client() {
    return http.getRemoteAddr();
  }

  boolean secure() {
    return http.isSecure();
  }

  /** The session cookie's value if it can be one; null otherwise. */
  String cookie() {
    Cookie[] cookies = http.getCookies();
    if (cookies != null) {
      for (Cookie cookie : cookies) {
        if (cookie.getName().equals(COOKIE) && Sessions.plausible(cookie.getValue())) {
          return cookie.getValue();
        }
      }
    }
    return null;
  }

  private Map<String, List<String>> query() {
    if (query == null) {
      query = new HashMap<>();
      String raw = http.getQueryString();
      if (raw != null) {
        for (String pair : raw.split("&", 100)) {
          int equals = pair.indexOf('=');
          String name = equals < 0 ? pair : pair.substring(0, equals);
          String value = equals < 0 ? "" : pair.substring(equals + 1);
          try {
            query
                .computeIfAbsent(
                    URLDecoder.decode(name, StandardCharsets.UTF_8), n -> new ArrayList<>())
                .add(URLDecoder.decode(value, StandardCharsets.UTF_8));
          } catch (IllegalArgumentException e) {
            throw new Problem(400, "The query of the address is not properly percent-encoded.");
          }
        }
      }
    }
    return query;
  }

  List<String> parameters(String name) {
    return query().getOrDefault(name, Collections.emptyList());
  }

  Optional<String> parameter(String name) {
    List<String> values = parameters(name);
    if (values.size() > 1) {
      throw Problem.invalid(name, "The parameter '" + name + "' is given more than once.");
    }
    return values.stream().filter(v -> !v.isEmpty()).findFirst();
  }

  String required(String name) {
    return parameter(name)
        .orElseThrow(() -> Problem.invalid(name, "The parameter '" + name + "' is missing."));
  }

  Instant instant(String name) {
    try {
      return Instant.parse(required(name));
    } catch (DateTimeParseException e) {
      throw Problem.invalid(
          name, "The parameter '" + name + "' must be an instant like 2026-03-01T00:00:00Z.");
    }
  }

  LocalDate date(String name) {
    try {
      LocalDate date = LocalDate.parse(required(name));
      if (date.getYear() >= 1970 && date.getYear() <= 9999) {
        return date;
      }
    } catch (DateTimeParseException e) {
      // below
    }
    throw Problem.invalid(name, "The parameter '" + name + "' must be a date like 2026-03-01.");
  }

  int limit(String name, int otherwise, int max) {
    try {
      int value = parameter(name).map(Integer::parseInt).orElse(otherwise);
      if (value >= 1 && value <= max) {
        return value;
      }
    } catch (NumberFormatException e) {
      // below
    }
    throw Problem.invalid(name, "The parameter '" + name + "' must be 1 to " + max + ".");
  }

  /** Content type in lower case without parameters, or empty. */
  String contentType() {
    String type = http.getContentType();
    if (type == null) {
      return "";
    }
    return (type.indexOf(';') < 0 ? type : type.substring(0, type.indexOf(';')))
        .strip()
        .toLowerCase(Locale.ROOT);
  }

  /** The JSON object of the body. */
  Body json() throws IOException {
    if (!contentType().equals("application/json")) {
      throw new Problem(415, "The body must be of content type application/json.");
    }
    return Body.of(Json.parse(bytes(MAX_BODY)));
  }

  private byte[] bytes(int max) throws IOException {
    InputStream in = http.getInputStream();
    if (http.getContentLengthLong() <= max) {
      byte[] bytes = in.readNBytes(max + 1);
      if (bytes.length <= max) {
        return bytes;
      }
    }
    // A client still sending would lose the answer to a reset connection: some of the rest is read.
    byte[] buffer = new byte[8192];
    int rest = MAX_DRAINED;
    try {
      for (int n = in.read(buffer); n >= 0 && rest > 0; n = in.read(buffer)) {
        rest -= n;
      }
    } catch (IOException e) {
      // It promised more than it sends.
    }
    throw tooLarge(max);
  }

  static Problem tooLarge(long max) {
    return new Problem(413, "The body is too large; at most " + max + " bytes are accepted.");
  }

  /**
   * The revision the caller last saw.
   *
   * @throws Problem 428 without the header, 400 when it is not one strong tag
   */
  String ifMatch() {
    String value =
        header("If-Match")
            .orElseThrow(
                () ->
                    new Problem(
                        428,
                        "This change needs the header If-Match with the ETag last read, so that"
                            + " nobody's change is overwritten unseen."))
            .strip();
    if (value.length() < 2
        || value.charAt(0) != '"'
        || value.indexOf('"', 1) != value.length() - 1) {
      throw new Problem(400, "The header If-Match must hold one strong ETag in double quotes.");
    }
    String tag = value.substring(1, value.length() - 1);
    // Jetty marks the tag of a compressed answer and does not take the mark off again.
    return tag.endsWith(GZIP_MARK) ? tag.substring(0, tag.length() - GZIP_MARK.length()) : tag;
  }

  static String etag(String revision) {
    return '"' + revision + '"';
  }
}
