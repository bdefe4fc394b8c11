package org.commonshub.apps.zone;

import java.util.LinkedHashSet;
import java.util.Set;
import org.commonshub.apps.api.AppActuators;
import org.commonshub.apps.api.AppHome;
import org.commonshub.apps.api.AppHttp;
import org.commonshub.apps.api.AppLicence;
import org.commonshub.apps.api.AppLog;
import org.commonshub.apps.api.AppStore;
import org.commonshub.apps.api.AppTimers;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.zone.wire.Op;
import org.commonshub.privacy.api.EnergyData;

/** Which services an app gets, by what its manifest asks for. */
final class Grant {
  private Grant() {}

  static Set<String> of(AppManifest manifest) {
    Set<String> names = new LinkedHashSet<>();
    names.add(AppHome.class.getName());
    names.add(AppLog.class.getName());
    names.add(AppTimers.class.getName());
    names.add(AppLicence.class.getName());
    if (!manifest.data().isEmpty()) {
      names.add(EnergyData.class.getName());
    }
    if (!manifest.hosts().isEmpty()) {
      names.add(AppHttp.class.getName());
    }
    if (!manifest.actuators().isEmpty()) {
      names.add(AppActuators.class.getName());
    }
    if (manifest.resources().storageKb() > 0) {
      names.add(AppStore.class.getName());
    }
    return names;
  }

  /** Name of the service that a call belongs to. */
  static String needed(Op op) {
    return switch (op) {
      case HOME -> AppHome.class.getName();
      case LICENCE, USE -> AppLicence.class.getName();
      case LOG -> AppLog.class.getName();
      case GET, PUT, REMOVE, NAMES -> AppStore.class.getName();
      case TIMER, CANCEL -> AppTimers.class.getName();
      case HTTP -> AppHttp.class.getName();
      case ACTUATORS, SET, HAND_BACK -> AppActuators.class.getName();
      case RECIPIENT, ASK, GRANTS, READ, SUBSCRIBE, UNSUBSCRIBE -> EnergyData.class.getName();
    };
  }
}
