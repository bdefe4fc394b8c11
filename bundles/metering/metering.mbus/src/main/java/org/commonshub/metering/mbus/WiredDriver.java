package org.commonshub.metering.mbus;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.Discoverer;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.DriverDescription;
import org.commonshub.metering.api.DriverDescription.Model;
import org.commonshub.metering.api.DriverSession;
import org.commonshub.metering.api.MeterDriver;
import org.osgi.service.component.annotations.Component;

/** Driver {@code mbus}: wired meters on a level converter. Stateless. */
@Component(service = MeterDriver.class)
public final class WiredDriver implements MeterDriver, Discoverer {
  private static final String SOURCE = "EN 13757-2 and EN 13757-3; frames of the device";

  /** All primary addresses at 2400 baud take 50 s. */
  private static final Duration PATIENCE = Duration.ofSeconds(75);

  private static final Duration SEARCH = Duration.ofSeconds(70);

  private static final DriverDescription DESCRIPTION =
      new DriverDescription(
          "mbus",
          "M-Bus meter (wired)",
          Set.of("tcp", "serial"),
          10001,
          WiredSettings.OPTIONS,
          List.of(
              model("any maker", "heat meter with M-Bus", DeviceRole.HEAT_METER),
              model("any maker", "water meter with M-Bus", DeviceRole.WATER_METER),
              model("any maker", "gas meter with M-Bus", DeviceRole.GAS_METER),
              model("any maker", "electricity meter with M-Bus", DeviceRole.SUB_METER),
              model("ABB", "A and B series, DELTAplus", DeviceRole.SUB_METER),
              model("Elster", "F2, F4, Falcon", DeviceRole.HEAT_METER),
              model("Elvaco", "CMa10, CMa11", DeviceRole.SENSOR),
              model("Engelmann", "SensoStar 2C, WaterStar", DeviceRole.HEAT_METER),
              model("Itron", "CF 50, CF 55", DeviceRole.HEAT_METER),
              model("Itron", "BM +m, Cyble M-Bus", DeviceRole.WATER_METER),
              model("Kamstrup", "382", DeviceRole.SUB_METER),
              model("Landis+Gyr", "Ultraheat T230", DeviceRole.HEAT_METER),
              model("Minol", "Minocal C2", DeviceRole.HEAT_METER),
              model("NZR", "DHZ 5/63", DeviceRole.SUB_METER),
              model("Relay", "PadPuls M2", DeviceRole.WATER_METER),
              model("Saia Burgess", "ALE3", DeviceRole.SUB_METER),
              model("Sensus", "PolluStat, PolluTherm, PolluSonic", DeviceRole.HEAT_METER),
              model("Siemens", "WFH21", DeviceRole.WATER_METER)),
          false);

  private static Model model(String maker, String name, DeviceRole role) {
    return new Model(maker, name, role, Map.of(WiredSettings.ADDRESS, "254"), SOURCE);
  }

  @Override
  public DriverDescription description() {
    return DESCRIPTION;
  }

  @Override
  public List<String> lines() {
    return List.of("baud=2400&parity=even", "baud=9600&parity=even", "baud=300&parity=even");
  }

  @Override
  public Duration patience() {
    return PATIENCE;
  }

  @Override
  public DriverSession open(DriverContext context) throws DeviceException {
    return new WiredSession(context.stream(), WiredSettings.of(context.settings()));
  }

  @Override
  public CompletionStage<List<Candidate>> probe(DriverContext context) {
    return new Search(context.stream(), SEARCH).run();
  }
}
