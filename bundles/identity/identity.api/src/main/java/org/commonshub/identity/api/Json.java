package org.commonshub.identity.api;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * As much JSON (RFC 8259) as signed documents need, without a library, so that a verifier needs the
 * JDK alone: objects without repeated names, arrays, texts, integers up to 2⁵³−1, {@code true},
 * {@code false} and {@code null}. {@link #canonical} writes it as JCS (RFC 8785).
 */
public final class Json {
  private static final int MAX_DEPTH = 16;
  private static final long MAX_INTEGER = (1L << 53) - 1;
  private static final String ESCAPES = "\"\\/bfnrt";
  private static final String ESCAPED = "\"\\/\b\f\n\r\t";

  private final String text;
  private int at;

  private Json(String text) {
    this.text = text;
  }

  /**
   * Reads one object that fills {@code bytes}: names in the order of JCS, mutable. Bound the length
   * before.
   *
   * @throws IOException naming the character that is wrong
   */
  public static Map<String, Object> object(byte[] bytes) throws IOException {
    String text;
    try {
      text =
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT)
              .decode(ByteBuffer.wrap(bytes))
              .toString();
    } catch (CharacterCodingException e) {
      throw new IOException("not UTF-8");
    }
    Json json = new Json(text);
    Object value = json.value(0);
    if (json.at != text.length()) {
      throw json.wrong("something follows the object");
    }
    return map(value, "the line");
  }

  /** A value as an object. */
  @SuppressWarnings("unchecked")
  static Map<String, Object> map(Object value, String name) throws IOException {
    if (!(value instanceof Map)) {
      throw new IOException(name + " is not an object");
    }
    return (Map<String, Object>) value;
  }

  /** A value as a list. */
  static List<?> list(Object value, String name) throws IOException {
    if (!(value instanceof List<?> list)) {
      throw new IOException(name + " is not an array");
    }
    return list;
  }

  /** A value as a text. */
  static String string(Object value, String name) throws IOException {
    if (!(value instanceof String string)) {
      throw new IOException(name + " is not a text");
    }
    return string;
  }

  /** The one form of a value (RFC 8785): maps must be sorted, as {@link #object} makes them. */
  public static String canonical(Object value) {
    StringBuilder out = new StringBuilder(1024);
    write(out, value);
    return out.toString();
  }

  private static void write(StringBuilder out, Object value) {
    if (value instanceof Map<?, ?> map) {
      char before = '{';
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        write(out.append(before), entry.getKey());
        write(out.append(':'), entry.getValue());
        before = ',';
      }
      out.append(map.isEmpty() ? "{}" : "}");
    } else if (value instanceof List<?> list) {
      char before = '[';
      for (Object element : list) {
        write(out.append(before), element);
        before = ',';
      }
      out.append(list.isEmpty() ? "[]" : "]");
    } else if (value instanceof String string) {
      out.append('"');
      string.chars().forEach(c -> write(out, (char) c));
      out.append('"');
    } else {
      out.append(value);
    }
  }

  private static void write(StringBuilder out, char c) {
    int escape = c == '/' ? -1 : ESCAPED.indexOf(c);
    if (escape >= 0) {
      out.append('\\').append(ESCAPES.charAt(escape));
    } else if (c < ' ') {
      out.append(String.format("\\u%04x", (int) c));
    } else {
      out.append(c);
    }
  }

  private IOException wrong(String what) {
    return new IOException(what + " (character " + (at + 1) + ")");
  }

  private char peek() throws IOException {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
    if (at == text.length()) {
      throw wrong("cut short");
    }
    return text.charAt(at);
  }

  private boolean skip(char c) throws IOException {
    boolean there = peek() == c;
    at += there ? 1 : 0;
    return there;
  }

  private void expect(char c) throws IOException {
    if (!skip(c)) {
      throw wrong("expected " + c);
    }
  }

  private Object value(int depth) throws IOException {
    if (depth > MAX_DEPTH) {
      throw wrong("nested too deep");
    }
    char first = peek();
    if (first == '{') {
      return members(depth);
    }
    if (first == '[') {
      return elements(depth);
    }
    if (first == '"') {
      return string();
    }
    if (first == '-' || first >= '0' && first <= '9') {
      return number();
    }
    for (String word : List.of("true", "false", "null")) {
      if (text.startsWith(word, at)) {
        at += word.length();
        return first == 'n' ? null : (Object) (first == 't');
      }
    }
    throw wrong("not JSON");
  }

  private Map<String, Object> members(int depth) throws IOException {
    Map<String, Object> map = new TreeMap<>();
    expect('{');
    if (skip('}')) {
      return map;
    }
    do {
      if (peek() != '"') {
        throw wrong("expected a name");
      }
      String name = string();
      expect(':');
      Object value = value(depth + 1);
      if (map.containsKey(name)) {
        throw wrong("a name stands twice");
      }
      map.put(name, value);
    } while (skip(','));
    expect('}');
    return map;
  }

  private List<Object> elements(int depth) throws IOException {
    List<Object> list = new ArrayList<>();
    expect('[');
    if (skip(']')) {
      return list;
    }
    do {
      list.add(value(depth + 1));
    } while (skip(','));
    expect(']');
    return list;
  }

  private Long number() throws IOException {
    int start = at;
    at += text.charAt(at) == '-' ? 1 : 0;
    int digits = at;
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
    boolean leadingZero = at - digits > 1 && text.charAt(digits) == '0';
    boolean fraction = at < text.length() && ".eE".indexOf(text.charAt(at)) >= 0;
    if (digits == at || at - digits > 16 || leadingZero || fraction) {
      throw wrong("only integers up to 2^53 are read");
    }
    String number = text.substring(start, at);
    if (number.equals("-0") || Math.abs(Long.parseLong(number)) > MAX_INTEGER) {
      throw wrong("only integers up to 2^53 are read");
    }
    return Long.valueOf(number);
  }

  private String string() throws IOException {
    StringBuilder out = new StringBuilder();
    at++;
    while (at < text.length() && text.charAt(at) != '"') {
      char c = text.charAt(at++);
      if (c < ' ') {
        throw wrong("a control character in a text");
      }
      out.append(c == '\\' ? escape() : c);
    }
    if (at == text.length()) {
      throw wrong("cut short");
    }
    at++;
    String string = out.toString();
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(string)) {
      throw wrong("half of a surrogate pair");
    }
    return string;
  }

  private char escape() throws IOException {
    if (at == text.length()) {
      throw wrong("cut short");
    }
    char c = text.charAt(at++);
    int simple = ESCAPES.indexOf(c);
    if (simple >= 0) {
      return ESCAPED.charAt(simple);
    }
    if (c != 'u' || at + 4 > text.length()) {
      throw wrong("not an escape");
    }
    int code = 0;
    for (int i = 0; i < 4; i++) {
      int digit = Character.digit(text.charAt(at++), 16);
      if (digit < 0 || text.charAt(at - 1) > 'f') {
        throw wrong("not an escape");
      }
      code = code << 4 | digit;
    }
    return (char) code;
  }
}
