package org.commonshub.apps.licence;

import java.time.Duration;
import java.time.Instant;
import java.time.Period;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.commonshub.apps.desk.api.AppId;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.desk.api.AppManifest.Level;
import org.commonshub.apps.desk.api.Listing;
import org.commonshub.apps.desk.api.Standing;
import org.commonshub.apps.desk.api.Standing.State;
import org.commonshub.apps.licence.Account.Trial;
import org.commonshub.apps.licence.Timeline.Paid;

/**
 * Where an app stands at one moment, from its manifest, what was bought and the time: the state
 * machine. See README.md for the table of states.
 */
final class Sheet {
  /** An app without actuators, features and network, so that nothing is lost. */
  static final Duration DEGRADED = Duration.ofDays(7);

  /** Periods of what costs nothing are counted from here. */
  private static final Instant FREE_SINCE = Instant.parse("2020-01-01T00:00:00Z");

  private final AppId app;
  private final State state;
  private String level = "";
  private final Set<String> features = new TreeSet<>();
  private final Map<String, Long> limits = new TreeMap<>();
  private Period period = Period.ofMonths(1);
  private String window = "";
  private boolean trial;
  private boolean trialLeft;
  private Instant renewFrom;
  private Instant paidUntil;
  private Instant stopsAt;

  private Sheet(AppId app, State state) {
    this.app = app;
    this.state = state;
  }

  /** Of an app that was not admitted. */
  static Sheet none(AppId app) {
    return new Sheet(app, State.NONE);
  }

  static Sheet of(Listing listing, Account account, TrustedTimeClock.Mark mark) {
    AppManifest manifest = listing.manifest();
    AppId app = manifest.id();
    if (listing.withdrawn().isPresent()) {
      return new Sheet(app, State.STOPPED);
    }
    Level free =
        manifest.levels().stream().filter(l -> l.priceMicros() == 0).findFirst().orElse(null);
    Instant now = mark.time();
    if (manifest.free()) {
      return new Sheet(app, State.ACTIVE).level(free).window(FREE_SINCE, now);
    }
    Sheet sheet = bought(manifest, account, mark, free);
    sheet.trialLeft =
        account.trial().isEmpty() && manifest.levels().stream().anyMatch(l -> !l.trial().isZero());
    if (free != null) {
      sheet.stopsAt = null;
    }
    return sheet;
  }

  /** Of an app that has something to sell. */
  private static Sheet bought(
      AppManifest manifest, Account account, TrustedTimeClock.Mark mark, Level free) {
    AppId app = manifest.id();
    Instant now = mark.time();
    Timeline timeline = new Timeline(account.tokens(), manifest.version());
    Paid running = timeline.running(now).orElse(null);
    if (running != null) {
      return new Sheet(app, now.isBefore(running.renewFrom()) ? State.ACTIVE : State.RENEW_DUE)
          .paid(running, manifest, now);
    }
    Trial tried = account.trial().orElse(null);
    Instant trialEnd = tried == null ? null : now.plus(tried.until().minus(mark.ran()));
    if (tried != null && now.isBefore(trialEnd)) {
      return trying(manifest, tried, trialEnd, now);
    }
    Paid ended = timeline.ended(now).orElse(null);
    Instant graceEnd = ended == null ? null : plus(ended.end(), manifest.grace());
    if (ended != null && now.isBefore(graceEnd)) {
      return new Sheet(app, State.GRACE).paid(ended, manifest, now);
    }
    if (free != null) {
      return new Sheet(app, State.ACTIVE).level(free).window(FREE_SINCE, now);
    }
    if (tried != null && (ended == null || graceEnd.isBefore(trialEnd))) {
      return over(app, tried.level(), trialEnd, trialEnd, now).trial(true);
    }
    return ended == null
        ? new Sheet(app, State.NONE)
        : over(app, ended.token().level(), ended.end(), graceEnd, now);
  }

  private static Sheet trying(AppManifest manifest, Trial tried, Instant end, Instant now) {
    Instant renew = end.minus(Timeline.notice(tried.until().minus(tried.from())));
    Sheet sheet =
        new Sheet(manifest.id(), now.isBefore(renew) ? State.ACTIVE : State.RENEW_DUE).trial(true);
    sheet.level = tried.level();
    level(manifest, tried.level()).ifPresent(sheet::level);
    sheet.window = "trial";
    sheet.renewFrom = renew;
    sheet.paidUntil = end;
    sheet.stopsAt = end.plus(DEGRADED);
    return sheet;
  }

  /** Neither paid nor tried nor in grace any more. */
  private static Sheet over(AppId app, String level, Instant end, Instant since, Instant now) {
    Instant stop = since.plus(DEGRADED);
    Sheet sheet = new Sheet(app, now.isBefore(stop) ? State.DEGRADED : State.STOPPED);
    sheet.level = level;
    sheet.paidUntil = end;
    sheet.stopsAt = stop;
    return sheet;
  }

  private Sheet paid(Paid paid, AppManifest manifest, Instant now) {
    LicenceToken token = paid.token();
    level = token.level();
    level(manifest, level).ifPresent(this::level);
    features.addAll(token.features());
    limits.putAll(token.limits());
    renewFrom = paid.renewFrom();
    paidUntil = paid.end();
    stopsAt = plus(paid.end(), manifest.grace()).plus(DEGRADED);
    return window(token.paidFrom(), now);
  }

  private Sheet level(Level offered) {
    level = offered.id();
    features.addAll(offered.features());
    limits.putAll(offered.limits());
    period = offered.period();
    return this;
  }

  private Sheet trial(boolean tried) {
    trial = tried;
    return this;
  }

  private Sheet window(Instant since, Instant now) {
    window = limits.isEmpty() ? "" : periodBegin(since, period, now) + " " + level;
    return this;
  }

  /** Limits in force. */
  Map<String, Long> limits() {
    return limits;
  }

  /** Name of the period in which limits are counted now. */
  String window() {
    return window;
  }

  boolean mayAct() {
    return standing(null).mayAct();
  }

  /**
   * As others see it.
   *
   * @param used units of this period, or an earlier one; may be null
   */
  Standing standing(BookCodec.Used used) {
    Map<String, Long> counts = new TreeMap<>();
    for (String metric : limits.keySet()) {
      boolean current = used != null && used.window().equals(window);
      counts.put(metric, current ? used.counts().getOrDefault(metric, 0L) : 0L);
    }
    return new Standing(
        app,
        state,
        level,
        Set.copyOf(features),
        Map.copyOf(limits),
        Map.copyOf(counts),
        trial,
        trialLeft,
        Optional.ofNullable(renewFrom),
        Optional.ofNullable(paidUntil),
        Optional.ofNullable(stopsAt));
  }

  static Optional<Level> level(AppManifest manifest, String id) {
    return manifest.levels().stream().filter(level -> level.id().equals(id)).findFirst();
  }

  /** Begin of the period that an instant is in. */
  static Instant periodBegin(Instant since, Period period, Instant now) {
    long most = period.toTotalMonths() * 31 + period.getDays();
    int number = (int) Math.max(0, ChronoUnit.DAYS.between(since, now) / Math.max(1, most));
    while (!plus(since, period.multipliedBy(number + 1)).isAfter(now)) {
      number++;
    }
    return plus(since, period.multipliedBy(number));
  }

  static Instant plus(Instant instant, Period period) {
    return instant.atOffset(ZoneOffset.UTC).plus(period).toInstant();
  }
}
