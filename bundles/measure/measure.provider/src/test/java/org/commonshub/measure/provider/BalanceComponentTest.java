package org.commonshub.measure.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.commonshub.measure.api.Device;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.EnergyBalance.Power;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.Quality;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingBus;
import org.commonshub.measure.api.ReadingFrame;
import org.commonshub.testing.fakes.FakeDeviceDirectory;
import org.commonshub.testing.fakes.FakeHubClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BalanceComponentTest {
  @TempDir Path directory;

  private final FakeHubClock clock = new FakeHubClock();
  private final FakeDeviceDirectory devices = new FakeDeviceDirectory();
  private final LiveStateMap live = new LiveStateMap();
  private final List<ReadingFrame> published = new ArrayList<>();
  private final Device grid = devices.add("grid", DeviceRole.GRID_METER);
  private final Device pv = devices.add("pv", DeviceRole.PV);
  private BalanceComponent balance;
  private long sequence;
  private long taken = 7_000_000_000L;

  private final ReadingBus bus =
      new ReadingBus() {
        @Override
        public void publish(MeterRecord record) {
          published.add((ReadingFrame) record);
        }

        @Override
        public List<SinkStatus> sinks() {
          return List.of();
        }
      };

  private Path state() {
    return directory.resolve("measure.provider/balance.state");
  }

  @BeforeEach
  void start() {
    balance =
        new BalanceComponent(
            bus,
            live,
            clock,
            state(),
            new BalanceEngine.Limits(60_000, 100_000_000, 300_000, 15_000, 3_600_000, 1_500),
            Duration.ofSeconds(90),
            false);
    balance.bindDirectory(devices);
  }

  @AfterEach
  void stop() {
    balance.deactivate();
  }

  private void send(DeviceId device, Measurement... values) {
    ReadingFrame frame =
        new ReadingFrame(device, 0, clock.now(), sequence++, clock.epoch(), List.of(values));
    live.update(frame);
    balance.accept(List.of(frame));
  }

  private void passFor(int seconds) {
    for (int i = 0; i < seconds; i += 10) {
      clock.advance(Duration.ofSeconds(10));
      taken += 10_000; // 3.6 kW
      send(
          grid.id(),
          Measurement.of(Quantity.ACTIVE_POWER, 3_600, 0),
          Measurement.of(Quantity.ENERGY_IMPORT, taken, -3));
      balance.tick();
    }
  }

  @Test
  void closedIntervalsArePublishedAsFramesOfTheHome() {
    passFor(200);
    assertThat(published).hasSize(3);
    assertThat(published).allMatch(frame -> frame.device().equals(DeviceId.HOME));
    assertThat(published.get(1).value(Quantity.HOME_IMPORT))
        .contains(Measurement.of(Quantity.HOME_IMPORT, 60_000, -3));
    assertThat(balance.recent(10)).hasSize(3);
    assertThat(balance.recent(1)).hasSize(1);
    assertThat(balance.recent(-1)).isEmpty();
  }

  @Test
  void aRestartLosesNoEnergyAndRepeatsTheSameFrames() {
    passFor(200);
    balance.deactivate();
    List<ReadingFrame> before = List.copyOf(published);
    clock.step(clock.now()); // a start of the hub is a new epoch
    start();
    assertThat(published.subList(before.size(), published.size())).isEqualTo(before);
    published.clear();
    passFor(200);
    long sum = 0;
    for (ReadingFrame frame : before) {
      sum += frame.value(Quantity.HOME_IMPORT).orElseThrow().mantissa();
    }
    for (ReadingFrame frame : published) {
      sum += frame.value(Quantity.HOME_IMPORT).orElseThrow().mantissa();
    }
    // 400 s less the first reading, less the interval still open.
    assertThat(sum).isEqualTo(390_000 - 400_000 % 60_000);
  }

  @Test
  void aDamagedStateFileIsBegunAnew() throws Exception {
    passFor(200);
    balance.deactivate();
    byte[] bytes = Files.readAllBytes(state());
    bytes[bytes.length / 2] ^= 1;
    Files.write(state(), bytes);
    published.clear();
    start();
    assertThat(published).isEmpty();
    passFor(200);
    assertThat(published).isNotEmpty();
  }

  @Test
  void aStateThatCannotBeWrittenStopsNothing() throws Exception {
    Files.writeString(directory.resolve("measure.provider"), "in the way");
    passFor(200);
    assertThat(published).hasSize(3);
  }

  @Test
  void theDirectoryMayGoAndComeBack() {
    passFor(100);
    balance.unbindDirectory(devices);
    passFor(100);
    assertThat(published).hasSize(3);
    balance.bindDirectory(devices);
    passFor(60);
    assertThat(published).hasSize(4);
  }

  @Test
  void powerNowBalances() {
    assertThat(balance.now()).isEmpty();
    send(grid.id(), Measurement.of(Quantity.ACTIVE_POWER, -1_000, 0));
    Power alone = balance.now().orElseThrow();
    assertThat(alone.complete()).isFalse();
    assertThat(alone.gridExport()).isEqualTo(1_000);
    clock.advance(Duration.ofSeconds(1));
    send(
        pv.id(),
        Measurement.of(Quantity.ACTIVE_POWER_L1, -15_005, -1),
        Measurement.of(Quantity.ACTIVE_POWER_L2, -1_500, 0));
    Power power = balance.now().orElseThrow();
    assertThat(power.complete()).isTrue();
    assertThat(power.production()).isEqualTo(3_000.5);
    assertThat(power.consumption()).isEqualTo(2_000.5);
    assertThat(power.residual()).isEqualTo(2_000.5);
    assertThat(power.instant()).isEqualTo(clock.now().minusSeconds(1));
    clock.advance(Duration.ofMinutes(2));
    assertThat(balance.now()).isEmpty();
  }

  @Test
  void backfillAndImplausibleValuesAreNoPowerNow() {
    send(grid.id(), Measurement.of(Quantity.ACTIVE_POWER, 500, 0));
    live.update(
        new ReadingFrame(
            grid.id(),
            0,
            clock.now().minusSeconds(30),
            9,
            clock.epoch(),
            1,
            List.of(Measurement.of(Quantity.ACTIVE_POWER, 9_000, 0)),
            Map.of()));
    assertThat(balance.now().orElseThrow().gridImport()).isEqualTo(500);
    clock.advance(Duration.ofSeconds(1));
    send(grid.id(), Measurement.of(Quantity.ACTIVE_POWER, 500, 3).with(Quality.OUT_OF_RANGE));
    assertThat(balance.now()).isEmpty();
  }
}
