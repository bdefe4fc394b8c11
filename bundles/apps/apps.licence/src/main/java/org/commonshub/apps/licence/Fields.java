package org.commonshub.apps.licence;

import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.commonshub.identity.api.Json;

/** The members of an object; every one has to be taken. */
final class Fields {
  static final Pattern WORD = Pattern.compile("[a-z][a-z0-9-]{0,47}");
  static final int MOST = 16;

  /** No instant outside is believed: a slip, or a way to push the clock out of the world. */
  static final Instant FIRST = Instant.parse("2020-01-01T00:00:00Z");

  static final Instant LAST = Instant.parse("2100-01-01T00:00:00Z");

  private final String what;
  private final Map<String, Object> fields;

  private Fields(String what, Map<String, Object> fields) {
    this.what = what;
    this.fields = fields;
  }

  static Fields of(String what, byte[] json) throws LicenceException {
    try {
      return new Fields(what, Json.object(json));
    } catch (IOException e) {
      throw new LicenceException(what + " is not JSON: " + e.getMessage(), e);
    }
  }

  LicenceException wrong(String name, String form) {
    return new LicenceException(what + " is damaged: " + name + " is not " + form);
  }

  private Object take(String name) throws LicenceException {
    Object value = fields.remove(name);
    if (value == null) {
      throw new LicenceException(what + " lacks " + name);
    }
    return value;
  }

  boolean has(String name) {
    return fields.containsKey(name);
  }

  void end() throws LicenceException {
    if (!fields.isEmpty()) {
      throw new LicenceException(
          what + " has a member that is not known here: " + fields.keySet().iterator().next());
    }
  }

  String text(String name, int max) throws LicenceException {
    if (take(name) instanceof String text && !text.isEmpty() && text.length() <= max) {
      return text;
    }
    throw wrong(name, "a text of 1 to " + max + " characters");
  }

  long integer(String name, long min, long max) throws LicenceException {
    if (take(name) instanceof Long value && value >= min && value <= max) {
      return value;
    }
    throw wrong(name, "a whole number from " + min + " to " + max);
  }

  boolean flag(String name) throws LicenceException {
    if (take(name) instanceof Boolean value) {
      return value;
    }
    throw wrong(name, "true or false");
  }

  /** A whole second in the one form of it. */
  Instant instant(String name) throws LicenceException {
    String text = text(name, 20);
    try {
      Instant instant = Instant.parse(text);
      if (instant.toString().equals(text) && plausible(instant)) {
        return instant;
      }
    } catch (DateTimeException e) {
      throw new LicenceException(what + " is damaged: " + name + " is not an instant", e);
    }
    throw wrong(name, "a second between 2020 and 2100, such as 2026-01-31T00:00:00Z");
  }

  static boolean plausible(Instant instant) {
    return instant.getNano() == 0 && !instant.isBefore(FIRST) && instant.isBefore(LAST);
  }

  List<?> list(String name, int max) throws LicenceException {
    if (take(name) instanceof List<?> list && list.size() <= max) {
      return list;
    }
    throw wrong(name, "an array of at most " + max);
  }

  List<String> texts(String name, int max) throws LicenceException {
    List<String> texts = new ArrayList<>();
    for (Object element : list(name, max)) {
      if (!(element instanceof String text) || texts.contains(text)) {
        throw wrong(name, "an array of different texts");
      }
      texts.add(text);
    }
    return texts;
  }

  Fields object(String name) throws LicenceException {
    return object(name, take(name));
  }

  Fields object(String name, Object value) throws LicenceException {
    if (!(value instanceof Map<?, ?> map)) {
      throw wrong(name, "an object");
    }
    Map<String, Object> members = new TreeMap<>();
    map.forEach((key, member) -> members.put((String) key, member));
    return new Fields(what, members);
  }

  /** The names that are left. */
  List<String> names() {
    return List.copyOf(fields.keySet());
  }

  /** An object of whole numbers. */
  Map<String, Long> numbers(String name, long max) throws LicenceException {
    Fields object = object(name);
    Map<String, Long> numbers = new TreeMap<>();
    for (String member : object.names()) {
      numbers.put(member, object.integer(member, 0, max));
    }
    return numbers;
  }

  Optional<Instant> optionalInstant(String name) throws LicenceException {
    return has(name) ? Optional.of(instant(name)) : Optional.empty();
  }
}
