package org.commonshub.metering.mapping.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.Map;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.Unit;
import org.commonshub.metering.mapping.api.Mapping.Inputs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MappingTest {
  private static Map<String, String> map(String mapping, String document) {
    Measurements values = new Measurements();
    JsonValue json = Show.json(document);
    Mapping.parse(mapping, Inputs.PATH).lines().forEach(line -> line.take(json, values));
    return Show.values(values);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "$.p = power.active W|{'p':-230.5}|power.active|-230.5",
        "$.p=power.active|{'p':'230.5'}|power.active|230.5",
        "$.p = power.active kW * -1|{'p':1.2345}|power.active|-1234.5",
        "$.p = power.active mW|{'p':1}|power.active|0.001",
        "$.e = energy.import kWh|{'e':1234.5678}|energy.import|1234567.8",
        "$.e = energy.import[2] MWh|{'e':1}|energy.import[2]|1000000",
        "$.e = energy.import Ws|{'e':7199}|energy.import|1.999",
        "$.e = energy.import / 60|{'e':90}|energy.import|1.5",
        "$.e = energy.export * 0.1|{'e':12345}|energy.export|1234.5",
        "$.g = gas.volume ft³|{'g':100}|gas.volume|2.831684659",
        "$.g = water.volume L|{'g':1234}|water.volume|1.234",
        "$.f = power.factor %|{'f':98}|power.factor|0.98",
        "$.c = ev.state {1:1,2:3, 3 : 2}|{'c':2}|ev.state|3",
        "$.c = ev.state {Charging now:3}|{'c':'Charging now'}|ev.state|3",
        "$.b = device.state {true:1,false:0}|{'b':false}|device.state|0",
        "$.s = x-pool.level Pa|{'s':5}|x-pool.level|5",
        "$.l[?@.t=='a;b'].p = power.active W|{'l':[{'t':'a;b','p':3}]}|power.active|3",
        "$.v = voltage.l1-l2|{'v':398}|voltage.l1-l2|398",
      },
      delimiter = '|')
  void takesValues(String mapping, String document, String quantity, String value) {
    assertThat(map(mapping, document)).containsExactly(Map.entry(quantity, value));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "$.p = power.active W|{}",
        "$.p = power.active W|{'p':null}",
        "$.p = power.active W|{'p':'unavailable'}",
        "$.p = power.active W|{'p':true}",
        "$.p = power.active W|{'p':1e15}",
        "$.e = energy.import kWh|{'e':-0.001}",
        "$.e = energy.import kWh * -1|{'e':5}",
        "$.c = ev.state {1:1}|{'c':9}",
      },
      delimiter = '|')
  void leavesOut(String mapping, String document) {
    assertThat(map(mapping, document)).isEmpty();
  }

  @Test
  void readsSeveralLinesAndSources() {
    Mapping mapping =
        Mapping.parse(
            "# meter\n$.p = power.active W; /api?a=b&c=1 $.e = energy.import Wh\r\n\n ;tele/x y/S $ ="
                + " energy.export Wh;",
            Inputs.PATH);
    assertThat(mapping.sources()).containsExactly("", "/api?a=b&c=1", "tele/x y/S");
    assertThat(mapping.of("tele/x y/S").get(0).quantity()).isEqualTo(Quantity.ENERGY_EXPORT);
    assertThat(mapping.lines()).hasSize(3);
  }

  @Test
  void namesMayBeInputs() {
    Mapping mapping = Mapping.parse("power1=power.active; e 1 = energy.import kWh", Inputs.NAME);
    assertThat(mapping.lines()).extracting(Mapping.Line::input).containsExactly("power1", "e 1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x",
        "= power.active",
        "p = power.active W",
        "$.p = ",
        "$.p = power",
        "$.p = power.active V",
        "$.p = power.active furlong",
        "$.p = power.active W * 0",
        "$.p = power.active W * x",
        "$.p = power.active[256]",
        "$.p = ev.state {1:1",
        "$.p = ev.state {1}",
        "$.p = ev.state {a:b}",
        "$.[ = power.active W",
        "$.p = x-UP W"
      })
  void refusesMistakesInASentence(String mapping) {
    assertThatThrownBy(() -> Mapping.parse(mapping, Inputs.PATH))
        .isInstanceOf(IllegalArgumentException.class)
        .satisfies(e -> assertThat(e.getMessage()).isNotBlank());
  }

  @Test
  void isBounded() {
    assertThatThrownBy(() -> Mapping.parse("$.p = power.active;".repeat(129), Inputs.PATH))
        .hasMessageContaining("128");
    assertThatThrownBy(() -> Mapping.parse(" ".repeat(20_000), Inputs.PATH))
        .hasMessageContaining("16 KiB");
  }

  @ParameterizedTest
  @CsvSource({
    "1, MWh, WATT_HOUR, 1000000",
    "1, mWh, WATT_HOUR, 0.001",
    "1, GJ, WATT_HOUR, 277777.777",
    "3600, J, WATT_HOUR, 1.000",
    "59, Wmin, WATT_HOUR, 0.983",
    "5, KWH, WATT_HOUR, 5000",
    "5, kwh, WATT_HOUR, 5000",
    "5, mA, AMPERE, 0.005",
    "5, l, CUBIC_METRE, 0.005",
    "1, L/min, CUBIC_METRE_PER_HOUR, 0.06",
    "50, %, ONE, 0.50",
    "50, %, PERCENT, 50",
    "7, '', VOLT, 7"
  })
  void unitsConvert(BigDecimal value, String unit, Unit target, BigDecimal expected) {
    assertThat(Units.convert(value, unit, target))
        .hasValueSatisfying(converted -> assertThat(converted).isEqualByComparingTo(expected));
  }

  @ParameterizedTest
  @CsvSource({"mw, WATT", "W, WATT_HOUR", "kWh, WATT", "°F, CELSIUS", "V, ONE", "foo, VOLT"})
  void otherUnitsDoNot(String unit, Unit target) {
    assertThat(Units.convert(BigDecimal.ONE, unit, target)).isEmpty();
  }

  @Test
  void theFirstValueOfAQuantityStays() {
    Measurements values = new Measurements();
    values.add(Quantity.VOLTAGE, new BigDecimal("230"), "V");
    values.add(Quantity.VOLTAGE, new BigDecimal("5"), "V");
    assertThat(Show.values(values)).containsExactly(Map.entry("voltage", "230"));
    assertThat(values.has(Quantity.VOLTAGE)).isTrue();
  }

  @Test
  void digitsBeyondAnyMeterAreRounded() {
    Measurements values = new Measurements();
    values.add(Quantity.VOLTAGE, new BigDecimal("230.10000000000000001"), "V");
    values.add(Quantity.ENERGY_IMPORT, new BigDecimal("123456789012.3456789"), "kWh");
    assertThat(Show.values(values))
        .containsEntry("voltage", "230.1")
        .containsEntry("energy.import", "123456789012345.679");
  }
}
