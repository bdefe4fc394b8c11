package org.commonshub.ledger.transparency;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.commonshub.ledger.api.MerkleTree;

/**
 * A JSON answer of a log: one flat object of texts, whole numbers and lists of texts. What else it
 * holds is malformed.
 */
final class Answer {
  /** Largest answer. */
  static final int MAX_BYTES = 64 * 1024;

  private static final int MAX_FIELDS = 32;
  private static final int MAX_LIST = 64;
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(2)
                  .maxStringLength(4_096)
                  .maxNumberLength(20)
                  .maxNameLength(64)
                  .build())
          .build();

  /** It is not what the protocol says. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    Malformed(String message) {
      super(message, null, false, false);
    }
  }

  private final Map<String, Object> fields;

  private Answer(Map<String, Object> fields) {
    this.fields = fields;
  }

  /** Reads an answer. */
  static Answer parse(byte[] body) throws Malformed {
    if (body.length > MAX_BYTES) {
      throw new Malformed("it is longer than " + MAX_BYTES + " bytes");
    }
    Map<String, Object> fields = new HashMap<>();
    try (JsonParser parser = JSON.createParser(body)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new Malformed("it is not a JSON object");
      }
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        if (fields.size() >= MAX_FIELDS) {
          throw new Malformed("it has too many fields");
        }
        fields.put(name, value(parser, parser.nextToken()));
      }
      if (parser.nextToken() != null) {
        throw new Malformed("something follows the JSON object");
      }
    } catch (IOException e) {
      throw new Malformed("it is not JSON of the expected form");
    }
    return new Answer(fields);
  }

  private static Object value(JsonParser parser, JsonToken token) throws IOException, Malformed {
    if (token == JsonToken.VALUE_STRING) {
      return parser.getText();
    }
    if (token == JsonToken.VALUE_NUMBER_INT) {
      return parser.getLongValue();
    }
    if (token == JsonToken.START_ARRAY) {
      List<String> list = new ArrayList<>();
      for (JsonToken each = parser.nextToken();
          each != JsonToken.END_ARRAY;
          each = parser.nextToken()) {
        if (each != JsonToken.VALUE_STRING || list.size() >= MAX_LIST) {
          throw new Malformed("a list is too long or holds something else than texts");
        }
        list.add(parser.getText());
      }
      return list;
    }
    throw new Malformed("it holds something else than texts, whole numbers and lists");
  }

  String text(String name) throws Malformed {
    if (fields.get(name) instanceof String text) {
      return text;
    }
    throw new Malformed("the text \"" + name + "\" is missing");
  }

  /** A whole number that is not negative. */
  long number(String name) throws Malformed {
    if (fields.get(name) instanceof Long number && number >= 0) {
      return number;
    }
    throw new Malformed("the number \"" + name + "\" is missing or negative");
  }

  byte[] hex(String name, int bytes) throws Malformed {
    return decode(text(name), bytes);
  }

  /** A Merkle path. */
  List<byte[]> path(String name) throws Malformed {
    if (!(fields.get(name) instanceof List<?> list)) {
      throw new Malformed("the list \"" + name + "\" is missing");
    }
    List<byte[]> path = new ArrayList<>();
    for (Object each : list) {
      path.add(decode((String) each, MerkleTree.HASH));
    }
    return path;
  }

  private static byte[] decode(String text, int bytes) throws Malformed {
    try {
      byte[] value = HexFormat.of().parseHex(text);
      if (value.length == bytes) {
        return value;
      }
    } catch (IllegalArgumentException e) {
      // As below.
    }
    throw new Malformed("a value is not " + bytes + " bytes in hexadecimal");
  }
}
