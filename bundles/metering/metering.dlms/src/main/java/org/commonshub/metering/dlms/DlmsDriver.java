package org.commonshub.metering.dlms;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.Discoverer;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.DriverDescription;
import org.commonshub.metering.api.DriverDescription.Model;
import org.commonshub.metering.api.DriverSession;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.metering.api.StreamConnection;
import org.commonshub.platform.api.HubClock;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Driver {@code dlms}: meters that push to a customer interface. No thread of its own. */
@Component(service = MeterDriver.class)
public final class DlmsDriver implements MeterDriver, Discoverer {
  private static final Duration LISTEN = Duration.ofSeconds(15);

  private static final DriverDescription DESCRIPTION =
      new DriverDescription(
          "dlms",
          "DLMS/COSEM meter that pushes (HAN port)",
          Set.of("tcp", "serial"),
          -1,
          DlmsSettings.OPTIONS,
          List.of(
              model(
                  "Aidon",
                  "6515, 6525, 6534 and others (Norway, Sweden)",
                  "Aidon, HAN interface" + " description; NVE OBIS lists"),
              model(
                  "Kaifa",
                  "MA105H2E, MA304H3E, MA304H4, MA304T3, MA304T4 (Norway, Sweden)",
                  "Kaifa, KFM_001 OBIS lists"),
              model(
                  "Kamstrup",
                  "Omnia, Omnipower (Norway, Denmark, Sweden)",
                  "Kamstrup, HAN interface description 5512-2584"),
              model(
                  "Landis+Gyr",
                  "E350 (Norway), E450 (Switzerland)",
                  "NVE OBIS lists; IEC 62056-6-2, push setup"),
              model(
                  "Kaifa",
                  "MA309M, MA110M (EVN, Salzburg, Tirol, Vorarlberg)",
                  "Österreichs E-Wirtschaft, customer interfaces"),
              model(
                  "Sagemcom",
                  "T210-D on M-Bus (EVN, Netz NÖ)",
                  "Netz Niederösterreich, Smart Meter Kundenschnittstelle"),
              model("Siemens", "IM150, IM350 (Wiener Netze)", "Wiener Netze, Kundenschnittstelle"),
              model(
                  "Iskraemeco",
                  "AM550 (Wiener Netze, Slovenia)",
                  "Wiener Netze, Kundenschnittstelle; SODO, I1")),
          true);

  private final HubClock clock;
  private final Duration listen;

  /**
   * @param clock for how far a meter's clock is off
   */
  @Activate
  public DlmsDriver(@Reference HubClock clock) {
    this(clock, LISTEN);
  }

  DlmsDriver(HubClock clock, Duration listen) {
    this.clock = clock;
    this.listen = listen;
  }

  private static Model model(String maker, String name, String source) {
    return new Model(maker, name, DeviceRole.GRID_METER, Map.of(), source);
  }

  @Override
  public DriverDescription description() {
    return DESCRIPTION;
  }

  @Override
  public List<String> lines() {
    return List.of("baud=2400&parity=even", "baud=115200", "baud=9600", "baud=2400");
  }

  @Override
  public DriverSession open(DriverContext context) throws DeviceException {
    return new DlmsSession(context.stream(), DlmsSettings.of(context.settings()), clock);
  }

  @Override
  public CompletionStage<List<Candidate>> probe(DriverContext context) {
    DlmsSettings settings;
    try {
      settings = DlmsSettings.of(context.settings());
    } catch (DeviceException e) {
      return CompletableFuture.failedFuture(e);
    }
    CompletableFuture<List<Candidate>> found = new CompletableFuture<>();
    Messages messages = new Messages(settings.security());
    Frames frames =
        new Frames(
            settings.wrapping(),
            message -> candidate(messages, message).ifPresent(one -> found.complete(List.of(one))));
    AutoCloseable subscription =
        context.stream()
            .listen(
                new StreamConnection.Listener() {
                  @Override
                  public void received(byte[] bytes) {
                    frames.feed(bytes);
                  }

                  @Override
                  public void broken(DeviceException why) {
                    found.completeExceptionally(why);
                  }
                });
    return found
        .completeOnTimeout(List.of(), listen.toMillis(), TimeUnit.MILLISECONDS)
        .whenComplete((candidates, failure) -> quietly(subscription));
  }

  /** A meter that can be read, or could with its key. */
  private static Optional<Candidate> candidate(Messages messages, byte[] message) {
    try {
      Optional<Notification> notification = messages.take(message);
      if (notification.isEmpty()) {
        return Optional.empty();
      }
      Data body = notification.get().body();
      String maker = Makers.of(notification.get().systemTitle(), body);
      return Optional.of(candidate(Makers.identity(maker, Lists.of(body, maker))));
    } catch (MalformedApdu e) {
      if (!e.isKey()) {
        return Optional.empty();
      }
      Map<String, String> facts =
          new LinkedHashMap<>(Makers.identity(Messages.maker(Messages.title(message)), List.of()));
      facts.put("encryption", "needs the key of the grid operator");
      return Optional.of(candidate(facts));
    }
  }

  private static Candidate candidate(Map<String, String> facts) {
    String name =
        (facts.getOrDefault("maker", "DLMS")
                + " "
                + facts.getOrDefault("model", "")
                + " "
                + facts.getOrDefault("serial", ""))
            .replaceAll("\\s+", " ")
            .strip();
    return new Candidate(
        name.length() <= 64 ? name : name.substring(0, 64).strip(),
        DeviceRole.GRID_METER,
        Map.of(),
        facts);
  }

  private static void quietly(AutoCloseable subscription) {
    try {
      subscription.close();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
