package org.example.sunny.coach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonReaderTest {
  @Test
  void reads() {
    assertThat(JsonReader.read(" {\"a\": [1, -2.5e1, true, false, null], \"b\\u0041\\n\": {}} "))
        .isEqualTo(
            Map.of("a", List.of(1.0, -25.0, true, false, JsonReader.NULL), "bA\n", Map.of()));
    assertThat(JsonReader.read("[]")).isEqualTo(List.of());
    assertThat(JsonReader.read("0")).isEqualTo(0.0);
    assertThat(JsonReader.read("\"\\\"\\\\\\/\\b\\f\\r\\t\\ud83d\\udE00\""))
        .isEqualTo("\"\\/\b\f\r\t\ud83d\ude00");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "{",
        "}",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{\"a\":1,\"a\":2}",
        "{\"a\":null,\"a\":null}",
        "01",
        "-",
        "-01",
        "1.",
        ".5",
        "+1",
        "1e",
        "1e+",
        "1e999",
        "-1e999",
        "NaN",
        "Infinity",
        "nul",
        "tru",
        "truefalse",
        "1 2",
        "\"",
        "\"\\",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\n\"",
        "[1]]",
        "'a'",
        "111111111111111111111111111111111"
      })
  void refuses(String text) {
    assertThatThrownBy(() -> JsonReader.read(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void isBounded() {
    assertThatThrownBy(() -> JsonReader.read(" ".repeat(JsonReader.MAX_CHARS) + "1"))
        .hasMessageContaining("too long");
    assertThatThrownBy(() -> JsonReader.read("[".repeat(100_000))).hasMessageContaining("too many");
    assertThatThrownBy(() -> JsonReader.read("[" + "1,".repeat(JsonReader.MAX_VALUES) + "1]"))
        .hasMessageContaining("too many");
    assertThat(JsonReader.read("[".repeat(8) + "]".repeat(8))).isInstanceOf(List.class);
  }

  @Test
  void nothingElseIsThrownWhateverComes() {
    Random random = new Random(1);
    String good = "{\"hourly\":{\"time\":[3600,7200],\"shortwave_radiation\":[1.5,null]}}";
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder(good);
      for (int j = 0; j < 1 + random.nextInt(4); j++) {
        int at = random.nextInt(text.length());
        if (random.nextBoolean()) {
          text.setCharAt(at, (char) random.nextInt(128));
        } else {
          text.deleteCharAt(at);
        }
      }
      try {
        Weather.read(text.toString());
      } catch (IllegalArgumentException e) {
        assertThat(e).hasMessageStartingWith("the answer");
      }
    }
  }
}
