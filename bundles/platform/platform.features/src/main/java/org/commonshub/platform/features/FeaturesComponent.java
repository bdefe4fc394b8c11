package org.commonshub.platform.features;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.commonshub.platform.api.Features;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** {@link Features} over the directories that the launcher gave the framework. */
@Component
public final class FeaturesComponent implements Features {
  private final FeatureManager manager;

  @Activate
  public FeaturesComponent(BundleContext context) throws IOException {
    this.manager =
        new FeatureManager(
            context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION).getBundleContext(),
            path(context, "commonshub.features.dir"),
            path(context, "commonshub.repository"),
            path(context, "commonshub.data").resolve("platform.features").resolve("enabled.json"),
            Optional.ofNullable(context.getProperty("commonshub.features.enabled"))
                .map(names -> Arrays.stream(names.split(",", -1)).map(String::strip).toList()));
  }

  private static Path path(BundleContext context, String property) {
    String value = context.getProperty(property);
    if (value == null) {
      throw new IllegalStateException(
          "The framework property " + property + " is not set: start the hub with its launcher.");
    }
    return Path.of(value);
  }

  @Override
  public List<Feature> list() {
    return manager.list();
  }

  @Override
  public Feature enable(String name, boolean enabled) {
    return manager.enable(name, enabled);
  }
}
