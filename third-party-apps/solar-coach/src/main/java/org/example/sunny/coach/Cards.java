package org.example.sunny.coach;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongUnaryOperator;
import org.commonshub.apps.api.AppHome;
import org.commonshub.apps.api.Card;
import org.commonshub.apps.api.Card.Field;

/** How it looks. */
record Cards(Locale locale, AppHome home, Hours hours, LocalDate today) {

  /** Today and tomorrow. */
  Card sun(
      List<Card.Element> notices,
      Optional<Outlook> outlook,
      Instant weatherAt,
      Optional<Accuracy> accuracy) {
    List<Card.Element> elements = new ArrayList<>(notices);
    long produced = hours.sum(today, today.plusDays(1), home.zone()).produced();
    elements.add(figure(Say.SO_FAR, Say.kilowattHours(produced), "kWh"));
    outlook.ifPresent(
        o -> {
          elements.add(figure(Say.TODAY_ALL, Say.kilowattHours(o.todayAll(hours)), "kWh"));
          elements.add(figure(Say.TOMORROW_ALL, Say.kilowattHours(o.tomorrowAll()), "kWh"));
          elements.add(new Card.Text(source(o, weatherAt)));
          elements.add(chart(o));
        });
    if (outlook.isPresent() && accuracy.isPresent()) {
      Accuracy judged = accuracy.get();
      if (judged.error().isPresent()) {
        elements.add(figure(Say.ERROR, BigDecimal.valueOf(judged.error().getAsInt(), 1), "%"));
        elements.add(new Card.Text(Say.JUDGED.in(locale, judged.judged())));
      } else {
        elements.add(new Card.Text(Say.NOT_JUDGED.in(locale)));
      }
    }
    return new Card(Say.TITLE.in(locale), elements);
  }

  private String source(Outlook outlook, Instant weatherAt) {
    return switch (outlook.source()) {
      case WEATHER -> {
        LocalDateTime at = LocalDateTime.ofInstant(weatherAt, ZoneOffset.UTC);
        long days = (Hours.number(weatherAt) - hours.oldest()) / 24;
        yield Say.BY_WEATHER.in(
            locale, clock(at), Math.max(1, Math.min(30, days))); // 30: see PAST_DAYS
      }
      case CLEAR_SKY -> Say.BY_SKY.in(locale);
      case PERSISTENCE -> Say.BY_DAYS.in(locale);
    };
  }

  private static String clock(LocalDateTime at) {
    return two(at.getHour()) + ":" + two(at.getMinute());
  }

  private static String two(int number) {
    return number < 10 ? "0" + number : String.valueOf(number);
  }

  private Card.Figure figure(Say label, BigDecimal value, String unit) {
    return new Card.Figure(label.in(locale), value, unit);
  }

  private Card.Chart chart(Outlook o) {
    return new Card.Chart(
        Say.CHART.in(locale),
        Card.Chart.Kind.LINE,
        "kWh",
        List.of(
            line(Say.PRODUCED, o, hour -> hours.hour(hour).produced()),
            line(Say.FORECAST, o, hour -> o.expected()[(int) (hour - o.first())]),
            line(Say.USUAL, o, hour -> o.used()[(int) (hour - o.first())])));
  }

  private Card.Line line(Say label, Outlook o, LongUnaryOperator energy) {
    List<Optional<BigDecimal>> values = new ArrayList<>();
    for (long hour = o.first(); hour < o.end(); hour++) {
      long value = energy.applyAsLong(hour);
      values.add(value < 0 ? Optional.empty() : Optional.of(Say.kilowattHours(value)));
    }
    return new Card.Line(
        label.in(locale), Instant.ofEpochSecond(o.first() * 3600), Duration.ofHours(1), values);
  }

  /** What was used of it. */
  Card use(boolean money) {
    List<Card.Element> elements = new ArrayList<>();
    Hours.Flow month = sum(30);
    if (month.selfConsumption() >= 0) {
      elements.add(figure(Say.OWN_SHARE, BigDecimal.valueOf(month.selfConsumption(), 1), "%"));
    }
    if (month.autarky() >= 0) {
      elements.add(figure(Say.AUTARKY, BigDecimal.valueOf(month.autarky(), 1), "%"));
    }
    List<String> columns = new ArrayList<>();
    for (Say say : List.of(Say.DAYS, Say.PRODUCED, Say.CONSUMED, Say.USE, Say.AUTARKY_SHORT)) {
      columns.add(say.in(locale));
    }
    if (money) {
      columns.add(Say.SAVED.in(locale));
    }
    elements.add(
        new Card.Table(
            columns,
            List.of(
                row(Say.TODAY, hours.sum(today, today.plusDays(1), home.zone()), money),
                row(Say.SEVEN, sum(7), money),
                row(Say.THIRTY, month, money))));
    elements.add(new Card.Text(money ? Say.SAVED_HELP.in(locale) : Say.MORE.in(locale)));
    return new Card(Say.USE.in(locale), elements);
  }

  /** Whole days before today. */
  private Hours.Flow sum(int days) {
    return hours.sum(today.minusDays(days), today, home.zone());
  }

  private List<String> row(Say label, Hours.Flow flow, boolean money) {
    List<String> row = new ArrayList<>();
    row.add(label.in(locale));
    row.add(Say.number(Say.kilowattHours(flow.produced()), locale) + " kWh");
    row.add(Say.number(Say.kilowattHours(flow.consumed()), locale) + " kWh");
    row.add(Say.share(flow.selfConsumption(), locale));
    row.add(Say.share(flow.autarky(), locale));
    if (money) {
      row.add(money(flow.saved(home.importPriceMicros(), home.exportPriceMicros())));
    }
    return row;
  }

  private String money(long micros) {
    return Say.number(BigDecimal.valueOf(micros, 6).setScale(2, RoundingMode.HALF_UP), locale)
        + " "
        + home.currency();
  }

  /** When to run what. */
  Card best(Optional<Outlook> outlook, List<Appliance> appliances, long from) {
    List<Card.Element> elements = new ArrayList<>();
    List<List<String>> rows = new ArrayList<>();
    for (Appliance appliance : outlook.isPresent() ? appliances : List.<Appliance>of()) {
      Advice advice = Advice.best(appliance, outlook.get()::surplus, from, outlook.get().end());
      if (advice.covered() > 0) {
        rows.add(
            List.of(
                appliance.name(locale),
                start(advice.start(), outlook.get()),
                Say.share(advice.perMille(), locale),
                money(advice.saved(home.importPriceMicros(), home.exportPriceMicros()))));
      }
    }
    if (rows.isEmpty()) {
      elements.add(new Card.Text(Say.NO_SUN.in(locale)));
    } else {
      elements.add(
          new Card.Table(
              List.of(
                  Say.APPLIANCE.in(locale),
                  Say.START.in(locale),
                  Say.FROM_SUN.in(locale),
                  Say.SAVED.in(locale)),
              rows));
    }
    elements.add(
        new Card.Form(
            "add",
            Say.ADD.in(locale),
            List.of(
                field("name", Say.NAME, Field.Kind.TEXT, "", "0", "0", Map.of()),
                field("energy", Say.ENERGY, Field.Kind.NUMBER, "1", "0.001", "50", Map.of()),
                field("hours", Say.HOURS, Field.Kind.NUMBER, "2", "1", "12", Map.of())),
            Say.ADD.in(locale)));
    if (!appliances.isEmpty()) {
      Map<String, String> names = new LinkedHashMap<>();
      appliances.forEach(appliance -> names.put(appliance.id(), appliance.name(locale)));
      elements.add(
          new Card.Form(
              "remove",
              Say.REMOVE.in(locale),
              List.of(
                  field(
                      "appliance",
                      Say.APPLIANCE,
                      Field.Kind.CHOICE,
                      names.keySet().iterator().next(),
                      "0",
                      "0",
                      names)),
              Say.REMOVE.in(locale)));
    }
    return new Card(Say.BEST.in(locale), elements);
  }

  private String start(long hour, Outlook outlook) {
    LocalDateTime at = LocalDateTime.ofInstant(Instant.ofEpochSecond(hour * 3600), home.zone());
    return (hour < outlook.tomorrow() ? Say.TODAY : Say.TOMORROW).in(locale) + " " + clock(at);
  }

  private Field field(
      String id,
      Say label,
      Field.Kind kind,
      String value,
      String min,
      String max,
      Map<String, String> choices) {
    boolean number = kind == Field.Kind.NUMBER;
    return new Field(
        id,
        label.in(locale),
        kind,
        value,
        number ? Optional.of(new BigDecimal(min)) : Optional.empty(),
        number ? Optional.of(new BigDecimal(max)) : Optional.empty(),
        choices);
  }
}
