package org.commonshub.metering.speedwire;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Discoverer;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.DriverDescription;
import org.commonshub.metering.api.DriverDescription.Model;
import org.commonshub.metering.api.DriverDescription.Option;
import org.commonshub.metering.api.DriverSession;
import org.commonshub.metering.api.MeterDriver;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** Driver {@code speedwire}. Thread-safe; no thread of its own. */
@Component(service = MeterDriver.class)
public final class SpeedwireDriver implements MeterDriver, Discoverer {
  static final String SERIAL = "serial";
  static final String INTERVAL = "interval_ms";

  private static final String SOURCE =
      "SMA, Energy Meter - meter protocol, technical information EMETER-Protokoll-TI-en-10";

  /** Meters send every second. */
  private static final int LISTEN_SECONDS = 4;

  private static final int MOST = 64;

  private static final DriverDescription DESCRIPTION =
      new DriverDescription(
          "speedwire",
          "SMA energy meter (Speedwire)",
          Set.of("udp-multicast"),
          9522,
          List.of(
              new Option(
                  SERIAL,
                  "Serial number",
                  "Serial number of the meter, as printed on it. Empty: the only one in the"
                      + " network.",
                  "",
                  Map.of(),
                  false,
                  false),
              new Option(
                  INTERVAL,
                  "Least interval",
                  "Milliseconds between two readings that are taken, 0 to 3600000; the meter sends"
                      + " up to ten a second. Default 1000.",
                  "1000",
                  Map.of(),
                  false,
                  false)),
          List.of(
              model("Energy Meter (EMETER-10, EMETER-20)"),
              model("Sunny Home Manager 2.0 (HM-20)")),
          true);

  private final Supplier<CompletableFuture<Void>> listening;

  /** As in the hub. */
  @Activate
  public SpeedwireDriver() {
    this(
        () ->
            new CompletableFuture<Void>()
                .completeOnTimeout(null, LISTEN_SECONDS, TimeUnit.SECONDS));
  }

  /**
   * @param listening completes when a search has listened long enough
   */
  SpeedwireDriver(Supplier<CompletableFuture<Void>> listening) {
    this.listening = listening;
  }

  private static Model model(String name) {
    return new Model("SMA", name, DeviceRole.GRID_METER, Map.of(), SOURCE);
  }

  @Override
  public DriverDescription description() {
    return DESCRIPTION;
  }

  @Override
  public DriverSession open(DriverContext context) throws DeviceException {
    String serial = context.settings().getOrDefault(SERIAL, "").strip();
    String interval = context.settings().getOrDefault(INTERVAL, "").strip();
    return new SpeedwireSession(
        context.datagrams(),
        serial.isEmpty() ? -1 : number(SERIAL, serial, 0xFFFF_FFFFL),
        interval.isEmpty() ? 1000 : number(INTERVAL, interval, 3_600_000));
  }

  private static long number(String key, String text, long max) throws DeviceException {
    try {
      long value = Long.parseLong(text);
      if (value >= 0 && value <= max) {
        return value;
      }
    } catch (NumberFormatException e) {
      // falls through to the same sentence
    }
    throw new DeviceException(
        Kind.SETTINGS,
        "The setting '"
            + key
            + "' is '"
            + (text.length() > 32 ? text.substring(0, 32) + "…" : text)
            + "', but a whole number from 0 to "
            + max
            + " is expected.");
  }

  @Override
  public CompletionStage<List<Candidate>> probe(DriverContext context) {
    Map<Long, Telegram> heard = new TreeMap<>();
    AutoCloseable subscription =
        context
            .datagrams()
            .listen(
                datagram -> {
                  try {
                    Telegram.parse(datagram)
                        .ifPresent(
                            telegram -> {
                              synchronized (heard) {
                                if (heard.size() < MOST) {
                                  heard.put(telegram.serial(), telegram);
                                }
                              }
                            });
                  } catch (DeviceException e) {
                    // Not whole; the next one will be.
                  }
                });
    return listening
        .get()
        .thenApply(
            nothing -> {
              SpeedwireSession.end(subscription);
              synchronized (heard) {
                List<Candidate> found = new ArrayList<>();
                heard.values().forEach(telegram -> found.add(candidate(telegram)));
                return List.copyOf(found);
              }
            });
  }

  private static Candidate candidate(Telegram telegram) {
    return new Candidate(
        "SMA " + telegram.model(),
        DeviceRole.GRID_METER,
        Map.of(SERIAL, Long.toString(telegram.serial())),
        SpeedwireSession.identity(telegram));
  }
}
