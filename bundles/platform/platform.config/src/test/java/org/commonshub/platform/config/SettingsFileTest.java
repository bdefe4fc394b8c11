package org.commonshub.platform.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.commonshub.platform.config.SettingsFile.Malformed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsFileTest {
  private static final String FILE =
      """
      // The meter in the cellar
      {
        /* address, with a "comma, in it" */
        "host": "192.0.2.7", // fixed by the router
        "port:Integer": 502,

        // seconds
        "interval": 1.5, /* was 2, too slow */
        "units": [1, 2,
                  3],
        "enabled": true
        // the end
      }
      """;

  @Test
  void readsValuesTypesAndLines() throws Malformed {
    SettingsFile file = SettingsFile.parse(FILE);
    assertThat(file.values())
        .containsExactly(
            Map.entry("host", "192.0.2.7"),
            Map.entry("port", 502L),
            Map.entry("interval", new BigDecimal("1.5")),
            Map.entry("units", List.of(1L, 2L, 3L)),
            Map.entry("enabled", true));
    assertThat(file.members()).extracting("line").containsExactly(4, 5, 8, 9, 11);
    assertThat(file.members().get(1).suffix()).isEqualTo("Integer");
  }

  static List<Arguments> edits() {
    return List.of(
        Arguments.of("nothing", FILE, Map.of(), ""),
        Arguments.of(
            "one value",
            "{\n  \"a\": 1, // one\n  \"b\": 2 // two\n}\n",
            Map.of("a", 7L, "b", 2L),
            "{\n  \"a\": 7, // one\n  \"b\": 2 // two\n}\n"),
        Arguments.of(
            "equal number in another spelling stays",
            "{\"a\": 1.50}",
            Map.of("a", new BigDecimal("1.5")),
            "{\"a\": 1.50}"),
        Arguments.of(
            "add behind a comment",
            "{\n    \"a\": 1 // one, really\n}\n",
            ordered("a", 1L, "b", "x"),
            "{\n    \"a\": 1, // one, really\n    \"b\": \"x\"\n}\n"),
        Arguments.of("add to nothing", "{}", Map.of("a", true), "{\n  \"a\": true\n}"),
        Arguments.of(
            "add to a comment",
            "{\n  // empty\n}\n",
            Map.of("a", List.of(1L, 2L)),
            "{\n  // empty\n  \"a\": [1, 2]\n}\n"),
        Arguments.of(
            "remove the first",
            "{\n  // one\n  \"a\": 1,\n  // two\n  \"b\": 2\n}\n",
            Map.of("b", 2L),
            "{\n  // one\n  // two\n  \"b\": 2\n}\n"),
        Arguments.of(
            "remove the last",
            "{\n  \"a\": 1, // one\n  \"b\": [\n    2\n  ]\n}\n",
            Map.of("a", 1L),
            "{\n  \"a\": 1 // one\n}\n"),
        Arguments.of("remove all", "{\"a\":1 /*,*/ , \"b\":2}", Map.of(), "{ /*,*/  }"),
        Arguments.of(
            "remove the last and add",
            "{\n  \"a\": 1,\n  \"b\": 2 // two\n}\n",
            ordered("a", 1L, "c", 3L),
            "{\n  \"a\": 1,\n   // two\n  \"c\": 3\n}\n"),
        Arguments.of(
            "windows lines",
            "{\r\n  \"a\": 1,\r\n  \"b\": 2\r\n}\r\n",
            ordered("a", 1L, "c", 3L),
            "{\r\n  \"a\": 1,\r\n  \"c\": 3\r\n}\r\n"),
        Arguments.of(
            "type suffix and Configurator keys stay",
            "{\":configurator:policy\": \"force\", \"p:Integer\": 1}",
            Map.of("p", 2L),
            "{\":configurator:policy\": \"force\", \"p:Integer\": 2}"));
  }

  private static Map<String, Object> ordered(String k1, Object v1, String k2, Object v2) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put(k1, v1);
    map.put(k2, v2);
    return map;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("edits")
  void editsKeepComments(String name, String before, Map<String, Object> wanted, String after)
      throws Malformed {
    SettingsFile file = SettingsFile.parse(before);
    if (name.equals("nothing")) {
      assertThat(file.edit(file.values())).isEqualTo(before);
    } else {
      assertThat(file.edit(wanted)).isEqualTo(after);
    }
  }

  /**
   * Random files with comments everywhere, random edits: reads as wanted, every comment is there.
   */
  @Test
  void anyEditReadsAsWantedAndKeepsEveryComment() throws Malformed {
    Random random = new Random(42);
    String[] gaps = {"", " ", "\n", " /* c%d., \" } */ ", " // c%d., ] }\n", "\n\n\t", "\r\n"};
    for (int round = 0; round < 5_000; round++) {
      int[] comments = {0};
      StringBuilder text = new StringBuilder(gap(gaps, random, comments)).append('{');
      int members = random.nextInt(6);
      for (int i = 0; i < members; i++) {
        text.append(gap(gaps, random, comments)).append("\"k").append(i).append('"');
        // a comment between a key and its value goes with them, so those are not counted
        text.append(gap(gaps, random, new int[1]))
            .append(':')
            .append(gap(gaps, random, new int[1]));
        text.append(SettingsFileTest.value(random));
        text.append(gap(gaps, random, comments)).append(i < members - 1 ? "," : "");
      }
      text.append(gap(gaps, random, comments)).append('}').append(gap(gaps, random, comments));
      SettingsFile file = SettingsFile.parse(text.toString());
      Map<String, Object> wanted = new LinkedHashMap<>();
      for (int i = 0; i < 8; i++) {
        Object before = file.values().get("k" + i);
        switch (random.nextInt(3)) {
          case 0 -> {
            // removed, or never there
          }
          case 1 -> wanted.put("k" + i, before == null ? "new" : before);
          default -> wanted.put("k" + i, random.nextBoolean() ? 99L : List.of("x", "y // no"));
        }
      }
      String after = file.edit(wanted);
      assertThat(parsed(text, wanted, after).values())
          .as("%s -> %s", text, after)
          .containsExactlyInAnyOrderEntriesOf(wanted);
      for (int c = 0; c < comments[0]; c++) {
        assertThat(after).contains("c" + c + ".");
      }
    }
  }

  private static SettingsFile parsed(Object before, Object wanted, String after) {
    try {
      return SettingsFile.parse(after);
    } catch (Malformed e) {
      throw new AssertionError(before + " -> " + wanted + " -> " + after, e);
    }
  }

  private static String gap(String[] gaps, Random random, int[] comments) {
    String gap = gaps[random.nextInt(gaps.length)];
    return gap.contains("%d") ? String.format(gap, comments[0]++) : gap;
  }

  private static String value(Random random) {
    String[] values = {
      "1", "-2.50", "true", "\"a, } // \\\" b\"", "[]", "[1, 2]", "[\n\"x\"]", "1e3"
    };
    return values[random.nextInt(values.length)];
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`` | 1 | expected a JSON object",
        "`[]` | 1 | expected a JSON object",
        "`{\n\"a\": 1\n\"b\": 2}` | 3 | comma",
        "`{\n\n\"a\": null}` | 3 | leave the key out",
        "`{\"a\": {\"b\": 1}}` | 1 | \"a\" is nested",
        "`{\"a\": [[1]]}` | 1 | nested",
        "`{\"a\": 3E333378161066}` | 1 | \"a\" is a number beyond",
        "`{\"a\": 1,\n\"a\": 2}` | 2 | Duplicate field",
        "`{\"a:int\": 1,\n\"a\": 2}` | 2 | there twice, first in line 1",
        "`{} x` | 1 | Unrecognized token",
        "`{} {}` | 1 | follows the closing brace",
        "`{\n/* open` | 2 | comment",
        "`{\"a\": 1` | 1 | end-of-input",
      })
  void refusesWithTheLine(String text, int line, String why) {
    assertThatThrownBy(() -> SettingsFile.parse(text == null ? "" : text))
        .isInstanceOfSatisfying(Malformed.class, e -> assertThat(e.line).isEqualTo(line))
        .hasMessageContaining(why);
  }

  @ParameterizedTest
  @ValueSource(ints = {1_001, 30_000})
  void refusesTooMuch(int n) {
    StringBuilder keys = new StringBuilder("{\"k\": 1");
    for (int i = 0; i < n; i++) {
      keys.append(",\"k").append(i).append("\":1");
    }
    assertThatThrownBy(() -> SettingsFile.parse(keys + "}")).isInstanceOf(Malformed.class);
    assertThatThrownBy(() -> SettingsFile.parse("{\"k\": [1" + ",1".repeat(n) + "]}"))
        .isInstanceOf(Malformed.class);
    assertThatThrownBy(() -> SettingsFile.parse("{\"k\":" + "[".repeat(n)))
        .isInstanceOf(Malformed.class);
    assertThatThrownBy(() -> SettingsFile.parse("{\"k\": 1" + "0".repeat(n) + "}"))
        .isInstanceOf(Malformed.class);
  }

  @Test
  void randomBytesAreReadOrRefused() {
    Random random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder(FILE);
      for (int j = 0; j < 3; j++) {
        text.setCharAt(
            random.nextInt(text.length()),
            "{}[],:\"/*\\n1e\u0000\ud800é".charAt(random.nextInt(16)));
      }
      text.setLength(random.nextInt(text.length()));
      try {
        SettingsFile file = SettingsFile.parse(text.toString());
        assertThat(file.edit(new LinkedHashMap<>(file.values()))).isEqualTo(text.toString());
      } catch (Malformed e) {
        assertThat(e.line).isPositive();
      }
    }
  }

  @Test
  void rendersWhatItReads() throws Malformed {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("quote\"d", "line\nbreak \u20ac \ud83d\ude00");
    values.put("list", new ArrayList<>(List.of("a", "b")));
    values.put("big", new BigDecimal("123456789012345678901234567890"));
    assertThat(SettingsFile.parse(SettingsFile.render(values)).values()).isEqualTo(values);
    assertThat(SettingsFile.parse(SettingsFile.render(Map.of())).values()).isEmpty();
  }
}
