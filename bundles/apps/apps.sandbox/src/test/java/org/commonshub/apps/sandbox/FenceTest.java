package org.commonshub.apps.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.apache.felix.framework.FrameworkFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.wiring.BundleWiring;

/** Each layer in a real framework, with bundles that stand for the hub's and for others'. */
class FenceTest {
  private static final String API = "org.commonshub.privacy.api";
  private static final String SECRET = "org.commonshub.history.api";

  @TempDir Path cache;
  private Framework framework;
  private BundleContext launcher;
  private Bundle console;
  private Bundle gate;
  private SandboxActivator sandbox;

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
                    "commonshub.unlisted",
                    "true",
                    "commonshub.locations",
                    "hub:"));
    framework.start();
    launcher = framework.getBundleContext();
    console =
        start(
            launcher,
            "hub:api.jar",
            new Jar("org.commonshub.console.rest")
                .header("Export-Package", API + ";version=1.0.0," + SECRET + ";version=1.0.0")
                .file(path(API), "")
                .file(path(SECRET), ""));
    gate = start(launcher, "hub:gate.jar", new Jar("org.commonshub.privacy.provider"));
    sandbox = new SandboxActivator();
    sandbox.start(console.getBundleContext());
  }

  @AfterEach
  void end() throws Exception {
    framework.stop();
    framework.waitForStop(10_000);
  }

  private static String path(String packageName) {
    return packageName.replace('.', '/') + "/x";
  }

  private static Bundle start(BundleContext by, String location, Jar jar) throws BundleException {
    Bundle bundle = by.installBundle(location, jar.stream());
    bundle.start(Bundle.START_TRANSIENT);
    return bundle;
  }

  private Bundle app(String name) throws BundleException {
    return start(launcher, "file:" + name, new Jar(name));
  }

  static Stream<String> imports() {
    return Stream.of(
        SECRET,
        "org.osgi.framework",
        "org.osgi.framework.hooks.service",
        "javax.net.ssl",
        "javax.management",
        "javax.script");
  }

  @ParameterizedTest
  @MethodSource("imports")
  void layer1RefusesPackagesThatNoOneGranted(String name) throws Exception {
    assertThatThrownBy(
            () ->
                start(launcher, "file:app", new Jar("com.example").header("Import-Package", name)))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining(name);
    Bundle dynamic =
        start(
            launcher,
            "file:dynamic",
            new Jar("com.example.dynamic").header("DynamicImport-Package", "*"));
    assertThat(dynamic.getResource(path(name))).isNull();
    assertThatThrownBy(() -> dynamic.loadClass(name + ".Bundle"))
        .isInstanceOf(ClassNotFoundException.class);
  }

  @Test
  void layer1GrantsTheContractsAndJava() throws Exception {
    Bundle app =
        start(
            launcher,
            "file:app",
            new Jar("com.example")
                .header("Import-Package", API + ";version=\"[1,2)\",javax.crypto,java.util")
                .header(
                    "Require-Capability", "osgi.ee;filter:=\"(&(osgi.ee=JavaSE)(version=17))\""));
    assertThat(app.getState()).isEqualTo(Bundle.ACTIVE);
    assertThat(app.loadClass("javax.crypto.Cipher")).isNotNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Require-Bundle: org.commonshub.console.rest",
        "Require-Bundle: system.bundle",
        "Require-Capability: osgi.identity;filter:=\"(osgi.identity=org.commonshub.console.rest)\"",
        "Require-Capability: osgi.wiring.host;filter:=\"(osgi.wiring.host=*)\"",
        "Require-Capability: osgi.wiring.bundle;filter:=\"(osgi.wiring.bundle=*)\"",
        "Require-Capability: osgi.native;filter:=\"(osgi.native.osname=*)\"",
        "Bundle-NativeCode: x;osname=linux"
      })
  void layer1RefusesOtherWaysToWire(String header) {
    String[] parts = header.split(": ", 2);
    assertThatThrownBy(
            () -> start(launcher, "file:app", new Jar("com.example").header(parts[0], parts[1])))
        .isInstanceOf(BundleException.class);
  }

  @Test
  void layer1LetsNoBundleOfTheHubUseAPackageOfOthers() throws Exception {
    start(
        launcher,
        "file:app",
        new Jar("com.example")
            .header("Export-Package", "org.splendid;version=9," + API + ";version=1.9.0")
            .header("Provide-Capability", "osgi.extender;osgi.extender=\"splendid\"")
            .file("org/splendid/x", "")
            .file(path(API), ""));
    assertThatThrownBy(
            () ->
                start(
                    launcher,
                    "hub:late.jar",
                    new Jar("org.commonshub.late").header("Import-Package", "org.splendid")))
        .isInstanceOf(BundleException.class);
    assertThatThrownBy(
            () ->
                start(
                    launcher,
                    "hub:later.jar",
                    new Jar("org.commonshub.later")
                        .header(
                            "Require-Capability",
                            "osgi.extender;filter:=\"(osgi.extender=splendid)\"")))
        .isInstanceOf(BundleException.class);
    Bundle user =
        start(
            launcher, "hub:user.jar", new Jar("org.commonshub.user").header("Import-Package", API));
    assertThat(user.adapt(BundleWiring.class).getRequiredWires("osgi.wiring.package"))
        .extracting(wire -> wire.getProvider().getBundle())
        .containsExactly(console);
  }

  @Test
  void layer1LetsNoSingletonOfOthersTakeTheHubsPlace() throws Exception {
    Bundle ours =
        launcher.installBundle("hub:single.jar", new Jar("org.single;singleton:=true").stream());
    // Refused by its name as well; this is about one that was there before.
    Bundle theirs =
        launcher.installBundle(
            "file:single",
            new Jar("org.single;singleton:=true").header("Bundle-Version", "9").stream());
    assertThat(theirs.getState()).isEqualTo(Bundle.UNINSTALLED);
    ours.start();
    assertThat(ours.getState()).isEqualTo(Bundle.ACTIVE);
  }

  @Test
  void layer2ShowsOnlyGrantedServicesOfTheHub() throws Exception {
    BundleContext app = app("com.example").getBundleContext();
    register(gate, API + ".EnergyData", Map.of());
    register(gate, SECRET + ".HistoryStore", Map.of());
    List<String> heard = new CopyOnWriteArrayList<>();
    app.addServiceListener(event -> heard.add(types(event.getServiceReference())));
    assertThat(app.getServiceReference(API + ".EnergyData")).isNotNull();
    assertThat(app.getServiceReference(SECRET + ".HistoryStore")).isNull();
    assertThat(app.getAllServiceReferences(SECRET + ".HistoryStore", null)).isNull();
    assertThat(app.getAllServiceReferences(null, null)).hasSize(1);
    register(gate, "org.commonshub.platform.api.Secrets", Map.of()).unregister();
    register(gate, API + ".EnergyData", Map.of());
    assertThat(heard).containsExactly(API + ".EnergyData");
    assertThat(gate.getBundleContext().getServiceReference(SECRET + ".HistoryStore")).isNotNull();
  }

  @Test
  void layer2OffersTheHubOnlyContractsOfOthersAndOnlyToTheirGroup() throws Exception {
    Bundle app = app("com.Example");
    List<String> heard = new CopyOnWriteArrayList<>();
    gate.getBundleContext()
        .addServiceListener(event -> heard.add(types(event.getServiceReference())));
    register(app, "org.commonshub.measure.api.ReadingSink", Map.of());
    register(app, API + ".PrivacyPolicy", Map.of("privacy.policy", "com.example.coarse"));
    assertThat(heard).containsExactly(API + ".PrivacyPolicy");
    assertThat(found(gate, "org.commonshub.measure.api.ReadingSink")).isZero();
    assertThat(found(gate, API + ".PrivacyPolicy")).isEqualTo(1);
    assertThat(found(console, API + ".PrivacyPolicy")).as("the console has no use").isZero();
    assertThat(found(app("com.other"), API + ".PrivacyPolicy")).as("nor has another app").isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"noise", "aggregate", "com.other.policy", "com.examples", "com", ""})
  void layer2NeverShowsAPolicyUnderANameThatIsNotItsOwn(String name) throws Exception {
    Bundle app = app("com.example");
    ServiceRegistration<?> policy =
        register(
            app, API + ".PrivacyPolicy", Map.of("privacy.policy", name, "service.ranking", 1000));
    assertThat(found(gate, API + ".PrivacyPolicy")).isZero();
    policy.unregister();
    register(app, API + ".PrivacyPolicy", Map.of("privacy.policy", List.of("com.example")));
    register(app, API + ".PrivacyPolicy", Map.of());
    assertThat(found(gate, API + ".PrivacyPolicy")).isZero();
  }

  @Test
  void layer2HidesAServiceThatIsSomethingElseAsWell() throws Exception {
    Bundle app = app("com.example");
    app.getBundleContext()
        .registerService(
            new String[] {API + ".PrivacyPolicy", "jakarta.servlet.Servlet"},
            factory(),
            properties(Map.of("privacy.policy", "com.example")));
    assertThat(found(gate, API + ".PrivacyPolicy")).isZero();
    assertThat(found(gate, "jakarta.servlet.Servlet")).isZero();
  }

  @Test
  void bundlesOfOthersSeeOnlyThemselvesAndInstallNothing() throws Exception {
    Bundle app = app("com.example");
    BundleContext context = app.getBundleContext();
    assertThat(context.getBundles()).containsExactly(app);
    assertThat(context.getBundle(0)).isNull();
    assertThat(context.getBundle(gate.getBundleId())).isNull();
    List<Bundle> heard = new CopyOnWriteArrayList<>();
    context.addBundleListener(event -> heard.add(event.getBundle()));
    for (String location : List.of("file:friend", "hub:friend.jar")) {
      Bundle friend = context.installBundle(location, new Jar("com.friend").stream());
      assertThat(friend.getState()).isEqualTo(Bundle.UNINSTALLED);
    }
    gate.stop();
    assertThat(heard).isEmpty();
    assertThat(launcher.getBundles()).noneMatch(b -> "com.friend".equals(b.getSymbolicName()));
  }

  static Stream<Jar> refused() {
    return Stream.of(
        new Jar("org.commonshub.uplink.evil"),
        new Jar("org.commonshub.privacy.provider").header("Bundle-Version", "9"),
        new Jar("com.example/../x"),
        new Jar("com.example").header("Fragment-Host", "org.commonshub.privacy.provider"),
        new Jar("com.example").header("Fragment-Host", "system.bundle;extension:=framework"),
        descriptor("<component name='com.example' configuration-pid='org.commonshub.tls'/>"),
        descriptor("<component name='com.example' configuration-pid='$ org.commonshub.tls'/>"),
        descriptor("<component name='org.commonshub.platform.accounts'/>"),
        descriptor("<component><implementation class='org.commonshub.tls.X'/></component>"),
        descriptor("<scr:component xmlns:scr='urn:x' name='com.other.settings'/>"),
        descriptor("<!DOCTYPE x [<!ENTITY a 'b'>]><component name='com.example'/>"),
        new Jar("com.example").header("Service-Component", "OSGI-INF/*.xml"),
        new Jar("com.example")
            .file(
                "OSGI-INF/metatype/a.xml",
                "<MetaData><Designate pid='org.commonshub.platform.home'/></MetaData>"));
  }

  private static Jar descriptor(String xml) {
    return new Jar("com.example").header("Service-Component", "a.xml").file("a.xml", xml);
  }

  @ParameterizedTest
  @MethodSource("refused")
  void whatBreaksTheRulesIsUninstalledAtOnceAndAfterAnUpdate(Jar jar) throws Exception {
    assertThat(launcher.installBundle("file:a", jar.stream()).getState())
        .isEqualTo(Bundle.UNINSTALLED);
    Bundle good = launcher.installBundle("file:b", new Jar("com.example").stream());
    good.update(jar.stream());
    assertThat(good.getState()).isEqualTo(Bundle.UNINSTALLED);
  }

  @Test
  void componentsWithSettingsOfTheirOwnStay() throws Exception {
    Jar jar =
        descriptor(
            "<x><component name='com.example.Driver'/>"
                + "<component configuration-policy='ignore'><implementation class='other.X'/>"
                + "</component><component configuration-pid='com.example'>"
                + "<implementation class='other.X'/></component></x>");
    assertThat(launcher.installBundle("file:a", jar.stream()).getState())
        .isEqualTo(Bundle.INSTALLED);
  }

  @Test
  void withoutTheFenceBundlesOfOthersStopAndTheHubGoesOn() throws Exception {
    Bundle app = app("com.example");
    sandbox.stop(console.getBundleContext());
    assertThat(app.getState()).isEqualTo(Bundle.RESOLVED);
    assertThat(gate.getState()).isEqualTo(Bundle.ACTIVE);
    Bundle early =
        start(
            launcher,
            "file:early",
            new Jar("com.early").header("Import-Package", "org.osgi.framework"));
    sandbox.start(console.getBundleContext());
    assertThat(early.getState()).isNotEqualTo(Bundle.ACTIVE);
    awaitInstalled(early);
    assertThatThrownBy(early::start).hasMessageContaining("org.osgi.framework");
    assertThatThrownBy(() -> start(launcher, "file:c", new Jar("org.commonshub.c")))
        .isInstanceOf(IllegalStateException.class);
    app.start();
    assertThat(app.getState()).isEqualTo(Bundle.ACTIVE);
  }

  private static void awaitInstalled(Bundle bundle) {
    long patience = System.nanoTime() + 20_000_000_000L;
    while (bundle.getState() != Bundle.INSTALLED && System.nanoTime() < patience) {
      Thread.onSpinWait();
    }
    assertThat(bundle.getState()).isEqualTo(Bundle.INSTALLED);
  }

  private static int found(Bundle by, String type) throws Exception {
    ServiceReference<?>[] found = by.getBundleContext().getAllServiceReferences(type, null);
    return found == null ? 0 : found.length;
  }

  private static ServiceRegistration<?> register(
      Bundle by, String type, Map<String, Object> properties) {
    return by.getBundleContext().registerService(type, factory(), properties(properties));
  }

  /** The framework doesn't check what a factory will make. */
  private static Object factory() {
    return new org.osgi.framework.ServiceFactory<Object>() {
      @Override
      public Object getService(Bundle bundle, ServiceRegistration<Object> registration) {
        return "a service";
      }

      @Override
      public void ungetService(
          Bundle bundle, ServiceRegistration<Object> registration, Object service) {
        // Nothing to let go of.
      }
    };
  }

  private static Dictionary<String, Object> properties(Map<String, Object> properties) {
    return new Hashtable<>(properties);
  }

  private static String types(ServiceReference<?> reference) {
    return String.join(",", (String[]) reference.getProperty(Constants.OBJECTCLASS));
  }
}
