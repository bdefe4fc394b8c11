package org.commonshub.metering.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.commonshub.metering.mapping.api.JsonValue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HaTemplateTest {
  private static JsonValue json() throws Exception {
    return JsonValue.parse(
        "{\"power\":12.5,\"ENERGY\":{\"Total\":\"3.25\",\"a b\":7},\"list\":[1,{\"x\":2}]}"
            .getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        "{{ value_json.power }}~12.5",
        "{{value_json.power}}~12.5",
        "{{- value_json.power -}}~12.5",
        "{{ value_json['power'] }}~12.5",
        "{{ value_json[\"ENERGY\"]['Total'] }}~3.25",
        "{{ value_json.ENERGY.Total|float }}~3.25",
        "{{ value_json.ENERGY.Total | float(0) | round(2) }}~3.25",
        "{{ value_json.ENERGY['a b'] | int }}~7",
        "{{ value_json.get('power') }}~12.5",
        "{{ value_json.list[1].x }}~2",
        "{{ (value_json.power | float) * 1000 }}~12500",
        "{{ ( value_json.power / 10 ) | round(1) }}~1.25",
        "{{ value_json.power | float * 0.1 / 2 }}~0.625",
        "{{ value_json.power * -1 }}~-12.5",
        "{{ value_json.power | default(0) }}~12.5",
        "{{ value_json.power | is_defined }}~12.5"
      })
  void readsSimpleForms(String template, BigDecimal expected) throws Exception {
    assertThat(HaTemplate.parse(template).orElseThrow().number(json()))
        .hasValueSatisfying(number -> assertThat(number).isEqualByComparingTo(expected));
  }

  @Test
  void aBareValueIsTheMessage() {
    assertThat(HaTemplate.parse("{{ value | float }}").orElseThrow().number(JsonValue.of("7.5")))
        .contains(new BigDecimal("7.5"));
    assertThat(HaTemplate.PLAIN.number(JsonValue.of("7.5"))).contains(new BigDecimal("7.5"));
  }

  @Test
  void whatIsMissingHasNoDefault() throws Exception {
    assertThat(HaTemplate.parse("{{ value_json.none | default(0) }}").orElseThrow().number(json()))
        .isEmpty();
    assertThat(HaTemplate.parse("{{ value_json.none | float(0) }}").orElseThrow().number(json()))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "5",
        "{{}}",
        "{{ }}",
        "{{ states('sensor.x') }}",
        "{{ value_json.power if value_json.power else 0 }}",
        "{% if value_json.x %}1{% endif %}",
        "{{ value_json.a + value_json.b }}",
        "{{ value_json.a | abs }}",
        "{{ value_json.a | timestamp_custom('%H') }}",
        "{{ value_json.a * value_json.b }}",
        "{{ value_json.a / 0 }}",
        "{{ value_json.a * 2 * 2 * 2 * 2 * 2 }}",
        "{{ value_json['a }}",
        "{{ value_json[a] }}",
        "{{ value_json.a }} W",
        "{{ ((((((((((value_json.a)))))))))) }}",
        "{{ value_json[\"it's\"] }}"
      })
  void leavesOtherFormsAlone(String template) {
    assertThat(HaTemplate.parse(template)).isEmpty();
  }

  @Test
  void anyTextIsReadOrNot() {
    Random random = new Random(3);
    String alphabet = "{} value_json.[]'\"|*/()0123456789float ";
    for (int round = 0; round < 30_000; round++) {
      StringBuilder text = new StringBuilder("{{ value_json");
      for (int i = random.nextInt(24); i > 0; i--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      assertThat(HaTemplate.parse(text + "}}")).isNotNull();
    }
  }
}
