package org.commonshub.metering.iec62056;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
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

/** Driver {@code iec62056}. Thread-safe; no thread of its own. */
@Component(service = MeterDriver.class)
public final class IecDriver implements MeterDriver, Discoverer {
  private static final String SOURCE = "IEC 62056-21:2002 and the maker's list of OBIS codes";
  private static final Duration OPENING = Duration.ofSeconds(4);
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private static final DriverDescription DESCRIPTION =
      new DriverDescription(
          "iec62056",
          "IEC 62056-21 meter (infrared port, D0)",
          Set.of("serial", "tcp", "file"),
          -1,
          IecSettings.OPTIONS,
          List.of(
              asked("Landis+Gyr", "E350 (ZMF, ZCF), E550, E650"),
              asked("Elster", "AS1440, AS3000, A1500"),
              asked("Iskraemeco", "ME162, MT171, MT174, MT175 (D0)"),
              asked("Itron", "ACE3000"),
              asked("EMH", "LZQJ, ED2000, ITZ"),
              asked("Pafal", "12EC3, 20EC3"),
              pushed("EasyMeter", "Q3B, Q3C, Q3D (D0)"),
              pushed("eBZ", "DD3 (D0)"),
              pushed("Hager", "EHZ (D0)"),
              pushed("Logarex", "LK11, LK13 (D0)")),
          false);

  /** Holds nothing. */
  @Activate
  public IecDriver() {}

  private static Model asked(String maker, String model) {
    return new Model(maker, model, DeviceRole.GRID_METER, Map.of(IecSettings.MODE, "C"), SOURCE);
  }

  private static Model pushed(String maker, String model) {
    return new Model(maker, model, DeviceRole.GRID_METER, Map.of(IecSettings.MODE, "D"), SOURCE);
  }

  @Override
  public DriverDescription description() {
    return DESCRIPTION;
  }

  @Override
  public DriverSession open(DriverContext context) throws DeviceException {
    IecSettings settings = IecSettings.of(context.settings());
    if (!settings.pushed() && context.endpoint().scheme().equals("file")) {
      throw new DeviceException(
          Kind.SETTINGS, "A recording cannot be asked. Set mode to D to listen to it.");
    }
    return settings.pushed()
        ? new ListeningSession(context.stream(), settings)
        : new AskingSession(context.stream(), settings);
  }

  @Override
  public List<String> lines() {
    return List.of("baud=9600", "baud=2400");
  }

  @Override
  public Duration patience() {
    return PATIENCE;
  }

  /** Asks first, and listens to what does not answer. */
  @Override
  public CompletionStage<List<Candidate>> probe(DriverContext context) {
    IecSettings settings;
    try {
      settings = IecSettings.of(context.settings());
    } catch (DeviceException e) {
      return CompletableFuture.failedFuture(e);
    }
    if (context.endpoint().scheme().equals("file")) {
      return listen(context, settings);
    }
    return new AskingSession(context.stream(), settings)
        .open(OPENING)
        .thenApply(
            opening -> {
              try {
                Identification meter = AskingSession.named(opening).identification();
                return meter.changesByItself()
                    ? List.<Candidate>of()
                    : List.of(
                        candidate(
                            meter.acknowledged() ? "C" : "A",
                            new Readout(meter, List.of()).identity()));
              } catch (DeviceException e) {
                throw new CompletionException(e);
              }
            })
        .exceptionallyCompose(failure -> silent(failure, context, settings));
  }

  private static CompletionStage<List<Candidate>> silent(
      Throwable failure, DriverContext context, IecSettings settings) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    boolean silent =
        cause instanceof DeviceException e
            && Set.of(Kind.TIMEOUT, Kind.INVALID_ANSWER, Kind.DISCONNECTED).contains(e.kind());
    return silent ? listen(context, settings) : CompletableFuture.failedFuture(cause);
  }

  private static CompletionStage<List<Candidate>> listen(
      DriverContext context, IecSettings settings) {
    CompletableFuture<List<Candidate>> found = new CompletableFuture<>();
    ListeningSession session = new ListeningSession(context.stream(), settings);
    session.start(
        new PushSession.Receiver() {
          @Override
          public void values(Optional<Instant> at, List<Measurement> values) {
            found.complete(List.of(candidate("D", session.identity())));
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

  private static Candidate candidate(String mode, Map<String, String> identity) {
    String name =
        (identity.getOrDefault("maker", "Meter")
                + " "
                + identity.getOrDefault("serial", identity.getOrDefault("model", "")))
            .strip();
    return new Candidate(
        name.length() <= 64 ? name : name.substring(0, 64).strip(),
        DeviceRole.GRID_METER,
        Map.of(IecSettings.MODE, mode),
        identity);
  }
}
