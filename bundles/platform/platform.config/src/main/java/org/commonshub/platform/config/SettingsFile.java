package org.commonshub.platform.config;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The text of one settings file: a JSON object of simple values and lists of them, with {@code //}
 * and block comments. Knows where each member stands, so that an edit changes only what it must and
 * comments stay where they are.
 */
final class SettingsFile {
  /** Largest accepted file, in bytes. */
  static final int MAX_BYTES = 256 * 1024;

  private static final int MAX_MEMBERS = 1_000;
  private static final int MAX_ELEMENTS = 1_000;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(JsonReadFeature.ALLOW_JAVA_COMMENTS)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxDocumentLength(MAX_BYTES)
                  .maxNestingDepth(4)
                  .maxNumberLength(64)
                  .maxNameLength(256)
                  .maxStringLength(64 * 1024)
                  .build())
          .build();

  /**
   * One member of the object.
   *
   * @param key key without a type suffix
   * @param suffix type after the colon of a Configurator key ({@code port:Integer}), or empty
   * @param value String, Boolean, Long, BigDecimal, or a List of them
   * @param line line of the key, from 1; 0 when it does not come from a file
   */
  record Member(
      String key, String suffix, Object value, int line, int keyStart, int valueStart, int end) {
    Member(String key, Object value) {
      this(key, "", value, 0, 0, 0, 0);
    }
  }

  /** The text is not a settings file. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;
    final int line;

    Malformed(int line, String message) {
      super(message);
      this.line = line;
    }
  }

  private final String text;
  private final List<Member> members;
  private final int close;

  private SettingsFile(String text, List<Member> members, int close) {
    this.text = text;
    this.members = members;
    this.close = close;
  }

  /** Members in the order of the file. Keys that begin with a colon are the Configurator's own. */
  List<Member> members() {
    return members;
  }

  /** Keys and values in the order of the file. */
  Map<String, Object> values() {
    Map<String, Object> values = new LinkedHashMap<>();
    members.forEach(member -> values.put(member.key, member.value));
    return values;
  }

  /** Parses a file. */
  static SettingsFile parse(String text) throws Malformed {
    char[] chars = text.toCharArray();
    int bom = chars.length > 0 && chars[0] == '\uFEFF' ? 1 : 0;
    try (JsonParser parser = JSON.createParser(chars, bom, chars.length - bom)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new Malformed(1, "expected a JSON object, { \"key\": value }");
      }
      List<Member> members = new ArrayList<>();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        JsonLocation at = parser.currentTokenLocation();
        String name = parser.currentName();
        if (members.size() == MAX_MEMBERS) {
          throw new Malformed(at.getLineNr(), "more than " + MAX_MEMBERS + " keys");
        }
        parser.nextToken();
        int valueStart = (int) parser.currentTokenLocation().getCharOffset();
        Object value = value(parser, name);
        int colon = name.indexOf(':', 1);
        members.add(
            new Member(
                colon < 0 ? name : name.substring(0, colon),
                colon < 0 ? "" : name.substring(colon + 1),
                value,
                at.getLineNr(),
                (int) at.getCharOffset(),
                valueStart,
                (int) parser.currentLocation().getCharOffset()));
      }
      int close = (int) parser.currentTokenLocation().getCharOffset();
      if (parser.nextToken() != null) {
        throw new Malformed(
            parser.currentTokenLocation().getLineNr(), "something follows the closing brace");
      }
      Map<String, Integer> seen = new LinkedHashMap<>();
      for (Member member : members) {
        Integer before = seen.put(member.key, member.line);
        if (before != null) {
          throw new Malformed(
              member.line, quote(member.key) + " is there twice, first in line " + before);
        }
      }
      return new SettingsFile(text, List.copyOf(members), close);
    } catch (JsonProcessingException e) {
      int line = e.getLocation() == null ? 1 : Math.max(1, e.getLocation().getLineNr());
      throw new Malformed(line, e.getOriginalMessage());
    } catch (IOException e) {
      throw new Malformed(1, e.getMessage());
    }
  }

  private static Object value(JsonParser parser, String name) throws IOException, Malformed {
    JsonToken token = parser.currentToken();
    if (token != JsonToken.START_ARRAY) {
      return scalar(parser, name);
    }
    List<Object> values = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (values.size() == MAX_ELEMENTS) {
        throw new Malformed(
            parser.currentTokenLocation().getLineNr(),
            quote(name) + " has more than " + MAX_ELEMENTS + " elements");
      }
      values.add(scalar(parser, name));
    }
    return List.copyOf(values);
  }

  private static BigDecimal decimal(JsonParser parser, String name) throws IOException, Malformed {
    try {
      return new BigDecimal(parser.getText());
    } catch (NumberFormatException e) {
      throw new Malformed(
          parser.currentTokenLocation().getLineNr(),
          quote(name) + " is a number beyond all measure");
    }
  }

  private static Object scalar(JsonParser parser, String name) throws IOException, Malformed {
    return switch (parser.currentToken()) {
      case VALUE_STRING -> parser.getText();
      case VALUE_TRUE -> Boolean.TRUE;
      case VALUE_FALSE -> Boolean.FALSE;
      case VALUE_NUMBER_INT -> {
        BigDecimal number = decimal(parser, name);
        try {
          yield number.longValueExact();
        } catch (ArithmeticException e) {
          yield number;
        }
      }
      case VALUE_NUMBER_FLOAT -> decimal(parser, name);
      default ->
          throw new Malformed(
              parser.currentTokenLocation().getLineNr(),
              quote(name)
                  + " is "
                  + (parser.currentToken() == JsonToken.VALUE_NULL ? "null" : "nested")
                  + ", but expected a string, a number, true, false, or a list of them; to use the"
                  + " default, leave the key out");
    };
  }

  /** A new file's text. */
  static String render(Map<String, Object> values) {
    if (values.isEmpty()) {
      return "{\n}\n";
    }
    StringBuilder out = new StringBuilder("{");
    String separator = "\n  ";
    for (Map.Entry<String, Object> entry : values.entrySet()) {
      out.append(separator).append(quote(entry.getKey())).append(": ");
      json(out, entry.getValue());
      separator = ",\n  ";
    }
    return out.append("\n}\n").toString();
  }

  /**
   * The text with exactly these values. Members whose value stays are not touched, comments are
   * kept, new members come last. Keys of the Configurator (a leading colon) stay.
   */
  String edit(Map<String, Object> values) {
    String newline = text.contains("\r\n") ? "\r\n" : "\n";
    StringBuilder out = new StringBuilder(text);
    List<Member> kept =
        members.stream().filter(m -> m.key.startsWith(":") || values.containsKey(m.key)).toList();
    Map<String, Object> added = new LinkedHashMap<>(values);
    kept.forEach(member -> added.remove(member.key));
    Member last = kept.isEmpty() ? null : kept.get(kept.size() - 1);

    // From the end to the beginning, so that earlier offsets stay right.
    int limit = close;
    if (!added.isEmpty()) {
      limit = append(out, added, newline);
    }
    for (int i = members.size() - 1; i >= 0; i--) {
      Member member = members.get(i);
      boolean keep = kept.contains(member);
      int comma = i + 1 < members.size() ? skip(member.end) : -1;
      boolean commaStays = keep && (member != last || !added.isEmpty());
      if (comma >= 0 && keep && !commaStays) {
        out.deleteCharAt(comma);
      } else if (comma < 0 && commaStays) {
        out.insert(member.end, ',');
      }
      if (!keep) {
        remove(out, member, comma, limit);
      } else if (!member.key.startsWith(":") && !same(member.value, values.get(member.key))) {
        StringBuilder replacement = new StringBuilder();
        json(replacement, values.get(member.key));
        out.replace(member.valueStart, member.end, replacement.toString());
      }
    }
    return out.toString();
  }

  /** Adds members before the closing brace; returns where. */
  private int append(StringBuilder out, Map<String, Object> added, String newline) {
    String indent = "  ";
    if (!members.isEmpty()) {
      int start = members.get(0).keyStart;
      int lineStart = text.lastIndexOf('\n', start - 1) + 1;
      if (text.substring(lineStart, start).isBlank()) {
        indent = text.substring(lineStart, start);
      }
    }
    int at = close;
    while (Character.isWhitespace(text.charAt(at - 1))) {
      at--;
    }
    StringBuilder block = new StringBuilder();
    String separator = "";
    for (Map.Entry<String, Object> entry : added.entrySet()) {
      block.append(separator).append(newline).append(indent);
      block.append(quote(entry.getKey())).append(": ");
      json(block, entry.getValue());
      separator = ",";
    }
    if (text.indexOf('\n', at) < 0 || text.indexOf('\n', at) > close) {
      block.append(newline);
    }
    out.insert(at, block);
    return at;
  }

  /**
   * Takes a member away, and its line if nothing else stands there.
   *
   * @param limit text from here on was changed already
   */
  private void remove(StringBuilder out, Member member, int comma, int limit) {
    int start = member.keyStart;
    int end = member.end;
    if (comma == end) {
      end++;
    } else if (comma >= 0) {
      out.deleteCharAt(comma);
    }
    int lineStart = text.lastIndexOf('\n', start - 1) + 1;
    int lineEnd = end;
    while (lineEnd < close && (text.charAt(lineEnd) == ' ' || text.charAt(lineEnd) == '\t')) {
      lineEnd++;
    }
    if (text.startsWith("\r\n", lineEnd)) {
      lineEnd++;
    }
    boolean alone = text.substring(lineStart, start).isBlank() && text.charAt(lineEnd) == '\n';
    if (alone && lineEnd < limit) {
      out.delete(lineStart, lineEnd + 1);
    } else if (alone && lineStart > 0) { // its line break now belongs to what was added
      out.delete(lineStart - (text.startsWith("\r\n", lineStart - 2) ? 2 : 1), end);
    } else {
      out.delete(start, end);
    }
  }

  /** First position from {@code at} that is neither white space nor comment. */
  private int skip(int at) {
    int i = at;
    while (true) {
      char c = text.charAt(i);
      if (Character.isWhitespace(c)) {
        i++;
      } else if (text.startsWith("//", i)) {
        while (text.charAt(i) != '\n' && text.charAt(i) != '\r') {
          i++;
        }
      } else if (text.startsWith("/*", i)) {
        i = text.indexOf("*/", i + 2) + 2;
      } else {
        return i;
      }
    }
  }

  /** Whether two values mean the same in a file. */
  static boolean same(Object a, Object b) {
    if (a instanceof Collection<?> x && b instanceof Collection<?> y) {
      if (x.size() != y.size()) {
        return false;
      }
      var other = y.iterator();
      for (Object element : x) {
        if (!same(element, other.next())) {
          return false;
        }
      }
      return true;
    }
    if (a instanceof Number x && b instanceof Number y) {
      return decimal(x).compareTo(decimal(y)) == 0;
    }
    return a.equals(b);
  }

  static BigDecimal decimal(Number number) {
    return number instanceof BigDecimal decimal ? decimal : new BigDecimal(number.toString());
  }

  private static void json(StringBuilder out, Object value) {
    if (value instanceof Collection<?> values) {
      out.append('[');
      String separator = "";
      for (Object element : values) {
        out.append(separator);
        json(out, element);
        separator = ", ";
      }
      out.append(']');
    } else if (value instanceof String text) {
      out.append(quote(text));
    } else {
      out.append(value);
    }
  }

  /** A JSON string. */
  static String quote(String text) {
    return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
  }
}
