package org.commonshub.apps.sandbox;

import java.util.ArrayList;
import java.util.List;
import org.commonshub.apps.sandbox.api.Sandbox;
import org.osgi.annotation.bundle.Header;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.hooks.resolver.ResolverHookFactory;
import org.osgi.framework.hooks.service.EventListenerHook;
import org.osgi.framework.hooks.service.FindHook;
import org.osgi.framework.hooks.weaving.WeavingHook;
import org.osgi.framework.hooks.weaving.WovenClassListener;
import org.osgi.framework.wiring.FrameworkWiring;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts up the fence, before anything else of the hub runs: an activator, because Declarative
 * Services come later, and needing nothing but the framework. When it is taken down, bundles of
 * others stop first.
 */
@Header(name = Constants.BUNDLE_ACTIVATOR, value = "${@class}")
public final class SandboxActivator implements BundleActivator {
  private static final Logger LOG = LoggerFactory.getLogger(SandboxActivator.class);

  private final List<ServiceRegistration<?>> hooks = new ArrayList<>();
  private Origins origins;
  private Permits permits;
  private boolean weaving;

  @Override
  public void start(BundleContext context) {
    origins = new Origins(context);
    weaving = false;
    permits = new Permits(context, () -> weave(context));
    BundleFence bundles = new BundleFence(origins, permits, context);
    ServiceFence services = new ServiceFence(origins, permits);
    hooks.add(
        context.registerService(
            ResolverHookFactory.class, new PackageFence(origins, permits), null));
    hooks.add(
        context.registerService(
            new String[] {FindHook.class.getName(), EventListenerHook.class.getName()},
            services,
            null));
    hooks.add(
        context.registerService(
            new String[] {
              org.osgi.framework.hooks.bundle.FindHook.class.getName(),
              org.osgi.framework.hooks.bundle.EventHook.class.getName()
            },
            bundles,
            null));
    // Whatever was there before was wired without the fence: it stops, and is wired anew.
    stopOthers(context);
    List<Bundle> others = new ArrayList<>();
    for (Bundle bundle : context.getBundles()) {
      if (!origins.ours(bundle)) {
        others.add(bundle);
        bundles.check(bundle);
      }
    }
    if (!others.isEmpty()) {
      context
          .getBundle(Constants.SYSTEM_BUNDLE_LOCATION)
          .adapt(FrameworkWiring.class)
          .refreshBundles(others);
    }
    hooks.add(context.registerService(Sandbox.class, permits, null));
  }

  /** From the first permit on: a hub without apps defines its classes without being asked. */
  private void weave(BundleContext context) {
    if (weaving) {
      return;
    }
    weaving = true;
    ClassFence classes = new ClassFence(origins, permits, () -> lost(context));
    hooks.add(
        context.registerService(
            new String[] {WeavingHook.class.getName(), WovenClassListener.class.getName()},
            classes,
            null));
    context.addFrameworkListener(classes);
  }

  /** A hook does not guard any more. */
  private void lost(BundleContext context) {
    LOG.error("The sandbox has lost a hook: all bundles of others stop. Restart the hub.");
    permits.lose();
    stopOthers(context);
  }

  @Override
  public void stop(BundleContext context) {
    stopOthers(context);
    permits.lose();
    hooks.forEach(ServiceRegistration::unregister);
    hooks.clear();
  }

  private void stopOthers(BundleContext context) {
    for (Bundle bundle : context.getBundles()) {
      if (!origins.ours(bundle)
          && (bundle.getState() & (Bundle.ACTIVE | Bundle.STARTING | Bundle.STOPPING)) != 0) {
        try {
          bundle.stop(Bundle.STOP_TRANSIENT);
          LOG.warn(
              "{} was stopped, because the fence around bundles of others comes or goes; start it"
                  + " again when the fence stands.",
              bundle.getSymbolicName());
        } catch (BundleException | RuntimeException e) {
          LOG.error("{} could not be stopped.", bundle.getSymbolicName(), e);
        }
      }
    }
  }
}
