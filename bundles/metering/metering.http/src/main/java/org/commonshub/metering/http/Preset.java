package org.commonshub.metering.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.metering.mapping.api.JsonPath;
import org.commonshub.metering.mapping.api.JsonValue;
import org.commonshub.metering.mapping.api.Mapping;

/**
 * What one kind of device answers, from a file in {@code presets/}: lines {@code key: value}, and
 * mapping lines for what the last {@code target:} answers. {@code detect:} recognises a device,
 * {@code require:} must hold in every answer; both are a path, or a path {@code ==} and texts
 * parted by {@code |}. {@code {id}} stands for a number of the settings.
 */
record Preset(
    String name,
    Map<String, String> facts,
    List<Condition> detect,
    List<Condition> require,
    Map<String, Place> identity,
    Mapping values) {
  static final String INDEX = "index.txt";

  /**
   * A place in an answer.
   *
   * @param target request target
   * @param path path in the answer
   */
  record Place(String target, JsonPath path) {}

  /**
   * Something that holds in an answer.
   *
   * @param place where
   * @param texts one of these; empty: anything, as long as it is there
   */
  record Condition(Place place, List<String> texts) {
    boolean holds(JsonValue answer) {
      JsonValue value = place.path().in(answer);
      return texts.isEmpty()
          ? !value.missing()
          : texts.stream().anyMatch(text -> same(value, JsonValue.of(text)));
    }

    private static boolean same(JsonValue one, JsonValue other) {
      return one.number().isPresent() && other.number().isPresent()
          ? one.number().get().compareTo(other.number().get()) == 0
          : one.text().equals(other.text());
    }
  }

  /** All presets, in the order of the index. */
  static List<Preset> all() {
    return read(INDEX)
        .lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .map(Preset::load)
        .toList();
  }

  private static Preset load(String name) {
    try {
      return parse(name, read(name + ".txt"));
    } catch (IllegalArgumentException e) {
      throw new IllegalStateException("preset " + name + ": " + e.getMessage(), e);
    }
  }

  private static String read(String file) {
    try (InputStream in = Preset.class.getResourceAsStream("presets/" + file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Preset parse(String name, String text) {
    Map<String, String> facts = new LinkedHashMap<>();
    List<Condition> detect = new ArrayList<>();
    List<Condition> require = new ArrayList<>();
    Map<String, Place> identity = new LinkedHashMap<>();
    StringBuilder values = new StringBuilder();
    String target = "";
    for (String line : text.lines().map(String::strip).toList()) {
      int colon = line.indexOf(": ");
      String key = colon > 0 ? line.substring(0, colon) : "";
      String value = colon > 0 ? line.substring(colon + 2).strip() : "";
      switch (key) {
        case "target" -> target = value;
        case "detect" -> detect.add(condition(target, value));
        case "require" -> require.add(condition(target, value));
        case "identity" -> {
          String[] parts = value.split("=", 2);
          identity.put(parts[0].strip(), new Place(target, JsonPath.parse(parts[1].strip())));
        }
        case "title", "maker", "model", "role", "source", "id" -> facts.put(key, value);
        default -> {
          if (line.startsWith("$")) {
            values.append(target).append(' ').append(line).append('\n');
          } else if (!line.isEmpty() && !line.startsWith("#")) {
            throw new IllegalArgumentException("line '" + line + "' is not understood");
          }
        }
      }
    }
    return new Preset(
        name,
        Map.copyOf(facts),
        List.copyOf(detect),
        List.copyOf(require),
        identity,
        Mapping.parse(values.toString(), Mapping.Inputs.PATH));
  }

  private static Condition condition(String target, String text) {
    // A filter in the path has a '==' of its own.
    int equals = text.indexOf("==", text.lastIndexOf(']') + 1);
    if (equals < 0) {
      return new Condition(new Place(target, JsonPath.parse(text.strip())), List.of());
    }
    return new Condition(
        new Place(target, JsonPath.parse(text.substring(0, equals).strip())),
        List.of(text.substring(equals + 2).strip().split("\\s*\\|\\s*", -1)));
  }

  /** A preset of a person's own. */
  static Preset template(String values) {
    return new Preset(
        HttpSettings.TEMPLATE,
        Map.of(),
        List.of(),
        List.of(),
        Map.of(),
        Mapping.parse(values, Mapping.Inputs.PATH));
  }

  /**
   * The same preset for a part of the device.
   *
   * @param id its number; empty for the usual one
   */
  Preset with(String id) {
    return facts.containsKey("id")
        ? parse(name, read(name + ".txt").replace("{id}", id.isEmpty() ? facts.get("id") : id))
        : this;
  }

  /** Targets that have to be asked for values. */
  Set<String> targets() {
    Set<String> targets = new LinkedHashSet<>(values.sources());
    require.forEach(condition -> targets.add(condition.place().target()));
    return targets;
  }

  DeviceRole role() {
    return DeviceRole.valueOf(facts.get("role").toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  String title() {
    return facts.get("title");
  }
}
