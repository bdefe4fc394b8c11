package org.commonshub.testing.tck.sample;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
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
import org.commonshub.apps.api.AppStore;
import org.commonshub.apps.api.AppTimers;
import org.commonshub.apps.api.Card;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.RefusedException;
import org.commonshub.privacy.api.Release;

/** A small app that uses every service, for the kit's own test. */
public final class SurplusApp implements App {
  private final EnergyData energy;
  private final AppHome home;
  private final AppHttp http;
  private final AppActuators actuators;
  private final AppStore store;
  private final AppLog log;
  private final AppLicence licence;
  private Optional<EnergyData.Flow> flow = Optional.empty();
  private long watts;
  private int forecasts;
  private int failures;
  private int limit;

  public SurplusApp(
      EnergyData energy,
      AppHome home,
      AppHttp http,
      AppActuators actuators,
      AppStore store,
      AppTimers timers,
      AppLog log,
      AppLicence licence) {
    this.energy = energy;
    this.home = home;
    this.http = http;
    this.actuators = actuators;
    this.store = store;
    this.log = log;
    this.licence = licence;
    limit = store.get("limit").map(SurplusApp::parse).orElse(6);
    timers.every(Duration.ofMinutes(5), this::listen);
    timers.every(Duration.ofHours(1), this::fetch);
    listen();
    log.info("Started at " + home.now());
  }

  private static int parse(byte[] value) {
    String text = new String(value, StandardCharsets.UTF_8);
    return text.matches("[0-9]{1,2}") ? Integer.parseInt(text) : 6;
  }

  private void listen() {
    boolean open =
        energy.grants().stream()
            .anyMatch(
                g ->
                    g.purpose() == Purpose.OPTIMISATION
                        && g.state() == EnergyData.Grant.State.OPEN);
    if (open && flow.isEmpty()) {
      try {
        flow = Optional.of(energy.subscribe(Purpose.OPTIMISATION, this::received));
      } catch (RefusedException e) {
        log.info("Waits for data: " + e.getMessage());
      }
    } else if (!open) {
      flow.ifPresent(EnergyData.Flow::close);
      flow = Optional.empty();
    }
  }

  private void received(Release release) {
    for (Block block : release.blocks()) {
      watts = block.mantissas()[block.size() - 1];
    }
    if (watts < -1000 && !licence.degraded()) {
      for (AppActuators.Available charger : actuators.available()) {
        actuators
            .set(
                charger.device(),
                charger.actuator(),
                BigDecimal.valueOf(limit),
                "There is sun to spare.",
                Duration.ofMinutes(30))
            .thenAccept(result -> failures += result.accepted() ? 0 : 1);
      }
    }
  }

  private void fetch() {
    if (licence.degraded()) {
      return;
    }
    http.send(AppHttp.Request.get("https://api.example.com/forecast"))
        .whenComplete(
            (response, failure) -> {
              if (failure == null && response.status() == 200) {
                forecasts++;
              } else {
                failures++;
              }
            });
  }

  @Override
  public List<Card> cards(Locale locale) {
    return List.of(
        new Card(
            locale.getLanguage().equals("de") ? "Überschuss" : "Surplus",
            List.of(
                new Card.Figure("Power", BigDecimal.valueOf(watts), "W"),
                new Card.Figure("Forecasts", BigDecimal.valueOf(forecasts), ""),
                new Card.Figure("Failures", BigDecimal.valueOf(failures), ""),
                new Card.Text(home.currency() + " " + licence.level()),
                new Card.Form(
                    "limit",
                    "Limit",
                    List.of(
                        new Card.Field(
                            "amps",
                            "Amperes",
                            Card.Field.Kind.NUMBER,
                            Integer.toString(limit),
                            Optional.of(BigDecimal.valueOf(6)),
                            Optional.of(BigDecimal.valueOf(32)),
                            Map.of())),
                    "Keep"))));
  }

  @Override
  public Optional<String> submit(String form, Map<String, String> values, Locale locale) {
    if (!form.equals("limit")) {
      return Optional.of("No such form.");
    }
    limit = new BigDecimal(values.get("amps")).intValue();
    store.put("limit", Integer.toString(limit).getBytes(StandardCharsets.UTF_8));
    return Optional.empty();
  }
}
