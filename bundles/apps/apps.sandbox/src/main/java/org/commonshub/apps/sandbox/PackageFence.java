package org.commonshub.apps.sandbox;

import java.util.Collection;
import org.osgi.framework.Bundle;
import org.osgi.framework.hooks.resolver.ResolverHook;
import org.osgi.framework.hooks.resolver.ResolverHookFactory;
import org.osgi.framework.namespace.ExecutionEnvironmentNamespace;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRequirement;
import org.osgi.framework.wiring.BundleRevision;

/**
 * Layer 1: bundles of others wire to packages that {@link Rules} name and to Declarative Services,
 * and nobody wires to them. Resolvable bundles are never filtered: Felix 7.0.5 loses its system
 * bundle by it.
 */
final class PackageFence implements ResolverHookFactory, ResolverHook {
  private static final String EXTENDER = "osgi.extender";

  private final Origins origins;
  private final Permits permits;

  PackageFence(Origins origins, Permits permits) {
    this.origins = origins;
    this.permits = permits;
  }

  @Override
  public ResolverHook begin(Collection<BundleRevision> triggers) {
    return this;
  }

  @Override
  public void filterResolvable(Collection<BundleRevision> candidates) {
    // See above.
  }

  @Override
  public void filterSingletonCollisions(
      BundleCapability singleton, Collection<BundleCapability> collisions) {
    if (ours(singleton)) {
      collisions.removeIf(other -> !ours(other));
    }
  }

  @Override
  public void filterMatches(
      BundleRequirement requirement, Collection<BundleCapability> candidates) {
    candidates.removeIf(candidate -> !mayWire(requirement, candidate));
  }

  @Override
  public void end() {
    // Nothing was kept.
  }

  private boolean mayWire(BundleRequirement requirement, BundleCapability capability) {
    try {
      Bundle from = requirement.getRevision().getBundle();
      Bundle to = capability.getRevision().getBundle();
      if (origins.ours(from)) {
        return origins.ours(to);
      }
      if (permits.of(from).isEmpty() && !permits.unlisted()) {
        return false;
      }
      Object name = capability.getAttributes().get(capability.getNamespace());
      return switch (requirement.getNamespace()) {
        case PackageNamespace.PACKAGE_NAMESPACE ->
            from.equals(to) || origins.ours(to) && Rules.mayImport(permits.of(from), (String) name);
        case ExecutionEnvironmentNamespace.EXECUTION_ENVIRONMENT_NAMESPACE -> to.getBundleId() == 0;
        case EXTENDER -> origins.ours(to) && "osgi.component".equals(name);
        default -> false; // Hosts, whole bundles, native code, and whatever there will be.
      };
    } catch (Throwable e) {
      return false;
    }
  }

  private boolean ours(BundleCapability capability) {
    return origins.ours(capability.getRevision().getBundle());
  }
}
