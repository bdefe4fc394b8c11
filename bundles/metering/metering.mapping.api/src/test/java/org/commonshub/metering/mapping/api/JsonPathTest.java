package org.commonshub.metering.mapping.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonPathTest {
  private static final JsonValue DOCUMENT =
      Show.json(
          "{'a':{'b':[10,{'c d':11}]},'switch:0':{'apower':12},'x-y_z':13,"
              + "'list':[{'type':'inverters','w':1},{'type':'eim','n':2,'w':14}],'it\\u0027s':15}");

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "$.a.b[0], 10",
        "$.a.b[1]['c d'], 11",
        "$.a.b[-1][\"c d\"], 11",
        "$['a']['b'][0], 10",
        "$.switch:0.apower, 12",
        "$['switch:0'].apower, 12",
        "$.x-y_z, 13",
        "$.list[?@.type=='eim'].w, 14",
        "$.list[?@.n==2].w, 14",
        "$[\"it's\"], 15",
        "$.list[1].w, 14"
      })
  void leadsToAValue(String path, String value) {
    assertThat(JsonPath.parse(path).in(DOCUMENT).text()).contains(value);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "$.no",
        "$.a.b[7]",
        "$.a.b[-7]",
        "$.list[?@.type=='none'].w",
        "$.a.b.c",
        "$[0]",
        "$.a[?@.x=='y']"
      })
  void leadsNowhere(String path) {
    assertThat(JsonPath.parse(path).in(DOCUMENT).missing()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a",
        "$a",
        "$.",
        "$..a",
        "$[",
        "$[]",
        "$['a",
        "$['a'",
        "$[*]",
        "$[1:2]",
        "$[123456]",
        "$.a b",
        "$[?@.a]",
        "$[?@.a=='b'",
        "$[?@.a=]",
        "$.a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q"
      })
  void refusesOtherPaths(String path) {
    assertThatThrownBy(() -> JsonPath.parse(path))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Expected for example");
  }

  @Test
  void refusesLongPathsBriefly() {
    assertThatThrownBy(() -> JsonPath.parse("$." + "a".repeat(1000)))
        .isInstanceOf(IllegalArgumentException.class)
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(250));
  }

  @Test
  void theRootIsAPath() {
    assertThat(JsonPath.parse("$").in(Show.json("5")).text()).contains("5");
  }
}
