package org.commonshub.apps.zone.wire;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.commonshub.apps.api.Card;

/** Cards on the wire. What comes in is built through their constructors, which check it. */
public final class CardCodec {
  private CardCodec() {}

  /** Their form. */
  public static List<Object> encode(List<Card> cards) {
    if (cards.size() > Card.MAX_CARDS) {
      throw new IllegalArgumentException("there are at most " + Card.MAX_CARDS + " cards");
    }
    List<Object> list = new ArrayList<>();
    for (Card card : cards) {
      list.add(List.of(card.title(), card.elements().stream().map(CardCodec::element).toList()));
    }
    return list;
  }

  private static List<Object> element(Card.Element element) {
    if (element instanceof Card.Text text) {
      return List.of("text", text.text());
    } else if (element instanceof Card.Figure figure) {
      return List.of("figure", figure.label(), Values.decimal(figure.value()), figure.unit());
    } else if (element instanceof Card.Notice notice) {
      return List.of("notice", notice.level().name(), notice.text());
    } else if (element instanceof Card.Table table) {
      return List.of("table", table.columns(), table.rows());
    } else if (element instanceof Card.Chart chart) {
      return List.of(
          "chart",
          chart.title(),
          chart.kind().name(),
          chart.unit(),
          chart.lines().stream().map(CardCodec::line).toList());
    }
    Card.Form form = (Card.Form) element;
    return List.of(
        "form",
        form.id(),
        form.title(),
        form.fields().stream().map(CardCodec::field).toList(),
        form.button());
  }

  /** All values of a line are one text: a thousand numbers are one value to decode. */
  private static List<Object> line(Card.Line line) {
    return List.of(
        line.label(),
        Values.instant(line.start()),
        line.step().toMillis(),
        line.values().stream()
            .map(value -> value.map(Values::decimal).orElse(""))
            .collect(Collectors.joining(",")),
        (long) line.values().size());
  }

  private static List<Object> field(Card.Field field) {
    List<Object> choices = new ArrayList<>();
    field.choices().forEach((value, label) -> choices.add(List.of(value, label)));
    List<Object> list = new ArrayList<>();
    list.add(field.id());
    list.add(field.label());
    list.add(field.kind().name());
    list.add(field.value());
    list.add(field.min().map(Values::decimal).orElse(null));
    list.add(field.max().map(Values::decimal).orElse(null));
    list.add(choices);
    return list;
  }

  /**
   * Cards again.
   *
   * @throws WireException if they are not what {@link #encode} makes, or break a bound of a card
   */
  public static List<Card> decode(Args args) throws WireException {
    List<Card> cards = new ArrayList<>();
    try {
      while (args.left() > 0) {
        if (cards.size() >= Card.MAX_CARDS) {
          throw new WireException("more than " + Card.MAX_CARDS + " cards");
        }
        Args card = args.args();
        String title = card.text(80);
        List<Card.Element> elements = new ArrayList<>();
        for (Args each = card.args(); each.left() > 0; ) {
          elements.add(element(each.args()));
        }
        card.end();
        cards.add(new Card(title, elements));
      }
      return cards;
    } catch (IllegalArgumentException | DateTimeException | ArithmeticException e) {
      throw new WireException("a card that cannot be: " + e.getMessage());
    }
  }

  private static Card.Element element(Args args) throws WireException {
    String type = args.text(8);
    Card.Element element =
        switch (type) {
          case "text" -> new Card.Text(args.text(1000));
          case "figure" -> new Card.Figure(args.text(80), args.decimal(), args.text(16));
          case "notice" -> new Card.Notice(args.constant(Card.Notice.Level.class), args.text(300));
          case "table" -> new Card.Table(Values.texts(args.args()), rows(args.args()));
          case "chart" ->
              new Card.Chart(
                  args.text(80),
                  args.constant(Card.Chart.Kind.class),
                  args.text(16),
                  lines(args.args()));
          case "form" ->
              new Card.Form(args.text(32), args.text(80), fields(args.args()), args.text(40));
          default -> throw new WireException("an element that is not known");
        };
    args.end();
    return element;
  }

  private static List<List<String>> rows(Args args) throws WireException {
    List<List<String>> rows = new ArrayList<>();
    while (args.left() > 0) {
      rows.add(Values.texts(args.args()));
    }
    return rows;
  }

  private static List<Card.Line> lines(Args args) throws WireException {
    List<Card.Line> lines = new ArrayList<>();
    while (args.left() > 0) {
      Args line = args.args();
      String label = line.text(60);
      Instant start = line.instant();
      Duration step = Duration.ofMillis(line.number(1000, Duration.ofDays(3660).toMillis()));
      String numbers = line.text(Card.MAX_POINTS * 53);
      int size = (int) line.number(0, Card.MAX_POINTS);
      line.end();
      lines.add(new Card.Line(label, start, step, numbers(numbers, size)));
    }
    return lines;
  }

  private static List<Optional<BigDecimal>> numbers(String text, int size) throws WireException {
    List<Optional<BigDecimal>> numbers = new ArrayList<>();
    int at = 0;
    for (int i = 0; i < size; i++) {
      int comma = text.indexOf(',', at);
      int end = comma < 0 ? text.length() : comma;
      if (at > text.length() || (comma < 0) != (i == size - 1)) {
        throw new WireException("a line with another number of values");
      }
      numbers.add(
          at == end ? Optional.empty() : Optional.of(Args.decimal(text.substring(at, end))));
      at = end + 1;
    }
    if (size == 0 && !text.isEmpty()) {
      throw new WireException("a line with another number of values");
    }
    return numbers;
  }

  private static List<Card.Field> fields(Args args) throws WireException {
    List<Card.Field> fields = new ArrayList<>();
    while (args.left() > 0) {
      Args field = args.args();
      String id = field.text(32);
      String label = field.text(80);
      Card.Field.Kind kind = field.constant(Card.Field.Kind.class);
      String value = field.text(200);
      Optional<BigDecimal> min = field.absent() ? Optional.empty() : Optional.of(field.decimal());
      Optional<BigDecimal> max = field.absent() ? Optional.empty() : Optional.of(field.decimal());
      Map<String, String> choices = new LinkedHashMap<>();
      for (Args each = field.args(); each.left() > 0; ) {
        Args choice = each.args();
        String key = choice.text(60);
        choices.put(key, choice.text(80));
        choice.end();
        if (choices.size() > 50) {
          throw new WireException("more than 50 choices");
        }
      }
      field.end();
      fields.add(new Card.Field(id, label, kind, value, min, max, choices));
    }
    return fields;
  }
}
