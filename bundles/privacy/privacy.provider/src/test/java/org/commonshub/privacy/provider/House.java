package org.commonshub.privacy.provider;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.ledger.api.Journal;
import org.commonshub.measure.api.Device;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingFrame;
import org.commonshub.privacy.aggregate.AggregatePolicy;
import org.commonshub.privacy.api.AccessRequest;
import org.commonshub.privacy.api.CohortSum;
import org.commonshub.privacy.api.Consent;
import org.commonshub.privacy.api.DataKind;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.PrivacyDesk;
import org.commonshub.privacy.api.PrivacyPolicy;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.Release;
import org.commonshub.privacy.api.Terms;
import org.commonshub.privacy.api.TermsBuilder;
import org.commonshub.privacy.delay.DelayPolicy;
import org.commonshub.privacy.noise.NoisePolicy;
import org.commonshub.privacy.pseudonym.PseudonymPolicy;
import org.commonshub.privacy.quantize.QuantizePolicy;
import org.commonshub.testing.fakes.FakeDeviceDirectory;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeHubPaths;
import org.commonshub.testing.fakes.FakeIdentity;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;

/** A gate over a fake house: a grid meter with power and a register, the hub's own policies. */
final class House implements AutoCloseable {
  static final Recipient APP = new Recipient(Recipient.Kind.APP, "com.example.coach");
  static final String ACTOR = "anna";

  final FakeHubClock clock;
  final FakeDeviceDirectory devices = new FakeDeviceDirectory();
  final MemoryHistory history = new MemoryHistory();
  final MemoryJournal journal = new MemoryJournal();
  final FakeIdentity identity = new FakeIdentity("house");
  final Device meter = devices.add("Meter", DeviceRole.GRID_METER);
  final Device pump = devices.add("Heat pump", DeviceRole.HEAT_PUMP);
  final Path root;
  Gate gate;
  PrivacyDesk desk;
  volatile CohortSum cohort;
  boolean journalThere = true;
  private final BundleContext bundles;
  private long sequence;

  House(Path root) throws IOException {
    this(root, new FakeHubClock());
  }

  House(Path root, FakeHubClock clock) throws IOException {
    this(root, clock, noBundles());
  }

  House(Path root, FakeHubClock clock, BundleContext bundles) throws IOException {
    this.bundles = bundles;
    this.root = root;
    this.clock = clock;
    open();
    addOwnPolicies();
  }

  void open() throws IOException {
    gate =
        new Gate(
            FakeHubPaths.in(root),
            clock,
            new Callers(bundles),
            new Gate.Others(
                () -> history,
                () -> devices,
                () -> ZoneId.of("Europe/Rome"),
                this::journal,
                this::identity,
                () -> cohort));
    desk = new Desk(gate, new Previews(gate), () -> null, this::journal);
  }

  private Journal journal() {
    return journalThere ? journal : null;
  }

  private HubIdentity identity() {
    return journalThere ? identity : null;
  }

  static BundleContext noBundles() {
    return (BundleContext)
        Proxy.newProxyInstance(
            House.class.getClassLoader(),
            new Class<?>[] {BundleContext.class},
            (proxy, method, arguments) -> new Bundle[0]);
  }

  void addOwnPolicies() {
    policy(1, "aggregate", new AggregatePolicy());
    policy(2, "delay", new DelayPolicy());
    policy(3, "noise", new NoisePolicy());
    policy(4, "quantize", new QuantizePolicy());
    policy(5, "pseudonym", new PseudonymPolicy());
  }

  void policy(long id, String name, PrivacyPolicy policy) {
    gate.policies().add(new Policies.Offer(id, 0, name, policy), true);
  }

  /** Closes the gate and opens it again on the same files. */
  void restart() throws Exception {
    gate.close();
    open();
    addOwnPolicies();
  }

  @Override
  public void close() throws Exception {
    gate.close();
  }

  /** The meter shows a power and a register, now: on the bus and in the history. */
  void shows(long watts, long wattHours) throws Exception {
    frame(meter, watts, wattHours);
  }

  void frame(Device device, long watts, long wattHours) {
    ReadingFrame frame =
        new ReadingFrame(
            device.id(),
            0,
            clock.now(),
            sequence++,
            1,
            List.of(
                Measurement.of(Quantity.ACTIVE_POWER, watts, 0),
                Measurement.of(Quantity.ENERGY_IMPORT, wattHours, 0)));
    history.frames.add(frame);
    gate.flows().live().accept(List.<MeterRecord>of(frame));
  }

  /** A second goes by with the meter showing a power. */
  void second(long watts) throws Exception {
    clock.advance(Duration.ofSeconds(1));
    shows(watts, sequence);
  }

  TermsBuilder terms(Purpose purpose) {
    return Terms.ANY.toBuilder()
        .purposes(purpose)
        .kinds(DataKind.READINGS)
        .quantities(Quantity.ACTIVE_POWER)
        .history(Duration.ZERO)
        .until(clock.now().plus(Duration.ofDays(90)));
  }

  Terms raw() {
    return terms(Purpose.ADVICE).raw().build();
  }

  Terms interval(Granularity resolution) {
    return terms(Purpose.ADVICE).interval(resolution).build();
  }

  EnergyData view() {
    return new View(gate, APP);
  }

  Consent consent(EnergyData view, Terms asked) throws Exception {
    view.ask(asked, "To help you save energy");
    AccessRequest request = desk.requests().get(desk.requests().size() - 1);
    return desk.grant(request.id(), Terms.ANY, ACTOR);
  }

  static void await(BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("did not happen within 20 s");
      }
      Thread.onSpinWait();
      java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
    }
  }

  /** A listener that keeps what it gets. */
  static final class Got {
    final BlockingQueue<Release> queue = new LinkedBlockingQueue<>();
    final List<Release> all = new ArrayList<>();

    void add(Release release) {
      queue.add(release);
    }

    Release next() throws InterruptedException {
      Release release = queue.poll(20, TimeUnit.SECONDS);
      if (release == null) {
        throw new AssertionError("no release within 20 s");
      }
      all.add(release);
      return release;
    }

    boolean nothing() {
      return queue.isEmpty();
    }
  }

  /** Time of a value. */
  static Instant at(Release release) {
    return Instant.ofEpochMilli(release.blocks().get(0).starts()[0]);
  }
}
