package org.commonshub.apps.desk.api;

import org.commonshub.privacy.api.EnergyData;
import org.osgi.annotation.versioning.ProviderType;

/** Makes the services of one running app. Called by {@code apps.provider}. */
@ProviderType
public interface AppHosts {
  /**
   * Opens the services of a version of an app. While it is open, a bundle of the hub's that lies at
   * {@code location} finds the services of {@code apps.api} that the manifest asks for.
   *
   * @param location where its bundle lies: {@code app:ID/VERSION}
   * @param view the gate's view of that app
   * @param probation whether an older version serves still: it works on a copy of the store and its
   *     wishes to actuators are refused, until {@link AppSession#promote()}
   * @throws IllegalStateException if there is a session at that location
   * @throws java.io.UncheckedIOException if what the app keeps cannot be opened
   */
  AppSession open(
      String location, AppManifest manifest, Grants grants, EnergyData view, boolean probation);

  /**
   * Goes back to the store as {@code version} left it when a newer one was promoted; does nothing
   * if the store is that version's already. A store is of the version that opened it first or was
   * promoted; the one before is kept until the next promotion. No session of the app may be open.
   * Durable, and whole or not at all, when it returns.
   *
   * @throws java.io.IOException if that version's store is not there any more, or the disk fails
   */
  void revert(AppId app, AppVersion version) throws java.io.IOException;

  /** Deletes what an app kept; no session of it may be open. */
  void erase(AppId app) throws java.io.IOException;

  /** Writes what an app kept as a ZIP, one entry per name. */
  void export(AppId app, java.io.OutputStream out) throws java.io.IOException;
}
