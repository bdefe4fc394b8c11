package org.example.sunny.surplus;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.commonshub.apps.api.App;
import org.commonshub.apps.api.AppActuators;
import org.commonshub.apps.api.AppHome;
import org.commonshub.apps.api.AppLicence;
import org.commonshub.apps.api.AppLog;
import org.commonshub.apps.api.AppStore;
import org.commonshub.apps.api.AppTimers;
import org.commonshub.apps.api.Card;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.RefusedException;
import org.commonshub.privacy.api.Release;
import org.example.sunny.surplus.Controller.Action;
import org.example.sunny.surplus.Controller.Decision;
import org.example.sunny.surplus.Controller.Need;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * Gets a minute of the home's flows at a time, has the controller decide, and tells the charger. A
 * wish lasts {@link #LEASE} and is renewed long before; without data, consent, licence or vehicle
 * the charger is handed back.
 */
@Component(service = App.class)
public final class SurplusCharging implements App {
  /** How long the charger does what it was told without being told again. */
  static final Duration LEASE = Duration.ofMinutes(5);

  /** How old the newest minute may be: without newer ones nobody knows what flows. */
  static final Duration FRESH = Duration.ofMinutes(4);

  private static final long RENEW = Duration.ofMinutes(2).toNanos();
  private static final long KEEP = Duration.ofMinutes(10).toNanos();
  private static final String PLAN = "plan";
  private static final String ACCOUNT = "account";
  private static final String SESSION = "session";

  /** What is held at an actuator, and since when the hub knows. */
  private record Held(DeviceId device, BigDecimal value, String reason, long told) {}

  private final AppHome home;
  private final EnergyData energy;
  private final AppActuators actuators;
  private final AppStore store;
  private final AppLog log;
  private final AppLicence licence;
  private final Controller controller = new Controller();
  private final Map<String, Held> held = new HashMap<>();
  private Plan plan;
  private Account account;
  private EnergyData.Flow flow;
  private Minute newest;
  private Decision decision;
  private Say trouble = Say.NO_CONSENT;
  private String overruled = "";
  private String refused = "";

  /** Energy since the vehicle was connected, milliwatt-minutes. */
  private long session;

  private LocalDate departure;
  private long kept;

  /** Reads what it kept and begins. */
  @Activate
  public SurplusCharging(
      @Reference(name = "home") AppHome home,
      @Reference(name = "energy") EnergyData energy,
      @Reference(name = "actuators") AppActuators actuators,
      @Reference(name = "store") AppStore store,
      @Reference(name = "timers") AppTimers timers,
      @Reference(name = "log") AppLog log,
      @Reference(name = "licence") AppLicence licence) {
    this.home = home;
    this.energy = energy;
    this.actuators = actuators;
    this.store = store;
    this.log = log;
    this.licence = licence;
    this.kept = home.monotonicNanos();
    restore();
    timers.after(Duration.ofSeconds(1), this::look);
    timers.every(Duration.ofSeconds(30), this::look);
  }

  private void restore() {
    plan = Plan.DEFAULT;
    account = new Account();
    try {
      Optional<byte[]> words = store.get(PLAN);
      if (words.isPresent()) {
        plan = Plan.ofLine(new String(words.get(), StandardCharsets.UTF_8));
      }
      account = Account.of(store.get(ACCOUNT).orElse(new byte[0]));
      String charged = new String(store.get(SESSION).orElse(new byte[0]), StandardCharsets.UTF_8);
      session = charged.isEmpty() ? 0 : Math.max(0, Long.parseLong(charged));
    } catch (IllegalArgumentException e) {
      log.warn("What was kept cannot be read any more. Look at the plan and save it again.");
    }
  }

  private void keep() {
    kept = home.monotonicNanos();
    store.put(ACCOUNT, account.bytes());
    store.put(SESSION, String.valueOf(session).getBytes(StandardCharsets.UTF_8));
  }

  /** Hands back; the hub would, too. */
  @Deactivate
  public void stop() {
    handBack();
    keep();
  }

  private boolean has(String feature) {
    return licence.features().contains(feature) && !licence.degraded();
  }

  /** Every half a minute: is there consent, is there data, has something to be renewed. */
  private void look() {
    boolean open =
        energy.grants().stream()
            .anyMatch(
                grant ->
                    grant.purpose() == Purpose.OPTIMISATION
                        && grant.state() == EnergyData.Grant.State.OPEN);
    if (!open && flow != null) {
      flow.close();
      flow = null;
    }
    if (open && flow == null) {
      try {
        flow = energy.subscribe(Purpose.OPTIMISATION, this::released);
      } catch (RefusedException e) {
        open = false;
      }
    }
    if (newest != null && Instant.ofEpochSecond(newest.start()).isAfter(home.now())) {
      newest = null; // the clock was set back
    }
    boolean fresh =
        newest != null
            && Duration.between(Instant.ofEpochSecond(newest.start() + 60), home.now())
                    .compareTo(FRESH)
                <= 0;
    Optional<Charger> charger = charger();
    trouble =
        licence.degraded()
            ? Say.ENDED
            : !open
                ? Say.NO_CONSENT
                : charger.isEmpty() ? Say.NO_CHARGER : fresh ? null : Say.NO_DATA;
    if (trouble != null) {
      rest();
    } else {
      for (Map.Entry<String, Held> entry : Map.copyOf(held).entrySet()) {
        Held wish = entry.getValue();
        if (home.monotonicNanos() - wish.told() >= RENEW) {
          tell(charger.orElseThrow(), entry.getKey(), wish.value(), wish.reason());
        }
      }
    }
    if (home.monotonicNanos() - kept >= KEEP && decision != null) {
      keep();
    }
  }

  private void rest() {
    handBack();
    controller.reset();
    decision = null;
  }

  private Optional<Charger> charger() {
    List<Charger> chargers = Charger.among(actuators.available());
    return chargers.stream()
        .filter(charger -> charger.device().toString().equals(plan.charger()))
        .findFirst()
        .or(() -> chargers.stream().findFirst());
  }

  private void released(Release release) {
    Optional<Charger> charger = charger();
    if (charger.isEmpty()) {
      return;
    }
    for (Minute minute : Minute.of(release, charger.get().device().toString())) {
      if (newest == null || minute.start() > newest.start()) {
        newest = minute;
        take(minute, charger.get());
      }
    }
  }

  private void take(Minute minute, Charger charger) {
    LocalDateTime local =
        LocalDateTime.ofInstant(Instant.ofEpochSecond(minute.start()), home.zone());
    account.add(local.toLocalDate(), minute);
    session = minute.connected() ? session + minute.car() : 0;
    if (licence.degraded()) {
      return;
    }
    Need need = need(minute);
    trouble = null;
    decision =
        controller.next(minute, has("departure") ? plan : plan.basic(), charger.limits(), need);
    act(charger);
  }

  /** What still has to be charged until the next departure. */
  private Need need(Minute minute) {
    if (plan.wattHours() == 0 || !has("departure")) {
      return Need.NONE;
    }
    ZonedDateTime now = Instant.ofEpochSecond(minute.start() + 60).atZone(home.zone());
    ZonedDateTime next = at(now.toLocalDate());
    if (!next.isAfter(now)) {
      next = at(now.toLocalDate().plusDays(1));
    }
    if (minute.state() == 0 && departure != null && !departure.equals(next.toLocalDate())) {
      session = 0; // nobody knows whether it left: the next day needs as much again
    }
    departure = next.toLocalDate();
    return new Need(
        plan.wattHours() - session / (Account.PER_KWH / 1000),
        Duration.between(now, next).toMinutes());
  }

  private ZonedDateTime at(LocalDate day) {
    return day.atTime(plan.departure() / 60, plan.departure() % 60).atZone(home.zone());
  }

  private void act(Charger charger) {
    String reason = Say.of(decision.reason()).in(Locale.ENGLISH);
    switch (decision.action()) {
      case HAND_BACK -> handBack();
      case PAUSE -> {
        if (charger.pausesByCurrent()) {
          hold(charger, Charger.CURRENT, BigDecimal.ZERO, reason);
        } else {
          hold(charger, Charger.CHARGING, charger.switched().orElseThrow().min(), reason);
          letGo(Charger.CURRENT);
        }
      }
      case CHARGE -> {
        hold(charger, Charger.CURRENT, charger.value(decision.amperes()), reason);
        letGo(Charger.CHARGING);
      }
    }
  }

  /** Tells what is new; what is held already is renewed in its time. */
  private void hold(Charger charger, String actuator, BigDecimal value, String reason) {
    Held wish = held.get(actuator);
    if (wish != null && !wish.device().equals(charger.device())) {
      letGo(actuator);
      wish = null;
    }
    if (wish == null || wish.value().compareTo(value) != 0) {
      tell(charger, actuator, value, reason);
    }
  }

  private void tell(Charger charger, String actuator, BigDecimal value, String reason) {
    held.put(actuator, new Held(charger.device(), value, reason, home.monotonicNanos()));
    actuators
        .set(charger.device(), actuator, value, reason, LEASE)
        .whenComplete(
            (result, failure) -> {
              boolean accepted = failure == null && result.accepted();
              if (!accepted && refused.isEmpty()) {
                log.warn("The charger could not be told.");
              }
              refused =
                  accepted
                      ? ""
                      : failure == null ? result.message() : String.valueOf(failure.getMessage());
              overruled = accepted && !result.applied() ? result.message() : "";
            });
  }

  private void letGo(String actuator) {
    Held wish = held.remove(actuator);
    if (wish != null) {
      actuators.release(wish.device(), actuator);
    }
  }

  private void handBack() {
    letGo(Charger.CURRENT);
    letGo(Charger.CHARGING);
    overruled = "";
    refused = "";
  }

  @Override
  public Optional<String> problem() {
    return refused.isEmpty()
        ? Optional.empty()
        : Optional.of(Say.REFUSED.in(Locale.ENGLISH, refused));
  }

  @Override
  public List<Card> cards(Locale locale) {
    return List.of(state(locale), planning(locale));
  }

  private Card state(Locale locale) {
    List<Card.Element> elements = new ArrayList<>();
    if (trouble != null) {
      elements.add(new Card.Notice(Card.Notice.Level.WARNING, trouble.in(locale)));
    } else if (decision != null) {
      boolean charges = decision.action() == Action.CHARGE;
      String amperes = charges ? " " + Say.AMPERES.in(locale, decision.amperes()) : "";
      elements.add(
          new Card.Notice(
              charges ? Card.Notice.Level.GOOD : Card.Notice.Level.INFORMATION,
              Say.of(decision.reason()).in(locale) + amperes));
      if (charger().filter(charger -> !charger.limits().pauses()).isPresent()) {
        elements.add(new Card.Notice(Card.Notice.Level.INFORMATION, Say.NO_PAUSE.in(locale)));
      }
    }
    if (!overruled.isEmpty()) {
      elements.add(
          new Card.Notice(Card.Notice.Level.INFORMATION, Say.OVERRULED.in(locale, overruled)));
    }
    if (!refused.isEmpty()) {
      elements.add(new Card.Notice(Card.Notice.Level.WARNING, Say.REFUSED.in(locale, refused)));
    }
    LocalDate today = LocalDate.ofInstant(home.now(), home.zone());
    if (newest != null && trouble == null) {
      long surplus = Controller.available(newest, has("battery") && plan.carFirst());
      elements.add(
          new Card.Figure(Say.SURPLUS_NOW.in(locale), Say.kilowatts(Math.max(0, surplus)), "kW"));
      elements.add(new Card.Figure(Say.CAR_NOW.in(locale), Say.kilowatts(newest.car()), "kW"));
    }
    elements.add(
        new Card.Figure(
            Say.SUN_TODAY.in(locale), Say.kilowattHours(account.day(today).sun()), "kWh"));
    if (has("account")) {
      new AccountCards(locale, home, account.until(today), today).add(elements);
    } else {
      elements.add(new Card.Text(Say.MORE.in(locale)));
    }
    return new Card(Say.TITLE.in(locale), elements);
  }

  private Card planning(Locale locale) {
    return new Card(
        Say.PLAN.in(locale),
        List.of(
            new PlanForm(locale, plan)
                .form(has("departure"), has("battery"), Charger.among(actuators.available()))));
  }

  @Override
  public Optional<String> submit(String form, Map<String, String> values, Locale locale) {
    if (!form.equals(PLAN)) {
      return App.super.submit(form, values, locale);
    }
    try {
      plan = Plan.of(values, plan);
    } catch (IllegalArgumentException e) {
      return Optional.of(Say.WRONG.in(locale));
    }
    store.put(PLAN, plan.line().getBytes(StandardCharsets.UTF_8));
    departure = null;
    if (plan.mode() == Plan.Mode.OFF) {
      rest(); // at once, not in a minute
    }
    return Optional.empty();
  }
}
