package org.commonshub.metering.mbus;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.List;
import org.commonshub.metering.mbus.DataRecord.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Application layer of EN 13757-3, clause 6, case by case. */
class RecordsTest {
  private static RecordReader.Body read(String hex) {
    return RecordReader.full(new Octets(HexFormat.of().parseHex(hex.replace(" ", ""))));
  }

  private static DataRecord one(String hex) {
    RecordReader.Body body = read(hex);
    assertThat(body.remark()).isEmpty();
    assertThat(body.records()).hasSize(1);
    return body.records().get(0);
  }

  /** One case per group of the primary table, at both ends of the scale. */
  @ParameterizedTest
  @CsvSource({
    "01 00 05, ENERGY, 0.005, Wh",
    "01 07 05, ENERGY, 50000, Wh",
    "01 08 05, ENERGY, 5, J",
    "01 0F 05, ENERGY, 50000000, J",
    "01 10 05, VOLUME, 0.000005, m3",
    "01 17 05, VOLUME, 50, m3",
    "01 18 05, MASS, 0.005, kg",
    "01 1F 05, MASS, 50000, kg",
    "01 20 05, ON_TIME, 5, s",
    "01 21 05, ON_TIME, 300, s",
    "01 22 05, ON_TIME, 18000, s",
    "01 23 05, ON_TIME, 432000, s",
    "01 27 05, OPERATING_TIME, 432000, s",
    "01 28 05, POWER, 0.005, W",
    "01 2F 05, POWER, 50000, W",
    "01 30 05, POWER, 5, J/h",
    "01 37 05, POWER, 50000000, J/h",
    "01 38 05, VOLUME_FLOW, 0.000005, m3/h",
    "01 3F 05, VOLUME_FLOW, 50, m3/h",
    "01 40 05, VOLUME_FLOW, 0.00003, m3/h",
    "01 47 05, VOLUME_FLOW, 300, m3/h",
    "01 48 05, VOLUME_FLOW, 0.000018, m3/h",
    "01 4F 05, VOLUME_FLOW, 180, m3/h",
    "01 50 05, MASS_FLOW, 0.005, kg/h",
    "01 58 05, FLOW_TEMPERATURE, 0.005, °C",
    "01 5B 05, FLOW_TEMPERATURE, 5, °C",
    "01 5F FB, RETURN_TEMPERATURE, -5, °C",
    "01 62 05, TEMPERATURE_DIFFERENCE, 0.5, K",
    "01 67 05, EXTERNAL_TEMPERATURE, 5, °C",
    "01 6B 05, PRESSURE, 5, bar",
    "01 6E 05, COST_ALLOCATION, 5, ''",
    "01 71 05, AVERAGING_DURATION, 300, s",
    "01 77 05, ACTUALITY_DURATION, 432000, s",
    "0C 78 78 56 34 12, FABRICATION_NUMBER, 12345678, ''",
    "01 7A FA, BUS_ADDRESS, 250, ''",
    "02 FD 08 FF FF, ACCESS_NUMBER, 65535, ''",
    "02 FD 17 01 80, ERROR_FLAGS, 32769, ''",
    "02 FD 48 FC 08, VOLTAGE, 230.0, V",
    "02 FD 59 10 27, CURRENT, 10.000, A",
    "01 FD 71 B0, RADIO_LEVEL, -80, dBm",
    "02 FD 74 0A 00, BATTERY_LIFE, 864000, s",
    "01 FD 29 05, STORAGE_INTERVAL, 5, a",
    "01 FD FD 02 05, BATTERY_LIFE, 5, month",
    "01 FB 00 05, ENERGY, 500000, Wh",
    "01 FB 01 05, ENERGY, 5000000, Wh",
    "01 FB 03 05, REACTIVE_ENERGY, 50000, varh",
    "01 FB 04 05, APPARENT_ENERGY, 5000, VAh",
    "01 FB 09 05, ENERGY, 5000000000, J",
    "01 FB 0C 05, ENERGY, 500000, cal",
    "01 FB 11 05, VOLUME, 5000, m3",
    "01 FB 17 05, REACTIVE_POWER, 5000, var",
    "01 FB 1A 05, RELATIVE_HUMIDITY, 0.5, %",
    "01 FB 23 05, VOLUME, 5, gal",
    "01 FB 29 05, POWER, 5000000, W",
    "02 FB 2D 88 13, FREQUENCY, 50.00, Hz",
    "01 FB 31 05, POWER, 5000000000, J/h",
    "01 FB 37 05, APPARENT_POWER, 5000, VA",
    "01 FB 77 05, TEMPERATURE_LIMIT, 5, °C",
    "01 6F 05, RESERVED, 5, ''",
    "01 FD 7F 05, RESERVED, 5, ''",
    "01 FB 7F 05, MAXIMUM_POWER_COUNT, 50000, W",
  })
  void meaningUnitAndScale(String hex, Meaning meaning, String value, String unit) {
    DataRecord record = one(hex);
    assertThat(record.meaning()).isEqualTo(meaning);
    assertThat(record.number().orElseThrow()).isEqualByComparingTo(value);
    assertThat(record.unit()).isEqualTo(unit);
  }

  /** Data fields of table 4 and variable lengths of table 5. */
  @ParameterizedTest
  @CsvSource({
    "01 13 FF, -0.001",
    "02 13 FE FF, -0.002",
    "03 13 FF FF 7F, 8388.607",
    "04 13 00 00 00 40, 1073741.824",
    "06 13 FF FF FF FF FF 7F, 140737488355.327",
    "07 13 FF FF FF FF FF FF FF 7F, 9223372036854775.807",
    "05 16 00 00 20 41, 10",
    "05 16 00 00 00 C0, -2",
    "09 16 42, 42",
    "0A 16 99 01, 199",
    "0B 16 21 43 65, 654321",
    "0C 16 21 43 65 87, 87654321",
    "0E 16 21 43 65 87 09 21, 210987654321",
    "0C 16 01 00 00 F0, -1",
    "0A 16 23 F1, -123",
    "0D 16 C2 34 12, 1234",
    "0D 16 D2 34 12, -1234",
    "0D 16 E2 00 01, 256",
    "0D 16 E3 FF FF FF, -1"
  })
  void codings(String hex, String value) {
    assertThat(one(hex).number().orElseThrow()).isEqualByComparingTo(value);
  }

  /** What is no number is not 0. */
  @ParameterizedTest
  @CsvSource({
    "00 13, ''",
    "08 13, ''",
    "02 13 00 80, ''",
    "04 13 00 00 00 80, ''",
    "05 16 00 00 C0 7F, ''",
    "05 16 00 00 80 7F, ''",
    "0A 16 CC 0B, '0B  '",
    "0A 16 45 1E, 1E45",
    "0C 16 EE EE EE EE, EEEEEEEE",
    "0D 16 03 43 42 41, ABC",
    "0D 78 F0 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F 10, 100f0e0d0c0b0a090807060504030201",
    "04 93 15 01 00 00 00, error 15",
    "04 93 18 01 00 00 00, error 18"
  })
  void notANumber(String hex, String text) {
    DataRecord record = one(hex);
    assertThat(record.number()).isEmpty();
    assertThat(record.text().orElse("")).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "42 6C 5F 1C, 2010-12-31, true",
    "42 6C FF FF, *-15-31, false",
    "02 6C 00 00, 2000-00-00, true",
    "04 6D 32 37 1F 15, 2008-05-31T23:50:00, true",
    "04 6D 0B 0B CD 13, 2014-03-13T11:11:00, true",
    "04 6D 8B 0B CD 13, 2014-03-13T11:11:00, false",
    "04 6D 00 20 41 C1, 2098-01-01T00:00:00, true",
    "06 6D 1E 32 17 5F 1C 00, 2010-12-31T23:50:30, true",
    "03 6D 1E 32 17, 23:50:30, true",
    "06 FD 70 1E 32 17 5F 1C 00, 2010-12-31T23:50:30, true",
    "02 EC 7E 5F 1C, 2010-12-31, true",
    "04 FD 30 32 37 1F 15, 2008-05-31T23:50:00, true",
    "04 94 39 32 37 1F 15, 2008-05-31T23:50:00, true",
    "04 AB 6E 32 37 1F 15, 2008-05-31T23:50:00, true"
  })
  void times(String hex, String expected, boolean valid) {
    DataRecord record = one(hex);
    assertThat(record.number()).isEmpty();
    assertThat(record.time().orElseThrow()).hasToString(expected);
    assertThat(record.time().orElseThrow().valid()).isEqualTo(valid);
  }

  @Test
  void summerTime() {
    assertThat(one("04 6D 32 97 1F 15").time().orElseThrow().summer()).isTrue();
    assertThat(one("06 6D 5E 32 17 5F 1C 00").time().orElseThrow().summer()).isTrue();
  }

  @Test
  void functionStorageTariffAndSubunit() {
    DataRecord record = one("DA 02 3B 13 01");
    assertThat(record.function()).isEqualTo(Function.MAXIMUM);
    assertThat(record.storage()).isEqualTo(5);
    record = one("8B 60 04 37 18 02");
    assertThat(record.tariff()).isEqualTo(2);
    assertThat(record.subunit()).isEqualTo(1);
    assertThat(record.number().orElseThrow()).isEqualByComparingTo("218370");
    record = one("E4 FF FF FF FF FF FF FF FF FF 7F 13 01 00 00 00");
    assertThat(record.function()).isEqualTo(Function.MINIMUM);
    assertThat(record.storage()).isEqualTo((1L << 41) - 1);
    assertThat(record.tariff()).isEqualTo((1 << 20) - 1);
    assertThat(record.subunit()).isEqualTo(1023);
    assertThat(one("31 13 01").function()).isEqualTo(Function.ERROR);
  }

  @ParameterizedTest
  @CsvSource({
    "01 93 70 05, 0.000000005",
    "01 93 76 05, 0.005",
    "01 93 77 05, 0.05",
    "01 93 7D 05, 5",
    "01 E7 7B 05, 6",
    "01 E7 78 05, 5.001",
    "01 93 00 05, 0.005",
    "01 93 3B 05, 0.005",
    "01 93 BB 76 05, 0.005",
    "01 AB 41 FF, 255",
    "01 AB 51 05, 300"
  })
  void combinableExtensions(String hex, String value) {
    assertThat(one(hex).number().orElseThrow()).isEqualByComparingTo(value);
  }

  @Test
  void extensionsAreKept() {
    assertThat(one("01 AB FC 01 05").extensions()).containsExactly(0x7C01);
    assertThat(one("01 AB BC FC 02 05").extensions()).containsExactly(0x3C, 0x7C02);
    assertThat(one("01 AB FF 81 02 05").extensions()).containsExactly(0x7F, 0x7F01, 0x7F02);
    assertThat(one("01 FF 81 02 05").meaning()).isEqualTo(Meaning.MANUFACTURER_SPECIFIC);
    assertThat(one("01 FF 81 02 05").extensions()).containsExactly(0x7F01, 0x7F02);
  }

  @Test
  void plainTextUnit() {
    DataRecord record = one("02 FC 03 48 52 25 74 D4 11");
    assertThat(record.label()).isEqualTo("%RH");
    assertThat(record.number().orElseThrow()).isEqualByComparingTo("45.64");
    assertThat(one("01 7C 02 62 61 05").label()).isEqualTo("ab");
  }

  @Test
  void fillersAndManufacturersData() {
    RecordReader.Body body = read("2F 2F 01 13 05 2F 0F 01 02 03");
    assertThat(body.records()).hasSize(1);
    assertThat(body.more()).isFalse();
    assertThat(body.manufacturerData()).isEqualTo(new byte[] {1, 2, 3});
    assertThat(read("01 13 05 1F").more()).isTrue();
    assertThat(body.headers()).isEqualTo(HexFormat.of().parseHex("01130f"));
  }

  /** What cannot be read ends the list; what came before stays. */
  @ParameterizedTest
  @CsvSource({
    "01 13 05 04 13 01 02, ends after",
    "01 13 05 04, ends after",
    "01 13 05 84, ends after",
    "01 13 05 3F, reserved",
    "01 13 05 7F, reserved",
    "01 13 05 8F 00, reserved",
    "01 13 05 84 80 80 80 80 80 80 80 80 80 80 00 13, more than ten",
    "01 13 05 04 93 80 80 80 80 80 80 80 80 80 80 00 01 00 00 00, more than ten",
    "01 13 05 04 7D 01 00 00 00, no extension",
    "01 13 05 04 7B 01 00 00 00, no extension",
    "01 13 05 01 7C FF 41, ends after",
    "01 13 05 0D 13 FF 41, reserved",
    "01 13 05 0D 13 CA 41, reserved"
  })
  void cutOrReserved(String hex, String remark) {
    RecordReader.Body body = read(hex);
    assertThat(body.records()).hasSize(1);
    assertThat(body.remark().orElseThrow()).startsWith("record 2").contains(remark);
  }

  @Test
  void mostSignificantFirst() throws Exception {
    byte[] bytes =
        HexFormat.of()
            .parseHex("7612345678047704070a0000000413000000640d7803414243".replace(" ", ""));
    Telegram telegram =
        Application.decode(bytes, false, null, null, java.util.OptionalLong.empty(), new Formats())
            .orElseThrow();
    assertThat(telegram.header().orElseThrow().meter().id()).isEqualTo("12345678");
    assertThat(telegram.records().get(0).value()).isEqualTo("0.100");
    assertThat(telegram.records().get(1).value()).isEqualTo("ABC");
  }

  /** Fixed structure: units of every group, BCD and binary. */
  @ParameterizedTest
  @CsvSource({
    "00 02 29, 12 0, Wh, 12",
    "01 05 29, 18 0, Wh, 18000",
    "01 0A 29, 01 0, Wh, 100000000",
    "01 0B 29, 01 0, J, 1000",
    "01 13 29, 01 0, J, 100000000000",
    "01 14 29, 01 0, W, 1",
    "01 1C 29, 01 0, W, 100000000",
    "01 1D 29, 01 0, J/h, 1000",
    "01 26 29, 01 0, m3, 0.000001",
    "01 2E 29, 01 0, m3, 100",
    "01 2F 29, 01 0, m3/h, 0.000001",
    "01 38 29, 01 0, °C, 0.001",
    "01 39 29, 01 0, '', 1"
  })
  void fixedStructure(String head, String first, String unit, String value) throws Exception {
    String[] parts = head.split(" ");
    int number = Integer.parseInt(first.split(" ")[0], parts[0].equals("00") ? 16 : 10);
    String hex =
        "73 78 56 34 12 0A "
            + parts[0]
            + String.format(" %s E9 %02X 00 00 00 01 00 00 00", parts[1], number);
    Telegram telegram =
        Application.decode(
                HexFormat.of().parseHex(hex.replace(" ", "")),
                false,
                null,
                null,
                java.util.OptionalLong.empty(),
                new Formats())
            .orElseThrow();
    List<DataRecord> records = telegram.records();
    assertThat(records.get(0).unit()).isEqualTo(unit);
    assertThat(records.get(0).number().orElseThrow()).isEqualByComparingTo(value);
    assertThat(records.get(1).number().orElseThrow()).isEqualByComparingTo("0.001");
    Header header = telegram.header().orElseThrow();
    assertThat(header.meter().id()).isEqualTo("12345678");
    assertThat(header.access()).isEqualTo(10);
  }

  @Test
  void fixedStructureWithHistory() throws Exception {
    Telegram telegram =
        FixedStructure.decode(HexFormat.of().parseHex("785634120102e97e2700000035000000"), false);
    assertThat(telegram.records().get(1).unit()).isEqualTo("m3");
    assertThat(telegram.records().get(1).storage()).isEqualTo(1);
    assertThat(telegram.records().get(0).storage()).isEqualTo(1);
    assertThat(telegram.records().get(1).number().orElseThrow()).isEqualByComparingTo("0.035");
  }
}
