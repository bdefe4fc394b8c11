package org.commonshub.ledger.ipfs;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * What an IPFS node answered: JSON objects, one after the other. Only texts are looked at, by the
 * names that lead to them ({@code Root.Cid./}); elements of lists have no name.
 */
final class Answer {
  /** Longest answer that is read. */
  static final int MAX_BYTES = 64 * 1024;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxDocumentLength(MAX_BYTES)
                  .maxNestingDepth(8)
                  .maxStringLength(4_096)
                  .maxNameLength(64)
                  .maxNumberLength(64)
                  .build())
          .build();

  private Answer() {}

  /** A text and where it stands. */
  record Text(String path, String value) {}

  /**
   * Reads an answer.
   *
   * @throws IOException if it is not JSON objects
   */
  static List<Text> read(byte[] bytes) throws IOException {
    List<Text> texts = new ArrayList<>();
    Deque<String> names = new ArrayDeque<>();
    try (JsonParser json = FACTORY.createParser(bytes)) {
      for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
        if (names.isEmpty() && token != JsonToken.START_OBJECT) {
          throw new IOException("it is not an object");
        }
        switch (token) {
          case START_OBJECT, START_ARRAY -> names.addLast("");
          case END_OBJECT, END_ARRAY -> names.removeLast();
          case FIELD_NAME -> {
            names.removeLast();
            names.addLast(json.currentName());
          }
          case VALUE_STRING -> texts.add(new Text(String.join(".", names), json.getText()));
          default -> {
            // numbers and truths are not asked for
          }
        }
      }
    }
    return texts;
  }

  /** The first text at a path; empty if there is none. */
  static String at(List<Text> texts, String path) {
    return texts.stream()
        .filter(text -> text.path().equals(path))
        .map(Text::value)
        .findFirst()
        .orElse("");
  }
}
