package org.commonshub.privacy.provider;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.commonshub.privacy.api.Terms;

/** What was paid for a consent: one payment is one period, counted from the consent on. */
final class Payments {
  private static final int REFERENCE = 200;
  private static final int MOST = 1000;

  private Payments() {}

  static Given.Payment of(Given given, String reference, String actor, Instant now) {
    if (given.terms().price().isEmpty()) {
      throw new IllegalArgumentException("this consent has no price");
    }
    if (given.payments().size() >= MOST) {
      throw new IllegalArgumentException("paid for " + MOST + " periods already");
    }
    return new Given.Payment(now, Texts.plain(reference, REFERENCE), actor, -1);
  }

  static Given plus(Given given, Given.Payment payment) {
    List<Given.Payment> payments = new ArrayList<>(given.payments());
    payments.add(payment);
    return given.payments(payments);
  }

  /** Payments that a consent in the place of another brings along: of periods not yet begun. */
  static List<Given.Payment> left(Given before, Terms terms, Instant now) {
    if (before.terms().price().isEmpty() || !before.terms().price().equals(terms.price())) {
      return List.of();
    }
    long used = before.period(now);
    int from = (int) Math.min(before.payments().size(), Math.max(0, used));
    return before.payments().subList(from, before.payments().size());
  }
}
