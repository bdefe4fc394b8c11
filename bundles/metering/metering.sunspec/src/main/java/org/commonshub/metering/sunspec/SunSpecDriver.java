package org.commonshub.metering.sunspec;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.Discoverer;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.DriverDescription;
import org.commonshub.metering.api.DriverDescription.Model;
import org.commonshub.metering.api.DriverSession;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.metering.api.Modbus;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Driver {@code sunspec}. Thread-safe; no thread of its own. */
@Component(service = MeterDriver.class)
public final class SunSpecDriver implements MeterDriver, Discoverer {
  private static final String SOURCE =
      "SunSpec Alliance, Device Information Model Specification and model definitions";
  private static final Duration DISCOVERY = Duration.ofSeconds(4);

  /** Unit ids that makers use beside 1: SMA's SunSpec profile, and meters of Fronius inverters. */
  private static final int[] CUSTOMARY_UNITS = {126, 240, 200};

  private static final Duration CUSTOMARY_TIMEOUT = Duration.ofMillis(300);

  /** Failures that do not rule out other units at the same address. */
  private static final Set<DeviceException.Kind> SILENT =
      Set.of(
          DeviceException.Kind.SETTINGS,
          DeviceException.Kind.TIMEOUT,
          DeviceException.Kind.REFUSED,
          DeviceException.Kind.INVALID_ANSWER);

  private static final DriverDescription DESCRIPTION =
      new DriverDescription(
          "sunspec",
          "SunSpec inverter, meter or battery",
          Set.of("tcp", "serial"),
          502,
          SunSpecSettings.OPTIONS,
          List.of(
              model("SunSpec inverter (models 101-103, 111-113, 701)", Found.Kind.INVERTER),
              model("SunSpec meter (models 201-204, 211-214)", Found.Kind.METER),
              model("SunSpec battery (models 802, 713, 124)", Found.Kind.BATTERY)),
          false);

  private final Modbus modbus;

  /**
   * @param modbus the bus
   */
  @Activate
  public SunSpecDriver(@Reference Modbus modbus) {
    this.modbus = modbus;
  }

  private static Model model(String name, Found.Kind kind) {
    return new Model(
        "SunSpec",
        name,
        kind.role(),
        Map.of(SunSpecSettings.MODEL, kind.name().toLowerCase(Locale.ROOT)),
        SOURCE);
  }

  @Override
  public DriverDescription description() {
    return DESCRIPTION;
  }

  @Override
  public DriverSession open(DriverContext context) throws DeviceException {
    return new SunSpecSession(
        modbus, context.stream(), SunSpecSettings.of(context.endpoint(), context.settings()));
  }

  @Override
  public CompletionStage<List<Candidate>> probe(DriverContext context) {
    SunSpecSettings settings;
    try {
      settings = SunSpecSettings.of(context.endpoint(), context.settings());
    } catch (DeviceException e) {
      return CompletableFuture.failedFuture(e);
    }
    CompletionStage<List<Candidate>> found =
        look(context, settings, DISCOVERY)
            .exceptionallyCompose(
                failure ->
                    Walk.cause(failure) instanceof DeviceException e && SILENT.contains(e.kind())
                        ? CompletableFuture.completedFuture(List.of())
                        : CompletableFuture.failedFuture(Walk.cause(failure)));
    if (!context.endpoint().scheme().equals("tcp") || settings.unit() != 1) {
      return found;
    }
    for (int unit : CUSTOMARY_UNITS) {
      SunSpecSettings other = settings.with(unit, CUSTOMARY_TIMEOUT);
      found =
          found.thenCompose(
              list ->
                  look(context, other, CUSTOMARY_TIMEOUT.multipliedBy(3))
                      .thenApply(more -> Stream.concat(list.stream(), more.stream()).toList())
                      .exceptionally(failure -> list));
    }
    return found;
  }

  private CompletionStage<List<Candidate>> look(
      DriverContext context, SunSpecSettings settings, Duration limit) {
    return new SunSpecSession(modbus, context.stream(), settings)
        .headers(limit)
        .thenApply(headers -> candidates(headers, settings));
  }

  private static List<Candidate> candidates(List<Found.Header> headers, SunSpecSettings settings) {
    List<Candidate> candidates = new ArrayList<>();
    for (Found.Part part : Found.devices(headers, false)) {
      Found.Kind kind = part.kind();
      List<Found.Part> alike = Found.parts(headers, kind, false);
      int number =
          1
              + alike.stream()
                  .map(other -> other.models().get(0))
                  .toList()
                  .indexOf(part.models().get(0));
      if (Found.worthProposing(part)) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put(SunSpecSettings.UNIT, Integer.toString(settings.unit()));
        values.put(SunSpecSettings.FRAMING, settings.framing().name().toLowerCase(Locale.ROOT));
        values.put(SunSpecSettings.MODEL, kind.name().toLowerCase(Locale.ROOT));
        values.put(SunSpecSettings.INSTANCE, Integer.toString(number));
        Map<String, String> identity = part.identity();
        candidates.add(
            new Candidate(
                name(identity, kind, alike.size() > 1 ? " " + number : ""),
                kind.role(),
                values,
                identity));
      }
    }
    return List.copyOf(candidates);
  }

  private static String name(Map<String, String> identity, Found.Kind kind, String number) {
    String maker = identity.getOrDefault("maker", "SunSpec");
    String model = identity.getOrDefault("model", "");
    String part = kind.role() == DeviceRole.PV ? "" : " " + kind.name().toLowerCase(Locale.ROOT);
    String name = (maker + " " + model).strip() + part + number;
    return name.length() <= 64 ? name : name.substring(0, 64).strip();
  }
}
