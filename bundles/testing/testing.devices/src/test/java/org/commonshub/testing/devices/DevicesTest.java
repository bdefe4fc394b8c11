package org.commonshub.testing.devices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The devices over real sockets, with a client of plain bytes. */
@Timeout(value = 30, unit = TimeUnit.SECONDS)
class DevicesTest {
  private static final ZoneId ZONE = ZoneId.of("Europe/Berlin");

  /** Afternoon in May, while the sun shines and the car charges. */
  private static volatile Instant now = Instant.parse("2025-05-08T15:55:07.300Z");

  private static Simulation simulation;
  private static HomeState home;

  @BeforeAll
  static void start() throws IOException {
    simulation = new Simulation(new Home(1, ZONE, 48.1, 11.6), () -> now, 0, false);
    home = new Home(1, ZONE, 48.1, 11.6).at(now);
  }

  @AfterAll
  static void stop() {
    simulation.close();
  }

  private static int port(String name) {
    return simulation.devices().stream()
        .filter(device -> device.name().equals(name))
        .findFirst()
        .orElseThrow()
        .port();
  }

  private static float f32(int[] words, int at) {
    return Float.intBitsToFloat(words[at] << 16 | words[at + 1]);
  }

  private static long u32(int[] words, int at) {
    return (long) words[at] << 16 | words[at + 1];
  }

  @Test
  void gridMeterReadsLikeAnSdm630() throws IOException {
    try (Wire wire = new Wire(port("Grid meter"))) {
      int[] words = wire.read(1, 4, 0, 80);
      Ac grid = home.grid();
      assertThat(f32(words, 0)).isCloseTo((float) grid.voltage().l1(), within(1e-3f));
      assertThat(f32(words, 52)).isCloseTo((float) grid.power().sum(), within(1e-2f));
      assertThat(f32(words, 12) + f32(words, 14) + f32(words, 16))
          .isCloseTo(f32(words, 52), within(0.01f));
      assertThat(f32(words, 70)).isCloseTo(50f, within(0.1f));
      assertThat(f32(words, 72)).isCloseTo((float) (grid.importWh() / 1000), within(1e-3f));
      assertThat(f32(words, 74)).isCloseTo((float) (grid.exportWh() / 1000), within(1e-3f));
      int[] lines = wire.read(1, 4, 342, 40);
      assertThat(f32(lines, 4)).isCloseTo((float) (grid.importLines().l1() / 1000), within(1e-3f));
      assertThat(wire.ask(1, 3, 0, 0, 0, 2)).containsExactly(0x83, 2);
    }
  }

  /** Walks the chain as a client that knows no device would. */
  private static List<int[]> models(Wire wire) throws IOException {
    assertThat(wire.read(1, 3, 40000, 2)).containsExactly(0x5375, 0x6E53);
    List<int[]> models = new ArrayList<>();
    int at = 40002;
    while (true) {
      int[] head = wire.read(1, 3, at, 2);
      if (head[0] == 0xFFFF) {
        assertThat(head[1]).isZero();
        assertThat(wire.ask(1, 3, at + 2 >> 8, at + 2 & 0xFF, 0, 1)).containsExactly(0x83, 2);
        return models;
      }
      int[] model = new int[2 + head[1]];
      System.arraycopy(head, 0, model, 0, 2);
      for (int from = 0; from < head[1]; from += 100) {
        int count = Math.min(100, head[1] - from);
        System.arraycopy(wire.read(1, 3, at + 2 + from, count), 0, model, 2 + from, count);
      }
      models.add(model);
      at += model.length;
      assertThat(models).hasSizeLessThan(10);
    }
  }

  private static double scaled(int[] model, int at, int factorAt) {
    return (short) model[2 + at] * Math.pow(10, (short) model[2 + factorAt]);
  }

  @Test
  void inverterIsAWellFormedChainOfModels() throws IOException {
    try (Wire wire = new Wire(port("Solar inverter"))) {
      List<int[]> models = models(wire);
      assertThat(models.stream().map(m -> m[0] + ":" + m[1]))
          .containsExactly("1:66", "103:50", "120:26", "160:48");
      int[] ac = models.get(1);
      assertThat(scaled(ac, 12, 13))
          .isPositive()
          .isCloseTo(-home.inverter().power().sum(), within(0.5));
      assertThat(u32(ac, 24) * Math.pow(10, (short) ac[26]))
          .isCloseTo(home.inverter().exportWh(), within(0.5));
      assertThat(scaled(ac, 14, 15)).isCloseTo(home.grid().hertz(), within(0.005));
      assertThat(scaled(ac, 8, 11)).isCloseTo(home.grid().voltage().l1(), within(0.05));
      assertThat(scaled(ac, 0, 4)).isCloseTo(home.inverter().current().sum(), within(0.005));
      assertThat(scaled(ac, 27, 28) * scaled(ac, 25, 26))
          .isCloseTo(scaled(ac, 29, 30), within(30.0));
      assertThat(ac[2 + 36]).isEqualTo(4);
      int[] trackers = models.get(3);
      assertThat(trackers[2 + 6]).isEqualTo(2);
      assertThat(trackers[2 + 8 + 11] + trackers[2 + 28 + 11])
          .isCloseTo((int) Math.round(scaled(ac, 29, 30)), within(1));
      assertThat(u32(trackers, 2 + 8 + 12) + u32(trackers, 2 + 28 + 12))
          .isCloseTo(Math.round(home.inverter().exportWh() / 0.97), within(1L));
    }
  }

  @Test
  void batteryIsAWellFormedChainOfModels() throws IOException {
    try (Wire wire = new Wire(port("Home battery"))) {
      List<int[]> models = models(wire);
      assertThat(models.stream().map(m -> m[0] + ":" + m[1]))
          .containsExactly("1:66", "701:153", "713:7", "802:62");
      int[] ac = models.get(1);
      assertThat(scaled(ac, 8, 114)).isCloseTo(-home.battery().power().sum(), within(0.5));
      assertThat(u32(ac, 2 + 19)).isCloseTo(Math.round(home.battery().exportWh()), within(1L));
      assertThat(u32(ac, 2 + 23)).isCloseTo(Math.round(home.battery().importWh()), within(1L));
      assertThat(u32(ac, 2 + 15) * Math.pow(10, (short) ac[2 + 113]))
          .isCloseTo(home.grid().hertz(), within(0.001));
      assertThat(scaled(ac, 91, 112)).isCloseTo(home.grid().voltage().l3(), within(0.05));
      double soc = home.storage().storedWh() / 100;
      assertThat(scaled(models.get(2), 2, 6)).isCloseTo(soc, within(0.01));
      int[] bank = models.get(3);
      assertThat(scaled(bank, 9, 54)).isCloseTo(soc, within(0.01));
      assertThat(scaled(bank, 45, 61)).isCloseTo(-home.storage().dcPower(), within(0.5));
      assertThat(scaled(bank, 32, 57) * scaled(bank, 42, 59))
          .isCloseTo(scaled(bank, 45, 61), within(15.0));
    }
  }

  @Test
  void wallboxTellsPowerEnergyAndSession() throws IOException {
    try (Wire wire = new Wire(port("Wallbox"))) {
      int[] words = wire.read(1, 4, 0, 38);
      assertThat(words[0]).isEqualTo(home.vehicle().state());
      assertThat((int) u32(words, 4) / 10.0).isCloseTo(home.wallbox().power().sum(), within(0.05));
      assertThat(u32(words, 20)).isEqualTo(Math.round(home.wallbox().importWh()));
      assertThat(u32(words, 22)).isEqualTo(Math.round(home.vehicle().sessionWh()));
      assertThat(wire.read(1, 3, 0, 38)).isEqualTo(words);
    }
  }

  @Test
  void twoMetersStandBehindOneGateway() throws IOException {
    try (Wire wire = new Wire(port("Heat pump"))) {
      assertThat(f32(wire.read(11, 4, 12, 2), 0))
          .isCloseTo((float) home.heatPump().power().l3(), within(1e-2f));
      assertThat(f32(wire.read(12, 4, 12, 2), 0))
          .isCloseTo((float) home.appliances().power().l1(), within(1e-2f));
      assertThat(wire.ask(13, 4, 0, 0, 0, 2)).containsExactly(0x84, 11);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1, 4 0 0 0 0, 132 3", // no register
    "1, 4 0 0 0 126, 132 3", // more than an answer holds
    "1, 4 0 0 1 0, 132 3",
    "1, 4 1 144 0 1, 132 2", // behind the table
    "1, 4 255 255 0 2, 132 2", // over the end of all addresses
    "1, 4 0, 132 3", // short
    "1, 4 0 0 0 2 0, 132 3", // long
    "1, 6 0 0 0 1, 134 1", // a write
    "1, 43 14 1 0, 171 1",
    "1, 128, 128 1",
    "0, 4 0 0 0 2, 132 11",
  })
  void refuses(int unit, String request, String answer) throws IOException {
    try (Wire wire = new Wire(port("Grid meter"))) {
      assertThat(wire.ask(unit, numbers(request))).containsExactly(numbers(answer));
      // and goes on
      assertThat(wire.read(1, 4, 0, 2)).hasSize(2);
    }
  }

  private static int[] numbers(String text) {
    return java.util.Arrays.stream(text.split(" ")).mapToInt(Integer::parseInt).toArray();
  }

  @Test
  void whatIsNotModbusIsDisconnectedAndNobodyElseNotices() throws IOException {
    Random random = new Random(1);
    try (Wire good = new Wire(port("Wallbox"))) {
      for (int i = 0; i < 200; i++) {
        try (Wire bad = new Wire(port("Wallbox"))) {
          int[] noise = random.ints(1 + random.nextInt(400), 0, 256).toArray();
          if (noise.length > 3) {
            noise[2] = 1 + random.nextInt(255);
          }
          bad.send(noise);
          if (noise.length >= 8) {
            assertThat(bad.socket.getInputStream().read()).isEqualTo(-1);
          }
        } catch (IOException e) {
          assertThat(e).hasMessageMatching("(?i).*(reset|broken pipe).*");
        }
        assertThat(good.read(1, 4, 0, 38)).hasSize(38);
      }
    }
  }

  @Test
  void requestsInPiecesAndInHeapsAreAnswered() throws IOException {
    try (Wire wire = new Wire(port("Wallbox"))) {
      int[] request = {0, 0, 0, 0, 0, 6, 1, 4, 0, 0, 0, 2};
      for (int b : request) {
        wire.send(b);
      }
      assertThat(wire.answer(1)).hasSize(6);
      int heap = 500;
      int[] many = new int[heap * request.length];
      for (int i = 0; i < many.length; i++) {
        many[i] = request[i % request.length];
      }
      wire.send(many);
      for (int i = 0; i < heap; i++) {
        assertThat(wire.answer(1)).hasSize(6);
      }
    }
  }

  /** Someone who asks and never listens must not hold up the others, nor fill the memory. */
  @Test
  void whoDoesNotFetchAnswersIsNotReadAnyMore() throws Exception {
    try (Wire deaf = new Wire(port("Wallbox"));
        Wire good = new Wire(port("Wallbox"))) {
      int[] request = {0, 0, 0, 0, 0, 6, 1, 4, 0, 0, 0, 38};
      Thread flood =
          new Thread(
              () -> {
                try {
                  while (true) {
                    deaf.send(request);
                  }
                } catch (IOException e) {
                  // closed at the end of the test
                }
              });
      flood.start();
      for (int i = 0; i < 2000; i++) {
        good.read(1, 4, 0, 38);
      }
      deaf.socket.close();
      flood.join(5000);
      assertThat(flood.isAlive()).isFalse();
    }
  }

  @Test
  void manyClientsAreServedAndTooManyTurnedAway() throws IOException {
    List<Wire> wires = new ArrayList<>();
    try {
      int refused = 0;
      for (int i = 0; i < ModbusServer.MAX_CONNECTIONS + 20; i++) {
        Wire wire = new Wire(port("Home battery"));
        wires.add(wire);
        try {
          wire.read(1, 3, 40000, 2);
        } catch (IOException e) {
          refused++;
        }
      }
      // Other tests' connections may still be on their way out.
      assertThat(refused).isBetween(20, 30);
    } finally {
      for (Wire wire : wires) {
        wire.close();
      }
    }
    // Places become free again.
    long deadline = System.nanoTime() + 5_000_000_000L;
    while (true) {
      try (Wire wire = new Wire(port("Home battery"))) {
        wire.read(1, 3, 40000, 2);
        break;
      } catch (IOException e) {
        assertThat(System.nanoTime()).isLessThan(deadline);
      }
    }
  }

  @Test
  void takenPortIsReplacedOrNamed() throws IOException {
    Home spare = new Home(1, ZONE, 48.1, 11.6);
    Instant first = Home.first(ZONE);
    try (ServerSocket taken = new ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
      int base = taken.getLocalPort();
      assertThatThrownBy(() -> new Simulation(spare, () -> first, base, true).close())
          .isInstanceOf(IOException.class)
          .hasMessageContaining("Port " + base)
          .hasMessageContaining("--port-base");
      try (Simulation other = new Simulation(spare, () -> first, base, false);
          Socket socket = new Socket("127.0.0.1", other.devices().get(0).port())) {
        assertThat(other.devices().get(0).port()).isNotEqualTo(base);
        assertThat(socket.isConnected()).isTrue();
      }
    }
  }

  @Test
  void devicesOfOneInstantAgreeAcrossRequests() throws IOException {
    try (Wire grid = new Wire(port("Grid meter"));
        Wire pv = new Wire(port("Solar inverter"));
        Wire battery = new Wire(port("Home battery"));
        Wire loads = new Wire(port("Heat pump"));
        Wire wallbox = new Wire(port("Wallbox"))) {
      double sum =
          f32(loads.read(11, 4, 12, 2), 0)
              + f32(loads.read(12, 4, 12, 2), 0)
              + u32(wallbox.read(1, 4, 4, 2), 0) / 10.0
              - (short) battery.read(1, 3, 40000 + 70 + 2 + 8, 1)[0]
              - (short) pv.read(1, 3, 40000 + 70 + 2 + 12, 1)[0];
      double rest = f32(grid.read(1, 4, 52, 2), 0) - sum;
      assertThat(rest).isCloseTo(home.rest().power().sum(), within(1.2));
    }
  }
}
