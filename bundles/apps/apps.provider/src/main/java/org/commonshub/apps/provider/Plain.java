package org.commonshub.apps.provider;

import java.nio.file.Path;
import org.commonshub.apps.desk.api.AppException;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.desk.api.AppRunner;

/** Starts what is no app: drivers, policies and ledger clients run in the hub as plain bundles. */
interface Plain {
  /**
   * Starts it.
   *
   * @throws AppException if it did not start; nothing of it is left then
   */
  AppRunner.Running start(Path jar, AppManifest manifest) throws AppException;
}
