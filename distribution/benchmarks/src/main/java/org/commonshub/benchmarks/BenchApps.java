package org.commonshub.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/** Real app packages, compiled against the image. */
final class BenchApps {
  private static final String COMPONENT =
      """
      <scr:component xmlns:scr='http://www.osgi.org/xmlns/scr/v1.4.0' name='%1$s' immediate='true'
          configuration-policy='ignore' init='3'>
        <implementation class='%1$s.Bench'/>
        <service><provide interface='org.commonshub.apps.api.App'/></service>
        <reference name='home' interface='org.commonshub.apps.api.AppHome' parameter='0'/>
        <reference name='store' interface='org.commonshub.apps.api.AppStore' parameter='1'/>
        <reference name='timers' interface='org.commonshub.apps.api.AppTimers' parameter='2'/>
      </scr:component>
      """;
  private static final String MANIFEST =
      """
      {"manifest": 1, "id": "%1$s", "version": "1.0.0", "kind": "app",
       "provider": {"id": "%2$s", "name": "Bench", "url": "https://example.com/", "contact": "bench@example.com"},
       "texts": {"en": {"name": "%1$s", "summary": "For a bench", "description": "For a bench.", "changes": ""}},
       "data": [], "actuators": [], "hosts": [],
       "resources": {"cpu_ms_per_minute": 10000, "memory_mb": 8, "storage_kb": 64,
                     "network_kb_per_day": 0, "log_lines_per_hour": 60},
       "levels": [{"id": "free", "names": {"en": "Free"}, "features": [], "limits": {},
                   "price_micros": 0, "currency": "EUR", "period": "P1M", "trial": "P0D"}],
       "grace": "P7D", "lease": "P30D"}
      """;

  private final Path image;
  private final Path folder;

  BenchApps(Path image, Path folder) {
    this.image = image;
    this.folder = folder;
  }

  /** An app that does a little each second. */
  Path small(String provider, String name) throws IOException {
    return make(provider, name, 0, 0);
  }

  /** An app of so many classes and so much data, which does not compress. */
  Path large(String provider, String name, int classes, int data) throws IOException {
    return make(provider, name, classes, data);
  }

  private Path make(String provider, String name, int classes, int data) throws IOException {
    String id = provider + "." + name;
    Path sources = Files.createDirectories(folder.resolve(id).resolve("src"));
    Path compiled = Files.createDirectories(folder.resolve(id).resolve("classes"));
    Path file = sources.resolve("Bench.java");
    try (InputStream in = BenchApps.class.getResourceAsStream("/apps-bench/Bench.java")) {
      Files.writeString(
          file, new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("PACKAGE", id));
    }
    StringBuilder more = new StringBuilder("package " + id + ";\n");
    for (int i = 0; i < classes; i++) {
      more.append(work(i));
    }
    Path second = Files.writeString(sources.resolve("Work.java"), more);
    StringWriter said = new StringWriter();
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    String classPath;
    try (Stream<Path> bundles = Files.list(image.resolve("bundles"))) {
      classPath =
          bundles.map(Path::toString).collect(Collectors.joining(java.io.File.pathSeparator));
    }
    try (var manager = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
      if (!compiler
          .getTask(
              said,
              manager,
              null,
              List.of(
                  "-proc:none",
                  "-nowarn",
                  "--release",
                  "17",
                  "-d",
                  compiled.toString(),
                  "-cp",
                  classPath),
              null,
              manager.getJavaFileObjects(file, second))
          .call()) {
        throw new IOException("the bench's app does not compile: " + said);
      }
    }
    Path jar = folder.resolve(id + ".jar");
    Manifest manifest = new Manifest();
    Attributes headers = manifest.getMainAttributes();
    headers.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    headers.putValue("Bundle-ManifestVersion", "2");
    headers.putValue("Bundle-SymbolicName", id);
    headers.putValue("Bundle-Version", "1.0.0");
    headers.putValue("Import-Package", "org.commonshub.apps.api");
    headers.putValue("Service-Component", "OSGI-INF/app.xml");
    headers.putValue(
        "Require-Capability",
        "osgi.extender;filter:=\"(&(osgi.extender=osgi.component)(version>=1.4)(!(version>=2)))\"");
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream zip = new JarOutputStream(out, manifest)) {
      put(zip, "OSGI-INF/app.xml", COMPONENT.formatted(id).getBytes(StandardCharsets.UTF_8));
      put(
          zip,
          "HUB-INF/app.json",
          MANIFEST.formatted(id, provider).getBytes(StandardCharsets.UTF_8));
      if (data > 0) {
        byte[] noise = new byte[data];
        new Random(1).nextBytes(noise);
        put(zip, "data.bin", noise);
      }
      try (Stream<Path> files = Files.walk(compiled)) {
        for (Path type : files.filter(Files::isRegularFile).sorted().toList()) {
          put(zip, compiled.relativize(type).toString(), Files.readAllBytes(type));
        }
      }
    }
    return jar;
  }

  /** A class as apps have them: collections, streams, lambdas, records, time, texts. */
  private static String work(int number) {
    return """
        final class Work%1$d {
          record Pair(String key, java.math.BigDecimal value) {}
          private final java.util.Map<String, Pair> pairs = new java.util.TreeMap<>();
          void add(String key, long value) {
            pairs.merge(key, new Pair(key, java.math.BigDecimal.valueOf(value, 3)),
                (a, b) -> new Pair(key, a.value().add(b.value())));
          }
          java.util.List<String> lines(java.time.Instant now) {
            return pairs.values().stream().filter(p -> p.value().signum() > 0)
                .sorted(java.util.Comparator.comparing(Pair::value).reversed())
                .map(p -> now.plusSeconds(%1$d) + " " + p.key() + " = " + p.value().toPlainString())
                .toList();
          }
          int days(java.time.LocalDate from, java.time.LocalDate to) {
            int days = 0;
            for (java.time.LocalDate d = from; d.isBefore(to); d = d.plusDays(1)) {
              switch (d.getDayOfWeek()) {
                case SATURDAY, SUNDAY -> days += 2;
                default -> days++;
              }
            }
            return days * %1$d;
          }
        }
        """
        .formatted(number);
  }

  private static void put(JarOutputStream zip, String name, byte[] content) throws IOException {
    zip.putNextEntry(new ZipEntry(name));
    zip.write(content);
    zip.closeEntry();
  }
}
