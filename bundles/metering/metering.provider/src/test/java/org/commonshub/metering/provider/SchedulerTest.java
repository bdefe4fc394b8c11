package org.commonshub.metering.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Gap;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Quality;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingFrame;
import org.commonshub.metering.api.DatagramConnection;
import org.commonshub.metering.api.DeviceDefinition;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.DeviceRegistry.State;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.DriverDescription;
import org.commonshub.metering.api.DriverSession;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.metering.api.PushSession;
import org.commonshub.metering.api.StreamConnection;
import org.commonshub.metering.api.TransportProvider;
import org.commonshub.platform.api.HubClock;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.RecordingReadingBus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The scheduler under a clock that moves only when told. */
@Timeout(30)
class SchedulerTest {
  private final FakeHubClock clock = new FakeHubClock();
  private final RecordingReadingBus bus = new RecordingReadingBus();
  private final Map<DeviceId, DeviceDefinition> devices = new ConcurrentHashMap<>();
  private volatile boolean busTakes = true;
  private final Scheduler scheduler =
      new Scheduler(
          clock,
          record -> {
            if (busTakes) {
              bus.publish(record);
            }
            return busTakes;
          },
          value -> value,
          false);

  /** Hands out nothing: the test driver needs no connection. */
  private static final TransportProvider NOTHING =
      endpoint ->
          new TransportProvider.Handle() {
            @Override
            public StreamConnection stream() {
              throw new IllegalStateException();
            }

            @Override
            public DatagramConnection datagrams() {
              throw new IllegalStateException();
            }

            @Override
            public void close() {}
          };

  @AfterEach
  void end() {
    scheduler.close();
  }

  private DeviceId device(String driver, String endpoint) {
    return device(driver, endpoint, false);
  }

  private DeviceId device(String driver, String endpoint, boolean inverted) {
    DeviceId id = DeviceId.random();
    DeviceDefinition definition =
        new DeviceDefinition(
            "Device on " + endpoint,
            DeviceRole.LOAD,
            Optional.empty(),
            driver,
            Endpoint.parse(endpoint),
            Map.of(),
            Duration.ofSeconds(1),
            inverted,
            true,
            true,
            0);
    devices.put(id, definition);
    scheduler.start(id, definition, Scheduler.NEW);
    return id;
  }

  private TestDriver driver(String id, TestDriver.Poll poll) {
    TestDriver driver = new TestDriver(id, poll);
    scheduler.add(id, driver);
    scheduler.add("test", NOTHING);
    return driver;
  }

  /** Lets simulated time pass in small steps and the pool keep up with each. */
  private void pass(Duration time) throws InterruptedException {
    for (long left = time.toMillis(); left > 0; left -= 50) {
      clock.advance(Duration.ofMillis(Math.min(50, left)));
      scheduler.tick();
      settle();
    }
  }

  /** Waits until no poll of an answering driver is under way. */
  private void settle() throws InterruptedException {
    CountDownLatch done = new CountDownLatch(WatchedPool.THREADS);
    for (int i = 0; i < WatchedPool.THREADS; i++) {
      scheduler
          .executor(
              new WatchedPool.Owner() {
                @Override
                public void blocked() {}

                @Override
                public void unblocked() {}
              })
          .execute(
              () -> {
                done.countDown();
                try {
                  done.await(5, TimeUnit.SECONDS);
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
    }
    assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    for (int i = 0; i < 1_000 && !condition.getAsBoolean(); i++) {
      Thread.sleep(5);
    }
    assertThat(condition.getAsBoolean()).isTrue();
  }

  private State state(DeviceId id) {
    return scheduler.health(id).orElseThrow().state();
  }

  private List<Gap> gaps(DeviceId id) {
    return bus.gaps().stream().filter(gap -> gap.device().equals(id)).toList();
  }

  /** Every due time of [from, now) has a frame within its interval or lies in a gap. */
  private void assertNothingLost(DeviceId id, Instant from) {
    assertNothingLost(id, from, clock.now());
  }

  private void assertNothingLost(DeviceId id, Instant from, Instant until) {
    scheduler.flush();
    long phase = Schedule.phase(id.value(), 1_000);
    long end = Schedule.dueUpTo(until.toEpochMilli(), phase, 1_000);
    List<Long> lost = new ArrayList<>();
    for (long due = Schedule.dueFrom(from.toEpochMilli(), phase, 1_000); due < end; due += 1_000) {
      long at = due;
      boolean read =
          bus.frames(id).stream()
              .map(frame -> frame.instant().toEpochMilli())
              .anyMatch(instant -> instant >= at && instant < at + 1_000);
      boolean missing =
          gaps(id).stream()
              .anyMatch(gap -> gap.from().toEpochMilli() <= at && gap.to().toEpochMilli() > at);
      if (!read && !missing) {
        lost.add(due);
      }
    }
    assertThat(lost).isEmpty();
  }

  @Test
  void everyDueTimeGetsItsReading() throws Exception {
    driver("ok", context -> TestDriver.FINE);
    DeviceId id = device("ok", "test://a:1");
    assertThat(state(id)).isEqualTo(State.STARTING);
    pass(Duration.ofSeconds(10));
    List<ReadingFrame> frames = bus.frames(id);
    assertThat(frames).hasSizeBetween(9, 10);
    for (int i = 1; i < frames.size(); i++) {
      assertThat(frames.get(i).sequence()).isEqualTo(frames.get(i - 1).sequence() + 1);
      assertThat(Duration.between(frames.get(i - 1).instant(), frames.get(i).instant()))
          .isEqualTo(Duration.ofSeconds(1));
    }
    assertThat(gaps(id)).isEmpty();
    assertThat(state(id)).isEqualTo(State.ONLINE);
    assertThat(scheduler.health(id).orElseThrow().identity()).containsEntry("maker", "Test");
  }

  @Test
  void anOutageIsOneGapThatGrows() throws Exception {
    TestDriver driver = driver("flaky", context -> TestDriver.FINE);
    DeviceId id = device("flaky", "test://a:1");
    pass(Duration.ofSeconds(3));
    driver.behaviour = context -> TestDriver.failing(Kind.TIMEOUT);
    pass(Duration.ofSeconds(90));
    assertThat(state(id)).isEqualTo(State.OFFLINE);
    assertThat(scheduler.health(id).orElseThrow().lastError()).contains("It is broken. Mend it.");
    assertThat(driver.polls.get()).as("asked rarely").isLessThan(20);
    assertThat(gaps(id).stream().map(Gap::from).distinct()).hasSize(1);
    assertThat(gaps(id)).as("known after a crash").hasSizeGreaterThanOrEqualTo(2);
    driver.behaviour = context -> TestDriver.FINE;
    pass(Duration.ofSeconds(80));
    assertThat(state(id)).isEqualTo(State.ONLINE);
    assertThat(gaps(id).stream().map(Gap::from).distinct()).hasSize(1);
    assertNothingLost(id, FakeHubClock.START);
  }

  @Test
  void oneDeadDeviceOnABusLeavesTheOthersTheirTime() throws Exception {
    DeviceId[] dead = new DeviceId[1];
    driver(
        "bus",
        context -> context.device().equals(dead[0]) ? new CompletableFuture<>() : TestDriver.FINE);
    dead[0] = device("bus", "test://bus:1");
    List<DeviceId> good = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      good.add(device("bus", "test://bus:1"));
    }
    pass(Duration.ofMinutes(2));
    // A poll of the dead one, and those that wait behind it, may be under way.
    Instant settled = clock.now().minusSeconds(5);
    for (DeviceId id : good) {
      assertThat(bus.frames(id).size()).as("of 120").isGreaterThan(90);
      assertNothingLost(id, FakeHubClock.START, settled);
    }
    assertThat(state(dead[0])).isEqualTo(State.OFFLINE);
    assertThat(scheduler.health(dead[0]).orElseThrow().lastError().orElseThrow())
        .contains("test://bus:1");
    assertNothingLost(dead[0], FakeHubClock.START, settled);
  }

  @Test
  void anUnreachableBusIsAskedForByOne() throws Exception {
    TestDriver driver = driver("away", context -> TestDriver.failing(Kind.UNREACHABLE));
    List<DeviceId> ids = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      ids.add(device("away", "test://bus:1"));
    }
    pass(Duration.ofSeconds(60));
    assertThat(driver.polls.get()).isLessThan(20);
    driver.behaviour = context -> TestDriver.FINE;
    pass(Duration.ofSeconds(75));
    for (DeviceId id : ids) {
      assertThat(state(id)).isEqualTo(State.ONLINE);
      assertNothingLost(id, FakeHubClock.START);
    }
  }

  @Test
  void whatADriverThrowsHurtsNobodyElse() throws Exception {
    driver("ok", context -> TestDriver.FINE);
    driver(
        "wild",
        context -> {
          throw new StackOverflowError("wild");
        });
    DeviceId wild = device("wild", "test://w:1");
    DeviceId good = device("ok", "test://g:1");
    pass(Duration.ofSeconds(10));
    assertThat(bus.frames(good)).hasSizeBetween(9, 10);
    assertThat(scheduler.health(wild).orElseThrow().lastError().orElseThrow())
        .contains("'wild'")
        .contains("StackOverflowError");
    assertThat(gaps(wild)).allMatch(gap -> gap.reason() == Gap.Reason.INVALID_ANSWER);
    assertNothingLost(wild, FakeHubClock.START);
  }

  @Test
  void aDriverThatBlocksIsSetAside() throws Exception {
    CountDownLatch stuck = new CountDownLatch(1);
    driver("ok", context -> TestDriver.FINE);
    driver(
        "blocking",
        context -> {
          while (stuck.getCount() > 0) {
            try {
              stuck.await();
            } catch (InterruptedException e) {
              // A driver that will not be told.
            }
          }
          return TestDriver.FINE;
        });
    List<DeviceId> blocking = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      blocking.add(device("blocking", "test://b" + i + ":1"));
    }
    DeviceId good = device("ok", "test://g:1");
    long end = System.nanoTime() + 8_000_000_000L;
    try {
      // Real time passes here: the watchdog looks at real threads.
      while (System.nanoTime() < end && bus.frames(good).size() < 5) {
        clock.advance(Duration.ofMillis(50));
        scheduler.tick();
        Thread.sleep(10);
      }
      assertThat(bus.frames(good)).hasSizeGreaterThanOrEqualTo(5);
      assertThat(
              blocking.stream()
                  .filter(
                      id ->
                          scheduler
                              .health(id)
                              .orElseThrow()
                              .lastError()
                              .orElse("")
                              .contains("does not return")))
          .isNotEmpty();
      assertThat(
              Thread.getAllStackTraces().keySet().stream()
                  .filter(thread -> thread.getName().equals("metering-driver")))
          .hasSizeLessThanOrEqualTo(WatchedPool.LIMIT);
    } finally {
      stuck.countDown();
    }
    for (DeviceId id : blocking) {
      await(
          () -> {
            clock.advance(Duration.ofMillis(200));
            scheduler.tick();
            return state(id) == State.ONLINE;
          });
    }
    pass(Duration.ofSeconds(2)); // Lets what is under way come in.
    for (DeviceId id : blocking) {
      assertNothingLost(id, FakeHubClock.START);
    }
  }

  @Test
  void aPollLongerThanItsIntervalSkipsDueTimesInsteadOfPilingUp() throws Exception {
    List<CompletableFuture<List<Measurement>>> pending = new ArrayList<>();
    TestDriver driver =
        driver(
            "slow",
            context -> {
              CompletableFuture<List<Measurement>> answer = new CompletableFuture<>();
              synchronized (pending) {
                pending.add(answer);
              }
              return answer;
            });
    DeviceId id = device("slow", "test://a:1");
    pass(Duration.ofMillis(2_600));
    assertThat(driver.polls).hasValue(1);
    synchronized (pending) {
      pending.get(0).complete(List.of(Measurement.of(Quantity.ACTIVE_POWER, 1, 0)));
    }
    scheduler.flush();
    assertThat(bus.frames(id)).hasSize(1);
    assertThat(gaps(id)).isNotEmpty().allMatch(gap -> gap.reason() == Gap.Reason.OVERLOAD);
    assertThat(state(id)).isEqualTo(State.ONLINE);
  }

  @Test
  void driversComeAndGo() throws Exception {
    TestDriver first = driver("d", context -> TestDriver.FINE);
    DeviceId id = device("d", "test://a:1");
    pass(Duration.ofSeconds(3));
    scheduler.remove("d", first);
    assertThat(first.open).hasValue(0);
    pass(Duration.ofSeconds(5));
    assertThat(state(id)).isEqualTo(State.UNAVAILABLE);
    assertThat(scheduler.health(id).orElseThrow().lastError().orElseThrow())
        .contains("'d' is not installed");
    TestDriver second = driver("d", context -> TestDriver.FINE);
    pass(Duration.ofSeconds(3));
    assertThat(state(id)).isEqualTo(State.ONLINE);
    assertThat(gaps(id)).isNotEmpty().allMatch(gap -> gap.reason() == Gap.Reason.HUB_STOPPED);
    assertNothingLost(id, FakeHubClock.START);
    // Side by side: the new one takes over, then the old one goes, and nothing is missed.
    bus.clear();
    Instant from = clock.now().plusSeconds(1);
    TestDriver third = driver("d", context -> TestDriver.FINE);
    assertThat(second.open).hasValue(0);
    scheduler.remove("d", second);
    pass(Duration.ofSeconds(4));
    assertThat(third.open).hasValue(1);
    assertThat(gaps(id)).isEmpty();
    assertNothingLost(id, from);
  }

  @Test
  void aClockStepForwardIsAGapAndBackwardIsNot() throws Exception {
    driver("ok", context -> TestDriver.FINE);
    DeviceId id = device("ok", "test://a:1");
    pass(Duration.ofSeconds(5));
    Instant before = clock.now();
    clock.step(before.plusSeconds(3_600));
    pass(Duration.ofSeconds(3));
    assertThat(gaps(id).stream().map(Gap::reason).distinct())
        .containsExactly(Gap.Reason.CLOCK_STEP);
    assertNothingLost(id, FakeHubClock.START);
    int gapsBefore = gaps(id).size();
    clock.step(before.minusSeconds(86_400));
    Instant from = clock.now().plusSeconds(1);
    pass(Duration.ofSeconds(5));
    assertThat(gaps(id)).hasSize(gapsBefore);
    assertNothingLost(id, from);
    List<ReadingFrame> frames = bus.frames(id);
    Map<Long, Integer> keys = new HashMap<>();
    frames.forEach(
        frame -> keys.merge(frame.sequence() * 100 + frame.clockEpoch(), 1, Integer::sum));
    assertThat(keys.values()).allMatch(count -> count == 1);
  }

  @Test
  void valuesAreTurnedAndMarked() throws Exception {
    clock.quality(HubClock.Quality.UNSYNCHRONISED);
    driver(
        "values",
        context ->
            CompletableFuture.completedFuture(
                List.of(
                    Measurement.of(Quantity.ACTIVE_POWER, 1_500, 0),
                    Measurement.of(Quantity.ENERGY_IMPORT, 7, 3),
                    Measurement.of(Quantity.FREQUENCY, 5_000, 0))));
    DeviceId id = device("values", "test://a:1", true);
    pass(Duration.ofSeconds(2));
    ReadingFrame frame = bus.frames(id).get(0);
    assertThat(frame.value(Quantity.ACTIVE_POWER).orElseThrow().mantissa()).isEqualTo(-1_500);
    assertThat(frame.value(Quantity.ENERGY_EXPORT).orElseThrow().doubleValue()).isEqualTo(7_000);
    assertThat(frame.value(Quantity.ENERGY_IMPORT)).isEmpty();
    Quality frequency = frame.value(Quantity.FREQUENCY).orElseThrow().quality();
    assertThat(frequency.has(Quality.OUT_OF_RANGE)).isTrue();
    assertThat(frame.values()).allMatch(value -> value.quality().has(Quality.CLOCK_UNSYNCHRONISED));
  }

  @Test
  void whatTheBusCannotTakeBecomesAGap() throws Exception {
    driver("ok", context -> TestDriver.FINE);
    DeviceId id = device("ok", "test://a:1");
    pass(Duration.ofSeconds(3));
    busTakes = false;
    pass(Duration.ofSeconds(5));
    busTakes = true;
    pass(Duration.ofSeconds(3));
    assertThat(gaps(id).stream().map(Gap::reason).distinct())
        .containsExactly(Gap.Reason.STORAGE_FULL);
    assertNothingLost(id, FakeHubClock.START);
  }

  @Test
  void aRestartIsAGapFromWhatWasKnown() throws Exception {
    driver("ok", context -> TestDriver.FINE);
    DeviceId id = device("ok", "test://a:1");
    pass(Duration.ofSeconds(3));
    long covered = scheduler.stop(id).orElseThrow();
    clock.advance(Duration.ofSeconds(20));
    scheduler.start(id, devices.get(id), covered);
    pass(Duration.ofSeconds(3));
    assertThat(gaps(id).stream().map(Gap::reason).distinct())
        .containsExactly(Gap.Reason.HUB_STOPPED);
    assertNothingLost(id, FakeHubClock.START);
  }

  /** A driver whose devices send by themselves; the test speaks for them. */
  private static final class Sending implements MeterDriver {
    private final Map<DeviceId, PushSession.Receiver> receivers = new ConcurrentHashMap<>();
    private volatile Map<String, String> identity = Map.of();
    private volatile RuntimeException startsWith;

    @Override
    public DriverDescription description() {
      return new DriverDescription("push", "Push", Set.of("test"), -1, List.of(), List.of(), true);
    }

    @Override
    public DriverSession open(DriverContext context) {
      return new PushSession() {
        @Override
        public void start(Receiver receiver) {
          if (startsWith != null) {
            throw startsWith;
          }
          receivers.put(context.device(), receiver);
        }

        @Override
        public Map<String, String> identity() {
          return identity;
        }

        @Override
        public void close() {
          receivers.remove(context.device());
        }
      };
    }
  }

  @Test
  void aSilentSenderIsAGapFromItsLastFrame() throws Exception {
    Sending sending = new Sending();
    scheduler.add("push", sending);
    scheduler.add("test", NOTHING);
    DeviceId id = device("push", "test://p:1");
    pass(Duration.ofMillis(1_500));
    PushSession.Receiver receiver = sending.receivers.get(id);
    for (int i = 0; i < 10; i++) {
      receiver.values(Optional.empty(), List.of(Measurement.of(Quantity.ACTIVE_POWER, i, 0)));
      pass(Duration.ofSeconds(1));
    }
    assertThat(state(id)).isEqualTo(State.ONLINE);
    assertThat(bus.frames(id)).hasSize(10);
    assertThat(gaps(id)).isEmpty();
    Instant last = bus.frames(id).get(9).instant();
    pass(Duration.ofSeconds(20));
    assertThat(state(id)).isEqualTo(State.FAILING);
    assertThat(scheduler.health(id).orElseThrow().lastError().orElseThrow())
        .contains("has sent nothing");
    receiver.values(Optional.empty(), List.of(Measurement.of(Quantity.ACTIVE_POWER, 99, 0)));
    assertThat(state(id)).isEqualTo(State.ONLINE);
    Gap gap = gaps(id).get(gaps(id).size() - 1);
    assertThat(gap.from()).isEqualTo(last.plusSeconds(1));
    assertThat(gap.to()).isAfter(last.plusSeconds(18));
    assertThat(gaps(id).stream().map(Gap::from).distinct()).hasSize(1);
    // After the session ended nothing more is taken from it.
    scheduler.stop(id);
    int frames = bus.frames(id).size();
    receiver.values(Optional.empty(), List.of(Measurement.of(Quantity.ACTIVE_POWER, 1, 0)));
    assertThat(bus.frames(id)).hasSize(frames);
  }

  private static List<Measurement> watts(int value) {
    return List.of(Measurement.of(Quantity.ACTIVE_POWER, value, 0));
  }

  @Test
  void aSendersOwnStampsAreKeptAndTheSameInstantTwiceIsNot() throws Exception {
    Sending sending = new Sending();
    sending.identity = Map.of("serial", "17");
    scheduler.add("push", sending);
    scheduler.add("test", NOTHING);
    DeviceId id = device("push", "test://p:1");
    pass(Duration.ofMillis(1_500));
    PushSession.Receiver receiver = sending.receivers.get(id);
    Instant first = clock.now().minusSeconds(3_600);
    // A backlog, all at once, out of order, some of it sent again.
    for (int i : new int[] {0, 2, 1, 3, 2, 0, 4}) {
      receiver.values(Optional.of(first.plusSeconds(60L * i)), watts(i));
    }
    assertThat(bus.frames(id))
        .extracting(frame -> (int) frame.value(Quantity.ACTIVE_POWER).orElseThrow().doubleValue())
        .containsExactly(0, 2, 1, 3, 4);
    assertThat(bus.frames(id))
        .allSatisfy(
            frame ->
                assertThat(frame.instant())
                    .isEqualTo(
                        first.plusSeconds(
                            60L
                                * (long)
                                    frame
                                        .value(Quantity.ACTIVE_POWER)
                                        .orElseThrow()
                                        .doubleValue())));
    settle();
    assertThat(scheduler.health(id).orElseThrow().identity()).containsEntry("serial", "17");
    assertThat(scheduler.health(id).orElseThrow().lastReading().orElseThrow())
        .isEqualTo(clock.now());
    // An hourly value that is repeated every second: alive, and nothing new.
    for (int i = 0; i < 10; i++) {
      pass(Duration.ofSeconds(1));
      receiver.values(Optional.of(first), watts(0));
    }
    assertThat(bus.frames(id)).hasSize(5);
    assertThat(state(id)).isEqualTo(State.ONLINE);
    assertThat(gaps(id)).isEmpty();
  }

  @Test
  void framesOfOneMillisecondKeepTheirOrderAndAFloodIsCutOff() throws Exception {
    Sending sending = new Sending();
    scheduler.add("push", sending);
    scheduler.add("test", NOTHING);
    DeviceId id = device("push", "test://p:1");
    pass(Duration.ofMillis(1_500));
    PushSession.Receiver receiver = sending.receivers.get(id);
    for (int i = 0; i < 5_000; i++) {
      receiver.values(Optional.empty(), watts(i));
    }
    List<ReadingFrame> frames = bus.frames(id);
    assertThat(frames).hasSize(Stamps.BURST);
    for (int i = 1; i < frames.size(); i++) {
      assertThat(frames.get(i).instant()).isAfter(frames.get(i - 1).instant());
    }
    pass(Duration.ofSeconds(1));
    receiver.values(Optional.empty(), watts(1));
    assertThat(bus.frames(id)).hasSize(Stamps.BURST + 1);
  }

  @Test
  void aSenderThatCannotStartIsTriedAgain() throws Exception {
    Sending sending = new Sending();
    sending.startsWith = new IllegalStateException("no listener");
    scheduler.add("push", sending);
    scheduler.add("test", NOTHING);
    DeviceId id = device("push", "test://p:1");
    pass(Duration.ofSeconds(2));
    assertThat(scheduler.health(id).orElseThrow().lastError().orElseThrow())
        .contains("'push' failed")
        .contains("no listener");
    sending.startsWith = null;
    pass(Duration.ofSeconds(10));
    sending.receivers.get(id).values(Optional.empty(), watts(1));
    assertThat(state(id)).isEqualTo(State.ONLINE);
  }
}
