package org.commonshub.platform.api;

import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Secrets by reference. A configuration file holds {@code ${secret:NAME}}; only the bundle that
 * needs the value resolves it. Values are stored encrypted (AES-256-GCM) under a key file that only
 * the hub's user can read, are never logged and never returned by {@link Settings}.
 */
@ProviderType
public interface Secrets {
  /**
   * Resolves a configuration value: a reference is looked up, anything else is returned as it is.
   *
   * @return the value, or empty if the reference names no stored secret
   */
  Optional<String> resolve(String valueOrReference);

  /**
   * Stores or replaces a secret, durably.
   *
   * @param name letters, digits, {@code . _ - ~}; at most 128
   * @return the reference to write into a configuration
   */
  String put(String name, String value);

  /** Forgets a secret. */
  void remove(String name);
}
