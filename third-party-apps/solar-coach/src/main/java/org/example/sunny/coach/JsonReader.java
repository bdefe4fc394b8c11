package org.example.sunny.coach;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a JSON text (RFC 8259) of a stranger: at most {@link #MAX_CHARS} long, {@link #MAX_VALUES}
 * values, {@link #MAX_DEPTH} deep; a name that is there twice is refused. Objects become maps,
 * arrays lists, numbers {@code Double}, {@code null} {@link #NULL}.
 */
final class JsonReader {
  static final int MAX_CHARS = 256 * 1024;
  static final int MAX_VALUES = 20_000;
  static final int MAX_DEPTH = 8;

  /** What {@code null} becomes. */
  static final Object NULL = new Object();

  private static final int MAX_NUMBER = 32;

  private final String text;
  private int at;
  private int values;

  private JsonReader(String text) {
    this.text = text;
  }

  /**
   * Reads.
   *
   * @throws IllegalArgumentException saying what is wrong and where
   */
  static Object read(String text) {
    if (text.length() > MAX_CHARS) {
      throw new IllegalArgumentException("the answer is too long");
    }
    JsonReader reader = new JsonReader(text);
    Object value = reader.value(0);
    reader.space();
    if (reader.at < text.length()) {
      throw reader.wrong();
    }
    return value;
  }

  private IllegalArgumentException wrong() {
    return new IllegalArgumentException("the answer is no JSON at character " + at);
  }

  private void space() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private char peek() {
    space();
    if (at >= text.length()) {
      throw wrong();
    }
    return text.charAt(at);
  }

  private boolean take(char c) {
    if (peek() == c) {
      at++;
      return true;
    }
    return false;
  }

  private Object value(int depth) {
    if (depth > MAX_DEPTH || ++values > MAX_VALUES) {
      throw new IllegalArgumentException("the answer has too many values");
    }
    return switch (peek()) {
      case '{' -> object(depth);
      case '[' -> array(depth);
      case '"' -> string();
      case 't' -> word("true", Boolean.TRUE);
      case 'f' -> word("false", Boolean.FALSE);
      case 'n' -> word("null", NULL);
      default -> number();
    };
  }

  private Object word(String word, Object value) {
    if (!text.startsWith(word, at)) {
      throw wrong();
    }
    at += word.length();
    return value;
  }

  private Map<String, Object> object(int depth) {
    Map<String, Object> object = new LinkedHashMap<>();
    at++;
    if (take('}')) {
      return object;
    }
    do {
      if (peek() != '"') {
        throw wrong();
      }
      String name = string();
      if (!take(':') || object.put(name, value(depth + 1)) != null) {
        throw wrong();
      }
    } while (take(','));
    if (!take('}')) {
      throw wrong();
    }
    return object;
  }

  private List<Object> array(int depth) {
    List<Object> array = new ArrayList<>();
    at++;
    if (take(']')) {
      return array;
    }
    do {
      array.add(value(depth + 1));
    } while (take(','));
    if (!take(']')) {
      throw wrong();
    }
    return array;
  }

  private String string() {
    StringBuilder string = new StringBuilder();
    for (at++; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c == '"') {
        at++;
        return string.toString();
      }
      if (c < ' ') {
        throw wrong();
      }
      string.append(c == '\\' ? escaped() : c);
    }
    throw wrong();
  }

  private char escaped() {
    if (++at >= text.length()) {
      throw wrong();
    }
    return switch (text.charAt(at)) {
      case '"' -> '"';
      case '\\' -> '\\';
      case '/' -> '/';
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> hex();
      default -> throw wrong();
    };
  }

  private char hex() {
    int code = 0;
    for (int i = 0; i < 4; i++) {
      int digit = ++at < text.length() ? "0123456789abcdef".indexOf(lower(text.charAt(at))) : -1;
      if (digit < 0) {
        throw wrong();
      }
      code = code * 16 + digit;
    }
    return (char) code;
  }

  private static char lower(char c) {
    return c >= 'A' && c <= 'F' ? (char) (c + 'a' - 'A') : c;
  }

  private Double number() {
    int begin = at;
    skip('-');
    int whole = digits();
    if (whole == 0 || whole > 1 && text.charAt(at - whole) == '0') {
      throw wrong();
    }
    if (skip('.') && digits() == 0) {
      throw wrong();
    }
    if (skip('e') || skip('E')) {
      if (!skip('+')) {
        skip('-');
      }
      if (digits() == 0) {
        throw wrong();
      }
    }
    double value =
        at - begin > MAX_NUMBER ? Double.NaN : Double.parseDouble(text.substring(begin, at));
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      throw wrong();
    }
    return value;
  }

  private boolean skip(char c) {
    if (at < text.length() && text.charAt(at) == c) {
      at++;
      return true;
    }
    return false;
  }

  private int digits() {
    int begin = at;
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
    return at - begin;
  }
}
