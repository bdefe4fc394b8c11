package org.commonshub.apps.sandbox;

import java.util.Collection;
import java.util.Map;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.hooks.service.EventListenerHook;
import org.osgi.framework.hooks.service.FindHook;
import org.osgi.framework.hooks.service.ListenerHook.ListenerInfo;

/**
 * Layer 2: which services bundles of others find and hear of, and which of theirs the hub does.
 * Declarative Services look with the context of the component's bundle, so it holds for them, too.
 */
final class ServiceFence implements FindHook, EventListenerHook {
  private final Origins origins;
  private final Permits permits;

  ServiceFence(Origins origins, Permits permits) {
    this.origins = origins;
    this.permits = permits;
  }

  @Override
  public void find(
      BundleContext context,
      String name,
      String filter,
      boolean allServices,
      Collection<ServiceReference<?>> references) {
    references.removeIf(reference -> !passes(context, reference));
  }

  @Override
  public void event(ServiceEvent event, Map<BundleContext, Collection<ListenerInfo>> listeners) {
    ServiceReference<?> reference = event.getServiceReference();
    listeners.entrySet().removeIf(entry -> !passes(entry.getKey(), reference));
  }

  private boolean passes(BundleContext context, ServiceReference<?> reference) {
    try {
      Bundle asker = context.getBundle();
      Bundle owner = reference.getBundle();
      if (asker.equals(owner) || asker.getBundleId() == 0) {
        return true;
      }
      if (owner == null) {
        return origins.ours(asker); // It is gone; there is nothing to get any more.
      }
      if (origins.ours(asker)) {
        return origins.ours(owner)
            ? !Rules.view(reference)
            : permitted(owner)
                && Rules.mayOffer(
                    permits.of(owner), reference, owner.getSymbolicName(), asker, origins);
      }
      return origins.ours(owner)
          && permitted(asker)
          && Rules.mayFind(permits.of(asker), reference, owner, origins);
    } catch (Throwable e) {
      return false;
    }
  }

  private boolean permitted(Bundle other) {
    return permits.unlisted() || permits.of(other).isPresent();
  }
}
