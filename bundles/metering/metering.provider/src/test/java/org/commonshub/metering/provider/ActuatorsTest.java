package org.commonshub.metering.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.Actuating;
import org.commonshub.metering.api.Actuator;
import org.commonshub.metering.api.DatagramConnection;
import org.commonshub.metering.api.DeviceDefinition;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.DriverDescription;
import org.commonshub.metering.api.DriverSession;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.metering.api.PollSession;
import org.commonshub.metering.api.StreamConnection;
import org.commonshub.metering.api.TransportProvider;
import org.commonshub.metering.api.WriteLease;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeWriteLease;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Telling devices something: refusals, order, and what a device or its driver may do wrong. */
@Timeout(60)
class ActuatorsTest {
  private static final Actuator LIMIT =
      new Actuator(
          "current-limit",
          "Current limit",
          "How much it may take.",
          "A",
          BigDecimal.valueOf(6),
          BigDecimal.valueOf(32),
          BigDecimal.ONE,
          Map.of(),
          "as set on the device",
          Optional.empty());

  /** A wallbox as the test wants it. */
  private final class Wallbox implements MeterDriver {
    volatile List<Actuator> actuators = List.of(LIMIT);
    volatile Supplier<CompletionStage<Void>> confirms =
        () -> CompletableFuture.completedFuture(null);
    volatile Supplier<CompletionStage<List<Measurement>>> polled = () -> TestDriver.FINE;
    final List<String> told = new CopyOnWriteArrayList<>();
    final List<String> threads = new CopyOnWriteArrayList<>();
    final AtomicInteger open = new AtomicInteger();

    @Override
    public DriverDescription description() {
      return new DriverDescription(
          "wallbox", "Wallbox", Set.of("test"), -1, List.of(), List.of(), false);
    }

    @Override
    public DriverSession open(DriverContext context) {
      open.incrementAndGet();
      return new Session();
    }

    private final class Session implements PollSession, Actuating {
      @Override
      public CompletionStage<List<Measurement>> poll(Duration budget) {
        return polled.get();
      }

      @Override
      public List<Actuator> actuators() {
        return actuators;
      }

      @Override
      public CompletionStage<Void> write(WriteLease lease, String actuator, BigDecimal value) {
        told.add(actuator + "=" + value);
        threads.add(Thread.currentThread().getName());
        return confirms.get();
      }

      @Override
      public CompletionStage<Void> release(WriteLease lease, String actuator) {
        told.add(actuator + " released");
        return confirms.get();
      }

      @Override
      public void close() {
        open.decrementAndGet();
      }
    }
  }

  private final FakeHubClock clock = new FakeHubClock();
  private final FakeWriteLease lease = new FakeWriteLease();
  private final Wallbox wallbox = new Wallbox();
  private final Scheduler scheduler = new Scheduler(clock, record -> true, value -> value, false);
  private DeviceId id;

  @BeforeEach
  void start() throws InterruptedException {
    scheduler.add("wallbox", wallbox);
    scheduler.add("test", NOTHING);
    id = device(false);
    awaitActuators();
  }

  @AfterEach
  void end() {
    scheduler.close();
    assertThat(wallbox.open).hasValue(0);
  }

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

  private DeviceId device(boolean readOnly) {
    DeviceId made = DeviceId.random();
    scheduler.start(
        made,
        new DeviceDefinition(
            "Wallbox",
            DeviceRole.EV_CHARGER,
            Optional.empty(),
            "wallbox",
            Endpoint.parse("test://a:1"),
            Map.of(),
            Duration.ofSeconds(1),
            false,
            true,
            readOnly,
            0),
        Scheduler.NEW);
    return made;
  }

  private void awaitActuators() throws InterruptedException {
    await(() -> !scheduler.actuators(id).isEmpty());
  }

  private void await(BooleanSupplier condition) throws InterruptedException {
    for (int i = 0; i < 4_000 && !condition.getAsBoolean(); i++) {
      clock.advance(Duration.ofMillis(50));
      scheduler.tick();
      Thread.sleep(5);
    }
    assertThat(condition.getAsBoolean()).isTrue();
  }

  private DeviceException refusal(CompletionStage<Void> stage) throws Exception {
    try {
      stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (ExecutionException | CompletionException e) {
      return (DeviceException) e.getCause();
    }
    throw new AssertionError("not refused");
  }

  private CompletionStage<Void> write(DeviceId device, String actuator, int value) {
    return scheduler.tell(device, actuator, Optional.of(BigDecimal.valueOf(value)), lease);
  }

  @Test
  void aDeviceIsToldOnThePoolAndHandedBack() throws Exception {
    write(id, "current-limit", 16).toCompletableFuture().get(20, TimeUnit.SECONDS);
    scheduler
        .tell(id, "current-limit", Optional.empty(), lease)
        .toCompletableFuture()
        .get(20, TimeUnit.SECONDS);
    assertThat(wallbox.told).containsExactly("current-limit=16", "current-limit released");
    assertThat(wallbox.threads).containsExactly("metering-driver");
  }

  @Test
  void refusalsComeInOrderAndWithoutTalkingToTheDevice() throws Exception {
    DeviceId readOnly = device(true);
    await(() -> !scheduler.actuators(readOnly).isEmpty());
    FakeWriteLease ended = lease;
    ended.end();
    record Case(DeviceId device, String actuator, int value, Kind kind, String said) {}
    for (Case each :
        List.of(
            new Case(DeviceId.random(), "current-limit", 99, Kind.SETTINGS, "There is no device"),
            new Case(readOnly, "speed", 99, Kind.SETTINGS, "nothing called 'speed'"),
            new Case(readOnly, "current-limit", 99, Kind.FORBIDDEN, "is read-only"),
            new Case(id, "current-limit", 99, Kind.FORBIDDEN, "has ended"))) {
      DeviceException why = refusal(write(each.device, each.actuator, each.value));
      assertThat(why.kind()).as(each.said).isEqualTo(each.kind);
      assertThat(why).hasMessageContaining(each.said);
    }
    DeviceException range =
        refusal(
            scheduler.tell(
                id, "current-limit", Optional.of(BigDecimal.valueOf(99)), new FakeWriteLease()));
    assertThat(range.kind()).isEqualTo(Kind.SETTINGS);
    assertThat(range).hasMessageContaining("6 to 32 A");
    assertThat(refusal(scheduler.tell(readOnly, "current-limit", Optional.empty(), lease)).kind())
        .as("a hand-back is a write, too")
        .isEqualTo(Kind.FORBIDDEN);
    assertThat(wallbox.told).isEmpty();
  }

  @Test
  void aLeaseThatEndsInTheQueueIsNotUsed() throws Exception {
    List<CompletableFuture<Void>> confirmations = new CopyOnWriteArrayList<>();
    wallbox.confirms =
        () -> {
          CompletableFuture<Void> confirmation = new CompletableFuture<>();
          confirmations.add(confirmation);
          return confirmation;
        };
    CompletionStage<Void> first = write(id, "current-limit", 10);
    CompletionStage<Void> second = write(id, "current-limit", 12);
    await(() -> confirmations.size() == 1);
    lease.end();
    confirmations.get(0).complete(null);
    first.toCompletableFuture().get(20, TimeUnit.SECONDS);
    assertThat(refusal(second).kind()).isEqualTo(Kind.FORBIDDEN);
    assertThat(wallbox.told).containsExactly("current-limit=10");
  }

  @Test
  void writesOfOneSessionDoNotOverlapAndPollsGoOn() throws Exception {
    AtomicInteger busy = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    List<Runnable> confirmations = new CopyOnWriteArrayList<>();
    wallbox.confirms =
        () -> {
          CompletableFuture<Void> confirmation = new CompletableFuture<>();
          most.accumulateAndGet(busy.incrementAndGet(), Math::max);
          confirmations.add(
              () -> {
                busy.decrementAndGet();
                confirmation.complete(null);
              });
          return confirmation;
        };
    List<CompletableFuture<Void>> writes = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      writes.add(write(id, "current-limit", 6 + i).toCompletableFuture());
    }
    for (int i = 0; i < 20; i++) {
      int next = i;
      await(() -> confirmations.size() > next);
      confirmations.get(i).run();
    }
    CompletableFuture.allOf(writes.toArray(new CompletableFuture<?>[0])).get(20, TimeUnit.SECONDS);
    assertThat(most).hasValue(1);
    assertThat(wallbox.told).hasSize(20).startsWith("current-limit=6", "current-limit=7");
    assertThat(scheduler.health(id).orElseThrow().failures()).isZero();
  }

  @Test
  void aDeviceThatDoesNotConfirmGetsANewSession() throws Exception {
    wallbox.confirms = CompletableFuture::new;
    CompletableFuture<Void> first = write(id, "current-limit", 10).toCompletableFuture();
    CompletableFuture<Void> second = write(id, "current-limit", 12).toCompletableFuture();
    await(first::isDone);
    DeviceException why = refusal(first);
    assertThat(why.kind()).isEqualTo(Kind.TIMEOUT);
    assertThat(why).hasMessageContaining("did not confirm").hasMessageContaining("test://a:1");
    assertThat(refusal(second).kind()).isEqualTo(Kind.TIMEOUT);
    wallbox.confirms = () -> CompletableFuture.completedFuture(null);
    awaitActuators();
    write(id, "current-limit", 14).toCompletableFuture().get(20, TimeUnit.SECONDS);
    assertThat(wallbox.told).containsExactly("current-limit=10", "current-limit=14");
  }

  @Test
  void whatADriverThrowsIsExplained() throws Exception {
    wallbox.confirms =
        () -> {
          throw new StackOverflowError("wild");
        };
    assertThat(refusal(write(id, "current-limit", 10)))
        .hasMessageContaining("'wallbox' failed")
        .hasMessageContaining("StackOverflowError");
    wallbox.confirms = () -> null;
    assertThat(refusal(write(id, "current-limit", 10))).hasMessageContaining("returned null");
    wallbox.confirms =
        () -> CompletableFuture.failedFuture(new DeviceException(Kind.REFUSED, "Not now."));
    assertThat(refusal(write(id, "current-limit", 10))).hasMessage("Not now.");
  }

  @Test
  void aDeviceWithoutASessionIsUnreachableOrReadOnly() throws Exception {
    CompletableFuture<Void> pending;
    wallbox.confirms = CompletableFuture::new;
    pending = write(id, "current-limit", 10).toCompletableFuture();
    await(() -> wallbox.told.size() == 1);
    scheduler.remove("wallbox", wallbox);
    assertThat(refusal(pending).kind()).isEqualTo(Kind.DISCONNECTED);
    assertThat(scheduler.actuators(id)).isEmpty();
    DeviceException why = refusal(write(id, "current-limit", 10));
    assertThat(why.kind()).isEqualTo(Kind.UNREACHABLE);
    assertThat(why).hasMessageContaining("not installed");
    DeviceId fresh = device(true);
    scheduler.add("wallbox", wallbox);
    assertThat(refusal(write(fresh, "current-limit", 10)).kind()).isEqualTo(Kind.FORBIDDEN);
    assertThat(refusal(write(id, "current-limit", 10)).kind()).isEqualTo(Kind.UNREACHABLE);
  }

  @Test
  void actuatorsMayGrowAndAreBounded() throws Exception {
    List<Actuator> many = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      many.add(
          new Actuator(
              "a" + i % 100,
              "A",
              "A.",
              "",
              BigDecimal.ZERO,
              BigDecimal.ONE,
              BigDecimal.ONE,
              Map.of(),
              "off",
              Optional.empty()));
    }
    wallbox.actuators = many;
    // A write looks again by itself.
    write(id, "a1", 1).toCompletableFuture().get(20, TimeUnit.SECONDS);
    await(() -> scheduler.actuators(id).size() == Live.MOST_ACTUATORS);
  }
}
