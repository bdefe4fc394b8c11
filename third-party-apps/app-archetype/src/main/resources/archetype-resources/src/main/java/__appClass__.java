package ${package};

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.commonshub.apps.api.App;
import org.commonshub.apps.api.AppHome;
import org.commonshub.apps.api.AppLog;
import org.commonshub.apps.api.AppStore;
import org.commonshub.apps.api.AppTimers;
import org.commonshub.apps.api.Card;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.RefusedException;
import org.commonshub.privacy.api.Release;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Finds what the home always uses: the least hour of the last seven days. Replace this by your own.
 * Everything runs on one thread; what is not in the manifest is not there.
 */
@Component(service = App.class)
public final class ${appClass} implements App {
  private static final String GOAL = "goal";

  private final AppHome home;
  private final EnergyData energy;
  private final AppStore store;
  private final AppLog log;
  private OptionalLong least = OptionalLong.empty(); // mWh in an hour are mW
  private long goal;
  private String failure = "";

  /** Starts; must return within ten seconds. */
  @Activate
  public ${appClass}(
      @Reference(name = "home") AppHome home,
      @Reference(name = "energy") EnergyData energy,
      @Reference(name = "store") AppStore store,
      @Reference(name = "timers") AppTimers timers,
      @Reference(name = "log") AppLog log) {
    this.home = home;
    this.energy = energy;
    this.store = store;
    this.log = log;
    try {
      goal =
          Long.parseLong(
              new String(store.get(GOAL).orElse(new byte[] {'0'}), StandardCharsets.UTF_8));
    } catch (NumberFormatException e) {
      log.warn("What was kept cannot be read any more. Enter the goal again.");
    }
    timers.after(Duration.ofSeconds(1), this::look);
    timers.every(Duration.ofMinutes(30), this::look);
  }

  /** Whether the person said yes, and what there is then. */
  private void look() {
    boolean open =
        energy.grants().stream()
            .anyMatch(
                grant ->
                    grant.purpose() == Purpose.ADVICE
                        && grant.state() == EnergyData.Grant.State.OPEN);
    if (!open) {
      least = OptionalLong.empty();
      failure = "";
      return;
    }
    Instant now = home.now();
    try {
      least = least(energy.read(Purpose.ADVICE, now.minus(Duration.ofDays(7)), now));
      failure = "";
    } catch (RefusedException e) {
      if (failure.isEmpty()) {
        log.warn("The data cannot be read: " + e.getMessage());
      }
      failure = e.getMessage();
    }
  }

  /** The least consumption of an hour, in mWh. Keep what you compute static: it is easy to test. */
  static OptionalLong least(Release release) {
    OptionalLong least = OptionalLong.empty();
    for (Block block : release.blocks()) {
      if (block.quantity().equals("home.consumption")
          && block.statistic() == Block.Statistic.AMOUNT
          && block.intervalSeconds() == 3600) {
        for (long mantissa : block.mantissas()) {
          long value =
              BigDecimal.valueOf(mantissa).scaleByPowerOfTen(block.exponent() + 3).longValue();
          if (value >= 0 && value < least.orElse(Long.MAX_VALUE)) {
            least = OptionalLong.of(value);
          }
        }
      }
    }
    return least;
  }

  @Override
  public List<Card> cards(Locale locale) {
    List<Card.Element> elements = new ArrayList<>();
    if (least.isPresent()) {
      long watts = least.getAsLong() / 1000;
      long micros = watts * 8766 * home.importPriceMicros() / 1000; // hours of a year
      elements.add(new Card.Figure("Always used", BigDecimal.valueOf(watts), "W"));
      elements.add(
          new Card.Figure("Costs a year", BigDecimal.valueOf(micros / 10_000, 2), home.currency()));
      if (goal > 0) {
        boolean met = watts <= goal;
        elements.add(
            new Card.Notice(
                met ? Card.Notice.Level.GOOD : Card.Notice.Level.INFORMATION,
                met ? "Your goal is met." : "Your goal is " + goal + " W. What is always on?"));
      }
    } else {
      elements.add(
          new Card.Text(
              failure.isEmpty()
                  ? "Nothing is known yet. It needs your yes under Privacy, and an hour of data."
                  : "The data cannot be read now. It is tried again in half an hour."));
    }
    elements.add(
        new Card.Form(
            "goal",
            "Goal",
            List.of(
                new Card.Field(
                    "watts",
                    "At most, in W (0: none)",
                    Card.Field.Kind.NUMBER,
                    String.valueOf(goal),
                    Optional.of(BigDecimal.ZERO),
                    Optional.of(BigDecimal.valueOf(10_000)),
                    Map.of())),
            "Save"));
    return List.of(new Card("${appTitle}", elements));
  }

  @Override
  public Optional<String> submit(String form, Map<String, String> values, Locale locale) {
    if (!form.equals("goal")) {
      return App.super.submit(form, values, locale);
    }
    try {
      goal = new BigDecimal(values.getOrDefault("watts", "")).longValueExact();
    } catch (ArithmeticException | NumberFormatException e) {
      return Optional.of("Enter whole watts.");
    }
    store.put(GOAL, String.valueOf(goal).getBytes(StandardCharsets.UTF_8));
    return Optional.empty();
  }

  @Override
  public Optional<String> problem() {
    return failure.isEmpty()
        ? Optional.empty()
        : Optional.of("The data cannot be read: " + failure);
  }
}
