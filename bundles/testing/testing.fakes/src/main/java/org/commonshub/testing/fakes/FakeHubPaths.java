package org.commonshub.testing.fakes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.commonshub.platform.api.HubPaths;

/** {@code data} and {@code config} beneath a directory, usually JUnit's {@code @TempDir}. */
public record FakeHubPaths(Path data, Path config) implements HubPaths {

  /** Creates both beneath {@code root}. */
  public static FakeHubPaths in(Path root) {
    try {
      return new FakeHubPaths(
          Files.createDirectories(root.resolve("data")),
          Files.createDirectories(root.resolve("config")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
