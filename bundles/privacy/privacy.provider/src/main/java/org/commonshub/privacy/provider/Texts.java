package org.commonshub.privacy.provider;

import java.time.Duration;
import java.util.stream.Collectors;

/** Words for people and documents. */
final class Texts {
  private Texts() {}

  /** A stranger's text on one line, without control, format or surrogate halves, cut. */
  static String plain(String text, int length) {
    String plain =
        text.codePoints()
            .limit(4L * length)
            .map(c -> Character.isWhitespace(c) ? ' ' : c)
            .filter(
                c ->
                    switch (Character.getType(c)) {
                      case Character.CONTROL,
                          Character.FORMAT,
                          Character.SURROGATE,
                          Character.PRIVATE_USE,
                          Character.UNASSIGNED,
                          Character.LINE_SEPARATOR,
                          Character.PARAGRAPH_SEPARATOR ->
                          false;
                      default -> true;
                    })
            .limit(length)
            .mapToObj(Character::toString)
            .collect(Collectors.joining());
    return plain.length() <= length ? plain.strip() : plain.substring(0, length - 1).strip();
  }

  /** {@code 15 min}. */
  static String span(Duration duration) {
    long s = duration.toSeconds();
    if (s % 86_400 == 0 && s > 0) {
      return s / 86_400 + " d";
    }
    if (s % 3600 == 0 && s > 0) {
      return s / 3600 + " h";
    }
    return s % 60 == 0 && s > 0 ? s / 60 + " min" : s + " s";
  }

  /** Why something failed, for people: the message, or the kind if there is none. */
  static String reason(Throwable e) {
    String message = e.getMessage();
    return message == null || message.isBlank()
        ? e.getClass().getSimpleName()
        : plain(message, 300);
  }
}
