package org.commonshub.metering.p1;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.commonshub.measure.api.Quantity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every country and version, value by value. */
class VariantsTest {
  private static final ZoneId ZONE = ZoneId.of("Europe/Amsterdam");

  private static Map<String, String> map(String text) {
    Map<String, String> map = new HashMap<>();
    for (String pair : text.strip().split("\\s+")) {
      int equals = pair.lastIndexOf('=');
      map.put(pair.substring(0, equals), pair.substring(equals + 1));
    }
    return map;
  }

  static Stream<Arguments> variants() {
    return Stream.of(
        Arguments.of(
            "DSMR 2.2",
            Telegrams.bare(Telegrams.DSMR_22),
            """
            power.active=980 energy.import=269579 energy.import.t1=185123 energy.import.t2=84456
            energy.export=32010 energy.export.t1=13007 energy.export.t2=19003 tariff=1
            """),
        Arguments.of(
            "DSMR 3",
            Telegrams.bare(Telegrams.DSMR_3),
            """
            power.active=-1510 energy.import=1098742 energy.import.t1=608400 energy.import.t2=490342
            energy.export=1 energy.export.t1=1 energy.export.t2=0 tariff=2
            """),
        Arguments.of(
            "DSMR 4",
            Telegrams.sealed(Telegrams.DSMR_4),
            """
            power.active=-333 power.active.l1=-333 energy.import=3279264 energy.import.t1=1859154
            energy.import.t2=1420110 energy.export=282051 energy.export.t1=70001
            energy.export.t2=212050 current.l1=1 tariff=2
            """),
        Arguments.of(
            "DSMR 5",
            Telegrams.sealed(Telegrams.DSMR_5),
            """
            power.active=519 power.active.l1=-182 power.active.l2=600 power.active.l3=101
            energy.import=9914020 energy.import.t1=4611120 energy.import.t2=5302900
            energy.export=3300021 energy.export.t1=1100001 energy.export.t2=2200020
            voltage.l1=229 voltage.l2=231.4 voltage.l3=230.5
            current.l1=0 current.l2=3 current.l3=1 tariff=2
            """),
        Arguments.of(
            "Belgium",
            Telegrams.sealed(Telegrams.BELGIUM),
            """
            power.active=-1250 power.active.l1=-1400 power.active.l2=100 power.active.l3=50
            energy.import=5001510 energy.import.t1=2001504 energy.import.t2=3000006
            energy.export=450780 energy.export.t1=400700 energy.export.t2=50080
            voltage.l1=234.1 voltage.l2=233.9 voltage.l3=235.6
            current.l1=6.02 current.l2=0.61 current.l3=0.32 tariff=1
            x-p1.demand=1024 x-p1.demand.month-peak=4872
            """),
        Arguments.of(
            "Luxembourg",
            Telegrams.sealed(Telegrams.LUXEMBOURG),
            """
            power.active=-4120 power.active.l1=-1400 power.active.l2=-1380 power.active.l3=-1340
            power.reactive=-215 power.reactive.l1=-71 power.apparent=4126
            energy.import=3001250 energy.export=9010750
            energy.reactive.import=100200 energy.reactive.export=900300
            voltage.l1=241 voltage.l2=240 voltage.l3=242 current.l1=6 current.l2=6 current.l3=5
            """),
        Arguments.of(
            "Sweden",
            Telegrams.sealed(Telegrams.SWEDEN),
            """
            power.active=2345 power.active.l1=1500 power.active.l2=445 power.active.l3=400
            power.reactive=-420 power.reactive.l1=-200 power.reactive.l2=10 power.reactive.l3=-230
            energy.import=12345678 energy.export=234005
            energy.reactive.import=99100 energy.reactive.export=800200
            voltage.l1=231.5 voltage.l2=232.6 voltage.l3=230.7
            current.l1=6.5 current.l2=1.9 current.l3=1.8
            """),
        Arguments.of(
            "Hungary",
            Telegrams.sealed(Telegrams.HUNGARY),
            """
            power.active=-2010 power.reactive=-474 power.factor=0.987 power.factor.l1=0.99
            power.factor.l3=-0.75 frequency=49.98
            energy.import=300500 energy.import.t1=100250 energy.import.t2=200250
            energy.import.t3=0 energy.import.t4=0
            energy.export=700007 energy.export.t1=500005 energy.export.t2=200002
            energy.export.t3=0 energy.export.t4=0
            energy.reactive.import=1100 energy.reactive.export=303300
            voltage.l1=238.4 voltage.l2=239.1 voltage.l3=237.2
            current.l1=3 current.l2=4 current.l3=2 tariff=2
            """),
        Arguments.of(
            "Austria",
            Telegrams.sealed(Telegrams.AUSTRIA),
            """
            power.active=286 power.reactive=-166
            energy.import=6000766 energy.import.t1=5000120 energy.import.t2=1000646
            energy.export=58 energy.export.t1=0 energy.export.t2=58
            energy.reactive.import=747 energy.reactive.export=3000726
            """));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("variants")
  void decodesEveryValue(String name, byte[] bytes, String expected) {
    Collected collected = Collected.of(new PlainFramer(Checksum.CRC16, false), bytes);
    assertThat(collected.values()).isEqualTo(map(expected));
    assertThat(collected.troubles).isEmpty();
  }

  static Stream<Arguments> clocks() {
    return Stream.of(
        Arguments.of(Telegrams.DSMR_4, "2016-09-05T06:22:37Z"),
        Arguments.of(Telegrams.DSMR_5, "2023-01-18T08:15:02Z"),
        Arguments.of(Telegrams.BELGIUM, "2024-03-14T09:30:11Z"),
        Arguments.of(Telegrams.LUXEMBOURG, "2022-07-19T12:15:30Z"),
        // Winter time in July.
        Arguments.of(Telegrams.SWEDEN, "2024-07-01T12:05:10Z"),
        Arguments.of(Telegrams.HUNGARY, "2023-09-05T15:42:10Z"),
        Arguments.of(Telegrams.AUSTRIA, "2022-11-06T14:50:14Z"));
  }

  @ParameterizedTest
  @MethodSource("clocks")
  void tellsTheInstant(String text, String instant) {
    Telegram telegram = telegram(text);
    assertThat(Stamp.parse(telegram.values("0-0:1.0.0").get(0), ZONE))
        .contains(Instant.parse(instant));
  }

  private static Telegram telegram(String text) {
    boolean bare = !text.contains("0-0:1.0.0");
    byte[] bytes = bare ? Telegrams.bare(text) : Telegrams.sealed(text);
    Collected collected = Collected.of(new PlainFramer(Checksum.CRC16, false), bytes);
    assertThat(collected.telegrams).as(collected.reasons.toString()).hasSize(1);
    return collected.telegrams.get(0);
  }

  static Stream<Arguments> subMeters() {
    return Stream.of(
        // The status' bit 3 is summer time.
        Arguments.of(Telegrams.DSMR_22, 1, Quantity.GAS_VOLUME, "124.477", "2012-05-17T00:00:00Z"),
        Arguments.of(Telegrams.DSMR_3, 1, Quantity.GAS_VOLUME, "24.123", "2012-10-30T13:00:00Z"),
        // 9 GJ are 2,500 kWh.
        Arguments.of(Telegrams.DSMR_3, 2, Quantity.HEAT_ENERGY, "2500000", "2012-10-30T13:00:00Z"),
        Arguments.of(Telegrams.DSMR_4, 1, Quantity.GAS_VOLUME, "807.234", "2016-09-05T06:00:00Z"),
        Arguments.of(Telegrams.DSMR_5, 1, Quantity.GAS_VOLUME, "5012.811", "2023-01-18T08:10:00Z"),
        Arguments.of(Telegrams.DSMR_5, 2, Quantity.WATER_VOLUME, "321.004", "2023-01-18T08:00:00Z"),
        // 18.25 GJ are 5,069,444.4 Wh.
        Arguments.of(Telegrams.DSMR_5, 3, Quantity.HEAT_ENERGY, "5069444", "2023-01-18T07:00:00Z"),
        Arguments.of(Telegrams.DSMR_5, 4, Quantity.ENERGY_IMPORT, "777123", "2023-01-18T08:15:00Z"),
        Arguments.of(Telegrams.BELGIUM, 1, Quantity.GAS_VOLUME, "1234.567", "2024-03-14T09:25:02Z"),
        Arguments.of(
            Telegrams.BELGIUM, 2, Quantity.WATER_VOLUME, "111.222", "2024-03-14T09:28:00Z"),
        Arguments.of(
            Telegrams.LUXEMBOURG, 1, Quantity.GAS_VOLUME, "45.678", "2022-07-19T12:00:00Z"));
  }

  @ParameterizedTest
  @MethodSource("subMeters")
  void decodesSubMeters(String text, int channel, Quantity quantity, String value, String instant) {
    SubMeter.Reading reading =
        SubMeter.of(telegram(text), channel, ZONE).orElseThrow().reading().orElseThrow();
    assertThat(reading.value().quantity()).isEqualTo(quantity);
    assertThat(reading.value().decimalValue()).isEqualByComparingTo(value);
    assertThat(reading.at()).contains(Instant.parse(instant));
  }

  @Test
  void tellsWhichMetersThereAre() {
    assertThat(SubMeter.of(telegram(Telegrams.DSMR_5), ZONE))
        .extracting(SubMeter::medium)
        .containsExactly(
            SubMeter.Medium.GAS,
            SubMeter.Medium.WATER,
            SubMeter.Medium.HEAT,
            SubMeter.Medium.ELECTRICITY);
    assertThat(SubMeter.of(telegram(Telegrams.LUXEMBOURG), ZONE)).hasSize(1);
    assertThat(SubMeter.of(telegram(Telegrams.SWEDEN), ZONE)).isEmpty();
    assertThat(telegram(Telegrams.DSMR_5).identity())
        .isEqualTo(
            Map.of(
                "maker", "ENE",
                "model", "T210-D ESMR5.0",
                "serial", "E0047000007630817",
                "version", "DSMR 5.0"));
    assertThat(telegram(Telegrams.BELGIUM).identity())
        .containsEntry("version", "e-MUCS 50217")
        .containsEntry("serial", "1SAG3100204567");
    assertThat(telegram(Telegrams.HUNGARY).identity())
        .containsEntry("maker", "SAG")
        .containsEntry("serial", "890800012345");
  }

  private static Telegram with(String... lines) {
    return telegram("/TST5TEST\n\n0-0:1.0.0(230118091502W)\n" + String.join("\n", lines) + "\n!\n");
  }

  private static Map<String, String> values(String... lines) {
    return Collected.plain(MainValues.of(with(lines)));
  }

  @Test
  void leavesOutWhatIsNotThere() {
    assertThat(values("1-0:1.8.0(------.---*kWh)", "1-0:32.7.0()", "0-0:96.14.0()")).isEmpty();
    // A register that cannot be read is not zero.
    assertThat(values("1-0:1.8.1(000001.000*kWh)", "1-0:1.8.2(?*kWh)"))
        .containsOnlyKeys("energy.import.t1");
    assertThat(values("1-0:1.8.2(000001.000*kWh)")).containsOnlyKeys("energy.import.t2");
    assertThat(values("1-0:1.7.0(00.100*kW)", "1-0:2.7.0(--.---*kW)")).isEmpty();
    // Nothing is measured the other way.
    assertThat(values("1-0:1.7.0(00.100*kW)")).isEqualTo(Map.of("power.active", "100"));
    assertThat(values("1-0:2.7.0(00.100*kW)")).isEqualTo(Map.of("power.active", "-100"));
    assertThat(values("1-0:16.7.0(-00.100*kW)")).isEqualTo(Map.of("power.active", "-100"));
    // Registers and powers one way are never negative.
    assertThat(values("1-0:1.8.0(-000001.000*kWh)", "1-0:1.7.0(-00.100*kW)")).isEmpty();
    // A unit of something else, a billing period that is over, another meter.
    assertThat(
            values(
                "1-0:1.8.0(000001.000*V)",
                "1-0:2.8.0*01(000001.000*kWh)",
                "1-1:1.8.0(000001.000*kWh)",
                "1-0:32.7.0(230.0*A)"))
        .isEmpty();
    // Before the first quarter of a month is over.
    assertThat(values("1-0:1.6.0(632525252525W)(00.000*kW)", "1-0:1.4.0(00.052*kW)"))
        .isEqualTo(Map.of("x-p1.demand", "52"));
  }

  @Test
  void takesUnitsAsTheyCome() {
    assertThat(values("1-0:1.8.0(1.5*MWh)")).isEqualTo(Map.of("energy.import", "1500000"));
    assertThat(values("1-0:1.8.0(000123.456kWh)")).isEqualTo(Map.of("energy.import", "123456"));
    assertThat(values("1-0:1.8.0(000123.456*kWh )")).isEqualTo(Map.of("energy.import", "123456"));
    assertThat(values("1-0:3.7.0(00.007)")).isEqualTo(Map.of("power.reactive", "7"));
    assertThat(values("1-0:3.8.0(1*kVArh)")).isEqualTo(Map.of("energy.reactive.import", "1000"));
    assertThat(values("1-0:1.8.0.255(2*kWh)")).isEqualTo(Map.of("energy.import", "2000"));
    assertThat(values("1-0:1.8.0*255(2*kWh)")).isEqualTo(Map.of("energy.import", "2000"));
    assertThat(values("1-0:1.8.0(99999999999*kWh)")).isEmpty();
    assertThat(values("1-0:1.8.0(9999999999.9999999*MWh)")).hasSize(1);
    // Millis are not megas.
    assertThat(values("1-0:1.7.0(5*mW)")).isEmpty();
  }

  @Test
  void addsQuadrantsAndTariffsWhereThereIsNoTotal() {
    assertThat(
            values(
                "1-0:5.8.0(1.0*kvarh)",
                "1-0:6.8.0(0.5*kvarh)",
                "1-0:7.8.0(0.2*kvarh)",
                "1-0:8.8.0(0.1*kvarh)"))
        .isEqualTo(Map.of("energy.reactive.import", "1500", "energy.reactive.export", "300"));
    assertThat(values("1-0:5.8.0(1.0*kvarh)")).isEmpty();
    assertThat(values("1-0:4.8.1(1.0*kvarh)", "1-0:4.8.2(2.0*kvarh)"))
        .isEqualTo(Map.of("energy.reactive.export", "3000"));
    assertThat(
            values("1-0:1.8.1(1*kWh)", "1-0:1.8.2(2*kWh)", "1-0:1.8.3(4*kWh)", "1-0:1.8.4(8*kWh)"))
        .containsEntry("energy.import", "15000");
  }

  @Test
  void aSubMeterThatSaidNothingYetHasNoValue() {
    for (String line :
        List.of(
            "0-1:24.2.1(632525252525W)(00000.000)",
            "0-1:24.2.1(700101010000W)(00000000)",
            "0-1:24.2.1(000101010000W)(00000.000*m3)",
            "0-1:24.2.1()",
            "0-1:24.2.1(230118091000W)(-----.---*m3)",
            "0-1:24.2.1(230118091000W)(00012.000*V)",
            "0-1:24.2.1(230118091000W)(-0001.000*m3)",
            // Not valid, critical error.
            "0-1:24.3.0(230118090000)(04)(60)(1)(0-1:24.2.1)(m3)(00000.001)",
            "0-1:24.3.0(230118090000)(01)(60)(1)(0-1:24.2.1)(m3)(00000.001)",
            "0-1:24.3.0(230118090000)(00)(60)(2)(0-1:24.2.1)(m3)(00000.001)",
            "0-1:24.3.0(230118090000)(00)(60)(1)(0-1:24.2.1)(m3)")) {
      SubMeter meter =
          SubMeter.of(with("0-1:24.1.0(003)", "0-1:96.1.0(4730)", line), 1, ZONE).orElseThrow();
      assertThat(meter.reading()).as(line).isEmpty();
      assertThat(meter.serial()).contains("G0");
    }
  }

  @Test
  void valuesOfOtherShapesAndUnits() {
    SubMeter untimed = SubMeter.of(with("0-1:24.1.0(007)", "0-1:24.2.1(5*dm3)"), 1, ZONE).get();
    assertThat(untimed.reading().get().at()).isEmpty();
    assertThat(untimed.reading().get().value().decimalValue()).isEqualByComparingTo("0.005");
    // The clock is not valid.
    SubMeter unsure =
        SubMeter.of(
                with(
                    "0-1:24.1.0(3)",
                    "0-1:24.3.0(230118090000)(02)(60)(2)(0-1:24.9.9)(x)(0-1:24.2.1)(m3)(1)(2.5)"),
                1,
                ZONE)
            .get();
    assertThat(unsure.reading().get().at()).isEmpty();
    assertThat(unsure.reading().get().value().decimalValue()).isEqualByComparingTo("2.5");
    // Belgian gas without a type; cooling; heat by volume; gas by energy.
    assertThat(medium("", "0-1:24.2.3(230118090000W)(1*m3)")).isEqualTo(Quantity.GAS_VOLUME);
    assertThat(medium("010", "0-1:24.2.1(230118090000W)(1*GJ)")).isEqualTo(Quantity.COOLING_ENERGY);
    assertThat(medium("004", "0-1:24.2.1(230118090000W)(1*m3)")).isEqualTo(Quantity.HEAT_VOLUME);
    assertThat(medium("003", "0-1:24.2.1(230118090000W)(1*kWh)")).isEqualTo(Quantity.GAS_ENERGY);
    assertThat(medium("006", "0-1:24.2.1(230118090000W)(1*m3)")).isEqualTo(Quantity.WATER_VOLUME);
    assertThat(SubMeter.of(with("0-1:24.1.0(255)", "0-1:24.2.1(1*m3)"), 1, ZONE)).isEmpty();
    assertThat(SubMeter.of(with("0-1:24.2.1(1*m3)"), 1, ZONE)).isEmpty();
  }

  private static Quantity medium(String type, String line) {
    return SubMeter.of(with("0-1:24.1.0(" + type + ")", line), 1, ZONE)
        .orElseThrow()
        .reading()
        .orElseThrow()
        .value()
        .quantity();
  }
}
