package org.commonshub.metering.mapping.api;

import java.util.ArrayList;
import java.util.List;

/**
 * Leads to one value in a JSON document; a subset of JSONPath (RFC 9535): {@code $.a.b}, {@code
 * $['a b']}, {@code $.list[0]}, {@code $.list[-1]}, and the first item of a list with a certain
 * member, {@code $.list[?@.type=='eim'].power}. Bare names may also have {@code :} and {@code -}.
 */
public final class JsonPath {
  private static final int MAX_LENGTH = 256;
  private static final int MAX_STEPS = 16;

  private interface Step {
    JsonValue from(JsonValue value);
  }

  private final String text;
  private final List<Step> steps;

  private JsonPath(String text, List<Step> steps) {
    this.text = text;
    this.steps = steps;
  }

  /**
   * Reads a path.
   *
   * @throws IllegalArgumentException with a sentence that says what is wrong
   */
  public static JsonPath parse(String text) {
    return new Reader(text).path();
  }

  /** What it leads to, or {@link JsonValue#MISSING}. */
  public JsonValue in(JsonValue document) {
    JsonValue value = document;
    for (Step step : steps) {
      value = step.from(value);
    }
    return value;
  }

  @Override
  public String toString() {
    return text;
  }

  private static JsonValue item(JsonValue list, int index) {
    return list.at(index < 0 ? list.items().size() + index : index);
  }

  private static JsonValue first(JsonValue list, String member, String text) {
    return list.items().stream()
        .filter(item -> item.get(member).text().filter(text::equals).isPresent())
        .findFirst()
        .orElse(JsonValue.MISSING);
  }

  private static final class Reader {
    private final String text;
    private int at;

    Reader(String text) {
      this.text = text;
    }

    JsonPath path() {
      if (text.length() > MAX_LENGTH || text.isEmpty() || text.charAt(0) != '$') {
        throw wrong("it begins with $ and has at most " + MAX_LENGTH + " characters");
      }
      at = 1;
      List<Step> steps = new ArrayList<>();
      while (at < text.length()) {
        if (steps.size() == MAX_STEPS) {
          throw wrong("it has more than " + MAX_STEPS + " steps");
        }
        steps.add(step());
      }
      return new JsonPath(text, List.copyOf(steps));
    }

    private Step step() {
      char c = text.charAt(at++);
      if (c == '.') {
        String name = name();
        return value -> value.get(name);
      }
      if (c != '[' || at == text.length()) {
        throw wrong("a step is .name, ['name'], [0] or [?@.name=='text']");
      }
      Step step = bracket(text.charAt(at));
      expect("]");
      return step;
    }

    private Step bracket(char c) {
      if (c == '\'' || c == '"') {
        String name = quoted();
        return value -> value.get(name);
      }
      if (c == '?') {
        expect("?");
        expect("@.");
        String member = name();
        expect("==");
        String wanted = at < text.length() && isQuote(text.charAt(at)) ? quoted() : name();
        return value -> first(value, member, wanted);
      }
      int from = at;
      while (at < text.length() && text.charAt(at) != ']') {
        at++;
      }
      String digits = text.substring(from, at);
      if (!digits.matches("-?\\d{1,5}")) {
        throw wrong("'" + digits + "' is no index of a list");
      }
      int index = Integer.parseInt(digits);
      return value -> item(value, index);
    }

    private static boolean isQuote(char c) {
      return c == '\'' || c == '"';
    }

    private String name() {
      int from = at;
      while (at < text.length() && isName(text.charAt(at))) {
        at++;
      }
      if (from == at) {
        throw wrong("a name is missing at character " + (at + 1));
      }
      return text.substring(from, at);
    }

    private static boolean isName(char c) {
      return Character.isLetterOrDigit(c) || c == '_' || c == '-' || c == ':';
    }

    private String quoted() {
      char quote = text.charAt(at);
      int end = text.indexOf(quote, at + 1);
      if (end < 0) {
        throw wrong("a quote is not closed");
      }
      String name = text.substring(at + 1, end);
      at = end + 1;
      return name;
    }

    private void expect(String expected) {
      if (!text.startsWith(expected, at)) {
        throw wrong("'" + expected + "' is missing at character " + (at + 1));
      }
      at += expected.length();
    }

    private IllegalArgumentException wrong(String why) {
      String shown = text.length() > 64 ? text.substring(0, 64) + "…" : text;
      return new IllegalArgumentException(
          "'" + shown + "' is no path into JSON: " + why + ". Expected for example $.meter.power.");
    }
  }
}
