package org.commonshub.metering.http;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.HttpConnection.Credentials;
import org.commonshub.metering.api.PollSession;
import org.commonshub.metering.mapping.api.JsonValue;
import org.commonshub.metering.mapping.api.TasmotaEnergy;

/**
 * A Tasmota device by web commands ({@code /cm?cmnd=Status 8}; Tasmota documentation, "Commands
 * with web requests"). User and password travel in the query, as Tasmota wants them.
 */
final class TasmotaSession implements PollSession {
  private final Web web;
  private final int channel;
  private final String login;
  private final Duration timeout;
  private volatile Map<String, String> identity = Map.of();

  /**
   * @param channel which of several channels, from 1; 0 for all
   */
  TasmotaSession(Web web, int channel, Optional<Credentials> credentials, Duration timeout) {
    this.web = web;
    this.channel = channel;
    this.login =
        credentials
            .map(
                account ->
                    "user="
                        + encoded(account.user())
                        + "&password="
                        + encoded(account.password())
                        + "&")
            .orElse("");
    this.timeout = timeout;
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  @Override
  public CompletionStage<List<Measurement>> poll(Duration budget) {
    long deadline = System.nanoTime() + budget.toNanos();
    return status(8, deadline)
        .thenCompose(this::values)
        .thenCompose(values -> known(deadline).thenApply(nothing -> values));
  }

  private CompletionStage<JsonValue> status(int number, long deadline) {
    return web.get(
        "/cm?" + login + "cmnd=Status%20" + number, TemplateSession.left(deadline, timeout));
  }

  private CompletionStage<List<Measurement>> values(JsonValue answer) {
    if (!answer.get("WARNING").missing()) {
      return failed(
          Kind.REFUSED, web.where() + " wants a user and a password. Enter those of its web page.");
    }
    List<Measurement> values = TasmotaEnergy.values(answer.get("StatusSNS"), channel).list();
    return values.isEmpty()
        ? failed(
            Kind.INVALID_ANSWER,
            web.where()
                + " tells no energy in its status. Check that it is a Tasmota device with a power"
                + " meter"
                + (channel > 1 ? " and that it has channel " + channel : "")
                + ".")
        : CompletableFuture.completedFuture(values);
  }

  private CompletionStage<Void> known(long deadline) {
    if (!identity.isEmpty()) {
      return CompletableFuture.completedFuture(null);
    }
    return status(0, deadline)
        .thenAccept(answer -> identity = identity(answer))
        .exceptionally(failure -> null);
  }

  static Map<String, String> identity(JsonValue answer) {
    Map<String, String> facts = new HashMap<>();
    facts.put("maker", "Tasmota");
    put(facts, "name", answer.get("Status").get("DeviceName"));
    put(facts, "firmware", answer.get("StatusFWR").get("Version"));
    put(facts, "model", answer.get("StatusFWR").get("Hardware"));
    put(facts, "serial", answer.get("StatusNET").get("Mac"));
    return Map.copyOf(facts);
  }

  private static void put(Map<String, String> facts, String fact, JsonValue value) {
    String text = value.label(64);
    if (!text.isEmpty()) {
      facts.put(fact, text);
    }
  }

  private static <T> CompletionStage<T> failed(Kind kind, String sentence) {
    return CompletableFuture.failedFuture(new DeviceException(kind, sentence));
  }

  @Override
  public Map<String, String> identity() {
    return identity;
  }

  @Override
  public void close() {
    // The connection belongs to the context, which closes it.
  }
}
