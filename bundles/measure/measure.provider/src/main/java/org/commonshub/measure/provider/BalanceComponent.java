package org.commonshub.measure.provider;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.commonshub.measure.api.Device;
import org.commonshub.measure.api.DeviceDirectory;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.EnergyBalance;
import org.commonshub.measure.api.IntervalBalance;
import org.commonshub.measure.api.LiveState;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.Quality;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.Reading;
import org.commonshub.measure.api.ReadingBus;
import org.commonshub.measure.api.ReadingFrame;
import org.commonshub.measure.api.ReadingSink;
import org.commonshub.platform.api.HubClock;
import org.commonshub.platform.api.HubPaths;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tri-directional counter: a live sink of the bus that publishes the home's frames on it.
 *
 * <p>It registers its sink itself, once it is whole: as a service of this component the sink would
 * be bound by the bus while it is still waiting for that bus, a circle that SCR cannot resolve.
 */
@Component(
    service = EnergyBalance.class,
    immediate = true,
    configurationPid = "org.commonshub.measure.provider.balance")
@Designate(ocd = BalanceComponent.Config.class)
public final class BalanceComponent implements EnergyBalance, ReadingSink {
  private static final Logger LOG = LoggerFactory.getLogger(BalanceComponent.class);

  /** Settings of the balance. */
  @ObjectClassDefinition(
      name = "Energy balance",
      description = "Production, consumption, exchange with the grid, and storage.")
  public @interface Config {
    /** See description. */
    @AttributeDefinition(
        name = "Interval",
        description =
            "Length of an interval in seconds; divides 900 so that slots are whole. Default 60.",
        options = {
          @org.osgi.service.metatype.annotations.Option(label = "10 s", value = "10"),
          @org.osgi.service.metatype.annotations.Option(label = "30 s", value = "30"),
          @org.osgi.service.metatype.annotations.Option(label = "1 min", value = "60"),
          @org.osgi.service.metatype.annotations.Option(label = "5 min", value = "300"),
          @org.osgi.service.metatype.annotations.Option(label = "15 min", value = "900")
        })
    int interval_s() default 60;

    /** See description. */
    @AttributeDefinition(
        name = "Greatest power",
        description =
            "Greatest power in kW that a device of this home can take or give; a register that"
                + " rises faster is not believed. Default 100.",
        min = "1",
        max = "100000")
    int max_power_kw() default 100;

    /** See description. */
    @AttributeDefinition(
        name = "Longest gap",
        description =
            "Seconds without a reading over which power is still integrated, and beyond which the"
                + " course of a register is an estimate. Default 300.",
        min = "5",
        max = "3600")
    int gap_s() default 300;

    /** See description. */
    @AttributeDefinition(
        name = "Grace",
        description = "Seconds an interval is kept open for a device that is late. Default 15.",
        min = "1",
        max = "600")
    int grace_s() default 15;

    /** See description. */
    @AttributeDefinition(
        name = "Hold",
        description =
            "Seconds an interval is kept open for a silent grid meter, battery or working producer."
                + " Default 3600.",
        min = "1",
        max = "86400")
    int hold_s() default 3600;

    /** See description. */
    @AttributeDefinition(
        name = "Fresh",
        description = "Seconds for which a power reading counts as the power now. Default 90.",
        min = "1",
        max = "3600")
    int fresh_s() default 90;
  }

  private final ReadingBus bus;
  private final LiveState live;
  private final HubClock clock;
  private final Path file;
  private final Duration fresh;
  private final BalanceEngine engine;
  private final Object lock = new Object();
  private final ScheduledExecutorService timer;
  private volatile DeviceDirectory directory;
  private volatile List<Device> devices = List.of();
  private long directoryRevision = Long.MIN_VALUE;
  private DeviceDirectory seen;
  private boolean saveFails;
  private ServiceRegistration<ReadingSink> sink;

  /** Starts, and takes up the open intervals of an earlier run. */
  @Activate
  public BalanceComponent(
      @Reference(name = "bus") ReadingBus bus,
      @Reference(name = "live") LiveState live,
      @Reference(name = "clock") HubClock clock,
      @Reference(name = "paths") HubPaths paths,
      BundleContext context,
      Config config) {
    this(
        bus,
        live,
        clock,
        paths.data().resolve("measure.provider/balance.state"),
        new BalanceEngine.Limits(
            config.interval_s() * 1000L,
            config.max_power_kw() * 1_000_000L,
            config.gap_s() * 1000L,
            config.grace_s() * 1000L,
            config.hold_s() * 1000L,
            1_500),
        Duration.ofSeconds(config.fresh_s()),
        true);
    sink =
        context.registerService(
            ReadingSink.class,
            this,
            FrameworkUtil.asDictionary(
                Map.of(
                    ReadingSink.NAME,
                    "measure.balance",
                    ReadingSink.KIND,
                    ReadingSink.LIVE,
                    ReadingSink.CAPACITY,
                    32_768)));
  }

  BalanceComponent(
      ReadingBus bus,
      LiveState live,
      HubClock clock,
      Path file,
      BalanceEngine.Limits limits,
      Duration fresh,
      boolean ticking) {
    if (limits.interval() <= 0 || 900_000 % limits.interval() != 0) {
      throw new IllegalArgumentException(
          "interval_s is "
              + limits.interval() / 1000
              + " but has to divide 900, so that slots of 15 minutes are whole intervals");
    }
    this.bus = bus;
    this.live = live;
    this.clock = clock;
    this.file = file;
    this.fresh = fresh;
    this.engine = new BalanceEngine(limits);
    try {
      // Published before, and perhaps not stored yet: the same key, so nothing is counted twice.
      BalanceState.restore(engine, BalanceState.read(file)).forEach(bus::publish);
    } catch (IOException | RuntimeException e) {
      LOG.warn(
          "State of the energy balance {} can't be used and is begun anew: {}",
          file,
          e.getMessage());
    }
    timer =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "measure-balance");
              thread.setDaemon(true);
              return thread;
            });
    if (ticking) {
      var unused = timer.scheduleWithFixedDelay(this::tickSafely, 1, 1, TimeUnit.SECONDS);
    }
  }

  @Reference(
      name = "directory",
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  void bindDirectory(DeviceDirectory found) {
    directory = found;
  }

  void unbindDirectory(DeviceDirectory gone) {
    if (directory == gone) {
      directory = null; // the devices last known stay
    }
  }

  @Override
  public void accept(List<MeterRecord> batch) {
    long nanos = clock.monotonicNanos();
    synchronized (lock) {
      for (MeterRecord record : batch) {
        if (record instanceof ReadingFrame frame) {
          engine.frame(frame, nanos);
        }
      }
    }
  }

  private void tickSafely() {
    try {
      tick();
    } catch (RuntimeException e) {
      LOG.error("The energy balance failed on an interval; it goes on with the next", e);
    }
  }

  void tick() {
    List<ReadingFrame> frames;
    List<ReadingFrame> state = null;
    synchronized (lock) {
      refreshDevices();
      frames = new ArrayList<>(engine.takePending());
      frames.addAll(engine.tick(clock.now().toEpochMilli(), clock.epoch()));
      if (!frames.isEmpty()) {
        state = BalanceState.of(engine);
      }
    }
    if (state != null) {
      save(state); // before publishing: a frame is repeated after a crash rather than missed
    }
    frames.forEach(bus::publish);
  }

  private void refreshDevices() {
    DeviceDirectory current = directory;
    if (current != null && (current != seen || current.revision() != directoryRevision)) {
      directoryRevision = current.revision();
      seen = current;
      devices = List.copyOf(current.devices());
      engine.devices(devices);
    }
  }

  private void save(List<ReadingFrame> state) {
    try {
      BalanceState.write(file, state);
      saveFails = false;
    } catch (IOException | RuntimeException e) {
      if (!saveFails) {
        saveFails = true;
        LOG.warn(
            "State of the energy balance can't be written to {} ({}): energy counted over a restart"
                + " would be missing",
            file,
            e.toString());
      }
    }
  }

  @Override
  public Optional<Power> now() {
    DeviceDirectory current = directory;
    List<Device> all = current == null ? devices : current.devices();
    Instant now = clock.now();
    Map<DeviceId, Composition.Leg> legs = new HashMap<>();
    Instant[] oldest = {null};
    boolean complete = true;
    boolean heard = false;
    for (Device device : all) {
      if (!device.role().electrical()) {
        continue;
      }
      Optional<Composition.Leg> leg = power(device.id(), now, oldest);
      if (leg.isPresent()) {
        legs.put(device.id(), leg.get());
        heard |=
            device.role() == DeviceRole.GRID_METER
                || device.role() == DeviceRole.PV
                || device.role() == DeviceRole.GENERATOR;
      } else if (device.parent().isEmpty()) {
        complete = false;
      }
    }
    if (!heard) {
      return Optional.empty();
    }
    Composition sums = Composition.of(all, legs::get, 0);
    return Optional.of(
        new Power(
            oldest[0],
            sums.production() / 1000.0,
            sums.consumption() / 1000.0,
            sums.gridImport() / 1000.0,
            sums.gridExport() / 1000.0,
            sums.charge() / 1000.0,
            sums.discharge() / 1000.0,
            sums.residual() / 1000.0,
            complete));
  }

  private Optional<Composition.Leg> power(DeviceId device, Instant now, Instant[] oldest) {
    Optional<Reading> total = fresh(device, Quantity.ACTIVE_POWER, now);
    if (total.isPresent()) {
      return leg(List.of(total.get()), oldest);
    }
    List<Reading> phases = new ArrayList<>();
    for (Quantity phase :
        List.of(Quantity.ACTIVE_POWER_L1, Quantity.ACTIVE_POWER_L2, Quantity.ACTIVE_POWER_L3)) {
      fresh(device, phase, now).ifPresent(phases::add);
    }
    return phases.isEmpty() ? Optional.empty() : leg(phases, oldest);
  }

  private static Optional<Composition.Leg> leg(List<Reading> readings, Instant[] oldest) {
    long sum = 0;
    for (Reading reading : readings) {
      long milli = DeviceEnergy.milli(reading.measurement());
      if (milli == Long.MIN_VALUE) {
        return Optional.empty();
      }
      sum += milli;
      if (oldest[0] == null || reading.instant().isBefore(oldest[0])) {
        oldest[0] = reading.instant();
      }
    }
    return Optional.of(new Composition.Leg(Math.max(0, sum), Math.max(0, -sum), 0));
  }

  private Optional<Reading> fresh(DeviceId device, Quantity quantity, Instant now) {
    return live.latest(device, quantity)
        .filter(reading -> !reading.measurement().quality().has(Quality.OUT_OF_RANGE))
        .filter(reading -> Duration.between(reading.instant(), now).abs().compareTo(fresh) <= 0);
  }

  @Override
  public List<IntervalBalance> recent(int limit) {
    synchronized (lock) {
      return engine.recent(Math.max(0, limit));
    }
  }

  /** Keeps the state for the next start. */
  @Deactivate
  public void deactivate() {
    if (sink != null) {
      sink.unregister();
    }
    timer.shutdown();
    try {
      if (!timer.awaitTermination(5, TimeUnit.SECONDS)) {
        LOG.warn("The timer of the energy balance still works and is left behind");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    List<ReadingFrame> state;
    synchronized (lock) {
      state = BalanceState.of(engine);
    }
    save(state);
  }
}
