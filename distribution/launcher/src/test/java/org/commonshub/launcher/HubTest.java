package org.commonshub.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;

/** The launcher against a real framework and small real bundles. */
class HubTest {
  @TempDir Path home;
  private Options options;

  @BeforeEach
  void image() throws Exception {
    Files.createDirectories(home.resolve("bundles"));
    options = Options.parse(new String[0], home);
    Files.createDirectories(options.data());
  }

  @Test
  void startsWhatIsWantedAndKeepsTheCacheAcrossStarts() throws Exception {
    bundle("a.jar", "a", "1.0.0", "");
    bundle("b.jar", "b", "1.0.0", "");
    long id;
    Hub first = new Hub(options, Map.of());
    assertThat(first.start(List.of(feature("f", "a.jar", "b.jar")))).isEmpty();
    Bundle a = first.context().getBundle("hub:a.jar");
    assertThat(a.getState()).isEqualTo(Bundle.ACTIVE);
    id = a.getBundleId();
    Path content = home.resolve("var/cache/bundle" + id + "/version0.0/bundle.jar");
    FileTime installed = Files.getLastModifiedTime(content);
    assertThat(first.stop(5000)).isTrue();

    Hub second = new Hub(options, Map.of());
    assertThat(second.start(List.of(feature("f", "a.jar")))).isEmpty();
    a = second.context().getBundle("hub:a.jar");
    assertThat(a.getBundleId()).isEqualTo(id);
    assertThat(Files.getLastModifiedTime(content)).isEqualTo(installed);
    assertThat(a.getState()).isEqualTo(Bundle.ACTIVE);
    assertThat(second.context().getBundle("hub:b.jar")).as("no longer wanted").isNull();
    assertThat(second.stop(5000)).isTrue();
  }

  @Test
  void aNewerJarIsUpdatedAtTheNextStart() throws Exception {
    Path jar = bundle("a.jar", "a", "1.0.0", "");
    Hub first = new Hub(options, Map.of());
    first.start(List.of(feature("f", "a.jar")));
    first.stop(5000);
    bundle("a.jar", "a", "1.1.0", "");
    Files.setLastModifiedTime(jar, FileTime.fromMillis(1_000_000));
    Hub second = new Hub(options, Map.of());
    assertThat(second.start(List.of(feature("f", "a.jar")))).isEmpty();
    assertThat(second.context().getBundle("hub:a.jar").getVersion()).hasToString("1.1.0");
    second.stop(5000);
  }

  @Test
  void saysInOneLineEachWhatCouldNotStartAndWhyAndStartsTheRest() throws Exception {
    bundle("good.jar", "good", "1.0.0", "");
    bundle("lonely.jar", "lonely", "1.0.0", "Import-Package: org.nowhere.api;version=\"[1,2)\"\n");
    Files.writeString(home.resolve("bundles/garbage.jar"), "not a jar");
    Hub hub = new Hub(options, Map.of());
    List<String> problems =
        hub.start(List.of(feature("f", "lonely.jar", "absent.jar", "garbage.jar", "good.jar")));
    assertThat(problems).hasSize(3).noneMatch(line -> line.contains("\n"));
    assertThat(problems)
        .anyMatch(
            l -> l.contains("lonely") && l.contains("no bundle provides package org.nowhere.api"))
        .anyMatch(l -> l.contains("absent.jar") && l.contains("no such file"))
        .anyMatch(l -> l.contains("garbage.jar") && l.contains("feature 'f'"));
    assertThat(hub.context().getBundle("hub:good.jar").getState()).isEqualTo(Bundle.ACTIVE);
    hub.stop(5000);
  }

  @Test
  void aJarThatIsNotWhatTheFeaturePinsIsNotStarted() throws Exception {
    Path jar = bundle("a.jar", "a", "1.0.0", "");
    Feature pinned = pinned("f", "a.jar", Hub.sha256(jar));
    Hub first = new Hub(options, Map.of());
    assertThat(first.start(List.of(pinned))).isEmpty();
    first.stop(5000);
    bundle("a.jar", "a", "1.0.1", "");
    Files.setLastModifiedTime(jar, FileTime.fromMillis(1_000_000));
    Hub second = new Hub(options, Map.of());
    assertThat(second.start(List.of(pinned)))
        .singleElement()
        .asString()
        .contains("SHA-256 differs");
    assertThat(second.context().getBundle("hub:a.jar")).isNull();
    second.stop(5000);
  }

  @Test
  void aBundleOfOthersDoesNotStartByItself() throws Exception {
    Hub first = new Hub(options, Map.of());
    first.start(List.of());
    Bundle other =
        first.context().installBundle("file:" + bundle("other.jar", "other", "1.0.0", ""));
    other.start();
    first.stop(5000);
    Hub second = new Hub(options, Map.of());
    second.start(List.of());
    assertThat(second.context().getBundle(other.getBundleId()).getState())
        .isEqualTo(Bundle.INSTALLED);
    second.stop(5000);
  }

  private Path bundle(String file, String name, String version, String headers) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().putValue("Bundle-ManifestVersion", "2");
    manifest.getMainAttributes().putValue("Bundle-SymbolicName", name);
    manifest.getMainAttributes().putValue("Bundle-Version", version);
    headers
        .lines()
        .forEach(
            l ->
                manifest
                    .getMainAttributes()
                    .putValue(l.substring(0, l.indexOf(':')), l.substring(l.indexOf(':') + 2)));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JarOutputStream jar = new JarOutputStream(bytes, manifest)) {
      jar.putNextEntry(new ZipEntry("x"));
      jar.closeEntry();
    }
    return Files.write(home.resolve("bundles").resolve(file), bytes.toByteArray());
  }

  private static Feature feature(String name, String... files) {
    List<Feature.BundleRef> bundles =
        java.util.Arrays.stream(files).map(f -> new Feature.BundleRef("g:a:1", f, "")).toList();
    return new Feature(name, name, name, false, List.of(), bundles, null);
  }

  private static Feature pinned(String name, String file, String sha256) {
    return new Feature(
        name,
        name,
        name,
        false,
        List.of(),
        List.of(new Feature.BundleRef("g:a:1", file, sha256)),
        null);
  }
}
