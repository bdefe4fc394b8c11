package org.commonshub.apps.api;

import org.osgi.annotation.versioning.ProviderType;

/**
 * The app's log, shown to the person who lives here. Lines beyond the quota of the manifest are
 * counted and dropped. Write no readings and no secrets.
 */
@ProviderType
public interface AppLog {
  /** Something happened; at most 500 characters are kept, in one line. */
  void info(String text);

  /** Something went wrong and the person should know; at most 500 characters are kept. */
  void warn(String text);
}
