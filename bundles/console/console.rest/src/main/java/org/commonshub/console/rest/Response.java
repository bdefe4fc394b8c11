package org.commonshub.console.rest;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.Map;

/** An answer: status, headers, and a body that is either ready or streamed. */
final class Response {
  /** Writes a body that is too large to hold. An exception cuts the connection. */
  @FunctionalInterface
  interface Stream {
    void write(OutputStream out) throws IOException;
  }

  /** Answers by itself, perhaps later and on another thread. */
  @FunctionalInterface
  interface Raw {
    void serve(HttpServletRequest http, HttpServletResponse answer) throws IOException;
  }

  private final int status;
  private final String type;
  private final byte[] bytes;
  private final Stream stream;
  private final Raw raw;
  private final Map<String, String> headers = new LinkedHashMap<>();

  private Response(int status, String type, byte[] bytes, Stream stream, Raw raw) {
    this.status = status;
    this.type = type;
    this.bytes = bytes;
    this.stream = stream;
    this.raw = raw;
  }

  static Response json(Json.Body body) {
    return json(200, "application/json", body);
  }

  static Response json(int status, String type, Json.Body body) {
    return new Response(status, type, Json.bytes(body), null, null);
  }

  static Response bytes(String type, byte[] bytes) {
    return new Response(200, type, bytes, null, null);
  }

  static Response stream(String type, Stream stream) {
    return new Response(200, type, null, stream, null);
  }

  static Response noContent() {
    return new Response(204, null, null, null, null);
  }

  static Response raw(Raw raw) {
    return new Response(200, null, null, null, raw);
  }

  Response header(String name, String value) {
    headers.put(name, value);
    return this;
  }

  int status() {
    return status;
  }

  String type() {
    return type;
  }

  byte[] bytes() {
    return bytes;
  }

  Stream stream() {
    return stream;
  }

  Raw raw() {
    return raw;
  }

  Map<String, String> headers() {
    return headers;
  }
}
