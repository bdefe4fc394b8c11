package org.commonshub.metering.p1;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.Discoverer;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.DriverDescription;
import org.commonshub.metering.api.DriverSession;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.metering.api.StreamConnection;
import org.commonshub.metering.p1.Framer.Trouble;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** Driver {@code p1}. Thread-safe; no thread of its own. */
@Component(service = MeterDriver.class)
public final class P1Driver implements MeterDriver, Discoverer {
  private static final DriverDescription DESCRIPTION =
      new DriverDescription(
          "p1",
          "Smart meter with a P1 port",
          Set.of("tcp", "serial", "file"),
          2001,
          P1Settings.OPTIONS,
          Models.ALL,
          true);

  /** DSMR 4 and later, and all other countries; then DSMR 2.2 and 3. */
  private static final List<String> LINES = List.of("baud=115200", "baud=9600&data=7&parity=even");

  /** Made by Declarative Services. */
  @Activate
  public P1Driver() {}

  @Override
  public DriverDescription description() {
    return DESCRIPTION;
  }

  @Override
  public DriverSession open(DriverContext context) throws DeviceException {
    return new P1Session(context.stream(), P1Settings.of(context.settings()));
  }

  @Override
  public List<String> lines() {
    return LINES;
  }

  /** Listens for one telegram and proposes every meter in it. */
  @Override
  public CompletionStage<List<Candidate>> probe(DriverContext context) {
    P1Settings settings;
    try {
      settings = P1Settings.of(context.settings());
    } catch (DeviceException e) {
      return CompletableFuture.failedFuture(e);
    }
    CompletableFuture<List<Candidate>> found = new CompletableFuture<>();
    StreamConnection stream = context.stream();
    Port port =
        new Port(
            stream.endpoint(),
            settings,
            new Port.Reader() {
              @Override
              public void telegram(Telegram telegram) {
                found.complete(candidates(telegram, settings));
              }

              @Override
              public void trouble(Trouble trouble, DeviceException why) {
                switch (trouble) {
                  case ENCRYPTED -> found.complete(List.of(locked()));
                  case NOTHING_KNOWN -> found.complete(List.of());
                  // The next telegram may be whole.
                  case DAMAGED, REPLAYED -> {}
                  case NOT_ENCRYPTED, NOT_OPENED -> found.completeExceptionally(why);
                }
              }
            });
    AutoCloseable subscription =
        stream.listen(
            new StreamConnection.Listener() {
              @Override
              public void received(byte[] bytes) {
                if (!found.isDone()) {
                  port.take(bytes);
                }
              }

              @Override
              public void broken(DeviceException why) {
                found.completeExceptionally(why);
              }
            });
    return found.whenComplete((candidates, failure) -> P1Session.quietly(subscription));
  }

  private static Candidate locked() {
    return new Candidate(
        "P1 meter (encrypted)",
        DeviceRole.GRID_METER,
        Map.of(P1Settings.CHANNEL, P1Settings.MAIN),
        Map.of("model", "Encrypted: enter the grid operator's key"));
  }

  private static List<Candidate> candidates(Telegram telegram, P1Settings settings) {
    List<Candidate> candidates = new ArrayList<>();
    Map<String, String> identity = telegram.identity();
    if (!MainValues.of(telegram).isEmpty()) {
      String model = identity.getOrDefault("model", "");
      candidates.add(
          new Candidate(
              ("P1 " + identity.getOrDefault("maker", "") + " " + model)
                  .replaceAll(" +", " ")
                  .strip(),
              DeviceRole.GRID_METER,
              Map.of(P1Settings.CHANNEL, P1Settings.MAIN),
              identity));
    }
    for (SubMeter subMeter : SubMeter.of(telegram, settings.zone())) {
      Map<String, String> known = new HashMap<>(subMeter.identity());
      candidates.add(
          new Candidate(
              subMeter.medium().title() + " " + known.getOrDefault("serial", ""),
              subMeter.medium().role(),
              Map.of(P1Settings.CHANNEL, Integer.toString(subMeter.channel())),
              known));
    }
    return List.copyOf(candidates);
  }
}
