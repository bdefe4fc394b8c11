package org.commonshub.console.rest;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A refusal, on its way to become {@code application/problem+json} (RFC 9457). The detail is one
 * sentence for people: what happened, where, what to do. Carries no stack trace: it is an answer,
 * not a fault.
 */
final class Problem extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String field;
  private final transient Map<String, String> headers = new LinkedHashMap<>();

  Problem(int status, String detail) {
    this(status, "", detail);
  }

  Problem(int status, String field, String detail) {
    super(detail == null ? title(status) : detail, null, false, false);
    this.status = status;
    this.field = field;
  }

  /** 422: one input is at fault. */
  static Problem invalid(String field, String detail) {
    return new Problem(422, field, detail);
  }

  /** 503: a part of the hub is not running. */
  static Problem missing(String what, String bundle) {
    return new Problem(
            503,
            "The "
                + what
                + " is not running at the moment (bundle "
                + bundle
                + "). Try again in a few seconds; if it stays so, see Settings, Features.")
        .header("Retry-After", "2");
  }

  static Problem notFound(String what) {
    return new Problem(404, what);
  }

  /** 429 with a delay of at least one second. */
  static Problem tooMany(long retryAfterSeconds, String detail) {
    return new Problem(429, detail)
        .header("Retry-After", Long.toString(Math.max(1, retryAfterSeconds)));
  }

  Problem header(String name, String value) {
    headers.put(name, value);
    return this;
  }

  int status() {
    return status;
  }

  String field() {
    return field;
  }

  Map<String, String> headers() {
    return headers;
  }

  /** The answer. */
  Response response() {
    Response response =
        Response.json(
            status,
            "application/problem+json",
            g -> {
              g.writeStartObject();
              g.writeStringField("type", "about:blank");
              g.writeStringField("title", title(status));
              g.writeNumberField("status", status);
              g.writeStringField("detail", getMessage());
              if (!field.isEmpty()) {
                g.writeStringField("field", field);
              }
              g.writeEndObject();
            });
    headers.forEach(response::header);
    return response;
  }

  /** Reason phrases of RFC 9110 section 15 and RFC 6585. */
  static String title(int status) {
    return switch (status) {
      case 400 -> "Bad Request";
      case 401 -> "Unauthorized";
      case 402 -> "Payment Required";
      case 403 -> "Forbidden";
      case 404 -> "Not Found";
      case 405 -> "Method Not Allowed";
      case 409 -> "Conflict";
      case 410 -> "Gone";
      case 412 -> "Precondition Failed";
      case 413 -> "Content Too Large";
      case 415 -> "Unsupported Media Type";
      case 421 -> "Misdirected Request";
      case 422 -> "Unprocessable Content";
      case 428 -> "Precondition Required";
      case 429 -> "Too Many Requests";
      case 500 -> "Internal Server Error";
      case 502 -> "Bad Gateway";
      case 503 -> "Service Unavailable";
      case 504 -> "Gateway Timeout";
      default -> "Error";
    };
  }
}
