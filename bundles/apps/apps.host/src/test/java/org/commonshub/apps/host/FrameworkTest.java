package org.commonshub.apps.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import org.apache.felix.framework.FrameworkFactory;
import org.commonshub.apps.api.AppHome;
import org.commonshub.apps.api.AppHttp;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.desk.api.AppSession;
import org.commonshub.apps.desk.api.Grants;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeHubPaths;
import org.commonshub.testing.fakes.SampleApp;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.launch.Framework;

/** The component in a real framework, with its own thread and clock of the watch. */
class FrameworkTest {
  @TempDir Path directory;

  private final AppManifest manifest =
      new SampleApp("org.example.coach", "1.0.0").data(Purpose.ADVICE, Granularity.HOUR).manifest();
  private Framework framework;
  private AppHostsComponent hosts;

  @BeforeEach
  void start() throws Exception {
    framework =
        new FrameworkFactory()
            .newFramework(
                Map.of(Constants.FRAMEWORK_STORAGE, directory.resolve("cache").toString()));
    framework.start();
    hosts =
        new AppHostsComponent(
            framework.getBundleContext(), new FakeHubClock(), FakeHubPaths.in(directory));
  }

  @AfterEach
  void stop() throws Exception {
    framework.stop();
    framework.waitForStop(20_000);
  }

  private BundleContext bundle(String location, String name) throws Exception {
    Manifest headers = new Manifest();
    headers.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    headers.getMainAttributes().putValue("Bundle-ManifestVersion", "2");
    headers.getMainAttributes().putValue("Bundle-SymbolicName", name);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JarOutputStream jar = new JarOutputStream(bytes, headers)) {
      jar.putNextEntry(new ZipEntry("x"));
    }
    InputStream in = new ByteArrayInputStream(bytes.toByteArray());
    Bundle bundle = framework.getBundleContext().installBundle(location, in);
    bundle.start(Bundle.START_TRANSIENT);
    return bundle.getBundleContext();
  }

  private static Object service(BundleContext asker, Class<?> type, String filter)
      throws Exception {
    ServiceReference<?>[] found = asker.getAllServiceReferences(type.getName(), filter);
    assertThat(found).as("%s", type).hasSize(1);
    return asker.getService(found[0]);
  }

  @Test
  void eachBundleGetsItsOwn() throws Exception {
    BundleContext app = bundle("app:org.example.coach/1.0.0", "org.example.coach");
    BundleContext other = bundle("app:org.example.other/1.0.0", "org.example.other");
    assertThat(service(app, AppHome.class, null)).as("before its session").isNull();
    AppSession session =
        hosts.open(World.location(manifest), manifest, Grants.NONE, new World.View(), false);
    assertThat(service(app, AppHome.class, null)).isSameAs(session.home());
    assertThat(service(app, EnergyData.class, "(apps.host=true)")).isSameAs(session.energy());
    assertThat(service(app, AppHttp.class, null)).as("not asked for").isNull();
    assertThat(service(other, AppHome.class, null)).isNull();
    assertThat(service(framework.getBundleContext(), AppHome.class, null)).isNull();
    hosts.deactivate();
    assertThat(app.getServiceReference(AppHome.class.getName())).isNull();
  }

  @Test
  void bundlesOfTheHubGetTheGates() {
    World.View gate = new World.View();
    BundleContext hub = framework.getBundleContext();
    hub.registerService(EnergyData.class, gate, null);
    assertThat(hub.getService(hub.getServiceReference(EnergyData.class))).isSameAs(gate);
    hosts.deactivate();
  }

  @Test
  void theWatchHasAThreadWhileThereAreSessions() throws Exception {
    assertThat(watches()).isZero();
    AppSession session =
        hosts.open(World.location(manifest), manifest, Grants.NONE, new World.View(), false);
    assertThat(watches()).isEqualTo(1);
    // A real CPU: it is counted, whatever it is.
    session
        .call(
            () -> {
              long sum = 0;
              for (int i = 0; i < 1000; i++) {
                sum += List.of(i).hashCode();
              }
              return sum;
            },
            3600)
        .toCompletableFuture()
        .get(20, TimeUnit.SECONDS);
    session.close();
    World.await(() -> watches() == 0);
    hosts.deactivate();
    Machine machine = Machine.real();
    assertThat(machine.cpuNanos(Thread.currentThread().getId())).isPositive();
    assertThat(machine.allocatedBytes(Thread.currentThread().getId())).isPositive();
  }

  private static long watches() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("apps-host"))
        .count();
  }
}
