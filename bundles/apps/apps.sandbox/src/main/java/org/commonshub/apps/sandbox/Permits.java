package org.commonshub.apps.sandbox;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.commonshub.apps.sandbox.api.Finding;
import org.commonshub.apps.sandbox.api.Profile;
import org.commonshub.apps.sandbox.api.Sandbox;
import org.commonshub.apps.sandbox.check.JarCheck;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who may be at which location, and what it gets there. Thread-safe. */
final class Permits implements Sandbox {
  /** Beginning of the locations that only {@code apps.provider} and a zone's runtime install at. */
  static final String APP = "app:";

  private static final Logger LOG = LoggerFactory.getLogger(Permits.class);
  private static final Pattern LOCATION =
      Pattern.compile("app:([A-Za-z0-9._-]{1,128})/([0-9][A-Za-z0-9._-]{0,63})");
  private static final String PROXY_VERSION = "0.0.0";

  /**
   * What lies at a location gets.
   *
   * @param id symbolic name
   * @param version version
   * @param services names of types of services
   */
  record Grant(String id, String version, Profile profile, Set<String> services) {
    /** Whether it only stands for the app in the registry and has no code. */
    boolean proxy() {
      return version.equals(PROXY_VERSION);
    }
  }

  private final BundleContext hub;
  private final boolean unlisted;
  private final Runnable first;
  private final Map<String, Grant> grants = new ConcurrentHashMap<>();
  private boolean lost;

  /**
   * No permits.
   *
   * @param first called when the first permit is given
   */
  Permits(BundleContext hub, Runnable first) {
    this.hub = hub;
    this.first = first;
    unlisted = "true".equals(hub.getProperty("commonshub.unlisted"));
    if (unlisted) {
      LOG.warn(
          "commonshub.unlisted is set: bundles of others may be installed by hand here, and their"
              + " classes are not checked.");
    }
  }

  /** Whether bundles of others without a permit may be here: a developer's hub. */
  boolean unlisted() {
    return unlisted;
  }

  Optional<Grant> of(Bundle bundle) {
    return Optional.ofNullable(grants.get(bundle.getLocation()));
  }

  /** Nothing is permitted any more. */
  synchronized void lose() {
    lost = true;
    grants.clear();
  }

  @Override
  public synchronized Permit permit(String location, Profile profile, Set<String> services) {
    Matcher parts = LOCATION.matcher(location);
    if (!parts.matches()) {
      throw new IllegalArgumentException(location + " is not of the form app:ID/VERSION");
    }
    if (lost) {
      throw new IllegalStateException("the sandbox has lost a hook; restart the hub");
    }
    first.run();
    Grant grant = new Grant(parts.group(1), parts.group(2), profile, Set.copyOf(services));
    if (grants.putIfAbsent(location, grant) != null) {
      throw new IllegalStateException("there is a permit for " + location + " already");
    }
    return () -> end(location, grant);
  }

  private void end(String location, Grant grant) {
    if (grants.get(location) != grant) {
      return; // Closed before.
    }
    Bundle bundle = hub.getBundle(location);
    if (bundle != null) {
      try {
        bundle.uninstall(); // Stops it.
      } catch (BundleException | RuntimeException e) {
        LOG.error("The bundle at {} could not be removed.", location, e);
      }
    }
    grants.remove(location, grant);
  }

  @Override
  public List<Finding> check(Path jar, Profile profile) throws IOException {
    return JarCheck.check(jar, profile);
  }
}
