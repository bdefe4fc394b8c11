package org.commonshub.metering.mqtt;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Optional;
import org.commonshub.metering.mapping.api.JsonPath;
import org.commonshub.metering.mapping.api.JsonValue;

/**
 * The simple forms of Home Assistant's value templates: {@code {{ value }}}, {@code {{
 * value_json.a['b'][0] }}}, with the filters that only convert ({@code float}, {@code int}, {@code
 * round}, {@code default}, {@code is_defined}) and a multiplication or division by a number. A
 * default is not used: what is missing is missing. Templates are never executed.
 *
 * @param json whether the message is JSON
 * @param path where in it
 * @param factor to multiply by
 * @param divisor to divide by
 */
record HaTemplate(boolean json, JsonPath path, BigDecimal factor, BigDecimal divisor) {
  private static final int MAX_LENGTH = 512;
  private static final int MAX_OPERATIONS = 4;
  private static final int MAX_NESTING = 8;
  private static final List<String> FILTERS =
      List.of("float", "int", "round", "default", "is_defined", "string", "trim");

  /** A message's payload as it is. */
  static final HaTemplate PLAIN =
      new HaTemplate(false, JsonPath.parse("$"), BigDecimal.ONE, BigDecimal.ONE);

  /** Reads a template; empty if it is of another form. */
  static Optional<HaTemplate> parse(String text) {
    String plain = text.strip();
    if (plain.length() > MAX_LENGTH
        || !plain.startsWith("{{")
        || !plain.endsWith("}}")
        || plain.length() < 5) {
      return Optional.empty();
    }
    String inner = plain.substring(2, plain.length() - 2);
    if (inner.startsWith("-")) {
      inner = inner.substring(1);
    }
    if (inner.endsWith("-")) {
      inner = inner.substring(0, inner.length() - 1);
    }
    try {
      return Optional.of(new Reader(inner).template());
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** The number it finds in a message. */
  Optional<BigDecimal> number(JsonValue message) {
    return value(message)
        .number()
        .map(number -> number.multiply(factor))
        .map(
            number ->
                divisor.equals(BigDecimal.ONE)
                    ? number
                    : number.divide(divisor, MathContext.DECIMAL128));
  }

  /** The value it finds in a message. */
  JsonValue value(JsonValue message) {
    return path.in(message);
  }

  private static final class Reader {
    private final String text;
    private int at;
    private boolean json;
    private JsonPath path;
    private BigDecimal factor = BigDecimal.ONE;
    private BigDecimal divisor = BigDecimal.ONE;
    private int operations;

    Reader(String text) {
      this.text = text;
    }

    HaTemplate template() {
      expression(0);
      space();
      if (at < text.length()) {
        throw other();
      }
      return new HaTemplate(json, path, factor, divisor);
    }

    private static IllegalArgumentException other() {
      return new IllegalArgumentException("of another form");
    }

    private void space() {
      while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
        at++;
      }
    }

    private boolean take(char c) {
      space();
      if (at < text.length() && text.charAt(at) == c) {
        at++;
        return true;
      }
      return false;
    }

    private void expect(char c) {
      if (!take(c)) {
        throw other();
      }
    }

    private String word() {
      space();
      int from = at;
      while (at < text.length()
          && (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '_')) {
        at++;
      }
      if (from == at) {
        throw other();
      }
      return text.substring(from, at);
    }

    private void expression(int depth) {
      if (depth > MAX_NESTING) {
        throw other();
      }
      if (take('(')) {
        expression(depth + 1);
        expect(')');
      } else {
        reference();
      }
      while (true) {
        if (take('|')) {
          filter();
        } else if (take('*')) {
          factor = operated(factor, number());
        } else if (take('/')) {
          divisor = operated(divisor, number());
        } else {
          return;
        }
      }
    }

    private BigDecimal operated(BigDecimal before, BigDecimal number) {
      if (++operations > MAX_OPERATIONS || number.signum() == 0) {
        throw other();
      }
      return before.multiply(number);
    }

    private void filter() {
      if (!FILTERS.contains(word())) {
        throw other();
      }
      if (take('(')) {
        while (at < text.length() && text.charAt(at) != ')' && text.charAt(at) != '(') {
          at++;
        }
        expect(')');
      }
    }

    private BigDecimal number() {
      space();
      int from = at;
      while (at < text.length() && "0123456789.-".indexOf(text.charAt(at)) >= 0) {
        at++;
      }
      String digits = text.substring(from, at);
      if (!digits.matches("-?\\d{1,12}(\\.\\d{1,12})?")) {
        throw other();
      }
      return new BigDecimal(digits);
    }

    private void reference() {
      String root = word();
      json = root.equals("value_json");
      if (!json && !root.equals("value")) {
        throw other();
      }
      StringBuilder steps = new StringBuilder("$");
      while (json) {
        if (take('.')) {
          String name = word();
          if (name.equals("get") && take('(')) {
            name = quoted();
            expect(')');
          }
          steps.append("['").append(name).append("']");
        } else if (take('[')) {
          space();
          if (at < text.length() && Character.isDigit(text.charAt(at))) {
            steps.append('[').append(word()).append(']');
          } else {
            steps.append("['").append(quoted()).append("']");
          }
          expect(']');
        } else {
          break;
        }
      }
      path = JsonPath.parse(steps.toString());
    }

    private String quoted() {
      space();
      if (at == text.length() || text.charAt(at) != '\'' && text.charAt(at) != '"') {
        throw other();
      }
      char quote = text.charAt(at++);
      int end = text.indexOf(quote, at);
      if (end < 0 || text.substring(at, end).indexOf('\'') >= 0) {
        throw other();
      }
      String name = text.substring(at, end);
      at = end + 1;
      return name;
    }
  }
}
