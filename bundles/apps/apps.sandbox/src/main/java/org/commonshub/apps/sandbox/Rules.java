package org.commonshub.apps.sandbox;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.commonshub.apps.sandbox.Permits.Grant;
import org.commonshub.apps.sandbox.api.Profile;
import org.commonshub.apps.sandbox.check.Packages;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;

/** What passes the fence. Whatever is not named here does not. */
final class Rules {
  private static final String HUB = "org.commonshub.";

  /** Services that bundles of others may find. */
  private static final Set<String> SERVICES =
      Set.of(
          HUB + "privacy.api.EnergyData",
          HUB + "metering.api.DeviceInbox",
          HUB + "metering.api.DeviceServer",
          HUB + "metering.api.Modbus",
          HUB + "platform.api.HubClock");

  /** Services of {@code apps.api} that every app finds. */
  private static final Set<String> EVERY_APP =
      Set.of(
          HUB + "apps.api.AppHome",
          HUB + "apps.api.AppLog",
          HUB + "apps.api.AppTimers",
          HUB + "apps.api.AppLicence");

  private static final String DATA = HUB + "privacy.api.EnergyData";

  /** Property of a service that is an app's view, and nobody else's. */
  private static final String VIEW = "apps.host";

  private static final String APP = HUB + "apps.api.App";
  private static final String POLICY = HUB + "privacy.api.PrivacyPolicy";
  private static final String DRIVER = HUB + "metering.api.MeterDriver";
  private static final String LEDGER = HUB + "ledger.api.LedgerClient";
  private static final String POLICY_NAME = "privacy.policy";

  /** Services that others may offer, and the beginning of the names of who picks them up. */
  private static final Map<String, String> OFFERS =
      Map.of(POLICY, HUB + "privacy.", DRIVER, HUB + "metering.", LEDGER, HUB + "ledger.");

  private Rules() {}

  static boolean mayImport(Optional<Grant> grant, String packageName) {
    return packageName.startsWith("java.")
        || Packages.of(grant.map(Grant::profile).orElse(Profile.DRIVER)).contains(packageName);
  }

  /**
   * Whether a bundle of others may find a service of the hub.
   *
   * @param grant what the bundle has; empty on a developer's hub
   * @param owner who offers it
   */
  static boolean mayFind(
      Optional<Grant> grant, ServiceReference<?> reference, Bundle owner, Origins origins) {
    if (grant.isPresent() && grant.get().proxy()) {
      return !view(reference)
          && owner.getSymbolicName().startsWith(HUB + "privacy.")
          && Set.of(types(reference)).equals(Set.of(DATA));
    }
    if (grant.isPresent() && grant.get().profile() == Profile.APP) {
      if (!origins.hostsApps(owner)) {
        return false;
      }
      for (String type : types(reference)) {
        if (!EVERY_APP.contains(type) && !grant.get().services().contains(type)
            || type.equals(DATA) && !view(reference)) {
          return false;
        }
      }
      return true;
    }
    for (String type : types(reference)) {
      if (SERVICES.contains(type)) {
        return !view(reference);
      }
    }
    return false;
  }

  /** Whether a service is for apps only: the hub's own take the service itself. */
  static boolean view(ServiceReference<?> reference) {
    Object view = reference.getProperty(VIEW);
    return Boolean.TRUE.equals(view) || "true".equals(view);
  }

  /**
   * Whether a bundle of the hub may find a service of another's bundle.
   *
   * @param grant what the bundle has; empty on a developer's hub
   * @param owner symbolic name of who offers it
   * @param asker who looks
   */
  static boolean mayOffer(
      Optional<Grant> grant,
      ServiceReference<?> reference,
      String owner,
      Bundle asker,
      Origins origins) {
    for (String type : types(reference)) {
      if (grant.isPresent() && !type.equals(offer(grant.get()))) {
        return false;
      }
      if (type.equals(APP)) {
        if (grant.isEmpty() || !origins.runsApps(asker)) {
          return false;
        }
        continue;
      }
      String askers = OFFERS.get(type);
      if (askers == null || !asker.getSymbolicName().startsWith(askers)) {
        return false;
      }
      if (type.equals(POLICY)
          && !(reference.getProperty(POLICY_NAME) instanceof String name
              && owns(owner.toLowerCase(Locale.ROOT), name))) {
        return false; // It would pass for a policy of the hub's or of somebody else.
      }
    }
    return true;
  }

  private static String offer(Grant grant) {
    return grant.proxy() ? "" : Packages.offer(grant.profile());
  }

  /** Whether a name is a bundle's own: its symbolic name, or one that begins with it and a dot. */
  static boolean owns(String symbolicName, String name) {
    return name.equals(symbolicName) || name.startsWith(symbolicName + ".");
  }

  private static String[] types(ServiceReference<?> reference) {
    return (String[]) reference.getProperty(Constants.OBJECTCLASS);
  }
}
