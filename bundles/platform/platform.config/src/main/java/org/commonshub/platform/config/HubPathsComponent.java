package org.commonshub.platform.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.commonshub.platform.api.HubPaths;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** The directories that the launcher gave the framework. */
@Component
public final class HubPathsComponent implements HubPaths {
  private final Path data;
  private final Path config;

  @Activate
  public HubPathsComponent(BundleContext context) {
    this.data = directory(context, "commonshub.data");
    this.config = directory(context, "commonshub.config");
  }

  private static Path directory(BundleContext context, String property) {
    String value = context.getProperty(property);
    if (value == null) {
      throw new IllegalStateException(
          "The framework property " + property + " is not set: start the hub with its launcher.");
    }
    Path path = Path.of(value).toAbsolutePath().normalize();
    try {
      return Files.createDirectories(path);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "Cannot make the directory " + path + " (" + property + "): make its parent writable.",
          e);
    }
  }

  @Override
  public Path data() {
    return data;
  }

  @Override
  public Path config() {
    return config;
  }
}
