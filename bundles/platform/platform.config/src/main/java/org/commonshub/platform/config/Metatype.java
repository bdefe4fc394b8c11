package org.commonshub.platform.config;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.commonshub.platform.api.Settings.Option;
import org.commonshub.platform.api.Settings.Type;

/**
 * What a bundle declares about one PID: an object class definition and its attributes (OSGi
 * Compendium 8, chapter 105).
 *
 * @param pid PID, or factory PID
 * @param factory whether it is a factory
 * @param name label
 * @param description sentence
 * @param attributes attributes in the order declared, by id
 */
record Metatype(
    String pid,
    boolean factory,
    String name,
    String description,
    Map<String, Attribute> attributes) {

  /** Attribute types of the specification that a value of a JSON file can have. */
  enum Kind {
    STRING(Type.STRING),
    PASSWORD(Type.SECRET),
    CHARACTER(Type.STRING),
    BOOLEAN(Type.BOOLEAN),
    LONG(Type.INTEGER),
    INTEGER(Type.INTEGER),
    SHORT(Type.INTEGER),
    BYTE(Type.INTEGER),
    DOUBLE(Type.DECIMAL),
    FLOAT(Type.DECIMAL);

    final Type type;

    Kind(Type type) {
      this.type = type;
    }

    /** Kind named in a descriptor; unknown ones are strings. */
    static Kind of(String name) {
      if ("Char".equalsIgnoreCase(name)) {
        return CHARACTER;
      }
      try {
        return valueOf(name.toUpperCase(Locale.ROOT));
      } catch (IllegalArgumentException e) {
        return STRING;
      }
    }
  }

  /**
   * One attribute. {@code min} and {@code max} bound numbers, and the length of strings.
   *
   * @param defaults default values as written in the descriptor; empty when there is none
   */
  record Attribute(
      String id,
      String name,
      String description,
      Kind kind,
      boolean list,
      boolean required,
      List<String> defaults,
      Map<String, String> options,
      Optional<BigDecimal> min,
      Optional<BigDecimal> max) {

    Option option() {
      boolean number = kind.type == Type.INTEGER || kind.type == Type.DECIMAL;
      return new Option(
          id,
          name,
          description,
          kind.type,
          list,
          required && defaults.isEmpty(),
          defaultValue(),
          options,
          number ? min.map(Attribute::number) : Optional.empty(),
          number ? max.map(Attribute::number) : Optional.empty());
    }

    private static Number number(BigDecimal value) {
      if (value.stripTrailingZeros().scale() <= 0 && value.abs().compareTo(LONG_MAX) <= 0) {
        return value.longValue();
      }
      return value.doubleValue();
    }

    private Optional<Object> defaultValue() {
      if (defaults.isEmpty() || kind == Kind.PASSWORD) {
        return Optional.empty();
      }
      try {
        if (!list) {
          return Optional.of(value(defaults.get(0)));
        }
        List<Object> values = new ArrayList<>(defaults.size());
        for (String text : defaults) {
          values.add(value(text));
        }
        return Optional.of(List.copyOf(values));
      } catch (NumberFormatException e) {
        return Optional.empty();
      }
    }

    private Object value(String text) {
      return switch (kind.type) {
        case BOOLEAN -> Boolean.valueOf(text);
        case INTEGER -> Long.valueOf(text);
        case DECIMAL -> Double.valueOf(text);
        case STRING, SECRET -> text;
      };
    }
  }

  private static final BigDecimal LONG_MAX = BigDecimal.valueOf(Long.MAX_VALUE);
}
