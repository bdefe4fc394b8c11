package org.commonshub.console.rest;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** JSON in and out: hostile input bounded, output written straight to bytes. */
final class Json {
  /** Deepest nesting accepted. */
  static final int MAX_DEPTH = 16;

  private static final int MAX_TOKENS = 50_000;

  // No thread-local buffers and no shared symbol tables: neither outlives the bundle, and hostile
  // names leave nothing behind.
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxStringLength(256 * 1024)
                  .maxNumberLength(40)
                  .maxNameLength(256)
                  .maxTokenCount(MAX_TOKENS)
                  .build())
          .recyclerPool(JsonRecyclerPools.newBoundedPool(8))
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .build();

  /** Something that writes one JSON value. */
  @FunctionalInterface
  interface Body {
    void write(JsonGenerator g) throws IOException;
  }

  private Json() {}

  /** Renders to UTF-8. */
  static byte[] bytes(Body body) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(512);
    try (JsonGenerator g = FACTORY.createGenerator(out, JsonEncoding.UTF8)) {
      body.write(g);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /**
   * Parses one JSON value: objects as {@link LinkedHashMap}, arrays as {@link ArrayList}, integers
   * as {@link Long}, other numbers as finite {@link Double}.
   *
   * @throws Problem 400 with position and reason
   */
  static Object parse(byte[] utf8) {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
    } catch (CharacterCodingException e) {
      throw new Problem(400, "The request body is not UTF-8.");
    }
    try (JsonParser parser = FACTORY.createParser(text)) {
      if (parser.nextToken() == null) {
        throw new Problem(400, "The request body is empty; a JSON object was expected.");
      }
      Object value = value(parser);
      if (parser.nextToken() != null) {
        throw at(parser.currentTokenLocation(), "nothing may follow the JSON value");
      }
      return value;
    } catch (JsonProcessingException e) {
      throw at(e.getLocation(), e.getOriginalMessage());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Object value(JsonParser parser) throws IOException {
    switch (parser.currentToken()) {
      case START_OBJECT -> {
        Map<String, Object> map = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          String name = parser.currentName();
          parser.nextToken();
          map.put(name, value(parser));
        }
        return map;
      }
      case START_ARRAY -> {
        List<Object> list = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          list.add(value(parser));
        }
        return list;
      }
      case VALUE_STRING -> {
        return parser.getText();
      }
      case VALUE_NUMBER_INT -> {
        if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
          throw at(parser.currentTokenLocation(), "the integer is too large");
        }
        return parser.getLongValue();
      }
      case VALUE_NUMBER_FLOAT -> {
        double value = Double.parseDouble(parser.getText());
        if (Double.isInfinite(value)) {
          throw at(parser.currentTokenLocation(), "the number is too large");
        }
        return value;
      }
      case VALUE_TRUE -> {
        return true;
      }
      case VALUE_FALSE -> {
        return false;
      }
      default -> {
        return null;
      }
    }
  }

  private static Problem at(JsonLocation location, String reason) {
    String where =
        location == null
            ? ""
            : " at line " + location.getLineNr() + ", column " + location.getColumnNr();
    return new Problem(400, "The request body is not acceptable JSON" + where + ": " + reason);
  }

  /** Writes what {@link #parse} returns, and any number or boolean. */
  static void write(JsonGenerator g, Object value) throws IOException {
    if (value == null) {
      g.writeNull();
    } else if (value instanceof Map<?, ?> map) {
      g.writeStartObject();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        g.writeFieldName(String.valueOf(entry.getKey()));
        write(g, entry.getValue());
      }
      g.writeEndObject();
    } else if (value instanceof Iterable<?> list) {
      g.writeStartArray();
      for (Object item : list) {
        write(g, item);
      }
      g.writeEndArray();
    } else if (value instanceof Object[] array) {
      write(g, List.of(array));
    } else if (value instanceof Boolean flag) {
      g.writeBoolean(flag);
    } else if (value instanceof Double || value instanceof Float) {
      number(g, ((Number) value).doubleValue());
    } else if (value instanceof Number number) {
      g.writeNumber(number.toString());
    } else {
      g.writeString(value.toString());
    }
  }

  /** A finite number, or null: JSON has neither NaN nor infinity. */
  static void number(JsonGenerator g, double value) throws IOException {
    if (Double.isFinite(value)) {
      if (value == Math.rint(value) && Math.abs(value) < 1e15) {
        g.writeNumber((long) value);
      } else {
        g.writeNumber(value);
      }
    } else {
      g.writeNull();
    }
  }
}
