package org.commonshub.control.arbiter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.commonshub.control.api.Outcome.State.APPLIED;
import static org.commonshub.control.api.Outcome.State.PENDING;
import static org.commonshub.control.api.Outcome.State.REFUSED;

import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.commonshub.control.api.Arbiter;
import org.commonshub.control.api.Intent;
import org.commonshub.control.api.Outcome;
import org.commonshub.control.api.Priority;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.ActuatorPort;
import org.commonshub.metering.api.DeviceDefinition;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.DeviceRegistry;
import org.commonshub.metering.api.DriverDescription;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.SerialPorts;
import org.commonshub.metering.api.WriteLease;
import org.commonshub.platform.api.AuditLog;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeHubPaths;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(90)
class ArbiterServiceTest {
  private static final DeviceId DEVICE = DeviceId.random();

  /** A wallbox. */
  private static final class Port implements ActuatorPort {
    final List<String> told = new CopyOnWriteArrayList<>();
    volatile boolean there = true;
    volatile Supplier<CompletionStage<Void>> answer = () -> CompletableFuture.completedFuture(null);
    volatile Runnable whileTold = () -> {};

    @Override
    public List<Controllable> controllable() {
      return there
          ? List.of(
              new Controllable(
                  DEVICE,
                  "Wallbox",
                  false,
                  List.of(Bench.actuator("current-limit", Optional.empty()))))
          : List.of();
    }

    @Override
    public CompletionStage<Void> write(
        DeviceId device, String actuator, BigDecimal value, WriteLease lease) {
      assertThat(lease.held()).isTrue();
      whileTold.run();
      told.add(actuator + "=" + value + " by " + lease.holder());
      return answer.get();
    }

    @Override
    public CompletionStage<Void> release(DeviceId device, String actuator, WriteLease lease) {
      assertThat(lease.held()).isTrue();
      told.add(actuator + " released");
      return answer.get();
    }
  }

  /** Notes everything. */
  private static final class Log implements AuditLog {
    final List<String> lines = new CopyOnWriteArrayList<>();

    @Override
    public void record(String actor, String action, String subject, String outcome) {
      lines.add(actor + " | " + action + " | " + subject + " | " + outcome);
    }

    @Override
    public List<Entry> latest(int limit) {
      return List.of();
    }
  }

  @TempDir Path root;
  private final FakeHubClock clock = new FakeHubClock();
  private final Port port = new Port();
  private final Log log = new Log();
  private ArbiterService arbiter;

  @BeforeEach
  void start() {
    arbiter = new ArbiterService(clock, FakeHubPaths.in(root));
    arbiter.bindAudit(log);
    arbiter.bindPort(port);
  }

  @AfterEach
  void stop() throws InterruptedException {
    arbiter.deactivate();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("control-")) {
        thread.join(20_000);
        assertThat(thread.isAlive()).as("%s lives on", thread).isFalse();
      }
    }
  }

  private Outcome state(int value, String holder) throws Exception {
    return state(value, holder, Priority.PERSON);
  }

  private Outcome state(int value, String holder, Priority priority) throws Exception {
    return arbiter
        .state(
            new Intent(
                DEVICE,
                "current-limit",
                BigDecimal.valueOf(value),
                priority,
                holder,
                "cheap power",
                Duration.ofMinutes(5)))
        .toCompletableFuture()
        .get(20, TimeUnit.SECONDS);
  }

  private void pass(Duration time) throws Exception {
    clock.advance(time);
    arbiter.turn();
  }

  private void await(BooleanSupplier condition) throws Exception {
    for (int i = 0; i < 4_000 && !condition.getAsBoolean(); i++) {
      arbiter.turn();
      Thread.sleep(5);
    }
    assertThat(condition.getAsBoolean()).isTrue();
  }

  private Path held() {
    return root.resolve("data/control.arbiter/held");
  }

  @Test
  void aPersonsWordReachesTheDeviceAndTheLog() throws Exception {
    assertThat(state(16, "user:ada"))
        .isEqualTo(new Outcome(APPLIED, "The device has confirmed it."));
    Arbiter.State shown = arbiter.states().get(0);
    assertThat(shown.device()).isEqualTo(DEVICE);
    assertThat(shown.deviceName()).isEqualTo("Wallbox");
    assertThat(shown.value()).contains(BigDecimal.valueOf(16));
    assertThat(shown.holding().orElseThrow().holder()).isEqualTo("user:ada");
    assertThat(shown.remaining()).contains(Duration.ofMinutes(5));
    assertThat(Files.readString(held())).isEqualTo(DEVICE + " current-limit\n");
    assertThat(state(99, "user:ada").state()).isEqualTo(REFUSED);
    Outcome left =
        arbiter
            .withdraw(DEVICE, "current-limit", "user:ada")
            .toCompletableFuture()
            .get(20, TimeUnit.SECONDS);
    assertThat(left.state()).isEqualTo(APPLIED);
    assertThat(port.told).containsExactly("current-limit=16 by user:ada", "current-limit released");
    assertThat(Files.readString(held())).isEmpty();
    assertThat(arbiter.states().get(0).holding()).isEmpty();
    assertThat(log.lines)
        .containsExactly(
            "ada | control.write | " + DEVICE + " Wallbox current-limit=16 A | ok (cheap power)",
            "ada | control.refuse | "
                + DEVICE
                + " Wallbox current-limit=99 A | Current limit is 6 to 32 A, not 99. (cheap"
                + " power)",
            "ada | control.withdraw | " + DEVICE + " Wallbox current-limit=16 A | ok",
            "hub | control.release | "
                + DEVICE
                + " Wallbox current-limit | ok (last held by user:ada: cheap power)");
  }

  @Test
  void aLeaseEndsByItself() throws Exception {
    state(16, "user:ada");
    pass(Duration.ofMinutes(5));
    await(() -> port.told.contains("current-limit released"));
    assertThat(log.lines).anyMatch(line -> line.contains("control.expire"));
  }

  @Test
  void whatIsHeldStandsOnTheDiskBeforeTheDeviceIsTold() throws Exception {
    List<String> disk = new ArrayList<>();
    port.whileTold =
        () -> {
          try {
            disk.add(Files.readString(held()));
          } catch (java.io.IOException e) {
            disk.add("nothing");
          }
        };
    state(16, "user:ada");
    assertThat(disk).containsExactly(DEVICE + " current-limit\n");
  }

  @Test
  void afterAKillWhatWasHeldIsHandedBackWhenTheDeviceIsThere() throws Exception {
    state(16, "user:ada");
    String kept = Files.readString(held());
    arbiter.deactivate();
    Files.writeString(held(), kept + "garbage\n\u0000 \u0000 x\n"); // As a kill would leave it.
    port.told.clear();
    port.there = false;
    start();
    pass(Duration.ofSeconds(10));
    pass(Duration.ofSeconds(10));
    assertThat(port.told).isEmpty();
    port.there = true;
    pass(Duration.ofSeconds(2));
    await(() -> port.told.equals(List.of("current-limit released")));
    await(() -> readHeld().isEmpty());
    assertThat(log.lines).anyMatch(line -> line.contains("when the hub stopped"));
  }

  private String readHeld() {
    try {
      return Files.readString(held());
    } catch (java.io.IOException e) {
      return "?";
    }
  }

  @Test
  void stoppingHandsBack() throws Exception {
    state(16, "user:ada");
    arbiter.deactivate();
    assertThat(port.told).endsWith("current-limit released");
    assertThat(Files.readString(held())).isEmpty();
    assertThat(state(16, "user:ada").state()).isEqualTo(REFUSED);
  }

  @Test
  void stoppingWaitsTwoSecondsForADeadDeviceAndTheNextStartGoesOn() throws Exception {
    state(16, "user:ada");
    port.answer = CompletableFuture::new;
    long began = System.nanoTime();
    arbiter.deactivate();
    assertThat(Duration.ofNanos(System.nanoTime() - began))
        .isBetween(Duration.ofMillis(1_900), Duration.ofSeconds(15));
    assertThat(Files.readString(held())).isNotEmpty();
    port.answer = () -> CompletableFuture.completedFuture(null);
    port.told.clear();
    start();
    await(() -> port.told.equals(List.of("current-limit released")));
  }

  @Test
  void whenMeteringStopsDevicesAreHandedBackAndToldAgainLater() throws Exception {
    state(16, "user:ada");
    arbiter.unbindPort(port);
    assertThat(port.told).containsExactly("current-limit=16 by user:ada", "current-limit released");
    assertThat(state(20, "user:ada").state()).isEqualTo(PENDING);
    assertThat(arbiter.states()).hasSize(1);
    Port other = new Port();
    arbiter.bindPort(other);
    await(() -> other.told.equals(List.of("current-limit=20 by user:ada")));
    // A replacement that comes before the old one goes.
    arbiter.bindPort(port);
    arbiter.unbindPort(other);
    await(() -> port.told.contains("current-limit=20 by user:ada"));
    assertThat(other.told).hasSize(1);
  }

  @Test
  void aDeviceThatWasInTroubleIsToldAgain() throws Exception {
    Registry registry = new Registry();
    arbiter.bindRegistry(registry);
    state(16, "user:ada");
    registry.state = DeviceRegistry.State.OFFLINE;
    pass(Duration.ofSeconds(2));
    assertThat(port.told).hasSize(1);
    registry.state = DeviceRegistry.State.ONLINE;
    pass(Duration.ofSeconds(2));
    await(() -> port.told.size() == 2);
    pass(Duration.ofSeconds(2));
    assertThat(port.told).hasSize(2);
    // Removed: after ten minutes of that there is nothing to hand back any more.
    registry.state = null;
    port.there = false;
    pass(Duration.ofSeconds(2));
    pass(Duration.ofMinutes(4));
    assertThat(readHeld()).isNotEmpty();
    pass(Duration.ofMinutes(7));
    await(() -> readHeld().isEmpty());
    assertThat(log.lines).anyMatch(line -> line.contains("control.forget"));
  }

  @Test
  void aDiskThatTakesNothingIsSaidAndTriedAgain() throws Exception {
    Path directory = root.resolve("data/control.arbiter");
    Files.deleteIfExists(directory.resolve("held"));
    Files.deleteIfExists(directory);
    Files.writeString(directory, "in the way");
    Outcome outcome = state(16, "user:ada");
    assertThat(outcome.state()).isEqualTo(PENDING);
    assertThat(outcome.message()).contains("disk takes nothing");
    assertThat(port.told).isEmpty();
    Files.delete(directory);
    pass(Duration.ofSeconds(2));
    await(() -> port.told.equals(List.of("current-limit=16 by user:ada")));
  }

  @Test
  void whatAPortThrowsIsNotTheEnd() throws Exception {
    port.answer =
        () -> {
          throw new IllegalStateException("wild");
        };
    Outcome outcome = state(16, "user:ada");
    assertThat(outcome.state()).isEqualTo(PENDING);
    assertThat(outcome.message()).contains("wild");
    port.answer =
        () -> CompletableFuture.failedFuture(new DeviceException(Kind.REFUSED, "Not now."));
    assertThat(state(20, "user:ada")).isEqualTo(new Outcome(REFUSED, "Not now."));
  }

  @Test
  void whoDawdlesWithAnAnswerDelaysNoControl() throws Exception {
    CountDownLatch dawdling = new CountDownLatch(1);
    CountDownLatch stuck = new CountDownLatch(1);
    var unused =
        arbiter
            .state(
                new Intent(
                    DEVICE,
                    "current-limit",
                    BigDecimal.TEN,
                    Priority.APP,
                    "app:slow",
                    "x",
                    Duration.ofMinutes(5)))
            .thenAccept(
                outcome -> {
                  dawdling.countDown();
                  try {
                    stuck.await();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
    try {
      assertThat(dawdling.await(20, TimeUnit.SECONDS)).isTrue();
      var person =
          arbiter.state(
              new Intent(
                  DEVICE,
                  "current-limit",
                  BigDecimal.valueOf(16),
                  Priority.PERSON,
                  "user:ada",
                  "x",
                  Duration.ofMinutes(5)));
      await(() -> port.told.contains("current-limit=16 by user:ada"));
      assertThat(person.toCompletableFuture()).isNotDone();
    } finally {
      stuck.countDown();
    }
  }

  @Test
  void questionsThatWaitAreBounded() throws Exception {
    CountDownLatch stuck = new CountDownLatch(1);
    CountDownLatch busy = new CountDownLatch(1);
    port.whileTold =
        () -> {
          busy.countDown();
          try {
            stuck.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        };
    CompletableFuture<Outcome> first = stateLater("h");
    assertThat(busy.await(20, TimeUnit.SECONDS)).isTrue();
    List<CompletableFuture<Outcome>> more = new ArrayList<>();
    for (int i = 0; i < ArbiterService.ASKING + 5; i++) {
      more.add(stateLater("h"));
    }
    assertThat(more.get(more.size() - 1).getNow(null).message()).contains("too busy");
    port.whileTold = () -> {};
    stuck.countDown();
    assertThat(first.get(20, TimeUnit.SECONDS).state()).isEqualTo(APPLIED);
    assertThat(more.get(0).get(20, TimeUnit.SECONDS).state()).isEqualTo(APPLIED);
    assertThat(more.get(1_000).get(20, TimeUnit.SECONDS).state()).isEqualTo(APPLIED);
  }

  private CompletableFuture<Outcome> stateLater(String holder) {
    return arbiter
        .state(
            new Intent(
                DEVICE,
                "current-limit",
                BigDecimal.TEN,
                Priority.APP,
                holder,
                "x",
                Duration.ofMinutes(5)))
        .toCompletableFuture();
  }

  @Test
  void aDeviceAboutToChangeIsHandedBack() throws Exception {
    state(16, "user:ada");
    Outcome outcome =
        arbiter
            .handBack(DEVICE, "user:bob", "the device is removed")
            .toCompletableFuture()
            .get(20, TimeUnit.SECONDS);
    assertThat(outcome.state()).isEqualTo(APPLIED);
    assertThat(port.told).endsWith("current-limit released");
    assertThat(log.lines).anyMatch(line -> line.startsWith("bob | control.withdraw"));
  }

  /** One device in a state. */
  private static final class Registry implements DeviceRegistry {
    volatile State state = State.ONLINE;

    @Override
    public Optional<Entry> device(DeviceId id) {
      State now = state;
      return now == null
          ? Optional.empty()
          : Optional.of(
              new Entry(
                  id,
                  new DeviceDefinition(
                      "Wallbox",
                      DeviceRole.EV_CHARGER,
                      Optional.empty(),
                      "d",
                      Endpoint.parse("tcp://192.0.2.1:502"),
                      Map.of(),
                      Duration.ofSeconds(1),
                      false,
                      true,
                      false,
                      0),
                  "r",
                  new Health(
                      now,
                      Optional.of(Instant.EPOCH),
                      Optional.empty(),
                      Optional.empty(),
                      0,
                      0,
                      Duration.ZERO,
                      Optional.empty(),
                      Map.of())));
    }

    @Override
    public List<DriverDescription> drivers() {
      return List.of();
    }

    @Override
    public List<Entry> devices() {
      return List.of();
    }

    @Override
    public DeviceId add(DeviceDefinition definition) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void update(DeviceId id, DeviceDefinition definition, String revision) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void remove(DeviceId id) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<List<Measurement>> test(DeviceDefinition definition) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<List<Found>> discover(String driver, String where) {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<Found> inbox() {
      return List.of();
    }

    @Override
    public void dismiss(Found found) {}

    @Override
    public List<SerialPorts.Port> serialPorts() {
      return List.of();
    }
  }
}
