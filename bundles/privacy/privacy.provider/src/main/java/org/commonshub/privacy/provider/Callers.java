package org.commonshub.privacy.provider;

import org.commonshub.privacy.api.Recipient;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;

/** Who a bundle is. Any thread. */
final class Callers {
  /** Where the hub's launcher and feature manager install its own bundles from. */
  private static final String HUB = "hub:";

  private static final String OURS = "org.commonshub.";

  private final BundleContext context;

  Callers(BundleContext context) {
    this.context = context;
  }

  /** Whether a bundle came with the hub. */
  static boolean ours(Bundle bundle) {
    return bundle.getLocation().startsWith(HUB)
        && bundle.getSymbolicName() != null
        && bundle.getSymbolicName().startsWith(OURS);
  }

  /** Whether the prosumer decides through this bundle, or takes their data along with it. */
  static boolean desk(Bundle bundle) {
    return ours(bundle)
        && (bundle.getSymbolicName().startsWith(OURS + "console.")
            || bundle.getSymbolicName().equals(OURS + "privacy.rights"));
  }

  /**
   * Whom the gate takes a bundle for.
   *
   * @throws IllegalArgumentException if it has no name that a recipient can have
   */
  static Recipient recipient(Bundle bundle) {
    String name = bundle.getSymbolicName();
    if (name == null) {
      throw new IllegalArgumentException("a bundle without a symbolic name gets no data");
    }
    if (!ours(bundle)) {
      return new Recipient(Recipient.Kind.APP, name);
    }
    String uplink = OURS + "uplink.";
    return new Recipient(
        Recipient.Kind.UPLINK,
        name.substring(name.startsWith(uplink) ? uplink.length() : OURS.length()));
  }

  /**
   * Whether two installed bundles would be the same app: then neither is believed. An app's proxy
   * and its versions lie side by side at {@code app:NAME/VERSION}, where {@code apps.provider}
   * alone installs: they are one app.
   */
  boolean ambiguous(Recipient recipient) {
    if (recipient.kind() != Recipient.Kind.APP) {
      return false;
    }
    int found = 0;
    boolean elsewhere = false;
    for (Bundle bundle : context.getBundles()) {
      if (recipient.name().equals(bundle.getSymbolicName()) && !ours(bundle)) {
        found++;
        elsewhere |= !bundle.getLocation().startsWith("app:" + recipient.name() + "/");
      }
    }
    return found > 1 && elsewhere;
  }

  /** What people call it. */
  String name(Recipient recipient) {
    if (recipient.kind() == Recipient.Kind.APP) {
      for (Bundle bundle : context.getBundles()) {
        if (recipient.name().equals(bundle.getSymbolicName()) && !ours(bundle)) {
          String name = bundle.getHeaders().get("Bundle-Name");
          return name == null || name.isBlank() ? recipient.name() : Texts.plain(name, 100);
        }
      }
    }
    return recipient.name();
  }
}
