package org.commonshub.platform.features;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What this bundle needs of a feature file (OSGi Compendium 8.1, chapter 159). The launcher reads
 * the same files before any bundle runs; the two share the format, not code.
 *
 * @param name last part of the artifact id {@code feature.NAME}
 * @param essential variable {@code essential} is {@code true}
 * @param offByDefault variable {@code default} is {@code off}
 * @param process whether it runs a program beside the hub, which only the command line switches
 */
record FeatureFile(
    String name,
    String title,
    String description,
    boolean essential,
    boolean offByDefault,
    boolean process,
    List<String> requires,
    List<Jar> bundles) {

  /** A bundle: its jar in the repository, and the SHA-256 of that in hex, or empty. */
  record Jar(String file, String sha256) {}

  static final int MAX_BYTES = 1 << 20;
  private static final Pattern FILE = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._+-]{0,199}");
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9.-]{0,63}");
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(JsonReadFeature.ALLOW_JAVA_COMMENTS)
          .streamReadConstraints(
              StreamReadConstraints.builder().maxNestingDepth(16).maxStringLength(65_536).build())
          .build();

  /**
   * Reads a feature.
   *
   * @throws IOException if it is none; says why
   */
  static FeatureFile parse(byte[] content) throws IOException {
    Object tree;
    try (JsonParser parser = JSON.createParser(content)) {
      parser.nextToken();
      tree = value(parser);
    }
    Map<?, ?> json = map(tree);
    String[] id = text(json, "id").split(":", -1);
    if (id.length < 3 || !id[1].startsWith("feature.")) {
      throw new IOException("its id is not GROUP:feature.NAME:VERSION");
    }
    String name = id[1].substring("feature.".length());
    if (!NAME.matcher(name).matches()) {
      throw new IOException(
          "its name " + name + " is not of lower-case letters, digits and hyphens");
    }
    List<Jar> bundles = new ArrayList<>();
    for (Object bundle : list(json.get("bundles"))) {
      bundles.add(jar(bundle));
    }
    Map<?, ?> variables = map(json.get("variables"));
    Map<?, ?> extensions = map(json.get("extensions"));
    List<String> requires = new ArrayList<>();
    for (Object required : list(map(extensions.get("requires")).get("json"))) {
      requires.add(String.valueOf(required));
    }
    return new FeatureFile(
        name,
        json.get("name") instanceof String title ? title : name,
        json.get("description") instanceof String sentence ? sentence : "",
        "true".equals(variables.get("essential")),
        "off".equals(variables.get("default")),
        extensions.containsKey("process"),
        List.copyOf(requires),
        List.copyOf(bundles));
  }

  private static Jar jar(Object bundle) throws IOException {
    Map<?, ?> fields = bundle instanceof String id ? Map.of("id", id) : map(bundle);
    String[] id = text(fields, "id").split(":", -1);
    String file =
        fields.get("file") instanceof String given
            ? given
            : id.length == 3 ? id[1] + "-" + id[2] + ".jar" : "";
    if (!FILE.matcher(file).matches()) {
      throw new IOException("bundle " + fields.get("id") + " has no plain file name");
    }
    return new Jar(file, fields.get("sha256") instanceof String sha ? sha : "");
  }

  private static Object value(JsonParser parser) throws IOException {
    JsonToken token = parser.currentToken();
    if (token == null) {
      throw new IOException("the file ends early");
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
        return String.valueOf(parser.getText());
      }
    }
  }

  private static Map<?, ?> map(Object value) throws IOException {
    if (value == null) {
      return Map.of();
    }
    if (value instanceof Map<?, ?> map) {
      return map;
    }
    throw new IOException("an object was expected");
  }

  private static List<?> list(Object value) throws IOException {
    if (value == null) {
      return List.of();
    }
    if (value instanceof List<?> list) {
      return list;
    }
    throw new IOException("an array was expected");
  }

  private static String text(Map<?, ?> json, String key) throws IOException {
    if (json.get(key) instanceof String text && !text.isBlank()) {
      return text;
    }
    throw new IOException(key + " is missing");
  }
}
