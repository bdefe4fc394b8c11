package org.commonshub.metering.mbus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Discoverer.Candidate;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.PollSession;
import org.commonshub.testing.fakes.FakeDriverContext;
import org.commonshub.testing.fakes.FakeStreamConnection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Read-outs and searches on a wired bus. */
class WiredSessionTest {
  private static final Endpoint ENDPOINT = Endpoint.parse("tcp://192.0.2.7:10001");
  private final WiredDriver driver = new WiredDriver();

  /** A bus with slaves; where several answer at once, what arrives is neither's. */
  private static FakeStreamConnection bus(List<Slave> slaves) {
    return new FakeStreamConnection(
        ENDPOINT,
        request -> {
          List<byte[]> answers =
              slaves.stream()
                  .map(slave -> slave.answer(request).orElseThrow())
                  .filter(answer -> answer.length > 0)
                  .toList();
          if (answers.isEmpty()) {
            throw new DeviceException(Kind.TIMEOUT, "Nothing answers at " + ENDPOINT + ".");
          }
          byte[] mixed = answers.get(0).clone();
          for (byte[] answer : answers.subList(1, answers.size())) {
            for (int i = 0; i < Math.min(mixed.length, answer.length); i++) {
              mixed[i] &= answer[i];
            }
          }
          return CompletableFuture.completedFuture(mixed);
        });
  }

  private static FakeStreamConnection bus(Slave... slaves) {
    return bus(List.of(slaves));
  }

  private PollSession open(FakeStreamConnection stream, String... settings) throws Exception {
    Map<String, String> map = new HashMap<>();
    for (int i = 0; i < settings.length; i += 2) {
      map.put(settings[i], settings[i + 1]);
    }
    return (PollSession) driver.open(FakeDriverContext.of(driver.description(), stream, map));
  }

  private static Map<String, String> poll(PollSession session) throws Exception {
    Map<String, String> values = new TreeMap<>();
    for (Measurement value :
        session.poll(Duration.ofSeconds(20)).toCompletableFuture().get(20, TimeUnit.SECONDS)) {
      assertThat(
              values.put(
                  value.quantity().toString(),
                  value.decimalValue().stripTrailingZeros().toPlainString()))
          .isNull();
    }
    return values;
  }

  private static DeviceException failure(PollSession session) throws Exception {
    try {
      session.poll(Duration.ofSeconds(20)).toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      return (DeviceException) e.getCause();
    }
    throw new AssertionError("a value where a failure was due");
  }

  @Test
  void primaryAddressResetsAndRequests() throws Exception {
    Slave slave = new Slave(3, "78 03 49 11 77 04 0E 16").says("04 13 31 D4 00 00");
    PollSession session = open(bus(slave), "address", "3");
    assertThat(poll(session)).containsEntry("water.volume", "54.321");
    assertThat(slave.heard).containsExactly("1040034316", "107b037e16");
    assertThat(session.identity())
        .containsEntry("maker", "ACW")
        .containsEntry("serial", "11490378");
  }

  @Test
  void severalTelegramsToggleTheFrameCountBit() throws Exception {
    Slave slave =
        new Slave(3, "78 03 49 11 2D 2C 0E 04")
            .says("04 06 01 00 00 00 1F", "04 2B 02 00 00 00 1F", "02 5A 03 00 0F");
    assertThat(poll(open(bus(slave), "address", "3")))
        .containsEntry("heat.energy", "1000")
        .containsEntry("heat.power", "2")
        .containsEntry("heat.temperature.flow", "0.3");
    assertThat(slave.heard).containsExactly("1040034316", "107b037e16", "105b035e16", "107b037e16");
  }

  @Test
  void aMeterThatAlwaysHasMoreIsLeftAfterTheLimit() throws Exception {
    Slave slave =
        new Slave(3, "78 03 49 11 2D 2C 0E 04")
            .says("04 06 01 00 00 00 1F", "04 2B 02 00 00 00 1F");
    assertThat(poll(open(bus(slave), "address", "3", "telegrams", "5"))).hasSize(3);
    assertThat(slave.heard).hasSize(6);
  }

  @Test
  void secondaryAddressSelects() throws Exception {
    Slave one = new Slave(0, "78 03 49 11 77 04 0E 16").says("04 13 01 00 00 00");
    Slave two = new Slave(0, "79 03 49 11 77 04 0E 16").says("04 13 02 00 00 00");
    FakeStreamConnection bus = bus(one, two);
    PollSession first = open(bus, "address", "11490378");
    PollSession second = open(bus, "address", "11490379", "manufacturer", "acw", "version", "14");
    for (int i = 0; i < 2; i++) {
      assertThat(poll(first)).containsEntry("water.volume", "0.001");
      assertThat(poll(second)).containsEntry("water.volume", "0.002");
    }
    assertThat(two.heard).contains("680b0b6873fd527903491177040eff2016");
  }

  @Test
  void aWildcardThatSelectsAnotherMeterIsNoticed() throws Exception {
    Slave slave = new Slave(0, "78 03 49 11 77 04 0E 16").says("04 13 01 00 00 00");
    assertThat(poll(open(bus(slave), "address", "1149FFFF"))).hasSize(2);
    FakeStreamConnection liar =
        new FakeStreamConnection(
            ENDPOINT,
            request ->
                CompletableFuture.completedFuture(
                    request[0] == 0x68
                        ? new byte[] {(byte) 0xE5}
                        : new Slave(0, "79 03 49 11 77 04 0E 16")
                            .telegram(0, Slave.hex("04 13 01 00 00 00"))));
    DeviceException failure = failure(open(liar, "address", "11490378"));
    assertThat(failure.kind()).isEqualTo(Kind.INVALID_ANSWER);
    assertThat(failure).hasMessageContaining("ACW 11490379");
  }

  /** A slave that missed the reset repeats its last telegram when the bit has not changed. */
  @Test
  void aRepeatedTelegramIsAskedForAgain() throws Exception {
    byte[][] telegrams = {
      new Slave(1, "78 03 49 11 77 04 0E 16").telegram(1, Slave.hex("04 13 01 00 00 00")),
      new Slave(1, "78 03 49 11 77 04 0E 16").telegram(1, Slave.hex("04 13 02 00 00 00"))
    };
    int[] state = {-1, 0};
    FakeStreamConnection deaf =
        new FakeStreamConnection(
            ENDPOINT,
            request -> {
              if (request[1] == 0x40) {
                return CompletableFuture.completedFuture(new byte[] {(byte) 0xE5});
              }
              int bit = (request[1] >> 5) & 1;
              if (bit != state[0]) {
                state[0] = bit;
                state[1]++;
              }
              return CompletableFuture.completedFuture(telegrams[(state[1] + 1) % 2].clone());
            });
    PollSession session = open(deaf, "address", "1");
    assertThat(poll(session)).containsEntry("water.volume", "0.001");
    assertThat(poll(session)).containsEntry("water.volume", "0.002");
  }

  @Test
  void aMeterThatCountsNothingIsReadAllTheSame() throws Exception {
    byte[] same =
        new Slave(1, "78 03 49 11 77 04 0E 16").telegram(1, Slave.hex("04 13 01 00 00 00"));
    FakeStreamConnection still =
        FakeStreamConnection.answering(
            request -> request[1] == 0x40 ? new byte[] {(byte) 0xE5} : same.clone());
    PollSession session = open(still, "address", "1");
    assertThat(poll(session)).isEqualTo(poll(session)).containsEntry("water.volume", "0.001");
  }

  @Test
  void convertersThatEcho() throws Exception {
    Slave slave = new Slave(3, "78 03 49 11 77 04 0E 16").says("04 13 31 D4 00 00");
    FakeStreamConnection echoing =
        FakeStreamConnection.answering(
            request -> {
              byte[] answer = slave.answer(request).orElseThrow();
              byte[] both = Arrays.copyOf(request, request.length + answer.length);
              System.arraycopy(answer, 0, both, request.length, answer.length);
              return both;
            });
    assertThat(poll(open(echoing, "address", "3"))).containsEntry("water.volume", "54.321");
  }

  @Test
  void fixedStructure() throws Exception {
    FakeStreamConnection old =
        FakeStreamConnection.answering(
            request ->
                request[1] == 0x40
                    ? new byte[] {(byte) 0xE5}
                    : Slave.frame(
                        8, 1, Slave.hex("73 93 92 91 90 10 00 05 69 31 65 00 00 69 00 00 00")));
    Map<String, String> values = poll(open(old, "address", "1"));
    assertThat(values)
        .containsEntry("heat.energy", "6531000")
        .containsEntry("heat.volume", "0.069");
  }

  /** A telegram of EN 13757-3 encrypted in mode 5: the example of the OMS group, on a wire. */
  @Test
  void encryptedTelegram() throws Exception {
    byte[] telegram =
        Slave.frame(
            8,
            1,
            Slave.hex(
                "72 78563412 9315 33 03 2A 00 2025"
                    + "5923C95AAA26D1B2E7493B013EC4A6F6D3529B520EDFF0EA6DEFC99D6D69EBF3"));
    FakeStreamConnection meter =
        FakeStreamConnection.answering(
            request -> request[1] == 0x40 ? new byte[] {(byte) 0xE5} : telegram.clone());
    assertThat(poll(open(meter, "address", "1", "key", "0102030405060708090A0B0C0D0E0F11")))
        .containsEntry("gas.volume", "28504.27");
    DeviceException failure = failure(open(meter, "address", "1"));
    assertThat(failure.kind()).isEqualTo(Kind.SETTINGS);
    assertThat(failure).hasMessageContaining("'key'");
    failure = failure(open(meter, "address", "1", "key", "00".repeat(16)));
    assertThat(failure.kind()).isEqualTo(Kind.SETTINGS);
    assertThat(failure.getMessage()).doesNotContain("0000");
  }

  @Test
  void aMeterThatRefuses() throws Exception {
    FakeStreamConnection busy =
        FakeStreamConnection.answering(
            request ->
                request[1] == 0x40
                    ? new byte[] {(byte) 0xE5}
                    : Slave.frame(8, 1, Slave.hex("70 08")));
    DeviceException failure = failure(open(busy, "address", "1"));
    assertThat(failure.kind()).isEqualTo(Kind.REFUSED);
    assertThat(failure).hasMessageContaining("busy");
    failure = failure(open(bus(new Slave(1, "78 03 49 11 77 04 0E 16")), "address", "1"));
    assertThat(failure.kind()).isEqualTo(Kind.REFUSED);
    assertThat(failure).hasMessageContaining("no data");
  }

  @Test
  void aSerialPortWithoutParityIsTold() throws Exception {
    FakeStreamConnection silent =
        new FakeStreamConnection(
            Endpoint.parse("serial:/dev/ttyUSB0?baud=2400"),
            request -> {
              throw new DeviceException(Kind.TIMEOUT, "Nothing answers.");
            });
    assertThat(failure(open(silent, "address", "1"))).hasMessageContaining("parity=even");
  }

  @ParameterizedTest
  @CsvSource({
    "address, 251",
    "address, 1234567",
    "address, x",
    "version, 256",
    "manufacturer, AB",
    "key, 1234",
    "medium, oil",
    "telegrams, 0",
    "timeout_ms, 5"
  })
  void wrongSettings(String key, String value) {
    Map<String, String> settings = new HashMap<>(Map.of("address", "12345678"));
    settings.put(key, value);
    assertThatThrownBy(
            () -> driver.open(FakeDriverContext.of(driver.description(), bus(List.of()), settings)))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("'" + key + "'");
  }

  @Test
  void quantitiesByMedium() throws Exception {
    record Case(String records, String meter, Map<String, String> expected) {}
    for (Case one :
        List.of(
            new Case(
                "04 03 01 00 00 00 84 10 03 02 00 00 00 84 20 03 03 00 00 00 04 83 3C 04 00 00 00"
                    + " 02 2B 64 00 02 AB 3C 0A 00 02 FD C8 FC 01 FC 08 02 FD D9 FC 02 10 27"
                    + " 02 FB 2D 88 13 04 FB 82 75 2A 00 00 00",
                "01 00 00 00 52 3B 01 02",
                Map.of(
                    "energy.import", "1",
                    "energy.import.t1", "2",
                    "energy.import.t2", "3",
                    "energy.export", "4",
                    "power.active", "90",
                    "voltage.l1", "230",
                    "current.l2", "10",
                    "frequency", "50",
                    "energy.reactive.import", "4200",
                    "device.events", "0")),
            new Case( // ABB: subunit 1 is export, 2 reactive; phases behind FF
                "0E 84 00 00 00 00 00 01 00 8E 40 84 00 00 00 00 00 02 00"
                    + " 8E 80 40 84 00 00 00 00 00 03 00 04 A9 FF 81 00 10 27 00 00"
                    + " 04 A9 00 E8 03 00 00 02 FD C8 FF 81 00 FC 08",
                "01 00 00 00 42 04 02 02",
                Map.of(
                    "energy.import", "1000000000",
                    "energy.export", "2000000000",
                    "energy.reactive.import", "3000000000",
                    "power.active.l1", "100",
                    "power.active", "10",
                    "voltage.l1", "230",
                    "device.events", "0")),
            new Case( // Schneider: export behind FF 09, means behind FF 00, reactive in subunit 1
                "04 06 01 00 00 00 04 86 FF 09 02 00 00 00 84 40 06 03 00 00 00"
                    + " 02 FD DC FF 00 05 00 02 FD DC FF 01 06 00 04 2B 07 00 00 00",
                "01 00 00 00 A3 4C 15 02",
                Map.of(
                    "energy.import", "1000",
                    "energy.export", "2000",
                    "energy.reactive.import", "3000",
                    "current.l1", "6",
                    "power.active", "7",
                    "device.events", "0")),
            new Case(
                "0C 0E 01 00 00 00 04 15 02 00 00 00 0B 3B 03 00 00 0A 5A 50 06 0A 5E 30 04"
                    + " 04 86 3C 05 00 00 00 0A 62 20 02",
                "01 00 00 00 2D 2C 01 04",
                Map.of(
                    "heat.energy", "277.778",
                    "heat.volume", "0.2",
                    "heat.flow", "0.003",
                    "heat.temperature.flow", "65",
                    "heat.temperature.return", "43",
                    "cooling.energy", "5000",
                    "device.events", "0")),
            new Case(
                "04 06 01 00 00 00 04 2B 02 00 00 00",
                "01 00 00 00 2D 2C 01 0A",
                Map.of("cooling.energy", "1000", "x-cooling.power", "2", "device.events", "0")),
            new Case(
                "04 93 3A 01 00 00 00 04 93 3E 02 00 00 00 02 FD 17 07 00",
                "01 00 00 00 93 15 01 03",
                Map.of(
                    "x-gas.volume.uncorrected", "0.001",
                    "gas.volume", "0.002",
                    "device.events", "7")),
            new Case(
                "04 13 01 00 00 00 44 13 02 00 00 00 84 40 13 03 00 00 00 11 3B 05 01 5B 0C",
                "01 00 00 00 77 04 01 07",
                Map.of(
                    "water.volume", "0.001",
                    "water.volume[1]", "0.003",
                    "temperature", "12",
                    "device.events", "0")),
            new Case(
                "0B 6E 34 12 00 4B 6E 99 99 00",
                "01 00 00 00 AC 48 01 08",
                Map.of("x-heat-cost.units", "1234", "device.events", "0")),
            new Case(
                "02 65 D0 08 02 FC 03 48 52 25 74 D4 11",
                "01 00 00 00 96 15 01 1B",
                Map.of("temperature", "22.56", "x-humidity", "45.64", "device.events", "0")))) {
      Slave slave = new Slave(1, one.meter()).says(one.records());
      assertThat(poll(open(bus(slave), "address", "1"))).isEqualTo(one.expected());
    }
  }

  @Test
  void registersAreNeverNegative() throws Exception {
    Slave slave = new Slave(1, "01 00 00 00 77 04 01 07").says("0C 13 01 00 00 F0 01 5B FB");
    assertThat(poll(open(bus(slave), "address", "1")))
        .doesNotContainKey("water.volume")
        .containsEntry("temperature", "-5");
  }

  @Test
  void mediumAndDetails() throws Exception {
    Slave slave = new Slave(1, "01 00 00 00 77 04 01 00").says("04 13 05 00 00 00 02 27 0A 00");
    assertThat(failure(open(bus(slave), "address", "1"))).hasMessageContaining("'medium'");
    assertThat(poll(open(bus(slave), "address", "1", "medium", "water")))
        .isEqualTo(Map.of("water.volume", "0.005", "device.events", "0"));
    assertThat(poll(open(bus(slave), "address", "1", "medium", "water", "details", "true")))
        .containsEntry("x-mbus.operating-time", "864000");
  }

  private List<Candidate> search(FakeStreamConnection bus) throws Exception {
    return driver
        .probe(FakeDriverContext.of(driver.description(), bus, Map.of()))
        .toCompletableFuture()
        .get(60, TimeUnit.SECONDS);
  }

  @Test
  void searchFindsMetersThatShareAnAddress() throws Exception {
    List<Slave> slaves =
        Stream.of(
                "78 03 49 11 77 04 0E 16",
                "79 03 49 11 77 04 0E 16",
                "45 58 57 03 B4 05 34 04",
                "01 63 21 11 AC 48 41 03")
            .map(secondary -> new Slave(0, secondary).says("04 13 01 00 00 00"))
            .toList();
    List<Candidate> found = search(bus(slaves));
    assertThat(found.stream().map(Candidate::name).collect(Collectors.toSet()))
        .containsExactlyInAnyOrder(
            "ACW 11490378 cold water",
            "ACW 11490379 cold water",
            "AMT 03575845 heat",
            "REL 11216301 gas");
    Candidate gas =
        found.stream().filter(one -> one.name().startsWith("REL")).findFirst().orElseThrow();
    assertThat(gas.role()).isEqualTo(DeviceRole.GAS_METER);
    assertThat(poll(open(bus(slaves), flat(gas.settings())))).containsEntry("gas.volume", "0.001");
  }

  private static String[] flat(Map<String, String> settings) {
    return settings.entrySet().stream()
        .flatMap(entry -> Stream.of(entry.getKey(), entry.getValue()))
        .toArray(String[]::new);
  }

  @Test
  void searchFindsMetersWithoutSecondaryAddress() throws Exception {
    byte[] fixed =
        Slave.frame(8, 17, Slave.hex("73 93 92 91 90 10 00 05 69 31 65 00 00 69 00 00 00"));
    FakeStreamConnection bus =
        new FakeStreamConnection(
            ENDPOINT,
            request -> {
              if (request[0] == 0x68 || (request[2] != 17 && request[2] != (byte) 0xFE)) {
                throw new DeviceException(Kind.TIMEOUT, "Nothing answers.");
              }
              return CompletableFuture.completedFuture(
                  request[1] == 0x40 ? new byte[] {(byte) 0xE5} : fixed.clone());
            });
    List<Candidate> found = search(bus);
    assertThat(found).hasSize(1);
    assertThat(found.get(0).settings()).isEqualTo(Map.of("address", "17"));
    assertThat(found.get(0).role()).isEqualTo(DeviceRole.HEAT_METER);
  }

  @Test
  void searchOfASilentLineIsShort() throws Exception {
    FakeStreamConnection silent = bus();
    assertThat(search(silent)).isEmpty();
    assertThat(silent.requests()).hasSize(2);
  }

  @Test
  void searchTellsThatThereIsNoLine() {
    FakeStreamConnection none =
        FakeStreamConnection.failing(Kind.UNREACHABLE, "Nothing listens there.");
    assertThatThrownBy(() -> search(none)).hasCauseInstanceOf(DeviceException.class);
  }
}
