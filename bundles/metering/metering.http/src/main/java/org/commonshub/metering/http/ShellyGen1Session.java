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

/** One meter of a Shelly of Gen1: {@code /status}, {@code /relay/0}. */
final class ShellyGen1Session implements PollSession, Actuating {
  private final Web web;
  private final String wanted;
  private final boolean restOn;
  private final Duration timeout;
  private volatile String meter;
  private volatile Map<String, String> identity = Map.of();
  private volatile boolean relay;

  /**
   * @param wanted {@code meter:0}, {@code emeter:1}, {@code emeters}; empty for the first there is
   * @param restOn whether the relay is on while nobody holds it
   */
  ShellyGen1Session(Web web, String wanted, boolean restOn, Duration timeout) {
    this.web = web;
    this.wanted = wanted;
    this.meter = wanted;
    this.restOn = restOn;
    this.timeout = timeout;
  }

  @Override
  public CompletionStage<List<Measurement>> poll(Duration budget) {
    long deadline = System.nanoTime() + budget.toNanos();
    return web.get("/status", TemplateSession.left(deadline, timeout)).thenCompose(this::values);
  }

  private CompletionStage<List<Measurement>> values(JsonValue status) {
    List<String> meters = ShellyStatus.meteringGen1(status);
    String key = wanted;
    if (key.isEmpty() && !meters.isEmpty()) {
      key = status.get("emeters").items().size() == 3 ? "emeters" : meters.get(0);
    }
    List<Measurement> values =
        key.isEmpty() ? List.of() : ShellyStatus.valuesGen1(key, status).list();
    if (values.isEmpty()) {
      return failed(
          "The Shelly at "
              + web.where()
              + " measures nothing"
              + (meters.isEmpty() ? ". Check the kind of device." : " there; it has " + meters));
    }
    meter = key;
    relay =
        ShellyStatus.type(key).equals("meter")
            && !status.get("relays").at(ShellyStatus.number(key)).missing();
    Map<String, String> facts = new HashMap<>();
    facts.put("maker", "Shelly");
    if (!status.get("mac").label(32).isEmpty()) {
      facts.put("serial", status.get("mac").label(32));
    }
    identity = Map.copyOf(facts);
    return CompletableFuture.completedFuture(values);
  }

  @Override
  public Map<String, String> identity() {
    return identity;
  }

  @Override
  public List<Actuator> actuators() {
    return relay ? List.of(Rest.actuator(restOn)) : List.of();
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
    String target =
        "/relay/"
            + ShellyStatus.number(meter)
            + "?turn="
            + (on ? "on" : "off")
            + (on == restOn ? "" : "&timer=" + Rest.WATCHDOG.toSeconds());
    return web.get(target, timeout)
        .thenCompose(
            answer ->
                answer.get("ison").flag().equals(Optional.of(on))
                    ? CompletableFuture.completedFuture(null)
                    : CompletableFuture.failedFuture(
                        new DeviceException(
                            Kind.REFUSED,
                            "The Shelly at "
                                + web.where()
                                + " did not confirm that it switched.")));
  }

  private static <T> CompletionStage<T> failed(String sentence) {
    return CompletableFuture.failedFuture(new DeviceException(Kind.INVALID_ANSWER, sentence));
  }

  @Override
  public void close() {
    // The connection belongs to the context, which closes it.
  }
}
