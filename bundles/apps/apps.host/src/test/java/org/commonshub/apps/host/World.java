package org.commonshub.apps.host;

import java.math.BigDecimal;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.desk.api.AppManifest.Resources;
import org.commonshub.apps.desk.api.AppSession;
import org.commonshub.apps.desk.api.Grants;
import org.commonshub.control.api.Arbiter;
import org.commonshub.control.api.Intent;
import org.commonshub.control.api.Outcome;
import org.commonshub.measure.api.Device;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.metering.api.Actuator;
import org.commonshub.platform.api.HomeProfile;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.RefusedException;
import org.commonshub.privacy.api.Release;
import org.commonshub.privacy.api.Terms;
import org.commonshub.testing.fakes.FakeDeviceDirectory;
import org.commonshub.testing.fakes.FakeHomeProfile;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeLicences;
import org.commonshub.testing.fakes.FakeUsageMeter;

/** A hub around the sessions under test; time moves only when told. */
final class World implements AutoCloseable {
  static final Resources PLENTY = new Resources(500, 8, 64, 1024, 60);

  final FakeHubClock clock = new FakeHubClock();
  final Agenda agenda = new Agenda(clock, false);
  final AtomicLong cpu = new AtomicLong();
  final AtomicLong allocated = new AtomicLong();
  final FakeDeviceDirectory directory = new FakeDeviceDirectory();
  final FakeLicences licences = new FakeLicences();
  final FakeUsageMeter meter = new FakeUsageMeter();
  final Judge arbiter = new Judge();
  final View view = new View();
  final Hosts hosts;
  HomeProfile profile = new FakeHomeProfile();
  boolean licensing;

  /** Nothing outside. */
  World(Path data) {
    this(
        data,
        new Outside(host -> new InetAddress[0], address -> false, SSLContext::getDefault, 443));
  }

  World(Path data, Outside outside) {
    Machine machine =
        new Machine() {
          @Override
          public long cpuNanos(long thread) {
            return cpu.get();
          }

          @Override
          public long allocatedBytes(long thread) {
            return allocated.get();
          }
        };
    hosts =
        new Hosts(
            data,
            new Hub(
                clock,
                agenda,
                machine,
                outside,
                () -> profile,
                () -> arbiter,
                () -> directory,
                () -> licensing ? licences : null,
                () -> meter));
    licences.listen(hosts::standing);
  }

  /** The same app with other bounds. */
  static AppManifest with(AppManifest m, Resources resources) {
    return new AppManifest(
        m.id(),
        m.version(),
        m.kind(),
        m.provider(),
        m.texts(),
        m.icon(),
        m.data(),
        m.actuators(),
        m.hosts(),
        m.place(),
        resources,
        m.levels(),
        m.grace(),
        m.lease());
  }

  /** Everything that a manifest asks for. */
  static Grants all(AppManifest manifest) {
    Set<String> hosts = new java.util.HashSet<>();
    manifest.hosts().forEach(h -> hosts.add(h.host()));
    Set<String> actuators = new java.util.HashSet<>();
    manifest.actuators().forEach(a -> actuators.add(a.key()));
    return new Grants(hosts, actuators, Optional.empty());
  }

  AppSession open(AppManifest manifest) {
    return hosts.open(location(manifest), manifest, all(manifest), view, false);
  }

  AppSession probation(AppManifest manifest) {
    return hosts.open(location(manifest), manifest, all(manifest), view, true);
  }

  static String location(AppManifest manifest) {
    return "app:" + manifest.id() + "/" + manifest.version();
  }

  /** Time passes, second by second. */
  World advance(Duration by) {
    long left = by.toNanos();
    while (left > 0) {
      long step = Math.min(left, 1_000_000_000L);
      clock.advance(Duration.ofNanos(step));
      left -= step;
      agenda.runDue();
    }
    return this;
  }

  /** What waited for the app's thread has run, and the thread rests: the clock may move on. */
  static void settle(AppSession session) throws Exception {
    get(session.call(() -> null, 3600));
    await(((AppThread) session.thread())::idle);
  }

  static void await(BooleanSupplier condition) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("it did not come about within 20 s");
      }
      Thread.onSpinWait();
      TimeUnit.MILLISECONDS.sleep(2);
    }
  }

  static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    hosts.close();
  }

  /** An arbiter that writes down what it is told, and answers as told. */
  static final class Judge implements Arbiter {
    final Map<DeviceId, State> states = new LinkedHashMap<>();
    final List<String> told = new CopyOnWriteArrayList<>();
    Outcome answer = new Outcome(Outcome.State.APPLIED, "Done.");

    /** A device with a current limit of 6 to 32 A in steps of 1. */
    DeviceId add(FakeDeviceDirectory directory, DeviceRole role, boolean readOnly) {
      Device device = directory.add(role.name(), role);
      Actuator limit =
          new Actuator(
              "current-limit",
              "Limit",
              "Limits the current.",
              "A",
              BigDecimal.valueOf(6),
              BigDecimal.valueOf(32),
              BigDecimal.ONE,
              Map.of(),
              "32 A",
              Optional.empty());
      states.put(
          device.id(),
          new State(
              device.id(),
              device.name(),
              readOnly,
              limit,
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              0,
              Optional.empty()));
      return device.id();
    }

    @Override
    public CompletionStage<Outcome> state(Intent intent) {
      told.add(
          intent.priority()
              + " "
              + intent.holder()
              + " "
              + intent.value()
              + " "
              + intent.lease()
              + " "
              + intent.reason());
      return CompletableFuture.completedFuture(answer);
    }

    @Override
    public CompletionStage<Outcome> withdraw(DeviceId device, String actuator, String holder) {
      told.add("withdraw " + actuator + " " + holder);
      return CompletableFuture.completedFuture(answer);
    }

    @Override
    public CompletionStage<Outcome> handBack(DeviceId device, String actor, String reason) {
      throw new AssertionError("an app may not");
    }

    @Override
    public List<State> states() {
      return List.copyOf(states.values());
    }
  }

  /** A gate's view that releases what it is given. */
  static final class View implements EnergyData {
    final Map<Purpose, Grant> grants = new LinkedHashMap<>();
    final List<Consumer<Release>> listeners = new ArrayList<>();
    final List<Terms> asked = new ArrayList<>();
    int closed;

    void open(Purpose purpose, Terms terms) {
      grants.put(purpose, new Grant(purpose, Grant.State.OPEN, terms, ""));
    }

    void close(Purpose purpose) {
      Grant grant = grants.get(purpose);
      grants.put(purpose, new Grant(purpose, Grant.State.CLOSED, grant.terms(), "Withdrawn."));
    }

    static Release release(Purpose purpose, int values) {
      long[] starts = new long[values];
      for (int i = 0; i < values; i++) {
        starts[i] = i * 60_000L;
      }
      return new Release(
          "c1",
          new Recipient(Recipient.Kind.APP, "x"),
          purpose,
          Instant.EPOCH,
          List.of(
              new Block(
                  "grid",
                  "power.active",
                  Block.Statistic.MEAN,
                  60,
                  0,
                  starts,
                  new long[values],
                  new int[values])));
    }

    @Override
    public Recipient recipient() {
      return new Recipient(Recipient.Kind.APP, "x");
    }

    @Override
    public Grant ask(Terms terms, String text) {
      asked.add(terms);
      return new Grant(
          terms.purposes().orElseThrow().iterator().next(), Grant.State.ASKED, terms, "");
    }

    @Override
    public List<Grant> grants() {
      return List.copyOf(grants.values());
    }

    @Override
    public Release read(Purpose purpose, Instant from, Instant to) throws RefusedException {
      check(purpose);
      return release(purpose, 3);
    }

    @Override
    public Flow subscribe(Purpose purpose, Consumer<Release> listener) throws RefusedException {
      check(purpose);
      listeners.add(listener);
      return () -> {
        closed++;
        listeners.remove(listener);
      };
    }

    private void check(Purpose purpose) throws RefusedException {
      Grant grant = grants.get(purpose);
      if (grant == null || grant.state() != Grant.State.OPEN) {
        throw new RefusedException(RefusedException.Reason.NO_CONSENT, "No.");
      }
    }
  }
}
