package org.commonshub.apps.zone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a zone runs: jars of the image, read-only.
 *
 * @param jars by their real paths
 */
record ClassPath(List<Path> jars) {
  /** In {@code lib}, without versions; the same as in bin/zone. */
  private static final List<String> LIBRARIES =
      List.of("org.apache.felix.framework", "slf4j-api", "slf4j-jdk14");

  /** In {@code bundles}. */
  private static final List<String> BUNDLES =
      List.of(
          "apps.zone",
          "apps.api",
          "apps.sandbox",
          "privacy.api",
          "measure.api",
          "identity.api",
          "org.apache.felix.scr",
          "org.osgi.service.component",
          "org.osgi.util.function",
          "org.osgi.util.promise");

  ClassPath {
    jars = List.copyOf(jars);
  }

  /** Of an image. */
  static ClassPath of(Path home, Path bundles) throws IOException {
    List<Path> jars = new ArrayList<>();
    for (String name : LIBRARIES) {
      jars.add(existing(home.resolve("lib").resolve(name + ".jar")));
    }
    for (String name : BUNDLES) {
      jars.add(newest(bundles, name));
    }
    return new ClassPath(jars);
  }

  private static Path existing(Path jar) throws IOException {
    if (!Files.isRegularFile(jar)) {
      throw new IOException(jar + " is missing");
    }
    return jar.toRealPath();
  }

  private static Path newest(Path bundles, String name) throws IOException {
    try (Stream<Path> files = Files.list(bundles)) {
      return files
          .filter(
              file ->
                  file.getFileName()
                      .toString()
                      .matches(java.util.regex.Pattern.quote(name) + "-[0-9].*\\.jar"))
          .max(Path::compareTo)
          .orElseThrow(() -> new IOException(name + " is missing in " + bundles))
          .toRealPath();
    }
  }
}
