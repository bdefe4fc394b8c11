package org.commonshub.metering.modbus;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.Actuating;
import org.commonshub.metering.api.Actuator;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.PollSession;
import org.commonshub.testing.fakes.FakeDriverContext;
import org.commonshub.testing.fakes.FakeStreamConnection;
import org.commonshub.testing.fakes.FakeWriteLease;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every map against a simulated device that is loaded with the example of its table. */
class RegisterMapExamplesTest {
  private static final RegisterMapDriver DRIVER = new RegisterMapDriver(new ModbusService());

  private record Example(
      String map, String table, int address, int[] words, String quantity, BigDecimal value) {}

  private static Map<String, List<Example>> examples() throws IOException {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                Objects.requireNonNull(
                    RegisterMapExamplesTest.class.getResourceAsStream("/register-examples.csv")),
                StandardCharsets.UTF_8))) {
      return reader
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split(", ", -1))
          .map(
              c ->
                  new Example(
                      c[0],
                      c[1],
                      Integer.parseInt(c[2]),
                      RegisterMapTest.words(c[3]),
                      c[4],
                      new BigDecimal(c[5])))
          .collect(Collectors.groupingBy(Example::map, TreeMap::new, Collectors.toList()));
    }
  }

  static Stream<String> maps() {
    return DRIVER.description().options().get(0).choices().keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("maps")
  void readsItsExample(String map) throws Exception {
    List<Example> examples = examples().get(map);
    assertThat(examples).as("examples of %s in register-examples.csv", map).isNotEmpty();
    Server server = zeros();
    for (Example example : examples) {
      switch (example.table) {
        case "input" -> server.input(example.address, example.words);
        case "coil", "discrete" -> server.coils(example.address, example.words);
        default -> server.holding(example.address, example.words);
      }
    }
    Map<String, BigDecimal> read = new LinkedHashMap<>();
    try (PollSession session = open(map, FakeStreamConnection.answering(server))) {
      for (Measurement value : ModbusServiceTest.get(session.poll(Duration.ofSeconds(5)))) {
        read.put(value.quantity().toString(), value.decimalValue());
      }
    }
    for (Example example : examples) {
      assertThat(read.get(example.quantity))
          .as("%s of %s", example.quantity, map)
          .isEqualByComparingTo(example.value);
    }
    assertThat(read).as("every register of %s has an example", map).hasSameSizeAs(examples);
  }

  /** What is sent for a value: table:address=words in hexadecimal, in order. */
  @ParameterizedTest
  @CsvFileSource(resources = "/actuator-examples.csv", delimiter = '|')
  void writesItsExample(String map, String actuator, String value, String writes) throws Exception {
    Recorded recorded = new Recorded();
    try (PollSession session = open(map, FakeStreamConnection.answering(recorded).permitWrites())) {
      Actuating actuating = (Actuating) session;
      if (value.equals("release")) {
        ModbusServiceTest.get(actuating.release(new FakeWriteLease(), actuator));
      } else {
        Actuator described =
            actuating.actuators().stream()
                .filter(a -> a.id().equals(actuator))
                .findFirst()
                .orElseThrow();
        assertThat(described.refusal(new BigDecimal(value))).isEmpty();
        ModbusServiceTest.get(
            actuating.write(new FakeWriteLease(), actuator, new BigDecimal(value)));
      }
    }
    assertThat(String.join(" ", recorded.writes)).isEqualTo(writes);
  }

  @Test
  void everyActuatorHasAnExampleOfAValueAndOfItsRelease() throws Exception {
    List<String> wanted = new ArrayList<>();
    for (String map : maps().toList()) {
      for (RegisterMap.Control control : DRIVER.map(map).controls()) {
        wanted.add(map + "|" + control.actuator().id());
      }
    }
    List<String> values = new ArrayList<>();
    List<String> releases = new ArrayList<>();
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                Objects.requireNonNull(
                    RegisterMapExamplesTest.class.getResourceAsStream("/actuator-examples.csv")),
                StandardCharsets.UTF_8))) {
      for (String line : reader.lines().filter(l -> !l.startsWith("#")).toList()) {
        String[] columns = line.split("\\|", -1);
        String key = columns[0].strip() + "|" + columns[1].strip();
        (columns[2].strip().equals("release") ? releases : values).add(key);
      }
    }
    assertThat(values).containsAll(wanted);
    assertThat(releases).containsAll(wanted);
  }

  /** Outside its range nothing is described as possible; read only is the device's default. */
  @ParameterizedTest
  @MethodSource("maps")
  void refusesToWriteToAReadOnlyDevice(String map) throws Exception {
    Recorded recorded = new Recorded();
    try (PollSession session = open(map, FakeStreamConnection.answering(recorded))) {
      for (Actuator actuator : ((Actuating) session).actuators()) {
        assertThat(
                ModbusServiceTest.failure(
                        ((Actuating) session)
                            .write(new FakeWriteLease(), actuator.id(), actuator.max()))
                    .kind())
            .isEqualTo(DeviceException.Kind.FORBIDDEN);
        assertThat(actuator.refusal(actuator.max().add(BigDecimal.ONE))).isPresent();
        assertThat(actuator.refusal(actuator.min().subtract(BigDecimal.ONE))).isPresent();
      }
    }
    assertThat(recorded.writes).isEmpty();
  }

  /** A device that takes every write and remembers it. */
  private static final class Recorded implements java.util.function.Function<byte[], byte[]> {
    private final List<String> writes = new ArrayList<>();
    private final Server server = new Server(false, 1);

    @Override
    public byte[] apply(byte[] request) {
      int function = request[7];
      int address = (request[8] & 0xFF) << 8 | request[9] & 0xFF;
      int from = function <= 6 ? 10 : 13;
      StringBuilder hex = new StringBuilder();
      for (int i = from; i < request.length; i++) {
        hex.append(String.format("%02X", request[i]));
      }
      writes.add(function + ":" + address + "=" + hex);
      return server.apply(request);
    }
  }

  private static Server zeros() {
    int[] zeros = new int[65536];
    return new Server(false, 1).holding(0, zeros).input(0, zeros).coils(0, zeros);
  }

  private static PollSession open(String map, FakeStreamConnection stream) throws DeviceException {
    return (PollSession)
        DRIVER.open(FakeDriverContext.of(DRIVER.description(), stream, Map.of("map", map)));
  }
}
