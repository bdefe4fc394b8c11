package org.commonshub.apps.licence;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.commonshub.apps.desk.api.AppVersion;

/**
 * What is paid when, from the tokens of one app: each paints its paid time over those with lower
 * serials; within it, time after its lease is not paid. A token that revokes takes back all before
 * it. Immutable.
 */
final class Timeline {
  /** RENEW_DUE begins that long before the end at most. */
  private static final Duration RENEW = Duration.ofDays(7);

  /**
   * A stretch of paid time without a gap, under one token or several.
   *
   * @param end first instant that is not paid
   * @param token in force now, or last
   * @param renewFrom when the person is asked
   */
  record Paid(Instant end, LicenceToken token, Instant renewFrom) {}

  /** Newest first. */
  private final List<LicenceToken> tokens = new ArrayList<>();

  private final Optional<LicenceToken> revoker;
  private final TreeSet<Instant> edges = new TreeSet<>();

  /** Of those that are for that version. */
  Timeline(List<LicenceToken> all, AppVersion version) {
    List<LicenceToken> sorted = new ArrayList<>(all);
    sorted.sort(Comparator.comparingLong(LicenceToken::serial).reversed());
    LicenceToken last = null;
    for (LicenceToken token : sorted) {
      if (token.covers(version)) {
        tokens.add(token);
        edges.add(token.paidFrom());
        edges.add(token.paidUntil());
        edges.add(token.leaseUntil());
      }
      if (token.revokes()) {
        last = token;
        break;
      }
    }
    revoker = Optional.ofNullable(last);
  }

  /** The token that speaks about an instant, and has it paid and leased. */
  private Optional<LicenceToken> at(Instant instant) {
    for (LicenceToken token : tokens) {
      if (!instant.isBefore(token.paidFrom()) && instant.isBefore(token.paidUntil())) {
        return instant.isBefore(token.leaseUntil()) ? Optional.of(token) : Optional.empty();
      }
    }
    return Optional.empty();
  }

  /** What is being paid for at an instant. */
  Optional<Paid> running(Instant now) {
    return at(now).map(token -> paid(endAfter(now), token));
  }

  /** What ended last, if nothing is paid now. */
  Optional<Paid> ended(Instant now) {
    for (Instant edge = edges.floor(now); edge != null; edge = edges.lower(edge)) {
      Instant before = edges.lower(edge);
      if (before != null && at(before).isPresent()) {
        return Optional.of(paid(edge, at(before).get()));
      }
    }
    return revoker.map(token -> new Paid(token.paidUntil(), token, token.paidUntil()));
  }

  /** Until when a level is paid, whatever the leases say, if that is later than now. */
  Optional<Instant> paidUntil(String level, Instant now) {
    return tokens.stream()
        .filter(token -> token.level().equals(level) && token.paidUntil().isAfter(now))
        .map(LicenceToken::paidUntil)
        .max(Comparator.naturalOrder());
  }

  private Instant endAfter(Instant now) {
    Instant end = edges.higher(now);
    while (at(end).isPresent()) {
      end = edges.higher(end);
    }
    return end;
  }

  private Paid paid(Instant end, LicenceToken token) {
    LicenceToken last = at(edges.lower(end)).orElse(token);
    Instant since = last.paidFrom();
    if (end.isBefore(last.paidUntil()) && last.issued().isAfter(since)) {
      since = last.issued().isBefore(end) ? last.issued() : end;
    }
    return new Paid(end, token, end.minus(notice(Duration.between(since, end))));
  }

  /** How long before its end a stretch of that length is due: seven days, or a quarter if less. */
  static Duration notice(Duration length) {
    Duration quarter = length.dividedBy(4);
    return quarter.compareTo(RENEW) < 0 ? quarter : RENEW;
  }
}
