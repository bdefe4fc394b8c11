package org.commonshub.ledger.plausibility;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.identity.api.Cbor;
import org.commonshub.ledger.api.Contradictions.Check;
import org.commonshub.ledger.api.EntryKind;
import org.commonshub.ledger.api.Journal;
import org.commonshub.measure.api.Device;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingFrame;
import org.commonshub.testing.fakes.FakeDeviceDirectory;
import org.commonshub.testing.fakes.FakeHubClock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Recorded once, remembered over restarts, and said. */
class PlausibilityServiceTest {
  @TempDir Path directory;
  private final FakeHubClock clock = new FakeHubClock();
  private final FakeDeviceDirectory devices = new FakeDeviceDirectory();
  private final Device meter = devices.add("Grid meter", DeviceRole.GRID_METER);
  private final List<byte[]> entries = new ArrayList<>();
  private boolean full;
  private long sequence;
  private PlausibilityService service;

  private final Journal journal =
      (Journal)
          Proxy.newProxyInstance(
              Journal.class.getClassLoader(),
              new Class<?>[] {Journal.class},
              (proxy, method, arguments) ->
                  switch (method.getName()) {
                    case "append" -> {
                      if (full) {
                        throw new IOException("disk full");
                      }
                      assertThat(arguments[0]).isEqualTo(EntryKind.CONTRADICTION);
                      entries.add((byte[]) arguments[1]);
                      yield entries.size() - 1L;
                    }
                    case "newest" ->
                        entries.isEmpty()
                            ? Optional.empty()
                            : Optional.of(
                                new Journal.Entry(
                                    entries.size() - 1L,
                                    EntryKind.CONTRADICTION,
                                    Instant.EPOCH,
                                    false));
                    case "content" -> Optional.of(entries.get(((Long) arguments[0]).intValue()));
                    case "equals" -> proxy == arguments[0];
                    default -> throw new AssertionError(method);
                  });

  @BeforeEach
  void begin() {
    service = start();
  }

  private PlausibilityService start() {
    PlausibilityService started =
        new PlausibilityService(clock, directory.resolve("episodes"), House.limits());
    started.bindDirectory(devices);
    started.bindJournal(journal);
    return started;
  }

  private void read(long wattHours) {
    clock.advance(Duration.ofMinutes(1));
    service.accept(
        List.of(
            new ReadingFrame(
                meter.id(),
                0,
                clock.now(),
                ++sequence,
                clock.epoch(),
                List.of(Measurement.of(Quantity.ENERGY_IMPORT, wattHours, 0)))));
  }

  private void calm(long from) {
    for (int i = 0; i < 25; i++) {
      read(from + i);
    }
  }

  @Test
  void anEpisodeIsInTheJournalWithBeginAndEnd() throws Exception {
    calm(1_000_000);
    Instant before = clock.now();
    read(900_000);
    assertThat(service.open())
        .singleElement()
        .satisfies(
            c -> {
              assertThat(c.check()).isEqualTo(Check.BACKWARDS);
              assertThat(c.from()).isEqualTo(before);
              assertThat(c.to()).isEmpty();
              assertThat(c.text()).contains("Grid meter").contains("1-0:1.8.0");
            });
    assertThat(service.trusted(meter.id(), before.minusSeconds(900), before)).isTrue();
    assertThat(service.trusted(meter.id(), before, before.plusSeconds(900))).isFalse();
    read(1_000_030);
    calm(1_000_031);
    assertThat(service.open()).isEmpty();
    assertThat(service.recent(5)).hasSize(1);
    assertThat(service.recent(0)).isEmpty();
    assertThat(service.trusted(meter.id(), before, before.plusSeconds(900))).isFalse();
    assertThat(service.trusted(meter.id(), clock.now(), clock.now().plusSeconds(900))).isTrue();
    assertThat(entries).hasSize(2);
    Map<?, ?> begin = (Map<?, ?>) Cbor.decode(entries.get(0));
    Map<?, ?> end = (Map<?, ?>) Cbor.decode(entries.get(1));
    assertThat(begin.get(1L)).isEqualTo(2L);
    assertThat((byte[]) ((List<?>) begin.get(2L)).get(0)).isEqualTo(Episode.bytes(meter.id()));
    assertThat(begin.get(3L)).isEqualTo(before.toEpochMilli());
    assertThat(begin.get(4L)).isNull();
    assertThat(begin.get(5L)).isEqualTo(900_000_000L);
    assertThat(begin.get(6L)).isEqualTo(1_000_024_000L);
    assertThat(end.get(4L)).isEqualTo(before.plusSeconds(120).toEpochMilli());
  }

  @Test
  void aJournalThatIsAwayOrFullGetsItLater() {
    calm(1_000_000);
    full = true;
    read(0);
    assertThat(entries).isEmpty();
    full = false;
    read(1_000_030);
    assertThat(entries).hasSize(1);
    service.unbindJournal(journal);
    calm(1_000_031);
    assertThat(entries).hasSize(1);
    service.bindJournal(journal);
    read(1_000_090);
    assertThat(entries).hasSize(2);
  }

  @Test
  void aRestartRemembersAndACrashRecordsNothingTwice() throws IOException {
    calm(1_000_000);
    Path file = directory.resolve("episodes");
    byte[] earlier = new byte[0];
    full = true;
    read(0);
    earlier = Files.readAllBytes(file);
    full = false;
    read(0);
    assertThat(entries).hasSize(1);
    Files.write(file, earlier); // power went between the append and the note of it
    clock.step(clock.now().plusSeconds(600));
    service = start();
    assertThat(service.open()).hasSize(1);
    read(1_000_040);
    assertThat(entries).hasSize(1);
    calm(1_000_041);
    assertThat(service.open()).isEmpty();
    assertThat(entries).hasSize(2);
  }

  @Test
  void aMeterTurnedBackWhileTheHubWasOffIsNoticed() {
    calm(1_000_000);
    service.deactivate();
    clock.step(clock.now().plusSeconds(86_400));
    service = start();
    read(990_000);
    assertThat(service.open())
        .singleElement()
        .satisfies(c -> assertThat(c.check()).isEqualTo(Check.BACKWARDS));
  }

  @Test
  void aBrokenStateTrustsNothingEarlier() throws IOException {
    calm(1_000_000);
    service.deactivate();
    Files.writeString(directory.resolve("episodes"), "nonsense");
    Instant now = clock.now();
    service = start();
    assertThat(service.open()).isEmpty();
    assertThat(service.trusted(meter.id(), now.minusSeconds(900), now)).isFalse();
    assertThat(service.trusted(meter.id(), now, now.plusSeconds(900))).isTrue();
  }

  @Test
  void onlyTheNewestAreRememberedAndTheRestIsNotTrusted() {
    Episodes episodes = new Episodes();
    for (long i = 0; i < Episodes.KEPT + 10; i++) {
      Episodes.Key key = new Episodes.Key(Check.RATE, meter.id());
      episodes.bad(
          key, i * 10, from -> new Episode(Check.RATE, List.of(meter.id()), from, "", 0, 0));
      episodes.end(key, i * 10 + 5);
    }
    assertThat(episodes.all()).hasSize(Episodes.KEPT);
    assertThat(episodes.trusted(meter.id(), 0, 1)).isFalse();
    assertThat(episodes.trusted(meter.id(), 95, 100)).as("the last forgotten ends at 95").isTrue();
    assertThat(episodes.trusted(meter.id(), 94, 100)).isFalse();
  }

  @Test
  void limitsOfDevicesAreReadOrRefusedByName() {
    assertThat(Limits.devices(new String[] {meter.id() + " = 4.6"}))
        .containsEntry(meter.id(), 4_600_000L);
    for (String wrong : new String[] {"", "x=1", meter.id() + "=", meter.id() + "=-1", "=1"}) {
      org.assertj.core.api.Assertions.assertThatThrownBy(() -> Limits.devices(new String[] {wrong}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("'" + wrong + "'");
    }
  }
}
