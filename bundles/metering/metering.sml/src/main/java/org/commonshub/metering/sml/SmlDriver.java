package org.commonshub.metering.sml;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Discoverer;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.DriverDescription;
import org.commonshub.metering.api.DriverDescription.Model;
import org.commonshub.metering.api.DriverSession;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.metering.api.PushSession;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** Driver {@code sml}. Thread-safe; no thread of its own. */
@Component(service = MeterDriver.class)
public final class SmlDriver implements MeterDriver, Discoverer {
  private static final String EDL = "FNN Lastenheft EDL 1.0 (SML 1.03)";
  private static final String MODERN = "FNN Lastenheft Basiszähler (SML 1.04)";

  private static final DriverDescription DESCRIPTION =
      new DriverDescription(
          "sml",
          "SML meter (infrared port)",
          Set.of("serial", "tcp", "file"),
          -1,
          SmlSettings.OPTIONS,
          List.of(
              model("Apator", "Norax 3D", MODERN),
              model("DZG", "DVS74, DVS76, DWS74, DWS76, DWSB", MODERN),
              model("EasyMeter", "Q1A, Q1D, Q3A, Q3D (SML)", EDL),
              model("eBZ", "DD3", EDL),
              model("EFR", "SGM-C, SGM-D", MODERN),
              model("EMH", "eHZ generations G, H, I, K; ED300L", EDL),
              model("EMH", "mMe4.0, eHZB", MODERN),
              model("Holley", "DTZ541, DTZ251", MODERN),
              model("Iskraemeco", "MT174, MT175", EDL),
              model("Iskraemeco", "MT176, MT631, MT681, MT691", MODERN),
              model("Itron", "OpenWay 3.HZ", MODERN),
              model("Logarex", "LK13BE (SML)", MODERN)),
          true);

  /** Holds nothing. */
  @Activate
  public SmlDriver() {}

  private static Model model(String maker, String name, String source) {
    return new Model(maker, name, DeviceRole.GRID_METER, Map.of(), source);
  }

  @Override
  public DriverDescription description() {
    return DESCRIPTION;
  }

  @Override
  public DriverSession open(DriverContext context) throws DeviceException {
    return new SmlSession(context.stream(), SmlSettings.of(context.settings()));
  }

  @Override
  public CompletionStage<List<Candidate>> probe(DriverContext context) {
    CompletableFuture<List<Candidate>> found = new CompletableFuture<>();
    SmlSession session;
    try {
      session = new SmlSession(context.stream(), SmlSettings.of(context.settings()));
    } catch (DeviceException e) {
      return CompletableFuture.failedFuture(e);
    }
    session.start(
        new PushSession.Receiver() {
          @Override
          public void values(Optional<java.time.Instant> at, List<Measurement> values) {
            found.complete(List.of(candidate(session.identity())));
          }

          @Override
          public void failed(DeviceException why) {
            if (why.kind() == Kind.INVALID_ANSWER) {
              found.complete(List.of());
            } else {
              found.completeExceptionally(why);
            }
          }
        });
    // An own stage: it is done when the port is free again.
    return found.whenComplete((candidates, failure) -> session.close());
  }

  private static Candidate candidate(Map<String, String> identity) {
    String name =
        (identity.getOrDefault("maker", "SML") + " " + identity.getOrDefault("serial", "meter"))
            .strip();
    return new Candidate(
        name.length() <= 64 ? name : name.substring(0, 64).strip(),
        DeviceRole.GRID_METER,
        new LinkedHashMap<>(),
        identity);
  }
}
