package org.commonshub.launcher;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A feature as read from its JSON (OSGi Compendium 8.1, chapter 159) with the hub's extensions:
 *
 * <ul>
 *   <li>{@code requires} (JSON): names of the features it needs;
 *   <li>{@code process} (JSON): a program that runs beside the hub, such as the simulated home.
 * </ul>
 *
 * @param name last part of the feature's artifact id, {@code console}
 * @param title human title
 * @param description one sentence
 * @param offByDefault variable {@code default} is {@code off}
 * @param requires names of required features
 * @param bundles bundles in start order
 * @param process jar of the process, or null
 */
public record Feature(
    String name,
    String title,
    String description,
    boolean offByDefault,
    List<String> requires,
    List<BundleRef> bundles,
    String process) {

  /** Bigger is not a feature. */
  private static final long MAX_BYTES = 1 << 20;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(JsonReadFeature.ALLOW_JAVA_COMMENTS)
          .streamReadConstraints(
              StreamReadConstraints.builder().maxNestingDepth(16).maxStringLength(65_536).build())
          .build();

  /**
   * A bundle of a feature.
   *
   * @param id Maven coordinates {@code group:artifact:version}
   * @param file name of the jar in the repository directory
   * @param sha256 digest of the jar in hex; empty in source features, where nothing is pinned yet
   */
  public record BundleRef(String id, String file, String sha256) {}

  /**
   * Reads one file.
   *
   * @throws IOException with file, position and what is wrong
   */
  static Feature read(Path file) throws IOException {
    if (Files.size(file) > MAX_BYTES) {
      throw new IOException(file + ": larger than " + MAX_BYTES + " bytes, not a feature");
    }
    Object tree;
    try (JsonParser parser = JSON.createParser(Files.readAllBytes(file))) {
      parser.nextToken();
      tree = value(parser);
      if (parser.nextToken() != null) {
        throw new IOException(file + ": something follows the feature's closing brace");
      }
    } catch (JsonProcessingException e) {
      throw new IOException(
          file
              + ":"
              + e.getLocation().getLineNr()
              + ":"
              + e.getLocation().getColumnNr()
              + ": "
              + e.getOriginalMessage(),
          e);
    }
    try {
      return of(map(tree, "feature"));
    } catch (IllegalArgumentException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  private static Feature of(Map<String, Object> json) {
    String id = text(json, "id");
    String[] parts = id.split(":", -1);
    if (parts.length != 3 || !parts[1].startsWith("feature.")) {
      throw new IllegalArgumentException(
          "id '" + id + "' is not of the form group:feature.NAME:version");
    }
    List<BundleRef> bundles = new ArrayList<>();
    for (Object entry : list(json.getOrDefault("bundles", List.of()), "bundles")) {
      if (entry instanceof String coordinates) {
        bundles.add(new BundleRef(coordinates, fileOf(coordinates), ""));
      } else {
        Map<String, Object> bundle = map(entry, "bundle");
        String coordinates = text(bundle, "id");
        bundles.add(
            new BundleRef(
                coordinates,
                bundle.get("file") instanceof String file ? plain(file) : fileOf(coordinates),
                bundle.get("sha256") instanceof String sha ? sha : ""));
      }
    }
    Map<String, Object> extensions = map(json.getOrDefault("extensions", Map.of()), "extensions");
    List<String> requires = new ArrayList<>();
    if (extensions.get("requires") instanceof Map<?, ?> extension) {
      for (Object name : list(extension.get("json"), "requires")) {
        requires.add(String.valueOf(name));
      }
    }
    String process = null;
    if (extensions.get("process") instanceof Map<?, ?> extension) {
      process = fileOf(text(map(extension.get("json"), "process"), "id"));
    }
    Map<String, Object> variables = map(json.getOrDefault("variables", Map.of()), "variables");
    return new Feature(
        parts[1].substring("feature.".length()),
        text(json, "name"),
        text(json, "description"),
        "off".equals(variables.get("default")),
        List.copyOf(requires),
        List.copyOf(bundles),
        process);
  }

  /** {@code g:a:v} to {@code a-v.jar}. */
  private static String fileOf(String coordinates) {
    String[] parts = coordinates.split(":", -1);
    if (parts.length != 3) {
      throw new IllegalArgumentException(
          "'" + coordinates + "' is not of the form group:artifact:version");
    }
    return plain(parts[1] + "-" + parts[2] + ".jar");
  }

  private static String plain(String file) {
    if (file.contains("/") || file.contains("\\") || file.startsWith(".")) {
      throw new IllegalArgumentException("'" + file + "' is not a plain file name");
    }
    return file;
  }

  private static Object value(JsonParser parser) throws IOException {
    JsonToken token = parser.currentToken();
    if (token == null) {
      throw new IOException("the file is empty");
    }
    switch (token) {
      case START_OBJECT -> {
        Map<String, Object> map = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          String key = parser.currentName();
          parser.nextToken();
          map.put(key, value(parser));
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
      default -> {
        return parser.getText();
      }
    }
  }

  @SuppressWarnings("unchecked") // value() makes no other maps
  private static Map<String, Object> map(Object value, String what) {
    if (value instanceof Map<?, ?> map) {
      return (Map<String, Object>) map;
    }
    throw new IllegalArgumentException(what + " must be an object");
  }

  private static List<?> list(Object value, String what) {
    if (value instanceof List<?> list) {
      return list;
    }
    throw new IllegalArgumentException(what + " must be an array");
  }

  private static String text(Map<String, Object> json, String key) {
    if (json.get(key) instanceof String text && !text.isBlank()) {
      return text;
    }
    throw new IllegalArgumentException("'" + key + "' is missing");
  }
}
