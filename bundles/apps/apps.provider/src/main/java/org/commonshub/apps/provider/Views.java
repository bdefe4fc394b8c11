package org.commonshub.apps.provider;

import java.util.List;
import org.commonshub.apps.desk.api.AppException;
import org.commonshub.apps.desk.api.AppId;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.privacy.api.EnergyData;

/** The privacy gate as each app sees it. Any thread. */
interface Views {
  /** The gate that serves now; another object when it was restarted, null while there is none. */
  Object gate();

  /**
   * The gate's view of an app.
   *
   * @throws AppException if there is no gate, or the app's name is taken
   */
  EnergyData view(AppManifest manifest) throws AppException;

  /** What stands at the gate for an app; nothing if there is no gate. */
  List<EnergyData.Grant> grants(AppId app);

  /** The app is gone. */
  void close(AppId app);
}
