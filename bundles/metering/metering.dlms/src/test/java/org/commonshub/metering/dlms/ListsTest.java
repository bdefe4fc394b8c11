package org.commonshub.metering.dlms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.commonshub.metering.dlms.Writer.hex;
import static org.commonshub.metering.dlms.Writer.name;
import static org.commonshub.metering.dlms.Writer.register;
import static org.commonshub.metering.dlms.Writer.scale;
import static org.commonshub.metering.dlms.Writer.string;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Map;
import java.util.TreeMap;
import org.commonshub.measure.api.Measurement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Data, lists of the makers, clocks and quantities. */
class ListsTest {
  private static final String KAIFA_HEAD =
      string(9, "KFM_001") + string(9, "1234567890123456") + string(9, "MA304H4");
  private static final String CLOCK = "090c07e60115040c000aff800000";

  private final Values values = new Values(-1);

  private static Data data(String hex) throws MalformedApdu {
    Octets in = new Octets(hex(hex));
    Data data = Data.read(in);
    assertThat(in.remaining()).isZero();
    return data;
  }

  private Map<String, String> read(String hex) throws MalformedApdu {
    return read(hex, new byte[0]);
  }

  private Map<String, String> read(String hex, byte[] systemTitle) throws MalformedApdu {
    Data body = data(hex);
    String maker = Makers.of(systemTitle, body);
    Map<String, String> found = new TreeMap<>();
    for (Measurement value : values.of(Lists.of(body, maker), maker)) {
      BigDecimal number = value.decimalValue();
      assertThat(
              found.put(
                  value.quantity().toString(),
                  number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString()))
          .isNull();
    }
    return found;
  }

  @ParameterizedTest
  @CsvSource({
    "03 01, 1",
    "05 ffffffff, -1",
    "06 ffffffff, 4294967295",
    "0f 80, -128",
    "10 8000, -32768",
    "11 ff, 255",
    "12 ffff, 65535",
    "14 ffffffffffffffff, -1",
    "15 ffffffffffffffff, 18446744073709551615",
    "16 1b, 27",
    "17 41480000, 12.5",
    "18 4029000000000000, 12.5"
  })
  void numbers(String hex, String value) throws Exception {
    assertThat(data(hex).number()).isEqualByComparingTo(value);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "00",
        "ff",
        "17 7fc00000",
        "18 7ff0000000000000",
        "04 0a ffc0",
        "09 03 010203",
        "0a 03 414243",
        "0c 03 414243",
        "19 07e60115040c000aff800000",
        "1a 07e6011504",
        "1b 0c000a00",
        "01 00",
        "02 00",
        "01 02 00 00",
        "02 81 01 00",
        "13 12 04 00010002",
        "13 02 02 12 11 06 000103 000204",
        "13 01 0002 11 04 01020304"
      })
  void otherTypes(String hex) throws Exception {
    assertThat(data(hex).isNumber()).isFalse();
  }

  @Test
  void compactArray() throws Exception {
    Data array = data("13 02 02 12 11 06 000103 000204");
    assertThat(array.items()).hasSize(2);
    assertThat(array.items().get(1).items().get(0).number()).isEqualByComparingTo("2");
    assertThat(array.items().get(1).items().get(1).number()).isEqualByComparingTo("4");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "02",
        "0201",
        "020206",
        "06 0000",
        "09 05 01",
        "09 82 ffff 00",
        "09 85 0000000001 00",
        "07",
        "08",
        "0b",
        "0e",
        "1c",
        "80",
        "fe",
        "13 00 01 00",
        "13 02 00 01 00",
        "01 84 7fffffff 00",
        "01 84 ffffffff 00",
        "13 12 03 000100",
        "04 84 7fffffff"
      })
  void cutOrUnknownData(String hex) {
    assertThatThrownBy(() -> data(hex)).isInstanceOf(MalformedApdu.class);
  }

  @Test
  void nestingAndCountAreBounded() {
    assertThatThrownBy(() -> data("0201".repeat(20) + "00")).hasMessageContaining("nested");
    assertThatThrownBy(() -> data("01820fff" + "00".repeat(4095))).hasMessageContaining("2048");
  }

  @Test
  void aidonListOfEveryFewSeconds() throws Exception {
    assertThat(read("0101" + register("1-0:1.7.0", 2148, 0, 27)))
        .isEqualTo(Map.of("power.active", "2148"));
  }

  @Test
  void aidonListOfEveryHour() throws Exception {
    String list =
        "0112"
            + "0202"
            + name("1-1:0.2.129")
            + string(10, "AIDON_V0001")
            + "0202"
            + name("0-0:96.1.0")
            + string(10, "1234567890123456")
            + "0202"
            + name("0-0:96.1.7")
            + string(10, "6534")
            + register("1-0:1.7.0", 0, 0, 27)
            + register("1-0:2.7.0", 922, 0, 27)
            + register("1-0:3.7.0", 0, 0, 29)
            + register("1-0:4.7.0", 526, 0, 29)
            + "0203"
            + name("1-0:31.7.0")
            + "100011"
            + scale(-1, 33)
            + "0203"
            + name("1-0:51.7.0")
            + "10fff0"
            + scale(-1, 33)
            + "0203"
            + name("1-0:71.7.0")
            + "10000e"
            + scale(-1, 33)
            + "0203"
            + name("1-0:32.7.0")
            + "1208f4"
            + scale(-1, 35)
            + "0203"
            + name("1-0:52.7.0")
            + "1208cd"
            + scale(-1, 35)
            + "0203"
            + name("1-0:72.7.0")
            + "1208dc"
            + scale(-1, 35)
            + "0202"
            + name("0-0:1.0.0")
            + CLOCK
            + register("1-0:1.8.0", 4_714_548, 1, 30)
            + register("1-0:2.8.0", 12, 1, 30)
            + register("1-0:3.8.0", 8_606, 1, 32)
            + register("1-0:4.8.0", 581_665, 1, 32);
    Map<String, String> expected = new TreeMap<>();
    expected.put("power.active", "-922");
    expected.put("power.reactive", "-526");
    expected.put("current.l1", "1.7");
    expected.put("current.l2", "-1.6");
    expected.put("current.l3", "1.4");
    expected.put("voltage.l1", "229.2");
    expected.put("voltage.l2", "225.3");
    expected.put("voltage.l3", "226.8");
    expected.put("energy.import", "47145480");
    expected.put("energy.export", "120");
    expected.put("energy.reactive.import", "86060");
    expected.put("energy.reactive.export", "5816650");
    assertThat(read(list)).isEqualTo(expected);
    Data body = data(list);
    assertThat(Makers.identity(Makers.of(new byte[0], body), Lists.of(body, "AID")))
        .isEqualTo(
            Map.of(
                "maker", "Aidon",
                "serial", "1234567890123456",
                "model", "6534",
                "firmware", "AIDON_V0001"));
  }

  /** Norway's list 1 has what is taken only: 0 is no power while something may be given. */
  @Test
  void nothingTakenIsNotNoPower() throws Exception {
    assertThat(read("0201 0600000000")).containsEntry("power.active", "0");
    read("020d" + KAIFA_HEAD + "0600000000 0600000bb8" + "0600000000".repeat(8));
    assertThat(read("0201 0600000000")).isEmpty();
    assertThat(read("0201 0600000bf3")).containsEntry("power.active", "3059");
  }

  @Test
  void kaifaLists() throws Exception {
    String powers = "0600000c21 0600000000 0600000000 060000019f";
    String three = powers + "0600000bf3 060000050b 0600002511 0600000944 0600000949 0600000939";
    String registers = CLOCK + "0601343b5d 0600000000 0600000936 06003c7a98";
    assertThat(read("020d" + KAIFA_HEAD + three))
        .containsEntry("power.active", "3105")
        .containsEntry("power.reactive", "-415")
        .containsEntry("current.l1", "3.059")
        .containsEntry("current.l3", "9.489")
        .containsEntry("voltage.l2", "237.7")
        .hasSize(8);
    assertThat(read("0212" + KAIFA_HEAD + three + registers))
        .containsEntry("energy.import", "20200285")
        .containsEntry("energy.export", "0")
        .containsEntry("energy.reactive.import", "2358")
        .containsEntry("energy.reactive.export", "3963544")
        .containsEntry("voltage.l3", "236.1")
        .hasSize(12);
    String one = powers + "0600000042 060000098a";
    assertThat(read("0209" + KAIFA_HEAD + one))
        .containsEntry("current.l1", "0.066")
        .containsEntry("voltage.l1", "244.2")
        .hasSize(4);
    assertThat(read("020e" + KAIFA_HEAD + one + registers))
        .containsEntry("energy.import", "20200285")
        .hasSize(8);
    // Behind transformers registers have 64 bit.
    assertThat(
            read(
                "0212"
                    + KAIFA_HEAD
                    + three
                    + CLOCK
                    + "150000000001343b5d 150000000000000000"
                    + "150000000000000936 15000000003c7a9800"))
        .containsEntry("energy.import", "20200285");
  }

  @Test
  void kaifaWithoutNeutralHasNoSecondVoltage() throws Exception {
    String head = KAIFA_HEAD.replace(string(9, "MA304H4"), string(9, "MA304H3E"));
    assertThat(
            read(
                "020d"
                    + head
                    + "0600000c21 0600000000 0600000000 060000019f 0600000bf3"
                    + "060000050b 0600002511 0600000944 0600000000 0600000939"))
        .containsKey("voltage.l1")
        .doesNotContainKey("voltage.l2");
  }

  @Test
  void kamstrupHasNoUnits() throws Exception {
    String list =
        "0221"
            + string(10, "Kamstrup_V0001")
            + name("1-1:0.0.5")
            + string(10, "5706567200000000")
            + name("1-1:96.1.1")
            + string(10, "684113100000000000")
            + name("1-1:1.7.0")
            + "06000005e6"
            + name("1-1:2.7.0")
            + "0600000000"
            + name("1-1:3.7.0")
            + "0600000000"
            + name("1-1:4.7.0")
            + "0600000192"
            + name("1-1:31.7.0")
            + "06000000a1"
            + name("1-1:51.7.0")
            + "06000000c1"
            + name("1-1:71.7.0")
            + "060000018e"
            + name("1-1:32.7.0")
            + "1200eb"
            + name("1-1:52.7.0")
            + "1256b7"
            + name("1-1:72.7.0")
            + "1208f9"
            + name("1-1:13.7.0")
            + "120063"
            + name("0-1:1.0.0")
            + CLOCK
            + name("1-1:1.8.0")
            + "06001194ca"
            + name("1-1:2.8.0")
            + "0600000001";
    assertThat(read(list))
        .containsEntry("power.active", "1510")
        .containsEntry("current.l1", "1.61")
        .containsEntry("voltage.l1", "235")
        .containsEntry("voltage.l2", "221.99")
        .containsEntry("voltage.l3", "229.7")
        .containsEntry("power.factor", "0.99")
        .containsEntry("energy.import", "11522020")
        .containsEntry("energy.export", "10");
  }

  @Test
  void currentsThatCannotBeAreLeftOut() throws Exception {
    String list =
        "0207"
            + string(10, "Kamstrup_V0001")
            + name("1-1:1.7.0")
            + "0600001388"
            + name("1-1:31.7.0")
            + "0600003a98"
            + name("1-1:32.7.0")
            + "1200eb";
    assertThat(read(list)).isEqualTo(Map.of("power.active", "5000", "voltage.l1", "235"));
  }

  @Test
  void registersOfUnknownScaleAreLeftOut() throws Exception {
    String list =
        "0206"
            + name("1-0:1.7.0")
            + "0600001388"
            + name("1-0:1.8.0")
            + "0600003a98"
            + name("1-0:31.7.0")
            + "0600003a98";
    assertThat(read(list)).isEqualTo(Map.of("power.active", "5000"));
    Data body = data(list);
    assertThat(new Values(3).of(Lists.of(body, ""), ""))
        .extracting(value -> value.quantity() + "=" + value.decimalValue().toPlainString())
        .contains("energy.import=15000000");
  }

  /** Names, values and scales one after the other, as in Lower Austria and Tirol. */
  @Test
  void austrianLists() throws Exception {
    String list =
        "0217"
            + CLOCK
            + name("1-0:1.8.0")
            + "0600433d0a"
            + scale(0, 30)
            + name("1-0:2.8.0")
            + "0600000103"
            + scale(0, 30)
            + name("1-0:1.7.0")
            + "06000001fe"
            + scale(0, 27)
            + name("1-0:2.7.0")
            + "0600000000"
            + scale(0, 27)
            + name("1-0:32.7.0")
            + "120934"
            + scale(-1, 35)
            + name("1-0:31.7.0")
            + "120063"
            + scale(-2, 33)
            + name("1-0:13.7.0")
            + "1003cf"
            + scale(-3, 255)
            + string(9, "178210000000");
    assertThat(read(list))
        .isEqualTo(
            Map.of(
                "energy.import", "4406538",
                "energy.export", "259",
                "power.active", "510",
                "voltage.l1", "235.6",
                "current.l1", "0.99",
                "power.factor", "0.975"));
  }

  @Test
  void viennaHasNoNames() throws Exception {
    String registers =
        "060002186b 0600000000 060001771b 06000004c0 0600000010 0600000000 0600000006 0600000001";
    Map<String, String> expected =
        Map.of(
            "energy.import", "137323",
            "energy.export", "0",
            "energy.reactive.import", "96027",
            "energy.reactive.export", "1216",
            "power.active", "16",
            "power.reactive", "5");
    assertThat(read("0209" + CLOCK + registers)).isEqualTo(expected);
    assertThat(read("020a" + string(9, "SMS1000000000000") + CLOCK + registers))
        .isEqualTo(expected);
  }

  @Test
  void sloveniaAndCroatiaHaveNoNames() throws Exception {
    assertThat(
            read(
                "0212"
                    + string(9, "ISK1000000000000")
                    + string(9, "16820005")
                    + "0600000571 0600000000 0600000000 06000002e2 12094b 12094b 1208f8 120067"
                    + "12007d 120255 0600000010 0600000033 060000052d"
                    + "0600000000".repeat(3)))
        .containsEntry("power.active", "1393")
        .containsEntry("power.reactive", "-738")
        .containsEntry("voltage.l3", "229.6")
        .containsEntry("current.l3", "5.97")
        .containsEntry("power.active.l3", "1325");
    assertThat(
            read(
                "0221"
                    + string(9, "92000000")
                    + "09040f351e00 090507e90c0303"
                    + "0600687010 060048cbf4 06001fa41c"
                    + "0600000000".repeat(7)
                    + "06000001f3 0600000000 1202ea 060000001b 0600000127 06000000b0"
                    + "0600000000".repeat(3)
                    + "120920 120932 120933 12001d 1200ac 12006d 0600004362"
                    + "0101120000".repeat(3)
                    + "0301"))
        .containsEntry("energy.import", "6844432")
        .containsEntry("energy.import.t1", "4770804")
        .containsEntry("power.active", "499")
        .containsEntry("power.factor", "0.746")
        .containsEntry("current.l2", "1.72");
  }

  /** The push object list comes first, with or without scales among the values. */
  @Test
  void pushObjectList() throws Exception {
    String tuple = "0204 12%04x %s 0f%02x 120000";
    String setup = String.format(tuple, 40, name("0-8:25.9.0"), 2);
    String list =
        "0206 0106"
            + setup
            + String.format(tuple, 40, name("0-8:25.9.0"), 1)
            + String.format(tuple, 1, name("0-0:96.1.0"), 2)
            + String.format(tuple, 3, name("1-0:1.7.0"), 2)
            + String.format(tuple, 3, name("1-1:1.8.0"), 2)
            + String.format(tuple, 3, name("1-0:31.7.0"), 2)
            + name("0-8:25.9.0")
            + string(9, "60000000")
            + "060000016a 0600232226 120033";
    assertThat(read(list))
        .isEqualTo(Map.of("power.active", "362", "energy.import", "2302502", "current.l1", "0.51"));
    String other =
        "0205 0105"
            + String.format(tuple, 40, name("0-0:25.9.0"), 2)
            + String.format(tuple, 3, name("1-0:1.8.0"), 2)
            + String.format(tuple, 3, name("1-0:1.8.0"), 3)
            + String.format(tuple, 3, name("1-0:1.7.0"), 2)
            + String.format(tuple, 3, name("1-0:2.8.0"), 2)
            + "0600000064"
            + scale(3, 30)
            + "0600000005"
            + "0600000007";
    assertThat(read(other)).isEqualTo(Map.of("energy.import", "100000", "power.active", "5"));
  }

  @Test
  void landisGyrWithoutNames() throws Exception {
    assertThat(
            read(
                "020e 1200ec 1200ec 1200ec 120000 12002e 12001a 060000007d 0600000000 0601a96ebd"
                    + "0600001dc3 120190 120003 120120"
                    + string(9, "30000000"),
                hex("4c475a6700000001")))
        .containsEntry("energy.import", "27881149")
        .containsEntry("power.active", "125")
        .containsEntry("voltage.l1", "236")
        .containsEntry("current.l2", "0.46");
  }

  @Test
  void otherUnitsAndOtherMetersAreLeftOut() throws Exception {
    assertThat(
            read(
                "0104"
                    + register("1-0:1.7.0", 5, 0, 29)
                    + register("7-0:3.0.0", 5, 0, 13)
                    + register("1-2:1.7.0", 5, 0, 27)
                    + register("1-0:1.8.0", 5, 0, 14)))
        .isEmpty();
    assertThat(read("0101 0202" + name("0-0:96.14.0") + "1102")).isEqualTo(Map.of("tariff", "2"));
    assertThat(read("0101 0203" + name("1-0:1.8.0") + "05ffffffff" + scale(0, 30))).isEmpty();
  }

  @Test
  void listsOfUnknownOrderHaveNoEntries() throws Exception {
    assertThat(Lists.of(data("0203 0600000001 1200ec 00"), "")).isEmpty();
    assertThat(
            Lists.of(
                data(
                    "0209"
                        + KAIFA_HEAD.replace(Writer.ascii("KFM"), "414141")
                        + "0600000001".repeat(6)),
                ""))
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    // Deviation tells, whatever the zone.
    "07e50c1b010e002d00ffc400, 2021-12-27T13:00:45Z",
    "07e50713010f2e2300ff8880, 2021-07-19T13:46:35Z",
    // Without one the zone does, and the status in the hour that is there twice.
    "07e6011504 0c000aff800000, 2022-01-21T11:00:10Z",
    "07e6071504 0c000aff800000, 2022-07-21T10:00:10Z",
    "07e60a1e07 020000ff800080, 2022-10-30T00:00:00Z",
    "07e60a1e07 020000ff800000, 2022-10-30T01:00:00Z"
  })
  void clocks(String hex, Instant instant) {
    assertThat(Clock.of(hex(hex)).orElseThrow().instant(ZoneId.of("Europe/Vienna")))
        .isEqualTo(instant);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ffff0115040c000aff800000", "07e6ff15040c000aff800000", "07e60d15040c000aff800000",
        "07e6021e040c000aff800000", "07e6011504ff000aff800000", "0000000000000000ff800000"
      })
  void clocksWithOpenParts(String hex) {
    assertThat(Clock.of(hex(hex))).isEmpty();
  }

  @Test
  void doubtfulClocks() {
    assertThat(Clock.of(hex("07e6011504 0c000aff800001")).orElseThrow().valid()).isFalse();
    assertThat(Clock.of(hex("07e6011504 0c000aff8000ff")).orElseThrow().valid()).isTrue();
  }
}
