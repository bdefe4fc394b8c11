package org.commonshub.ledger.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.commonshub.ledger.api.EntryKind;
import org.commonshub.ledger.api.Journal;
import org.commonshub.ledger.api.SlotGap;
import org.commonshub.ledger.api.SlotRegisters;
import org.commonshub.measure.api.Device;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Gap;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.Quality;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingFrame;
import org.commonshub.testing.fakes.FakeDeviceDirectory;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeIdentity;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Quarters of an hour become entries, whatever comes between. The clock starts at 12:00. */
class SlotsTest {
  private static final Instant NOON = FakeHubClock.START;

  private final FakeHubClock clock = new FakeHubClock();
  private final FakeDeviceDirectory devices = new FakeDeviceDirectory();
  private final FakeIdentity identity = new FakeIdentity("hub");
  private final Device grid = devices.add("Grid", DeviceRole.GRID_METER);
  private final Device pv = devices.add("Roof", DeviceRole.PV);
  private FlakyDisk disk = new FlakyDisk(3);
  private Store store;
  private Slots slots;
  private long sequence;

  @BeforeEach
  void open() throws IOException {
    store = new Store(disk, clock, identity, new Alarms(), false);
    slots = new Slots(log(store), disk, clock, devices);
  }

  static Slots.Log log(Store store) {
    return new Slots.Log() {
      @Override
      public long append(EntryKind kind, byte[] content) throws IOException {
        return store.append(kind, content);
      }

      @Override
      public long size() {
        return store.size();
      }

      @Override
      public List<Journal.Entry> entries(long from, long to) throws IOException {
        return store.entries(from, to);
      }

      @Override
      public Optional<byte[]> content(long index) throws IOException {
        return store.peek(index).bytes();
      }
    };
  }

  private ReadingFrame frame(Device device, Instant at, long imported, long exported) {
    return new ReadingFrame(
        device.id(),
        device.meterEpoch(),
        at,
        sequence++,
        1,
        List.of(
            Measurement.of(Quantity.ACTIVE_POWER, 421, 0),
            Measurement.of(Quantity.ENERGY_IMPORT, imported, 0),
            Measurement.of(Quantity.ENERGY_EXPORT, exported, 0)));
  }

  /** Moves the clock there, delivers, and lets the timer run. */
  private void at(String time, MeterRecord... records) throws IOException {
    Instant instant = Instant.parse("2026-01-15T" + time + "Z");
    if (instant.isAfter(clock.now())) {
      clock.advance(Duration.between(clock.now(), instant));
    }
    if (records.length > 0) {
      slots.accept(List.of(records));
    }
    slots.tick();
  }

  private static Instant time(String time) {
    return Instant.parse("2026-01-15T" + time + "Z");
  }

  /** Entries about slots, in words. */
  private List<String> entries() throws Exception {
    List<String> words = new ArrayList<>();
    for (Journal.Entry entry : store.entries(0, store.size())) {
      byte[] content = store.content(entry.index()).bytes().orElseThrow();
      if (entry.kind() == EntryKind.GAP) {
        SlotGap gap = SlotGap.of(content);
        words.add(
            name(gap.device())
                + " gap "
                + clockTime(gap.from())
                + "-"
                + clockTime(gap.to())
                + gap.reason().map(r -> " " + Gap.Reason.values()[r]).orElse(""));
      } else if (entry.kind() == EntryKind.READINGS || entry.kind() == EntryKind.BACKFILL) {
        SlotRegisters slot = SlotRegisters.of(content);
        words.add(
            name(slot.device())
                + (entry.kind() == EntryKind.BACKFILL ? " late " : " ")
                + clockTime(slot.slot())
                + " "
                + slot.registers().get(0).mantissa()
                + "@"
                + slot.registers().get(0).instant().toString().substring(11, 19));
      } else if (entry.index() > 0) {
        words.add("hub");
      }
    }
    return words;
  }

  private String name(java.util.UUID id) {
    return devices.device(new DeviceId(id)).orElseThrow().name();
  }

  private static String clockTime(Instant instant) {
    return instant.toString().substring(11, 16);
  }

  @Test
  void theLastReadingAtOrBeforeTheEndStandsForTheSlot() throws Exception {
    at("12:00:10", frame(grid, time("12:00:10"), 100, 5));
    at("12:14:59", frame(grid, time("12:14:59"), 110, 5));
    at("12:15:00", frame(grid, time("12:15:00"), 111, 5));
    at("12:15:01", frame(grid, time("12:15:01"), 112, 5));
    assertThat(entries()).containsExactly("Grid 12:00 111@12:15:00");
    SlotRegisters slot = SlotRegisters.of(store.content(1).bytes().orElseThrow());
    assertThat(slot.registers())
        .extracting(SlotRegisters.Register::obis)
        .containsExactly("1-0:1.8.0", "1-0:2.8.0");
    assertThat(slot.registers().get(1).mantissa()).isEqualTo(5);
  }

  @Test
  void aSilentMeterLeavesAGapWithItsReason() throws Exception {
    at("12:00:10", frame(grid, time("12:00:10"), 100, 0), frame(pv, time("12:00:11"), 7, 0));
    at("12:10:00", frame(pv, time("12:10:00"), 8, 0));
    at("12:16:30");
    at("12:20:00", new Gap(grid.id(), time("12:05:00"), time("12:20:00"), Gap.Reason.UNREACHABLE));
    at("12:31:30", frame(pv, time("12:31:00"), 9, 0));
    assertThat(entries())
        .containsExactlyInAnyOrder(
            "Grid 12:00 100@12:00:10",
            "Roof 12:00 8@12:10:00",
            "Grid gap 12:15-12:30 UNREACHABLE",
            "Roof gap 12:15-12:30");
  }

  @Test
  void aWeekOfSilenceIsOneGap() throws Exception {
    at("12:00:10", frame(grid, time("12:00:10"), 100, 0));
    at("12:16:30");
    clock.advance(Duration.ofDays(7));
    open();
    Instant back = clock.now();
    slots.accept(List.of(frame(grid, back, 900, 0)));
    clock.advance(Duration.ofMinutes(20));
    slots.tick();
    assertThat(entries())
        .containsExactly(
            "Grid 12:00 100@12:00:10", "Grid gap 12:15-12:15", "Grid 12:15 900@12:16:30");
  }

  @Test
  void lateReadingsFillAGapOnceAndSayWhich() throws Exception {
    at("12:00:10", frame(grid, time("12:00:10"), 100, 0));
    at("12:46:10", frame(grid, time("12:46:10"), 140, 0));
    assertThat(entries()).containsExactly("Grid 12:00 100@12:00:10", "Grid gap 12:15-12:45");
    at("12:46:20", frame(grid, time("12:20:00"), 110, 0), frame(grid, time("12:29:00"), 120, 0));
    at("12:46:30", frame(grid, time("12:30:00"), 121, 0), frame(grid, time("12:44:00"), 130, 0));
    assertThat(entries()).hasSize(2);
    at("12:47:40");
    assertThat(entries().subList(2, 4))
        .containsExactly("Grid late 12:15 121@12:30:00", "Grid late 12:30 130@12:44:00");
    SlotRegisters late = SlotRegisters.of(store.content(3).bytes().orElseThrow());
    assertThat(late.gap()).hasValue(2L);
    // Once only, also after a start.
    at("12:48:00", frame(grid, time("12:29:00"), 120, 0));
    at("12:50:00");
    open();
    at("12:51:00", frame(grid, time("12:29:00"), 120, 0));
    at("12:53:00");
    assertThat(entries()).hasSize(4);
  }

  @Test
  void whatIsOlderThanAMonthIsRefusedAndThatIsRecorded() throws Exception {
    at("12:00:10", frame(grid, time("12:00:10"), 100, 0));
    at("12:46:10", frame(grid, time("12:46:10"), 140, 0));
    clock.advance(Duration.ofDays(32));
    for (int i = 0; i < 50; i++) {
      slots.accept(List.of(frame(grid, time("12:20:00").plusSeconds(i), 110, 0)));
    }
    clock.advance(Duration.ofMinutes(5));
    slots.tick();
    assertThat(entries().stream().filter(e -> e.equals("hub"))).hasSize(1);
    assertThat(entries().stream().filter(e -> e.contains("late"))).isEmpty();
  }

  @Test
  void batchesThatComeAgainChangeNothing() throws Exception {
    List<MeterRecord> all = new ArrayList<>();
    for (int minute = 0; minute < 60; minute++) {
      all.add(frame(grid, NOON.plusSeconds(minute * 60L + 30), 100 + minute, 0));
    }
    at("13:00:00");
    slots.accept(all);
    at("13:02:00");
    List<String> once = entries();
    assertThat(once).hasSize(4);
    slots.accept(all);
    slots.tick();
    assertThat(entries()).isEqualTo(once);
    open();
    slots.accept(all.subList(20, 60));
    at("13:05:00");
    assertThat(entries()).isEqualTo(once);
  }

  @Test
  void onlyMetersOfElectricityWithSoundRegistersCount() throws Exception {
    Device gas = devices.add("Gas", DeviceRole.GAS_METER);
    Device stranger =
        new Device(DeviceId.random(), "?", DeviceRole.GRID_METER, Optional.empty(), 0);
    ReadingFrame spike =
        new ReadingFrame(
            pv.id(),
            0,
            time("12:01:00"),
            sequence++,
            1,
            List.of(
                new Measurement(
                    Quantity.ENERGY_EXPORT, 1L << 40, 0, new Quality(Quality.OUT_OF_RANGE)),
                Measurement.of(Quantity.ENERGY_IMPORT_T1, 55, -1)));
    at(
        "12:01:00",
        frame(gas, time("12:01:00"), 1, 1),
        frame(stranger, time("12:01:00"), 1, 1),
        frame(grid, time("12:30:00"), 1, 1),
        spike);
    at("12:17:00");
    assertThat(entries()).containsExactly("Roof 12:00 55@12:01:00");
    SlotRegisters slot = SlotRegisters.of(store.content(1).bytes().orElseThrow());
    assertThat(slot.registers())
        .containsExactly(new SlotRegisters.Register("1-0:1.8.1", time("12:01:00"), 55, -1, 0));
  }

  @Test
  void anotherMeterInItsPlaceBeginsAnew() throws Exception {
    at("12:00:10", frame(grid, time("12:00:10"), 100_000, 5));
    Device swapped =
        devices.put(new Device(grid.id(), "Grid", DeviceRole.GRID_METER, Optional.empty(), 1));
    at("12:10:00", frame(swapped, time("12:10:00"), 3, 0));
    at("12:17:00");
    SlotRegisters slot = SlotRegisters.of(store.content(1).bytes().orElseThrow());
    assertThat(slot.meterEpoch()).isEqualTo(1);
    assertThat(slot.registers().get(0).mantissa()).isEqualTo(3);
  }

  @Test
  void readingsThatComeBeforeTheDirectoryIsCompleteCount() throws Exception {
    at("12:00:10", frame(grid, time("12:00:10"), 100, 0));
    at("12:17:00");
    devices.remove(grid.id());
    open();
    at("12:18:00", frame(grid, time("12:18:00"), 101, 0));
    devices.put(grid);
    at("12:32:00");
    assertThat(entries()).endsWith("Grid 12:15 101@12:18:00");
  }

  @Test
  void aRemovedMeterLeavesNoMoreGaps() throws Exception {
    at("12:00:10", frame(grid, time("12:00:10"), 100, 0));
    at("12:17:00");
    devices.remove(grid.id());
    clock.advance(Duration.ofHours(5));
    slots.tick();
    assertThat(store.size()).isEqualTo(2);
  }

  @Test
  void afterAClockThatWasFarAheadTheQuartersGoOn() throws Exception {
    at("12:00:10", frame(grid, time("12:00:10"), 100, 0));
    clock.step(Instant.parse("2031-01-01T00:00:10Z"));
    slots.accept(List.of(frame(grid, clock.now(), 101, 0)));
    clock.advance(Duration.ofMinutes(20));
    slots.tick();
    clock.step(time("12:20:00"));
    slots.accept(List.of(frame(grid, clock.now(), 102, 0)));
    at("12:32:00");
    assertThat(entries()).contains("Grid 12:15 102@12:20:00").contains("hub");
    open();
    at("12:35:00", frame(grid, time("12:35:00"), 103, 0));
    at("12:46:30");
    assertThat(entries()).endsWith("Grid 12:30 103@12:35:00");
  }

  /** The power goes at every operation of an hour; the bus sends again what was not taken. */
  @Test
  void noSlotIsLostOrDoubledByAPowerCut() throws Exception {
    List<String> expected = null;
    long operations = 0;
    for (long cut = 0; cut <= operations; cut++) {
      FakeHubClock time = new FakeHubClock();
      FlakyDisk current = new FlakyDisk(cut);
      disk = current;
      if (cut > 0) {
        current.cutAt(cut);
      }
      Random random = new Random(5);
      Store log = null;
      Slots work = null;
      List<MeterRecord> waiting = new ArrayList<>();
      long number = 0;
      for (int second = 0; second < 3700; second += 30) {
        time.advance(Duration.ofSeconds(30));
        for (Device device : List.of(grid, pv)) {
          waiting.add(
              new ReadingFrame(
                  device.id(),
                  0,
                  time.now(),
                  number,
                  1,
                  List.of(Measurement.of(Quantity.ENERGY_IMPORT, number++, 0))));
        }
        if (random.nextInt(4) == 0) {
          continue; // the bus gathers
        }
        while (true) {
          try {
            if (log == null) {
              log = new Store(current, time, identity, new Alarms(), false);
              work = new Slots(log(log), current, time, devices);
            }
            work.accept(waiting);
            waiting.clear();
            work.tick();
            break;
          } catch (FlakyDisk.PowerCut e) {
            current = current.back();
            log = null;
          }
        }
      }
      store = log;
      if (cut == 0) {
        operations = current.operations();
        expected = entries();
        assertThat(expected).hasSize(8);
      }
      assertThat(entries()).as("cut at %d", cut).containsExactlyInAnyOrderElementsOf(expected);
    }
    System.out.println(operations + " power cuts in an hour, no slot lost or doubled");
  }
}
