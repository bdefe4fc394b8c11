package org.commonshub.apps.host;

import java.time.LocalDate;
import java.util.function.Supplier;
import org.commonshub.apps.desk.api.Licences;
import org.commonshub.apps.desk.api.UsageMeter;
import org.commonshub.control.api.Arbiter;
import org.commonshub.measure.api.DeviceDirectory;
import org.commonshub.platform.api.HomeProfile;
import org.commonshub.platform.api.HubClock;

/** What sessions use of the hub; what comes and goes is null while it is not there. */
record Hub(
    HubClock clock,
    Agenda agenda,
    Machine machine,
    Outside outside,
    Supplier<HomeProfile> profile,
    Supplier<Arbiter> arbiter,
    Supplier<DeviceDirectory> directory,
    Supplier<Licences> licences,
    Supplier<UsageMeter> meter) {
  /** Day of the home. */
  LocalDate today() {
    return LocalDate.ofInstant(clock.now(), Home.zone(profile.get()));
  }
}
