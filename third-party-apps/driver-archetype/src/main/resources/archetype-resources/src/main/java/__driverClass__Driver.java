package ${package};

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.DriverDescription;
import org.commonshub.metering.api.DriverDescription.Model;
import org.commonshub.metering.api.DriverSession;
import org.commonshub.metering.api.MeterDriver;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** Driver {@code ${driverId}}. Thread-safe; no thread, socket or file of its own. */
@Component(service = MeterDriver.class)
public final class ${driverClass}Driver implements MeterDriver {
  private static final DriverDescription DESCRIPTION =
      new DriverDescription(
          "${driverId}",
          "${driverTitle}",
          Set.of("tcp", "serial"),
          -1,
          ${driverClass}Settings.OPTIONS,
          List.of(
              new Model(
                  "Nobody",
                  "Toy meter",
                  DeviceRole.GRID_METER,
                  Map.of("mode", "listen"),
                  "README of this driver")),
          true);

  /** Holds nothing. */
  @Activate
  public ${driverClass}Driver() {}

  @Override
  public DriverDescription description() {
    return DESCRIPTION;
  }

  @Override
  public DriverSession open(DriverContext context) throws DeviceException {
    ${driverClass}Settings settings = ${driverClass}Settings.of(context.settings());
    return settings.listen()
        ? new ListenSession(context.stream(), settings)
        : new AskSession(context.stream(), settings);
  }
}
