package org.commonshub.apps.sandbox;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;

/** What passes the fence. Whatever is not named here does not. */
final class Rules {
  private static final String HUB = "org.commonshub.";

  /** Packages that bundles of others may import, beside {@code java.*}; all come from the hub. */
  private static final Set<String> PACKAGES =
      Set.of(
          HUB + "privacy.api",
          HUB + "measure.api",
          HUB + "metering.api",
          HUB + "metering.mapping.api",
          HUB + "ledger.api",
          HUB + "identity.api",
          HUB + "platform.api",
          "org.slf4j",
          "org.slf4j.event",
          "javax.crypto",
          "javax.crypto.spec");

  /** Services that bundles of others may find. */
  private static final Set<String> SERVICES =
      Set.of(
          HUB + "privacy.api.EnergyData",
          HUB + "metering.api.DeviceInbox",
          HUB + "metering.api.DeviceServer",
          HUB + "metering.api.Modbus",
          HUB + "platform.api.HubClock");

  private static final String POLICY = HUB + "privacy.api.PrivacyPolicy";
  private static final String POLICY_NAME = "privacy.policy";

  /** Services that others may offer, and the beginning of the names of who picks them up. */
  private static final Map<String, String> OFFERS =
      Map.of(
          POLICY,
          HUB + "privacy.",
          HUB + "metering.api.MeterDriver",
          HUB + "metering.",
          HUB + "ledger.api.LedgerClient",
          HUB + "ledger.");

  private Rules() {}

  static boolean mayImport(String packageName) {
    return packageName.startsWith("java.") || PACKAGES.contains(packageName);
  }

  /** Whether a bundle of others may find a service of the hub. */
  static boolean mayFind(ServiceReference<?> reference) {
    for (String type : types(reference)) {
      if (SERVICES.contains(type)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether a bundle of the hub may find a service of another's bundle.
   *
   * @param owner symbolic name of who offers it
   * @param asker symbolic name of who looks
   */
  static boolean mayOffer(ServiceReference<?> reference, String owner, String asker) {
    for (String type : types(reference)) {
      String askers = OFFERS.get(type);
      if (askers == null || !asker.startsWith(askers)) {
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

  /** Whether a name is a bundle's own: its symbolic name, or one that begins with it and a dot. */
  static boolean owns(String symbolicName, String name) {
    return name.equals(symbolicName) || name.startsWith(symbolicName + ".");
  }

  private static String[] types(ServiceReference<?> reference) {
    return (String[]) reference.getProperty(Constants.OBJECTCLASS);
  }
}
