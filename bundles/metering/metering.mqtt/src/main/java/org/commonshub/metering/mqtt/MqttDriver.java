package org.commonshub.metering.mqtt;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceInbox;
import org.commonshub.metering.api.Discoverer;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.DriverDescription;
import org.commonshub.metering.api.DriverDescription.Model;
import org.commonshub.metering.api.DriverSession;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.metering.api.MqttConnection;
import org.commonshub.metering.mqtt.MqttSettings.Kinds;
import org.commonshub.platform.api.HubClock;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Driver {@code mqtt}. Thread-safe; no thread of its own. */
@Component(service = MeterDriver.class)
public final class MqttDriver implements MeterDriver, Discoverer {
  static final String ID = "mqtt";

  private static final int LISTEN_SECONDS = 8;
  private static final Duration CONFIRM = Duration.ofSeconds(10);

  private static final DriverDescription DESCRIPTION =
      new DriverDescription(
          ID,
          "Device that publishes to an MQTT broker",
          Set.of("mqtt", "mqtts", "broker"),
          1883,
          MqttSettings.OPTIONS,
          List.of(
              model(
                  "Shelly",
                  "Pro 3EM, Pro EM, 3EM-63 Gen3",
                  DeviceRole.GRID_METER,
                  Kinds.SHELLY,
                  "Shelly API documentation, Gen2+ MQTT and components"),
              model(
                  "Shelly",
                  "Plus, Pro, Gen3 and Gen4 plugs and relays with a power meter",
                  DeviceRole.LOAD,
                  Kinds.SHELLY,
                  "Shelly API documentation, Gen2+ MQTT and components"),
              model(
                  "Tasmota",
                  "Any device with a power meter",
                  DeviceRole.LOAD,
                  Kinds.TASMOTA,
                  "Tasmota documentation, MQTT, Commands, Energy monitoring"),
              model(
                  "zigbee2mqtt",
                  "Zigbee plugs and meters that expose power or energy",
                  DeviceRole.LOAD,
                  Kinds.ZIGBEE2MQTT,
                  "zigbee2mqtt, MQTT topics and messages; Exposes"),
              model(
                  "OpenEnergyMonitor",
                  "emonPi, emonTx, emonBase (emonHub MQTT)",
                  DeviceRole.SUB_METER,
                  Kinds.OPENENERGYMONITOR,
                  "OpenEnergyMonitor, emonHub MQTT interfacer and node templates"),
              model(
                  "ChirpStack",
                  "LoRaWAN meters with a payload decoder (ChirpStack v4)",
                  DeviceRole.SUB_METER,
                  Kinds.CHIRPSTACK,
                  "ChirpStack v4, MQTT integration and event types"),
              model(
                  "Home Assistant",
                  "Devices with MQTT discovery (ESPHome, OpenDTU, AhoyDTU, …)",
                  DeviceRole.LOAD,
                  Kinds.HOMEASSISTANT,
                  "Home Assistant, MQTT discovery and MQTT sensor")),
          true);

  private final HubClock clock;
  private final Announcer announcer;
  private final Supplier<CompletableFuture<Void>> listening;

  /** As in the hub. */
  @Activate
  public MqttDriver(
      @Reference(name = "inbox") DeviceInbox inbox, @Reference(name = "clock") HubClock clock) {
    this(
        inbox,
        clock,
        () ->
            new CompletableFuture<Void>()
                .completeOnTimeout(null, LISTEN_SECONDS, TimeUnit.SECONDS));
  }

  /**
   * @param listening completes when a search has listened long enough
   */
  MqttDriver(DeviceInbox inbox, HubClock clock, Supplier<CompletableFuture<Void>> listening) {
    this.clock = clock;
    this.announcer = new Announcer(inbox, clock);
    this.listening = listening;
  }

  private static Model model(
      String maker, String model, DeviceRole role, Kinds profile, String source) {
    return new Model(maker, model, role, Map.of(MqttSettings.PROFILE, profile.key()), source);
  }

  @Override
  public DriverDescription description() {
    return DESCRIPTION;
  }

  @Override
  public DriverSession open(DriverContext context) throws DeviceException {
    MqttSettings settings = MqttSettings.of(context.settings());
    return new MqttSession(context.mqtt(), settings, profile(settings, clock), announcer, CONFIRM);
  }

  static Profile profile(MqttSettings settings, HubClock clock) {
    return switch (settings.profile()) {
      case HOMEASSISTANT -> new HomeAssistantProfile(settings);
      case TASMOTA -> new TasmotaProfile(settings);
      case SHELLY -> new ShellyProfile(settings);
      case ZIGBEE2MQTT -> new Zigbee2MqttProfile(settings);
      case OPENENERGYMONITOR -> new EmonProfile(settings, clock);
      case CHIRPSTACK -> new ChirpStackProfile(settings, clock);
      case TEMPLATE -> new TemplateProfile(settings.values().orElseThrow(), settings.topic());
    };
  }

  /** Listens for a while to what all ecosystems publish. */
  @Override
  public CompletionStage<List<Candidate>> probe(DriverContext context) {
    CompletableFuture<Void> over = listening.get();
    Search search = new Search(over);
    AutoCloseable subscription = context.mqtt().subscribe(search.filters(), search);
    return over.whenComplete((nothing, failure) -> MqttSession.end(subscription))
        .thenApply(nothing -> search.candidates());
  }

  private static final class Search implements MqttConnection.Listener {
    private final CompletableFuture<Void> over;
    private final List<Finder> finders = Finders.all();

    Search(CompletableFuture<Void> over) {
      this.over = over;
    }

    List<String> filters() {
      return finders.stream().flatMap(finder -> finder.filters().stream()).toList();
    }

    @Override
    public synchronized void received(MqttConnection.Message message) {
      finders.forEach(finder -> finder.take(message));
    }

    @Override
    public void broken(DeviceException why) {
      over.completeExceptionally(why);
    }

    synchronized List<Candidate> candidates() {
      List<Candidate> found = new ArrayList<>();
      finders.forEach(finder -> found.addAll(finder.candidates()));
      return List.copyOf(found);
    }
  }
}
