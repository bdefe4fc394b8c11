package org.commonshub.apps.catalogue;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads the fields of one object of a document; what is wrong is named by its path. */
final class Fields {
  static final Pattern HEX = Pattern.compile("([0-9a-f]{2})+");
  private static final Pattern INSTANT =
      Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z");

  private final String path;
  private final Map<?, ?> fields;

  Fields(String path, Map<?, ?> fields) {
    this.path = path;
    this.fields = fields;
  }

  MetadataException wrong(String name, String what) {
    return new MetadataException(path + "." + name + ": " + what);
  }

  boolean has(String name) {
    return fields.get(name) != null;
  }

  /** Names of an object that maps; at most {@code max}. */
  Set<String> names(int max) throws MetadataException {
    if (fields.size() > max) {
      throw new MetadataException(path + ": more than " + max + " names");
    }
    @SuppressWarnings("unchecked") // names of JSON are texts
    Set<String> names = (Set<String>) fields.keySet();
    return names;
  }

  Fields object(String name) throws MetadataException {
    return object(name, fields.get(name));
  }

  private Fields object(String name, Object value) throws MetadataException {
    if (!(value instanceof Map<?, ?> map)) {
      throw wrong(name, "is not an object");
    }
    return new Fields(path + "." + name, map);
  }

  /** An object, or none. */
  Optional<Fields> maybe(String name) throws MetadataException {
    return has(name) ? Optional.of(object(name)) : Optional.empty();
  }

  List<Fields> objects(String name, int max) throws MetadataException {
    List<?> list = list(name, max);
    Fields[] objects = new Fields[list.size()];
    for (int i = 0; i < objects.length; i++) {
      objects[i] = object(name + "[" + i + "]", list.get(i));
    }
    return List.of(objects);
  }

  List<String> texts(String name, int max, int length) throws MetadataException {
    List<?> list = list(name, max);
    String[] texts = new String[list.size()];
    for (int i = 0; i < texts.length; i++) {
      texts[i] = text(name + "[" + i + "]", list.get(i), length);
    }
    return List.of(texts);
  }

  private List<?> list(String name, int max) throws MetadataException {
    if (!(fields.get(name) instanceof List<?> list) || list.size() > max) {
      throw wrong(name, "is not an array of at most " + max);
    }
    return list;
  }

  String text(String name, int max) throws MetadataException {
    return text(name, fields.get(name), max);
  }

  private String text(String name, Object value, int max) throws MetadataException {
    if (!(value instanceof String text)
        || text.isEmpty()
        || text.length() > max
        || text.chars().anyMatch(Character::isISOControl)) {
      throw wrong(name, "is not a text of 1 to " + max + " characters in one line");
    }
    return text;
  }

  /** Lower-case hex of exactly that many bytes. */
  String hex(String name, int bytes) throws MetadataException {
    String text = text(name, 2 * bytes);
    if (text.length() != 2 * bytes || !HEX.matcher(text).matches()) {
      throw wrong(name, "is not the hex of " + bytes + " bytes");
    }
    return text;
  }

  long integer(String name, long min, long max) throws MetadataException {
    if (!(fields.get(name) instanceof Long value) || value < min || value > max) {
      throw wrong(name, "is not a whole number from " + min + " to " + max);
    }
    return value;
  }

  boolean truth(String name) throws MetadataException {
    if (!(fields.get(name) instanceof Boolean truth)) {
      throw wrong(name, "is neither true nor false");
    }
    return truth;
  }

  Instant instant(String name) throws MetadataException {
    String text = text(name, 20);
    try {
      if (INSTANT.matcher(text).matches()) {
        return Instant.parse(text);
      }
    } catch (DateTimeException e) {
      throw new MetadataException(path + "." + name + ": is no instant", e);
    }
    throw wrong(name, "is not an instant like 2026-01-31T00:00:00Z");
  }

  /** The object itself. */
  Map<?, ?> map() {
    return fields;
  }
}
