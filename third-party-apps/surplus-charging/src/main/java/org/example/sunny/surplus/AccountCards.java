package org.example.sunny.surplus;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToLongFunction;
import org.commonshub.apps.api.AppHome;
import org.commonshub.apps.api.Card;

/** Where the energy of the last 31 days came from, and what that saved. */
record AccountCards(Locale locale, AppHome home, List<Account.Day> days, LocalDate today) {
  void add(List<Card.Element> elements) {
    Account.Day all = days.stream().reduce(Account.Day.NONE, Account.Day::plus);
    if (all.all() == 0) {
      return;
    }
    elements.add(
        new Card.Figure(
            Say.SUN_SHARE.in(locale),
            BigDecimal.valueOf(all.sun())
                .multiply(BigDecimal.valueOf(100))
                .divide(BigDecimal.valueOf(all.all()), 1, RoundingMode.DOWN),
            "%"));
    elements.add(
        new Card.Figure(
            Say.SAVED.in(locale),
            BigDecimal.valueOf(
                    Account.saved(all.sun(), home.importPriceMicros(), home.exportPriceMicros()), 6)
                .setScale(2, RoundingMode.HALF_UP),
            home.currency()));
    elements.add(
        new Card.Chart(
            Say.CHART.in(locale),
            Card.Chart.Kind.BARS,
            "kWh",
            List.of(
                line(Say.SUN, Account.Day::sun),
                line(Say.BATTERY, Account.Day::battery),
                line(Say.GRID, Account.Day::grid))));
  }

  private Card.Line line(Say label, ToLongFunction<Account.Day> part) {
    return new Card.Line(
        label.in(locale),
        today.minusDays(days.size() - 1L).atStartOfDay(home.zone()).toInstant(),
        Duration.ofDays(1),
        days.stream().map(day -> Optional.of(Say.kilowattHours(part.applyAsLong(day)))).toList());
  }
}
