package org.commonshub.metering.vedirect;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Quantity;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.Discoverer;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.DriverDescription;
import org.commonshub.metering.api.DriverDescription.Model;
import org.commonshub.metering.api.DriverSession;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.metering.api.PushSession;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** Driver {@code vedirect}. Thread-safe; no thread, socket or file of its own. */
@Component(service = MeterDriver.class)
public final class VeDirectDriver implements MeterDriver, Discoverer {
  private static final String PAPER = "Victron Energy, VE.Direct Protocol (white paper)";

  private static final DriverDescription DESCRIPTION =
      new DriverDescription(
          "vedirect",
          "Victron VE.Direct",
          Set.of("serial", "tcp", "file"),
          -1,
          VeDirectSettings.OPTIONS,
          List.of(
              model("BlueSolar MPPT 70|15 to 150|100", DeviceRole.PV),
              model("SmartSolar MPPT 75|10 to 250|100", DeviceRole.PV),
              model("BMV-700, BMV-702, BMV-700H", DeviceRole.BATTERY),
              model("BMV-710H Smart, BMV-712 Smart", DeviceRole.BATTERY),
              model("SmartShunt 500 A, 1000 A, 2000 A", DeviceRole.BATTERY),
              model("Phoenix Inverter VE.Direct", DeviceRole.LOAD)),
          true);

  /** Holds nothing. */
  @Activate
  public VeDirectDriver() {}

  private static Model model(String name, DeviceRole role) {
    return new Model("Victron Energy", name, role, Map.of(), PAPER);
  }

  @Override
  public DriverDescription description() {
    return DESCRIPTION;
  }

  @Override
  public DriverSession open(DriverContext context) throws DeviceException {
    return new VeDirectSession(context.stream(), VeDirectSettings.of(context.settings()));
  }

  @Override
  public CompletionStage<List<Candidate>> probe(DriverContext context) {
    CompletableFuture<List<Candidate>> found = new CompletableFuture<>();
    VeDirectSession session =
        new VeDirectSession(context.stream(), new VeDirectSettings(Values.Meter.AUTO));
    session.start(
        new PushSession.Receiver() {
          @Override
          public void values(Optional<Instant> at, List<Measurement> values) {
            found.complete(List.of(candidate(session.identity(), values)));
          }

          @Override
          public void failed(DeviceException why) {
            if (why.kind() == DeviceException.Kind.INVALID_ANSWER) {
              found.complete(List.of());
            } else {
              found.completeExceptionally(why);
            }
          }
        });
    // Done when the port is free again.
    return found.whenComplete((candidates, failure) -> session.close());
  }

  private static Candidate candidate(Map<String, String> identity, List<Measurement> values) {
    boolean panels = values.stream().anyMatch(value -> value.quantity().name().equals("dc.power"));
    boolean inverter =
        values.stream().anyMatch(value -> value.quantity().equals(Quantity.APPARENT_POWER));
    return new Candidate(
        identity.getOrDefault("model", "VE.Direct device"),
        panels ? DeviceRole.PV : inverter ? DeviceRole.LOAD : DeviceRole.BATTERY,
        Map.of(),
        identity);
  }
}
