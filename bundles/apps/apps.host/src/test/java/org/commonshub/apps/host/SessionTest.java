package org.commonshub.apps.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.commonshub.apps.api.AppActuators;
import org.commonshub.apps.api.AppHome;
import org.commonshub.apps.api.AppHttp;
import org.commonshub.apps.api.AppQuotaException;
import org.commonshub.apps.api.AppStore;
import org.commonshub.apps.api.AppTimers;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.desk.api.AppManifest.Resources;
import org.commonshub.apps.desk.api.AppSession;
import org.commonshub.apps.desk.api.AppSession.Restriction;
import org.commonshub.apps.desk.api.Grants;
import org.commonshub.apps.desk.api.Standing.State;
import org.commonshub.apps.desk.api.UsageMeter;
import org.commonshub.control.api.Outcome;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.RefusedException;
import org.commonshub.privacy.api.Release;
import org.commonshub.privacy.api.Terms;
import org.commonshub.privacy.api.TermsException;
import org.commonshub.testing.fakes.SampleApp;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A session with a clock that is told, a CPU that is told, and the app's own thread. */
@Timeout(120)
class SessionTest {
  @TempDir Path data;

  private final AppManifest manifest =
      World.with(
          new SampleApp("org.example.coach", "1.0.0")
              .data(Purpose.OPTIMISATION, Granularity.MINUTE)
              .actuator(DeviceRole.EV_CHARGER, "current-limit")
              .host("api.example.com")
              .manifest(),
          World.PLENTY);
  private World world;
  private AppSession session;
  private final List<String> ended = new CopyOnWriteArrayList<>();

  @BeforeEach
  void open() {
    world = new World(data);
    session = open(manifest);
  }

  private AppSession open(AppManifest app) {
    AppSession opened = world.open(app);
    opened.onEnded(ended::add);
    return opened;
  }

  @AfterEach
  void close() {
    world.close();
  }

  private void awaitEnd(String reason) throws Exception {
    World.await(() -> !ended.isEmpty());
    assertThat(ended).hasSize(1);
    assertThat(ended.get(0)).contains(reason);
  }

  // ---------------------------------------------------------------- thread

  @Test
  void everythingRunsInOrderOnOneThread() throws Exception {
    List<Integer> order = Collections.synchronizedList(new ArrayList<>());
    for (int i = 0; i < 200; i++) {
      int number = i;
      session
          .thread()
          .execute(
              () -> {
                assertThat(Thread.currentThread().getName()).isEqualTo("app org.example.coach");
                order.add(number);
              });
    }
    World.settle(session);
    assertThat(order).hasSize(200).isSorted();
    assertThat(World.get(session.call(() -> 42, 5))).isEqualTo(42);
  }

  @Test
  void whatTheAppThrowsIsALineAndASentence() throws Exception {
    session
        .thread()
        .execute(
            () -> {
              throw new IllegalArgumentException("no\nsuch thing");
            });
    World.settle(session);
    assertThat(session.logLines().get(0).text())
        .isEqualTo("It failed: java.lang.IllegalArgumentException: no such thing");
    CompletionStage<Object> called =
        session.call(
            () -> {
              throw new HostileException();
            },
            5);
    assertThatThrownBy(() -> World.get(called))
        .cause()
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(HostileException.class.getName())
        .hasNoCause();
    assertThat(World.get(session.call(() -> 1, 5))).as("goes on").isEqualTo(1);
  }

  /** Would run code of the app on whoever prints it. */
  private static final class HostileException extends RuntimeException {
    private static final long serialVersionUID = 1;

    @Override
    public String getMessage() {
      throw new StackOverflowError();
    }
  }

  @Test
  void aTaskThatHangsEndsTheAppAndItsThreadIsLeftBehind() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    AtomicBoolean spin = new AtomicBoolean(true);
    AtomicBoolean later = new AtomicBoolean();
    CompletionStage<Object> call =
        session.call(
            () -> {
              begun.countDown();
              while (spin.get()) {
                Thread.onSpinWait(); // takes no notice of interrupts
              }
              return null;
            },
            5);
    session.thread().execute(() -> later.set(true));
    begun.await();
    world.advance(Duration.ofSeconds(4));
    assertThat(ended).isEmpty();
    world.advance(Duration.ofSeconds(1));
    awaitEnd("did not come back within 5 s");
    assertThatThrownBy(() -> World.get(call)).hasCauseInstanceOf(TimeoutException.class);
    Thread left =
        Thread.getAllStackTraces().keySet().stream()
            .filter(t -> t.getName().equals("app org.example.coach (left behind)"))
            .findFirst()
            .orElseThrow();
    assertThat(left.getPriority()).isEqualTo(Thread.MIN_PRIORITY);
    spin.set(false);
    left.join(20_000);
    assertThat(left.isAlive()).isFalse();
    assertThat(later).isFalse();
    assertThatThrownBy(() -> session.store().names()).hasMessage("The app has ended.");
    assertThatThrownBy(() -> World.get(session.call(() -> 1, 5)))
        .hasMessageContaining("The app has ended.");
  }

  @Test
  void aStartHasTenSeconds() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    CompletionStage<Integer> start =
        session.call(
            () -> {
              begun.countDown();
              try {
                go.await();
              } catch (InterruptedException e) {
                return -1;
              }
              return 1;
            },
            10);
    begun.await();
    world.advance(Duration.ofSeconds(9));
    go.countDown();
    assertThat(World.get(start)).isEqualTo(1);
    assertThat(ended).isEmpty();
  }

  @Test
  void timeInTheHubDoesNotCount() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    world.view.open(Purpose.OPTIMISATION, manifest.data().get(0).terms());
    EnergyData slow =
        new SlowView(
            world.view,
            () -> {
              begun.countDown();
              try {
                go.await();
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            });
    AppManifest other = new SampleApp("org.example.slow", "1.0.0").manifest();
    AppManifest app = World.with(withData(other), World.PLENTY);
    AppSession reading = world.hosts.open(World.location(app), app, World.all(app), slow, false);
    reading.onEnded(ended::add);
    CompletionStage<Integer> read =
        reading.call(
            () -> {
              try {
                return reading
                    .energy()
                    .read(Purpose.OPTIMISATION, world.clock.now(), world.clock.now())
                    .size();
              } catch (RefusedException e) {
                return -1;
              }
            },
            60);
    begun.await();
    world.advance(Duration.ofSeconds(59));
    go.countDown();
    assertThat(World.get(read)).isEqualTo(3);
    assertThat(ended).isEmpty();
  }

  private AppManifest withData(AppManifest m) {
    return new AppManifest(
        m.id(),
        m.version(),
        m.kind(),
        m.provider(),
        m.texts(),
        m.icon(),
        manifest.data(),
        m.actuators(),
        m.hosts(),
        m.place(),
        m.resources(),
        m.levels(),
        m.grace(),
        m.lease());
  }

  private record SlowView(EnergyData view, Runnable before) implements EnergyData {
    @Override
    public org.commonshub.privacy.api.Recipient recipient() {
      return view.recipient();
    }

    @Override
    public Grant ask(Terms asked, String text) throws TermsException {
      return view.ask(asked, text);
    }

    @Override
    public List<Grant> grants() {
      return view.grants();
    }

    @Override
    public Release read(Purpose purpose, java.time.Instant from, java.time.Instant to)
        throws RefusedException {
      before.run();
      return view.read(purpose, from, to);
    }

    @Override
    public Flow subscribe(Purpose purpose, java.util.function.Consumer<Release> listener)
        throws RefusedException {
      return view.subscribe(purpose, listener);
    }
  }

  @Test
  void tooMuchThatWaitsEndsTheApp() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    session
        .thread()
        .execute(
            () -> {
              begun.countDown();
              try {
                go.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    begun.await();
    for (int i = 0; i < AppThread.MOST; i++) {
      session.thread().execute(() -> {});
    }
    assertThat(ended).isEmpty();
    session.thread().execute(() -> {});
    awaitEnd("does not keep up");
  }

  @Test
  void memoryThatIsUsedUpEndsTheApp() throws Exception {
    session
        .thread()
        .execute(
            () -> {
              throw new OutOfMemoryError("Java heap space");
            });
    awaitEnd("ran out of memory");
  }

  // ---------------------------------------------------------------- CPU

  @Test
  void whoComputesTooMuchIsSlowedUntilTheMinuteIsOver() throws Exception {
    World.settle(session); // the thread is there
    world.cpu.addAndGet(5_500_000_000L); // the first minute has 5 s more
    world.advance(Duration.ofSeconds(1));
    assertThat(session.usage().slowed()).isFalse();
    world.cpu.addAndGet(1_000_000);
    world.advance(Duration.ofSeconds(1));
    assertThat(session.usage().slowed()).isTrue();
    assertThat(session.usage().cpuMs()).isEqualTo(5501);
    assertThat(world.meter.total(manifest.id(), UsageMeter.CPU_MS)).isEqualTo(5501);
    AtomicBoolean ran = new AtomicBoolean();
    session.thread().execute(() -> ran.set(true));
    CompletionStage<Integer> call = session.call(() -> 1, 5);
    world.advance(Duration.ofSeconds(5));
    assertThatThrownBy(() -> World.get(call)).hasCauseInstanceOf(TimeoutException.class);
    assertThat(ran).isFalse();
    assertThat(ended).as("a slowed app is not taken for one that hangs").isEmpty();
    world.advance(Duration.ofSeconds(54));
    assertThat(session.usage().slowed()).isFalse();
    World.settle(session);
    assertThat(ran).isTrue();
    assertThat(session.logLines().get(0).text()).contains("is being slowed");
  }

  @Test
  void fiveTimesTooMuchEndsTheApp() throws Exception {
    World.settle(session);
    world.cpu.addAndGet(7_500_000_000L);
    world.advance(Duration.ofSeconds(1));
    assertThat(ended).isEmpty();
    world.cpu.addAndGet(1_000_000L);
    world.advance(Duration.ofSeconds(1));
    awaitEnd("five times the computing time");
  }

  @Test
  void threeSlowedMinutesEndTheApp() throws Exception {
    World.settle(session);
    world.advance(Duration.ofSeconds(60));
    for (int minute = 0; minute < 3; minute++) {
      world.cpu.addAndGet(600_000_000L);
      world.advance(Duration.ofSeconds(60));
      assertThat(ended).isEmpty();
    }
    world.cpu.addAndGet(600_000_000L);
    world.advance(Duration.ofSeconds(1));
    awaitEnd("three minutes in a row");
  }

  @Test
  void churnOfMemoryIsSlowedAndEnded() throws Exception {
    World.settle(session);
    world.advance(Duration.ofSeconds(60));
    world.allocated.addAndGet((512L << 20) + 1);
    world.advance(Duration.ofSeconds(1));
    assertThat(session.usage().slowed()).isTrue();
    world.allocated.addAndGet(4 * 512L << 20);
    world.advance(Duration.ofSeconds(1));
    awaitEnd("five times the memory");
  }

  @Test
  void aZoneTakesOverAndIsSlowedToo() throws Exception {
    List<String> taken = new CopyOnWriteArrayList<>();
    session.handOver(
        task -> {
          taken.add(Thread.currentThread().getName());
          task.run();
        });
    AtomicInteger ran = new AtomicInteger();
    session.thread().execute(ran::incrementAndGet);
    session.timers().after(Duration.ofSeconds(1), ran::incrementAndGet);
    world.advance(Duration.ofSeconds(1));
    assertThat(ran).hasValue(2);
    assertThat(taken).hasSize(2).doesNotContain("app org.example.coach");
    session.usedCpu(6_000_000_000L);
    assertThat(session.usage().slowed()).isTrue();
    session.thread().execute(ran::incrementAndGet);
    session.thread().execute(ran::incrementAndGet);
    assertThat(ran).hasValue(2);
    world.advance(Duration.ofSeconds(60));
    assertThat(ran).hasValue(4);
    session.usesMemory(12_345);
    assertThat(session.usage().memoryBytes()).isEqualTo(12_345);
    session.end("Its process is gone.");
    awaitEnd("process is gone");
    session.thread().execute(ran::incrementAndGet);
    assertThat(ran).hasValue(4);
  }

  // ---------------------------------------------------------------- timers

  @Test
  void timersRunAtTheirInstantAndKeepTheirBeat() throws Exception {
    List<Long> at = new CopyOnWriteArrayList<>();
    long start = world.clock.monotonicNanos();
    AppTimers.Timer timer =
        session
            .timers()
            .every(
                Duration.ofSeconds(3),
                () -> at.add((world.clock.monotonicNanos() - start) / 1_000_000_000L));
    for (int i = 0; i < 10; i++) {
      world.advance(Duration.ofSeconds(1));
      World.settle(session);
    }
    assertThat(at).containsExactly(3L, 6L, 9L);
    timer.cancel();
    world.advance(Duration.ofSeconds(10));
    World.settle(session);
    assertThat(at).hasSize(3);
  }

  @Test
  void whatATimerMissesIsLeftOut() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    AtomicInteger runs = new AtomicInteger();
    session
        .thread()
        .execute(
            () -> {
              begun.countDown();
              try {
                go.await();
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            });
    begun.await();
    session.timers().every(Duration.ofSeconds(1), runs::incrementAndGet);
    world.advance(Duration.ofSeconds(4));
    go.countDown();
    World.settle(session);
    assertThat(runs).hasValue(1);
  }

  @Test
  void atMostThirtyTwoTimersWithinBounds() {
    AppTimers timers = session.timers();
    for (Duration wrong :
        List.of(Duration.ofMillis(999), Duration.ZERO, Duration.ofDays(31).plusNanos(1))) {
      assertThatThrownBy(() -> timers.every(wrong, () -> {}))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> timers.after(Duration.ofNanos(-1), () -> {}))
        .isInstanceOf(IllegalArgumentException.class);
    List<AppTimers.Timer> all = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      all.add(timers.after(Duration.ofDays(31), () -> {}));
    }
    assertThatThrownBy(() -> timers.after(Duration.ZERO, () -> {}))
        .isInstanceOf(IllegalStateException.class);
    all.get(0).cancel();
    all.get(0).cancel();
    timers.after(Duration.ZERO, () -> {});
  }

  // ---------------------------------------------------------------- store

  @Test
  void theStoreIsBoundedAndDurable() {
    AppStore store = session.store();
    store.put("a", new byte[60 * 1024]);
    assertThatThrownBy(() -> store.put("b", new byte[4 * 1024 + 1]))
        .isInstanceOf(AppQuotaException.class)
        .hasMessageContaining("64 KiB");
    store.put("b", new byte[4 * 1024]);
    store.put("a", new byte[] {1});
    store.put("c", new byte[50 * 1024]);
    store.remove("c");
    store.remove("c");
    assertThat(store.names()).containsExactly("a", "b");
    assertThat(session.usage().storedBytes()).isEqualTo(4 * 1024 + 1);
    for (String wrong :
        List.of(
            "",
            ".",
            "..",
            "../a",
            "a/b",
            "A",
            "_a",
            "-a",
            ".a",
            "a ",
            "a\n",
            "ä",
            "x".repeat(65))) {
      assertThatThrownBy(() -> store.put(wrong, new byte[0]))
          .as(wrong)
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> store.get(wrong)).isInstanceOf(IllegalArgumentException.class);
    }
    session.close();
    AppSession again = open(manifest);
    assertThat(again.store().get("a")).contains(new byte[] {1});
    assertThat(again.store().get("nothing")).isEmpty();
    assertThat(again.usage().storedBytes()).isEqualTo(4 * 1024 + 1);
    for (int i = 2; i < AppStore.MAX_NAMES; i++) {
      if (i % Store.PER_MINUTE == 0) {
        world.advance(Duration.ofMinutes(1));
      }
      again.store().put("n" + i, new byte[0]);
    }
    assertThatThrownBy(() -> again.store().put("one-more", new byte[0]))
        .isInstanceOf(AppQuotaException.class);
  }

  @Test
  void valuesHaveABoundOfTheirOwn() {
    AppManifest large =
        World.with(
            new SampleApp("org.example.large", "1.0.0").manifest(),
            new Resources(500, 8, 65_536, 0, 0));
    AppSession much = open(large);
    assertThatThrownBy(() -> much.store().put("a", new byte[AppStore.MAX_VALUE + 1]))
        .isInstanceOf(AppQuotaException.class);
    byte[] value = new byte[AppStore.MAX_VALUE];
    much.store().put("a", value);
    value[0] = 1;
    assertThat(much.store().get("a").orElseThrow()[0]).isZero();
  }

  @Test
  void theDiskIsSpared() {
    AppStore store = session.store();
    for (int i = 0; i < Store.PER_MINUTE; i++) {
      store.put("a", new byte[0]);
    }
    assertThatThrownBy(() -> store.put("a", new byte[0]))
        .isInstanceOf(AppQuotaException.class)
        .hasMessageContaining("120 times a minute");
    assertThatThrownBy(() -> store.remove("a")).isInstanceOf(AppQuotaException.class);
    world.advance(Duration.ofMinutes(1));
    for (int i = 0; i < 16; i++) {
      store.put("a", new byte[64 * 1024]);
    }
    assertThatThrownBy(() -> store.put("a", new byte[1]))
        .isInstanceOf(AppQuotaException.class)
        .hasMessageContaining("1024 KiB an hour");
    store.remove("a");
    world.advance(Duration.ofHours(1));
    store.put("a", new byte[1]);
  }

  @Test
  void aProbationWorksOnACopyAndTakesOver() throws Exception {
    session.store().put("a", new byte[] {1});
    AppManifest newer =
        World.with(
            new SampleApp("org.example.coach", "1.1.0")
                .actuator(DeviceRole.EV_CHARGER, "current-limit")
                .manifest(),
            World.PLENTY);
    AppSession trial = world.probation(newer);
    trial.store().put("a", new byte[] {2});
    assertThat(session.store().get("a")).contains(new byte[] {1});
    DeviceId wallbox = world.arbiter.add(world.directory, DeviceRole.EV_CHARGER, false);
    assertThat(set(trial, wallbox, 10).message()).contains("is being tried");
    trial.promote();
    assertThat(set(trial, wallbox, 10).applied()).isTrue();
    session.close();
    trial.close();
    assertThatThrownBy(
            () ->
                world
                    .hosts
                    .open("x", newer, Grants.NONE, world.view, false)
                    .store()
                    .put("a", new byte[65 * 1024]))
        .isInstanceOf(AppQuotaException.class);
    assertThatThrownBy(() -> world.hosts.erase(newer.id())).hasMessageContaining("stop it first");
  }

  @Test
  void goingBackAndRemoving() throws Exception {
    session.store().put("a", new byte[] {1});
    session.close();
    AppManifest newer = new SampleApp("org.example.coach", "1.1.0").manifest();
    AppSession trial = world.probation(newer);
    trial.store().put("a", new byte[] {2});
    trial.promote();
    trial.promote();
    trial.close();
    world.hosts.revert(manifest.id(), manifest.version());
    AppSession old = open(manifest);
    assertThat(old.store().get("a")).contains(new byte[] {1});
    old.close();
    world.hosts.erase(manifest.id());
    assertThat(Files.exists(data.resolve("org.example.coach"))).isFalse();
    assertThat(open(manifest).store().names()).isEmpty();
  }

  // ---------------------------------------------------------------- log

  @Test
  void theLogIsPlainOneLineAndBounded() {
    session.log().info("a\r\nb\tc\u0000\u001b[31m\u202e\u2028\ud800x🙂");
    assertThat(session.logLines().get(0).text()).isEqualTo("a  b c  [31m   x🙂");
    session.log().warn("x".repeat(10_000));
    assertThat(session.logLines().get(0).text()).hasSize(500);
    assertThat(session.logLines().get(0).warning()).isTrue();
    for (int i = 0; i < 100; i++) {
      session.log().info("line " + i);
    }
    assertThat(session.usage().logLines()).isEqualTo(60);
    assertThat(session.usage().logDropped()).isEqualTo(42);
    for (int hour = 0; hour < 10; hour++) {
      world.clock.advance(Duration.ofHours(1));
      for (int i = 0; i < 60; i++) {
        session.log().info("hour " + hour);
      }
    }
    assertThat(session.logLines()).hasSize(Log.KEPT);
    assertThat(session.logLines().get(0).text()).isEqualTo("hour 9");
  }

  // ---------------------------------------------------------------- home

  @Test
  void homeTellsThePlaceOnlyIfAskedAndGranted() {
    AppHome.Place place = new AppHome.Place(419, 125);
    session.regrant(new Grants(Set.of(), Set.of(), Optional.of(place)));
    assertThat(session.home().place()).as("the manifest does not ask").isEmpty();
    AppManifest asks = new SampleApp("org.example.sun", "1.0.0").place().manifest();
    AppSession other = open(asks);
    assertThat(other.home().place()).isEmpty();
    other.regrant(new Grants(Set.of(), Set.of(), Optional.of(place)));
    assertThat(other.home().place()).contains(place);
    assertThat(other.home().zone().getId()).isEqualTo("Europe/Rome");
    assertThat(other.home().importPriceMicros()).isEqualTo(300_000);
    assertThat(other.home().now()).isEqualTo(world.clock.now());
    world.profile = null;
    assertThat(other.home().zone().getId()).isEqualTo("Z");
  }

  // ---------------------------------------------------------------- actuators

  private static AppActuators.Result set(AppSession by, DeviceId device, double value)
      throws Exception {
    return World.get(
        by.actuators()
            .set(
                device,
                "current-limit",
                BigDecimal.valueOf(value),
                "There is sun\nto spare.",
                Duration.ofMinutes(5)));
  }

  @Test
  void wishesGoThroughTheArbiterWithTheLeastPriority() throws Exception {
    DeviceId wallbox = world.arbiter.add(world.directory, DeviceRole.EV_CHARGER, false);
    DeviceId battery = world.arbiter.add(world.directory, DeviceRole.BATTERY, false);
    DeviceId locked = world.arbiter.add(world.directory, DeviceRole.EV_CHARGER, true);
    assertThat(session.actuators().available())
        .extracting(AppActuators.Available::device)
        .containsExactly(wallbox);
    assertThat(set(session, wallbox, 16).applied()).isTrue();
    assertThat(world.arbiter.told)
        .containsExactly("APP app:org.example.coach 16.0 PT5M There is sun to spare.");
    assertThat(world.meter.total(manifest.id(), UsageMeter.ACTIONS)).isEqualTo(1);
    assertThat(set(session, battery, 16).accepted()).isFalse();
    assertThat(set(session, locked, 16).accepted()).isFalse();
    assertThat(set(session, DeviceId.random(), 16).accepted()).isFalse();
    assertThat(set(session, wallbox, 33).message()).contains("6 to 32");
    assertThat(set(session, wallbox, 6.5).message()).contains("steps");
    assertThat(world.arbiter.told).hasSize(1);
    world.arbiter.answer = new Outcome(Outcome.State.WAITING, "A person holds it.");
    assertThat(set(session, wallbox, 10))
        .isEqualTo(new AppActuators.Result(true, false, "A person holds it."));
    world.arbiter.answer = new Outcome(Outcome.State.REFUSED, "No.");
    assertThat(set(session, wallbox, 10).accepted()).isFalse();
    world.arbiter.answer = new Outcome(Outcome.State.APPLIED, "Done.");
    assertThat(World.get(session.actuators().release(wallbox, "current-limit")).applied()).isTrue();
    assertThat(World.get(session.actuators().release(wallbox, "current-limit")).accepted())
        .isFalse();
    assertThat(world.arbiter.told).last().isEqualTo("withdraw current-limit app:org.example.coach");
  }

  @Test
  void wishesAreBounded() throws Exception {
    DeviceId wallbox = world.arbiter.add(world.directory, DeviceRole.EV_CHARGER, false);
    AppActuators actuators = session.actuators();
    for (Duration wrong :
        List.of(Duration.ofMillis(9_999), Duration.ofHours(1).plusMillis(1), Duration.ZERO)) {
      assertThatThrownBy(
              () -> actuators.set(wallbox, "current-limit", BigDecimal.TEN, "Sun.", wrong))
          .isInstanceOf(IllegalArgumentException.class);
    }
    for (String wrong : List.of("", " ", "\n\u0000", "x".repeat(201))) {
      assertThatThrownBy(
              () ->
                  actuators.set(
                      wallbox, "current-limit", BigDecimal.TEN, wrong, Duration.ofMinutes(1)))
          .isInstanceOf(IllegalArgumentException.class);
    }
    for (String wrong : List.of("1e999999999", "1e-999999999", "1234567890123456789012345")) {
      assertThatThrownBy(
              () ->
                  actuators.set(
                      wallbox,
                      "current-limit",
                      new BigDecimal(wrong),
                      "Sun.",
                      Duration.ofMinutes(1)))
          .isInstanceOf(IllegalArgumentException.class);
    }
    for (int i = 0; i < Actuators.PER_MINUTE; i++) {
      assertThat(set(session, wallbox, 10).accepted()).isTrue();
    }
    assertThat(set(session, wallbox, 10).message()).contains("30 times a minute");
    World.settle(session);
    world.advance(Duration.ofMinutes(1));
    assertThat(set(session, wallbox, 10).accepted()).isTrue();
  }

  @Test
  void whatItHoldsIsHandedBackWhenItIsRestrictedRegrantedOrClosed() throws Exception {
    DeviceId wallbox = world.arbiter.add(world.directory, DeviceRole.EV_CHARGER, false);
    List<Runnable> ends =
        List.of(
            () -> session.restrict(Restriction.NO_ACTING),
            () -> {
              session.restrict(Restriction.NONE);
              session.regrant(Grants.NONE);
            },
            () -> session.end("Enough."));
    for (Runnable end : ends) {
      session.restrict(Restriction.NONE);
      session.regrant(World.all(manifest));
      world.arbiter.told.clear();
      assertThat(set(session, wallbox, 10).applied()).isTrue();
      end.run();
      assertThat(world.arbiter.told)
          .hasSize(2)
          .last()
          .isEqualTo("withdraw current-limit app:org.example.coach");
      world.arbiter.told.clear();
      if (ended.isEmpty() && !end.equals(ends.get(2))) {
        assertThat(set(session, wallbox, 10).accepted()).isFalse();
        assertThat(world.arbiter.told).isEmpty();
      }
    }
    session.close();
    AppSession again = open(manifest);
    assertThat(set(again, wallbox, 10).applied()).isTrue();
    again.close();
    assertThat(world.arbiter.told).last().asString().startsWith("withdraw");
  }

  @Test
  void whenTheLicenceEndsItHandsBackAndTalksToNobody() throws Exception {
    DeviceId wallbox = world.arbiter.add(world.directory, DeviceRole.EV_CHARGER, false);
    world.licensing = true;
    world.licences.admit(new SampleApp("org.example.coach", "1.0.0").listing("test"));
    for (State state : List.of(State.ACTIVE, State.RENEW_DUE, State.GRACE)) {
      world.licences.set(manifest.id(), state);
      assertThat(set(session, wallbox, 10).applied()).as("%s", state).isTrue();
      assertThat(session.licence().degraded()).isFalse();
    }
    world.arbiter.told.clear();
    world.licences.set(manifest.id(), State.DEGRADED);
    assertThat(world.arbiter.told).containsExactly("withdraw current-limit app:org.example.coach");
    assertThat(set(session, wallbox, 10).message()).contains("licence has ended");
    assertThatThrownBy(
            () -> World.get(session.http().send(AppHttp.Request.get("https://api.example.com/"))))
        .hasCauseInstanceOf(SecurityException.class);
    assertThat(session.licence().degraded()).isTrue();
    assertThat(session.licence().features()).isEmpty();
    assertThat(session.licence().use("reports", 1)).isFalse();
    world.licences.set(manifest.id(), State.ACTIVE);
    assertThat(set(session, wallbox, 10).applied()).isTrue();
  }

  @Test
  void meteredLimitsAreCounted() {
    AppManifest paid =
        new SampleApp("org.example.paid", "1.0.0").level("plus", 990_000, 14).manifest();
    world.licensing = true;
    world.licences.admit(
        new SampleApp("org.example.paid", "1.0.0").level("plus", 990_000, 14).listing("test"));
    world.licences.set(paid.id(), State.ACTIVE);
    AppSession app = open(paid);
    assertThat(app.licence().level()).isEqualTo("plus");
    assertThat(app.licence().features()).containsExactly("hints");
    assertThat(app.licence().use("reports", 10)).isTrue();
    assertThat(app.licence().use("reports", 1)).isFalse();
    assertThat(app.licence().use("other", 1)).isFalse();
    assertThatThrownBy(() -> app.licence().use("reports", 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(world.meter.total(paid.id(), "app.reports")).isEqualTo(10);
    world.licensing = false;
    assertThat(app.licence().degraded()).as("nobody knows").isTrue();
    assertThat(session.licence().degraded()).as("free").isFalse();
  }

  @Test
  void namesOfHoldersFitTheArbiter() {
    String longest = "org." + "x".repeat(92);
    String other = "org." + "x".repeat(91) + "y";
    String a = Actuators.holder(new org.commonshub.apps.desk.api.AppId(longest));
    String b = Actuators.holder(new org.commonshub.apps.desk.api.AppId(other));
    assertThat(a).hasSize(96).startsWith("app:org.x").isNotEqualTo(b);
  }

  // ---------------------------------------------------------------- data

  private Terms asked() {
    return manifest.data().get(0).terms();
  }

  @Test
  void itAsksForNoMoreThanItsManifest() throws Exception {
    EnergyData energy = session.energy();
    Terms within =
        asked().toBuilder()
            .interval(Granularity.HOUR)
            .until(world.clock.now().plusSeconds(86_400))
            .build();
    energy.ask(within, "To help.");
    assertThat(world.view.asked).containsExactly(within);
    for (Terms wider :
        List.of(
            asked().toBuilder().interval(Granularity.TEN_SECONDS).build(),
            asked().toBuilder().raw().build(),
            asked().toBuilder().history(Duration.ofDays(31)).build(),
            asked().toBuilder().quantities(Set.of("power.active", "voltage.l1")).build(),
            asked().toBuilder().roles(Set.of(DeviceRole.GRID_METER, DeviceRole.PV)).build(),
            asked().toBuilder().purposes(Purpose.MARKETING).build(),
            asked().toBuilder().purposes(Purpose.OPTIMISATION, Purpose.ADVICE).build(),
            asked().toBuilder().until(world.clock.now().plusSeconds(367 * 86_400L)).build(),
            Terms.ANY)) {
      assertThatThrownBy(() -> energy.ask(wider, "More."))
          .as("%s", wider)
          .isInstanceOf(TermsException.class);
    }
    assertThat(world.view.asked).hasSize(1);
  }

  /** Whatever is asked, what reaches the gate is within the manifest. */
  @Test
  void narrowingIsAProperty() {
    Random random = new Random(3);
    int passed = 0;
    for (int i = 0; i < 2_000; i++) {
      Terms terms =
          Terms.ANY.toBuilder()
              .purposes(random.nextInt(4) == 0 ? Purpose.ADVICE : Purpose.OPTIMISATION)
              .kinds(
                  random.nextInt(4) == 0
                      ? org.commonshub.privacy.api.DataKind.PRICES
                      : org.commonshub.privacy.api.DataKind.READINGS)
              .quantities(
                  random.nextInt(4) == 0
                      ? Set.of("power.active", "voltage.l1")
                      : Set.of("power.active"))
              .roles(random.nextInt(4) == 0 ? Set.of(DeviceRole.PV) : Set.of(DeviceRole.GRID_METER))
              .interval(Granularity.values()[random.nextInt(Granularity.values().length)])
              .history(Duration.ofDays(random.nextInt(40)))
              .delay(Duration.ofMinutes(random.nextInt(3)))
              .until(world.clock.now().plus(Duration.ofDays(1 + random.nextInt(500))))
              .build();
      int before = world.view.asked.size();
      try {
        session.energy().ask(terms, "Please.");
        passed++;
        assertThat(terms.within(asked())).isTrue();
        assertThat(terms.until().orElseThrow())
            .isBeforeOrEqualTo(world.clock.now().plus(Duration.ofDays(366)));
      } catch (TermsException e) {
        assertThat(world.view.asked).hasSize(before);
      }
    }
    assertThat(passed).isBetween(50, 1_900);
  }

  @Test
  void readsAreCountedAndOtherPurposesRefused() throws Exception {
    world.view.open(Purpose.OPTIMISATION, asked());
    world.view.open(Purpose.BILLING, asked());
    assertThat(session.energy().grants()).hasSize(1);
    session.energy().read(Purpose.OPTIMISATION, world.clock.now(), world.clock.now());
    assertThat(session.usage().values()).isEqualTo(3);
    assertThat(world.meter.total(manifest.id(), UsageMeter.VALUES)).isEqualTo(3);
    assertThatThrownBy(
            () -> session.energy().read(Purpose.BILLING, world.clock.now(), world.clock.now()))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("does not ask");
    assertThatThrownBy(() -> session.energy().subscribe(Purpose.BILLING, r -> {}))
        .isInstanceOf(RefusedException.class);
  }

  @Test
  void listenersRunOnTheAppsThreadAndTheOldestIsDroppedWhenTheyAreSlow() throws Exception {
    world.view.open(Purpose.OPTIMISATION, asked());
    List<String> threads = new CopyOnWriteArrayList<>();
    List<Integer> sizes = new CopyOnWriteArrayList<>();
    CountDownLatch go = new CountDownLatch(1);
    EnergyData.Flow flow =
        session
            .energy()
            .subscribe(
                Purpose.OPTIMISATION,
                release -> {
                  threads.add(Thread.currentThread().getName());
                  try {
                    go.await();
                  } catch (InterruptedException e) {
                    throw new AssertionError(e);
                  }
                  sizes.add(release.size());
                });
    world.view.listeners.get(0).accept(World.View.release(Purpose.OPTIMISATION, 1));
    World.await(() -> threads.size() == 1);
    for (int i = 2; i <= 2 + Energy.WAITING; i++) {
      world.view.listeners.get(0).accept(World.View.release(Purpose.OPTIMISATION, i));
    }
    go.countDown();
    World.await(() -> sizes.size() == Energy.WAITING + 1);
    assertThat(threads).containsOnly("app org.example.coach");
    assertThat(sizes).startsWith(1, 3, 4).endsWith(18);
    assertThat(session.logLines().get(0).text()).contains("the oldest were dropped");
    assertThat(session.usage().values()).isEqualTo(sizes.stream().mapToInt(s -> s).sum());
    flow.close();
    flow.close();
    assertThat(world.view.closed).isEqualTo(1);
    session.energy().subscribe(Purpose.OPTIMISATION, release -> {});
    session.close();
    assertThat(world.view.closed).as("the session's end closes flows").isEqualTo(2);
  }

  @Test
  void nothingIsHandedOverIfItCannotBeRememberedWhereItMayGo() throws Exception {
    world.view.open(Purpose.OPTIMISATION, asked().toBuilder().hosts(Set.of()).build());
    Path egress = data.resolve("org.example.coach/egress");
    Files.createDirectories(egress.resolve("in-the-way")); // cannot be written over
    assertThatThrownBy(
            () -> session.energy().read(Purpose.OPTIMISATION, world.clock.now(), world.clock.now()))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("disk failed");
    assertThat(session.usage().values()).isZero();
  }

  // ---------------------------------------------------------------- services

  @Test
  void aBundleGetsWhatItsManifestAsksForAtItsLocationOnly() {
    String here = World.location(manifest);
    for (Hosts.Facet<?> facet : Hosts.FACETS) {
      assertThat((Object) world.hosts.facet(here, facet)).as("%s", facet.type()).isNotNull();
      assertThat((Object) world.hosts.facet("app:org.example.coach/1.0.1", facet)).isNull();
      assertThat((Object) world.hosts.facet("hub:console.jar", facet)).isNull();
    }
    AppManifest modest =
        World.with(
            new SampleApp("org.example.modest", "1.0.0").manifest(), new Resources(10, 4, 0, 0, 0));
    open(modest);
    assertThat(
            Hosts.FACETS.stream()
                .filter(f -> world.hosts.facet(World.location(modest), f) != null)
                .map(f -> f.type().getSimpleName()))
        .containsExactly("AppHome", "AppLog", "AppTimers", "AppLicence");
    session.close();
    assertThat(world.hosts.facet(here, Hosts.FACETS.get(0))).isNull();
    assertThat(world.meter.total(manifest.id(), UsageMeter.RUN_DAYS)).isEqualTo(1);
  }

  @Test
  void endsAreToldOnceAlsoToWhoAsksLate() throws Exception {
    session.end("First.");
    session.end("Second.");
    awaitEnd("First.");
    List<String> late = new ArrayList<>();
    session.onEnded(late::add);
    assertThat(late).containsExactly("First.");
    session.close();
    session.close();
    assertThatThrownBy(() -> session.call(() -> 1, 5).toCompletableFuture().get())
        .isInstanceOf(ExecutionException.class);
  }
}
