package org.commonshub.metering.http;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.HttpConnection;
import org.commonshub.metering.api.HttpConnection.Credentials;
import org.commonshub.metering.api.HttpConnection.Request;
import org.commonshub.metering.api.HttpConnection.Response;
import org.commonshub.metering.mapping.api.JsonValue;
import org.commonshub.metering.mapping.api.MalformedJsonException;

/** Asks a device for JSON. */
final class Web {
  private final HttpConnection http;
  private final Optional<Credentials> credentials;
  private final Map<String, String> headers;
  private final AtomicInteger calls = new AtomicInteger();

  Web(HttpConnection http, Optional<Credentials> credentials, Optional<String> token) {
    this.http = http;
    this.credentials = credentials;
    Map<String, String> all = new HashMap<>();
    all.put("accept", "application/json");
    token.ifPresent(text -> all.put("authorization", "Bearer " + text));
    this.headers = Map.copyOf(all);
  }

  String where() {
    return http.endpoint().toString();
  }

  /**
   * Gets a document.
   *
   * @param target path and query, beginning with '/'
   * @param timeout more than zero
   */
  CompletionStage<JsonValue> get(String target, Duration timeout) {
    if (timeout.isNegative() || timeout.isZero()) {
      return late();
    }
    return http.send(new Request("GET", target, headers, new byte[0]), credentials, timeout)
        .thenCompose(response -> document(target, response));
  }

  /**
   * Calls a method of a Shelly (Shelly API documentation, "RPC protocol"): the answer carries the
   * number of the call, so that none is taken for another's.
   *
   * @param parameters JSON object
   * @return {@code result}
   */
  CompletionStage<JsonValue> call(String method, String parameters, Duration timeout) {
    if (timeout.isNegative() || timeout.isZero()) {
      return late();
    }
    int number = calls.incrementAndGet();
    String frame =
        "{\"id\":"
            + number
            + ",\"src\":\"commonshub\",\"method\":\""
            + method
            + "\",\"params\":"
            + parameters
            + "}";
    Map<String, String> typed = new HashMap<>(headers);
    typed.put("content-type", "application/json");
    return http.send(
            new Request("POST", "/rpc", typed, frame.getBytes(StandardCharsets.UTF_8)),
            credentials,
            timeout)
        .thenCompose(response -> document("/rpc", response))
        .thenCompose(answer -> result(method, number, answer));
  }

  private CompletionStage<JsonValue> result(String method, int number, JsonValue answer) {
    if (!answer.get("error").missing()) {
      return CompletableFuture.failedFuture(
          new DeviceException(
              Kind.REFUSED,
              "The Shelly at "
                  + where()
                  + " refuses "
                  + method
                  + ": "
                  + answer.get("error").get("message").label(128)));
    }
    if (answer.get("id").number().filter(id -> id.equals(BigDecimal.valueOf(number))).isEmpty()
        || answer.get("result").missing()) {
      return CompletableFuture.failedFuture(
          new DeviceException(
              Kind.INVALID_ANSWER,
              where()
                  + " does not answer like a Shelly of Gen2 or later. Check the kind of device."));
    }
    return CompletableFuture.completedFuture(answer.get("result"));
  }

  private <T> CompletionStage<T> late() {
    return CompletableFuture.failedFuture(
        new DeviceException(
            Kind.TIMEOUT, where() + " was too slow for the polling interval. Poll it less often."));
  }

  private CompletionStage<JsonValue> document(String target, Response response) {
    int query = target.indexOf('?');
    String path = query < 0 ? target : target.substring(0, query);
    if (response.status() != 200) {
      return CompletableFuture.failedFuture(
          new DeviceException(
              Kind.INVALID_ANSWER,
              where()
                  + " answers with status "
                  + response.status()
                  + " to "
                  + path
                  + ". Check that it is the kind of device that was chosen, and that its local"
                  + " interface is switched on."));
    }
    try {
      return CompletableFuture.completedFuture(JsonValue.parse(response.body()));
    } catch (MalformedJsonException e) {
      return CompletableFuture.failedFuture(
          new DeviceException(
              Kind.INVALID_ANSWER,
              where()
                  + " answers "
                  + path
                  + " with "
                  + e.getMessage()
                  + ". Check that it is the kind of device that was chosen."));
    }
  }

  static Throwable cause(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }
}
