package org.commonshub.apps.provider;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import javax.tools.ToolProvider;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.desk.api.ManifestCodec;
import org.commonshub.testing.fakes.SampleApp;

/** A tiny real app: one component that keeps how often it was started. */
final class CoachJar {
  private static final String SOURCE =
      """
      package org.example.coach;

      import java.math.BigDecimal;
      import java.util.List;
      import java.util.Locale;
      import org.commonshub.apps.api.App;
      import org.commonshub.apps.api.AppLog;
      import org.commonshub.apps.api.AppStore;
      import org.commonshub.apps.api.Card;

      public final class Coach implements App {
        private final AppStore store;

        public Coach(AppStore store, AppLog log) {
          this.store = store;
          int starts = store.get("starts").map(bytes -> bytes[0] + 1).orElse(1);
          store.put("starts", new byte[] {(byte) starts});
          log.info("started " + starts);
        }

        @Override
        public List<Card> cards(Locale locale) {
          return List.of(
              new Card(
                  "VERSION",
                  List.of(
                      new Card.Figure(
                          "starts", BigDecimal.valueOf(store.get("starts").get()[0]), ""))));
        }
      }
      """;

  private static final String COMPONENT =
      """
      <scr:component xmlns:scr='http://www.osgi.org/xmlns/scr/v1.4.0' name='org.example.coach.Coach'
          configuration-policy='ignore' init='2'>
        <implementation class='org.example.coach.Coach'/>
        <service><provide interface='org.commonshub.apps.api.App'/></service>
        <reference name='store' interface='org.commonshub.apps.api.AppStore' parameter='0'/>
        <reference name='log' interface='org.commonshub.apps.api.AppLog' parameter='1'/>
      </scr:component>
      """;

  private CoachJar() {}

  /** Its package; cards carry the version as their title. */
  static byte[] of(SampleApp app, Path temp) throws IOException {
    AppManifest manifest = app.manifest();
    Path folder = Files.createTempDirectory(temp, "coach");
    Path source = folder.resolve("Coach.java");
    Files.writeString(source, SOURCE.replace("VERSION", "v" + manifest.version()));
    int failed =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-proc:none",
                "--release",
                "17",
                "-cp",
                System.getProperty("java.class.path"),
                "-d",
                folder.toString(),
                source.toString());
    if (failed != 0) {
      throw new IOException("the app does not compile");
    }
    Files.delete(source);
    Path json = folder.resolve(ManifestCodec.PATH);
    Files.createDirectories(json.getParent());
    Files.writeString(json, ManifestCodec.json(manifest));
    Files.createDirectories(folder.resolve("OSGI-INF"));
    Files.writeString(folder.resolve("OSGI-INF/coach.xml"), COMPONENT);
    Manifest headers = new Manifest();
    Attributes main = headers.getMainAttributes();
    main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    main.putValue("Bundle-ManifestVersion", "2");
    main.putValue("Bundle-SymbolicName", manifest.id().name());
    main.putValue("Bundle-Version", manifest.version().toString());
    main.putValue("Import-Package", "org.commonshub.apps.api;version=\"[1.0,2)\"");
    main.putValue("Service-Component", "OSGI-INF/coach.xml");
    main.putValue(
        "Require-Capability",
        "osgi.extender;filter:=\"(&(osgi.extender=osgi.component)(version>=1.4.0)(!(version>=2.0.0)))\"");
    return jar(folder, headers);
  }

  /** A folder as a jar. */
  static byte[] jar(Path folder, Manifest manifest) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JarOutputStream jar = new JarOutputStream(bytes, manifest);
        Stream<Path> all = Files.walk(folder)) {
      List<Path> files = all.filter(Files::isRegularFile).sorted().toList();
      for (Path file : files) {
        String name = folder.relativize(file).toString();
        if (!name.equals("META-INF/MANIFEST.MF")) {
          jar.putNextEntry(new ZipEntry(name));
          jar.write(Files.readAllBytes(file));
          jar.closeEntry();
        }
      }
    }
    return bytes.toByteArray();
  }

  /** What a class comes from, as a bundle: a jar, or classes that are not packed yet. */
  static byte[] bundleOf(Class<?> type) throws IOException {
    Path from;
    try {
      from = Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (java.net.URISyntaxException e) {
      throw new IOException(e);
    }
    if (Files.isRegularFile(from)) {
      return Files.readAllBytes(from);
    }
    try (var in = Files.newInputStream(from.resolve("META-INF/MANIFEST.MF"))) {
      return jar(from, new Manifest(in));
    }
  }

  /** A bundle of the hub's without code. */
  static byte[] stub(String name) throws IOException {
    String text =
        "Manifest-Version: 1.0\nBundle-ManifestVersion: 2\nBundle-SymbolicName: " + name + "\n";
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    new JarOutputStream(
            bytes,
            new Manifest(new java.io.ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8))))
        .close();
    return bytes.toByteArray();
  }
}
