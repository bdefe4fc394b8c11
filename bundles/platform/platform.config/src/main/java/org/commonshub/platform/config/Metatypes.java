package org.commonshub.platform.config;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Properties;
import java.util.function.Function;
import org.osgi.framework.Bundle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the metatypes of a bundle without resolving or starting it. */
final class Metatypes {
  private static final Logger LOG = LoggerFactory.getLogger(Metatypes.class);
  private static final String DIRECTORY = "OSGI-INF/metatype";
  private static final int MAX_DOCUMENTS = 256;

  private Metatypes() {}

  /** Metatypes of a bundle; the container's own bundles are configured by the launcher. */
  static List<Metatype> of(Bundle bundle) {
    String name = bundle.getSymbolicName();
    if (bundle.getBundleId() == 0 || (name != null && name.startsWith("org.apache.felix."))) {
      return List.of();
    }
    var paths = bundle.getEntryPaths(DIRECTORY);
    if (paths == null) {
      return List.of();
    }
    List<Metatype> types = new ArrayList<>();
    Function<String, String> localise = localisation(bundle);
    int documents = 0;
    for (String path : Collections.list(paths)) {
      URL entry =
          path.endsWith(".xml") && documents++ < MAX_DOCUMENTS ? bundle.getEntry(path) : null;
      if (entry == null) {
        continue;
      }
      try (InputStream in = entry.openStream()) {
        types.addAll(MetatypeReader.read(in, localise));
      } catch (IOException e) {
        LOG.warn(
            "The settings declared in {} of bundle {} cannot be read ({}); its files are taken"
                + " unchecked.",
            path,
            name,
            e.getMessage());
      }
    }
    return types;
  }

  private static Function<String, String> localisation(Bundle bundle) {
    Properties texts = new Properties();
    URL entry = bundle.getEntry("OSGI-INF/l10n/metatype.properties");
    if (entry == null) {
      entry = bundle.getEntry("OSGI-INF/l10n/bundle.properties");
    }
    if (entry != null) {
      try (var in = new java.io.InputStreamReader(entry.openStream(), StandardCharsets.UTF_8)) {
        texts.load(in);
      } catch (IOException | IllegalArgumentException e) {
        LOG.debug("No texts from {}", entry, e);
      }
    }
    return key -> texts.getProperty(key, key);
  }
}
