package org.commonshub.apps.zone;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import javax.tools.ToolProvider;
import org.commonshub.apps.api.App;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.sandbox.api.Sandbox;
import org.commonshub.apps.zone.runtime.Main;
import org.commonshub.identity.api.Cbor;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Quantity;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.testing.fakes.SampleApp;

/** Real bundles of apps, compiled when the test runs, and what a zone runs. */
final class Apps {
  static final List<String> SERVICES =
      List.of(
          "org.commonshub.apps.api.AppHome",
          "org.commonshub.apps.api.AppLog",
          "org.commonshub.apps.api.AppTimers",
          "org.commonshub.apps.api.AppLicence",
          "org.commonshub.apps.api.AppStore",
          "org.commonshub.apps.api.AppHttp",
          "org.commonshub.apps.api.AppActuators",
          "org.commonshub.privacy.api.EnergyData");

  private Apps() {}

  /** The manifest of an app that asks for everything. */
  static AppManifest manifest(String id) {
    return new SampleApp(id, "1.0.0")
        .data(Purpose.ADVICE, Granularity.QUARTER_HOUR)
        .actuator(DeviceRole.EV_CHARGER, "current-limit")
        .host("api.example.org")
        .place()
        .manifest();
  }

  /** A jar with one of the resources as a component with all services. */
  static Path jar(Path directory, String id, String className) throws IOException {
    return jar(directory, id, className, SERVICES);
  }

  static Path jar(Path directory, String id, String className, List<String> services)
      throws IOException {
    Path sources = Files.createDirectories(directory.resolve(id + "-src/org/example/probe"));
    Path classes = Files.createDirectories(directory.resolve(id + "-classes"));
    Path source = sources.resolve(className + ".java");
    try (InputStream in = Apps.class.getResourceAsStream("/app/" + className + ".java")) {
      Files.write(source, in.readAllBytes());
    }
    int failed =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-proc:none",
                "-nowarn",
                "--release",
                "17",
                "-cp",
                classPath().stream().map(Path::toString).collect(Collectors.joining(":")),
                "-d",
                classes.toString(),
                source.toString());
    if (failed != 0) {
      throw new IOException(className + " does not compile");
    }
    Manifest manifest = new Manifest();
    Attributes main = manifest.getMainAttributes();
    main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    main.putValue("Bundle-ManifestVersion", "2");
    main.putValue("Bundle-SymbolicName", id);
    main.putValue("Bundle-Version", "1.0.0");
    main.putValue("Service-Component", "OSGI-INF/app.xml");
    main.putValue(
        "Import-Package",
        "org.commonshub.apps.api;version=\"[1.0,2)\",org.commonshub.measure.api;version=\"[1.0,2)\","
            + "org.commonshub.privacy.api;version=\"[1.0,2)\"");
    main.putValue(
        "Require-Capability",
        "osgi.extender;filter:=\"(&(osgi.extender=osgi.component)(version>=1.5.0)(!(version>=2.0.0)))\"");
    StringBuilder xml = new StringBuilder();
    xml.append("<scr:component xmlns:scr='http://www.osgi.org/xmlns/scr/v1.5.0' name='")
        .append(id)
        .append("' configuration-policy='ignore' init='")
        .append(services.size())
        .append("'><implementation class='org.example.probe.")
        .append(className)
        .append("'/><service><provide interface='org.commonshub.apps.api.App'/></service>");
    for (int i = 0; i < services.size(); i++) {
      xml.append("<reference name='r")
          .append(i)
          .append("' interface='")
          .append(services.get(i))
          .append("' parameter='")
          .append(i)
          .append("'/>");
    }
    xml.append("</scr:component>");
    Path jar = directory.resolve(id + ".jar");
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file, manifest);
        Stream<Path> all = Files.walk(classes)) {
      out.putNextEntry(new ZipEntry("OSGI-INF/app.xml"));
      out.write(xml.toString().getBytes(StandardCharsets.UTF_8));
      out.closeEntry();
      for (Path path : all.filter(Files::isRegularFile).sorted().toList()) {
        out.putNextEntry(new ZipEntry(classes.relativize(path).toString()));
        out.write(Files.readAllBytes(path));
        out.closeEntry();
      }
    }
    return jar;
  }

  /** What a zone runs, from where this test has it. */
  static List<Path> classPath() throws IOException {
    List<Path> path = new ArrayList<>();
    try {
      for (Class<?> type :
          List.of(
              org.osgi.framework.launch.Framework.class,
              org.slf4j.Logger.class,
              org.slf4j.jul.JDK14LoggerFactory.class,
              Main.class,
              App.class,
              Sandbox.class,
              EnergyData.class,
              Quantity.class,
              Cbor.class,
              Class.forName("org.apache.felix.framework.Felix"),
              Class.forName("org.apache.felix.scr.impl.Activator"),
              Class.forName("org.osgi.service.component.ComponentContext"),
              Class.forName("org.osgi.util.function.Function"),
              Class.forName("org.osgi.util.promise.Promise"))) {
        Path jar =
            Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toRealPath();
        // The framework brings its own copy of org.osgi.
        if (!path.contains(jar) && !jar.getFileName().toString().startsWith("osgi.core")) {
          path.add(jar);
        }
      }
    } catch (ClassNotFoundException | URISyntaxException e) {
      throw new IOException(e);
    }
    return path;
  }

  static Launcher launcher(boolean unconfined, String... options) throws IOException {
    return new LocalLauncher(new ClassPath(classPath()), unconfined, List.of(options));
  }
}
