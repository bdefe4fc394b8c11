package org.example.sunny.coach;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.commonshub.apps.api.App;
import org.commonshub.apps.api.AppHome;
import org.commonshub.apps.api.AppHttp;
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
 * Reads the home's hours when they are over and the weather every three hours, and says what the
 * sun will bring.
 */
@Component(service = App.class)
public final class SolarCoach implements App {
  static final int MAX_APPLIANCES = 12;

  private static final String APPLIANCES = "appliances";
  private static final String ACCURACY = "accuracy";
  private static final Duration LOOK = Duration.ofMinutes(10);
  private static final Duration PIECE = Duration.ofDays(20);
  private static final long FETCH = Duration.ofHours(3).toNanos();
  private static final long RETRY = Duration.ofMinutes(30).toNanos();
  private static final Duration STALE = Duration.ofHours(18);
  private static final int PAST_DAYS = 30;

  private final AppHome home;
  private final EnergyData energy;
  private final AppHttp http;
  private final AppStore store;
  private final AppTimers timers;
  private final AppLog log;
  private final AppLicence licence;
  private final Hours hours = new Hours();
  private final List<Appliance> appliances = new ArrayList<>();
  private Accuracy accuracy = new Accuracy();
  private Map<Long, Double> weather = Map.of();
  private Instant weatherAt = Instant.EPOCH;
  private long fetchAt;
  private boolean fetching;
  private Outlook outlook;
  private boolean waiting;
  private boolean read;
  private String failure = "";
  private String silent = "";

  /** Reads what it kept and begins. */
  @Activate
  public SolarCoach(
      @Reference(name = "home") AppHome home,
      @Reference(name = "energy") EnergyData energy,
      @Reference(name = "http") AppHttp http,
      @Reference(name = "store") AppStore store,
      @Reference(name = "timers") AppTimers timers,
      @Reference(name = "log") AppLog log,
      @Reference(name = "licence") AppLicence licence) {
    this.home = home;
    this.energy = energy;
    this.http = http;
    this.store = store;
    this.timers = timers;
    this.log = log;
    this.licence = licence;
    this.fetchAt = home.monotonicNanos();
    restore();
    timers.after(Duration.ofSeconds(1), this::look);
    timers.every(LOOK, this::look);
  }

  private void restore() {
    try {
      accuracy = Accuracy.of(store.get(ACCURACY).orElse(new byte[0]));
      Optional<byte[]> lines = store.get(APPLIANCES);
      if (lines.isEmpty()) {
        appliances.addAll(Appliance.DEFAULTS);
      } else {
        new String(lines.get(), StandardCharsets.UTF_8)
            .lines()
            .limit(MAX_APPLIANCES)
            .map(Appliance::ofLine)
            .forEach(appliances::add);
      }
    } catch (IllegalArgumentException e) {
      log.warn("What was kept cannot be read any more. Look at your appliances.");
    }
  }

  private boolean has(String feature) {
    return licence.features().contains(feature) && !licence.degraded();
  }

  private void look() {
    waiting =
        energy.grants().stream()
            .noneMatch(
                grant ->
                    grant.purpose() == Purpose.FORECASTING
                        && grant.state() == EnergyData.Grant.State.OPEN);
    if (licence.degraded() || waiting) {
      outlook = null;
      return;
    }
    fetch();
    Instant now = home.now();
    if (read && hours.newest() >= Hours.number(now) - 1) {
      reckon(); // the last hour is there
    } else if (read) {
      // The last hours once more: the hub corrects what it learnt late.
      read(Instant.ofEpochSecond((Math.max(hours.newest(), Hours.number(now) - 48) - 3) * 3600));
    } else {
      read(now.minus(Duration.ofDays(Hours.DAYS)));
    }
  }

  /** Reads from an instant until now, a piece at a time. */
  private void read(Instant from) {
    Instant now = home.now();
    Instant to = from.plus(PIECE).isBefore(now) ? from.plus(PIECE) : now;
    try {
      hours.add(energy.read(Purpose.FORECASTING, from, to));
      failure = "";
    } catch (RefusedException e) {
      if (failure.isEmpty()) {
        log.warn("The data cannot be read: " + e.getMessage());
      }
      failure = e.getMessage();
      return;
    }
    if (to.isBefore(now)) {
      timers.after(Duration.ofSeconds(1), () -> read(to));
    } else {
      read = true;
      reckon();
    }
  }

  private void fetch() {
    if (fetching || home.place().isEmpty() || home.monotonicNanos() - fetchAt < 0) {
      return;
    }
    fetching = true;
    fetchAt = home.monotonicNanos() + RETRY;
    AppHome.Place place = home.place().get();
    http.send(AppHttp.Request.get(Weather.address(place.latitude(), place.longitude(), PAST_DAYS)))
        .whenComplete(
            (answer, problem) -> {
              fetching = false;
              try {
                if (problem != null) {
                  throw new IllegalArgumentException(problem.getMessage(), problem);
                }
                if (answer.status() != 200) {
                  throw new IllegalArgumentException("status " + answer.status());
                }
                byte[] body = answer.body();
                if (body.length > JsonReader.MAX_CHARS) {
                  throw new IllegalArgumentException("the answer is too long");
                }
                weather = Weather.read(new String(body, StandardCharsets.UTF_8));
                weatherAt = home.now();
                fetchAt = home.monotonicNanos() + FETCH;
                silent = "";
                reckon();
              } catch (IllegalArgumentException e) {
                if (silent.isEmpty()) {
                  log.info("No weather; the forecast goes on without.");
                }
                silent = String.valueOf(e.getMessage());
              }
            });
  }

  private LocalDate today() {
    return LocalDate.ofInstant(home.now(), home.zone());
  }

  private void reckon() {
    if (!read || licence.degraded()) {
      return;
    }
    boolean fresh = Duration.between(weatherAt, home.now()).compareTo(STALE) < 0;
    LocalDate today = today();
    outlook = Outlook.of(hours, fresh ? weather : Map.of(), home, today, Hours.number(home.now()));
    judge(today);
  }

  /** Says something of tomorrow, and looks what came on the days before. */
  private void judge(LocalDate today) {
    byte[] before = accuracy.bytes();
    if (outlook != null) {
      accuracy.say(today.plusDays(1), outlook.tomorrowAll());
    }
    for (int i = 1; i <= Accuracy.DAYS; i++) {
      LocalDate day = today.minusDays(i);
      if (accuracy.open(day)) {
        long came = 0;
        boolean whole = true;
        for (long hour = Hours.first(day, home.zone());
            hour < Hours.first(day.plusDays(1), home.zone());
            hour++) {
          long produced = hours.hour(hour).produced();
          whole &= produced >= 0;
          came += produced;
        }
        if (whole) {
          accuracy.came(day, came);
        }
      }
    }
    if (!java.util.Arrays.equals(before, accuracy.bytes())) {
      store.put(ACCURACY, accuracy.bytes());
    }
  }

  @Override
  public Optional<String> problem() {
    return failure.isEmpty()
        ? Optional.empty()
        : Optional.of(Say.FAILED.in(Locale.ENGLISH, failure));
  }

  @Override
  public List<Card> cards(Locale locale) {
    Cards cards = new Cards(locale, home, hours, today());
    List<Card.Element> notices = new ArrayList<>();
    if (licence.degraded()) {
      notices.add(notice(Card.Notice.Level.WARNING, Say.ENDED.in(locale)));
    } else if (waiting) {
      notices.add(notice(Card.Notice.Level.INFORMATION, Say.NO_CONSENT.in(locale)));
    } else if (!failure.isEmpty()) {
      notices.add(notice(Card.Notice.Level.WARNING, Say.FAILED.in(locale, failure)));
    } else if (outlook == null) {
      notices.add(notice(Card.Notice.Level.INFORMATION, Say.LEARNING.in(locale)));
    }
    if (outlook != null && !silent.isEmpty()) {
      notices.add(notice(Card.Notice.Level.INFORMATION, Say.SILENT.in(locale, silent)));
    }
    List<Card> all = new ArrayList<>();
    all.add(
        cards.sun(
            notices,
            Optional.ofNullable(outlook),
            weatherAt,
            has("accuracy") ? Optional.of(accuracy) : Optional.empty()));
    all.add(cards.use(has("money")));
    if (has("advice")) {
      all.add(cards.best(Optional.ofNullable(outlook), appliances, Hours.number(home.now()) + 1));
    }
    return all;
  }

  private static Card.Notice notice(Card.Notice.Level level, String text) {
    return new Card.Notice(level, text);
  }

  @Override
  public Optional<String> submit(String form, Map<String, String> values, Locale locale) {
    if (!has("advice")) {
      return App.super.submit(form, values, locale);
    }
    if (form.equals("add")) {
      if (appliances.size() >= MAX_APPLIANCES) {
        return Optional.of(Say.FULL.in(locale, MAX_APPLIANCES));
      }
      int number = 1;
      while (appliances.stream().map(Appliance::id).toList().contains("own-" + number)) {
        number++;
      }
      try {
        appliances.add(Appliance.of("own-" + number, values));
      } catch (IllegalArgumentException e) {
        return Optional.of(Say.WRONG.in(locale));
      }
    } else if (form.equals("remove")) {
      appliances.removeIf(appliance -> appliance.id().equals(values.get("appliance")));
    } else {
      return App.super.submit(form, values, locale);
    }
    store.put(
        APPLIANCES,
        String.join("\n", appliances.stream().map(Appliance::line).toList())
            .getBytes(StandardCharsets.UTF_8));
    return Optional.empty();
  }
}
