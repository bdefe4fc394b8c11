package org.commonshub.metering.web;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Start line and fields of an HTTP/1.1 message (RFC 9112 §2 to §5).
 *
 * @param line start line
 * @param fields fields in the order received, names in lower case
 */
record Head(String line, List<Field> fields) {
  /** A header field. */
  record Field(String name, String value) {}

  /** The first value of a field; null if there is none. */
  String first(String name) {
    for (Field field : fields) {
      if (field.name.equals(name)) {
        return field.value;
      }
    }
    return null;
  }

  /** All values of a field. */
  List<String> all(String name) {
    List<String> values = new ArrayList<>(1);
    for (Field field : fields) {
      if (field.name.equals(name)) {
        values.add(field.value);
      }
    }
    return values;
  }

  /** Whether a field that is a list of tokens has one, whatever its case. */
  boolean hasToken(String name, String token) {
    for (String value : all(name)) {
      for (String one : value.split(",", -1)) {
        if (one.strip().equalsIgnoreCase(token)) {
          return true;
        }
      }
    }
    return false;
  }

  /** The first value of each field. */
  Map<String, String> firsts() {
    Map<String, String> map = new LinkedHashMap<>();
    fields.forEach(field -> map.putIfAbsent(field.name, field.value));
    return map;
  }

  /** The values of each field, joined as RFC 9110 §5.3 permits. */
  Map<String, String> joined() {
    Map<String, String> map = new LinkedHashMap<>();
    fields.forEach(field -> map.merge(field.name, field.value, (a, b) -> a + ", " + b));
    return map;
  }

  /**
   * What a head may have.
   *
   * @param line bytes of the start line
   * @param fields bytes of all fields
   * @param count number of fields
   */
  record Limits(int line, int fields, int count) {
    /** Of a request to the hub. */
    static final Limits REQUEST = new Limits(4 * 1024, 8 * 1024, 64);

    /** Of a device's answer. */
    static final Limits ANSWER = new Limits(4 * 1024, 16 * 1024, 128);
  }

  /** Collects bytes until a head is complete. */
  static final class Reader {
    private final Limits limits;
    private final Bytes bytes;
    private int lineStart;
    private int fieldsStart = -1;

    Reader(Limits limits, Budget budget) {
      this.limits = limits;
      this.bytes = new Bytes(budget);
    }

    /** Whether something of a head has come. */
    boolean begun() {
      return bytes.length() > 0;
    }

    /** Lets go of what came. */
    void clear() {
      bytes.clear();
      lineStart = 0;
      fieldsStart = -1;
    }

    /**
     * Takes bytes up to the end of the head.
     *
     * @return the head; null if more is needed
     */
    Head take(ByteBuffer from) throws HttpException {
      while (from.hasRemaining()) {
        byte one = from.get();
        if (one != '\n') {
          bytes.add(one, limits.line + limits.fields);
          limit();
          continue;
        }
        int end = bytes.length();
        if (end > lineStart && bytes.array()[end - 1] == '\r') {
          end--;
        }
        boolean empty = end == lineStart;
        bytes.add(one, limits.line + limits.fields);
        if (empty && fieldsStart < 0) {
          // RFC 9112 §2.2: empty lines before a request are passed over.
          if (bytes.length() > 8) {
            throw new HttpException(400, "it begins with empty lines");
          }
          lineStart = bytes.length();
        } else if (empty) {
          Head head = parse(bytes.array(), bytes.length(), limits.count);
          clear();
          return head;
        } else {
          lineStart = bytes.length();
          if (fieldsStart < 0) {
            fieldsStart = lineStart;
          }
          limit();
        }
      }
      return null;
    }

    private void limit() throws HttpException {
      if (fieldsStart < 0 && bytes.length() > limits.line + 2) {
        throw new HttpException(414, "its first line is longer than " + limits.line + " bytes");
      }
      if (fieldsStart >= 0 && bytes.length() - fieldsStart > limits.fields) {
        throw new HttpException(431, "its headers are longer than " + limits.fields + " bytes");
      }
    }
  }

  private static Head parse(byte[] bytes, int length, int count) throws HttpException {
    String line = null;
    List<Field> fields = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < length; i++) {
      if (bytes[i] != '\n') {
        continue;
      }
      int end = i > start && bytes[i - 1] == '\r' ? i - 1 : i;
      if (end > start) {
        if (line == null) {
          line = text(bytes, start, end);
        } else {
          if (fields.size() == count) {
            throw new HttpException(431, "it has more than " + count + " headers");
          }
          fields.add(field(bytes, start, end));
        }
      }
      start = i + 1;
    }
    return new Head(line, fields);
  }

  private static Field field(byte[] bytes, int start, int end) throws HttpException {
    int colon = start;
    while (colon < end && bytes[colon] != ':') {
      if (!token(bytes[colon])) {
        // Also the space of a folded line, which RFC 9112 §5.2 bids us refuse.
        throw new HttpException(400, "it has a malformed header");
      }
      colon++;
    }
    if (colon == start || colon == end) {
      throw new HttpException(400, "it has a malformed header");
    }
    return new Field(
        text(bytes, start, colon).toLowerCase(Locale.ROOT), text(bytes, colon + 1, end).strip());
  }

  private static String text(byte[] bytes, int start, int end) throws HttpException {
    for (int i = start; i < end; i++) {
      if ((bytes[i] >= 0 && bytes[i] < ' ' && bytes[i] != '\t') || bytes[i] == 0x7f) {
        throw new HttpException(400, "it has a control character in its head");
      }
    }
    return new String(bytes, start, end - start, StandardCharsets.ISO_8859_1);
  }

  /** Whether a character may stand in a token (RFC 9110 §5.6.2). */
  static boolean token(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || (c > ' ' && "!#$%&'*+-.^_`|~".indexOf(c) >= 0);
  }

  /** Whether a text is a token. */
  static boolean token(String text) {
    return !text.isEmpty() && text.chars().allMatch(Head::token);
  }

  /** Whether a text may be the value of a field. */
  static boolean value(String text) {
    return text.chars().allMatch(c -> c == '\t' || (c >= ' ' && c < 0x7f) || (c > 0x9f && c < 256));
  }
}
