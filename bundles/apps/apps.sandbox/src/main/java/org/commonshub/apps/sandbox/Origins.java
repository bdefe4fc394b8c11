package org.commonshub.apps.sandbox;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;

/**
 * Which bundles are the hub's. The launcher installs them under locations of its own after checking
 * them against the digests that the features pin, throws every other bundle under such a location
 * out of the cache, and starts the fence before any of them is resolved: what is there then is the
 * hub's. Later ones are if a bundle of the hub installed them under such a location. Numbers of
 * bundles are never used again.
 */
final class Origins {
  private final String location;
  private final long self;
  private final Set<Long> ours = ConcurrentHashMap.newKeySet();

  Origins(BundleContext context) {
    String given = context.getProperty("commonshub.locations");
    this.location = given == null ? "hub:" : given;
    this.self = context.getBundle().getBundleId();
    ours.add(0L);
    ours.add(self);
    for (Bundle bundle : context.getBundles()) {
      if (bundle.getLocation().startsWith(location)) {
        ours.add(bundle.getBundleId());
      }
    }
  }

  boolean ours(Bundle bundle) {
    return ours.contains(bundle.getBundleId());
  }

  /** Whether this is a zone: the sandbox and all else but the apps is part of its framework. */
  boolean zone() {
    return self == 0;
  }

  /** Whether it installs, starts and sees apps. */
  boolean runsApps(Bundle bundle) {
    return part(bundle, "org.commonshub.apps.provider");
  }

  /** Whether it gives apps their services. */
  boolean hostsApps(Bundle bundle) {
    return part(bundle, "org.commonshub.apps.host");
  }

  private boolean part(Bundle bundle, String name) {
    return zone()
        ? bundle.getBundleId() == 0
        : ours(bundle) && name.equals(bundle.getSymbolicName());
  }

  /** Whether it is the sandbox itself. */
  boolean self(Bundle bundle) {
    return bundle.getBundleId() == self;
  }

  /** A bundle was installed by another. */
  void installed(Bundle bundle, Bundle by) {
    if (ours(by) && bundle.getLocation().startsWith(location)) {
      ours.add(bundle.getBundleId());
    }
  }

  /** Whether a bundle claims to be one of the hub's and is not. */
  boolean pretends(Bundle bundle) {
    return !ours(bundle) && bundle.getLocation().startsWith(location);
  }
}
