package org.commonshub.metering.web;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a request asks for (RFC 9112 §3.2, RFC 3986).
 *
 * @param path decoded and normalised
 * @param query decoded parameters, the first of each name
 */
record Target(String path, Map<String, String> query) {
  private static final int PARAMETERS = 64;

  /** Parses the target of a request in origin or absolute form. */
  static Target parse(String text) throws HttpException {
    String target = text;
    String lower = text.toLowerCase(Locale.ROOT);
    if (lower.startsWith("http://") || lower.startsWith("https://")) {
      int slash = text.indexOf('/', text.indexOf("//") + 2);
      target = slash < 0 ? "/" : text.substring(slash);
    }
    if (!target.startsWith("/")) {
      throw bad();
    }
    int hash = target.indexOf('#');
    if (hash >= 0) {
      target = target.substring(0, hash);
    }
    int question = target.indexOf('?');
    return new Target(
        path(question < 0 ? target : target.substring(0, question)),
        question < 0 ? Map.of() : query(target.substring(question + 1)));
  }

  private static HttpException bad() {
    return new HttpException(400, "its path cannot be understood");
  }

  private static String path(String raw) throws HttpException {
    List<String> segments = new ArrayList<>();
    String[] parts = raw.substring(1).split("/", -1);
    for (int i = 0; i < parts.length; i++) {
      String segment = decode(parts[i], false);
      // A slash or a dot that came in disguise would be read differently behind the door.
      if (segment.indexOf('/') >= 0 || segment.indexOf('\0') >= 0) {
        throw bad();
      }
      boolean last = i == parts.length - 1;
      switch (segment) {
        case "." -> {
          if (last) {
            segments.add("");
          }
        }
        case ".." -> {
          if (!segments.isEmpty()) {
            segments.remove(segments.size() - 1);
          }
          if (last) {
            segments.add("");
          }
        }
        case "" -> {
          if (last) {
            segments.add("");
          }
        }
        default -> segments.add(segment);
      }
    }
    return "/" + String.join("/", segments);
  }

  private static Map<String, String> query(String raw) throws HttpException {
    Map<String, String> query = new LinkedHashMap<>();
    String[] pairs = raw.split("&", PARAMETERS + 1);
    if (pairs.length > PARAMETERS) {
      throw new HttpException(400, "it has more than " + PARAMETERS + " parameters");
    }
    for (String pair : pairs) {
      if (!pair.isEmpty()) {
        int equals = pair.indexOf('=');
        query.putIfAbsent(
            decode(equals < 0 ? pair : pair.substring(0, equals), true),
            equals < 0 ? "" : decode(pair.substring(equals + 1), true));
      }
    }
    return query;
  }

  /** Percent decoding into strict UTF-8. */
  private static String decode(String text, boolean form) throws HttpException {
    ByteBuffer bytes = ByteBuffer.allocate(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '%') {
        boolean whole = i + 2 < text.length();
        int high = whole ? digit(text.charAt(i + 1)) : -1;
        int low = whole ? digit(text.charAt(i + 2)) : -1;
        if (high < 0 || low < 0) {
          throw bad();
        }
        bytes.put((byte) (high << 4 | low));
        i += 2;
      } else {
        bytes.put((byte) (form && c == '+' ? ' ' : c));
      }
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
    } catch (CharacterCodingException e) {
      throw bad();
    }
  }

  private static int digit(char c) {
    return c < 0x80 ? Character.digit(c, 16) : -1;
  }
}
