package org.commonshub.metering.modbus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Quality;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.Discoverer.Candidate;
import org.commonshub.metering.api.DriverDescription;
import org.commonshub.metering.api.PollSession;
import org.commonshub.testing.fakes.FakeDriverContext;
import org.commonshub.testing.fakes.FakeStreamConnection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class RegisterMapTest {
  private final RegisterMapDriver driver = new RegisterMapDriver(new ModbusService());

  @Test
  void everyMapInTheFolderIsOffered() throws Exception {
    URL folder = RegisterMapDriver.class.getResource("/maps");
    List<DriverDescription.Model> expected = new ArrayList<>();
    try (Stream<Path> files = Files.list(Path.of(folder.toURI()))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".yaml")).sorted().toList()) {
        String id = file.getFileName().toString().replace(".yaml", "");
        RegisterMap map = driver.map(id);
        for (String model : map.models()) {
          expected.add(
              new DriverDescription.Model(
                  map.maker(), model, map.role(), Map.of("map", id), map.source()));
        }
      }
    }
    assertThat(driver.description().models())
        .as("index.txt says what the files say")
        .isEqualTo(expected);
    assertThat(driver.description().models())
        .allSatisfy(model -> assertThat(model.source()).isNotBlank())
        .extracting("model")
        .contains("SDM630-Modbus", "B23", "iEM3155", "UMG 96RM-E");
  }

  /**
   * Decoded examples: map, table, address, words, quantity, mantissa × 10^exponent. Words are
   * written by hand from the datasheets' formats.
   */
  @ParameterizedTest(name = "{0} {4}")
  @CsvSource({
    // f32 230.5 = 43668000; 50.01 = 42480A3D; −1234.5 = C49A5000; 12345.67 kWh = 4640E6AE
    "sdm630, input, 0,     43668000, voltage.l1,      230.5",
    "sdm630, input, 70,    42480A3D, frequency,       50.01",
    "sdm630, input, 52,    C49A5000, power.active,    -1234.5",
    "sdm630, input, 72,    4640E6AE, energy.import,   12345670",
    "sdm630, input, 74,    00000000, energy.export,   0",
    "sdm630, input, 72,    4A96B43F, energy.import,   4938271500", // 4938271.5 kWh
    "sdm630, input, 0,     43673F34, voltage.l1,      231.25", // 231.24689 V
    "sdm120, input, 0,     43668000, voltage,         230.5",
    "sdm120, input, 12,    C49A5000, power.active,    -1234.5",
    "sdm120, input, 72,    3C23D70A, energy.import,   10",
    "abb-b23, holding, 20480, 00000000000F4240, energy.import, 10000000",
    "abb-b23, holding, 23296, 000008FE, voltage.l1,   230.2",
    "abb-b23, holding, 23316, FFFE1DC0, power.active, -1234.56",
    "abb-b23, holding, 23340, 1388,     frequency,    50.00",
    "abb-b23, holding, 23354, FC4A,     power.factor, -0.950",
    "em24-e1, holding, 0,     08FE0000, voltage.l1,   230.2",
    "em24-e1, holding, 40,    CFC7FFFF, power.active, -1234.5",
    "em24-e1, holding, 52,    E2400001, energy.import, 12345600",
    "iem3155, holding, 3059,  BF9E0419, power.active, -1234.5",
    "iem3155, holding, 3203,  00000000075BCD15, energy.import, 123456789",
    "umg96rm, holding, 19026, C49A5000, power.active, -1234.5",
    "umg96rm, holding, 19068, 49742400, energy.import, 1000000",
    "go-echarger, input, 120, 00000168, power.active, 3600",
    "go-echarger, input, 128, 000004D2, energy.import, 123400",
    "go-echarger, input, 114, 0000007B, current.l1,   12.3",
    "go-echarger, input, 100, 0002,     device.state, 2",
    "simulated-evse, input, 4, 0001ADB0, power.active, 11000",
    "simulated-evse, input, 20, 000F4240, energy.import, 1000000",
  })
  void decodes(String map, String table, int address, String hex, String quantity, String expected)
      throws Exception {
    Map<String, Measurement> values = poll(map, table, address, hex);
    assertThat(values).containsKey(quantity);
    assertThat(values.get(quantity).decimalValue()).isEqualByComparingTo(expected);
    assertThat(values.get(quantity).quality()).isEqualTo(Quality.MEASURED);
  }

  @ParameterizedTest(name = "{0} {4}")
  @CsvSource({
    "abb-b23, holding, 20484, FFFFFFFFFFFFFFFF, energy.export",
    "abb-b23, holding, 23316, 7FFFFFFF, power.active",
    "abb-b23, holding, 23354, 7FFF, power.factor",
    "em24-e1, holding, 0, FFFF7FFF, voltage.l1",
    "iem3155, holding, 3029, FFC00000, voltage.l2",
    "iem3155, holding, 3207, 8000000000000000, energy.export",
    "simulated-evse, input, 24, FFFF, ev.soc",
    "sdm630, input, 52, 7FC00000, power.active",
    "sdm630, input, 52, 7F800000, power.active",
    "sdm630, input, 52, 7F7FFFFF, power.active",
  })
  void leavesOutWhatTheMeterDoesNotHave(
      String map, String table, int address, String hex, String quantity) throws Exception {
    assertThat(poll(map, table, address, hex)).doesNotContainKey(quantity).isNotEmpty();
  }

  @ParameterizedTest(name = "{0} {4}")
  @CsvSource({
    "sdm630, input, 0, 4479C000, voltage.l1", // 999 V
    "sdm630, input, 70, C2480000, frequency", // −50 Hz
    "sdm630, input, 72, C2480000, energy.import", // a register is never negative
    "em24-e1, holding, 52, FFFEFFFF, energy.import",
  })
  void marksWhatCannotBe(String map, String table, int address, String hex, String quantity)
      throws Exception {
    assertThat(poll(map, table, address, hex).get(quantity).quality().has(Quality.OUT_OF_RANGE))
        .isTrue();
  }

  /** Reads a meter all of whose registers are 0 but the given ones. */
  private Map<String, Measurement> poll(String map, String table, int address, String hex)
      throws Exception {
    Server server = new Server(false, 1);
    int[] zeros = new int[65536];
    if (table.equals("input")) {
      server.input(0, zeros).input(address, words(hex));
    } else {
      server.holding(0, zeros).holding(address, words(hex));
    }
    try (PollSession session = open(server, map)) {
      return ModbusServiceTest.get(session.poll(Duration.ofSeconds(5))).stream()
          .collect(java.util.stream.Collectors.toMap(m -> m.quantity().toString(), m -> m));
    }
  }

  private PollSession open(Server server, String map) throws DeviceException {
    return (PollSession)
        driver.open(
            FakeDriverContext.of(
                driver.description(), FakeStreamConnection.answering(server), Map.of("map", map)));
  }

  static int[] words(String hex) {
    int[] words = new int[hex.length() / 4];
    for (int i = 0; i < words.length; i++) {
      words[i] = Integer.parseInt(hex.substring(4 * i, 4 * i + 4), 16);
    }
    return words;
  }

  @Test
  void readsInFewRequestsAndAsksForTheIdentityOnce() throws Exception {
    Server server =
        new Server(false, 1)
            .holding(0, new int[65536])
            .holding(0x8900, 0x0012, 0xD687)
            .holding(0x8908, 0x4231, 0x2E33, 0x2E30, 0, 0, 0, 0, 0);
    FakeStreamConnection stream = FakeStreamConnection.answering(server);
    PollSession session =
        (PollSession)
            driver.open(
                FakeDriverContext.of(driver.description(), stream, Map.of("map", "abb-b23")));
    ModbusServiceTest.get(session.poll(Duration.ofSeconds(5)));
    assertThat(session.identity())
        .containsEntry("maker", "ABB")
        .containsEntry("serial", "1234567")
        .containsEntry("firmware", "B1.3.0");
    int first = stream.requests().size();
    ModbusServiceTest.get(session.poll(Duration.ofSeconds(5)));
    // Three blocks of energy, five of instantaneous values; none of the identity any more.
    assertThat(stream.requests().size() - first).isLessThan(first).isLessThanOrEqualTo(8);
    session.close();
  }

  @Test
  void aDeviceWithoutIdentityStillGivesValues() throws Exception {
    Server server = new Server(false, 1);
    server.input(100, new int[60]);
    PollSession session = open(server, "go-echarger");
    assertThat(ModbusServiceTest.get(session.poll(Duration.ofSeconds(5)))).isNotEmpty();
    assertThat(session.identity()).containsEntry("maker", "go-e").doesNotContainKey("serial");
    session.close();
  }

  @ParameterizedTest
  @CsvSource({"230, sdm630", "0, sdm120"})
  void tellsThreePhasesFromOne(float l2, String map) throws Exception {
    Server server = new Server(false, 1).input(0, new int[80]);
    setFloat(server, 0, 230);
    setFloat(server, 2, l2);
    setFloat(server, 0x46, 50);
    assertThat(
            ModbusServiceTest.get(
                driver.probe(
                    FakeDriverContext.of(
                        driver.description(), FakeStreamConnection.answering(server), Map.of()))))
        .singleElement()
        .satisfies(found -> assertThat(found.settings()).containsEntry("map", map));
  }

  private static void setFloat(Server server, int address, float value) {
    int bits = Float.floatToIntBits(value);
    server.input(address, bits >>> 16, bits & 0xFFFF);
  }

  @Test
  void recognisesAMeter() throws Exception {
    Server server = new Server(false, 1).holding(0x8960, 0x4232, 0x3320);
    List<Candidate> found =
        ModbusServiceTest.get(
            driver.probe(
                FakeDriverContext.of(
                    driver.description(), FakeStreamConnection.answering(server), Map.of())));
    assertThat(found)
        .singleElement()
        .satisfies(
            candidate ->
                assertThat(candidate.settings())
                    .containsEntry("map", "abb-b23")
                    .containsEntry("unit", "1"));
  }

  @ParameterizedTest
  @CsvSource({
    "map, sdm999, There is no register map 'sdm999'",
    "unit, 256, 'unit' is '256'",
    "unit, x, 'unit' is 'x'",
    "timeout_ms, 5, 'timeout_ms' is '5'",
    "framing, ascii, 'framing' is 'ascii'",
  })
  void refusesSettingsThatMakeNoSense(String key, String value, String sentence) {
    Map<String, String> settings = new java.util.HashMap<>(Map.of("map", "sdm630"));
    settings.put(key, value);
    assertThatThrownBy(
            () ->
                driver.open(
                    FakeDriverContext.of(
                        driver.description(),
                        FakeStreamConnection.answering(new Server(false, 1)),
                        settings)))
        .isInstanceOfSatisfying(
            DeviceException.class,
            e -> assertThat(e.kind()).isEqualTo(DeviceException.Kind.SETTINGS))
        .hasMessageContaining(sentence);
  }

  static Stream<String[]> mistakes() {
    return Stream.of(
        mistake("type: f32", "type: f33", "line 6, key 'type': 'f33' is not one of"),
        mistake("unit: V", "unit: W", "line 6, key 'unit': 'W' does not measure voltage"),
        mistake("quantity: voltage", "quantity: volts", "line 6, key 'quantity': 'volts' is not"),
        mistake("address: 0", "adress: 0", "line 6, key 'address': is missing"),
        mistake("address: 0", "address: 70000", "key 'address': 70000 is not a number from 0 to"),
        mistake("address: 0", "address: 65535", "key 'address': the value would end after"),
        mistake("type: f32", "type: f32, colour: red", "line 6, key 'colour': is not known"),
        mistake("role: load", "role: lamp", "line 3, key 'role': 'lamp' is not one of"),
        mistake("maker: M", "makr: M", "line 1, key 'maker': is missing"),
        mistake("type: f32", "type: f32, scale: 1e", "key 'scale': '1e' is not a number"),
        mistake("type: f32", "type: f32, missing: nan", "key 'missing': 'nan' is not a whole"),
        mistake("type: f32", "type: f32, valid: [5, 1]", "key 'valid': should be [least"),
        mistake("maker: M", "maker: M\nmaker: N", "line 2: the key 'maker' is there twice"),
        mistake(
            "maker: M", "maker: !!java.net.URL [\"http://x\"]", "key 'maker': should be a text"),
        mistake("maker: M", "maker: {a: [", "is not valid YAML"),
        mistake("registers:", "register:", "key 'registers': is missing"));
  }

  private static String[] mistake(String right, String wrong, String sentence) {
    return new String[] {right, wrong, sentence};
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void namesFileLineAndKey(String right, String wrong, String sentence) {
    String yaml =
        """
        maker: M
        model: X
        role: load
        source: a document
        registers:
          - {address: 0, type: f32, unit: V, quantity: voltage}
        """;
    assertThat(yaml).contains(right);
    assertThatThrownBy(() -> read(yaml.replaceFirst(right, wrong)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("my.yaml line ")
        .hasMessageContaining(sentence);
  }

  @Test
  void masksCustomQuantitiesAndOrders() throws Exception {
    RegisterMap map =
        read(
            """
            maker: M
            model: X
            role: sensor
            source: a document
            registers:
              - {address: 0, type: u16, mask: 0x0F00, quantity: x-m.state, nature: state}
              - {address: 1, type: u32, word_order: little, byte_order: little, unit: W, quantity: power.active, sign: turned}
              - {address: 3, type: s16, unit: W, scale: 10, quantity: "dc.power[2]"}
              - {address: 4, type: u64, unit: Wh, quantity: energy.import}
              - {address: 8, type: f64, unit: Hz, quantity: frequency}
              - {table: coil, address: 8, type: bit, quantity: device.state}
            """);
    assertThat(value(map, 0, 0xABCD)).isEqualTo("x-m.state=11");
    assertThat(value(map, 1, 0x3412, 0x0000)).isEqualTo("power.active=-4660");
    assertThat(value(map, 2, 0xFFFE)).isEqualTo("dc.power[2]=-20");
    assertThat(value(map, 3, 0x0DE0, 0xB6B3, 0xA763, 0xFFFF))
        .isEqualTo("energy.import=999999999999999999");
    assertThat(Codec.value(map.fields().get(3), new int[] {0xFFFF, 0, 0, 0})).isEmpty();
    assertThat(value(map, 4, 0x4049, 0x0000, 0x0000, 0x0000)).isEqualTo("frequency=50");
    assertThat(value(map, 5, 1)).isEqualTo("device.state=1");
  }

  private static String value(RegisterMap map, int field, int... words) {
    Measurement value = Codec.value(map.fields().get(field), words).orElseThrow();
    return value.quantity() + "=" + value.decimalValue().stripTrailingZeros().toPlainString();
  }

  private static RegisterMap read(String yaml) throws IOException {
    return RegisterMapReader.read(
        "my.yaml", new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)));
  }
}
