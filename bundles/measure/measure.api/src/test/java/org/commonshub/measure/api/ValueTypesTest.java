package org.commonshub.measure.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ValueTypesTest {
  private static final Instant AT = Instant.parse("2026-11-01T10:00:00Z");

  @ParameterizedTest
  @CsvSource({
    "230.1,2301,-1",
    "0,0,0",
    "0.000,0,0",
    "1200,1200,0",
    "1.20,12,-1",
    "-0.5,-5,-1",
    "1E+20,1,20",
    "123456789012345678,123456789012345678,0",
    "1E-18,1,-18"
  })
  void measurementsOfDecimals(BigDecimal value, long mantissa, int exponent) {
    if (exponent > 18) {
      assertThatThrownBy(() -> Measurement.of(Quantity.VOLTAGE, value, Quality.MEASURED))
          .isInstanceOf(IllegalArgumentException.class);
      return;
    }
    Measurement measurement = Measurement.of(Quantity.VOLTAGE, value, Quality.MEASURED);
    assertThat(measurement.mantissa()).isEqualTo(mantissa);
    assertThat(measurement.exponent()).isEqualTo(exponent);
    assertThat(measurement.decimalValue()).isEqualByComparingTo(value);
  }

  @Test
  void decimalsThatDoNotFitAreRefused() {
    assertThatThrownBy(
            () ->
                Measurement.of(
                    Quantity.VOLTAGE, new BigDecimal("12345678901234567890.5"), Quality.MEASURED))
        .isInstanceOf(ArithmeticException.class);
    assertThatThrownBy(() -> Measurement.of(Quantity.VOLTAGE, 1, 19))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Measurement.of(Quantity.VOLTAGE, 1, -19))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void floatingPointIsTheNearest() {
    Random random = new Random(8);
    for (int i = 0; i < 2_000; i++) {
      int exponent = -random.nextInt(7);
      Measurement value = Measurement.of(Quantity.VOLTAGE, random.nextInt(), exponent);
      assertThat(value.doubleValue()).isEqualTo(value.decimalValue().doubleValue());
    }
  }

  @Test
  void flagsAccumulate() {
    Measurement value = Measurement.of(Quantity.VOLTAGE, 1, 0);
    assertThat(value.with(0)).isSameAs(value);
    Measurement flagged = value.with(Quality.ESTIMATED).with(Quality.OUT_OF_RANGE);
    assertThat(flagged.quality().names()).containsExactly("estimated", "out-of-range");
    assertThat(flagged.quality().measured()).isFalse();
    assertThat(new Quality(Quality.CLOCK_UNSYNCHRONISED).measured()).isTrue();
    assertThat(new Quality(1 << 31).names()).containsExactly("bit-31");
    for (String name : new Quality(-1).names()) {
      assertThat(new Quality(Quality.flag(name)).names()).containsExactly(name);
    }
    assertThat(Quality.flag("bit-2")).isZero();
    assertThat(Quality.flag("")).isZero();
  }

  @Test
  void theCatalogueIsConsistent() {
    Set<String> obis = new HashSet<>();
    for (Quantity quantity : Quantity.catalogue()) {
      assertThat(quantity.key()).isBetween(1, 255);
      assertThat(Quantity.byKey(quantity.key())).containsSame(quantity);
      assertThat(Quantity.byName(quantity.name())).containsSame(quantity);
      assertThat(quantity.name()).matches("[a-z0-9]+([.-][a-z0-9]+)*").doesNotStartWith("x-");
      if (quantity.obis().isPresent()) {
        assertThat(obis.add(quantity.obis().get())).as(quantity.name()).isTrue();
        assertThat(Quantity.byObis(quantity.obis().get())).containsSame(quantity);
        Obis code = Obis.of(quantity).orElseThrow();
        assertThat(code.toString()).isEqualTo(quantity.obis().get());
        assertThat(code.quantity()).contains(quantity);
        assertThat(Obis.of(quantity.channel(3)).orElseThrow().quantity())
            .contains(quantity.channel(3));
      }
      if (quantity.unit() == Unit.WATT_HOUR && quantity.name().startsWith("energy.")) {
        assertThat(quantity.nature()).isEqualTo(Nature.REGISTER);
      }
    }
  }

  @Test
  void channelsAreQuantitiesOfTheirOwn() {
    Quantity second = Quantity.DC_POWER.channel(2);
    assertThat(second).isNotEqualTo(Quantity.DC_POWER).hasToString("dc.power[2]");
    assertThat(second.channel(2)).isSameAs(second);
    assertThat(second.channel(0)).isEqualTo(Quantity.DC_POWER);
    assertThat(Quantity.ENERGY_IMPORT.channel(2).obis()).contains("1-2:1.8.0");
    assertThatThrownBy(() -> second.channel(256)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"y-a", "x-A", "x-a_b", "x-ä", "a"})
  void customNamesAreChecked(String name) {
    assertThatThrownBy(
            () ->
                Quantity.custom(name, Commodity.NONE, Unit.ONE, Phase.TOTAL, Nature.INSTANTANEOUS))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "1-0:1.8.0*255,1-0:1.8.0,energy.import",
    "1-0:1.8.0,1-0:1.8.0,energy.import",
    "1.8.0,1-0:1.8.0,energy.import",
    "1.8,1-0:1.8.0,energy.import",
    "1-2:2.8.0*255,1-2:2.8.0,energy.export[2]",
    "1-0:1.8.0*01,1-0:1.8.0*1,",
    "1.8.0&12,1-0:1.8.0*12,",
    "0-0:96.14.0,0-0:96.14.0,tariff",
    "C.1.0,1-0:96.1.0,",
    "1-0:99.98.97,1-0:99.98.97,"
  })
  void obisCodes(String text, String canonical, String quantity) {
    Obis obis = Obis.parse(text).orElseThrow();
    assertThat(obis).hasToString(canonical);
    assertThat(obis.quantity().map(Quantity::toString)).isEqualTo(Optional.ofNullable(quantity));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1",
        "1.",
        ".8.0",
        "1-0:1.8.0*",
        "256.8.0",
        "1-0:1.8.0*256",
        "1-0:1.8.0 ",
        "X.8.0",
        "1-0.1.8.0",
        "1.8.0.0",
        "99999999999999999999999999.8.0",
        "-1.8.0"
      })
  void whatIsNoObisCode(String text) {
    assertThat(Obis.parse(text)).isEmpty();
  }

  @Test
  void identities() {
    DeviceId id = DeviceId.random();
    assertThat(DeviceId.parse(id.toString())).isEqualTo(id);
    assertThatThrownBy(() -> DeviceId.parse("1-1-1-1-1"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(Unit.ofSymbol("m3/h")).isEqualTo(Unit.CUBIC_METRE_PER_HOUR);
    assertThatThrownBy(() -> Unit.ofSymbol("kW")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void framesAndGapsKeepMilliseconds() {
    Instant fine = AT.plusNanos(1_999_999);
    ReadingFrame frame = new ReadingFrame(DeviceId.HOME, 0, fine, 1, 1, List.of());
    assertThat(frame.instant()).isEqualTo(AT.plusMillis(1));
    Gap gap = new Gap(DeviceId.HOME, AT, fine, Gap.Reason.PAUSED);
    assertThat(gap.to()).isEqualTo(AT.plusMillis(1));
    assertThatThrownBy(() -> new Gap(DeviceId.HOME, AT, AT.plusNanos(5), Gap.Reason.PAUSED))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({
    // production, export, charge, discharge, self-consumed
    "5000,1000,0,0,4000",
    "5000,5000,0,0,0",
    "0,0,0,800,0",
    "1000,1500,0,600,100",
    "1000,0,1000,0,1000",
    "0,200,0,300,0"
  })
  void selfConsumption(long production, long export, long charge, long discharge, long expected) {
    IntervalBalance balance =
        new IntervalBalance(
            AT,
            Duration.ofMinutes(1),
            production,
            0,
            0,
            export,
            charge,
            discharge,
            0,
            Quality.MEASURED);
    assertThat(balance.selfConsumed()).isEqualTo(expected);
  }

  @Test
  void senmlInJsonAndCbor() {
    ReadingFrame frame =
        new ReadingFrame(
            DeviceId.HOME,
            0,
            AT.plusMillis(250),
            1,
            1,
            0,
            List.of(
                Measurement.of(Quantity.ACTIVE_POWER, 12_345, -1),
                Measurement.of(Quantity.BATTERY_SOC.channel(2), 80, 0),
                Measurement.of(Quantity.WATER_FLOW, 36, -1)),
            Map.of());
    assertThat(new String(Senml.json(List.of(frame)), StandardCharsets.UTF_8))
        .isEqualTo(
            "[{\"bn\":\"urn:uuid:00000000-0000-8000-8000-000000000001:\",\"bt\":1793527200.250,"
                + "\"n\":\"power.active\",\"u\":\"W\",\"v\":1234.5},"
                + "{\"n\":\"battery.soc/2\",\"u\":\"/100\",\"v\":80},"
                + "{\"n\":\"water.flow\",\"u\":\"m3/s\",\"v\":0.001}]");
    String hex = HexFormat.of().formatHex(Senml.cbor(List.of(frame)));
    assertThat(hex).startsWith("83a5006c706f7765722e616374697665016157");
    assertThat(hex).contains("02fa449a5000").contains("021850");
    assertThat(Senml.json(List.of())).isEqualTo(new byte[] {'[', ']'});
  }
}
