package org.commonshub.history.sqlite;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.stream.Stream;

/**
 * Where sqlite-jdbc unpacks its native library: below the hub's data directory rather than in a
 * shared one, each load under a name of its own, so that the driver's bundle can be updated any
 * number of times. What a killed hub left there is removed.
 */
final class NativeLibrary {
  private static final String PROPERTY = "org.sqlite.tmpdir";

  private NativeLibrary() {}

  static void prepare(Path directory) {
    if (System.getProperty(PROPERTY) != null) {
      return;
    }
    try {
      Files.createDirectories(directory);
      if (!Files.isWritable(directory)) {
        return;
      }
      Instant started = ProcessHandle.current().info().startInstant().orElse(Instant.EPOCH);
      try (Stream<Path> files = Files.list(directory)) {
        for (Path file : files.toList()) {
          if (file.getFileName().toString().startsWith("sqlite-")
              && Files.getLastModifiedTime(file).toInstant().isBefore(started)) {
            Files.deleteIfExists(file);
          }
        }
      }
      System.setProperty(PROPERTY, directory.toString());
    } catch (IOException e) {
      // The system's temporary directory stays in use.
      System.clearProperty(PROPERTY);
    }
  }
}
