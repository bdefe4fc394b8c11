package org.commonshub.apps.api;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.osgi.annotation.versioning.ProviderType;

/** What was bought. May change while the app runs; ask when it matters. */
@ProviderType
public interface AppLicence {
  /** Service level of the manifest in force; the first one if the app is free. */
  String level();

  /** Features of that level and of the licence. */
  Set<String> features();

  /** Whether the app should show less than was bought, because the licence ended. */
  boolean degraded();

  /** Until when it is paid; empty if it is free or has no end. */
  Optional<Instant> paidUntil();

  /**
   * Uses one unit of a metered limit of the manifest.
   *
   * @param metric name in the manifest
   * @param amount 1 or more
   * @return whether it was within the limit and has been counted
   */
  boolean use(String metric, long amount);
}
