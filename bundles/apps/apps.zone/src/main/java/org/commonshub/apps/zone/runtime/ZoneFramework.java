package org.commonshub.apps.zone.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;

/**
 * A framework whose only bundles are apps. The sandbox and Declarative Services run as part of its
 * system bundle, from the class path: that saves their copies, and class data can be shared.
 */
final class ZoneFramework {
  /** Tests only: without the sandbox, to try what the walls of the process alone hold. */
  static final boolean UNFENCED = Boolean.getBoolean("commonshub.zone.unfenced");

  private static final String SANDBOX = "org.commonshub.apps.sandbox";
  private static final String COMPONENTS = "org.apache.felix.scr";

  /** What apps may import; the sandbox says no to everything else besides. */
  private static final Set<String> CONTRACTS =
      Set.of("org.commonshub.apps.api", "org.commonshub.privacy.api", "org.commonshub.measure.api");

  private ZoneFramework() {}

  static BundleContext start(Path cache)
      throws IOException, BundleException, ReflectiveOperationException {
    List<String> packages = new ArrayList<>();
    Map<String, Attributes> parts = new HashMap<>();
    for (URL url :
        Collections.list(
            ZoneFramework.class.getClassLoader().getResources("META-INF/MANIFEST.MF"))) {
      try (InputStream in = url.openStream()) {
        Attributes attributes = new Manifest(in).getMainAttributes();
        String name = attributes.getValue(Constants.BUNDLE_SYMBOLICNAME);
        if (name != null) {
          parts.put(name.split(";", 2)[0].strip(), attributes);
        }
      }
    }
    for (String contract : CONTRACTS) {
      packages.add(part(parts, contract).getValue(Constants.EXPORT_PACKAGE));
    }
    Map<String, Object> config = new HashMap<>();
    config.put(Constants.FRAMEWORK_STORAGE, cache.toString());
    config.put("felix.extensions.disable", "true");
    config.put("felix.bootdelegation.implicit", "false");
    config.put("felix.service.urlhandlers", "false");
    config.put("felix.log.level", "1");
    config.put(Constants.FRAMEWORK_BSNVERSION, Constants.FRAMEWORK_BSNVERSION_MULTIPLE);
    config.put("commonshub.locations", "hub:");
    config.put(Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, String.join(",", packages));
    config.put(
        Constants.FRAMEWORK_SYSTEMCAPABILITIES_EXTRA,
        part(parts, COMPONENTS).getValue(Constants.PROVIDE_CAPABILITY));
    List<BundleActivator> activators = new ArrayList<>();
    if (!UNFENCED) {
      activators.add(activator(part(parts, SANDBOX)));
    }
    activators.add(activator(part(parts, COMPONENTS)));
    config.put("felix.systembundle.activators", activators);
    @SuppressWarnings({"unchecked", "rawtypes"})
    Map<String, String> texts = (Map) config;
    Framework framework =
        ServiceLoader.load(FrameworkFactory.class).findFirst().orElseThrow().newFramework(texts);
    framework.start();
    return framework.getBundleContext();
  }

  private static Attributes part(Map<String, Attributes> parts, String name) throws IOException {
    Attributes attributes = parts.get(name);
    if (attributes == null) {
      throw new IOException(name + " is not on the class path of the zone");
    }
    return attributes;
  }

  private static BundleActivator activator(Attributes part) throws ReflectiveOperationException {
    return Class.forName(part.getValue(Constants.BUNDLE_ACTIVATOR))
        .asSubclass(BundleActivator.class)
        .getDeclaredConstructor()
        .newInstance();
  }
}
