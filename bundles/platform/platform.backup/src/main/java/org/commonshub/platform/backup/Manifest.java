package org.commonshub.platform.backup;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

/**
 * The last entry of a backup: what it holds.
 *
 * @param hub version of the hub that made it
 * @param created when
 * @param epoch clock epoch in which it was made
 * @param digests SHA-256 in hex of every other entry by name
 */
record Manifest(String hub, Instant created, int epoch, Map<String, String> digests) {
  static final String NAME = "manifest.json";
  private static final String FORMAT = "commonshub-backup-1";
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  byte[] toBytes() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(out, JsonEncoding.UTF8)) {
      json.useDefaultPrettyPrinter();
      json.writeStartObject();
      json.writeStringField("format", FORMAT);
      json.writeStringField("hub", hub);
      json.writeStringField("created", created.toString());
      json.writeNumberField("epoch", epoch);
      json.writeObjectFieldStart("sha256");
      for (Map.Entry<String, String> entry : digests.entrySet()) {
        json.writeStringField(entry.getKey(), entry.getValue());
      }
      json.writeEndObject();
      json.writeEndObject();
    }
    return out.toByteArray();
  }

  /** Parses; refuses anything that {@link #toBytes} would not write. */
  static Manifest parse(byte[] bytes) throws IOException {
    Map<String, String> fields = new TreeMap<>();
    Map<String, String> digests = new TreeMap<>();
    try (JsonParser parser = JSON.createParser(bytes)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("no object");
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        if (name.equals("sha256") && value == JsonToken.START_OBJECT) {
          while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String entry = parser.currentName();
            parser.nextToken();
            digests.put(entry, String.valueOf(parser.getText()));
          }
        } else if (value != null && value.isScalarValue()) {
          fields.put(name, parser.getText());
        } else {
          throw new IOException(name + " is unknown");
        }
      }
      if (!FORMAT.equals(fields.get("format"))) {
        throw new IOException("its format is " + fields.get("format") + ", not " + FORMAT);
      }
      int epoch = Integer.parseInt(fields.getOrDefault("epoch", ""));
      if (epoch < 0 || epoch > Integer.MAX_VALUE / 2) {
        throw new IOException("its epoch is out of range");
      }
      return new Manifest(
          fields.getOrDefault("hub", "?"),
          Instant.parse(fields.getOrDefault("created", "")),
          epoch,
          digests);
    } catch (IOException | DateTimeException | NumberFormatException e) {
      throw new IOException("The backup's manifest is damaged (" + e.getMessage() + ").", e);
    }
  }
}
