package org.commonshub.platform.config;

import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.commonshub.platform.api.Settings.Type;
import org.commonshub.platform.api.SettingsException;
import org.commonshub.platform.api.SettingsException.Reason;
import org.commonshub.platform.config.Metatype.Attribute;
import org.commonshub.platform.config.Metatype.Kind;
import org.commonshub.platform.config.SettingsFile.Member;

/** Checks members of a file against a metatype and gives them the Java types it declares. */
final class Checker {
  private static final int MAX_SHOWN = 60;

  private final String file;
  private final Optional<Metatype> type;

  Checker(String file, Optional<Metatype> type) {
    this.file = file;
    this.type = type;
  }

  /**
   * Properties for Configuration Admin.
   *
   * @throws SettingsException of reason INVALID, naming file, line, key, value and what was
   *     expected
   */
  Dictionary<String, Object> check(List<Member> members) throws SettingsException {
    Hashtable<String, Object> properties = new Hashtable<>();
    for (Member member : members) {
      if (!member.key().startsWith(":")) {
        properties.put(member.key(), check(member));
      }
    }
    if (type.isPresent()) {
      for (Attribute attribute : type.get().attributes().values()) {
        if (attribute.required()
            && attribute.defaults().isEmpty()
            && !properties.containsKey(attribute.id())) {
          throw new SettingsException(
              Reason.INVALID,
              attribute.id(),
              String.format(
                  "%s: %s is missing, expected %s.",
                  file, SettingsFile.quote(attribute.id()), expected(attribute)));
        }
      }
    }
    return properties;
  }

  private Object check(Member member) throws SettingsException {
    if (type.isEmpty()) {
      return untyped(member);
    }
    Attribute attribute = type.get().attributes().get(member.key());
    if (attribute == null) {
      if (!free(member.key(), type.get())) {
        throw invalid(
            member,
            "is not a setting of " + type.get().pid(),
            "one of " + String.join(", ", type.get().attributes().keySet()));
      }
      return untyped(member);
    }
    Object value = member.value();
    if (!attribute.list()) {
      return element(member, attribute, value);
    }
    Collection<?> values = value instanceof Collection<?> many ? many : List.of(value);
    Object array = Array.newInstance(javaType(attribute.kind()), values.size());
    int i = 0;
    for (Object one : values) {
      Array.set(array, i++, element(member, attribute, one));
    }
    return array;
  }

  /**
   * Keys that need no declaration: properties of the component model (OSGi Compendium 8, §112.8.3),
   * and keys below a declared one, {@code settings.unit} when {@code settings} is declared.
   */
  private static boolean free(String key, Metatype type) {
    if (key.equals("service.ranking")
        || key.endsWith(".target")
        || key.endsWith(".cardinality.minimum")) {
      return true;
    }
    for (int dot = key.indexOf('.'); dot > 0; dot = key.indexOf('.', dot + 1)) {
      if (type.attributes().containsKey(key.substring(0, dot))) {
        return true;
      }
    }
    return false;
  }

  private Object element(Member member, Attribute attribute, Object value)
      throws SettingsException {
    Object typed = typed(attribute, value);
    if (typed == null
        || (!attribute.options().isEmpty() && !attribute.options().containsKey(plain(value)))) {
      throw invalid(
          member,
          attribute.kind() == Kind.PASSWORD ? "is not valid" : "is " + shown(value),
          expected(attribute));
    }
    if (type.get().pid().equals(HomeProfileComponent.PID)) {
      Optional<String> wanted = HomeProfileComponent.refuse(member.key(), value);
      if (wanted.isPresent()) {
        throw invalid(member, "is " + shown(value), wanted.get());
      }
    }
    return typed;
  }

  private static Object typed(Attribute attribute, Object value) {
    return switch (attribute.kind()) {
      case STRING, PASSWORD ->
          value instanceof String text
                  && ((attribute.kind() == Kind.PASSWORD
                          && SecretStore.REFERENCE.matcher(text).matches())
                      || within(attribute, BigDecimal.valueOf(text.length())))
              ? text
              : null;
      case CHARACTER -> value instanceof String text && text.length() == 1 ? text.charAt(0) : null;
      case BOOLEAN -> value instanceof Boolean ? value : null;
      case LONG -> whole(attribute, value, Long.MIN_VALUE, Long.MAX_VALUE);
      case INTEGER -> {
        Long number = whole(attribute, value, Integer.MIN_VALUE, Integer.MAX_VALUE);
        yield number == null ? null : number.intValue();
      }
      case SHORT -> {
        Long number = whole(attribute, value, Short.MIN_VALUE, Short.MAX_VALUE);
        yield number == null ? null : number.shortValue();
      }
      case BYTE -> {
        Long number = whole(attribute, value, Byte.MIN_VALUE, Byte.MAX_VALUE);
        yield number == null ? null : number.byteValue();
      }
      case DOUBLE, FLOAT -> {
        if (!(value instanceof Number number)
            || !within(attribute, SettingsFile.decimal(number))
            || !Double.isFinite(number.doubleValue())) {
          yield null;
        }
        if (attribute.kind() == Kind.DOUBLE) {
          yield number.doubleValue();
        }
        yield Float.isFinite(number.floatValue()) ? number.floatValue() : null;
      }
    };
  }

  private static Long whole(Attribute attribute, Object value, long min, long max) {
    if (!(value instanceof Number number)) {
      return null;
    }
    try {
      long exact = SettingsFile.decimal(number).longValueExact();
      return exact >= min && exact <= max && within(attribute, BigDecimal.valueOf(exact))
          ? exact
          : null;
    } catch (ArithmeticException e) {
      return null;
    }
  }

  private static boolean within(Attribute attribute, BigDecimal value) {
    return attribute.min().map(min -> value.compareTo(min) >= 0).orElse(true)
        && attribute.max().map(max -> value.compareTo(max) <= 0).orElse(true);
  }

  /** What would be accepted, in words. */
  static String expected(Attribute attribute) {
    if (!attribute.options().isEmpty()) {
      return "one of " + String.join(", ", attribute.options().keySet());
    }
    String one =
        switch (attribute.kind()) {
          case STRING -> "a string in quotes" + bounds(attribute, " characters");
          case PASSWORD ->
              "a string in quotes or ${secret:NAME}" + bounds(attribute, " characters");
          case CHARACTER -> "one character in quotes";
          case BOOLEAN -> "true or false";
          case LONG, INTEGER, SHORT, BYTE -> "a whole number" + bounds(attribute, "");
          case DOUBLE, FLOAT -> "a number" + bounds(attribute, "");
        };
    return attribute.list() ? "a list, each element " + one : one;
  }

  private static String bounds(Attribute attribute, String unit) {
    boolean text = attribute.kind().type == Type.STRING || attribute.kind() == Kind.PASSWORD;
    String min = attribute.min().map(BigDecimal::toPlainString).orElse(null);
    String max = attribute.max().map(BigDecimal::toPlainString).orElse(null);
    if (min == null && max == null) {
      return switch (attribute.kind()) {
        case INTEGER -> " from -2147483648 to 2147483647";
        case SHORT -> " from -32768 to 32767";
        case BYTE -> " from -128 to 127";
        default -> "";
      };
    }
    String range = max == null ? " of at least " + min : min == null ? " of at most " + max : null;
    if (range == null) {
      range = (text ? " of " : " from ") + min + " to " + max;
    }
    return range + unit;
  }

  /** Configurator typing: what the suffix says, else String, Boolean, Long, Double. */
  private Object untyped(Member member) throws SettingsException {
    String suffix = member.suffix();
    boolean wantsList = suffix.endsWith("[]");
    String name = wantsList ? suffix.substring(0, suffix.length() - 2) : suffix;
    Kind kind = null;
    if (!name.isEmpty()) {
      kind =
          switch (name.toLowerCase(Locale.ROOT)) {
            case "int", "integer" -> Kind.INTEGER;
            case "char", "character" -> Kind.CHARACTER;
            case "string", "boolean", "long", "short", "byte", "double", "float" -> Kind.of(name);
            default -> null;
          };
      if (kind == null) {
        throw invalid(
            member,
            "has the type " + shown(name),
            "String, Boolean, Integer, Long, Short, Byte, Character, Double or Float");
      }
    }
    Attribute attribute =
        new Attribute(
            member.key(),
            member.key(),
            "",
            kind == null ? kindOf(member.value()) : kind,
            false,
            false,
            List.of(),
            Collections.emptyMap(),
            Optional.empty(),
            Optional.empty());
    if (!(member.value() instanceof Collection<?> values)) {
      return converted(member, attribute, member.value());
    }
    List<Object> converted = new ArrayList<>(values.size());
    for (Object value : values) {
      converted.add(converted(member, attribute, value));
    }
    Object array = Array.newInstance(javaType(attribute.kind()), converted.size());
    for (int i = 0; i < converted.size(); i++) {
      Array.set(array, i, converted.get(i));
    }
    return array;
  }

  private Object converted(Member member, Attribute attribute, Object value)
      throws SettingsException {
    Object typed = typed(attribute, value);
    if (typed == null) {
      throw invalid(member, "is " + shown(value), expected(attribute));
    }
    return typed;
  }

  private static Kind kindOf(Object value) {
    if (value instanceof Collection<?> values) {
      if (values.isEmpty()) {
        return Kind.STRING;
      }
      boolean decimal = values.stream().anyMatch(v -> kindOf(v) == Kind.DOUBLE);
      return decimal ? Kind.DOUBLE : kindOf(values.iterator().next());
    }
    if (value instanceof Boolean) {
      return Kind.BOOLEAN;
    }
    if (value instanceof Number) {
      return value instanceof Long ? Kind.LONG : Kind.DOUBLE;
    }
    return Kind.STRING;
  }

  private static Class<?> javaType(Kind kind) {
    return switch (kind) {
      case STRING, PASSWORD -> String.class;
      case CHARACTER -> Character.class;
      case BOOLEAN -> Boolean.class;
      case LONG -> Long.class;
      case INTEGER -> Integer.class;
      case SHORT -> Short.class;
      case BYTE -> Byte.class;
      case DOUBLE -> Double.class;
      case FLOAT -> Float.class;
    };
  }

  private SettingsException invalid(Member member, String problem, String expected) {
    return new SettingsException(
        Reason.INVALID,
        member.key(),
        String.format(
            "%s%s: %s %s, but expected %s.",
            file,
            member.line() > 0 ? ", line " + member.line() : "",
            SettingsFile.quote(member.key()),
            problem,
            expected));
  }

  private static String plain(Object value) {
    return value instanceof Number number
        ? SettingsFile.decimal(number).toPlainString()
        : String.valueOf(value);
  }

  private static String shown(Object value) {
    if (value instanceof Collection<?> values) {
      return "a list of " + values.size();
    }
    String text = value instanceof String string ? SettingsFile.quote(string) : plain(value);
    return text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN) + "…";
  }
}
