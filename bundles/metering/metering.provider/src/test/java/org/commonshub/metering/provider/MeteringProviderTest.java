package org.commonshub.metering.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.commonshub.measure.api.Device;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Gap;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DatagramConnection;
import org.commonshub.metering.api.DeviceDefinition;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.DeviceRegistry.Entry;
import org.commonshub.metering.api.DeviceRegistry.State;
import org.commonshub.metering.api.Discoverer;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.SerialPorts;
import org.commonshub.metering.api.StreamConnection;
import org.commonshub.metering.api.TransportProvider;
import org.commonshub.platform.api.Settings;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeHubPaths;
import org.commonshub.testing.fakes.FakeSecrets;
import org.commonshub.testing.fakes.RecordingReadingBus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.service.cm.ConfigurationException;

@Timeout(30)
class MeteringProviderTest {
  /** Settings in memory that update the provider as ConfigurationAdmin would. */
  private static final class MemorySettings implements Settings {
    final Map<String, Map<String, Object>> files = new HashMap<>();

    @Override
    public List<Component> components() {
      return List.of();
    }

    @Override
    public Optional<Component> component(String pid) {
      return Optional.ofNullable(files.get(pid)).map(values -> component(pid, values));
    }

    private Component component(String pid, Map<String, Object> values) {
      return new Component(
          pid,
          Optional.of(DeviceConfig.PID),
          "",
          "",
          List.of(),
          values,
          Integer.toString(values.hashCode()),
          Optional.empty());
    }

    @Override
    public Component write(String pid, Map<String, Object> values, Optional<String> revision) {
      files.put(pid, Map.copyOf(values));
      return component(pid, values);
    }

    @Override
    public void delete(String pid) {
      files.remove(pid);
    }
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

  @TempDir Path root;

  private final FakeHubClock clock = new FakeHubClock();
  private final RecordingReadingBus bus = new RecordingReadingBus();
  private final MemorySettings settings = new MemorySettings();
  private final TestDriver driver = new TestDriver("test", context -> TestDriver.FINE);
  private Directory directory;
  private Inbox inbox;
  private MeteringProvider provider;

  @BeforeEach
  void start() {
    directory = new Directory();
    inbox = new Inbox(clock);
    provider = new MeteringProvider(clock, FakeHubPaths.in(root), directory, inbox);
    provider.bindBus(bus);
    provider.bindSettings(settings);
    provider.bindDriver(driver);
    provider.bindTransport(NOTHING, Map.of(TransportProvider.SCHEME, new String[] {"test"}));
  }

  @AfterEach
  void stop() throws InterruptedException {
    provider.deactivate();
    assertThat(driver.open).hasValue(0);
    // A pool reports its end some microseconds before its last thread is gone.
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("metering-")) {
        thread.join(2_000);
        assertThat(thread.isAlive()).as("%s lives on", thread).isFalse();
      }
    }
  }

  private static DeviceDefinition definition(String name, boolean enabled) {
    return new DeviceDefinition(
        name,
        DeviceRole.PV,
        Optional.empty(),
        "test",
        Endpoint.parse("test://device:1"),
        Map.of("unit", "3"),
        Duration.ofSeconds(1),
        false,
        enabled,
        true,
        0);
  }

  @SuppressWarnings("JdkObsolete") // What ConfigurationAdmin hands over.
  private static Dictionary<String, Object> dictionary(Map<String, Object> values) {
    return new Hashtable<>(values);
  }

  private void awaitFrames(DeviceId id, int count) throws Exception {
    for (int i = 0; i < 400 && bus.frames(id).size() < count; i++) {
      clock.advance(Duration.ofMillis(250));
      TimeUnit.MILLISECONDS.sleep(5);
    }
    assertThat(bus.frames(id)).hasSizeGreaterThanOrEqualTo(count);
  }

  @Test
  void aDeviceIsAddedReadChangedAndRemoved() throws Exception {
    DeviceId id = provider.add(definition("Dach Süd", true));
    assertThat(settings.files).containsOnlyKeys("org.commonshub.metering.device~dach-s-d");
    Map<String, Object> file = settings.files.values().iterator().next();
    assertThat(file)
        .containsEntry("id", id.toString())
        .containsEntry("settings", List.of("unit=3"))
        .containsEntry("interval_ms", 1_000);
    assertThat(directory.devices()).extracting(Device::id).containsExactly(id);
    awaitFrames(id, 3);
    Entry entry = provider.device(id).orElseThrow();
    assertThat(entry.health().state()).isEqualTo(State.ONLINE);

    // The configuration follows as ConfigurationAdmin brings it: nothing is left to do.
    long revision = directory.revision();
    String pid = settings.files.keySet().iterator().next();
    provider.updated(pid, dictionary(file));
    assertThat(directory.revision()).isEqualTo(revision);

    provider.update(id, definition("Roof", true), entry.revision());
    assertThat(directory.device(id).orElseThrow().name()).isEqualTo("Roof");
    assertThatThrownBy(() -> provider.update(id, definition("Late", true), entry.revision()))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("changed by somebody else");
    provider.remove(id);
    assertThat(settings.files).isEmpty();
    assertThat(provider.devices()).isEmpty();
    assertThat(directory.devices()).isEmpty();
  }

  @Test
  void aDeviceSwitchedOffIsPausedAndNotLost() throws Exception {
    DeviceId id = provider.add(definition("Roof", true));
    awaitFrames(id, 2);
    provider.update(id, definition("Roof", false), provider.device(id).orElseThrow().revision());
    assertThat(provider.device(id).orElseThrow().health().state()).isEqualTo(State.DISABLED);
    assertThat(directory.devices()).isEmpty();
    clock.advance(Duration.ofMinutes(5));
    provider.update(id, definition("Roof", true), provider.device(id).orElseThrow().revision());
    assertThat(bus.gaps()).extracting(Gap::reason).contains(Gap.Reason.PAUSED);
  }

  @Test
  void aRestartOfTheBundleIsAGapAndKeepsTheOrder() throws Exception {
    List<DeviceId> ids = new ArrayList<>();
    for (String name : List.of("Zeta", "Alpha", "Mid")) {
      ids.add(provider.add(definition(name, true)));
    }
    awaitFrames(ids.get(0), 2);
    provider.deactivate();
    bus.clear();
    clock.advance(Duration.ofMinutes(10));
    start();
    settings.files.forEach(
        (pid, values) -> {
          try {
            provider.updated(pid, dictionary(values));
          } catch (ConfigurationException e) {
            throw new AssertionError(e);
          }
        });
    assertThat(provider.devices()).extracting(Entry::id).containsExactlyElementsOf(ids);
    for (DeviceId id : ids) {
      Gap gap =
          bus.gaps().stream().filter(each -> each.device().equals(id)).findFirst().orElseThrow();
      assertThat(gap.reason()).isEqualTo(Gap.Reason.HUB_STOPPED);
      assertThat(Duration.between(gap.from(), gap.to())).isGreaterThan(Duration.ofMinutes(9));
    }
  }

  @Test
  void withoutABusReadingsWaitForIt() throws Exception {
    provider.unbindBus(bus);
    DeviceId id = provider.add(definition("Roof", true));
    for (int i = 0; i < 40; i++) {
      clock.advance(Duration.ofMillis(250));
      TimeUnit.MILLISECONDS.sleep(10);
    }
    assertThat(bus.records()).isEmpty();
    provider.bindBus(bus);
    assertThat(bus.frames(id)).isNotEmpty();
  }

  @Test
  void definitionsThatMakeNoSenseAreRefusedInWords() {
    record Wrong(DeviceDefinition definition, String said) {}
    DeviceDefinition fine = definition("x", true);
    for (Wrong wrong :
        List.of(
            new Wrong(with(fine, "other", fine.endpoint()), "'other' is not installed"),
            new Wrong(with(fine, "test", Endpoint.parse("tcp://h:1")), "tcp"),
            new Wrong(
                new DeviceDefinition(
                    "x",
                    DeviceRole.PV,
                    Optional.of(DeviceId.random()),
                    "test",
                    fine.endpoint(),
                    Map.of(),
                    fine.interval(),
                    false,
                    true,
                    true,
                    0),
                "There is no device"))) {
      assertThatThrownBy(() -> provider.add(wrong.definition))
          .isInstanceOf(DeviceException.class)
          .hasMessageContaining(wrong.said);
    }
  }

  private static DeviceDefinition with(DeviceDefinition base, String driver, Endpoint endpoint) {
    return new DeviceDefinition(
        base.name(),
        base.role(),
        base.parent(),
        driver,
        endpoint,
        base.settings(),
        base.interval(),
        base.inverted(),
        base.enabled(),
        base.readOnly(),
        base.meterEpoch());
  }

  @Test
  void filesThatMakeNoSenseNameTheKey() {
    Map<String, Object> fine = DeviceConfig.write(DeviceId.random(), definition("x", true));
    Map<String, Object> wrong =
        Map.of(
            "id", "17",
            "role", "ROOF",
            "endpoint", "here",
            "settings", new String[] {"unit"},
            "interval_ms", 5,
            "enabled", "perhaps");
    wrong.forEach(
        (key, value) -> {
          Map<String, Object> values = new HashMap<>(fine);
          values.put(key, value);
          assertThatThrownBy(() -> provider.updated("pid~x", dictionary(values)))
              .isInstanceOfSatisfying(
                  ConfigurationException.class, e -> assertThat(e.getProperty()).isEqualTo(key));
        });
    assertThat(provider.devices()).isEmpty();
  }

  @Test
  void aTestReadsOnceAndSaysWhatIsWrong() throws Exception {
    List<Measurement> values =
        provider.test(definition("x", true)).toCompletableFuture().get(5, TimeUnit.SECONDS);
    assertThat(values).hasSize(1);
    driver.behaviour = context -> TestDriver.failing(Kind.TIMEOUT);
    assertThatThrownBy(
            () ->
                provider.test(definition("x", true)).toCompletableFuture().get(5, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasMessageContaining("It is broken. Mend it.");
    for (int i = 0; i < 400 && driver.open.get() > 0; i++) {
      TimeUnit.MILLISECONDS.sleep(5);
    }
    assertThat(driver.open).hasValue(0);
    assertThatThrownBy(
            () ->
                provider
                    .discover("test", "test://device:1")
                    .toCompletableFuture()
                    .get(5, TimeUnit.SECONDS))
        .hasMessageContaining("cannot search");
  }

  @Test
  void afterAKillTheGapBeginsBeforeTheFirstReadingThatMayBeLost() throws Exception {
    DeviceId id = provider.add(definition("Roof", true));
    awaitFrames(id, 3);
    provider.housekeeping();
    java.time.Instant durable = clock.now().minusSeconds(5);
    Path state = root.resolve("data/metering.provider");
    String alive = Files.readString(state.resolve("alive"));
    awaitFrames(id, 4);
    provider.deactivate();
    Files.writeString(state.resolve("alive"), alive); // As a kill would have left it.
    bus.clear();
    clock.advance(Duration.ofSeconds(30));
    start();
    settings.files.forEach(
        (pid, values) -> {
          try {
            provider.updated(pid, dictionary(values));
          } catch (ConfigurationException e) {
            throw new AssertionError(e);
          }
        });
    Gap gap = bus.gaps().get(0);
    assertThat(gap.reason()).isEqualTo(Gap.Reason.HUB_STOPPED);
    assertThat(gap.from()).isBefore(durable).isAfter(durable.minusSeconds(60));
    assertThat(gap.to()).isAfterOrEqualTo(clock.now());
  }

  @Test
  void aDamagedStateFileDoesNotStopTheHub() throws Exception {
    DeviceId id = provider.add(definition("Roof", true));
    awaitFrames(id, 1);
    provider.deactivate();
    Path state = root.resolve("data/metering.provider/alive");
    assertThat(state).exists();
    Files.writeString(state, "\u0000garbage");
    start();
    awaitFrames(provider.add(definition("Second", true)), 1);
  }

  @Test
  void aSecretIsKeptByReferenceAndForgottenWithItsDevice() throws Exception {
    FakeSecrets secrets = new FakeSecrets();
    List<String> seen = new CopyOnWriteArrayList<>();
    driver.behaviour =
        context -> {
          seen.add(context.settings().get("password"));
          return TestDriver.FINE;
        };
    DeviceDefinition plain = with(Map.of("unit", "3", "password", "hunter2-geheim"));
    assertThatThrownBy(() -> provider.add(plain)).hasMessageContaining("secret store");
    provider.bindSecrets(secrets);
    DeviceId id = provider.add(plain);
    String reference = "${secret:device." + id + ".password}";
    assertThat(settings.files.toString()).contains(reference).doesNotContain("hunter2-geheim");
    Entry entry = provider.device(id).orElseThrow();
    assertThat(entry.definition().settings()).containsEntry("password", reference);
    assertThat(entry.toString()).doesNotContain("hunter2-geheim");
    awaitFrames(id, 1);
    assertThat(seen).isNotEmpty().allMatch("hunter2-geheim"::equals);
    // Changing something else keeps it; entering another replaces it.
    provider.update(id, with(Map.of("password", reference)), entry.revision());
    assertThat(secrets.resolve(reference)).contains("hunter2-geheim");
    provider.update(
        id, with(Map.of("password", "other")), provider.device(id).orElseThrow().revision());
    assertThat(secrets.resolve(reference)).contains("other");
    assertThat(settings.files.toString()).contains(reference).doesNotContain("other");
    provider.remove(id);
    assertThat(secrets.resolve(reference)).isEmpty();
  }

  @Test
  void aSecretThatIsGoneIsSaidWithoutIt() throws Exception {
    FakeSecrets secrets = new FakeSecrets();
    provider.bindSecrets(secrets);
    DeviceId id = provider.add(with(Map.of("password", "hunter2-geheim")));
    secrets.remove("device." + id + ".password");
    provider.unbindDriver(driver);
    provider.bindDriver(driver);
    for (int i = 0;
        i < 400 && provider.device(id).orElseThrow().health().lastError().isEmpty();
        i++) {
      clock.advance(Duration.ofMillis(250));
      TimeUnit.MILLISECONDS.sleep(5);
    }
    assertThat(provider.device(id).orElseThrow().health().lastError().orElseThrow())
        .contains("'password'")
        .contains("Enter it again")
        .doesNotContain("hunter2-geheim");
  }

  @Test
  void noMessageCarriesASecretWhateverADriverSays() {
    provider.bindSecrets(new FakeSecrets());
    driver.behaviour =
        context -> {
          throw new IllegalArgumentException("bad key " + context.settings().get("password"));
        };
    assertThatThrownBy(
            () ->
                provider
                    .test(with(Map.of("password", "hunter2-geheim")))
                    .toCompletableFuture()
                    .get(20, TimeUnit.SECONDS))
        .hasMessageContaining("bad key ***")
        .hasStackTraceContaining("***")
        .satisfies(
            e ->
                assertThat(org.assertj.core.util.Throwables.getStackTrace(e))
                    .doesNotContain("hunter2-geheim"));
  }

  private static DeviceDefinition with(Map<String, String> settings) {
    DeviceDefinition base = definition("Roof", true);
    return new DeviceDefinition(
        base.name(),
        base.role(),
        base.parent(),
        base.driver(),
        base.endpoint(),
        settings,
        base.interval(),
        base.inverted(),
        base.enabled(),
        base.readOnly(),
        base.meterEpoch());
  }

  @Test
  void announcedDevicesWaitInTheInboxUntilAddedOrDismissed() throws Exception {
    for (String name : List.of("one", "two", "three")) {
      inbox.announce(
          "test",
          Endpoint.parse("test://" + name + ":1"),
          new Discoverer.Candidate(name, DeviceRole.LOAD, Map.of("unit", "3"), Map.of()));
    }
    inbox.announce(
        "absent",
        Endpoint.parse("inbound:x"),
        new Discoverer.Candidate("x", DeviceRole.LOAD, Map.of(), Map.of()));
    assertThat(provider.inbox())
        .extracting(found -> found.definition().name())
        .containsExactly("three", "two", "one");
    DeviceId id = provider.add(provider.inbox().get(1).definition());
    assertThat(provider.inbox())
        .extracting(found -> found.definition().name())
        .containsExactly("three", "one");
    provider.dismiss(provider.inbox().get(0));
    assertThat(provider.inbox())
        .extracting(found -> found.definition().name())
        .containsExactly("one");
    assertThat(provider.device(id).orElseThrow().definition().name()).isEqualTo("two");
  }

  @Test
  void serialPortsComeAndGo() {
    assertThat(provider.lines("test")).as("it cannot search").isEmpty();
    assertThat(provider.serialPorts()).isEmpty();
    SerialPorts serial = () -> List.of(new SerialPorts.Port("/dev/ttyUSB0", "FT232R"));
    provider.bindPorts(serial);
    assertThat(provider.serialPorts())
        .extracting(SerialPorts.Port::path)
        .containsExactly("/dev/ttyUSB0");
    provider.unbindPorts(serial);
    assertThat(provider.serialPorts()).isEmpty();
  }
}
