package org.commonshub.apps.provider;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.apps.api.Card;

/**
 * Cards of an app inside the hub, made anew on the app's thread: its lists and numbers may be of
 * classes of its own, and nobody else calls those.
 */
final class CardCopy {
  private static final int LONGEST_NUMBER = 80;

  private CardCopy() {}

  static List<Card> of(List<Card> cards) {
    List<Card> copy = new ArrayList<>();
    for (Card card : cards) {
      if (copy.size() == Card.MAX_CARDS) {
        break;
      }
      copy.add(new Card(card.title(), card.elements().stream().map(CardCopy::element).toList()));
    }
    return List.copyOf(copy);
  }

  private static Card.Element element(Card.Element element) {
    if (element instanceof Card.Figure figure) {
      return new Card.Figure(figure.label(), number(figure.value()), figure.unit());
    }
    if (element instanceof Card.Chart chart) {
      return new Card.Chart(
          chart.title(),
          chart.kind(),
          chart.unit(),
          chart.lines().stream()
              .map(
                  line ->
                      new Card.Line(
                          line.label(),
                          line.start(),
                          line.step(),
                          line.values().stream()
                              .map(value -> value.map(CardCopy::number))
                              .toList()))
              .toList());
    }
    if (element instanceof Card.Form form) {
      return new Card.Form(
          form.id(),
          form.title(),
          form.fields().stream().map(CardCopy::field).toList(),
          form.button());
    }
    return element; // Texts of immutable records.
  }

  private static Card.Field field(Card.Field field) {
    Map<String, String> choices = new LinkedHashMap<>(field.choices());
    return new Card.Field(
        field.id(),
        field.label(),
        field.kind(),
        field.value(),
        field.min().map(CardCopy::number),
        field.max().map(CardCopy::number),
        choices);
  }

  private static BigDecimal number(BigDecimal number) {
    if (number.getClass() == BigDecimal.class) {
      return number;
    }
    String text = number.toString();
    if (text.length() > LONGEST_NUMBER) {
      throw new IllegalArgumentException("a number has at most 24 digits");
    }
    return new BigDecimal(text);
  }

  /** A text that an app may give, or none. */
  static Optional<String> text(Optional<String> text) {
    return text.map(t -> Texts.plain(t, 300)).filter(t -> !t.isEmpty());
  }
}
