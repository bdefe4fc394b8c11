package org.commonshub.metering.emoncms;

import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.commonshub.metering.mapping.api.JsonValue;
import org.commonshub.metering.mapping.api.MalformedJsonException;

/**
 * Reads the parameters of {@code input/post} and {@code input/bulk} (emonCMS, "Input API"): {@code
 * fulljson}, {@code json}, {@code csv}, {@code data}; {@code time}, {@code sentat}, {@code offset};
 * {@code c} and {@code cb} for data compressed with zlib. Pure functions of their arguments.
 */
final class Posts {
  /** How far back a sender's backlog may reach. */
  static final Duration OLDEST = Duration.ofDays(31);

  /** How far ahead of the hub's a sender's clock may be. */
  static final Duration AHEAD = Duration.ofMinutes(2);

  private static final int INFLATED = 4 * JsonValue.MAX_BYTES;
  private static final int MAX_POSTS = 4_096;
  private static final int MAX_INPUTS = 256;
  private static final int MAX_NAME = 64;

  private final Instant now;

  /**
   * @param now the hub's time
   */
  Posts(Instant now) {
    this.now = now;
  }

  /**
   * Reads a post.
   *
   * @param node from the path, or empty
   */
  Post post(Map<String, String> parameters, String node) throws Refused {
    String sender = node.isEmpty() ? parameters.getOrDefault("node", "0") : node;
    Optional<BigDecimal> time = parameter(parameters, "time");
    Map<String, BigDecimal> inputs = new LinkedHashMap<>();
    if (parameters.containsKey("fulljson")) {
      JsonValue json = json(parameters.get("fulljson").getBytes(StandardCharsets.UTF_8));
      if (!json.isObject()) {
        throw new Refused("Input is not a JSON object");
      }
      for (Map.Entry<String, JsonValue> member : json.members().entrySet()) {
        if (member.getKey().toLowerCase(Locale.ROOT).equals("time")) {
          time = time.isPresent() ? time : seconds(member.getValue());
        } else {
          put(inputs, member.getKey(), member.getValue().number());
        }
      }
    } else {
      legacy(inputs, parameters);
    }
    return made(sender, time, inputs);
  }

  /** {@code {power1:100,power2:200}} with or without quotes and braces, or {@code 100,200}. */
  private static void legacy(Map<String, BigDecimal> inputs, Map<String, String> parameters)
      throws Refused {
    String text =
        parameters.getOrDefault(
            "json", parameters.getOrDefault("csv", parameters.getOrDefault("data", "")));
    String plain = plain(text, ":,");
    if (plain.isBlank()) {
      throw new Refused("Request contains no data via csv, json or data tag");
    }
    int number = 0;
    for (String pair : plain.split(",", -1)) {
      int colon = pair.indexOf(':');
      String value = pair.substring(colon + 1).strip();
      Optional<BigDecimal> parsed = JsonValue.of(value).number();
      if (parsed.isEmpty() && !value.equals("null")) {
        throw new Refused(
            colon < 0
                ? "Format error: csv value is not numeric"
                : "Format error, json value is not numeric");
      }
      if (colon == 0) {
        throw new Refused("Format error, json key missing or invalid character");
      }
      put(
          inputs,
          colon < 0 ? Integer.toString(++number) : pair.substring(0, colon).strip(),
          parsed);
    }
  }

  /** Reads a bulk post: a list of {@code [time, node, value or {name: value}, …]}. */
  List<Post> bulk(Map<String, String> parameters, byte[] body) throws Refused {
    JsonValue data = json(data(parameters, body));
    List<JsonValue> items = data.items();
    if (items.isEmpty() || items.get(items.size() - 1).at(0).number().isEmpty()) {
      throw new Refused("Format error, json string supplied is not valid");
    }
    if (items.size() > MAX_POSTS) {
      throw new Refused("Format error, more than " + MAX_POSTS + " items");
    }
    BigDecimal reference = reference(parameters, items.get(items.size() - 1).at(0));
    Map<String, Post> posts = new LinkedHashMap<>();
    for (JsonValue item : items) {
      if (item.items().size() > 2) {
        Post post = item(item, reference);
        // Several items of one second are one reading.
        posts.merge(post.node() + "\n" + post.time(), post, Posts::merged);
      }
    }
    return List.copyOf(posts.values());
  }

  private static Post merged(Post one, Post other) {
    Map<String, BigDecimal> inputs = new LinkedHashMap<>(one.inputs());
    inputs.putAll(other.inputs());
    return new Post(one.node(), one.time(), one.doubtful(), inputs);
  }

  private Post item(JsonValue item, BigDecimal reference) throws Refused {
    JsonValue node = item.at(1);
    if (node.isObject() || node.isArray()) {
      throw new Refused("Format error, node must not be an object");
    }
    Optional<BigDecimal> time = item.at(0).number().map(reference::add);
    Map<String, BigDecimal> inputs = new LinkedHashMap<>();
    int number = 1;
    for (JsonValue value : item.items().subList(2, item.items().size())) {
      if (value.isObject()) {
        for (Map.Entry<String, JsonValue> member : value.members().entrySet()) {
          put(inputs, member.getKey(), member.getValue().number());
        }
      } else {
        put(inputs, Integer.toString(number++), value.number());
      }
    }
    return made(node.text().orElse("0"), time, inputs);
  }

  private BigDecimal reference(Map<String, String> parameters, JsonValue last) throws Refused {
    BigDecimal today = BigDecimal.valueOf(now.getEpochSecond());
    Optional<BigDecimal> sentAt = parameter(parameters, "sentat");
    if (sentAt.isPresent()) {
      return today.subtract(sentAt.get());
    }
    Optional<BigDecimal> offset = parameter(parameters, "offset");
    if (offset.isPresent()) {
      return today.subtract(offset.get());
    }
    Optional<BigDecimal> time = parameter(parameters, "time");
    return time.isPresent() ? time.get() : today.subtract(last.number().orElse(BigDecimal.ZERO));
  }

  private static Optional<BigDecimal> parameter(Map<String, String> parameters, String name)
      throws Refused {
    if (!parameters.containsKey(name)) {
      return Optional.empty();
    }
    Optional<BigDecimal> value = JsonValue.of(parameters.get(name)).number();
    if (value.isEmpty()) {
      throw new Refused("Format error, " + name + " is not numeric");
    }
    return value;
  }

  /** Seconds since 1970, or a text as of ISO 8601. */
  private static Optional<BigDecimal> seconds(JsonValue time) {
    Optional<BigDecimal> number = time.number();
    if (number.isPresent()) {
      return number;
    }
    try {
      return time.text()
          .filter(text -> text.length() <= 40)
          .map(OffsetDateTime::parse)
          .map(date -> BigDecimal.valueOf(date.toEpochSecond()));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  private Post made(String node, Optional<BigDecimal> time, Map<String, BigDecimal> inputs) {
    String name = plain(node, "").strip();
    Optional<Instant> believed =
        time.filter(seconds -> seconds.abs().compareTo(BigDecimal.valueOf(1L << 40)) < 0)
            .map(seconds -> Instant.ofEpochMilli(seconds.movePointRight(3).longValue()))
            .filter(at -> !at.isBefore(now.minus(OLDEST)) && !at.isAfter(now.plus(AHEAD)));
    return new Post(
        name.isEmpty() ? "0" : name, believed, time.isPresent() && believed.isEmpty(), inputs);
  }

  private static void put(Map<String, BigDecimal> inputs, String name, Optional<BigDecimal> value) {
    if (value.isPresent() && inputs.size() < MAX_INPUTS && name.length() <= MAX_NAME) {
      inputs.put(name, value.get());
    }
  }

  /** Letters, digits, space and {@code _ - .}, and what is allowed beside them. */
  private static String plain(String text, String also) {
    StringBuilder plain = new StringBuilder();
    text.codePoints()
        .filter(
            c ->
                Character.isLetterOrDigit(c)
                    || c == ' '
                    || c == '_'
                    || c == '-'
                    || c == '.'
                    || also.indexOf(c) >= 0)
        .limit(JsonValue.MAX_BYTES)
        .forEach(plain::appendCodePoint);
    return also.isEmpty() && plain.length() > MAX_NAME
        ? plain.substring(0, MAX_NAME)
        : plain.toString();
  }

  private static byte[] data(Map<String, String> parameters, byte[] body) throws Refused {
    if (parameters.containsKey("cb")) {
      return inflated(body);
    }
    String data = parameters.getOrDefault("data", "");
    if (!parameters.containsKey("c")) {
      return data.getBytes(StandardCharsets.UTF_8);
    }
    try {
      return inflated(HexFormat.of().parseHex(data));
    } catch (IllegalArgumentException e) {
      throw new Refused("Format error, compressed hex not valid");
    }
  }

  private static byte[] inflated(byte[] compressed) throws Refused {
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(compressed);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      byte[] piece = new byte[8_192];
      while (!inflater.finished()) {
        int count = inflater.inflate(piece);
        if (count == 0 || out.size() + count > INFLATED) {
          throw new Refused("Format error, compressed data is cut or too large");
        }
        out.write(piece, 0, count);
      }
      return out.toByteArray();
    } catch (DataFormatException e) {
      throw new Refused("Format error, compressed data is not valid");
    } finally {
      inflater.end();
    }
  }

  private static JsonValue json(byte[] utf8) throws Refused {
    try {
      return JsonValue.parseLarge(utf8);
    } catch (MalformedJsonException e) {
      throw new Refused("Format error, json string supplied is not valid");
    }
  }
}
