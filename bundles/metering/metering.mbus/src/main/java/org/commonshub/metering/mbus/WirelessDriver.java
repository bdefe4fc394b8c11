package org.commonshub.metering.mbus;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceInbox;
import org.commonshub.metering.api.Discoverer;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.DriverDescription;
import org.commonshub.metering.api.DriverDescription.Model;
import org.commonshub.metering.api.DriverSession;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.metering.api.StreamConnection;
import org.commonshub.platform.api.HubClock;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/**
 * Driver {@code wmbus}: wireless meters heard by a receiver. Meters that a receiver in use hears
 * and nobody has added go to the inbox. Thread-safe; no thread of its own.
 */
@Component(service = MeterDriver.class)
public final class WirelessDriver implements MeterDriver, Discoverer {
  static final String ID = "wmbus";

  private static final String SOURCE = "EN 13757-4, EN 13757-7 and OMS Specification Vol. 2";
  private static final Duration LISTEN = Duration.ofSeconds(16);
  private static final int MOST = 256;

  private static final DriverDescription DESCRIPTION =
      new DriverDescription(
          ID,
          "M-Bus meter (wireless)",
          Set.of("tcp", "serial"),
          -1,
          WirelessSettings.OPTIONS,
          List.of(
              model("any maker", "OMS heat meter, security profile A or B", DeviceRole.HEAT_METER),
              model(
                  "any maker", "OMS water meter, security profile A or B", DeviceRole.WATER_METER),
              model("any maker", "OMS gas meter, security profile A or B", DeviceRole.GAS_METER),
              model(
                  "any maker",
                  "OMS electricity meter, security profile A or B",
                  DeviceRole.SUB_METER),
              model("any maker", "OMS heat cost allocator", DeviceRole.HEAT_METER),
              model("Kamstrup", "Multical 21, flowIQ (mode C1)", DeviceRole.WATER_METER)),
          true);

  private final HubClock clock;
  private final Duration listen;
  private final List<WirelessSession> sessions = new CopyOnWriteArrayList<>();
  private final Set<String> announced = new LinkedHashSet<>();

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile DeviceInbox inbox;

  /**
   * @param clock tells how long ago a telegram was heard
   */
  @Activate
  public WirelessDriver(@Reference HubClock clock) {
    this(clock, LISTEN);
  }

  WirelessDriver(HubClock clock, Duration listen) {
    this.clock = clock;
    this.listen = listen;
  }

  private static Model model(String maker, String name, DeviceRole role) {
    return new Model(maker, name, role, Map.of(), SOURCE);
  }

  @Override
  public DriverDescription description() {
    return DESCRIPTION;
  }

  @Override
  public List<String> lines() {
    return List.of("baud=57600", "baud=38400", "baud=9600");
  }

  @Override
  public DriverSession open(DriverContext context) throws DeviceException {
    WirelessSettings settings = WirelessSettings.of(context.settings());
    WirelessSession[] self = new WirelessSession[1];
    WirelessSession session =
        new WirelessSession(
            context.stream(),
            settings,
            clock,
            frame -> strange(context.endpoint(), frame),
            () -> sessions.remove(self[0]));
    self[0] = session;
    sessions.add(session);
    return session;
  }

  /** A meter that is not the one of a session; perhaps nobody's. */
  private void strange(Endpoint endpoint, RadioFrame frame) {
    DeviceInbox box = inbox;
    if (box == null) {
      return;
    }
    for (WirelessSession session : sessions) {
      if (session.endpoint().equals(endpoint) && session.means(frame)) {
        return;
      }
    }
    Meter meter = frame.meter();
    synchronized (announced) {
      if (!announced.add(endpoint + " " + meter)) {
        return;
      }
      if (announced.size() > MOST) {
        announced.remove(announced.iterator().next());
      }
    }
    box.announce(ID, endpoint, candidate(meter));
  }

  private static Candidate candidate(Meter meter) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put(WirelessSettings.METER, meter.id());
    if (meter.manufacturer().length() == 3) {
      settings.put(WirelessSettings.MANUFACTURER, meter.manufacturer());
    }
    return new Candidate(
        meter.label() + " " + DeviceType.name(meter.type()),
        meter.kind().role(),
        settings,
        WiredSession.identity(meter));
  }

  @Override
  public CompletionStage<List<Candidate>> probe(DriverContext context) {
    RadioReceiver.Kind kind;
    try {
      kind = WirelessSettings.receiver(context.settings());
    } catch (DeviceException e) {
      return CompletableFuture.failedFuture(e);
    }
    Map<Meter, Candidate> heard = new LinkedHashMap<>();
    CompletableFuture<Void> over = new CompletableFuture<>();
    RadioReceiver receiver =
        new RadioReceiver(
            kind,
            frame -> {
              Meter meter = frame.meter();
              synchronized (heard) {
                if (heard.size() < MOST) {
                  heard.putIfAbsent(meter, candidate(meter));
                }
              }
            });
    AutoCloseable subscription =
        context.stream()
            .listen(
                new StreamConnection.Listener() {
                  @Override
                  public void received(byte[] bytes) {
                    receiver.feed(bytes);
                  }

                  @Override
                  public void broken(DeviceException why) {
                    over.completeExceptionally(why);
                  }
                });
    return over.completeOnTimeout(null, listen.toMillis(), TimeUnit.MILLISECONDS)
        .whenComplete((nothing, failure) -> quietly(subscription))
        .thenApply(
            nothing -> {
              synchronized (heard) {
                return List.copyOf(heard.values());
              }
            });
  }

  private static void quietly(AutoCloseable subscription) {
    try {
      subscription.close();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
