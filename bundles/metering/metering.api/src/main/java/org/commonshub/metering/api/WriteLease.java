package org.commonshub.metering.api;

import org.osgi.annotation.versioning.ProviderType;

/**
 * The right to write one actuator of one device for a while. Made by {@code control.arbiter} alone
 * (a test of the house checks it); whoever is handed one may write until it ends.
 */
@ProviderType
public interface WriteLease {
  /** Who asked: {@code user:ada}, a strategy, an app. */
  String holder();

  /** Why, in a few words; goes to the log with every write. */
  String reason();

  /** Whether it still holds: not expired, not withdrawn, not overruled. */
  boolean held();
}
