package org.example.fairwatt.tariffs;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.commonshub.apps.api.App;
import org.commonshub.apps.api.AppHome;
import org.commonshub.apps.api.AppLicence;
import org.commonshub.apps.api.AppLog;
import org.commonshub.apps.api.AppStore;
import org.commonshub.apps.api.AppTimers;
import org.commonshub.apps.api.Card;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.RefusedException;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Compares tariffs once a day, and when an own tariff was entered. Reads 28 days at a time, so that
 * no call takes long; the curve is forgotten when the comparison is made.
 */
@Component(service = App.class)
public final class TariffFinder implements App {
  static final int MAX_OWN = 12;

  private static final String OWN = "own-tariffs.csv";
  private static final String STANDING = "standing-now";
  private static final int PIECE = 28;
  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final long RETRY = Duration.ofMinutes(10).toNanos();
  private static final int YEAR = 365;
  private static final int MONTH = 30;

  private final AppHome home;
  private final EnergyData energy;
  private final AppStore store;
  private final AppTimers timers;
  private final AppLog log;
  private final AppLicence licence;
  private final Catalogue catalogue;
  private final List<Tariff> own = new ArrayList<>();
  private long standingNow;
  private Curve curve;
  private LocalDate next;
  private String level = "";
  private Comparison comparison;
  private boolean stale;
  private LocalDate tried;
  private long retry;
  private boolean waiting;
  private boolean usedUp;
  private int known;
  private String failure = "";

  /** Reads what was entered, and begins. */
  @Activate
  public TariffFinder(
      @Reference(name = "home") AppHome home,
      @Reference(name = "energy") EnergyData energy,
      @Reference(name = "store") AppStore store,
      @Reference(name = "timers") AppTimers timers,
      @Reference(name = "log") AppLog log,
      @Reference(name = "licence") AppLicence licence) {
    this.home = home;
    this.energy = energy;
    this.store = store;
    this.timers = timers;
    this.log = log;
    this.licence = licence;
    this.catalogue = Catalogue.ofApp(home.currency());
    this.retry = home.monotonicNanos();
    restore();
    timers.after(PAUSE, this::look);
    timers.every(Duration.ofMinutes(1), this::look);
  }

  private void restore() {
    try {
      text(OWN).lines().map(Catalogue::tariff).forEach(own::add);
      String standing = text(STANDING);
      standingNow = standing.isEmpty() ? 0 : Catalogue.micros(standing);
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      log.warn("What was entered cannot be read any more, enter it again: " + e.getMessage());
    }
  }

  private String text(String name) {
    return new String(store.get(name).orElse(new byte[0]), StandardCharsets.UTF_8);
  }

  private boolean has(String feature) {
    return licence.features().contains(feature) && !licence.degraded();
  }

  private LocalDate today() {
    return LocalDate.ofInstant(home.now(), home.zone());
  }

  /** Every minute: whether there is something to do. */
  private void look() {
    waiting =
        energy.grants().stream()
            .noneMatch(
                grant ->
                    grant.purpose() == Purpose.ADVICE
                        && grant.state() == EnergyData.Grant.State.OPEN);
    if (licence.degraded()) {
      return; // what stands there stays
    }
    String bought = String.valueOf(has("year")) + has("hours") + has("own");
    stale |= !today().equals(tried) || !bought.equals(level);
    if (stale && !waiting && curve == null && home.monotonicNanos() - retry >= 0) {
      stale = false;
      tried = today();
      level = bought;
      // What is released is a day old, so the last whole day is that before yesterday.
      LocalDate end = today().minusDays(1);
      curve = new Curve(home.zone(), end.minusDays(has("year") ? YEAR : MONTH), end);
      next = curve.first();
      read();
    }
  }

  private void read() {
    LocalDate day = next.plusDays(PIECE);
    LocalDate to = day.isBefore(curve.end()) ? day : curve.end();
    try {
      curve.add(
          energy.read(
              Purpose.ADVICE,
              next.atStartOfDay(curve.zone()).toInstant(),
              to.atStartOfDay(curve.zone()).toInstant()));
      failure = "";
    } catch (RefusedException e) {
      if (failure.isEmpty()) {
        log.warn("The data cannot be read: " + e.getMessage());
      }
      failure = e.getMessage();
      curve = null;
      stale = true;
      retry = home.monotonicNanos() + RETRY;
      return;
    }
    next = to;
    if (next.isBefore(curve.end())) {
      timers.after(PAUSE, this::read);
    } else {
      compare();
    }
  }

  private void compare() {
    known = curve.known();
    if (known >= Comparison.LEAST_SLOTS) {
      usedUp = !licence.use("comparisons", 1);
      if (!usedUp) {
        comparison =
            Comparison.of(
                today(),
                curve,
                Tariff.flat("now", "-", home.currency(), standingNow, home.importPriceMicros()),
                candidates(),
                catalogue.averages(),
                home.exportPriceMicros());
      }
    }
    curve = null;
  }

  private List<Tariff> candidates() {
    List<Tariff> candidates = new ArrayList<>(catalogue.tariffs());
    if (has("own")) {
      candidates.addAll(own);
    }
    candidates.removeIf(
        tariff ->
            tariff.kind() == Tariff.Kind.HOURLY && !(has("hours") && catalogue.hours())
                || !tariff.currency().equals(home.currency()));
    return candidates;
  }

  @Override
  public Optional<String> problem() {
    return failure.isEmpty()
        ? Optional.empty()
        : Optional.of(Say.FAILED.in(Locale.ENGLISH, failure));
  }

  @Override
  public List<Card> cards(Locale locale) {
    Cards cards = new Cards(locale, home.currency());
    List<Card> all = new ArrayList<>();
    all.add(cards.result(Optional.ofNullable(comparison), notices(locale)));
    all.add(
        cards.entries(
            has("own") ? Optional.of(List.copyOf(own)) : Optional.empty(),
            standingNow,
            catalogue.hours() && has("hours")));
    return all;
  }

  private List<Card.Element> notices(Locale locale) {
    List<Card.Element> notices = new ArrayList<>();
    if (!failure.isEmpty()) {
      String said = Say.FAILED.in(locale, failure);
      notices.add(
          new Card.Notice(
              Card.Notice.Level.WARNING, said.substring(0, Math.min(said.length(), 300))));
    } else if (waiting) {
      notices.add(information(Say.WAITING.in(locale)));
    } else if (curve != null) {
      int days = (int) curve.first().until(next, java.time.temporal.ChronoUnit.DAYS);
      int all = (int) curve.first().until(curve.end(), java.time.temporal.ChronoUnit.DAYS);
      notices.add(information(Say.READING.in(locale, 100 * days / all)));
    } else if (comparison == null && !usedUp) {
      notices.add(information(Say.TOO_LITTLE.in(locale, known / 96)));
    }
    if (usedUp) {
      notices.add(
          new Card.Notice(
              Card.Notice.Level.WARNING,
              Say.USED_UP.in(locale, comparison == null ? "-" : comparison.day())));
    }
    if (!has("year")) {
      notices.add(information(Say.LESS.in(locale)));
    }
    if (catalogue.tariffs().isEmpty()) {
      notices.add(information(Say.NONE.in(locale, home.currency())));
    }
    return notices;
  }

  private static Card.Notice information(String text) {
    return new Card.Notice(Card.Notice.Level.INFORMATION, text);
  }

  @Override
  public Optional<String> submit(String form, Map<String, String> values, Locale locale) {
    try {
      switch (form) {
        case "standing" -> {
          standingNow = Catalogue.micros(values.getOrDefault("amount", "0"));
          store.put(
              STANDING,
              BigDecimal.valueOf(standingNow, 6).toPlainString().getBytes(StandardCharsets.UTF_8));
        }
        case "add" -> {
          if (!has("own")) {
            return Optional.of(Say.NOT_BOUGHT.in(locale));
          }
          if (own.size() >= MAX_OWN) {
            return Optional.of(Say.FULL.in(locale, MAX_OWN));
          }
          own.add(entered(values));
          keep();
        }
        case "remove" -> {
          own.removeIf(tariff -> tariff.id().equals(values.get("tariff")));
          keep();
        }
        default -> {
          return App.super.submit(form, values, locale);
        }
      }
      stale = true;
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.of(Say.WRONG.in(locale));
    }
  }

  private Tariff entered(Map<String, String> values) {
    String name = values.getOrDefault("name", "").strip();
    if (name.indexOf(',') >= 0 || name.codePoints().anyMatch(TariffFinder::hidden)) {
      throw new IllegalArgumentException("a name without comma");
    }
    int number = 1;
    while (own.stream().map(Tariff::id).toList().contains("own-" + number)) {
      number++;
    }
    String kind = values.getOrDefault("kind", "flat");
    String start =
        String.join(
            ",",
            kind,
            "own-" + number,
            name,
            home.currency(),
            values.getOrDefault("standing", ""),
            values.getOrDefault("feed-in", ""),
            values.getOrDefault("price", ""));
    return Catalogue.tariff(
        kind.equals("zones")
            ? String.join(
                ",",
                start,
                values.getOrDefault("night", ""),
                values.getOrDefault("from", ""),
                values.getOrDefault("to", ""),
                values.getOrDefault("weekends", "false"))
            : start);
  }

  private static boolean hidden(int point) {
    return Character.isISOControl(point) || Character.getType(point) == Character.FORMAT;
  }

  private void keep() {
    store.put(
        OWN,
        String.join("\n", own.stream().map(Catalogue::line).toList())
            .getBytes(StandardCharsets.UTF_8));
  }
}
