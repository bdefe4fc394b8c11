package org.commonshub.hubtests.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.wiring.BundleWiring;

/**
 * A hostile app on the real hub tries to get readings without asking the gate. What it can't be
 * stopped from in this process is asserted, too, so that docs/security/privacy-attacks.md stays
 * true.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class FenceAttacksTest {
  private static final String HUB = "org.commonshub.";
  private static AttackedHub hub;
  private static Bundle app;

  @BeforeAll
  static void start() throws Exception {
    assumeTrue(!Boolean.getBoolean("hub.quick"), "skipped: --quick leaves the attacks out");
    hub = new AttackedHub();
    app = hub.start("file:app", AttackedHub.app("com.hostile.app"));
  }

  @AfterAll
  static void stop() throws Exception {
    if (hub != null) {
      hub.close();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "org.commonshub.measure.api.LiveState",
        "org.commonshub.measure.api.ReadingBus",
        "org.commonshub.measure.api.EnergyBalance",
        "org.commonshub.measure.api.DeviceDirectory",
        "org.commonshub.measure.api.ReadingSink",
        "org.commonshub.history.api.HistoryStore",
        "org.commonshub.metering.api.DeviceRegistry",
        "org.commonshub.metering.api.TransportProvider",
        "org.commonshub.metering.api.MeterDriver",
        "org.commonshub.control.api.Arbiter",
        "org.commonshub.ledger.api.Journal",
        "org.commonshub.ledger.api.ContentStore",
        "org.commonshub.ledger.api.Ledger",
        "org.commonshub.ledger.api.Anchor",
        "org.commonshub.identity.api.KeyProvider",
        "org.commonshub.identity.api.HubIdentity",
        "org.commonshub.neighbour.api.Neighbours",
        "org.commonshub.platform.api.Backup",
        "org.commonshub.platform.api.BackupParticipant",
        "org.commonshub.platform.api.Settings",
        "org.commonshub.platform.api.Secrets",
        "org.commonshub.platform.api.Accounts",
        "org.commonshub.platform.api.AuditLog",
        "org.commonshub.platform.api.Features",
        "org.commonshub.platform.api.HubPaths",
        "org.commonshub.privacy.api.PrivacyDesk",
        "org.commonshub.privacy.api.DataRights",
        "org.commonshub.privacy.api.PrivacyPolicy",
        "org.commonshub.privacy.api.CohortSum",
        "org.osgi.service.cm.ConfigurationAdmin",
        "org.osgi.service.metatype.MetaTypeService",
        "org.osgi.service.log.LogReaderService",
        "org.osgi.service.log.LogService",
        "org.osgi.service.component.runtime.ServiceComponentRuntime",
        "jakarta.servlet.Servlet",
        "org.osgi.service.servlet.runtime.HttpServiceRuntime"
      })
  void takesAnotherService(String name) {
    assertThat(hub.call(app, "find", name)).isEqualTo(false);
  }

  @Test
  void looksAtEveryServiceThereIs() {
    @SuppressWarnings("unchecked")
    List<String> seen = (List<String>) hub.call(app, "find-all");
    assertThat(new TreeSet<>(seen))
        .contains("java.util.function.Function", HUB + "platform.api.HubClock")
        .isSubsetOf(
            "java.util.function.Function",
            HUB + "privacy.api.EnergyData",
            HUB + "platform.api.HubClock",
            HUB + "metering.api.DeviceInbox",
            HUB + "metering.provider.Inbox",
            HUB + "metering.api.DeviceServer",
            HUB + "metering.api.Modbus",
            "org.apache.felix.hc.api.HealthCheck");
  }

  @Test
  void waitsForServicesThatComeLater() throws Exception {
    assertThat(hub.call(app, "listen")).isEqualTo("listens");
    Bundle history = hub.ours("history.sqlite");
    history.stop(Bundle.STOP_TRANSIENT);
    history.start(Bundle.START_TRANSIENT);
    assertThat((List<?>) hub.call(app, "heard"))
        .noneMatch(type -> type.toString().startsWith(HUB + "history"));
  }

  @Test
  void takesReadingsFromTheBusAsASinkOfItsOwn() throws Exception {
    Bundle sink =
        hub.start(
            "file:sink", AttackedHub.app("com.hostile.sink", HUB + "measure.api.ReadingSink"));
    hub.call(app, "offer", HUB + "measure.api.ReadingSink", Map.of("sink.name", "mine"));
    for (long i = 1; i < 50; i++) {
      assertThat(hub.desk("publish", AttackedHub.METER, Instant.now(), i, 1000L))
          .isEqualTo("published");
    }
    assertThat(hub.call(sink, "sunk")).isEqualTo(0);
    assertThat(hub.call(app, "sunk")).isEqualTo(0);
    sink.uninstall();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "org.commonshub.measure.api.ReadingSink",
        "org.commonshub.measure.api.DeviceDirectory",
        "org.commonshub.history.api.HistoryStore",
        "org.commonshub.platform.api.BackupParticipant",
        "org.commonshub.platform.api.HubClock",
        "org.commonshub.platform.api.Accounts",
        "org.commonshub.platform.api.Secrets",
        "org.commonshub.ledger.api.ContentRelease",
        "org.commonshub.ledger.api.ContentStore",
        "org.commonshub.ledger.api.Journal",
        "org.commonshub.identity.api.KeyProvider",
        "org.commonshub.neighbour.api.NeighbourService",
        "org.commonshub.metering.api.TransportProvider",
        "org.commonshub.privacy.api.EnergyData",
        "org.commonshub.privacy.api.PrivacyDesk",
        "org.commonshub.privacy.api.CohortSum",
        "org.commonshub.privacy.api.PrivacyPolicy",
        "jakarta.servlet.Servlet",
        "jakarta.servlet.Filter",
        "org.osgi.service.servlet.context.ServletContextHelper",
        "org.osgi.service.cm.ConfigurationPlugin",
        "org.osgi.service.cm.ConfigurationListener",
        "org.osgi.service.cm.ManagedService",
        "org.osgi.service.cm.SynchronousConfigurationListener",
        "org.osgi.service.log.LogListener",
        "org.apache.felix.hc.api.HealthCheck"
      })
  void passesItselfOffAsPartOfTheHub(String type) throws Exception {
    Object offer =
        hub.call(app, "offer", type, Map.of("service.ranking", Integer.MAX_VALUE, "x", "y"));
    assertThat(offer.toString()).doesNotStartWith("failed");
    for (Bundle bundle : hub.context().getBundles()) {
      if (bundle.getBundleId() != 0 && !bundle.equals(app) && bundle.getBundleContext() != null) {
        ServiceReference<?>[] found = bundle.getBundleContext().getAllServiceReferences(type, null);
        assertThat(found == null ? Stream.empty() : Stream.of(found))
            .as("%s as seen by %s", type, bundle.getSymbolicName())
            .noneMatch(r -> app.equals(((ServiceReference<?>) r).getBundle()));
      }
    }
    hub.call(app, "withdraw-offer", offer);
  }

  @Test
  void putsAPageOfItsOwnIntoTheConsole() throws Exception {
    Bundle page =
        hub.start(
            "file:page",
            AttackedHub.app("com.hostile.page").file("page/steal.js", "fetch('/api/v1/history')"));
    hub.call(
        page,
        "offer",
        HUB + "metering.api.MeterDriver",
        Map.of(
            "osgi.http.whiteboard.resource.pattern",
            "/stolen/*",
            "osgi.http.whiteboard.resource.prefix",
            "/page"));
    assertThat(hub.get("/stolen/steal.js", Map.of())).isNotEqualTo(200);
    page.uninstall();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "org.commonshub.history.api",
        "org.commonshub.control.api",
        "org.commonshub.neighbour.api",
        "org.commonshub.privacy.provider",
        "org.osgi.framework",
        "org.osgi.framework.hooks.service",
        "org.osgi.service.cm",
        "org.osgi.service.log",
        "org.osgi.service.component",
        "jakarta.servlet"
      })
  void importsWhatItWasNotGranted(String name) throws Exception {
    Bundle greedy =
        hub.install("file:greedy", new SmallBundle("com.greedy").header("Import-Package", name));
    assertThatThrownBy(greedy::start).isInstanceOf(BundleException.class);
    greedy.uninstall();
    Bundle late =
        hub.start("file:late", new SmallBundle("com.late").header("DynamicImport-Package", "*"));
    assertThatThrownBy(() -> late.loadClass(name + ".HistoryStore"))
        .isInstanceOf(ClassNotFoundException.class);
    late.uninstall();
  }

  @Test
  void loadsClassesOfTheHubByTheThreadsClassLoader() throws Exception {
    // The test's own class path has such a class; it is not that of the hub.
    assertThat(hub.call(app, "thread-class", HUB + "history.api.HistoryStore"))
        .isNotEqualTo(hub.ours("history.api").loadClass(HUB + "history.api.HistoryStore"));
    assertThat(hub.call(app, "class", HUB + "history.api.HistoryStore").toString())
        .contains("ClassNotFoundException");
  }

  @Test
  void becomesAFragmentOfTheGate() throws Exception {
    assertThat(
            hub.install(
                    "file:fragment",
                    new SmallBundle("com.fragment")
                        .header("Fragment-Host", HUB + "privacy.provider"))
                .getState())
        .isEqualTo(Bundle.UNINSTALLED);
  }

  @Test
  void requiresAWholeBundle() throws Exception {
    Bundle greedy =
        hub.install(
            "file:greedy",
            new SmallBundle("com.greedy").header("Require-Bundle", HUB + "history.api"));
    assertThatThrownBy(greedy::start).isInstanceOf(BundleException.class);
    greedy.uninstall();
  }

  @Test
  void splitsAPackageOfTheHub() throws Exception {
    Bundle splitter =
        hub.start(
            "file:split",
            new SmallBundle("com.split")
                .header("Export-Package", HUB + "history.api;version=9.0.0")
                .source(
                    HUB + "history.api.HistoryStore",
                    "package " + HUB + "history.api; public class HistoryStore {}"));
    Bundle history = hub.ours("history.sqlite");
    for (var wire : history.adapt(BundleWiring.class).getRequiredWires(null)) {
      assertThat(wire.getProvider().getBundle()).isNotEqualTo(splitter);
    }
    assertThat(history.loadClass(HUB + "history.api.HistoryStore"))
        .isNotEqualTo(splitter.loadClass(HUB + "history.api.HistoryStore"));
    splitter.uninstall();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "org.commonshub.privacy.provider",
        "org.commonshub.uplink.mine",
        "org.commonshub.console.mine",
        "org.apache.felix.scr"
      })
  void takesANameOfTheHub(String name) throws Exception {
    assertThat(
            hub.install("file:fake", new SmallBundle(name).header("Bundle-Version", "99"))
                .getState())
        .isEqualTo(Bundle.UNINSTALLED);
  }

  @Test
  void installsAnAccompliceUnderALocationOfTheHub() throws Exception {
    byte[] jar = new SmallBundle("com.accomplice").bytes(hub.image);
    for (String location : List.of("hub:accomplice.jar", "file:accomplice")) {
      assertThat(hub.call(app, "install", location, jar)).isEqualTo(Bundle.UNINSTALLED);
      assertThat(hub.context().getBundle(location)).isNull();
    }
  }

  @Test
  void readsTheSettingsOfOthersAsAComponent() throws Exception {
    assertThat(
            hub.install(
                    "file:settings",
                    new SmallBundle("com.settings")
                        .header("Service-Component", "c.xml")
                        .file(
                            "c.xml",
                            "<component name='com.settings.X'"
                                + " configuration-pid='org.commonshub.metering.device'/>"))
                .getState())
        .isEqualTo(Bundle.UNINSTALLED);
  }

  @Test
  void showsAFormForTheSettingsOfOthers() throws Exception {
    assertThat(
            hub.install(
                    "file:form",
                    new SmallBundle("com.form")
                        .file(
                            "OSGI-INF/metatype/a.xml",
                            "<MetaData><Designate pid='org.commonshub.platform.home'/></MetaData>"))
                .getState())
        .isEqualTo(Bundle.UNINSTALLED);
  }

  @Test
  void looksAtOtherBundles() {
    assertThat(hub.call(app, "bundles")).isEqualTo(1);
  }

  /** Routes of the console that serve raw readings, or decide about them. */
  private static final List<String> RAW =
      List.of(
          "/api/v1/history",
          "/api/v1/history/series",
          "/api/v1/history/export?format=csv",
          "/api/v1/now",
          "/api/v1/events",
          "/api/v1/energy",
          "/api/v1/energy.csv",
          "/api/v1/receipts",
          "/api/v1/journal/export",
          "/api/v1/privacy/export",
          "/api/v1/privacy/log",
          "/api/v1/privacy/log.csv");

  @Test
  void asksTheConsoleWithoutASession() throws Exception {
    for (String path : RAW) {
      assertThat(hub.get(path, Map.of())).as(path).isIn(401, 404);
      assertThat(hub.get(path, Map.of("Authorization", "Bearer AAAA"))).as(path).isIn(401, 404);
    }
  }

  @Test
  void asksTheConsoleWithATokenOrAsTheOperator() throws Exception {
    String token = hub.desk("accounts").toString();
    assertThat(token).doesNotStartWith("failed");
    String released = "/api/v1/released?purpose=ADVICE&from=2026-01-01T00:00:00Z&to=";
    for (Map<String, String> who :
        List.of(
            Map.of("Authorization", "Bearer " + token),
            Map.of("Cookie", hub.logIn("operator", "operator operator")))) {
      for (String path : RAW) {
        assertThat(hub.get(path, who)).as(path).isIn(403, 404);
      }
      // They have the gate's view, and there is no consent.
      assertThat(hub.get(released + "2026-01-02T00:00:00Z", who)).isEqualTo(403);
      assertThat(hub.get("/api/v1/released/grants", who)).isEqualTo(200);
    }
    Map<String, String> owner = Map.of("Cookie", hub.logIn("owner", "owner owner owner"));
    assertThat(hub.get("/api/v1/now", owner)).isEqualTo(200);
  }

  @Test
  void runsOnWithoutTheFence() throws Exception {
    Bundle fence = hub.ours("apps.sandbox");
    fence.stop(Bundle.STOP_TRANSIENT);
    assertThat(app.getState()).isEqualTo(Bundle.RESOLVED);
    fence.start(Bundle.START_TRANSIENT);
    AttackedHub.await("the app is wired anew", () -> app.getState() == Bundle.INSTALLED);
    app.start(Bundle.START_TRANSIENT);
    assertThat(hub.call(app, "find", HUB + "history.api.HistoryStore")).isEqualTo(false);
  }

  @Test
  void readsTheLog() {
    String log =
        hub.call(
                app,
                "log",
                (Runnable)
                    () -> {
                      for (long i = 100; i < 150; i++) {
                        hub.desk("publish", AttackedHub.METER, Instant.now(), i, 54_321L);
                      }
                    })
            .toString();
    // A handler of java.util.logging hears everything; so there is nothing in it.
    assertThat(log).doesNotContain("54321");
  }

  @Test
  void residualReadsFiles() throws Exception {
    Path file = hub.work.resolve("config/org.commonshub.metering.device~meter1.json");
    assertThat(Files.exists(file)).isTrue();
    assertThat(hub.call(app, "file", file.toString())).isEqualTo(true);
    residual("files");
  }

  @Test
  void residualReachesTheFrameworkByReflection() {
    // What every "find" of this class does.
    assertThat(hub.call(app, "bundles")).isEqualTo(1);
    residual("reflection");
  }

  @Test
  void residualSeesSystemProperties() {
    assertThat(hub.call(app, "properties").toString()).contains("java.home");
    residual("system properties");
  }

  private static void residual(String name) {
    assertThat(AttackTable.residuals()).as("residual risks of the document").contains(name);
  }
}
