package org.commonshub.metering.mapping.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A JSON value (RFC 8259) from outside. Numbers are exact decimals. Asking for what is not there
 * yields {@link #MISSING}, never an error. Reading is bounded in bytes, depth, tokens and digits;
 * names that occur twice, NaN and infinities are refused.
 */
public final class JsonValue {
  /** Most bytes read. */
  public static final int MAX_BYTES = 256 * 1024;

  /** Deepest nesting read. */
  public static final int MAX_DEPTH = 16;

  /** What is not there, and {@code null}. */
  public static final JsonValue MISSING = new JsonValue(null);

  private static final int MAX_TOKENS = 65_536;
  private static final int MAX_STRING = 16_384;
  private static final int MAX_DIGITS = 40;

  /** Largest power of ten, either way; far beyond any quantity, and cheap to calculate with. */
  private static final int MAX_SCALE = 60;

  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(\\d{1,30})(\\.\\d{0,30})?([eE][+-]?\\d{1,2})?");

  private static final JsonFactory FACTORY = factory(MAX_TOKENS);
  private static final JsonFactory LARGE_FACTORY = factory(4 * MAX_TOKENS);

  /** A map, a list, a {@link BigDecimal}, a string, a boolean; or null. */
  private final Object value;

  private JsonValue(Object value) {
    this.value = value;
  }

  // No thread-local buffers and no shared symbol tables: neither outlives the bundle, and hostile
  // names leave nothing behind.
  private static JsonFactory factory(int tokens) {
    return JsonFactory.builder()
        .streamReadConstraints(
            StreamReadConstraints.builder()
                .maxNestingDepth(MAX_DEPTH)
                .maxStringLength(MAX_STRING)
                .maxNumberLength(MAX_DIGITS)
                .maxNameLength(512)
                .maxTokenCount(tokens)
                .build())
        .recyclerPool(JsonRecyclerPools.newBoundedPool(8))
        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
        .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
        .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
        .build();
  }

  /** A text that is no JSON, for devices that send values bare. */
  public static JsonValue of(String text) {
    return new JsonValue(text);
  }

  /** A number that is there already. */
  public static JsonValue of(BigDecimal number) {
    return new JsonValue(number);
  }

  /**
   * Reads one value and nothing after it.
   *
   * @throws MalformedJsonException goes on after "… sent"
   */
  public static JsonValue parse(byte[] utf8) throws MalformedJsonException {
    return parse(utf8, MAX_BYTES, FACTORY);
  }

  /**
   * As {@link #parse}, up to four times as large: a backlog of readings.
   *
   * @throws MalformedJsonException goes on after "… sent"
   */
  public static JsonValue parseLarge(byte[] utf8) throws MalformedJsonException {
    return parse(utf8, 4 * MAX_BYTES, LARGE_FACTORY);
  }

  private static JsonValue parse(byte[] utf8, int most, JsonFactory factory)
      throws MalformedJsonException {
    if (utf8.length > most) {
      throw new MalformedJsonException(
          utf8.length / 1024 + " KiB of JSON where at most " + most / 1024 + " KiB are read");
    }
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
    } catch (CharacterCodingException e) {
      throw new MalformedJsonException("bytes that are no UTF-8 text");
    }
    try (JsonParser parser = factory.createParser(text)) {
      if (parser.nextToken() == null) {
        throw new MalformedJsonException("nothing where JSON was expected");
      }
      JsonValue value = read(parser);
      if (parser.nextToken() != null) {
        throw new MalformedJsonException("JSON with something after its end");
      }
      return value;
    } catch (StreamConstraintsException e) {
      throw new MalformedJsonException("JSON that is deeper, longer or larger than is read");
    } catch (JsonProcessingException e) {
      JsonLocation at = e.getLocation();
      throw new MalformedJsonException(
          "what is no JSON, or has a name twice"
              + (at == null ? "" : ", at line " + at.getLineNr() + ", column " + at.getColumnNr()));
    } catch (NumberFormatException e) {
      throw new MalformedJsonException("a number beyond all measure");
    } catch (IOException e) {
      throw new MalformedJsonException("what cannot be read as JSON");
    }
  }

  /**
   * As {@link #parse}; what is no JSON is taken as bare text: {@code online}, {@code 3.5e2}.
   *
   * @throws MalformedJsonException if it begins like JSON, is none, or is too long
   */
  public static JsonValue parseOrText(byte[] utf8) throws MalformedJsonException {
    int first = 0;
    while (first < utf8.length && (utf8[first] <= ' ' && utf8[first] >= 0)) {
      first++;
    }
    if (first < utf8.length && (utf8[first] == '{' || utf8[first] == '[' || utf8[first] == '"')) {
      return parse(utf8);
    }
    if (utf8.length > MAX_STRING) {
      throw new MalformedJsonException("a text of more than 16 KiB");
    }
    try {
      return of(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString());
    } catch (CharacterCodingException e) {
      throw new MalformedJsonException("bytes that are no UTF-8 text");
    }
  }

  private static JsonValue read(JsonParser parser) throws IOException, MalformedJsonException {
    switch (parser.currentToken()) {
      case START_OBJECT -> {
        Map<String, JsonValue> map = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          String name = parser.currentName();
          parser.nextToken();
          map.put(name, read(parser));
        }
        return new JsonValue(Collections.unmodifiableMap(map));
      }
      case START_ARRAY -> {
        List<JsonValue> list = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          list.add(read(parser));
        }
        return new JsonValue(Collections.unmodifiableList(list));
      }
      case VALUE_STRING -> {
        return new JsonValue(parser.getText());
      }
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
        BigDecimal number = parser.getDecimalValue();
        if (Math.abs(number.scale()) > MAX_SCALE) {
          throw new MalformedJsonException("a number beyond all measure");
        }
        return new JsonValue(number);
      }
      case VALUE_TRUE -> {
        return new JsonValue(true);
      }
      case VALUE_FALSE -> {
        return new JsonValue(false);
      }
      default -> {
        return MISSING;
      }
    }
  }

  /** Whether it is not there, or {@code null}. */
  public boolean missing() {
    return value == null;
  }

  /** Whether it is an object. */
  public boolean isObject() {
    return value instanceof Map;
  }

  /** Whether it is an array. */
  public boolean isArray() {
    return value instanceof List;
  }

  /** A member of an object. */
  public JsonValue get(String name) {
    return members().getOrDefault(name, MISSING);
  }

  /** An item of an array, from 0. */
  public JsonValue at(int index) {
    List<JsonValue> items = items();
    return index >= 0 && index < items.size() ? items.get(index) : MISSING;
  }

  /** Members in their order; none if it is no object. */
  @SuppressWarnings("unchecked") // Only read() makes maps.
  public Map<String, JsonValue> members() {
    return value instanceof Map ? (Map<String, JsonValue>) value : Map.of();
  }

  /** Items in their order; none if it is no array. */
  @SuppressWarnings("unchecked") // Only read() makes lists.
  public List<JsonValue> items() {
    return value instanceof List ? (List<JsonValue>) value : List.of();
  }

  /** A number, or a text that is one: {@code 230.1}, {@code "230.1"}; not {@code "NaN"}. */
  public Optional<BigDecimal> number() {
    if (value instanceof BigDecimal number) {
      return Optional.of(number);
    }
    if (value instanceof String text
        && text.length() <= 80
        && NUMBER.matcher(text.strip()).matches()) {
      return Optional.of(new BigDecimal(text.strip()));
    }
    return Optional.empty();
  }

  /** A string, a number or a boolean as text. */
  public Optional<String> text() {
    if (value instanceof BigDecimal number) {
      return Optional.of(number.toString());
    }
    return value instanceof String || value instanceof Boolean
        ? Optional.of(value.toString())
        : Optional.empty();
  }

  /** Text as in {@link #text}, or empty; at most {@code most} characters, all printable. */
  public String label(int most) {
    String text = text().orElse("");
    StringBuilder label = new StringBuilder();
    text.codePoints()
        .filter(c -> !Character.isISOControl(c) && Character.isDefined(c))
        .limit(most)
        .forEach(label::appendCodePoint);
    return label.toString().strip();
  }

  /** A boolean. */
  public Optional<Boolean> flag() {
    return value instanceof Boolean flag ? Optional.of(flag) : Optional.empty();
  }

  /** Kind only: what is in it stays out of logs. */
  @Override
  public String toString() {
    return value == null ? "missing" : "JSON " + (isObject() ? "object" : isArray() ? "array" : "");
  }
}
