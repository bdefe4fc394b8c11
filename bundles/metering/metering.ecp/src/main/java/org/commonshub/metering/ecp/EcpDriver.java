package org.commonshub.metering.ecp;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceInbox;
import org.commonshub.metering.api.DeviceServer;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.DriverDescription;
import org.commonshub.metering.api.DriverSession;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.platform.api.HubClock;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Driver {@code ecp}: meters that sign what they measure. Thread-safe; no thread of its own. */
@Component(service = MeterDriver.class, configurationPid = "org.commonshub.metering.ecp")
@Designate(ocd = EcpDriver.Config.class)
public final class EcpDriver implements MeterDriver {
  static final String ID = "ecp";
  static final String PUBLIC_KEY = "public_key";
  static final String OLDEST = "oldest_h";

  private static final Logger LOG = LoggerFactory.getLogger(EcpDriver.class);
  private static final DriverDescription DESCRIPTION =
      new DriverDescription(
          ID,
          "Signing meter (Energy Commons Protocol)",
          Set.of("inbound", "broker", "mqtt", "mqtts"),
          -1,
          List.of(
              new DriverDescription.Option(
                  PUBLIC_KEY,
                  "Public key",
                  "Ed25519 key of the meter, 64 hexadecimal digits. Compare it with what the meter"
                      + " shows before you add it.",
                  "",
                  Map.of(),
                  true,
                  false),
              new DriverDescription.Option(
                  OLDEST,
                  "Oldest reading",
                  "How old readings of a meter that was offline may be, in hours, 1 to 8760."
                      + " Default 168 (a week).",
                  "168",
                  Map.of(),
                  false,
                  false)),
          List.of(
              new DriverDescription.Model(
                  "Commons Hub",
                  "Reference signer in C",
                  DeviceRole.GRID_METER,
                  Map.of(),
                  "docs/data-structure.md, section 9; bundles/metering/metering.ecp/signer")),
          true);

  /** The doors. */
  @ObjectClassDefinition(
      name = "Signing meters",
      description = "Where meters of the Energy Commons Protocol deliver.")
  @interface Config {
    @AttributeDefinition(
        name = "CoAP port",
        description = "UDP port for CoAP, 1 to 65535; 0 for none. Default 5683.",
        min = "0",
        max = "65535",
        required = false)
    int coap_port() default 5683;
  }

  private final HubClock clock;
  private final Doors doors;
  private final AutoCloseable http;
  private final AutoCloseable coap;

  /** Opens the doors. */
  @Activate
  public EcpDriver(
      @Reference(name = "clock") HubClock clock,
      @Reference(name = "server") DeviceServer server,
      @Reference(name = "inbox") DeviceInbox inbox,
      Config config) {
    this(clock, server, inbox, config.coap_port());
  }

  EcpDriver(HubClock clock, DeviceServer server, DeviceInbox inbox, int coapPort) {
    this.clock = clock;
    this.doors = new Doors(clock, inbox);
    this.http = server.http(Doors.PATH, doors);
    this.coap = coap(server, coapPort);
  }

  private AutoCloseable coap(DeviceServer server, int port) {
    if (port == 0) {
      return () -> {};
    }
    try {
      return server.datagrams(port, doors);
    } catch (DeviceException e) {
      LOG.warn("Meters cannot deliver by CoAP: {}", e.getMessage());
      return () -> {};
    }
  }

  @Deactivate
  void deactivate() throws Exception {
    coap.close();
    http.close();
  }

  @Override
  public DriverDescription description() {
    return DESCRIPTION;
  }

  @Override
  public DriverSession open(DriverContext context) throws DeviceException {
    DeviceKey key = DeviceKey.parse(context.settings().getOrDefault(PUBLIC_KEY, ""));
    boolean inbound = context.endpoint().scheme().equals("inbound");
    if (inbound && !context.endpoint().host().equals(key.id())) {
      throw new DeviceException(
          DeviceException.Kind.SETTINGS,
          "The address should be inbound:"
              + key.id()
              + ", which is what the meter's key calls itself.");
    }
    Duration oldest = oldest(context.settings().getOrDefault(OLDEST, "168"));
    EcpSession[] self = new EcpSession[1];
    EcpSession session = new EcpSession(clock, context, key, oldest, () -> doors.remove(self[0]));
    self[0] = session;
    if (inbound && !doors.add(session)) {
      throw new DeviceException(
          DeviceException.Kind.SETTINGS,
          "Another device has this public key already. A meter is added once.");
    }
    return session;
  }

  private static Duration oldest(String text) throws DeviceException {
    try {
      int hours = Integer.parseInt(text.strip());
      if (hours >= 1 && hours <= 8760) {
        return Duration.ofHours(hours);
      }
    } catch (NumberFormatException e) {
      // below
    }
    throw new DeviceException(
        DeviceException.Kind.SETTINGS,
        "The setting 'oldest_h' is 1 to 8760 hours, not " + text + ".");
  }
}
