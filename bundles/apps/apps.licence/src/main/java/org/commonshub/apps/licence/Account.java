package org.commonshub.apps.licence;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What is kept of one app, also after it was removed. Immutable.
 *
 * @param serial highest ever taken; 0 for none
 * @param held tokens, those that still say something
 * @param trial the one trial; empty if not tried yet
 * @param owed payments that the usage meter was not told of yet
 */
record Account(long serial, List<Held> held, Optional<Trial> trial, List<Payment> owed) {
  static final Account NEW = new Account(0, List.of(), Optional.empty(), List.of());

  /** Tokens of one app. */
  static final int MOST_TOKENS = 32;

  /** Payments that wait for the meter; beyond, the oldest is forgotten. */
  static final int MOST_OWED = 64;

  /**
   * A token that was taken.
   *
   * @param text the document
   * @param token what it says
   * @param checked whether its signatures were verified here; not yet after a restore
   */
  record Held(String text, LicenceToken token, boolean checked) {}

  /**
   * A trial, in running time of the hub: no bound that somebody says later burns it.
   *
   * @param level level
   * @param from running time at its beginning
   * @param until and at its end
   */
  record Trial(String level, Duration from, Duration until) {}

  /**
   * A payment.
   *
   * @param licence {@link LicenceToken#id()}
   */
  record Payment(String licence, String level, long priceMicros, String currency) {}

  Account {
    held = List.copyOf(held);
    owed = List.copyOf(owed);
  }

  /** Tokens that may be believed. */
  List<LicenceToken> tokens() {
    return held.stream().filter(Held::checked).map(Held::token).toList();
  }

  /** Takes a token with a higher serial; empty if too many wait for their time. */
  Optional<Account> plus(Held added, Instant now) {
    LicenceToken token = added.token();
    List<Held> left = new ArrayList<>(held);
    left.removeIf(old -> token.revokes() || paintsOver(token, old.token()));
    while (left.size() >= MOST_TOKENS) {
      List<Held> over =
          left.stream()
              .filter(old -> !old.token().paidUntil().isAfter(now))
              .sorted((a, b) -> a.token().paidUntil().compareTo(b.token().paidUntil()))
              .toList();
      if (over.size() < 2) {
        return Optional.empty();
      }
      left.remove(over.get(0));
    }
    left.add(added);
    List<Payment> payments = new ArrayList<>(owed);
    if (token.priceMicros() > 0) {
      if (payments.size() == MOST_OWED) {
        payments.remove(0);
      }
      payments.add(new Payment(token.id(), token.level(), token.priceMicros(), token.currency()));
    }
    return Optional.of(new Account(token.serial(), left, trial, payments));
  }

  private static boolean paintsOver(LicenceToken token, LicenceToken old) {
    return !token.paidFrom().isAfter(old.paidFrom())
        && !token.paidUntil().isBefore(old.paidUntil())
        && token.from().compareTo(old.from()) <= 0
        && token.before().compareTo(old.before()) >= 0;
  }

  Account withTrial(Trial begun) {
    return new Account(serial, held, Optional.of(begun), owed);
  }

  Account withHeld(List<Held> other) {
    return new Account(serial, other, trial, owed);
  }

  Account paid(Payment payment) {
    return new Account(serial, held, trial, owed.stream().filter(p -> !p.equals(payment)).toList());
  }

  /** With what a backup knew; what is here stands, what came from outside has to be checked. */
  Account plus(Account old) {
    List<Held> both = new ArrayList<>(held);
    for (Held other : old.held) {
      boolean here = held.stream().anyMatch(h -> h.token().serial() == other.token().serial());
      boolean revoked =
          held.stream()
              .anyMatch(
                  h ->
                      h.checked()
                          && h.token().revokes()
                          && h.token().serial() > other.token().serial());
      if (!here && !revoked && both.size() < MOST_TOKENS) {
        both.add(new Held(other.text(), other.token(), false));
      }
    }
    return new Account(Math.max(serial, old.serial), both, trial.or(old::trial), owed);
  }
}
