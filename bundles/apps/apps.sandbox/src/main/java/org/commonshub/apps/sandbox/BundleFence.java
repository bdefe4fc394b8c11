package org.commonshub.apps.sandbox;

import java.util.Collection;
import java.util.Optional;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.BundleException;
import org.osgi.framework.hooks.bundle.EventHook;
import org.osgi.framework.hooks.bundle.FindHook;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bundles of others see no bundle but themselves, and those that are not what a bundle of others
 * may be are uninstalled before whoever installed or updated them gets them.
 */
final class BundleFence implements FindHook, EventHook {
  private static final Logger LOG = LoggerFactory.getLogger(BundleFence.class);

  private final Origins origins;
  private final BundleContext hub;

  BundleFence(Origins origins, BundleContext hub) {
    this.origins = origins;
    this.hub = hub;
  }

  @Override
  public void find(BundleContext context, Collection<Bundle> bundles) {
    bundles.removeIf(bundle -> !sees(context, bundle));
  }

  @Override
  public void event(BundleEvent event, Collection<BundleContext> contexts) {
    Bundle bundle = event.getBundle();
    contexts.removeIf(context -> !sees(context, bundle));
    if (event.getType() == BundleEvent.INSTALLED) {
      origins.installed(bundle, event.getOrigin());
      if (!origins.ours(event.getOrigin())) {
        refuse(bundle, "it was installed by " + event.getOrigin().getSymbolicName());
        return;
      }
    }
    if (event.getType() == BundleEvent.INSTALLED || event.getType() == BundleEvent.UPDATED) {
      check(bundle);
    }
  }

  /** Uninstalls a bundle of others that breaks the rules. */
  void check(Bundle bundle) {
    if (origins.ours(bundle)) {
      return;
    }
    if (origins.pretends(bundle)) {
      refuse(bundle, "its location is one of the hub's own");
      return;
    }
    Optional<String> reason;
    try {
      reason = Inspection.of(bundle, hub.getBundles(), origins);
    } catch (Throwable e) {
      reason = Optional.of("it cannot be read: " + e.getMessage());
    }
    reason.ifPresent(text -> refuse(bundle, text));
  }

  private static void refuse(Bundle bundle, String reason) {
    LOG.warn("The bundle at {} is refused: {}.", bundle.getLocation(), reason);
    try {
      bundle.uninstall();
    } catch (BundleException | RuntimeException e) {
      LOG.error("The bundle at {} could not be removed.", bundle.getLocation(), e);
    }
  }

  private boolean sees(BundleContext context, Bundle bundle) {
    try {
      Bundle asker = context.getBundle();
      return origins.ours(asker) || asker.equals(bundle);
    } catch (Throwable e) {
      return false;
    }
  }
}
