package org.commonshub.apps.provider;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.commonshub.apps.api.Card;
import org.commonshub.apps.desk.api.AppException;
import org.commonshub.apps.desk.api.AppException.Reason;

/** What a person sent, held against the form that the app shows. */
final class Forms {
  private static final Pattern TIME = Pattern.compile("([01][0-9]|2[0-3]):[0-5][0-9]");
  private static final Pattern NUMBER = Pattern.compile("-?[0-9]{1,18}(\\.[0-9]{1,6})?");
  private static final int MAX_TEXT = 200;

  /**
   * What came of it.
   *
   * @param values one for each field
   * @param problem why they are not taken, for people
   */
  record Checked(Map<String, String> values, Optional<String> problem) {}

  private Forms() {}

  static Checked check(List<Card> cards, String form, Map<String, String> values)
      throws AppException {
    Card.Form shown =
        cards.stream()
            .flatMap(card -> card.elements().stream())
            .filter(Card.Form.class::isInstance)
            .map(Card.Form.class::cast)
            .filter(candidate -> candidate.id().equals(form))
            .findFirst()
            .orElseThrow(
                () ->
                    new AppException(
                        Reason.UNKNOWN, "The app does not show that form any more; look again."));
    Map<String, String> taken = new TreeMap<>();
    for (Card.Field field : shown.fields()) {
      String value = values.get(field.id());
      if (value == null && field.kind() == Card.Field.Kind.SWITCH) {
        value = "false"; // What a browser sends of a box that is not ticked.
      }
      Optional<String> wrong = wrong(field, value);
      if (wrong.isPresent()) {
        return new Checked(Map.of(), Optional.of(field.label() + ": " + wrong.get()));
      }
      taken.put(field.id(), value);
    }
    return new Checked(Map.copyOf(taken), Optional.empty());
  }

  private static Optional<String> wrong(Card.Field field, String value) {
    if (value == null) {
      return Optional.of("is missing.");
    }
    boolean good =
        switch (field.kind()) {
          case TEXT ->
              value.length() <= MAX_TEXT && value.codePoints().noneMatch(Character::isISOControl);
          case NUMBER -> NUMBER.matcher(value).matches() && between(field, new BigDecimal(value));
          case TIME -> TIME.matcher(value).matches();
          case SWITCH -> value.equals("true") || value.equals("false");
          case CHOICE -> field.choices().containsKey(value);
        };
    return good
        ? Optional.empty()
        : Optional.of(
            switch (field.kind()) {
              case TEXT -> "a text of at most 200 characters.";
              case NUMBER ->
                  "a number"
                      + field.min().map(min -> " from " + min.toPlainString()).orElse("")
                      + field.max().map(max -> " up to " + max.toPlainString()).orElse("")
                      + ".";
              case TIME -> "a time such as 07:30.";
              case SWITCH -> "on or off.";
              case CHOICE -> "one of the choices.";
            });
  }

  private static boolean between(Card.Field field, BigDecimal value) {
    return field.min().map(min -> value.compareTo(min) >= 0).orElse(true)
        && field.max().map(max -> value.compareTo(max) <= 0).orElse(true);
  }
}
