package org.commonshub.metering.provider;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.commonshub.measure.api.Device;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Gap;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.ReadingBus;
import org.commonshub.measure.api.ReadingFrame;
import org.commonshub.metering.api.Actuator;
import org.commonshub.metering.api.ActuatorPort;
import org.commonshub.metering.api.DeviceDefinition;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.DeviceRegistry;
import org.commonshub.metering.api.Discoverer;
import org.commonshub.metering.api.DriverDescription;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.metering.api.SerialPorts;
import org.commonshub.metering.api.ServiceBrowser;
import org.commonshub.metering.api.TransportProvider;
import org.commonshub.metering.api.WriteLease;
import org.commonshub.platform.api.HubClock;
import org.commonshub.platform.api.HubPaths;
import org.commonshub.platform.api.Secrets;
import org.commonshub.platform.api.Settings;
import org.commonshub.platform.api.SettingsException;
import org.osgi.service.cm.ConfigurationException;
import org.osgi.service.cm.ManagedServiceFactory;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The devices of the hub: takes their configurations (one factory for all of them), has the {@link
 * Scheduler} ask them, and writes changes back through {@link Settings}.
 */
@Component(
    immediate = true,
    service = {DeviceRegistry.class, ActuatorPort.class, ManagedServiceFactory.class},
    configurationPid = DeviceConfig.PID,
    configurationPolicy = ConfigurationPolicy.IGNORE,
    property = "service.pid=" + DeviceConfig.PID)
@Designate(ocd = MeteringProvider.Config.class, factory = true)
public final class MeteringProvider implements DeviceRegistry, ActuatorPort, ManagedServiceFactory {

  /** A metering device. */
  @ObjectClassDefinition(
      name = "Metering device",
      description = "A meter, inverter, battery or charger that the hub reads.")
  @interface Config {
    @AttributeDefinition(
        name = "Identity",
        description = "UUID made by the hub; keeps the history together. Do not change.",
        required = false)
    String id() default "";

    @AttributeDefinition(name = "Name", description = "What you call it, 1 to 64 characters.")
    String name();

    @AttributeDefinition(
        name = "Role",
        description = "What it is in the home. Default LOAD.",
        required = false,
        options = {
          @Option(label = "Grid meter", value = "GRID_METER"),
          @Option(label = "Photovoltaics", value = "PV"),
          @Option(label = "Other generator", value = "GENERATOR"),
          @Option(label = "Battery", value = "BATTERY"),
          @Option(label = "EV charger", value = "EV_CHARGER"),
          @Option(label = "Heat pump", value = "HEAT_PUMP"),
          @Option(label = "Water heater", value = "WATER_HEATER"),
          @Option(label = "Load", value = "LOAD"),
          @Option(label = "Sub-meter", value = "SUB_METER"),
          @Option(label = "Gas meter", value = "GAS_METER"),
          @Option(label = "Heat meter", value = "HEAT_METER"),
          @Option(label = "Water meter", value = "WATER_METER"),
          @Option(label = "Sensor", value = "SENSOR")
        })
    String role() default "LOAD";

    @AttributeDefinition(
        name = "Behind",
        description = "Identity of the meter it is wired behind; empty if none.",
        required = false)
    String parent() default "";

    @AttributeDefinition(name = "Driver", description = "Identity of the driver, e.g. sunspec.")
    String driver();

    @AttributeDefinition(
        name = "Address",
        description =
            "Where it is, e.g. tcp://192.0.2.7:502 or serial:/dev/ttyUSB0?baud=9600&parity=none.")
    String endpoint();

    @AttributeDefinition(
        name = "Driver settings",
        description = "Settings of the driver, each key=value. Default none.",
        required = false)
    String[] settings() default {};

    @AttributeDefinition(
        name = "Interval",
        description = "Time between two readings in milliseconds, 100 to 86,400,000. Default 1000.",
        required = false,
        min = "100",
        max = "86400000")
    int interval__ms() default 1_000;

    @AttributeDefinition(
        name = "Counts the other way round",
        description =
            "The device is mounted the other way round: power changes sign, import and export"
                + " change places. Default false.",
        required = false)
    boolean inverted() default false;

    @AttributeDefinition(
        name = "Enabled",
        description = "Whether it is read. Default true.",
        required = false)
    boolean enabled() default true;

    @AttributeDefinition(
        name = "Read only",
        description = "Whether the hub may never write to it. Default true.",
        required = false)
    boolean readOnly() default true;

    @AttributeDefinition(
        name = "Meter epoch",
        description = "Count up when the physical meter is swapped or reset. Default 0.",
        required = false,
        min = "0")
    int meterEpoch() default 0;
  }

  /** A device as configured; {@code paused} accounts for the time it is switched off. */
  private record Configured(
      String pid, DeviceId id, DeviceDefinition definition, long order, Coverage paused) {}

  private static final Logger LOG = LoggerFactory.getLogger(MeteringProvider.class);
  private static final long HOUSEKEEPING_SECONDS = 5;

  /** A device that is switched off is no news: its growing gap is published again this rarely. */
  private static final long PAUSED_MILLIS = 3_600_000;

  /** A reading is durable this long after it was published at the latest (house rule 9). */
  private static final long DURABLE_MILLIS = 6_000;

  private final HubClock clock;
  private final Outlet outlet = new Outlet();
  private final Scheduler scheduler;
  private final Probes probes;
  private final StateFile state;
  private final Memories memories;
  private final ScheduledThreadPoolExecutor housekeeper;
  private final Directory directory;
  private final Inbox inbox;
  private final Discovery discovery;

  private final Object lock = new Object();
  private final Map<String, Configured> byPid = new HashMap<>();
  private final Map<DeviceId, Configured> byId = new HashMap<>();
  private final Map<MeterDriver, String> driverIds = new HashMap<>();
  private long order;

  private volatile Settings settings;
  private volatile Secrets secrets;
  private volatile SerialPorts ports;
  private volatile ServiceBrowser browser;

  /** Starts without devices; they come as configurations. */
  @Activate
  public MeteringProvider(
      @Reference(name = "clock") HubClock clock,
      @Reference(name = "paths") HubPaths paths,
      @Reference(name = "directory") Directory directory,
      @Reference(name = "inbox") Inbox inbox) {
    this.clock = clock;
    this.directory = directory;
    this.inbox = inbox;
    this.state = new StateFile(paths.data().resolve("metering.provider"));
    this.memories = new Memories(Optional.of(paths.data().resolve("metering.provider/memory")));
    this.scheduler = new Scheduler(clock, outlet::publish, this::secret, memories, true);
    this.housekeeper =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "metering-state");
              thread.setDaemon(true);
              return thread;
            });
    housekeeper.setRemoveOnCancelPolicy(true);
    this.probes = new Probes(scheduler, housekeeper);
    this.discovery = new Discovery(scheduler, probes, inbox, () -> ports, () -> browser);
    // Ends with its executor.
    var unused =
        housekeeper.scheduleWithFixedDelay(
            this::housekeeping, HOUSEKEEPING_SECONDS, HOUSEKEEPING_SECONDS, TimeUnit.SECONDS);
  }

  @Deactivate
  void deactivate() {
    housekeeper.shutdownNow();
    try {
      housekeeper.awaitTermination(2, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Map<DeviceId, Long> covered = new HashMap<>();
    long now = clock.now().toEpochMilli();
    synchronized (lock) {
      for (Configured configured : byId.values()) {
        if (configured.paused != null) {
          configured.paused.missed(configured.paused.covered(), now, Gap.Reason.PAUSED, now);
          configured.paused.flush(now);
          covered.put(configured.id, configured.paused.published());
        } else {
          scheduler.stop(configured.id).ifPresent(until -> covered.put(configured.id, until));
        }
      }
    }
    scheduler.close();
    for (MeterRecord record : outlet.remaining()) {
      long from =
          record instanceof ReadingFrame frame
              ? frame.instant().toEpochMilli()
              : ((Gap) record).from().toEpochMilli();
      long interval = 0;
      Configured configured = byId.get(record.device());
      if (configured != null && record instanceof ReadingFrame) {
        interval = configured.definition.interval().toMillis();
      }
      covered.merge(record.device(), from - interval, Math::min);
    }
    state.alive(now, covered);
    memories.flush();
  }

  /** Writes how far due times are accounted for; every few seconds, and by tests. */
  void housekeeping() {
    try {
      long now = clock.now().toEpochMilli();
      Map<DeviceId, Long> covered = scheduler.published();
      synchronized (lock) {
        for (Configured configured : byId.values()) {
          if (configured.paused != null) {
            configured.paused.missed(configured.paused.covered(), now, Gap.Reason.PAUSED, now);
            covered.put(configured.id, configured.paused.published());
          }
        }
      }
      state.alive(now - DURABLE_MILLIS, covered);
      memories.flush();
    } catch (RuntimeException e) {
      LOG.error("The metering state could not be kept; trying again.", e);
    }
  }

  // ---------------------------------------------------------------- services that come and go

  @Reference(
      name = "bus",
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  void bindBus(ReadingBus bus) {
    outlet.connect(bus);
  }

  void unbindBus(ReadingBus bus) {
    outlet.disconnect(bus);
  }

  @Reference(
      name = "settings",
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  void bindSettings(Settings arrived) {
    settings = arrived;
  }

  void unbindSettings(Settings left) {
    if (settings == left) {
      settings = null;
    }
  }

  @Reference(
      name = "secrets",
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  void bindSecrets(Secrets arrived) {
    secrets = arrived;
  }

  void unbindSecrets(Secrets left) {
    if (secrets == left) {
      secrets = null;
    }
  }

  @Reference(
      name = "ports",
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  void bindPorts(SerialPorts arrived) {
    ports = arrived;
  }

  void unbindPorts(SerialPorts left) {
    if (ports == left) {
      ports = null;
    }
  }

  @Reference(
      name = "browser",
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  void bindBrowser(ServiceBrowser arrived) {
    browser = arrived;
  }

  void unbindBrowser(ServiceBrowser left) {
    if (browser == left) {
      browser = null;
    }
  }

  @Reference(
      name = "driver",
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC)
  void bindDriver(MeterDriver driver) {
    String id;
    try {
      id = driver.description().id();
    } catch (Throwable e) { // A third party's.
      LOG.error("A driver cannot describe itself and is not used: {}.", driver.getClass(), e);
      return;
    }
    synchronized (driverIds) {
      driverIds.put(driver, id);
    }
    scheduler.add(id, driver);
  }

  void unbindDriver(MeterDriver driver) {
    String id;
    synchronized (driverIds) {
      id = driverIds.remove(driver);
    }
    if (id != null) {
      scheduler.remove(id, driver);
    }
  }

  @Reference(
      name = "transport",
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC)
  void bindTransport(TransportProvider transport, Map<String, Object> properties) {
    for (String scheme : schemes(properties)) {
      scheduler.add(scheme, transport);
    }
  }

  void unbindTransport(TransportProvider transport, Map<String, Object> properties) {
    for (String scheme : schemes(properties)) {
      scheduler.remove(scheme, transport);
    }
  }

  private static List<String> schemes(Map<String, Object> properties) {
    Object schemes = properties.get(TransportProvider.SCHEME);
    return schemes instanceof String[] several
        ? List.of(several)
        : schemes instanceof String one ? List.of(one) : List.of();
  }

  /** Resolves a secret; null if the reference names none. */
  private String secret(String value) {
    Secrets store = secrets;
    if (store == null) {
      return value.startsWith("${secret:") ? null : value;
    }
    return store.resolve(value).orElse(null);
  }

  // ---------------------------------------------------------------- configurations

  @Override
  public String getName() {
    return "Commons Hub metering devices";
  }

  @Override
  public void updated(String pid, Dictionary<String, ?> properties) throws ConfigurationException {
    try {
      DeviceConfig.Device device = DeviceConfig.read(pid, properties);
      apply(pid, device.id(), device.definition());
    } catch (DeviceConfig.Refused e) {
      deleted(pid, false);
      throw new ConfigurationException(e.key, e.getMessage());
    }
  }

  @Override
  public void deleted(String pid) {
    deleted(pid, true);
  }

  private void deleted(String pid, boolean forget) {
    synchronized (lock) {
      Configured gone = byPid.remove(pid);
      if (gone == null) {
        return;
      }
      byId.remove(gone.id);
      scheduler.stop(gone.id);
      if (forget) {
        state.remove(gone.id);
        memories.remove(gone.id);
      }
      changed();
    }
  }

  private void apply(String pid, DeviceId id, DeviceDefinition definition)
      throws DeviceConfig.Refused {
    synchronized (lock) {
      Configured old = byPid.get(pid);
      if (old != null && old.id.equals(id) && old.definition.equals(definition)) {
        return;
      }
      Configured other = byId.get(id);
      if (other != null && !other.pid.equals(pid)) {
        throw new DeviceConfig.Refused(
            "id", "'" + id + "' is the identity of '" + other.definition.name() + "' already.");
      }
      if (old != null && !old.id.equals(id)) {
        deleted(pid, true);
        old = null;
      }
      long now = clock.now().toEpochMilli();
      long covered;
      if (old == null) {
        covered = state.covered(id, now, Scheduler.NEW);
      } else if (old.paused != null) {
        old.paused.missed(old.paused.covered(), now, Gap.Reason.PAUSED, now);
        old.paused.flush(now);
        covered = old.paused.published();
      } else {
        covered = scheduler.stop(id).orElse(Scheduler.NEW);
      }
      Coverage paused = null;
      if (definition.enabled()) {
        scheduler.start(id, definition, covered);
      } else {
        paused = new Coverage(id, Math.min(covered, now), outlet::publish, PAUSED_MILLIS);
      }
      int known = state.order(id);
      Configured configured =
          new Configured(
              pid,
              id,
              definition,
              old != null ? old.order : known == Integer.MAX_VALUE ? (1L << 32) + order++ : known,
              paused);
      state.add(id);
      byPid.put(pid, configured);
      byId.put(id, configured);
      changed();
    }
  }

  private void changed() {
    List<Device> devices = new ArrayList<>();
    List<Configured> all = configured();
    inbox.configured(all.stream().map(Configured::definition).toList());
    for (Configured each : all) {
      DeviceDefinition definition = each.definition;
      if (definition.enabled()) {
        devices.add(
            new Device(
                each.id,
                definition.name(),
                definition.role(),
                definition.parent(),
                definition.meterEpoch()));
      }
    }
    directory.set(devices);
  }

  private List<Configured> configured() {
    synchronized (lock) {
      List<Configured> all = new ArrayList<>(byId.values());
      all.sort(Comparator.comparingLong(Configured::order).thenComparing(Configured::pid));
      return all;
    }
  }

  // ---------------------------------------------------------------- DeviceRegistry

  @Override
  public List<DriverDescription> drivers() {
    TreeMap<String, DriverDescription> sorted = new TreeMap<>();
    synchronized (driverIds) {
      driverIds.forEach((driver, id) -> sorted.put(id, driver.description()));
    }
    return List.copyOf(sorted.values());
  }

  @Override
  public Optional<List<String>> lines(String driver) {
    return scheduler.driver(driver) instanceof Discoverer discoverer
        ? Optional.of(List.copyOf(discoverer.lines()))
        : Optional.empty();
  }

  @Override
  public List<Entry> devices() {
    List<Entry> entries = new ArrayList<>();
    configured().forEach(each -> entries.add(entry(each)));
    return entries;
  }

  @Override
  public Optional<Entry> device(DeviceId id) {
    synchronized (lock) {
      return Optional.ofNullable(byId.get(id)).map(this::entry);
    }
  }

  private Entry entry(Configured configured) {
    Health health =
        scheduler
            .health(configured.id)
            .orElseGet(
                () ->
                    new Health(
                        State.DISABLED,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        0,
                        0,
                        Duration.ZERO,
                        Optional.empty(),
                        Map.of()));
    return new Entry(
        configured.id,
        configured.definition,
        DeviceConfig.revision(configured.id, configured.definition),
        health);
  }

  @Override
  public DeviceId add(DeviceDefinition definition) throws DeviceException {
    check(definition, null);
    DeviceId id = DeviceId.random();
    String pid;
    synchronized (lock) {
      String base = DeviceConfig.PID + "~" + DeviceConfig.slug(definition.name());
      pid = base;
      for (int i = 2; byPid.containsKey(pid) || written(pid); i++) {
        pid = base + "-" + i;
      }
    }
    save(pid, id, definition, Optional.empty());
    return id;
  }

  private boolean written(String pid) {
    Settings store = settings;
    return store != null && store.component(pid).isPresent();
  }

  @Override
  public void update(DeviceId id, DeviceDefinition definition, String revision)
      throws DeviceException {
    Configured old = existing(id);
    if (!DeviceConfig.revision(id, old.definition).equals(revision)) {
      throw refused(
          "'"
              + old.definition.name()
              + "' was changed by somebody else meanwhile. Look at it again, then change it.");
    }
    check(definition, id);
    Optional<String> tag =
        store().component(old.pid).map(Settings.Component::revision).filter(t -> !t.isEmpty());
    save(old.pid, id, definition, tag);
  }

  @Override
  public void remove(DeviceId id) throws DeviceException {
    Configured old = existing(id);
    try {
      store().delete(old.pid);
    } catch (SettingsException e) {
      throw new DeviceException(Kind.SETTINGS, e.getMessage(), e);
    }
    deleted(old.pid);
    forgetSecrets(old);
  }

  /** Those of this device; what was put there by hand may be shared. */
  private void forgetSecrets(Configured device) {
    Secrets store = secrets;
    if (store != null) {
      String own = "${secret:" + secretName(device.id, "");
      for (String value : device.definition.settings().values()) {
        if (value.startsWith(own) && value.endsWith("}")) {
          store.remove(value.substring("${secret:".length(), value.length() - 1));
        }
      }
    }
  }

  private static String secretName(DeviceId device, String key) {
    return "device." + device + "." + key;
  }

  @Override
  public CompletionStage<List<Measurement>> test(DeviceDefinition definition) {
    try {
      check(definition, null);
    } catch (DeviceException e) {
      return CompletableFuture.failedFuture(e);
    }
    return probes.test(definition);
  }

  @Override
  public CompletionStage<List<Found>> discover(String driver, String where) {
    return discovery.search(driver, where);
  }

  @Override
  public List<Found> inbox() {
    return inbox.list().stream()
        .filter(found -> scheduler.driver(found.definition().driver()) != null)
        .toList();
  }

  @Override
  public void dismiss(Found found) {
    inbox.dismiss(found);
  }

  @Override
  public List<SerialPorts.Port> serialPorts() {
    SerialPorts serial = ports;
    return serial == null ? List.of() : List.copyOf(serial.ports());
  }

  // ---------------------------------------------------------------- ActuatorPort

  @Override
  public List<Controllable> controllable() {
    List<Controllable> all = new ArrayList<>();
    for (Configured each : configured()) {
      List<Actuator> actuators = scheduler.actuators(each.id);
      if (!actuators.isEmpty()) {
        DeviceDefinition definition = each.definition;
        all.add(new Controllable(each.id, definition.name(), definition.readOnly(), actuators));
      }
    }
    return all;
  }

  @Override
  public CompletionStage<Void> write(
      DeviceId device, String actuator, BigDecimal value, WriteLease lease) {
    return scheduler.tell(device, actuator, Optional.of(value), lease);
  }

  @Override
  public CompletionStage<Void> release(DeviceId device, String actuator, WriteLease lease) {
    return scheduler.tell(device, actuator, Optional.empty(), lease);
  }

  private Configured existing(DeviceId id) throws DeviceException {
    synchronized (lock) {
      Configured configured = byId.get(id);
      if (configured == null) {
        throw refused("There is no device " + id + ". It may have been removed meanwhile.");
      }
      return configured;
    }
  }

  private Settings store() throws DeviceException {
    Settings store = settings;
    if (store == null) {
      throw refused("Settings cannot be written now, because platform.config is not running.");
    }
    return store;
  }

  private static DeviceException refused(String message) {
    return new DeviceException(Kind.SETTINGS, message);
  }

  /** Whether a definition makes sense with the drivers and devices there are. */
  private void check(DeviceDefinition definition, DeviceId self) throws DeviceException {
    String missing = scheduler.missingPart(definition);
    if (missing != null) {
      throw refused(missing);
    }
    MeterDriver driver = scheduler.driver(definition.driver());
    if (driver == null) {
      throw refused("The driver '" + definition.driver() + "' has just been stopped.");
    }
    DriverDescription description = driver.description();
    if (!description.schemes().contains(definition.endpoint().scheme())) {
      throw refused(
          "The driver '"
              + description.id()
              + "' does not work over '"
              + definition.endpoint().scheme()
              + ":'; it works over "
              + new java.util.TreeSet<>(description.schemes())
              + ".");
    }
    for (DriverDescription.Option option : description.options()) {
      String value = definition.settings().getOrDefault(option.key(), "");
      if (value.isEmpty() && option.required() && option.defaultValue().isEmpty()) {
        throw refused(
            "The setting '"
                + option.title()
                + "' ("
                + option.key()
                + ") is missing. "
                + option.description());
      }
      if (!value.isEmpty() && !option.choices().isEmpty() && !option.choices().containsKey(value)) {
        throw refused(
            "The setting '"
                + option.title()
                + "' ("
                + option.key()
                + ") cannot be '"
                + value
                + "'; it is one of "
                + option.choices().keySet()
                + ".");
      }
    }
    if (definition.parent().isPresent()) {
      DeviceId above = definition.parent().get();
      for (int depth = 0; above != null; depth++) {
        if (above.equals(self) || depth > 16) {
          throw refused("A device cannot be behind itself. Choose another meter it is behind.");
        }
        above = existing(above).definition.parent().orElse(null);
      }
    }
  }

  private void save(String pid, DeviceId id, DeviceDefinition definition, Optional<String> revision)
      throws DeviceException {
    DeviceDefinition sealed = seal(id, definition);
    try {
      store().write(pid, DeviceConfig.write(id, sealed), revision);
    } catch (SettingsException e) {
      throw new DeviceException(Kind.SETTINGS, e.getMessage(), e);
    }
    try {
      apply(pid, id, sealed); // The configuration follows, and finds nothing left to do.
    } catch (DeviceConfig.Refused e) {
      throw new DeviceException(Kind.SETTINGS, e.getMessage(), e);
    }
  }

  /** Puts secret settings away and references in their place. */
  private DeviceDefinition seal(DeviceId id, DeviceDefinition definition) throws DeviceException {
    MeterDriver driver = scheduler.driver(definition.driver());
    if (driver == null) {
      return definition;
    }
    Map<String, String> sealed = new LinkedHashMap<>(definition.settings());
    for (DriverDescription.Option option : driver.description().options()) {
      String value = sealed.getOrDefault(option.key(), "");
      if (option.secret() && !value.isEmpty() && !value.startsWith("${secret:")) {
        Secrets store = secrets;
        if (store == null) {
          throw refused(
              "'" + option.title() + "' cannot be kept safe now; the secret store is not running.");
        }
        sealed.put(option.key(), store.put(secretName(id, option.key()), value));
      }
    }
    return new DeviceDefinition(
        definition.name(),
        definition.role(),
        definition.parent(),
        definition.driver(),
        definition.endpoint(),
        sealed,
        definition.interval(),
        definition.inverted(),
        definition.enabled(),
        definition.readOnly(),
        definition.meterEpoch());
  }
}
