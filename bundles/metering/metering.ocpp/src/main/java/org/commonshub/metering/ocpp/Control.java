package org.commonshub.metering.ocpp;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.commonshub.metering.api.Actuator;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.WriteLease;
import org.commonshub.metering.mapping.api.JsonValue;

/**
 * What a connector can be told: to charge or not, and how much at most. Both limits share one
 * charging profile, since of several a charge point takes the highest and not the least. Calls do
 * not overlap.
 */
final class Control {
  /** Tells the time, for profiles. */
  interface Clock {
    Instant now();
  }

  static final String CHARGING = "charging";
  static final String CURRENT = "current-limit";
  static final String POWER = "power-limit";

  /** Less than IEC 61851-1 can signal: charging pauses. */
  private static final BigDecimal LEAST = BigDecimal.valueOf(6);

  private static final BigDecimal VOLTS = BigDecimal.valueOf(230);

  /** All calls of one write together; the hub gives a device up after 15 s. */
  private static final long WRITE_MILLIS = 12_000;

  private static final AtomicInteger STARTS = new AtomicInteger();

  private final Settings settings;
  private final Clock clock;
  private Optional<BigDecimal> amperes = Optional.empty();
  private Optional<BigDecimal> watts = Optional.empty();
  private boolean paused;

  Control(Settings settings, Clock clock) {
    this.settings = settings;
    this.clock = clock;
  }

  private BigDecimal voltAmperes() {
    return VOLTS.multiply(BigDecimal.valueOf(settings.phases()));
  }

  List<Actuator> actuators(Station station) {
    List<Actuator> actuators = new ArrayList<>();
    if (settings.connector() > 0) {
      Map<BigDecimal, String> choices = new LinkedHashMap<>();
      choices.put(BigDecimal.ZERO, "Stop");
      choices.put(BigDecimal.ONE, "Charge");
      actuators.add(
          new Actuator(
              CHARGING,
              "Charging",
              "Starts a charging session under the hub's own tag, or stops the one that runs.",
              "",
              BigDecimal.ZERO,
              BigDecimal.ONE,
              BigDecimal.ONE,
              choices,
              "The charge point and its tags decide. A session that the hub stopped is started"
                  + " again while the vehicle is connected.",
              Optional.empty()));
    }
    if (station == null || station.abilities().smartCharging) {
      actuators.add(
          new Actuator(
              CURRENT,
              "Charging current limit",
              "Greatest current per phase that the vehicle may take. Below 6 A charging pauses.",
              "A",
              BigDecimal.ZERO,
              BigDecimal.valueOf(settings.maxCurrent()),
              BigDecimal.ZERO,
              Map.of(),
              "The charge point's own limit.",
              Optional.of(settings.watchdog())));
      actuators.add(
          new Actuator(
              POWER,
              "Charging power limit",
              "Greatest power that the vehicle may take, over all phases. Below 6 A per phase"
                  + " charging pauses.",
              "W",
              BigDecimal.ZERO,
              voltAmperes().multiply(BigDecimal.valueOf(settings.maxCurrent())),
              BigDecimal.ZERO,
              Map.of(),
              "The charge point's own limit.",
              Optional.of(settings.watchdog())));
    }
    return actuators;
  }

  CompletionStage<Void> write(
      Station station, WriteLease lease, String actuator, BigDecimal value) {
    return told(
        station,
        link ->
            switch (actuator) {
              case CHARGING -> charging(station, link, lease, value.signum() > 0);
              case CURRENT -> limit(station, link, lease, Optional.of(value), watts);
              case POWER -> limit(station, link, lease, amperes, Optional.of(value));
              default -> throw unknown(actuator);
            });
  }

  CompletionStage<Void> release(Station station, WriteLease lease, String actuator) {
    return told(
        station,
        link ->
            switch (actuator) {
              case CHARGING -> resume(station, link, lease);
              case CURRENT -> limit(station, link, lease, Optional.empty(), watts);
              case POWER -> limit(station, link, lease, amperes, Optional.empty());
              default -> throw unknown(actuator);
            });
  }

  private DeviceException unknown(String actuator) {
    return new DeviceException(
        Kind.SETTINGS,
        "Charge point '" + settings.identity() + "' has nothing called '" + actuator + "'.");
  }

  private interface Telling {
    CompletionStage<Void> tell(Station.Link link) throws DeviceException;
  }

  private CompletionStage<Void> told(Station station, Telling telling) {
    try {
      if (station == null) {
        throw new DeviceException(
            Kind.UNREACHABLE, "Charge point '" + settings.identity() + "' is not listened to yet.");
      }
      CompletableFuture<Void> result = new CompletableFuture<>();
      telling
          .tell(station.link())
          .toCompletableFuture()
          .orTimeout(WRITE_MILLIS, TimeUnit.MILLISECONDS)
          .whenComplete(
              (nothing, failure) -> {
                if (failure == null) {
                  result.complete(null);
                } else {
                  result.completeExceptionally(
                      Rpc.explain(settings.identity(), "a write", failure));
                }
              });
      return result;
    } catch (DeviceException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static CompletableFuture<JsonValue> call(
      Station.Link link, WriteLease lease, String action, Map<String, Object> payload) {
    return link.rpc().call(action, payload, true, lease::held, Station.PATIENCE_MILLIS);
  }

  private CompletionStage<Void> accepted(CompletionStage<JsonValue> answer, String what) {
    return answer.thenCompose(
        payload ->
            Rpc.status(payload).equals("Accepted")
                ? CompletableFuture.completedFuture(null)
                : CompletableFuture.failedFuture(refused(what, Rpc.status(payload))));
  }

  private DeviceException refused(String what, String status) {
    return new DeviceException(
        Kind.REFUSED,
        "Charge point '"
            + settings.identity()
            + "' refused to "
            + what
            + " ("
            + (status.isEmpty() ? "no status" : status)
            + "). Check that a vehicle is connected and that the charge point lets its OCPP server"
            + " control it.");
  }

  private CompletionStage<Void> charging(
      Station station, Station.Link link, WriteLease lease, boolean on) {
    Optional<Connector.Transaction> transaction = station.transactionOf(settings.connector());
    if (transaction.isPresent() == on) {
      if (on) {
        paused = false;
      }
      return CompletableFuture.completedFuture(null);
    }
    Dialect.Call call =
        on
            ? link.dialect()
                .start(settings.connector(), STARTS.incrementAndGet() & Integer.MAX_VALUE)
            : link.dialect().stop(transaction.get().id());
    return accepted(
            call(link, lease, call.action(), call.payload()),
            on ? "start charging" : "stop charging")
        .thenRun(() -> paused = !on);
  }

  private CompletionStage<Void> resume(Station station, Station.Link link, WriteLease lease) {
    boolean waits = station.stateOf(settings.connector()).filter(s -> s == EvState.B).isPresent();
    if (!paused || !waits) {
      paused = false;
      return CompletableFuture.completedFuture(null);
    }
    return charging(station, link, lease, true);
  }

  private CompletionStage<Void> limit(
      Station station,
      Station.Link link,
      WriteLease lease,
      Optional<BigDecimal> current,
      Optional<BigDecimal> power)
      throws DeviceException {
    if (!station.abilities().smartCharging) {
      throw new DeviceException(
          Kind.REFUSED,
          "Charge point '"
              + settings.identity()
              + "' has no smart charging: it can only be started and stopped.");
    }
    CompletionStage<Void> done =
        current.isEmpty() && power.isEmpty()
            ? clear(link, lease)
            : set(station, link, lease, current, power);
    return done.thenRun(
        () -> {
          amperes = current;
          watts = power;
        });
  }

  /** The default profile for sessions to come, and one for the session that runs. */
  private CompletionStage<Void> set(
      Station station,
      Station.Link link,
      WriteLease lease,
      Optional<BigDecimal> current,
      Optional<BigDecimal> power) {
    Optional<String> transaction =
        station.transactionOf(settings.connector()).map(Connector.Transaction::id);
    CompletionStage<Optional<DeviceException>> lasting =
        profile(station, link, lease, Optional.empty(), current, power);
    if (transaction.isEmpty()) {
      return lasting.thenCompose(Control::outcome);
    }
    // Many apply the default profile at once and refuse the other, or the other way round.
    return lasting.thenCompose(
        first ->
            profile(station, link, lease, transaction, current, power)
                .thenCompose(
                    second ->
                        outcome(
                            first.isPresent() && second.isPresent() ? second : Optional.empty())));
  }

  private static CompletionStage<Void> outcome(Optional<DeviceException> failure) {
    return failure
        .<CompletionStage<Void>>map(CompletableFuture::failedFuture)
        .orElseGet(() -> CompletableFuture.completedFuture(null));
  }

  private CompletionStage<Optional<DeviceException>> profile(
      Station station,
      Station.Link link,
      WriteLease lease,
      Optional<String> transaction,
      Optional<BigDecimal> current,
      Optional<BigDecimal> power) {
    Dialect.Abilities abilities = station.abilities();
    boolean inWatts = abilities.watts && (current.isEmpty() || !abilities.amperes);
    Profile profile =
        new Profile(
            settings.connector(),
            transaction,
            abilities.stackLevel,
            inWatts,
            inWatts
                ? paused(least(current.map(a -> a.multiply(voltAmperes())), power), voltAmperes())
                : paused(
                    least(current, power.map(w -> w.divide(voltAmperes(), 1, RoundingMode.DOWN))),
                    BigDecimal.ONE),
            settings.phases(),
            settings.watchdog());
    return accepted(
            call(link, lease, "SetChargingProfile", profile.payload(link.version(), clock.now())),
            "limit charging")
        .handle(
            (nothing, failure) ->
                failure == null
                    ? Optional.<DeviceException>empty()
                    : Optional.of(Rpc.explain(settings.identity(), "SetChargingProfile", failure)));
  }

  private static BigDecimal least(Optional<BigDecimal> one, Optional<BigDecimal> other) {
    return one.isEmpty() ? other.get() : other.isEmpty() ? one.get() : one.get().min(other.get());
  }

  private static BigDecimal paused(BigDecimal limit, BigDecimal perAmpere) {
    return limit.compareTo(LEAST.multiply(perAmpere)) < 0 ? BigDecimal.ZERO : limit;
  }

  /** Takes both profiles away; that there is none is as good. */
  private CompletionStage<Void> clear(Station.Link link, WriteLease lease) {
    CompletionStage<JsonValue> first =
        call(
            link,
            lease,
            "ClearChargingProfile",
            Profile.clearing(link.version(), settings.connector(), true));
    return cleared(first)
        .thenCompose(
            nothing ->
                cleared(
                    call(
                        link,
                        lease,
                        "ClearChargingProfile",
                        Profile.clearing(link.version(), settings.connector(), false))));
  }

  private CompletionStage<Void> cleared(CompletionStage<JsonValue> answer) {
    return answer.thenCompose(
        payload ->
            Rpc.status(payload).equals("Unknown")
                ? CompletableFuture.completedFuture(null)
                : accepted(CompletableFuture.completedFuture(payload), "lift the limit"));
  }
}
