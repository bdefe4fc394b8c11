package org.commonshub.apps.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.felix.framework.FrameworkFactory;
import org.commonshub.apps.sandbox.api.Profile;
import org.commonshub.apps.sandbox.api.Sandbox.Permit;
import org.commonshub.apps.sandbox.check.Compiled;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.hooks.weaving.WeavingHook;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.startlevel.BundleStartLevel;

/** What a permit gives, in a real framework with stand-ins for the hub's bundles. */
class PermitTest {
  private static final String HUB = "org.commonshub.";
  private static final String API = HUB + "apps.api";
  private static final String DATA = HUB + "privacy.api.EnergyData";
  private static final String RUNNER =
      "package a; public class R implements java.util.function.Consumer<org.osgi.framework.Bundle>"
          + " { public void accept(org.osgi.framework.Bundle b) { try { b.start(1); } catch"
          + " (Exception e) { throw new IllegalStateException(e); } } }";
  private static final Map<String, byte[]> GOOD =
      Compiled.classes("public class A implements Runnable { public void run() { } }");
  private static final Map<String, byte[]> BAD =
      Compiled.classes("public class A { public A() { System.exit(1); } }");

  @TempDir Path cache;
  private Framework framework;
  private Bundle runner;
  private Bundle host;
  private Bundle gate;
  private SandboxActivator activator;
  private org.commonshub.apps.sandbox.api.Sandbox sandbox;

  @BeforeEach
  void hub() throws Exception {
    framework =
        new FrameworkFactory()
            .newFramework(
                Map.of(
                    Constants.FRAMEWORK_STORAGE,
                    cache.toString(),
                    "felix.bootdelegation.implicit",
                    "false",
                    "commonshub.locations",
                    "hub:"));
    framework.start();
    BundleContext launcher = framework.getBundleContext();
    Bundle apis =
        launcher.installBundle(
            "hub:api.jar",
            stream(
                "org.commonshub.apis",
                Map.of(
                    "Export-Package",
                    API
                        + ","
                        + HUB
                        + "privacy.api,"
                        + HUB
                        + "metering.api,"
                        + HUB
                        + "apps.desk.api"),
                Map.of(
                    "org/commonshub/apps/api/x", new byte[0],
                    "org/commonshub/apps/desk/api/x", new byte[0],
                    "org/commonshub/privacy/api/x", new byte[0],
                    "org/commonshub/metering/api/x", new byte[0])));
    apis.start(Bundle.START_TRANSIENT);
    runner =
        ours(
            "apps.provider",
            Map.of("Import-Package", "org.osgi.framework"),
            Compiled.classes(RUNNER));
    host = ours("apps.host", Map.of(), Map.of());
    gate = ours("privacy.provider", Map.of(), Map.of());
    activator = new SandboxActivator();
    activator.start(apis.getBundleContext());
    sandbox =
        runner
            .getBundleContext()
            .getService(
                runner
                    .getBundleContext()
                    .getServiceReference(org.commonshub.apps.sandbox.api.Sandbox.class));
  }

  @AfterEach
  void end() throws Exception {
    framework.stop();
    framework.waitForStop(10_000);
  }

  private Bundle ours(String name, Map<String, String> headers, Map<String, byte[]> files)
      throws Exception {
    Bundle bundle =
        framework
            .getBundleContext()
            .installBundle("hub:" + name + ".jar", stream(HUB + name, headers, files));
    bundle.start(Bundle.START_TRANSIENT);
    return bundle;
  }

  private static InputStream stream(
      String name, Map<String, String> headers, Map<String, byte[]> files) {
    Map<String, String> all = new HashMap<>(headers);
    all.put("Bundle-SymbolicName", name);
    return new ByteArrayInputStream(Compiled.jar(all, files));
  }

  private static InputStream app(String version, Map<String, byte[]> files) {
    return stream(
        "com.example",
        Map.of("Bundle-Version", version, "Import-Package", API + "," + HUB + "privacy.api"),
        files);
  }

  private Bundle install(String location, InputStream jar) throws Exception {
    return runner.getBundleContext().installBundle(location, jar);
  }

  /** Has the app platform start it. */
  @SuppressWarnings("unchecked")
  private void run(Bundle bundle) throws Exception {
    Class<?> type = runner.loadClass("a.R");
    ((Consumer<Bundle>) type.getDeclaredConstructor().newInstance()).accept(bundle);
  }

  private Bundle running(Map<String, byte[]> files, String... services) throws Exception {
    sandbox.permit("app:com.example/1.0.0", Profile.APP, Set.of(services));
    Bundle bundle = install("app:com.example/1.0.0", app("1.0.0", files));
    run(bundle);
    assertThat(bundle.getState()).isEqualTo(Bundle.ACTIVE);
    return bundle;
  }

  @ParameterizedTest
  @ValueSource(strings = {"file:app", "app:com.example/1.0.0", "reference:file:x", "hub"})
  void withoutAPermitABundleOfOthersIsRefused(String location) throws Exception {
    assertThat(install(location, app("1.0.0", GOOD)).getState()).isEqualTo(Bundle.UNINSTALLED);
  }

  @Test
  void withAPermitItIsInstalledByTheAppPlatformOnly() throws Exception {
    sandbox.permit("app:com.example/1.0.0", Profile.APP, Set.of());
    Bundle byOther =
        gate.getBundleContext().installBundle("app:com.example/1.0.0", app("1.0.0", GOOD));
    assertThat(byOther.getState()).isEqualTo(Bundle.UNINSTALLED);
    Bundle good = install("app:com.example/1.0.0", app("1.0.0", GOOD));
    assertThat(good.getState()).isEqualTo(Bundle.INSTALLED);
  }

  @ParameterizedTest
  @CsvSource({
    "app:com.example/1.0.1, 1.0.0",
    "app:com.other/1.0.0, 1.0.0",
    "app:com.example/1.0.0, 2.0.0"
  })
  void itIsWhatThePermitIsFor(String location, String version) throws Exception {
    sandbox.permit(location, Profile.APP, Set.of());
    assertThat(install(location, app(version, GOOD)).getState()).isEqualTo(Bundle.UNINSTALLED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hub:x.jar",
        "app:com.example",
        "app:/1.0.0",
        "app:a/../1",
        "app:a/1/2",
        "file:a/1"
      })
  void aPermitIsForALocationOfAnApp(String location) {
    assertThatThrownBy(() -> sandbox.permit(location, Profile.APP, Set.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void thereIsOnePermitForALocation() {
    Permit first = sandbox.permit("app:com.example/1.0.0", Profile.APP, Set.of());
    assertThatThrownBy(() -> sandbox.permit("app:com.example/1.0.0", Profile.DRIVER, Set.of()))
        .isInstanceOf(IllegalStateException.class);
    first.close();
    first.close();
    sandbox.permit("app:com.example/1.0.0", Profile.APP, Set.of()).close();
  }

  @Test
  void closingItRemovesWhatLiesThere() throws Exception {
    Permit permit = sandbox.permit("app:com.example/1.0.0", Profile.APP, Set.of());
    Bundle bundle = install("app:com.example/1.0.0", app("1.0.0", GOOD));
    run(bundle);
    assertThat(bundle.getState()).isEqualTo(Bundle.ACTIVE);
    permit.close();
    assertThat(bundle.getState()).isEqualTo(Bundle.UNINSTALLED);
  }

  @Test
  void whoElseStartsItStopsIt() throws Exception {
    sandbox.permit("app:com.example/1.0.0", Profile.APP, Set.of());
    Bundle bundle = install("app:com.example/1.0.0", app("1.0.0", GOOD));
    bundle.start(Bundle.START_TRANSIENT); // Nobody of the app platform is on the stack.
    assertThat(bundle.getState()).isEqualTo(Bundle.RESOLVED);
    bundle.start();
    assertThat(bundle.getState()).isEqualTo(Bundle.RESOLVED);
    assertThat(bundle.adapt(BundleStartLevel.class).isPersistentlyStarted()).isFalse();
    run(bundle);
    assertThat(bundle.getState()).isEqualTo(Bundle.ACTIVE);
  }

  @Test
  void classesAreCheckedWhenTheyAreDefined() throws Exception {
    Bundle bundle = running(GOOD);
    assertThat(bundle.loadClass("a.A").getDeclaredConstructor().newInstance())
        .isInstanceOf(Runnable.class);
  }

  @Test
  void aClassThatMayNotBeIsNotDefined() throws Exception {
    Bundle bundle = running(BAD);
    assertThatThrownBy(() -> bundle.loadClass("a.A"))
        .isInstanceOfAny(ClassFormatError.class, ClassNotFoundException.class);
    assertThatThrownBy(() -> bundle.loadClass("a.A")).as("the hook is still asked").isNotNull();
    assertThat(bundle.getState()).isEqualTo(Bundle.ACTIVE);
  }

  @Test
  void aClassIsCheckedThroughThoseAboveIt() throws Exception {
    Map<String, byte[]> files = new HashMap<>();
    files.putAll(
        Compiled.classes("public class B extends java.util.ArrayList<String> { public B() { } }"));
    files.putAll(
        Compiled.classes(
            "class B extends java.util.ArrayList<String> { } class C { Object x(B b) {"
                + " return b.parallelStream(); } }"));
    files.putAll(
        Compiled.classes(
            "class B extends java.util.ArrayList<String> { } class D {"
                + " Object x(B b) { return b.stream(); } }"));
    Bundle bundle = running(files);
    assertThatThrownBy(() -> bundle.loadClass("a.C")).isInstanceOf(Throwable.class);
    assertThat(bundle.loadClass("a.D")).isNotNull();
  }

  @Test
  void aProxyHasNoCodeAndFindsTheGatesView() throws Exception {
    sandbox.permit("app:com.example/0.0.0", Profile.APP, Set.of());
    assertThat(install("app:com.example/0.0.0", app("0.0.0", GOOD)).getState())
        .isEqualTo(Bundle.UNINSTALLED);
    Bundle proxy = install("app:com.example/0.0.0", app("0.0.0", Map.of("a/x", new byte[1])));
    run(proxy);
    register(gate, DATA, Map.of());
    register(host, DATA, Map.of("apps.host", true));
    register(host, API + ".AppHome", Map.of());
    assertThat(found(proxy)).containsExactly(gate);
  }

  @Test
  void anAppFindsWhatItsHostOffersAndItsPermitNames() throws Exception {
    Bundle app = running(GOOD, DATA, API + ".AppStore");
    register(gate, DATA, Map.of());
    register(gate, HUB + "platform.api.HubClock", Map.of());
    register(gate, API + ".AppStore", Map.of());
    assertThat(found(app)).isEmpty();
    register(host, DATA, Map.of());
    assertThat(found(app)).isEmpty();
    register(host, DATA, Map.of("apps.host", true));
    register(host, API + ".AppStore", Map.of());
    register(host, API + ".AppHttp", Map.of());
    register(host, API + ".AppHome", Map.of());
    register(host, API + ".AppLog", Map.of());
    register(host, HUB + "apps.desk.api.AppHosts", Map.of());
    assertThat(found(app)).hasSize(4).containsOnly(host);
    assertThat(runner.getBundleContext().getAllServiceReferences(DATA, null))
        .as("the hub's own take the gate's")
        .extracting(ServiceReference::getBundle)
        .containsExactlyInAnyOrder(gate, host); // without the property
  }

  @Test
  void whatAnAppOffersIsSeenByTheAppPlatformOnly() throws Exception {
    Bundle app = running(GOOD);
    register(app, API + ".App", Map.of());
    register(app, HUB + "metering.api.MeterDriver", Map.of());
    register(app, HUB + "privacy.api.PrivacyPolicy", Map.of("privacy.policy", "com.example"));
    assertThat(runner.getBundleContext().getAllServiceReferences(API + ".App", null)).hasSize(1);
    assertThat(host.getBundleContext().getAllServiceReferences(API + ".App", null)).isNull();
    assertThat(
            gate.getBundleContext()
                .getAllServiceReferences(HUB + "privacy.api.PrivacyPolicy", null))
        .isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "APP, org.commonshub.apps.api, true",
    "APP, org.commonshub.privacy.api, true",
    "APP, org.commonshub.metering.api, false",
    "APP, org.commonshub.apps.desk.api, false",
    "APP, org.osgi.framework, false",
    "APP, javax.crypto, false",
    "DRIVER, org.commonshub.metering.api, true",
    "DRIVER, javax.crypto, true",
    "DRIVER, org.commonshub.apps.api, false",
    "POLICY, org.osgi.framework, false"
  })
  void packagesAreThoseOfTheProfile(Profile profile, String name, boolean may) throws Exception {
    sandbox.permit("app:com.example/1.0.0", profile, Set.of());
    Bundle bundle =
        install(
            "app:com.example/1.0.0",
            stream("com.example", Map.of("Bundle-Version", "1.0.0", "Import-Package", name), GOOD));
    if (may) {
      run(bundle);
      assertThat(bundle.getState()).isEqualTo(Bundle.ACTIVE);
    } else {
      assertThatThrownBy(() -> run(bundle)).hasMessageContaining(name);
    }
  }

  @Test
  void whenAHookIsLostEverythingOfOthersStops() throws Exception {
    Bundle app = running(GOOD);
    // What Felix does with a hook that threw: it is not asked again, and others go on.
    ServiceReference<WeavingHook> hook =
        framework.getBundleContext().getServiceReference(WeavingHook.class);
    Object registry = call(framework, "getHookRegistry");
    for (var method : registry.getClass().getDeclaredMethods()) {
      if (method.getName().equals("blackListHook")) {
        method.setAccessible(true);
        method.invoke(registry, hook);
      }
    }
    app.loadClass("a.A");
    assertThat(app.getState()).isNotEqualTo(Bundle.ACTIVE);
    assertThatThrownBy(() -> sandbox.permit("app:com.other/1.0.0", Profile.APP, Set.of()))
        .isInstanceOf(IllegalStateException.class);
    assertThat(
            install(
                    "app:com.other/1.0.0",
                    stream("com.other", Map.of("Bundle-Version", "1.0.0"), GOOD))
                .getState())
        .isEqualTo(Bundle.UNINSTALLED);
  }

  private static Object call(Object target, String name) throws Exception {
    var method = target.getClass().getDeclaredMethod(name);
    method.setAccessible(true);
    return method.invoke(target);
  }

  @Test
  void withoutTheFenceAppsStopAndNeedANewPermitAfterwards() throws Exception {
    Bundle app = running(GOOD);
    BundleContext context =
        framework.getBundleContext().getBundle("hub:api.jar").getBundleContext();
    activator.stop(context);
    assertThat(app.getState()).isEqualTo(Bundle.RESOLVED);
    activator.start(context);
    assertThat(app.getState()).isEqualTo(Bundle.UNINSTALLED);
  }

  private static List<Bundle> found(Bundle by) throws Exception {
    ServiceReference<?>[] found = by.getBundleContext().getAllServiceReferences(null, null);
    return found == null
        ? List.of()
        : java.util.Arrays.stream(found).map(ServiceReference::getBundle).toList();
  }

  private static void register(Bundle by, String type, Map<String, Object> properties) {
    by.getBundleContext()
        .registerService(
            type,
            new org.osgi.framework.ServiceFactory<Object>() {
              @Override
              public Object getService(Bundle bundle, ServiceRegistration<Object> registration) {
                return "a service";
              }

              @Override
              public void ungetService(
                  Bundle bundle, ServiceRegistration<Object> registration, Object service) {
                // Nothing to let go of.
              }
            },
            new Hashtable<>(properties));
  }
}
