package org.commonshub.platform.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.apache.felix.framework.FrameworkFactory;
import org.commonshub.platform.api.Features.Feature;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.Bundle;
import org.osgi.framework.launch.Framework;

/** Features of small real bundles in a real Felix. */
@Timeout(60)
class FeatureManagerTest {
  @TempDir Path directory;
  private Path features;
  private Path repository;
  private Path choice;
  private Framework framework;

  @BeforeEach
  void start() throws Exception {
    features = Files.createDirectories(directory.resolve("features"));
    repository = Files.createDirectories(directory.resolve("bundles"));
    choice = directory.resolve("data/platform.features/enabled.json");
    bundle("core", "");
    bundle("shared", "Export-Package: org.example.shared\n");
    bundle("solar", "Import-Package: org.example.shared\n");
    bundle("car", "Import-Package: org.example.shared\n");
    bundle("broken", "Import-Package: org.example.nowhere\n");
    feature("base", "\"essential\":\"true\"", "[]", "core");
    feature("solar", "", "[\"base\"]", "shared", "solar");
    feature("car", "\"default\":\"off\"", "[\"base\"]", "shared", "car");
    feature("charge", "\"default\":\"off\"", "[\"car\"]");
    feature("broken", "\"default\":\"off\"", "[]", "broken");
    framework =
        new FrameworkFactory()
            .newFramework(
                Map.of(
                    "org.osgi.framework.storage",
                    directory.resolve("cache").toString(),
                    "felix.bootdelegation.implicit",
                    "false"));
    framework.start();
  }

  @AfterEach
  void stop() throws Exception {
    framework.stop();
    framework.waitForStop(20_000);
  }

  private void bundle(String name, String headers) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    String manifest =
        "Manifest-Version: 1.0\nBundle-ManifestVersion: 2\nBundle-SymbolicName: "
            + name
            + "\n"
            + headers
            + "\n";
    try (JarOutputStream jar =
        new JarOutputStream(
            out,
            new Manifest(
                new java.io.ByteArrayInputStream(manifest.getBytes(StandardCharsets.UTF_8))))) {
      jar.flush();
    }
    Files.write(repository.resolve(name + "-1.jar"), out.toByteArray());
  }

  private void feature(String name, String variables, String requires, String... bundles)
      throws Exception {
    StringBuilder list = new StringBuilder();
    for (String bundle : bundles) {
      byte[] jar = Files.readAllBytes(repository.resolve(bundle + "-1.jar"));
      list.append(list.length() == 0 ? "" : ",")
          .append("{\"id\":\"org.example:" + bundle + ":1\",\"sha256\":\"")
          .append(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(jar)))
          .append("\"}");
    }
    Files.writeString(
        features.resolve(name + ".json"),
        "{\"id\":\"org.commonshub:feature."
            + name
            + ":1\",\"name\":\"The "
            + name
            + "\",\"variables\":{"
            + variables
            + "},\"bundles\":["
            + list
            + "],\"extensions\":{\"requires\":{\"type\":\"json\",\"json\":"
            + requires
            + "}}}");
  }

  private FeatureManager manager(String... chosen) throws IOException {
    return new FeatureManager(
        framework.getBundleContext(),
        features,
        repository,
        choice,
        chosen.length == 0 ? Optional.empty() : Optional.of(List.of(chosen)));
  }

  private List<String> active() {
    return Arrays.stream(framework.getBundleContext().getBundles())
        .filter(b -> b.getBundleId() > 0 && b.getState() == Bundle.ACTIVE)
        .map(Bundle::getSymbolicName)
        .sorted()
        .toList();
  }

  private static Feature named(FeatureManager manager, String name) {
    return manager.list().stream().filter(f -> f.name().equals(name)).findFirst().orElseThrow();
  }

  @Test
  void switchesOnWithWhatIsRequiredAndKeepsWhatIsShared() throws Exception {
    FeatureManager manager = manager("solar");
    assertThat(manager.enable("solar", true).running()).isTrue();
    assertThat(active()).containsExactly("core", "shared", "solar");
    Feature charge = manager.enable("charge", true);
    assertThat(charge.running()).isTrue();
    assertThat(active()).containsExactly("car", "core", "shared", "solar");
    assertThat(Files.readString(choice))
        .isEqualTo("{\"enabled\":[\"base\",\"car\",\"charge\",\"solar\"]}");
    long shared = framework.getBundleContext().getBundle("hub:shared-1.jar").getBundleId();

    assertThatThrownBy(() -> manager.enable("car", false))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("The car is needed by The charge: switch that off first.");
    manager.enable("charge", false);
    Feature car = manager.enable("car", false);
    assertThat(car.enabled()).isFalse();
    assertThat(car.running()).isFalse();
    assertThat(car.problem()).isEmpty();
    assertThat(active()).containsExactly("core", "shared", "solar");
    assertThat(framework.getBundleContext().getBundle("hub:shared-1.jar").getBundleId())
        .isEqualTo(shared);
    manager.enable("solar", false);
    assertThat(active()).containsExactly("core");
    assertThat(manager.enable("solar", true).running()).isTrue();
    assertThat(named(manager(), "car").enabled()).as("survives").isFalse();
  }

  @Test
  void essentialStaysAndUnknownIsRefused() throws Exception {
    FeatureManager manager = manager();
    assertThatThrownBy(() -> manager.enable("base", false))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("cannot be switched off");
    assertThatThrownBy(() -> manager.enable("../x", true))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(manager.list())
        .extracting(Feature::name, Feature::enabled)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("base", true),
            org.assertj.core.groups.Tuple.tuple("broken", false),
            org.assertj.core.groups.Tuple.tuple("car", false),
            org.assertj.core.groups.Tuple.tuple("charge", false),
            org.assertj.core.groups.Tuple.tuple("solar", true));
  }

  @Test
  void saysInOneLineWhyAFeatureDoesNotRun() throws Exception {
    FeatureManager manager = manager("base");
    Feature broken = manager.enable("broken", true);
    assertThat(broken.enabled()).isTrue();
    assertThat(broken.running()).isFalse();
    assertThat(broken.problem().orElseThrow())
        .contains("broken cannot be started", "org.example.nowhere")
        .doesNotContain("\n");

    Files.write(repository.resolve("car-1.jar"), new byte[] {1, 2, 3});
    assertThat(manager.enable("car", true).problem().orElseThrow())
        .contains("car-1.jar", "SHA-256 differs");
    assertThat(active()).containsExactly("core", "shared");
    bundle("car", "Import-Package: org.example.shared\n");
    feature("car", "\"default\":\"off\"", "[\"base\"]", "shared", "car");
    FeatureManager repaired = manager();
    assertThat(repaired.enable("car", true).problem()).isEmpty();

    Files.delete(repository.resolve("solar-1.jar"));
    assertThat(manager.enable("solar", true).problem().orElseThrow())
        .contains("solar-1.jar cannot be installed: there is no such file");
    feature("lost", "", "[\"missing\"]");
    assertThat(named(manager("lost"), "lost").problem().orElseThrow())
        .contains("requires the feature missing");
  }

  @Test
  void anUnwritableDiskChangesNothing() throws Exception {
    FeatureManager manager = manager("base", "solar");
    manager.enable("solar", true);
    Files.createDirectories(choice.getParent().getParent());
    Files.deleteIfExists(choice);
    Files.deleteIfExists(choice.getParent());
    Files.writeString(choice.getParent(), "in the way");
    assertThatThrownBy(() -> manager.enable("solar", false))
        .isInstanceOf(java.io.UncheckedIOException.class);
    assertThat(named(manager, "solar").running()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "\"x\"",
        "{}",
        "{\"id\":\"a:b:c\"}",
        "{\"id\":\"a:feature.UP:1\"}",
        "{\"id\":\"a:feature.../x:1\"}",
        "{\"id\":\"a:feature.x:1\",\"bundles\":{}}",
        "{\"id\":\"a:feature.x:1\",\"bundles\":[\"a:b\"]}",
        "{\"id\":\"a:feature.x:1\",\"bundles\":[{\"id\":\"a:b:1\",\"file\":\"../evil.jar\"}]}",
        "{\"id\":\"a:feature.x:1\",\"bundles\":[1]}",
        "{\"id\":\"a:feature.x:1\",\"id\":\"a:feature.y:1\"}",
        "{\"id\":\"a:feature.x:1\",\"extensions\":[]}",
      })
  void hostileFilesAreSkippedAlone(String text) throws Exception {
    assertThatThrownBy(() -> FeatureFile.parse(text.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IOException.class);
    Files.writeString(features.resolve("hostile.json"), text);
    assertThat(manager().list()).hasSize(5);
  }

  @Test
  void randomDamageIsReadOrRefused() throws Exception {
    byte[] good = Files.readAllBytes(features.resolve("solar.json"));
    Random random = new Random(5);
    for (int i = 0; i < 3_000; i++) {
      byte[] bad = Arrays.copyOf(good, 1 + random.nextInt(good.length));
      bad[random.nextInt(bad.length)] = (byte) random.nextInt();
      try {
        assertThat(FeatureFile.parse(bad).bundles()).hasSizeLessThan(4);
      } catch (IOException e) {
        assertThat(e.getMessage()).isNotBlank();
      }
    }
    for (String text :
        new String[] {"", "{}", "{\"enabled\":{}}", "{\"enabled\":[1]}", "{\"enabled\":["}) {
      Files.createDirectories(choice.getParent());
      Files.writeString(choice, text);
      assertThat(named(manager(), "solar").enabled()).as(text).isTrue();
    }
  }
}
