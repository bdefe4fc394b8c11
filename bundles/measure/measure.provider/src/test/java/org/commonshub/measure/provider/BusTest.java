package org.commonshub.measure.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Gap;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingBus.SinkStatus;
import org.commonshub.measure.api.ReadingFrame;
import org.commonshub.measure.api.ReadingSink;
import org.commonshub.platform.api.HubClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class BusTest {
  private static final DeviceId METER = DeviceId.random();
  private static final Instant START = Instant.parse("2026-11-01T10:00:00Z");

  @TempDir Path root;
  private BusComponent bus;

  /** Monotonic time for real, a wall clock that stands. */
  private static final class TestClock implements HubClock {
    @Override
    public Instant now() {
      return START;
    }

    @Override
    public long monotonicNanos() {
      return System.nanoTime();
    }

    @Override
    public int epoch() {
      return 1;
    }

    @Override
    public Quality quality() {
      return Quality.SYNCHRONISED;
    }
  }

  private static BusComponent bus(Path root, long ringBytes) {
    return new BusComponent(
        new TestClock(),
        root.resolve("data/measure.provider"),
        new StorageQueue.Limits(8_192, 500, 50, ringBytes, 300, 20, 200, 60_000));
  }

  private void start() {
    start(1);
  }

  private void start(long ringMebibytes) {
    bus = bus(root, ringMebibytes << 20);
  }

  @AfterEach
  void stop() throws InterruptedException {
    if (bus != null) {
      bus.deactivate();
    }
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("measure-")) {
        thread.join(2_000); // A pool says it ended some microseconds before its last thread does.
        assertThat(thread.isAlive()).as("%s lives on", thread).isFalse();
      }
    }
  }

  private static ReadingFrame frame(long sequence) {
    return new ReadingFrame(
        METER,
        0,
        START.plusSeconds(sequence),
        sequence,
        1,
        List.of(
            Measurement.of(Quantity.ACTIVE_POWER, 500 + sequence % 7, 0),
            Measurement.of(Quantity.ENERGY_IMPORT, 1_000_000 + sequence, 0)));
  }

  private static final class Store implements ReadingSink {
    final List<MeterRecord> records = Collections.synchronizedList(new ArrayList<>());
    volatile boolean broken;
    volatile CountDownLatch hold = new CountDownLatch(0);
    private final AtomicInteger count = new AtomicInteger();

    @Override
    public void accept(List<MeterRecord> batch) throws Exception {
      count.incrementAndGet();
      assertThat(batch).isNotEmpty().hasSizeLessThanOrEqualTo(4096);
      hold.await();
      if (broken) {
        throw new IllegalStateException("disk on fire");
      }
      records.addAll(batch);
    }

    long gaps() {
      synchronized (records) {
        return records.stream().filter(Gap.class::isInstance).count();
      }
    }

    List<Long> sequences() {
      synchronized (records) {
        return records.stream()
            .filter(ReadingFrame.class::isInstance)
            .map(record -> ((ReadingFrame) record).sequence())
            .toList();
      }
    }
  }

  private static Map<String, Object> store() {
    return Map.of(ReadingSink.NAME, "history", ReadingSink.KIND, ReadingSink.STORAGE);
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(end);
      Thread.sleep(2);
    }
  }

  /**
   * Publishes at the pace the queue of the store bears; a burst beyond its memory is another test.
   */
  private void publish(long from, long to) throws InterruptedException {
    for (long sequence = from; sequence < to; sequence++) {
      bus.publish(frame(sequence));
      if (sequence % 500 == 0) {
        pace("history");
      }
    }
  }

  private void paceQuietly() {
    while (status("history").queued() > 2_000) {
      Thread.onSpinWait();
    }
  }

  private void pace(String sink) throws InterruptedException {
    await(() -> bus.sinks().stream().noneMatch(s -> s.name().equals(sink) && s.queued() > 3_000));
  }

  private static List<Long> numbers(long from, long to) {
    List<Long> numbers = new ArrayList<>();
    for (long n = from; n < to; n++) {
      numbers.add(n);
    }
    return numbers;
  }

  private SinkStatus status(String name) {
    return bus.sinks().stream().filter(s -> s.name().equals(name)).findFirst().orElseThrow();
  }

  @Test
  void storageGetsEverythingInOrderEvenFromBeforeItCame() throws Exception {
    start();
    publish(0, 100);
    Store store = new Store();
    bus.bindSink(store, store());
    publish(100, 5_000);
    await(() -> store.records.size() >= 5_000);
    assertThat(store.sequences()).isEqualTo(numbers(0, 5_000));
    assertThat(status("history").accepted()).isEqualTo(5_000);
    assertThat(status("history").connected()).isTrue();
    assertThat(status("history").oldestQueuedMillis()).isZero();
  }

  @Test
  void storageMayGoAndComeBack() throws Exception {
    start();
    Store first = new Store();
    bus.bindSink(first, store());
    publish(0, 1_000);
    await(() -> first.records.size() >= 1_000);
    bus.unbindSink(first);
    for (int from = 1_000; from < 15_000; from += 2_000) { // in all more than memory holds
      publish(from, from + 2_000);
      await(() -> status("history").queued() < 4_000);
    }
    await(() -> status("history").spilledBytes() > 0);
    assertThat(status("history").connected()).isFalse();
    Store second = new Store();
    bus.bindSink(second, store());
    publish(15_000, 16_000);
    await(() -> second.sequences().contains(15_999L));
    assertThat(first.sequences()).isEqualTo(numbers(0, 1_000));
    assertThat(second.sequences()).isEqualTo(numbers(1_000, 16_000));
    assertThat(status("history").dropped()).isZero();
    assertThat(status("history").spilledBytes()).isZero();
  }

  @Test
  void whatWasNotTakenSurvivesARestartOfTheBus() throws Exception {
    start();
    Store store = new Store();
    store.broken = true;
    bus.bindSink(store, store());
    publish(0, 3_000);
    await(() -> !status("history").problem().isEmpty());
    assertThat(status("history").problem()).contains("disk on fire");
    bus.deactivate();
    start();
    publish(3_000, 3_100);
    Store later = new Store();
    bus.bindSink(later, store());
    await(() -> later.sequences().contains(3_099L));
    assertThat(later.sequences()).isEqualTo(numbers(0, 3_100));
    assertThat(store.records).isEmpty();
  }

  @Test
  void aCopyOfTheFilesAsAfterAKillHoldsWhatWasSpilled() throws Exception {
    start();
    Store store = new Store();
    store.broken = true;
    bus.bindSink(store, store());
    publish(0, 700);
    // The failing batch and the rest reach the disk without any stop.
    await(() -> status("history").queued() == 0 && status("history").spilledBytes() > 0);
    Path image = root.resolve("image");
    Files.createDirectories(image.resolve("data/measure.provider"));
    Path ring = root.resolve("data/measure.provider/history.ring");
    Files.copy(ring, image.resolve("data/measure.provider/history.ring"));
    bus.deactivate();
    bus = bus(image, 1 << 20);
    Store later = new Store();
    bus.bindSink(later, store());
    await(() -> later.records.size() >= 700);
    assertThat(later.sequences()).isEqualTo(numbers(0, 700));
  }

  @Test
  void aFailingStoreIsTriedAgainAndLosesNothing() throws Exception {
    start();
    Store store = new Store();
    store.broken = true;
    bus.bindSink(store, store());
    publish(0, 9_000);
    await(() -> store.count.get() > 2);
    store.broken = false;
    await(() -> store.sequences().contains(8_999L));
    assertThat(store.sequences()).isEqualTo(numbers(0, 9_000));
    assertThat(status("history").problem()).isEmpty();
  }

  @Test
  void aHangingSinkDelaysNobodyAndItsReadingsGoToDisk() throws Exception {
    start();
    Store store = new Store();
    store.hold = new CountDownLatch(1);
    Store other = new Store();
    bus.bindSink(store, store());
    bus.bindSink(other, Map.of(ReadingSink.NAME, "screen"));
    publish(0, 600);
    await(() -> store.count.get() > 0);
    publish(600, 6_000);
    await(() -> other.sequences().contains(5_999L));
    await(() -> status("history").spilledBytes() > 0);
    store.hold.countDown();
    await(() -> store.sequences().contains(5_999L));
    assertThat(store.sequences()).isEqualTo(numbers(0, 6_000));
  }

  @Test
  void aLiveSinkGetsTheNewestAndCountsTheRest() throws Exception {
    start();
    Store live = new Store();
    live.hold = new CountDownLatch(1);
    bus.bindSink(
        live,
        Map.of(
            ReadingSink.NAME,
            "screen",
            ReadingSink.KIND,
            ReadingSink.LIVE,
            ReadingSink.CAPACITY,
            100));
    publish(0, 1);
    await(() -> live.count.get() == 1);
    publish(1, 1_001);
    assertThat(status("screen").dropped()).isEqualTo(900);
    live.hold.countDown();
    await(() -> live.sequences().size() == 101);
    assertThat(live.sequences().subList(1, 101)).isEqualTo(numbers(901, 1_001));
    bus.unbindSink(live);
    assertThat(bus.sinks()).isEmpty();
  }

  @Test
  void whenTheRingIsFullRawValuesBecomeGapsAndRegistersGoLast() throws Exception {
    start();
    Store gone = new Store();
    bus.bindSink(gone, store());
    bus.unbindSink(gone);
    int count = 60_000; // one a second; some 35 B each: much more than 1 MiB
    for (int from = 0; from < count; from += 2_000) {
      publish(from, from + 2_000);
      await(() -> status("history").queued() < 2_000);
    }
    // What is still in memory when a sink comes back reaches it whole.
    await(() -> status("history").queued() == 0);
    assertThat(status("history").dropped()).isPositive();
    Store store = new Store();
    bus.bindSink(store, store());
    await(() -> store.gaps() > 0);
    await(() -> status("history").queued() == 0 && status("history").spilledBytes() == 0);
    List<Gap> gaps = new ArrayList<>();
    long full = 0;
    List<Long> registers = new ArrayList<>();
    synchronized (store.records) {
      for (MeterRecord record : store.records) {
        if (record instanceof Gap gap) {
          gaps.add(gap);
        } else if (record instanceof ReadingFrame frame) {
          if (frame.values().size() == 2) {
            full++;
          } else {
            assertThat(frame.values().get(0).quantity()).isEqualTo(Quantity.ENERGY_IMPORT);
            registers.add(frame.sequence());
          }
        }
      }
    }
    assertThat(gaps).hasSize(1);
    Gap gap = gaps.get(0);
    assertThat(gap.reason()).isEqualTo(Gap.Reason.STORAGE_FULL);
    assertThat(gap.from()).isEqualTo(START.plusSeconds(full));
    assertThat(gap.to()).isEqualTo(START.plusSeconds(count - 1).plusMillis(1));
    // One register reading a minute up to the end: no energy is lost.
    assertThat(registers.size()).isBetween(100, 1_000);
    assertThat(registers.get(registers.size() - 1)).isGreaterThanOrEqualTo(count - 61);
  }

  @Test
  void withoutADiskItGoesOnInMemory() throws Exception {
    Path file = Files.createDirectories(root.resolve("data")).resolve("measure.provider");
    Files.writeString(file, "a file where the directory should be");
    start();
    Store store = new Store();
    bus.bindSink(store, store());
    publish(0, 1_000);
    await(() -> store.records.size() >= 1_000);
    bus.unbindSink(store);
    for (long sequence = 1_000; sequence < 20_000; sequence++) {
      bus.publish(frame(sequence));
    }
    Store later = new Store();
    bus.bindSink(later, store());
    await(() -> later.gaps() > 0);
    assertThat(later.sequences().subList(0, 5_000)).isEqualTo(numbers(1_000, 6_000));
    assertThat(status("history").problem()).contains("ring");
  }

  @Test
  void publishersOfManyThreadsKeepTheOrderOfEachDevice() throws Exception {
    start();
    Store store = new Store();
    bus.bindSink(store, store());
    List<Thread> threads = new ArrayList<>();
    List<DeviceId> devices = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      DeviceId device = DeviceId.random();
      devices.add(device);
      Thread thread =
          new Thread(
              () -> {
                for (long n = 0; n < 5_000; n++) {
                  if (n % 200 == 0) {
                    paceQuietly();
                  }
                  bus.publish(
                      new ReadingFrame(device, 0, START.plusSeconds(n), n, 1, frame(n).values()));
                }
              });
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    Set<String> seen = new HashSet<>();
    await(() -> store.records.size() >= 20_000);
    Map<DeviceId, Long> last = new HashMap<>();
    synchronized (store.records) {
      for (MeterRecord record : store.records) {
        ReadingFrame frame = (ReadingFrame) record;
        assertThat(seen.add(frame.device() + " " + frame.sequence())).isTrue();
        assertThat(frame.sequence()).isGreaterThan(last.getOrDefault(frame.device(), -1L));
        last.put(frame.device(), frame.sequence());
      }
    }
    assertThat(last.keySet()).containsExactlyInAnyOrderElementsOf(devices);
    assertThat(bus.devices()).containsExactlyInAnyOrderElementsOf(devices);
  }

  @Test
  void carriesFiftyThousandFramesASecond() throws Exception {
    start(8);
    Store live = new Store();
    CountDownLatch done = new CountDownLatch(1);
    AtomicInteger taken = new AtomicInteger();
    ReadingSink counting =
        batch -> {
          if (taken.addAndGet(batch.size()) >= 400_000) {
            done.countDown();
          }
        };
    bus.bindSink(counting, store());
    bus.bindSink(live, Map.of(ReadingSink.NAME, "screen"));
    ReadingFrame[] frames = new ReadingFrame[1_000];
    for (int i = 0; i < frames.length; i++) {
      frames[i] = frame(i);
    }
    long begin = System.nanoTime();
    for (int n = 0; n < 400_000; n++) {
      bus.publish(frames[n % frames.length]);
      if (n % 500 == 0) {
        while (n - taken.get() > 4_000) {
          Thread.sleep(0, 100_000);
        }
      }
    }
    assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
    double perSecond = 400_000 / ((System.nanoTime() - begin) / 1e9);
    System.out.printf("bus: %.0f frames/s to one storage and one live sink%n", perSecond);
    assertThat(perSecond).isGreaterThan(50_000);
  }
}
