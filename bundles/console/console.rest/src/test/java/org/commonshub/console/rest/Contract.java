package org.commonshub.console.rest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/**
 * Holds every answer that any test gets to the served description: the operation, the status and
 * the content type must be described, and the body must fit its schema. A small checker of its own
 * for the part of JSON Schema 2020-12 used there; other keywords fail.
 */
final class Contract {
  private static final Map<?, ?> DOCUMENT = parse(SystemApi.openapi());
  private static final Set<String> KEYWORDS =
      Set.of(
          "type",
          "description",
          "properties",
          "required",
          "additionalProperties",
          "items",
          "enum",
          "format",
          "minimum",
          "maximum",
          "minLength",
          "maxLength",
          "$ref");

  /** Operations and statuses seen so far, {@code GET /now 200}. */
  static final Set<String> SEEN = java.util.Collections.synchronizedSet(new TreeSet<>());

  private Contract() {}

  static Map<?, ?> document() {
    return DOCUMENT;
  }

  /** All operations described, {@code GET /now}. */
  static Set<String> operations() {
    Set<String> operations = new TreeSet<>();
    object(DOCUMENT.get("paths"))
        .forEach(
            (path, item) ->
                object(item)
                    .keySet()
                    .forEach(
                        m ->
                            operations.add(
                                m.toString().toUpperCase(java.util.Locale.ROOT) + " " + path)));
    return operations;
  }

  static void check(String method, String target, Hub.Answer answer) {
    String path = target.indexOf('?') < 0 ? target : target.substring(0, target.indexOf('?'));
    String template = template(path);
    Map<?, ?> item = template == null ? null : object(object(DOCUMENT.get("paths")).get(template));
    String verb = method.toLowerCase(java.util.Locale.ROOT);
    if (item == null || !item.containsKey(verb)) {
      // Not described, so it must not be there; the refusal itself has the common form.
      require(
          Set.of(400, 403, 404, 405, 421).contains(answer.status()),
          method + " " + path + " is not described, but answered " + answer.status());
      checkSchema("Problem", answer.json());
      return;
    }
    Map<?, ?> responses = object(object(item.get(verb)).get("responses"));
    String what = method + " " + template + " " + answer.status();
    Map<?, ?> response = object(responses.get(Integer.toString(answer.status())));
    require(response != null, what + " is not described: " + answer.text());
    SEEN.add(what);
    if (response.containsKey("$ref")) {
      response = object(resolve(response.get("$ref").toString()));
    }
    Map<?, ?> content = object(response.get("content"));
    if (content == null) {
      require(answer.text().isEmpty(), what + " has a body that is not described");
      return;
    }
    String type = answer.header("Content-Type");
    String bare = type.indexOf(';') < 0 ? type : type.substring(0, type.indexOf(';'));
    Map<?, ?> media = object(content.get(bare));
    require(media != null, what + ": content type " + type + " is not described");
    if (bare.endsWith("json")) {
      check(what, object(media.get("schema")), parse(answer.text()));
    }
  }

  static void checkSchema(String name, Object value) {
    check(name, object(resolve("#/components/schemas/" + name)), value);
  }

  private static String template(String path) {
    List<String> segments = Request.segments(path);
    String best = null;
    for (Object key : object(DOCUMENT.get("paths")).keySet()) {
      List<String> template = Request.segments(key.toString());
      boolean fits = template.size() == segments.size();
      for (int i = 0; fits && i < template.size(); i++) {
        fits = template.get(i).startsWith("{") || template.get(i).equals(segments.get(i));
      }
      if (fits && (best == null || best.contains("{"))) {
        best = key.toString();
      }
    }
    return best;
  }

  private static void check(String where, Map<?, ?> schema, Object value) {
    for (Object keyword : schema.keySet()) {
      require(KEYWORDS.contains(keyword), where + ": unknown schema keyword " + keyword);
    }
    if (schema.containsKey("$ref")) {
      check(where, object(resolve(schema.get("$ref").toString())), value);
      return;
    }
    if (schema.containsKey("type")) {
      Object type = schema.get("type");
      List<?> types = type instanceof List<?> list ? list : List.of(type);
      require(
          types.contains(typeOf(value))
              || (types.contains("number") && typeOf(value).equals("integer")),
          where + ": " + value + " is not " + types);
    }
    if (schema.get("enum") instanceof List<?> allowed) {
      require(allowed.contains(value), where + ": " + value + " is none of " + allowed);
    }
    if (value instanceof String text) {
      format(where, schema.get("format"), text);
    }
    if (value instanceof Number number) {
      if (schema.get("minimum") instanceof Number min) {
        require(number.doubleValue() >= min.doubleValue(), where + ": " + value + " < " + min);
      }
      if (schema.get("maximum") instanceof Number max) {
        require(number.doubleValue() <= max.doubleValue(), where + ": " + value + " > " + max);
      }
    }
    if (value instanceof List<?> list) {
      for (int i = 0; i < list.size(); i++) {
        check(where + "[" + i + "]", object(schema.get("items")), list.get(i));
      }
    }
    if (value instanceof Map<?, ?> map) {
      Map<?, ?> properties =
          schema.containsKey("properties") ? object(schema.get("properties")) : Map.of();
      if (schema.get("required") instanceof List<?> required) {
        for (Object name : required) {
          require(map.containsKey(name), where + ": " + name + " is missing");
        }
      }
      map.forEach(
          (name, item) -> {
            Object more = schema.get("additionalProperties");
            if (properties.containsKey(name)) {
              check(where + "." + name, object(properties.get(name)), item);
            } else if (more instanceof Map<?, ?> rest) {
              check(where + "." + name, rest, item);
            } else {
              require(Boolean.TRUE.equals(more), where + ": " + name + " is not described");
            }
          });
    }
  }

  private static void format(String where, Object format, String text) {
    try {
      if ("date-time".equals(format)) {
        Instant.parse(text);
      } else if ("uuid".equals(format)) {
        UUID.fromString(text);
      } else {
        require(format == null, where + ": unknown format " + format);
      }
    } catch (DateTimeParseException | IllegalArgumentException e) {
      throw new AssertionError(where + ": " + text + " is no " + format, e);
    }
  }

  private static String typeOf(Object value) {
    return value == null
        ? "null"
        : value instanceof String
            ? "string"
            : value instanceof Boolean
                ? "boolean"
                : value instanceof Long
                    ? "integer"
                    : value instanceof Double
                        ? "number"
                        : value instanceof List ? "array" : "object";
  }

  private static Object resolve(String reference) {
    Object value = DOCUMENT;
    for (String step : reference.substring(2).split("/", -1)) {
      value = object(value).get(step);
    }
    require(value != null, reference + " leads nowhere");
    return value;
  }

  static Map<?, ?> object(Object value) {
    return (Map<?, ?>) value;
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new AssertionError(message);
    }
  }

  private static Map<?, ?> parse(byte[] bytes) {
    return (Map<?, ?>) parse(new String(bytes, java.nio.charset.StandardCharsets.UTF_8));
  }

  /** Without the bounds of {@link Json}: the description is larger than any request may be. */
  static Object parse(String text) {
    try (JsonParser parser = new JsonFactory().createParser(text)) {
      parser.nextToken();
      return value(parser);
    } catch (java.io.IOException e) {
      throw new AssertionError("not JSON: " + text, e);
    }
  }

  private static Object value(JsonParser parser) throws java.io.IOException {
    if (parser.currentToken() == JsonToken.START_OBJECT) {
      Map<String, Object> map = new LinkedHashMap<>();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        map.put(name, value(parser));
      }
      return map;
    }
    if (parser.currentToken() == JsonToken.START_ARRAY) {
      List<Object> list = new ArrayList<>();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        list.add(value(parser));
      }
      return list;
    }
    return switch (parser.currentToken()) {
      case VALUE_STRING -> parser.getText();
      case VALUE_NUMBER_INT -> parser.getLongValue();
      case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> null;
    };
  }
}
