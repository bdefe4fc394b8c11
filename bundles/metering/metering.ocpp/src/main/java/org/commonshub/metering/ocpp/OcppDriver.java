package org.commonshub.metering.ocpp;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.DeviceInbox;
import org.commonshub.metering.api.DeviceServer;
import org.commonshub.metering.api.DeviceServer.HttpRequest;
import org.commonshub.metering.api.DeviceServer.WebSocket;
import org.commonshub.metering.api.DeviceServer.WebSocketListener;
import org.commonshub.metering.api.Discoverer.Candidate;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.DriverDescription;
import org.commonshub.metering.api.DriverDescription.Model;
import org.commonshub.metering.api.DriverDescription.Option;
import org.commonshub.metering.api.DriverSession;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.platform.api.HubClock;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Driver {@code ocpp}: the central system (1.6) or CSMS (2.0.1) of the home's charge points, at
 * {@code /ocpp/IDENTITY}. Charge points that are no device yet are refused and announced. No thread
 * of its own.
 */
@Component(service = MeterDriver.class)
public final class OcppDriver implements MeterDriver, AutoCloseable {
  static final String PATH = "/ocpp";

  private static final long EPOCH_2025 = 1_735_689_600L;
  private static final Logger LOG = LoggerFactory.getLogger(OcppDriver.class);
  private static final String OCPP = "Open Charge Alliance, OCPP 1.6 edition 2 and 2.0.1 edition 2";

  private static final DriverDescription DESCRIPTION =
      new DriverDescription(
          "ocpp",
          "OCPP charge point",
          Set.of("inbound"),
          -1,
          List.of(
              option(
                  Settings.CONNECTOR,
                  "Connector",
                  "Which of the charge point's connectors this is, 1 to 64 (with OCPP 2.0.1: which"
                      + " EVSE); 0 for the meter of the whole charge point. Default 1. The charge"
                      + " point itself needs the hub as its OCPP server: ws://HUB:8480/ocpp/ or"
                      + " wss://HUB:8483/ocpp/, and then appears among the devices that announced"
                      + " themselves.",
                  "1"),
              new Option(
                  Settings.PASSWORD,
                  "Password",
                  "Password with which the charge point logs in (its AuthorizationKey), 8 to 64"
                      + " characters; its user name is its identity. Empty: none is asked for. The"
                      + " same for all connectors.",
                  "",
                  Map.of(),
                  false,
                  true),
              option(
                  Settings.TAGS,
                  "Tags",
                  "Tags (RFID cards) that may charge, parted by commas. Empty, the default: all.",
                  ""),
              option(
                  Settings.SAMPLING,
                  "Time between meter values",
                  "Seconds between meter values while charging, 1 to 3600; the charge point is set"
                      + " to it. 0 leaves it as it is. Default 10.",
                  "10"),
              option(
                  Settings.MAX_CURRENT,
                  "Greatest current",
                  "Greatest current per phase that may be set, in A, 6 to 125: what the"
                      + " installation is fused for. Default 32.",
                  "32"),
              new Option(
                  Settings.PHASES,
                  "Phases",
                  "Phases the charge point is wired to; turns a power limit into a current."
                      + " Default 3.",
                  "3",
                  phases(),
                  false,
                  false),
              option(
                  Settings.WATCHDOG,
                  "A limit holds for",
                  "Seconds that a limit holds in the charge point unless the hub repeats it, 60 to"
                      + " 86400. Default 300.",
                  "300")),
          List.of(
              model("Any", "Charge point with OCPP 1.6J", OCPP),
              model("Any", "Charging station with OCPP 2.0.1", OCPP),
              model("ABB", "Terra AC", sheet("ABB Terra AC wallbox", "1.6J")),
              model("Alfen", "Eve Single, Eve Double", sheet("Alfen Eve Pro-line", "1.6J")),
              model("Autel", "MaxiCharger AC", sheet("Autel MaxiCharger AC Wallbox", "1.6J")),
              model("EVBox", "Elvi, Liviqo", sheet("EVBox Liviqo", "1.6J")),
              model("go-e", "Charger Gemini, Charger Gemini 2.0", sheet("go-e Gemini", "1.6J")),
              model("KEBA", "KeContact P30 x-series", sheet("KEBA KeContact P30", "1.6J")),
              model("Mennekes", "AMTRON 4You, Professional", sheet("Mennekes AMTRON", "1.6J")),
              model("OpenEVSE", "Station with WiFi gateway", sheet("OpenEVSE WiFi", "1.6J")),
              model("Pionix", "EVerest", sheet("LF Energy EVerest libocpp", "1.6J and 2.0.1")),
              model("Wallbox", "Pulsar Plus, Pulsar Max", sheet("Wallbox Pulsar", "1.6J")),
              model("Webasto", "Unite", sheet("Webasto Unite", "1.6J")),
              model("Zaptec", "Go, Pro", sheet("Zaptec Go", "1.6J"))),
          true);

  private static Option option(String key, String title, String description, String value) {
    return new Option(key, title, description, value, Map.of(), false, false);
  }

  private static Map<String, String> phases() {
    Map<String, String> choices = new LinkedHashMap<>();
    choices.put("1", "One");
    choices.put("2", "Two");
    choices.put("3", "Three");
    return choices;
  }

  private static String sheet(String document, String version) {
    return "data sheet or manual of " + document + ": OCPP " + version;
  }

  private static Model model(String maker, String name, String source) {
    return new Model(maker, name, DeviceRole.EV_CHARGER, Map.of(), source);
  }

  private final DeviceInbox inbox;
  private final HubClock clock;
  private final AutoCloseable serving;
  private final Map<String, Station> stations = new HashMap<>();
  private final AtomicInteger lastTransaction = new AtomicInteger();

  /** Opens the door. */
  @Activate
  public OcppDriver(
      @Reference(name = "server") DeviceServer server,
      @Reference(name = "inbox") DeviceInbox inbox,
      @Reference(name = "clock") HubClock clock) {
    this.inbox = inbox;
    this.clock = clock;
    this.serving = server.webSocket(PATH, new Door());
  }

  /** Closes the door; connections end. */
  @Deactivate
  @Override
  public void close() {
    try {
      serving.close();
    } catch (Exception e) {
      LOG.warn("The path {} did not close cleanly.", PATH, e);
    }
  }

  @Override
  public DriverDescription description() {
    return DESCRIPTION;
  }

  @Override
  public DriverSession open(DriverContext context) throws DeviceException {
    return new OcppSession(
        new Sessions(), Settings.of(context.endpoint(), context.settings()), clock::now);
  }

  /** Rises with time, so that a restarted hub does not use a number again. */
  private int nextTransaction() {
    int now = (int) Math.min(Integer.MAX_VALUE, clock.now().getEpochSecond() - EPOCH_2025);
    return lastTransaction.updateAndGet(last -> Math.max(last + 1, now));
  }

  private final class Sessions implements OcppSession.Register {
    @Override
    public Station add(OcppSession session) {
      String identity = session.settings().identity();
      Station station;
      synchronized (stations) {
        station = stations.computeIfAbsent(identity, id -> new Station(id, clock, new Needs(id)));
        station.add(session);
      }
      station.welcome(session);
      return station;
    }

    @Override
    public void remove(OcppSession session) {
      synchronized (stations) {
        Station station = stations.get(session.settings().identity());
        // A connection stays for a device that is only changed; without one its next message ends
        // it.
        if (station != null && station.remove(session) && !station.connected()) {
          stations.remove(session.settings().identity());
        }
      }
    }
  }

  private final class Needs implements Station.Hub {
    private final String identity;

    Needs(String identity) {
      this.identity = identity;
    }

    @Override
    public int nextTransaction() {
      return OcppDriver.this.nextTransaction();
    }

    @Override
    public void unknownConnector(int connector) {
      announce(identity, connector, Map.of());
    }

    @Override
    public void idle() {
      synchronized (stations) {
        Station station = stations.get(identity);
        if (station != null && !station.configured() && !station.connected()) {
          stations.remove(identity);
        }
      }
    }
  }

  private void announce(String identity, int connector, Map<String, String> facts) {
    inbox.announce(
        DESCRIPTION.id(),
        Settings.endpoint(identity),
        new Candidate(
            connector == 1 ? "Charge point " + identity : identity + " connector " + connector,
            DeviceRole.EV_CHARGER,
            Map.of(Settings.CONNECTOR, Integer.toString(connector)),
            facts));
  }

  private Station station(String identity) {
    synchronized (stations) {
      Station station = stations.get(identity);
      if (station != null && !station.configured()) {
        return null;
      }
      return station;
    }
  }

  private final class Door implements DeviceServer.WebSocketService {
    @Override
    public List<String> subprotocols() {
      return Version.SUBPROTOCOLS;
    }

    private static String identity(HttpRequest upgrade) {
      String path = upgrade.path();
      String identity = path.length() > PATH.length() ? path.substring(PATH.length() + 1) : "";
      return identity.endsWith("/") ? identity.substring(0, identity.length() - 1) : identity;
    }

    @Override
    public int admit(HttpRequest upgrade) {
      String identity = identity(upgrade);
      if (!Settings.identity(identity)) {
        return 404;
      }
      Station station = station(identity);
      if (station == null) {
        announce(
            identity, 1, Map.of("address", upgrade.peer().address().getAddress().getHostAddress()));
        return 404;
      }
      if (!station.opens(password(upgrade, identity))) {
        LOG.debug("Charge point '{}' came with a wrong password", identity);
        station.failed(
            new DeviceException(
                Kind.REFUSED,
                "Charge point '"
                    + identity
                    + "' came with "
                    + (upgrade.headers().containsKey("authorization") ? "another" : "no")
                    + " password. Enter the same in the charge point and in the settings of the"
                    + " device."));
        return 401;
      }
      return 101;
    }

    @Override
    public WebSocketListener opened(HttpRequest upgrade, String subprotocol, WebSocket socket) {
      Version version = Version.of(subprotocol);
      Station station = station(identity(upgrade));
      if (version == null || station == null) {
        if (station != null) {
          station.failed(
              new DeviceException(
                  Kind.INVALID_ANSWER,
                  "Charge point '"
                      + station.identity()
                      + "' speaks neither OCPP 1.6 (JSON) nor 2.0.1. Choose one of them in the"
                      + " charge point."));
        }
        socket.close(
            version == null ? 1002 : 1008,
            version == null ? "ocpp1.6 or ocpp2.0.1 is spoken here" : "unknown charge point");
        return new Nobody();
      }
      LOG.info("Charge point '{}' connected with {}.", station.identity(), version.title());
      return station.connected(version, socket);
    }
  }

  /** Listens to nothing. */
  private static final class Nobody implements WebSocketListener {
    @Override
    public void text(String message) {
      // Its connection is being closed.
    }

    @Override
    public void closed(int code, String reason) {
      // It was nobody's.
    }
  }

  /** The password of Basic authentication with the identity as the user; empty if there is none. */
  private static byte[] password(HttpRequest upgrade, String identity) {
    String header = upgrade.headers().getOrDefault("authorization", "");
    if (!header.toLowerCase(Locale.ROOT).startsWith("basic ")) {
      return new byte[0];
    }
    byte[] decoded;
    try {
      decoded = Base64.getDecoder().decode(header.substring(6).strip());
    } catch (IllegalArgumentException e) {
      return new byte[0];
    }
    byte[] user = (identity + ":").getBytes(StandardCharsets.UTF_8);
    return decoded.length >= user.length
            && Arrays.equals(decoded, 0, user.length, user, 0, user.length)
        ? Arrays.copyOfRange(decoded, user.length, decoded.length)
        : new byte[0];
  }
}
