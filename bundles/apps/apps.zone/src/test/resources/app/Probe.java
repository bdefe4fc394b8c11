package org.example.probe;

import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.commonshub.apps.api.App;
import org.commonshub.apps.api.AppActuators;
import org.commonshub.apps.api.AppHome;
import org.commonshub.apps.api.AppHttp;
import org.commonshub.apps.api.AppLicence;
import org.commonshub.apps.api.AppLog;
import org.commonshub.apps.api.AppQuotaException;
import org.commonshub.apps.api.AppStore;
import org.commonshub.apps.api.AppTimers;
import org.commonshub.apps.api.Card;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.RefusedException;
import org.commonshub.privacy.api.Release;
import org.commonshub.privacy.api.Terms;

/** Does what the form says. */
public final class Probe implements App {
  private final AppHome home;
  private final AppLog log;
  private final AppTimers timers;
  private final AppLicence licence;
  private final AppStore store;
  private final AppHttp http;
  private final AppActuators actuators;
  private final EnergyData energy;
  private final List<byte[]> kept = new ArrayList<>();
  private EnergyData.Flow flow;

  public Probe(
      AppHome home,
      AppLog log,
      AppTimers timers,
      AppLicence licence,
      AppStore store,
      AppHttp http,
      AppActuators actuators,
      EnergyData energy) {
    this.home = home;
    this.log = log;
    this.timers = timers;
    this.licence = licence;
    this.store = store;
    this.http = http;
    this.actuators = actuators;
    this.energy = energy;
    log.info("started");
  }

  @Override
  public List<Card> cards(Locale locale) {
    return List.of(
        new Card(
            "Probe " + locale.toLanguageTag(),
            List.of(
                new Card.Text("Hello"),
                new Card.Figure("Price", new BigDecimal("0.300"), "EUR"),
                new Card.Notice(Card.Notice.Level.GOOD, "All is well"),
                new Card.Table(List.of("a", "b"), List.of(List.of("1", ""))),
                new Card.Chart(
                    "Power",
                    Card.Chart.Kind.BARS,
                    "kW",
                    List.of(
                        new Card.Line(
                            "house",
                            home.now(),
                            Duration.ofMinutes(15),
                            List.of(
                                Optional.of(new BigDecimal("-1.5E+3")),
                                Optional.empty(),
                                Optional.of(BigDecimal.ZERO))))),
                new Card.Form(
                    "do",
                    "Do",
                    List.of(
                        new Card.Field(
                            "what",
                            "What",
                            Card.Field.Kind.CHOICE,
                            "spin",
                            Optional.empty(),
                            Optional.empty(),
                            Map.of("spin", "Spin")),
                        new Card.Field(
                            "n",
                            "N",
                            Card.Field.Kind.NUMBER,
                            "1",
                            Optional.of(BigDecimal.ONE),
                            Optional.empty(),
                            Map.of())),
                    "Go"))));
  }

  @Override
  public Optional<String> problem() {
    return Optional.of("none");
  }

  @Override
  public Optional<String> submit(String form, Map<String, String> values, Locale locale) {
    try {
      return Optional.ofNullable(perform(form, values));
    } catch (Exception e) {
      return Optional.of(e.getClass().getSimpleName() + ": " + e.getMessage());
    }
  }

  private String perform(String form, Map<String, String> values) throws Exception {
    switch (form) {
      case "home":
        return home.now()
            + " "
            + home.monotonicNanos()
            + " "
            + home.zone()
            + " "
            + home.currency()
            + " "
            + home.importPriceMicros()
            + " "
            + home.exportPriceMicros()
            + " "
            + home.place();
      case "licence":
        return licence.level()
            + licence.features()
            + licence.degraded()
            + licence.paidUntil()
            + licence.use("reports", 9)
            + licence.use("reports", 10);
      case "store":
        store.put("a", new byte[3]);
        store.put("b", new byte[] {1, 2});
        store.remove("a");
        return store.names() + " " + store.get("a").isPresent() + store.get("b").get().length;
      case "quota":
        store.put("c", new byte[200_000]);
        return null;
      case "http":
        http.send(AppHttp.Request.get("https://api.example.org/forecast"))
            .whenComplete(
                (response, failure) ->
                    log.info(
                        failure == null
                            ? response.status() + " " + response.headers() + " "
                                + response.body().length
                            : failure.getMessage()));
        http.send(AppHttp.Request.get("https://evil.example/"))
            .whenComplete((response, failure) -> log.info(failure.toString()));
        return null;
      case "actuator":
        AppActuators.Available one = actuators.available().get(0);
        actuators
            .set(one.device(), one.actuator(), one.max(), "Sun", Duration.ofMinutes(5))
            .thenAccept(result -> log.info(result.toString()));
        return one.toString();
      case "timer":
        timers.every(Duration.ofSeconds(1), () -> log.info("tick"));
        return null;
      case "ask":
        return energy.ask(Terms.ANY, "why").reason() + energy.grants().get(0).state() + energy.recipient();
      case "read":
        Release release =
            energy.read(Purpose.ADVICE, Instant.EPOCH, Instant.EPOCH.plusSeconds(60L * Long.parseLong(values.get("n"))));
        long sum = 0;
        for (var block : release.blocks()) {
          for (long mantissa : block.mantissas()) {
            sum += mantissa;
          }
        }
        return release.size() + " " + sum;
      case "refused":
        try {
          energy.read(Purpose.MARKETING, Instant.EPOCH, Instant.EPOCH);
          return null;
        } catch (RefusedException e) {
          return e.reason() + " " + e.getMessage();
        }
      case "subscribe":
        flow = energy.subscribe(Purpose.ADVICE, got -> log.info("got " + got.size()));
        return null;
      case "unsubscribe":
        flow.close();
        return null;
      case "throw":
        throw new IllegalStateException("thrown");
      case "calls":
        int n = Integer.parseInt(values.get("n"));
        for (int i = 0; i < n; i++) {
          home.now();
        }
        return null;
      case "spin":
        while (home != null) {
          kept.size();
        }
        return null;
      case "memory":
        while (true) {
          kept.add(new byte[1 << 20]);
        }
      default:
        return "unknown";
    }
  }
}
