package org.commonshub.metering.emoncms;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.DeviceInbox;
import org.commonshub.metering.api.DeviceServer;
import org.commonshub.metering.api.Discoverer.Candidate;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.DriverDescription;
import org.commonshub.metering.api.DriverDescription.Model;
import org.commonshub.metering.api.DriverDescription.Option;
import org.commonshub.metering.api.DriverSession;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.metering.mapping.api.EmonNames;
import org.commonshub.metering.mapping.api.Mapping;
import org.commonshub.platform.api.HubClock;
import org.commonshub.platform.api.Secrets;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.AttributeType;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Driver {@code emoncms}. Thread-safe; no thread of its own. */
@Component(service = MeterDriver.class, configurationPid = "org.commonshub.metering.emoncms")
@Designate(ocd = EmoncmsDriver.Config.class)
public final class EmoncmsDriver implements MeterDriver {
  private static final Logger LOG = LoggerFactory.getLogger(EmoncmsDriver.class);
  static final String APIKEY = "apikey";
  static final String INPUTS = "inputs";
  static final String CHANNEL = "channel";

  /** Where emonCMS has it, and where an emonPi or emonBase has it. */
  private static final List<String> PATHS = List.of("/input", "/emoncms/input");

  private static final int SHORTEST_KEY = 16;
  private static final String SOURCE = "OpenEnergyMonitor, emonCMS input API and emonHub";

  private static final DriverDescription DESCRIPTION =
      new DriverDescription(
          "emoncms",
          "Node that posts to an emonCMS",
          Set.of("inbound"),
          -1,
          List.of(
              new Option(
                  APIKEY,
                  "API key",
                  "Key the node posts with, 16 to 128 characters. Empty: the key of all nodes, from"
                      + " the settings of the emonCMS input.",
                  "",
                  Map.of(),
                  false,
                  true),
              new Option(
                  CHANNEL,
                  "Current transformer",
                  "Which of the node's current transformers is this device, 1 to 12: power1 or P1"
                      + " and E1 are the first's. Default 0: all of them, told apart by number.",
                  "0",
                  Map.of(),
                  false,
                  false),
              new Option(
                  INPUTS,
                  "Meaning of the inputs",
                  "What the node's inputs mean, parted by semicolons: NAME = QUANTITY UNIT, for"
                      + " example power1 = power.active W; e1 = energy.import Wh. Empty: the names"
                      + " that emonTx and emonPi use.",
                  "",
                  Map.of(),
                  false,
                  false)),
          List.of(
              model("emonTx 3, emonTx 4, emonTx 5", DeviceRole.SUB_METER),
              model("emonPi, emonPi 2", DeviceRole.SUB_METER),
              model("emonBase with emonHub", DeviceRole.SUB_METER),
              model("EmonESP", DeviceRole.SUB_METER),
              model("emonTH", DeviceRole.SENSOR)),
          true);

  /** Settings of the emonCMS input. */
  @ObjectClassDefinition(
      name = "emonCMS input",
      description = "Nodes that post readings as to an emonCMS, at /input and /emoncms/input.")
  public @interface Config {
    /** See description. */
    @AttributeDefinition(
        name = "API key of all nodes",
        description =
            "Key with which any node may post, 16 to 128 characters. Nodes that are no device yet"
                + " then appear among the devices that announced themselves. Empty: only devices"
                + " with a key of their own are listened to.",
        type = AttributeType.PASSWORD)
    String apikey() default "";
  }

  private final DeviceServer server;
  private final DeviceInbox inbox;
  private final Optional<Key> common;
  private final InputApi api;
  private final List<EmoncmsSession> sessions = new CopyOnWriteArrayList<>();
  private final List<AutoCloseable> serving = new ArrayList<>();

  /** As in the hub. */
  @Activate
  public EmoncmsDriver(
      @Reference(name = "server") DeviceServer server,
      @Reference(name = "inbox") DeviceInbox inbox,
      @Reference(name = "clock") HubClock clock,
      @Reference(name = "secrets") Secrets secrets,
      Config config) {
    this(
        server,
        inbox,
        clock,
        config.apikey().isBlank() ? "" : secrets.resolve(config.apikey()).orElse(""));
  }

  /**
   * @param apikey key of all nodes; one that is too short is no key
   */
  EmoncmsDriver(DeviceServer server, DeviceInbox inbox, HubClock clock, String apikey) {
    this.server = server;
    this.inbox = inbox;
    this.common =
        apikey.strip().length() < SHORTEST_KEY
            ? Optional.empty()
            : Optional.of(new Key(apikey.strip()));
    if (!apikey.isBlank() && common.isEmpty()) {
      LOG.warn("The API key of all nodes is too short; it has 16 to 128 characters.");
    }
    this.api = new InputApi(clock, new Known());
    if (common.isPresent()) {
      try {
        serve();
      } catch (DeviceException e) {
        throw new IllegalStateException(e.getMessage(), e);
      }
    }
  }

  private static Model model(String name, DeviceRole role) {
    return new Model("OpenEnergyMonitor", name, role, Map.of(), SOURCE);
  }

  /** Closes the door. */
  @Deactivate
  public void close() {
    withdraw();
  }

  private synchronized void serve() throws DeviceException {
    if (!serving.isEmpty()) {
      return;
    }
    try {
      for (String path : PATHS) {
        serving.add(server.http(path, api));
      }
    } catch (IllegalStateException e) {
      withdraw();
      throw new DeviceException(
          Kind.UNREACHABLE,
          "Something else in this hub already serves the path /input for devices. Switch it off.",
          e);
    }
  }

  private synchronized void withdraw() {
    for (AutoCloseable service : serving) {
      try {
        service.close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
    serving.clear();
  }

  @Override
  public DriverDescription description() {
    return DESCRIPTION;
  }

  @Override
  public DriverSession open(DriverContext context) throws DeviceException {
    String key = context.settings().getOrDefault(APIKEY, "").strip();
    if (key.isEmpty() && common.isEmpty()) {
      throw wrong(
          "The node needs an API key: enter the one it posts with, or one for all nodes in the"
              + " settings of the emonCMS input.");
    }
    if (!key.isEmpty() && (key.length() < SHORTEST_KEY || key.length() > 128)) {
      throw wrong("An API key has 16 to 128 characters; enter the one that the node posts with.");
    }
    return new EmoncmsSession(
        new Sessions(),
        node(context.endpoint()),
        key.isEmpty() ? Optional.empty() : Optional.of(new Key(key)),
        mapping(context.settings().getOrDefault(INPUTS, "")),
        channel(context.settings().getOrDefault(CHANNEL, "").strip()));
  }

  private static String node(Endpoint endpoint) throws DeviceException {
    try {
      return URLDecoder.decode(endpoint.host().replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw wrong("The node's name in " + endpoint + " is not readable; write a space as %20.");
    }
  }

  private static Optional<Mapping> mapping(String text) throws DeviceException {
    if (text.isBlank()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Mapping.parse(text, Mapping.Inputs.NAME));
    } catch (IllegalArgumentException e) {
      throw wrong(e.getMessage());
    }
  }

  private static int channel(String text) throws DeviceException {
    if (text.isEmpty()) {
      return 0;
    }
    if (text.matches("\\d{1,2}") && Integer.parseInt(text) <= EmonNames.MAX_CHANNELS) {
      return Integer.parseInt(text);
    }
    throw wrong("The setting 'channel' is a current transformer's number, 1 to 12, or 0 for all.");
  }

  private static DeviceException wrong(String sentence) {
    return new DeviceException(Kind.SETTINGS, sentence);
  }

  private final class Sessions implements EmoncmsSession.Register {
    @Override
    public void add(EmoncmsSession session) throws DeviceException {
      synchronized (EmoncmsDriver.this) {
        serve();
        sessions.add(session);
      }
    }

    @Override
    public void remove(EmoncmsSession session) {
      synchronized (EmoncmsDriver.this) {
        sessions.remove(session);
        if (sessions.isEmpty() && common.isEmpty()) {
          withdraw();
        }
      }
    }
  }

  private final class Known implements InputApi.Nodes {
    @Override
    public List<EmoncmsSession> of(String node) {
      return sessions.stream().filter(session -> session.node().equals(node)).toList();
    }

    @Override
    public boolean opensAll(Key key) {
      return common.isPresent() && common.get().opens(key);
    }

    /** Looks at all keys, however early one fits. */
    @Override
    public boolean opensAny(Key key) {
      boolean opens = false;
      for (EmoncmsSession session : sessions) {
        opens |= session.key().isPresent() && session.key().get().opens(key);
      }
      return opens;
    }

    @Override
    public void unknown(Post post) {
      Endpoint endpoint = Endpoint.parse("inbound:" + post.node().replace(" ", "%20"));
      Map<String, String> identity = Map.of("maker", "OpenEnergyMonitor", "node", post.node());
      List<Integer> channels =
          post.inputs().keySet().stream()
              .map(EmonNames::channel)
              .filter(channel -> channel > 0)
              .distinct()
              .sorted()
              .toList();
      if (channels.isEmpty()) {
        boolean sensor = post.inputs().keySet().stream().anyMatch(EmoncmsDriver::temperature);
        inbox.announce(
            DESCRIPTION.id(),
            endpoint,
            new Candidate(
                "Node " + post.node(),
                sensor ? DeviceRole.SENSOR : DeviceRole.SUB_METER,
                Map.of(),
                identity));
      }
      for (int channel : channels) {
        inbox.announce(
            DESCRIPTION.id(),
            endpoint,
            new Candidate(
                "Node " + post.node() + " power" + channel,
                DeviceRole.SUB_METER,
                Map.of(CHANNEL, Integer.toString(channel)),
                identity));
      }
    }
  }

  private static boolean temperature(String name) {
    return name.toLowerCase(Locale.ROOT).contains("temperature");
  }
}
