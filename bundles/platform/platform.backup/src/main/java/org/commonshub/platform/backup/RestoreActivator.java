package org.commonshub.platform.backup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.osgi.annotation.bundle.Header;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts a staged restore in place as soon as this bundle starts. The image starts it before the
 * bundles that read those files; it needs none of them.
 */
@Header(name = Constants.BUNDLE_ACTIVATOR, value = "${@class}")
public final class RestoreActivator implements BundleActivator {
  private static final Logger LOG = LoggerFactory.getLogger(RestoreActivator.class);

  @Override
  public void start(BundleContext context) throws IOException {
    String data = context.getProperty("commonshub.data");
    String config = context.getProperty("commonshub.config");
    if (data == null || config == null) {
      return; // the component says so
    }
    try {
      Files.createDirectories(Path.of(config));
      if (new Staging(new Archive.Home(Path.of(data), Path.of(config))).apply()) {
        LOG.info(
            "A backup was restored. What it replaced is kept in {}.",
            Path.of(data, "before-restore"));
      }
    } catch (IOException e) {
      LOG.error(
          "The staged restore in {} could not be put in place: {}. It is tried again at the next"
              + " start; delete that directory to give it up.",
          Path.of(data, "restore"),
          e.toString());
    }
  }

  @Override
  public void stop(BundleContext context) {
    // nothing is held
  }
}
