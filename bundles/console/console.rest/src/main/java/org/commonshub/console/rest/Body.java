package org.commonshub.console.rest;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The fields of a request object. Every field read is ticked off; {@link #done} refuses what is
 * left over, by name, so that a mistyped field never passes silently.
 */
final class Body {
  private final Map<String, Object> values;
  private final Set<String> seen = new HashSet<>();

  private Body(Map<String, Object> values) {
    this.values = values;
  }

  @SuppressWarnings("unchecked")
  static Body of(Object parsed) {
    if (!(parsed instanceof Map)) {
      throw new Problem(400, "The request body must be a JSON object.");
    }
    return new Body((Map<String, Object>) parsed);
  }

  private Object take(String name) {
    seen.add(name);
    return values.get(name);
  }

  private static Problem expected(String name, String what) {
    return Problem.invalid(name, "The field '" + name + "' must be " + what + ".");
  }

  /** A string of 1 to {@code max} characters. */
  String string(String name, int max) {
    return optionalString(name, max)
        .filter(s -> !s.isEmpty())
        .orElseThrow(() -> expected(name, "a string of 1 to " + max + " characters"));
  }

  Optional<String> optionalString(String name, int max) {
    Object value = take(name);
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof String s && s.length() <= max) {
      return Optional.of(s);
    }
    throw expected(name, "a string of at most " + max + " characters");
  }

  boolean bool(String name, Optional<Boolean> otherwise) {
    Object value = take(name);
    if (value instanceof Boolean flag) {
      return flag;
    }
    if (value == null && otherwise.isPresent()) {
      return otherwise.get();
    }
    throw expected(name, "true or false");
  }

  long integer(String name, long min, long max, Optional<Long> otherwise) {
    Object value = take(name);
    if (value instanceof Long number && number >= min && number <= max) {
      return number;
    }
    if (value == null && otherwise.isPresent()) {
      return otherwise.get();
    }
    throw expected(name, "an integer from " + min + " to " + max);
  }

  /** A number, exactly as written if it is a string of digits. */
  BigDecimal decimal(String name) {
    Object value = take(name);
    try {
      if (value instanceof Long || value instanceof Double) {
        return new BigDecimal(value.toString());
      }
      if (value instanceof String s && s.length() <= 40) {
        return new BigDecimal(s);
      }
    } catch (NumberFormatException e) {
      // below
    }
    throw expected(name, "a number");
  }

  /** One of an enum's names. */
  <E extends Enum<E>> E choice(String name, Class<E> type) {
    Object value = take(name);
    for (E constant : type.getEnumConstants()) {
      if (constant.name().equals(value)) {
        return constant;
      }
    }
    throw expected(name, "one of " + List.of(type.getEnumConstants()));
  }

  /** A list of strings. */
  List<String> strings(String name, int max) {
    if (!(take(name) instanceof List<?> list) || list.size() > max) {
      throw expected(name, "a list of at most " + max + " strings");
    }
    List<String> strings = new ArrayList<>();
    for (Object item : list) {
      if (!(item instanceof String s)) {
        throw expected(name, "a list of strings");
      }
      strings.add(s);
    }
    return strings;
  }

  /** An object of strings; empty when absent. */
  Map<String, String> stringMap(String name, int max) {
    Map<String, String> strings = new LinkedHashMap<>();
    object(name, max)
        .forEach(
            (key, value) -> {
              if (value instanceof String || value instanceof Long || value instanceof Boolean) {
                strings.put(key, value.toString());
              } else {
                throw expected(name + "." + key, "a string");
              }
            });
    return strings;
  }

  /** Any object; empty when absent. */
  @SuppressWarnings("unchecked")
  Map<String, Object> object(String name, int max) {
    Object value = take(name);
    if (value == null) {
      return Map.of();
    }
    if (value instanceof Map<?, ?> map && map.size() <= max) {
      return (Map<String, Object>) map;
    }
    throw expected(name, "an object of at most " + max + " fields");
  }

  /** Refuses fields that nobody asked for. */
  Body done() {
    for (String name : values.keySet()) {
      if (!seen.contains(name)) {
        throw Problem.invalid(
            name,
            "The field '"
                + name
                + "' is not known here; known fields: "
                + seen.stream().sorted().toList()
                + ".");
      }
    }
    return this;
  }
}
