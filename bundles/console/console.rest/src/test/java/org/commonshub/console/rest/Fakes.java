package org.commonshub.console.rest;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.commonshub.control.api.Arbiter;
import org.commonshub.control.api.Intent;
import org.commonshub.control.api.Outcome;
import org.commonshub.history.api.HistoryStore;
import org.commonshub.history.api.Point;
import org.commonshub.history.api.Resolution;
import org.commonshub.measure.api.Device;
import org.commonshub.measure.api.DeviceDirectory;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.EnergyBalance;
import org.commonshub.measure.api.Gap;
import org.commonshub.measure.api.IntervalBalance;
import org.commonshub.measure.api.LiveState;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.Quality;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.Reading;
import org.commonshub.measure.api.ReadingBus;
import org.commonshub.metering.api.Actuator;
import org.commonshub.metering.api.DeviceDefinition;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceRegistry;
import org.commonshub.metering.api.DriverDescription;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.SerialPorts;
import org.commonshub.platform.api.Accounts;
import org.commonshub.platform.api.AuditLog;
import org.commonshub.platform.api.Backup;
import org.commonshub.platform.api.Features;
import org.commonshub.platform.api.HomeProfile;
import org.commonshub.platform.api.HubClock;
import org.commonshub.platform.api.Secrets;
import org.commonshub.platform.api.Settings;
import org.commonshub.platform.api.SettingsException;
import org.commonshub.platform.api.TlsIdentity;
import org.commonshub.testing.fakes.FakeAppDesk;
import org.commonshub.testing.fakes.FakeCatalogues;
import org.commonshub.testing.fakes.FakeDataRights;
import org.commonshub.testing.fakes.FakeLicences;
import org.commonshub.testing.fakes.FakePrivacyDesk;
import org.commonshub.testing.fakes.FakeUsageMeter;

/** A hub in memory: every service the console looks at. */
final class Fakes {
  static final Instant NOW = Instant.parse("2026-03-15T12:00:00Z");
  static final DeviceId METER = DeviceId.parse("11111111-1111-4111-8111-111111111111");

  final Clock clock = new Clock();
  final People people = new People();
  final Log audit = new Log();
  final Registry registry = new Registry();
  final Live live = new Live();
  final Store history = new Store();
  final Config settings = new Config();
  final Switches features = new Switches();
  final Archive backup = new Archive();
  final Safe secrets = new Safe();
  final Control control = new Control();
  final TrustFakes trust = new TrustFakes();
  final FakePrivacyDesk desk = new FakePrivacyDesk(clock::now);
  final FakeDataRights rights = new FakeDataRights();
  final FakeCatalogues catalogues = new FakeCatalogues();
  final FakeLicences licences = new FakeLicences();
  final FakeUsageMeter usage = new FakeUsageMeter();
  final FakeAppDesk apps = new FakeAppDesk(catalogues, licences);

  /** Services with everything present. */
  Services services() {
    Services services = new Services();
    services.hubClock = clock;
    services.accountService = people;
    services.auditLog = audit;
    services.deviceRegistry = registry;
    services.deviceDirectory = new Directory();
    services.liveState = live;
    services.energyBalance = live;
    services.readingBus = live;
    services.historyStore = history;
    services.settingsService = settings;
    services.featureService = features;
    services.backupService = backup;
    services.secretStore = secrets;
    services.homeProfile = new Home();
    services.tlsIdentity = new Identity();
    services.arbiterService = control;
    services.deskService = desk;
    services.rightsService = rights;
    services.appDesk = apps;
    services.catalogueService = catalogues;
    services.licenceService = licences;
    services.usageMeter = usage;
    trust.into(services);
    return services;
  }

  static final class Clock implements HubClock {
    volatile Instant now = NOW;
    volatile long nanos;

    @Override
    public Instant now() {
      return now;
    }

    @Override
    public long monotonicNanos() {
      return nanos;
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

  static final class Identity implements TlsIdentity {
    @Override
    public String fingerprint() {
      return "AA:BB";
    }

    @Override
    public int port() {
      return 8443;
    }

    @Override
    public String host() {
      return "0.0.0.0";
    }
  }

  static final class Home implements HomeProfile {
    @Override
    public String name() {
      return "Via Roma 1";
    }

    @Override
    public ZoneId zone() {
      return ZoneId.of("Europe/Rome");
    }

    @Override
    public Locale language() {
      return Locale.ITALIAN;
    }

    @Override
    public String currency() {
      return "EUR";
    }

    @Override
    public long importPriceMicros() {
      return 312_345;
    }

    @Override
    public long exportPriceMicros() {
      return 81_000;
    }
  }

  static final class People implements Accounts {
    final Map<String, User> users = new LinkedHashMap<>();
    final Map<String, String> passwords = new HashMap<>();
    final Map<String, NewToken> tokens = new LinkedHashMap<>();
    volatile String code = "1234-5678";
    volatile Duration throttle = Duration.ZERO;
    volatile String lastClient = "";

    void put(String name, String password, Role role) {
      users.put(name, new User(name, role, NOW));
      passwords.put(name, password);
    }

    @Override
    public boolean claimed() {
      return !users.isEmpty();
    }

    @Override
    public Optional<String> issueClaimCode() {
      return Optional.of(code);
    }

    @Override
    public Attempt claim(String given, String name, char[] password, String client) {
      lastClient = client;
      if (!throttle.isZero()) {
        return new Attempt.Throttled(throttle);
      }
      if (!given.equals(code)) {
        return new Attempt.Refused();
      }
      if (password.length < 10) {
        throw new IllegalArgumentException("A password has at least 10 characters.");
      }
      put(name, new String(password), Role.PROSUMER);
      return new Attempt.Accepted(users.get(name));
    }

    @Override
    public Attempt logIn(String name, char[] password, String client) {
      lastClient = client;
      if (!throttle.isZero()) {
        return new Attempt.Throttled(throttle);
      }
      return new String(password).equals(passwords.get(name))
          ? new Attempt.Accepted(users.get(name))
          : new Attempt.Refused();
    }

    @Override
    public List<User> users() {
      return List.copyOf(users.values());
    }

    @Override
    public User addUser(String name, char[] password, Role role) {
      if (users.containsKey(name)) {
        throw new IllegalArgumentException("There is a user of this name already.");
      }
      put(name, new String(password), role);
      return users.get(name);
    }

    @Override
    public void setPassword(String name, char[] password) {
      passwords.put(name, new String(password));
    }

    @Override
    public void removeUser(String name) {
      if (users.values().stream().filter(u -> u.role() == Role.PROSUMER).count() == 1
          && users.get(name).role() == Role.PROSUMER) {
        throw new IllegalStateException("The last prosumer cannot be removed.");
      }
      users.remove(name);
    }

    @Override
    public List<Token> tokens() {
      return tokens.values().stream().map(NewToken::token).toList();
    }

    @Override
    public NewToken addToken(String label, String owner, Set<Scope> scopes, Instant expires) {
      String id = "t" + (tokens.size() + 1);
      NewToken token =
          new NewToken(new Token(id, label, owner, scopes, NOW, expires), "secret-of-" + id);
      tokens.put(id, token);
      return token;
    }

    @Override
    public void removeToken(String id) {
      tokens.remove(id);
    }

    @Override
    public Optional<Token> authenticate(String secret) {
      return tokens.values().stream()
          .filter(t -> t.secret().equals(secret))
          .map(NewToken::token)
          .findFirst();
    }
  }

  static final class Log implements AuditLog {
    final List<Entry> entries = new CopyOnWriteArrayList<>();

    @Override
    public void record(String actor, String action, String subject, String outcome) {
      entries.add(0, new Entry(NOW, actor, action, subject, outcome));
    }

    @Override
    public List<Entry> latest(int limit) {
      return entries.subList(0, Math.min(limit, entries.size()));
    }
  }

  static final class Registry implements DeviceRegistry {
    final Map<DeviceId, Entry> entries = new LinkedHashMap<>();
    volatile CompletionStage<List<Measurement>> testAnswer =
        CompletableFuture.completedFuture(
            List.of(Measurement.of(Quantity.ACTIVE_POWER, 12345, -1)));
    volatile DeviceDefinition tested;
    final java.util.concurrent.atomic.AtomicInteger tests =
        new java.util.concurrent.atomic.AtomicInteger();

    Registry() {
      put(METER, definition("Grid meter", DeviceRole.GRID_METER, Map.of("map", "sdm630")));
    }

    static DeviceDefinition definition(String name, DeviceRole role, Map<String, String> settings) {
      return new DeviceDefinition(
          name,
          role,
          Optional.empty(),
          "modbus",
          Endpoint.parse("tcp://127.0.0.1:15020"),
          settings,
          Duration.ofSeconds(1),
          false,
          true,
          true,
          0);
    }

    void put(DeviceId id, DeviceDefinition definition) {
      entries.put(
          id,
          new Entry(
              id,
              definition,
              "r" + definition.hashCode(),
              new Health(
                  State.ONLINE,
                  Optional.of(NOW),
                  Optional.empty(),
                  Optional.empty(),
                  10,
                  1,
                  Duration.ofNanos(1_500_000),
                  Optional.empty(),
                  Map.of("maker", "Eastron"))));
    }

    @Override
    public List<DriverDescription> drivers() {
      return List.of(
          new DriverDescription(
              "modbus",
              "Modbus meters",
              Set.of("tcp", "serial"),
              502,
              List.of(
                  new DriverDescription.Option(
                      "map", "Map", "Register map.", "", Map.of("sdm630", "SDM630"), true, false),
                  new DriverDescription.Option(
                      "key", "Key", "Secret key.", "", Map.of(), false, true)),
              List.of(
                  new DriverDescription.Model(
                      "Eastron",
                      "SDM630",
                      DeviceRole.GRID_METER,
                      Map.of("map", "sdm630"),
                      "manual")),
              false));
    }

    @Override
    public Optional<List<String>> lines(String driver) {
      return Optional.of(List.of("baud=9600"));
    }

    @Override
    public List<Entry> devices() {
      return List.copyOf(entries.values());
    }

    @Override
    public Optional<Entry> device(DeviceId id) {
      return Optional.ofNullable(entries.get(id));
    }

    @Override
    public DeviceId add(DeviceDefinition definition) throws DeviceException {
      if (definition.name().equals("Refused")) {
        throw new DeviceException(DeviceException.Kind.SETTINGS, "Not this one.");
      }
      if (!definition.driver().equals("modbus")) {
        throw new DeviceException(
            DeviceException.Kind.SETTINGS, "There is no driver '" + definition.driver() + "'.");
      }
      DeviceId id = DeviceId.random();
      put(id, definition);
      return id;
    }

    @Override
    public void update(DeviceId id, DeviceDefinition definition, String revision) {
      put(id, definition);
    }

    @Override
    public void remove(DeviceId id) {
      entries.remove(id);
    }

    @Override
    public CompletionStage<List<Measurement>> test(DeviceDefinition definition) {
      tested = definition;
      tests.incrementAndGet();
      return testAnswer;
    }

    @Override
    public CompletionStage<List<Found>> discover(String driver, String where) {
      return CompletableFuture.completedFuture(
          List.of(
              new Found(
                  definition("Found", DeviceRole.PV, Map.of()), Map.of("maker", "Somebody"))));
    }

    final List<Found> inbox = new CopyOnWriteArrayList<>();

    @Override
    public List<Found> inbox() {
      return List.copyOf(inbox);
    }

    @Override
    public void dismiss(Found found) {
      inbox.remove(found);
    }

    @Override
    public List<SerialPorts.Port> serialPorts() {
      return List.of(new SerialPorts.Port("/dev/ttyUSB0", "USB reading head"));
    }
  }

  /** A wallbox, and whoever holds it. */
  static final class Control implements Arbiter {
    static final Actuator LIMIT =
        new Actuator(
            "current-limit",
            "Charging current limit",
            "How much the car may take.",
            "A",
            BigDecimal.valueOf(6),
            BigDecimal.valueOf(32),
            new BigDecimal("0.5"),
            Map.of(),
            "as set on the wallbox",
            Optional.empty());
    static final Actuator SWITCH =
        new Actuator(
            "relay",
            "Relay",
            "Switches the socket.",
            "",
            BigDecimal.ZERO,
            BigDecimal.ONE,
            BigDecimal.ONE,
            Map.of(BigDecimal.ZERO, "Off"),
            "stays as it is",
            Optional.empty());
    final List<String> asked = new CopyOnWriteArrayList<>();
    volatile Intent holding;
    volatile CompletionStage<Outcome> answer =
        CompletableFuture.completedFuture(new Outcome(Outcome.State.APPLIED, "Confirmed."));

    @Override
    public CompletionStage<Outcome> state(Intent intent) {
      asked.add(
          intent.holder()
              + " "
              + intent.priority()
              + " "
              + intent.actuator()
              + "="
              + intent.value()
              + " for "
              + intent.lease()
              + ": "
              + intent.reason());
      holding = intent;
      return answer;
    }

    @Override
    public CompletionStage<Outcome> withdraw(DeviceId device, String actuator, String holder) {
      asked.add(holder + " leaves " + actuator);
      holding = null;
      return answer;
    }

    @Override
    public CompletionStage<Outcome> handBack(DeviceId device, String actor, String reason) {
      asked.add(actor + " hands back " + device + ": " + reason);
      return answer;
    }

    @Override
    public List<State> states() {
      return List.of(
          new State(
              METER,
              "Wallbox",
              false,
              LIMIT,
              Optional.ofNullable(holding).map(Intent::value),
              Optional.ofNullable(holding),
              Optional.ofNullable(holding).map(Intent::lease),
              0,
              Optional.empty()),
          new State(
              METER,
              "Wallbox",
              true,
              SWITCH,
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              2,
              Optional.of("It is read-only.")));
    }
  }

  final class Directory implements DeviceDirectory {
    @Override
    public List<Device> devices() {
      return registry.devices().stream()
          .map(
              e ->
                  new Device(
                      e.id(),
                      e.definition().name(),
                      e.definition().role(),
                      e.definition().parent(),
                      0))
          .toList();
    }

    @Override
    public Optional<Device> device(DeviceId id) {
      return devices().stream().filter(d -> d.id().equals(id)).findFirst();
    }

    @Override
    public long revision() {
      return 1;
    }
  }

  static final class Live implements LiveState, EnergyBalance, ReadingBus {
    volatile Map<Quantity, Reading> readings =
        Map.of(
            Quantity.ACTIVE_POWER,
            new Reading(
                METER,
                NOW.minusMillis(700),
                new Measurement(
                    Quantity.ACTIVE_POWER, -23456, -1, new Quality(Quality.CLOCK_UNSYNCHRONISED))),
            Quantity.ENERGY_IMPORT,
            new Reading(
                METER, NOW.minusSeconds(5), Measurement.of(Quantity.ENERGY_IMPORT, 123456789, -1)));

    @Override
    public Map<Quantity, Reading> of(DeviceId device) {
      return device.equals(METER) ? readings : Map.of();
    }

    @Override
    public Optional<Reading> latest(DeviceId device, Quantity quantity) {
      return Optional.ofNullable(of(device).get(quantity));
    }

    @Override
    public List<DeviceId> devices() {
      return List.of(METER);
    }

    @Override
    public Optional<Power> now() {
      return Optional.of(new Power(NOW, 3000, 654.4, 0, 2345.6, 0, 0, 100, true));
    }

    @Override
    public List<IntervalBalance> recent(int limit) {
      return List.of();
    }

    @Override
    public void publish(MeterRecord record) {}

    @Override
    public List<SinkStatus> sinks() {
      return List.of(new SinkStatus("history", "storage", true, 0, 0, 10, 0, 0, ""));
    }
  }

  /** Series held as points of one resolution; coarser ones are summed on asking. */
  static final class Store implements HistoryStore {
    final Map<Quantity, List<Point>> quarters = new HashMap<>();
    final Map<Resolution, Map<Quantity, List<Point>>> series = new EnumMap<>(Resolution.class);
    final List<Gap> gaps = new ArrayList<>();
    volatile String exported = "";

    void put(Resolution resolution, Quantity quantity, String start, double delta) {
      // As many values as the balance closes one-minute intervals.
      long minutes =
          switch (resolution) {
            case RAW, MINUTE -> 1;
            case QUARTER_HOUR -> 15;
            case HOUR -> 60;
            case DAY -> 1440;
          };
      series
          .computeIfAbsent(resolution, r -> new HashMap<>())
          .computeIfAbsent(quantity, q -> new ArrayList<>())
          .add(new Point(Instant.parse(start), 0, 0, 0, 0, 0, delta, minutes, 0));
    }

    /** Start of the first interval of the balance. */
    Instant begin = Instant.EPOCH;

    @Override
    public List<SeriesInfo> series() {
      return List.of(
          new SeriesInfo(METER, Quantity.ACTIVE_POWER, NOW.minusSeconds(3600), NOW),
          new SeriesInfo(DeviceId.HOME, Quantity.HOME_CONSUMPTION, begin, NOW));
    }

    @Override
    public List<Point> query(
        DeviceId device,
        Quantity quantity,
        Instant from,
        Instant to,
        Resolution resolution,
        int limit) {
      List<Point> points =
          series.getOrDefault(resolution, Map.of()).getOrDefault(quantity, List.of()).stream()
              .filter(p -> !p.start().isBefore(from) && p.start().isBefore(to))
              .sorted(Comparator.comparing(Point::start))
              .toList();
      if (points.size() > limit) {
        throw new IllegalArgumentException(
            points.size() + " points are too many; ask for the resolution MINUTE.");
      }
      return points;
    }

    @Override
    public List<Gap> gaps(DeviceId device, Instant from, Instant to) {
      return gaps;
    }

    @Override
    public void replay(
        List<DeviceId> devices, Instant from, Instant to, Consumer<MeterRecord> consumer) {}

    @Override
    public void export(
        List<DeviceId> devices, Instant from, Instant to, Format format, OutputStream out)
        throws IOException {
      exported = devices + " " + from + " " + to + " " + format;
      if (to.equals(Instant.EPOCH)) {
        throw new IOException("disk trouble");
      }
      out.write("time,device\n".getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void erase(DeviceId device) {}

    @Override
    public Status status() {
      return new Status(
          4096,
          100,
          900,
          Optional.of(NOW.minusSeconds(3600)),
          Optional.empty(),
          List.of(),
          Map.of(Resolution.RAW, 30, Resolution.DAY, 0));
    }
  }

  static final class Config implements Settings {
    final Map<String, Object> values = new LinkedHashMap<>(Map.of("minutes", 5L));
    int revision = 1;

    @Override
    public List<Component> components() {
      return List.of(component("org.commonshub.sample").orElseThrow());
    }

    @Override
    public Optional<Component> component(String pid) {
      return pid.equals("org.commonshub.sample")
          ? Optional.of(
              new Component(
                  pid,
                  Optional.empty(),
                  "Sample",
                  "A sample.",
                  List.of(
                      new Option(
                          "minutes",
                          "Minutes",
                          "Minutes. Default: 5.",
                          Type.INTEGER,
                          false,
                          false,
                          Optional.of(5),
                          Map.of(),
                          Optional.of(1),
                          Optional.of(60)),
                      new Option(
                          "key",
                          "Key",
                          "Secret key.",
                          Type.SECRET,
                          false,
                          false,
                          Optional.empty(),
                          Map.of(),
                          Optional.empty(),
                          Optional.empty())),
                  Map.copyOf(values),
                  "rev" + revision,
                  Optional.empty()))
          : Optional.empty();
    }

    @Override
    public Component write(String pid, Map<String, Object> given, Optional<String> tag)
        throws SettingsException {
      if (component(pid).isEmpty()) {
        throw new SettingsException(SettingsException.Reason.UNKNOWN, "", "No such component.");
      }
      if (!tag.equals(Optional.of("rev" + revision))) {
        throw new SettingsException(SettingsException.Reason.STALE, "", "Changed meanwhile.");
      }
      if (given.get("minutes") instanceof Long minutes && minutes > 60) {
        throw new SettingsException(
            SettingsException.Reason.INVALID, "minutes", "sample.json: minutes: 1 to 60 expected.");
      }
      values.clear();
      values.putAll(given);
      revision++;
      return component(pid).orElseThrow();
    }

    @Override
    public void delete(String pid) {}
  }

  static final class Switches implements Features {
    volatile boolean on = true;

    @Override
    public List<Feature> list() {
      return List.of(
          new Feature(
              "metering-modbus",
              "Modbus",
              "Modbus meters.",
              List.of("metering"),
              false,
              on,
              on,
              Optional.empty()),
          new Feature(
              "console", "Console", "This.", List.of(), true, true, true, Optional.of("trouble")));
    }

    @Override
    public Feature enable(String name, boolean enabled) {
      if (name.equals("console")) {
        throw new IllegalStateException("The console is essential.");
      }
      if (!name.equals("metering-modbus")) {
        throw new IllegalArgumentException("There is no feature '" + name + "'.");
      }
      on = enabled;
      return list().get(0);
    }
  }

  static final class Archive implements Backup {
    volatile String staged = "";

    @Override
    public void write(OutputStream out, char[] passphrase) throws IOException {
      out.write(("PK" + new String(passphrase)).getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String stage(InputStream in, char[] passphrase) throws IOException {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      if (!text.startsWith("PK")) {
        throw new IOException("This is not a backup of a hub.");
      }
      staged = text + "/" + new String(passphrase);
      return "The settings of 2026-03-01 will be restored at the next start.";
    }
  }

  static final class Safe implements Secrets {
    final Map<String, String> values = new HashMap<>();

    @Override
    public Optional<String> resolve(String value) {
      return Optional.of(value);
    }

    @Override
    public String put(String name, String value) {
      values.put(name, value);
      return "${secret:" + name + "}";
    }

    @Override
    public void remove(String name) {
      values.remove(name);
    }
  }
}
