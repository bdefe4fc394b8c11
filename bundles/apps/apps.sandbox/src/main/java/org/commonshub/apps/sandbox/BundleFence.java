package org.commonshub.apps.sandbox;

import java.util.Collection;
import java.util.Optional;
import org.commonshub.apps.sandbox.Permits.Grant;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.BundleException;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.hooks.bundle.EventHook;
import org.osgi.framework.hooks.bundle.FindHook;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bundles of others see no bundle but themselves, and those that are not what a bundle of others
 * may be are uninstalled before whoever installed or updated them gets them.
 */
final class BundleFence implements FindHook, EventHook {
  private static final Logger LOG = LoggerFactory.getLogger(BundleFence.class);
  private static final StackWalker STACK =
      StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);

  private final Origins origins;
  private final Permits permits;
  private final BundleContext hub;

  BundleFence(Origins origins, Permits permits, BundleContext hub) {
    this.origins = origins;
    this.permits = permits;
    this.hub = hub;
  }

  @Override
  public void find(BundleContext context, Collection<Bundle> bundles) {
    bundles.removeIf(bundle -> !sees(context, bundle));
  }

  @Override
  public void event(BundleEvent event, Collection<BundleContext> contexts) {
    Bundle bundle = event.getBundle();
    try {
      contexts.removeIf(context -> !sees(context, bundle));
      switch (event.getType()) {
        case BundleEvent.INSTALLED -> installed(bundle, event.getOrigin());
        case BundleEvent.UPDATED -> check(bundle);
        case BundleEvent.STARTED -> started(bundle, contexts);
        default -> {}
      }
    } catch (Throwable e) {
      if (!origins.ours(bundle)) {
        contexts.clear();
        refuse(bundle, "it could not be looked at: " + e);
      }
    }
  }

  private void installed(Bundle bundle, Bundle by) {
    origins.installed(bundle, by);
    if (!origins.ours(by)) {
      refuse(bundle, "it was installed by " + by.getSymbolicName());
    } else if (bundle.getLocation().startsWith(Permits.APP) && !origins.runsApps(by)) {
      refuse(bundle, "apps are installed by the hub's app platform only");
    } else {
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
    Optional<Grant> grant = permits.of(bundle);
    if (grant.isEmpty() && (!permits.unlisted() || bundle.getLocation().startsWith(Permits.APP))) {
      refuse(
          bundle,
          "the hub's app platform did not ask for it; start a developer's hub with"
              + " -Dcommonshub.unlisted=true");
      return;
    }
    Optional<String> reason;
    try {
      reason = Inspection.of(bundle, hub.getBundles(), origins, grant);
    } catch (Throwable e) {
      reason = Optional.of("it cannot be read: " + e.getMessage());
    }
    reason.ifPresent(text -> refuse(bundle, text));
  }

  /** What has a permit runs only if its runner started it, and not again by itself. */
  private void started(Bundle bundle, Collection<BundleContext> contexts) {
    if (origins.ours(bundle) || permits.of(bundle).isEmpty() && permits.unlisted()) {
      return;
    }
    boolean by = false;
    try {
      by =
          (origins.zone() || runnerCalls())
              && !bundle.adapt(BundleStartLevel.class).isPersistentlyStarted();
    } catch (Throwable e) {
      LOG.error("Who started {} cannot be told.", bundle.getSymbolicName(), e);
    }
    if (!by) {
      contexts.clear(); // Declarative Services don't hear of it.
      LOG.warn(
          "{} was started by somebody else than the hub's app platform, or for good; it is"
              + " stopped.",
          bundle.getSymbolicName());
      try {
        bundle.stop();
      } catch (BundleException | RuntimeException e) {
        LOG.error("{} could not be stopped.", bundle.getSymbolicName(), e);
      }
    }
  }

  /** Whether the nearest bundle on the stack, beside this one, is a runner of apps. */
  private boolean runnerCalls() {
    return STACK.walk(
        frames ->
            frames
                .map(frame -> FrameworkUtil.getBundle(frame.getDeclaringClass()))
                .filter(bundle -> bundle != null && !origins.self(bundle))
                .findFirst()
                .map(bundle -> origins.runsApps(bundle))
                .orElse(false));
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
