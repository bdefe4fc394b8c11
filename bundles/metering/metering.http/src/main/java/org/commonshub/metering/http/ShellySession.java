package org.commonshub.metering.http;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.Actuating;
import org.commonshub.metering.api.Actuator;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.PollSession;
import org.commonshub.metering.api.WriteLease;
import org.commonshub.metering.mapping.api.JsonValue;
import org.commonshub.metering.mapping.api.ShellyStatus;

/**
 * One component of a Shelly of Gen2 or later over its RPC ({@code Shelly.GetStatus}, {@code
 * Shelly.GetDeviceInfo}, {@code Switch.Set}).
 */
final class ShellySession implements PollSession, Actuating {
  private final Web web;
  private final String wanted;
  private final boolean restOn;
  private final Duration timeout;
  private volatile String component;
  private volatile Map<String, String> identity = Map.of();

  /**
   * @param wanted component; empty for the first that measures
   * @param restOn whether a switch is on while nobody holds it
   */
  ShellySession(Web web, String wanted, boolean restOn, Duration timeout) {
    this.web = web;
    this.wanted = wanted;
    this.component = wanted;
    this.restOn = restOn;
    this.timeout = timeout;
  }

  @Override
  public CompletionStage<List<Measurement>> poll(Duration budget) {
    long deadline = System.nanoTime() + budget.toNanos();
    return web.call("Shelly.GetStatus", "{}", TemplateSession.left(deadline, timeout))
        .thenCompose(this::values)
        .thenCompose(values -> known(deadline).thenApply(nothing -> values));
  }

  private CompletionStage<List<Measurement>> values(JsonValue status) {
    List<String> metering = ShellyStatus.metering(status);
    String key = wanted.isEmpty() ? metering.stream().findFirst().orElse("") : wanted;
    if (!status.isObject() || status.get("sys").missing()) {
      return failed(
          Kind.INVALID_ANSWER,
          web.where()
              + " does not answer like a Shelly of Gen2 or later. Check the kind of device.");
    }
    List<Measurement> values =
        key.isEmpty() ? List.of() : ShellyStatus.withRegisters(key, status).list();
    if (values.isEmpty()) {
      return failed(
          Kind.SETTINGS,
          "The Shelly at "
              + web.where()
              + (wanted.isEmpty() ? " measures nothing" : " measures nothing at " + shown(wanted))
              + (metering.isEmpty()
                  ? "."
                  : "; it measures at "
                      + String.join(", ", metering)
                      + ". Change the setting"
                      + " 'part'."));
    }
    component = key;
    return CompletableFuture.completedFuture(values);
  }

  private static String shown(String text) {
    return text.length() > 32 ? text.substring(0, 32) + "…" : text;
  }

  /** Asks once who it is; that it does not tell is no failure. */
  private CompletionStage<Void> known(long deadline) {
    if (!identity.isEmpty()) {
      return CompletableFuture.completedFuture(null);
    }
    return web.call("Shelly.GetDeviceInfo", "{}", TemplateSession.left(deadline, timeout))
        .thenAccept(info -> identity = identity(info))
        .exceptionally(failure -> null);
  }

  static Map<String, String> identity(JsonValue info) {
    Map<String, String> facts = new HashMap<>();
    facts.put("maker", "Shelly");
    Map.of("model", "model", "serial", "mac", "firmware", "ver", "name", "name")
        .forEach(
            (fact, member) -> {
              String text = info.get(member).label(64);
              if (!text.isEmpty()) {
                facts.put(fact, text);
              }
            });
    return Map.copyOf(facts);
  }

  @Override
  public Map<String, String> identity() {
    return identity;
  }

  @Override
  public List<Actuator> actuators() {
    return ShellyStatus.type(component).equals("switch")
        ? List.of(Rest.actuator(restOn))
        : List.of();
  }

  @Override
  public CompletionStage<Void> write(WriteLease lease, String actuator, BigDecimal value) {
    return set(lease, actuator, value.signum() != 0);
  }

  @Override
  public CompletionStage<Void> release(WriteLease lease, String actuator) {
    return set(lease, actuator, restOn);
  }

  private CompletionStage<Void> set(WriteLease lease, String actuator, boolean on) {
    Optional<CompletionStage<Void>> refusal = Rest.refusal(lease, actuator);
    if (refusal.isPresent()) {
      return refusal.get();
    }
    String parameters =
        "{\"id\":"
            + ShellyStatus.number(component)
            + ",\"on\":"
            + on
            + (on == restOn ? "" : ",\"toggle_after\":" + Rest.WATCHDOG.toSeconds())
            + "}";
    return web.call("Switch.Set", parameters, timeout)
        .thenCompose(
            answer ->
                answer.get("was_on").flag().isPresent()
                    ? CompletableFuture.completedFuture(null)
                    : failed(
                        Kind.REFUSED,
                        "The Shelly at " + web.where() + " did not confirm that it switched."));
  }

  private static <T> CompletionStage<T> failed(Kind kind, String sentence) {
    return CompletableFuture.failedFuture(new DeviceException(kind, sentence));
  }

  @Override
  public void close() {
    // The connection belongs to the context, which closes it.
  }
}
