package org.example.fairwatt.tariffs;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.commonshub.apps.api.Card;
import org.commonshub.apps.api.Card.Field;

/** How it looks. */
record Cards(Locale locale, String currency) {
  private static final int MAX_ROWS = 30;

  /** The comparison, under what has to be said. */
  Card result(Optional<Comparison> comparison, List<Card.Element> notices) {
    List<Card.Element> elements = new ArrayList<>(notices);
    comparison.ifPresent(made -> add(made, elements));
    if (elements.isEmpty()) {
      elements.add(new Card.Text(Say.EXAMPLES.in(locale)));
    }
    return new Card(Say.TITLE.in(locale), elements);
  }

  private void add(Comparison made, List<Card.Element> elements) {
    Bill best = made.best();
    elements.add(
        new Card.Notice(
            Card.Notice.Level.GOOD,
            made.saving() > 0
                ? Say.CHEAPEST.in(locale, name(made, best), money(made.saving()), currency)
                : Say.STAY.in(locale)));
    elements.add(new Card.Figure(Say.BEST.in(locale), Say.amount(best.year()), currency));
    elements.add(new Card.Figure(Say.PAID.in(locale), Say.amount(made.now().year()), currency));
    elements.add(
        new Card.Figure(Say.SHARE.in(locale), BigDecimal.valueOf(made.perMille(), 1), "%"));
    if (made.perMille() < 1000) {
      elements.add(
          new Card.Notice(
              Card.Notice.Level.INFORMATION,
              Say.PARTIAL.in(locale, BigDecimal.valueOf(made.perMille(), 1).toPlainString())));
    }
    elements.add(
        new Card.Table(
            List.of(
                Say.TARIFF.in(locale),
                Say.ENERGY.in(locale),
                Say.STANDING.in(locale),
                Say.FEED_IN.in(locale),
                Say.YEAR.in(locale),
                Say.AGAINST.in(locale)),
            made.bills().stream().limit(MAX_ROWS).map(bill -> row(made, bill)).toList()));
    List<Card.Line> lines = new ArrayList<>();
    lines.add(line(made, made.now()));
    if (best != made.now()) {
      lines.add(line(made, best));
    }
    elements.add(new Card.Chart(Say.WEEKS.in(locale), Card.Chart.Kind.BARS, currency, lines));
    if (made.bills().stream().anyMatch(bill -> bill.tariff().kind() == Tariff.Kind.HOURLY)) {
      elements.add(new Card.Text(Say.HOURS.in(locale)));
    }
    elements.add(new Card.Text(Say.EXAMPLES.in(locale)));
  }

  private String name(Comparison made, Bill bill) {
    return bill == made.now() ? Say.NOW.in(locale) : bill.tariff().name();
  }

  private String money(long micros) {
    return Say.money(micros, locale);
  }

  private List<String> row(Comparison made, Bill bill) {
    return List.of(
        name(made, bill),
        money(bill.energy()),
        money(bill.standing()),
        money(-bill.feedIn()),
        money(bill.year()),
        money(bill.year() - made.now().year()));
  }

  private Card.Line line(Comparison made, Bill bill) {
    return new Card.Line(
        name(made, bill),
        made.first().atStartOfDay(made.zone()).toInstant(),
        Duration.ofDays(7),
        bill.weeks().stream()
            .map(
                week ->
                    week.isPresent()
                        ? Optional.of(Say.amount(week.getAsLong()))
                        : Optional.<BigDecimal>empty())
            .toList());
  }

  /**
   * Forms.
   *
   * @param own own tariffs; empty if the licence has none
   * @param hours whether there are averages of hours
   */
  Card entries(Optional<List<Tariff>> own, long standingNow, boolean hours) {
    List<Card.Element> elements = new ArrayList<>();
    elements.add(new Card.Text(Say.MINE_HELP.in(locale)));
    elements.add(
        new Card.Form(
            "standing",
            Say.MINE.in(locale),
            List.of(
                number(
                    "amount",
                    Say.STANDING_YEAR,
                    BigDecimal.valueOf(standingNow, 6).stripTrailingZeros().toPlainString(),
                    "0",
                    "100000")),
            Say.SAVE.in(locale)));
    if (own.isEmpty()) {
      elements.add(new Card.Text(Say.NOT_BOUGHT.in(locale)));
      return new Card(Say.OWN.in(locale), elements);
    }
    Map<String, String> kinds = new LinkedHashMap<>();
    kinds.put("flat", Say.FLAT.in(locale));
    kinds.put("zones", Say.ZONES.in(locale));
    if (hours) {
      kinds.put("hourly", Say.HOURLY.in(locale));
    }
    elements.add(
        new Card.Form(
            "add",
            Say.ADD.in(locale),
            List.of(
                field("name", Say.NAME, Field.Kind.TEXT, ""),
                choice("kind", Say.KIND, "flat", kinds),
                number("price", Say.PRICE, "0.30", "-100", "100"),
                number("night", Say.NIGHT, "0.25", "-100", "100"),
                field("from", Say.FROM, Field.Kind.TIME, "22:00"),
                field("to", Say.TO, Field.Kind.TIME, "06:00"),
                field("weekends", Say.WEEKENDS, Field.Kind.SWITCH, "false"),
                number("standing", Say.STANDING_YEAR, "120", "0", "100000"),
                field("feed-in", Say.FEED_IN_PRICE, Field.Kind.TEXT, "")),
            Say.ADD.in(locale)));
    if (!own.get().isEmpty()) {
      Map<String, String> names = new LinkedHashMap<>();
      own.get().forEach(tariff -> names.put(tariff.id(), tariff.name()));
      elements.add(
          new Card.Form(
              "remove",
              Say.REMOVE.in(locale),
              List.of(choice("tariff", Say.TARIFF, names.keySet().iterator().next(), names)),
              Say.REMOVE.in(locale)));
    }
    return new Card(Say.OWN.in(locale), elements);
  }

  private Field number(String id, Say label, String value, String min, String max) {
    return new Field(
        id,
        label.in(locale),
        Field.Kind.NUMBER,
        value,
        Optional.of(new BigDecimal(min)),
        Optional.of(new BigDecimal(max)),
        Map.of());
  }

  private Field choice(String id, Say label, String value, Map<String, String> choices) {
    return new Field(
        id,
        label.in(locale),
        Field.Kind.CHOICE,
        value,
        Optional.empty(),
        Optional.empty(),
        choices);
  }

  private Field field(String id, Say label, Field.Kind kind, String value) {
    return new Field(
        id, label.in(locale), kind, value, Optional.empty(), Optional.empty(), Map.of());
  }
}
