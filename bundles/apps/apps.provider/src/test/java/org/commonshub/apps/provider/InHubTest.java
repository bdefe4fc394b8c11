package org.commonshub.apps.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.commonshub.apps.provider.Bench.ACTOR;
import static org.commonshub.apps.provider.Bench.COACH;

import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.felix.framework.FrameworkFactory;
import org.commonshub.apps.api.AppLog;
import org.commonshub.apps.api.AppStore;
import org.commonshub.apps.api.Card;
import org.commonshub.apps.desk.api.AppDesk;
import org.commonshub.apps.desk.api.AppDesk.Installed;
import org.commonshub.apps.desk.api.AppDesk.Step;
import org.commonshub.apps.desk.api.AppHosts;
import org.commonshub.apps.desk.api.AppVersion;
import org.commonshub.apps.desk.api.Catalogues;
import org.commonshub.apps.desk.api.Catalogues.Source;
import org.commonshub.apps.desk.api.Grants;
import org.commonshub.apps.desk.api.Licences;
import org.commonshub.apps.desk.api.Place;
import org.commonshub.apps.sandbox.api.Sandbox;
import org.commonshub.platform.api.HubClock;
import org.commonshub.platform.api.HubPaths;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.testing.fakes.FakeAppHosts;
import org.commonshub.testing.fakes.FakeAppSession;
import org.commonshub.testing.fakes.FakeCatalogues;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeHubPaths;
import org.commonshub.testing.fakes.FakeLicences;
import org.commonshub.testing.fakes.FakePrivacyDesk;
import org.commonshub.testing.fakes.SampleApp;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceFactory;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.launch.Framework;

/** This bundle, the real sandbox and a real app in a real framework; the rest is faked. */
@Timeout(120)
class InHubTest {
  private static final String PID = "org.commonshub.apps.provider";

  @TempDir Path root;
  private Framework framework;
  private BundleContext hub;
  private final FakeCatalogues catalogues = new FakeCatalogues();
  private final FakeLicences licences = new FakeLicences();
  private final FakeAppHosts hosts = new FakeAppHosts();
  private final FakePrivacyDesk privacy = new FakePrivacyDesk(() -> Instant.EPOCH);
  private AppDesk desk;

  @BeforeEach
  void start() throws Exception {
    catalogues.source("home", Source.State.FRESH);
    boot();
  }

  @AfterEach
  void stop() throws Exception {
    framework.stop();
    framework.waitForStop(20_000);
  }

  private void boot() throws Exception {
    String ours = "org.commonshub.";
    framework =
        new FrameworkFactory()
            .newFramework(
                Map.of(
                    Constants.FRAMEWORK_STORAGE,
                    root.resolve("cache").toString(),
                    Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA,
                    String.join(
                        ",",
                        ours + "apps.api;version=1.0.0",
                        ours + "apps.desk.api;version=1.0.0",
                        ours + "privacy.api;version=1.0.0",
                        ours + "measure.api;version=1.0.0",
                        ours + "platform.api;version=1.0.0",
                        ours + "identity.api;version=1.1.0",
                        "org.slf4j;version=2.0.17"),
                    "felix.bootdelegation.implicit",
                    "false",
                    "commonshub.locations",
                    "hub:"));
    framework.start();
    hub = framework.getBundleContext();
    install("sandbox", CoachJar.bundleOf(Sandbox.class));
    install("function", CoachJar.bundleOf(org.osgi.util.function.Function.class));
    install("promise", CoachJar.bundleOf(org.osgi.util.promise.Promise.class));
    install("component", CoachJar.bundleOf(org.osgi.service.component.ComponentContext.class));
    install("config", CoachJar.bundleOf(Class.forName("org.apache.felix.cm.PersistenceManager")));
    install("scr", CoachJar.bundleOf(org.apache.felix.scr.info.ScrInfo.class));
    hub.registerService(HubPaths.class, FakeHubPaths.in(root.resolve("hub")), none());
    hub.registerService(HubClock.class, new FakeHubClock(), none());
    hub.registerService(Catalogues.class, catalogues, none());
    hub.registerService(Licences.class, licences, none());
    BundleContext gate = install("gate", CoachJar.stub("org.commonshub.privacy.provider"));
    gate.registerService(
        EnergyData.class,
        factory(
            bundle -> privacy.viewOf(new Recipient(Recipient.Kind.APP, bundle.getSymbolicName()))),
        none());
    BundleContext host = install("host", CoachJar.stub("org.commonshub.apps.host"));
    host.registerService(AppHosts.class, hosts, none());
    host.registerService(AppStore.class, factory(bundle -> session(bundle).store()), none());
    host.registerService(AppLog.class, factory(bundle -> session(bundle).log()), none());
    configure();
    install("apps", CoachJar.bundleOf(AppsComponent.class));
    await(() -> hub.getServiceReference(AppDesk.class) != null);
    desk = hub.getService(hub.getServiceReference(AppDesk.class));
  }

  /** By reflection: its classes are those of its bundle. */
  private void configure() throws Exception {
    ServiceReference<?> reference =
        hub.getAllServiceReferences("org.osgi.service.cm.ConfigurationAdmin", null)[0];
    Object admin = hub.getService(reference);
    Class<?> type =
        admin.getClass().getClassLoader().loadClass("org.osgi.service.cm.ConfigurationAdmin");
    Object configuration =
        type.getMethod("getConfiguration", String.class, String.class).invoke(admin, PID, "?");
    Dictionary<String, Object> settings = new Hashtable<>();
    settings.put("inside.providers", new String[] {"org.example"});
    settings.put("probation.s", 2);
    admin
        .getClass()
        .getClassLoader()
        .loadClass("org.osgi.service.cm.Configuration")
        .getMethod("update", Dictionary.class)
        .invoke(configuration, settings);
  }

  private static Dictionary<String, Object> none() {
    return new Hashtable<>();
  }

  private BundleContext install(String name, byte[] jar) throws Exception {
    Bundle bundle = hub.installBundle("hub:" + name, new ByteArrayInputStream(jar));
    bundle.start();
    return bundle.getBundleContext();
  }

  private static <T> ServiceFactory<T> factory(Function<Bundle, T> views) {
    return new ServiceFactory<>() {
      @Override
      public T getService(Bundle bundle, ServiceRegistration<T> registration) {
        return views.apply(bundle);
      }

      @Override
      public void ungetService(Bundle bundle, ServiceRegistration<T> registration, T service) {}
    };
  }

  private FakeAppSession session(Bundle bundle) {
    return hosts.sessions().stream()
        .filter(session -> session.location().equals(bundle.getLocation()))
        .filter(session -> !session.closed())
        .findFirst()
        .orElseThrow();
  }

  private static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waited for too long").isLessThan(end);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
  }

  private SampleApp coach(String version) {
    return new SampleApp(COACH.name(), version).data(Purpose.FORECASTING, Granularity.HOUR);
  }

  private void list(String version) throws Exception {
    SampleApp app = coach(version);
    catalogues.list("home", app, CoachJar.of(app, root));
  }

  private Installed app() {
    return desk.apps().get(0);
  }

  private Card card() throws Exception {
    return desk.cards(COACH, Locale.ENGLISH).toCompletableFuture().get(20, TimeUnit.SECONDS).get(0);
  }

  private List<String> bundles() {
    return Arrays.stream(hub.getBundles())
        .map(Bundle::getLocation)
        .filter(location -> location.startsWith("app:"))
        .sorted()
        .toList();
  }

  private void on(String version) throws Exception {
    list(version);
    await(
        () ->
            desk.install(COACH, "home", ACTOR)
                .handle((installed, failure) -> failure == null || !desk.apps().isEmpty())
                .toCompletableFuture()
                .join());
    desk.consent(COACH, Grants.NONE, Place.INSIDE, ACTOR);
    desk.enable(COACH, true, ACTOR);
    await(() -> app().step() == Step.ON);
  }

  @Test
  void aRealAppIsSwitchedOnAndOffAndLeavesNothing() throws Exception {
    on("1.0.0");
    assertThat(bundles())
        .containsExactly("app:org.example.coach/0.0.0", "app:org.example.coach/1.0.0");
    assertThat(card().title()).isEqualTo("v1.0.0");
    assertThat(privacy.requests().get(0).recipient())
        .isEqualTo(new Recipient(Recipient.Kind.APP, COACH.name()));
    assertThat(desk.log(COACH).get(0).text()).isEqualTo("started 1");
    long worst = 0;
    for (int i = 0; i < 10; i++) {
      long before = System.nanoTime();
      assertThat(desk.enable(COACH, false, ACTOR).step()).isEqualTo(Step.OFF);
      assertThat(bundles()).containsExactly("app:org.example.coach/0.0.0");
      assertThat(desk.enable(COACH, true, ACTOR).step()).isEqualTo(Step.ON);
      worst = Math.max(worst, System.nanoTime() - before);
    }
    System.out.printf("apps: off and on inside takes at most %d ms%n", worst / 1_000_000);
    assertThat(worst).isLessThan(TimeUnit.SECONDS.toNanos(10));
    assertThat(card().elements())
        .containsExactly(new Card.Figure("starts", new java.math.BigDecimal(11), ""));
    desk.remove(COACH, ACTOR);
    assertThat(bundles()).isEmpty();
    assertThat(desk.apps()).isEmpty();
    assertThat(hosts.kept(COACH)).isEmpty();
    try (Stream<Path> left = Files.list(root.resolve("hub/data/apps.provider"))) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void anUpdateRunsBesideTheOldVersionAndTakesOverWithoutAGap() throws Exception {
    on("1.0.0");
    list("1.1.0");
    List<String> seen = new CopyOnWriteArrayList<>();
    List<Throwable> gaps = new CopyOnWriteArrayList<>();
    CompletableFuture<Installed> update = desk.update(COACH, ACTOR).toCompletableFuture();
    Thread looking =
        new Thread(
            () -> {
              while (!seen.contains("v1.1.0") && !Thread.currentThread().isInterrupted()) {
                try {
                  String title = card().title();
                  if (!seen.contains(title)) {
                    seen.add(title);
                  }
                } catch (Exception e) {
                  gaps.add(e);
                }
              }
            });
    looking.start();
    await(() -> app().step() == Step.UPDATING && bundles().size() == 3);
    assertThat(bundles())
        .containsExactly(
            "app:org.example.coach/0.0.0",
            "app:org.example.coach/1.0.0",
            "app:org.example.coach/1.1.0");
    Installed now = update.get(30, TimeUnit.SECONDS);
    assertThat(now.listing().manifest().version()).isEqualTo(AppVersion.parse("1.1.0"));
    looking.join(20_000);
    looking.interrupt();
    assertThat(gaps).isEmpty();
    assertThat(seen).containsExactly("v1.0.0", "v1.1.0");
    assertThat(bundles())
        .containsExactly("app:org.example.coach/0.0.0", "app:org.example.coach/1.1.0");
    desk.rollback(COACH, ACTOR);
    await(() -> app().step() == Step.ON);
    assertThat(card().title()).isEqualTo("v1.0.0");
  }

  @Test
  void anAppThatIsStoppedByOthersIsStartedAgain() throws Exception {
    on("1.0.0");
    Bundle bundle = hub.getBundle("app:org.example.coach/1.0.0");
    bundle.stop();
    await(() -> app().step() == Step.STOPPED);
    assertThat(app().problem().orElseThrow()).contains("Its bundle was stopped");
    assertThatThrownBy(this::card).hasMessageContaining("does not run");
    desk.enable(COACH, true, ACTOR);
    await(() -> app().step() == Step.ON);
    assertThat(card().title()).isEqualTo("v1.0.0");
  }

  @Test
  void theHubStartsAgainWithTheAppAndNotWithATamperedOne() throws Exception {
    on("1.0.0");
    stop();
    boot();
    await(() -> !desk.apps().isEmpty() && app().step() == Step.ON);
    assertThat(card().title()).isEqualTo("v1.0.0");
    stop();
    Path jar = root.resolve("hub/data/apps.provider/org.example.coach/1.0.0/app.jar");
    byte[] bytes = Files.readAllBytes(jar);
    bytes[bytes.length / 2] ^= 1;
    Files.write(jar, bytes);
    boot();
    await(() -> !desk.apps().isEmpty() && app().step() == Step.REFUSED);
    assertThat(bundles()).doesNotContain("app:org.example.coach/1.0.0");
  }
}
