package org.commonshub.platform.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonFactory;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import org.apache.felix.framework.FrameworkFactory;
import org.commonshub.platform.api.HomeProfile;
import org.commonshub.platform.api.HubPaths;
import org.commonshub.platform.api.Secrets;
import org.commonshub.platform.api.Settings;
import org.commonshub.platform.api.Settings.Component;
import org.commonshub.platform.api.SettingsException;
import org.commonshub.platform.api.SettingsException.Reason;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.launch.Framework;

/** The bundle in a real Felix with Configuration Admin and SCR. */
@Timeout(60)
class SettingsInContainerTest {
  private static final String ONE = "org.example.probe";
  private static final String MANY = "org.example.probes";

  @TempDir Path directory;
  private Path config;
  private Framework framework;
  private Bundle bundle;

  @BeforeEach
  void start() throws Exception {
    config = Files.createDirectories(directory.resolve("config"));
    boot();
  }

  private void boot() throws Exception {
    framework =
        new FrameworkFactory()
            .newFramework(
                Map.of(
                    "org.osgi.framework.storage", directory.resolve("cache").toString(),
                    "org.osgi.framework.system.packages.extra",
                        "org.slf4j;version=2.0.17,org.commonshub.platform.api;version=1.0.0",
                    "commonshub.data", directory.resolve("data").toString(),
                    "commonshub.config", config.toString()));
    framework.start();
    BundleContext context = framework.getBundleContext();
    if (context.getBundles().length > 1) {
      bundle =
          Arrays.stream(context.getBundles())
              .filter(b -> "org.commonshub.platform.config".equals(b.getSymbolicName()))
              .findFirst()
              .orElseThrow();
      return;
    }
    for (Class<?> one :
        List.of(
            org.osgi.util.function.Function.class,
            org.osgi.util.promise.Promise.class,
            org.osgi.service.component.ComponentContext.class,
            JsonFactory.class,
            org.apache.felix.cm.file.FilePersistenceManager.class,
            org.apache.felix.scr.impl.Activator.class)) {
      URL jar = one.getProtectionDomain().getCodeSource().getLocation();
      context.installBundle("reference:" + jar);
    }
    for (Bundle installed : context.getBundles()) {
      installed.start();
    }
    URL classes = SettingsComponent.class.getProtectionDomain().getCodeSource().getLocation();
    bundle = context.installBundle("reference:" + classes);
  }

  @AfterEach
  void stop() throws Exception {
    framework.stop();
    framework.waitForStop(20_000);
    await(
        () ->
            Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("hub-settings"))
                .toList(),
        List::isEmpty);
  }

  private Bundle installProbes() throws Exception {
    Manifest manifest = new Manifest();
    Attributes main = manifest.getMainAttributes();
    main.putValue("Manifest-Version", "1.0");
    main.putValue("Bundle-ManifestVersion", "2");
    main.putValue("Bundle-SymbolicName", "org.example.probe");
    main.putValue("Service-Component", "OSGI-INF/one.xml, OSGI-INF/many.xml");
    main.putValue(
        "Require-Capability",
        "osgi.extender;filter:=\"(&(osgi.extender=osgi.component)(version>=1.3.0))\"");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JarOutputStream jar = new JarOutputStream(bytes, manifest)) {
      String type = Probe.class.getName().replace('.', '/') + ".class";
      try (InputStream in = Probe.class.getClassLoader().getResourceAsStream(type)) {
        entry(jar, type, in.readAllBytes());
      }
      entry(jar, "OSGI-INF/one.xml", component(ONE, "optional").getBytes(StandardCharsets.UTF_8));
      entry(jar, "OSGI-INF/many.xml", component(MANY, "require").getBytes(StandardCharsets.UTF_8));
      entry(jar, "OSGI-INF/metatype/a.xml", CheckerTest.XML.getBytes(StandardCharsets.UTF_8));
    }
    return framework
        .getBundleContext()
        .installBundle("memory:probe", new ByteArrayInputStream(bytes.toByteArray()));
  }

  private static String component(String pid, String policy) {
    return "<component xmlns='http://www.osgi.org/xmlns/scr/v1.3.0' name='"
        + pid
        + "' configuration-policy='"
        + policy
        + "'><property name='probe' value='"
        + pid
        + "'/><implementation class='"
        + Probe.class.getName()
        + "'/><service><provide interface='java.lang.Runnable'/></service></component>";
  }

  private static void entry(JarOutputStream jar, String name, byte[] content) throws Exception {
    jar.putNextEntry(new ZipEntry(name));
    jar.write(content);
    jar.closeEntry();
  }

  private <T> T service(Class<T> type) throws Exception {
    BundleContext context = framework.getBundleContext();
    return await(
            () -> Optional.ofNullable(context.getServiceReference(type)).map(context::getService),
            Optional::isPresent)
        .orElseThrow();
  }

  private List<ServiceReference<Runnable>> probes(String pid) {
    try {
      return List.copyOf(
          framework.getBundleContext().getServiceReferences(Runnable.class, "(probe=" + pid + ")"));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private Object property(String pid, String key) {
    List<ServiceReference<Runnable>> now = probes(pid);
    return now.isEmpty() ? "stopped" : now.get(0).getProperty(key);
  }

  private static <T> T await(Callable<T> value, java.util.function.Predicate<T> wanted)
      throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (true) {
      T now = value.call();
      if (wanted.test(now)) {
        return now;
      }
      assertThat(System.nanoTime()).as("still %s", now).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  private void awaitProperty(String pid, String key, Object value) throws Exception {
    await(
        () -> Optional.ofNullable(property(pid, key)),
        now -> now.equals(Optional.ofNullable(value)));
  }

  private Path file(String pid, String text) throws Exception {
    return Files.writeString(config.resolve(pid + ".json"), text);
  }

  @Test
  void servicesOfTheBundle() throws Exception {
    file(
        "org.commonshub.platform.home",
        "{\"name\":\"Casa\",\"zone\":\"Europe/Rome\",\"language\":\"it\"}");
    bundle.start();
    // Settings reach the component on Configuration Admin's own thread.
    await(() -> service(HomeProfile.class).name(), "Casa"::equals);
    HomeProfile home = service(HomeProfile.class);
    assertThat(home.zone()).hasToString("Europe/Rome");
    assertThat(home.currency()).isEqualTo("EUR");
    assertThat(home.importPriceMicros()).isEqualTo(300_000);
    assertThat(service(HubPaths.class).config()).isEqualTo(config);
    Component component =
        service(Settings.class).component("org.commonshub.platform.home").orElseThrow();
    assertThat(component.name()).isEqualTo("Home");
    assertThat(component.options()).hasSize(6);
    service(Settings.class)
        .write(
            component.pid(), Map.of("name", "Haus", "zone", ""), Optional.of(component.revision()));
    await(() -> service(HomeProfile.class).name(), "Haus"::equals);
    assertThatThrownBy(
            () ->
                service(Settings.class)
                    .write(
                        component.pid(),
                        Map.of("zone", "Mars/Base"),
                        Optional.of(component.revision())))
        .isInstanceOfSatisfying(
            SettingsException.class, e -> assertThat(e.reason()).isEqualTo(Reason.STALE));
  }

  @Test
  void aWrongValueStopsThatComponentOnlyUntilItIsRight() throws Exception {
    file(ONE, "{\n  \"host\": \"a\",\n  \"port\": 70000\n}");
    file(MANY + "~x", "{\"host\":\"x\"}");
    file(MANY + "~y", "{\"host\":\"y\", \"mode\":\"bad\"}");
    bundle.start();
    Settings settings = service(Settings.class);
    installProbes().start();
    awaitProperty(MANY, "host", "x");
    await(() -> probes(ONE), List::isEmpty);
    assertThat(probes(MANY)).hasSize(1);
    assertThat(settings.component(ONE).orElseThrow().problem())
        .contains(
            "org.example.probe.json, line 3: \"port\" is 70000, but expected a whole number from 1 to"
                + " 65535.");
    // by hand, seen by the watch
    file(ONE, "{\"host\": \"a\", \"port\": 503}");
    awaitProperty(ONE, "port", 503);
    assertThat(settings.component(ONE).orElseThrow().problem()).isEmpty();
    file(MANY + "~y", "{\"host\":\"y\"}");
    await(() -> probes(MANY), p -> p.size() == 2);
    // half written, then deleted: back to the defaults
    file(ONE, "{\"host\": \"a\", ");
    await(() -> probes(ONE), List::isEmpty);
    Files.delete(config.resolve(ONE + ".json"));
    awaitProperty(ONE, "port", null);
    Files.delete(config.resolve(MANY + "~y.json"));
    await(() -> probes(MANY), p -> p.size() == 1);
  }

  @Test
  void writingKeepsCommentsChecksAndRefusesStaleTags() throws Exception {
    installProbes().start();
    bundle.start();
    Settings settings = service(Settings.class);
    Component fresh = settings.component(ONE).orElseThrow();
    assertThat(fresh.values()).isEmpty();
    assertThatThrownBy(() -> settings.write(ONE, Map.of("port", 1), Optional.of(fresh.revision())))
        .isInstanceOfSatisfying(
            SettingsException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(Reason.INVALID);
              assertThat(e.key()).isEqualTo("host");
            });
    assertThat(config.resolve(ONE + ".json")).doesNotExist();
    file(ONE, "{\n  // the meter\n  \"host\": \"a\"\n}\n");
    Component read = await(() -> settings.component(ONE).orElseThrow(), c -> !c.values().isEmpty());
    Component written =
        settings.write(
            ONE, Map.of("host", "b", "units", new int[] {1, 2}), Optional.of(read.revision()));
    assertThat(config.resolve(ONE + ".json"))
        .hasContent("{\n  // the meter\n  \"host\": \"b\",\n  \"units\": [1, 2]\n}\n");
    assertThat(written.values()).isEqualTo(Map.of("host", "b", "units", List.of(1L, 2L)));
    awaitProperty(ONE, "host", "b");
    for (Optional<String> stale : List.of(Optional.of(read.revision()), Optional.<String>empty())) {
      assertThatThrownBy(() -> settings.write(ONE, Map.of("host", "c"), stale))
          .isInstanceOfSatisfying(
              SettingsException.class, e -> assertThat(e.reason()).isEqualTo(Reason.STALE));
    }
    assertThatThrownBy(() -> settings.write("no.such", Map.of(), Optional.empty()))
        .isInstanceOfSatisfying(
            SettingsException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNKNOWN));
    assertThatThrownBy(() -> settings.write("../evil~x", Map.of(), Optional.empty()))
        .isInstanceOfSatisfying(
            SettingsException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNKNOWN));
    // repairing a file that cannot be parsed keeps a copy
    file(ONE, "{ broken");
    Component broken =
        await(() -> settings.component(ONE).orElseThrow(), c -> c.problem().isPresent());
    settings.write(ONE, Map.of("host", "d"), Optional.of(broken.revision()));
    assertThat(config.resolve(ONE + ".json.refused")).hasContent("{ broken");
    awaitProperty(ONE, "host", "d");
    settings.delete(ONE);
    assertThat(config.resolve(ONE + ".json")).doesNotExist();
    awaitProperty(ONE, "host", null);
  }

  @Test
  void secretsStandInFilesByReferenceOnly() throws Exception {
    installProbes().start();
    bundle.start();
    Settings settings = service(Settings.class);
    Secrets secrets = service(Secrets.class);
    String pid = MANY + "~one";
    Component first =
        settings.write(pid, Map.of("host", "a", "key", "opensesame"), Optional.empty());
    assertThat(first.values()).isEqualTo(Map.of("host", "a", "key", true));
    String reference = "${secret:" + pid + ".key}";
    assertThat(Files.readString(config.resolve(pid + ".json")))
        .contains(reference)
        .doesNotContain("opensesame");
    awaitProperty(MANY, "key", reference);
    assertThat(secrets.resolve(reference)).contains("opensesame");
    Component kept = settings.write(pid, Map.of("host", "b"), Optional.of(first.revision()));
    kept = settings.write(pid, Map.of("host", "b", "key", true), Optional.of(kept.revision()));
    assertThat(secrets.resolve(reference)).contains("opensesame");
    Component changed =
        settings.write(pid, Map.of("host", "b", "key", "other"), Optional.of(kept.revision()));
    assertThat(secrets.resolve(reference)).contains("other");
    settings.write(pid, Map.of("host", "b", "key", ""), Optional.of(changed.revision()));
    assertThat(secrets.resolve(reference)).isEmpty();
    String now = settings.component(pid).orElseThrow().revision();
    assertThatThrownBy(
            () -> settings.write(pid, Map.of("host", "b", "key", "x".repeat(21)), Optional.of(now)))
        .isInstanceOf(SettingsException.class)
        .hasMessageNotContaining("xxxx");
    settings.write(pid, Map.of("host", "b", "key", "last"), Optional.of(now));
    settings.delete(pid);
    assertThat(secrets.resolve(reference)).isEmpty();
  }

  @Test
  void aFileWaitsForItsBundleAndNothingRestartsTwice() throws Exception {
    file(ONE, "{\"host\":\"a\",\"port\":7}");
    bundle.start();
    Settings settings = service(Settings.class);
    assertThat(settings.component(ONE).orElseThrow().options()).isEmpty();
    Bundle probes = installProbes();
    probes.start();
    awaitProperty(ONE, "port", 7);
    Object id = property(ONE, "service.id");
    // replacing this bundle leaves the others alone
    bundle.stop();
    bundle.start();
    service(Settings.class);
    assertThat(service(Settings.class).component(ONE).orElseThrow().options()).hasSize(9);
    assertThat(property(ONE, "service.id")).isEqualTo(id);
    // deleted while the hub is down
    stop();
    Files.delete(config.resolve(ONE + ".json"));
    boot();
    service(Settings.class);
    awaitProperty(ONE, "port", null);
  }

  @Test
  void fourThousandFilesAreThereAtOnce() throws Exception {
    String text =
        "// a device\n{\"host\":\"h\",\"port\":%d,\"units\":[1,2,3],\"settings\":[\"a=b\",\"c=d\"]}";
    for (int i = 0; i < 4_000; i++) {
      file(MANY + "~" + i, String.format(text, 1 + i));
    }
    Bundle probes = installProbes();
    long begin = System.nanoTime();
    bundle.start();
    Supplier<Long> millis = () -> (System.nanoTime() - begin) / 1_000_000;
    Settings settings = service(Settings.class);
    long first = millis.get();
    probes.start();
    await(() -> probes(MANY), p -> p.size() == 4_000);
    assertThat(settings.components()).hasSize(4_003);
    stop();
    boot();
    long again = System.nanoTime();
    service(Settings.class);
    long second = (System.nanoTime() - again) / 1_000_000;
    System.out.printf("4000 files: first start %d ms, next start %d ms%n", first, second);
    assertThat(first).isLessThan(15_000);
    assertThat(second).isLessThan(10_000);
  }
}
