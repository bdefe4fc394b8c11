package org.commonshub.apps.api;

import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * What an app keeps, under names. Durable when a method returns; each change is whole or not at
 * all, also under a power cut. The person may take it along (one file per name), and it goes when
 * the app is removed.
 */
@ProviderType
public interface AppStore {
  /** Longest name. */
  int MAX_NAME = 64;

  /** Largest value in bytes. */
  int MAX_VALUE = 256 * 1024;

  /** Most names. */
  int MAX_NAMES = 256;

  /** A value. */
  Optional<byte[]> get(String name);

  /**
   * Keeps a value.
   *
   * @param name {@code [a-z0-9][a-z0-9._-]*}
   * @throws AppQuotaException if it is larger than the manifest's {@code storage_kb} leaves, or
   *     there are more than 120 changes in a minute or 16 times {@code storage_kb} in an hour
   */
  void put(String name, byte[] value);

  /** Forgets a value; no error if there is none. */
  void remove(String name);

  /** All names, sorted. */
  List<String> names();
}
