package org.commonshub.privacy.api;

import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Who gets data. The text form is {@code kind:name}.
 *
 * @param kind which door it stands at
 * @param name unique within the kind, 1 to 128 characters of {@code A–Z a–z 0–9 . _ ~ : % -}:
 *     symbolic name of an app's or uplink's bundle, DID of a neighbour, id of an API token, name of
 *     an operator's user, name of a ledger
 */
public record Recipient(Kind kind, String name) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._~:%-]{1,128}");

  /** Kind of recipient. */
  public enum Kind {
    /** A third-party bundle in this hub. */
    APP,
    /** A bundle of the hub that publishes outside. */
    UPLINK,
    /** Another hub, by its DID. */
    NEIGHBOUR,
    /** A program with an API token. */
    TOKEN,
    /** A person in the role of operator. */
    OPERATOR,
    /** A ledger or content network. */
    LEDGER
  }

  public Recipient {
    Objects.requireNonNull(kind, "kind");
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "a recipient's name is 1 to 128 letters, digits or any of . _ ~ : % -");
    }
  }

  /**
   * Parses {@link #toString()}.
   *
   * @throws IllegalArgumentException if it is not that form
   */
  public static Recipient parse(String text) {
    int colon = text.indexOf(':');
    if (colon > 0) {
      for (Kind kind : Kind.values()) {
        if (text.substring(0, colon).equals(kind.name().toLowerCase(Locale.ROOT))) {
          return new Recipient(kind, text.substring(colon + 1));
        }
      }
    }
    throw new IllegalArgumentException(
        "a recipient is written kind:name, such as app:com.example.coach");
  }

  @Override
  public String toString() {
    return kind.name().toLowerCase(Locale.ROOT) + ":" + name;
  }
}
