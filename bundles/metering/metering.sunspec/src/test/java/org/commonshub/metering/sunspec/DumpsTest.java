package org.commonshub.metering.sunspec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.PollSession;
import org.commonshub.testing.fakes.FakeDriverContext;
import org.commonshub.testing.fakes.FakeModbus;
import org.commonshub.testing.fakes.FakeStreamConnection;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * Register dumps of two real inverters, decoded by hand with the specification beside them. The
 * dumps are not part of the project: the test says so where they are not there.
 */
class DumpsTest {
  private final FakeModbus modbus = new FakeModbus();
  private final SunSpecDriver driver = new SunSpecDriver(modbus);

  @Test
  void smaSunnyBoy() throws Exception {
    load("sma-sunny-boy-3.6.txt");
    try (PollSession session = open()) {
      Map<String, String> values = poll(session);
      Map<String, String> expected = new TreeMap<>();
      expected.put("current", "4.5"); // 002D, scale −1
      expected.put("current.l1", "4.5");
      expected.put("voltage.l1", "239.2"); // 0958
      expected.put("power.active", "-1080"); // 006C, scale 1, generating
      expected.put("frequency", "49.98"); // 1386
      expected.put("power.apparent", "1090"); // 006D
      expected.put("power.reactive", "-100"); // 000A, scale 1
      expected.put("power.factor", "0.996"); // FC1C, scale −3
      expected.put("energy.export", "21707970"); // 00211FAD, scale 1
      expected.put("temperature", "42"); // 002A
      expected.put("device.state", "4"); // MPPT
      expected.put("device.events", "0");
      expected.put("dc.current[1]", "2.1");
      expected.put("dc.voltage[1]", "322");
      expected.put("dc.power[1]", "670");
      expected.put("dc.current[2]", "2.1");
      expected.put("dc.voltage[2]", "224");
      expected.put("dc.power[2]", "480");
      assertThat(values).isEqualTo(expected);
      assertThat(session.identity())
          .isEqualTo(
              Map.of(
                  "maker", "SMA",
                  "model", "SB3.6-1AV-41",
                  "serial", "3005067415",
                  "firmware", "4.00.75.R"));
    }
  }

  @Test
  void fimerPvs() throws Exception {
    load("fimer-pvs.txt");
    try (PollSession session = open()) {
      Map<String, String> values = poll(session);
      assertThat(values)
          .containsEntry("current", "320.1") // 0C81
          .containsEntry("current.l1", "106.7")
          .containsEntry("current.l2", "106.6")
          .containsEntry("current.l3", "106.8")
          .containsEntry("voltage.l1-l2", "765.6") // 1DE8
          .containsEntry("voltage.l2-l3", "764.6")
          .containsEntry("voltage.l3-l1", "766")
          .containsEntry("voltage.l1", "442.3") // 1147
          .containsEntry("voltage.l2", "441.6")
          .containsEntry("voltage.l3", "441.7")
          .containsEntry("power.active", "-141380") // 373A, scale 1
          .containsEntry("frequency", "49.99") // 1387
          .containsEntry("power.apparent", "141380")
          .containsEntry("power.reactive", "-10")
          .containsEntry("power.factor", "1") // D8F0, scale −4
          .containsEntry("energy.export", "459493000") // 02BD2174, scale 1
          .containsEntry("dc.current", "154.5") // 0609
          .containsEntry("dc.power", "144410") // 3869, scale 1
          .doesNotContainKey("dc.voltage") // FFFF
          .containsEntry("temperature", "53.5") // 0217
          .containsEntry("device.state", "4")
          .containsEntry("dc.current[1]", "12.8") // 0080
          .containsEntry("dc.voltage[1]", "955.5") // 2553
          .containsEntry("dc.power[1]", "12260") // 04CA, scale 1
          .containsEntry("dc.current[12]", "12.9") // 0081
          .containsEntry("dc.voltage[12]", "931.5") // 2463
          .containsEntry("dc.power[12]", "11980") // 04AE
          .doesNotContainKey("dc.energy[1]"); // no scale factor
      assertThat(values).hasSize(21 + 12 * 4);
      assertThat(session.identity())
          .containsEntry("maker", "FIMER")
          .containsEntry("model", "-3Q58-");
    }
  }

  @Test
  void modelsWithoutABatteryBehindThemAreNotProposed() throws Exception {
    load("sma-sunny-boy-3.6.txt");
    assertThat(driver.probe(context()).toCompletableFuture().get(5, TimeUnit.SECONDS))
        .singleElement()
        .satisfies(
            candidate -> assertThat(candidate.settings()).containsEntry("model", "inverter"));
  }

  private FakeDriverContext context() {
    return FakeDriverContext.of(
        driver.description(),
        FakeStreamConnection.failing(DeviceException.Kind.UNREACHABLE, "the bus is a fake"),
        Map.of());
  }

  private PollSession open() throws DeviceException {
    return (PollSession) driver.open(context());
  }

  private static Map<String, String> poll(PollSession session) throws Exception {
    Map<String, String> values = new TreeMap<>();
    for (Measurement value :
        session.poll(Duration.ofSeconds(5)).toCompletableFuture().get(5, TimeUnit.SECONDS)) {
      BigDecimal number = value.decimalValue();
      values.put(
          value.quantity().toString(),
          number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString());
    }
    return values;
  }

  private void load(String name) throws IOException {
    Path file = null;
    for (Path at = Path.of("").toAbsolutePath(); at != null && file == null; at = at.getParent()) {
      Path candidate = at.resolveSibling("shared").resolve("data/sunspec").resolve(name);
      if (Files.exists(candidate)) {
        file = candidate;
      }
    }
    if (file == null) {
      System.out.println("SKIPPED: ../shared/data/sunspec/" + name + " is not on this machine");
    }
    Assumptions.assumeTrue(file != null, "register dumps are not on this machine");
    List<Integer> words = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      if (!line.startsWith("#") && !line.isBlank()) {
        for (String word : line.strip().split("\\s+")) {
          words.add(Integer.parseInt(word, 16));
        }
      }
    }
    modbus.set(1, 40000, words.stream().mapToInt(Integer::intValue).toArray());
  }
}
