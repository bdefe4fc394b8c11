package org.commonshub.metering.mqtt;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.Unit;
import org.commonshub.metering.api.Discoverer.Candidate;
import org.commonshub.metering.mapping.api.EmonNames;
import org.commonshub.metering.mapping.api.JsonValue;
import org.commonshub.metering.mapping.api.ShellyStatus;
import org.commonshub.metering.mapping.api.TasmotaEnergy;
import org.commonshub.metering.mqtt.MqttSettings.Kinds;

/** The finders of all ecosystems. */
final class Finders {
  private Finders() {}

  /** Of all ecosystems, for a search. */
  static List<Finder> all() {
    return List.of(
        new Zigbee2Mqtt(),
        new Tasmota(),
        new Shelly(),
        new ChirpStack(),
        new Emon(),
        new HomeAssistant());
  }

  /** Of those whose devices announce themselves, and rarely. */
  static List<Finder> announcing() {
    return List.of(new Tasmota(), new ChirpStack(), new HomeAssistant());
  }

  private static String name(String text, String otherwise) {
    return text.isEmpty() ? otherwise : text;
  }

  // ---------------------------------------------------------------- Home Assistant

  /** Devices with a discovery message of Home Assistant. */
  static final class HomeAssistant extends Finder {
    private static final String BASE = "homeassistant";
    private static final int MAX_ENTITIES = 96;

    /** Words that tell the parts of a device from each other, and what they are. */
    private static final Map<String, DeviceRole> PARTS = new LinkedHashMap<>();

    static {
      PARTS.put("grid", DeviceRole.GRID_METER);
      PARTS.put("battery", DeviceRole.BATTERY);
      PARTS.put("pv", DeviceRole.PV);
      PARTS.put("solar", DeviceRole.PV);
      PARTS.put("wallbox", DeviceRole.EV_CHARGER);
      PARTS.put("charger", DeviceRole.EV_CHARGER);
      PARTS.put("load", DeviceRole.LOAD);
      PARTS.put("house", DeviceRole.LOAD);
    }

    private static final class Device {
      final Map<String, HaConfig.Entity> entities = new LinkedHashMap<>();
      Map<String, String> identity = Map.of();
      String filter = "";
    }

    private final Map<String, Device> devices = new LinkedHashMap<>();

    HomeAssistant() {
      super(HomeAssistantProfile.filters(BASE));
    }

    @Override
    List<String> read(String topic, JsonValue payload) {
      HaConfig config = HaConfig.read(BASE, topic, payload);
      // zigbee2mqtt's devices are found by themselves.
      if (config.device().startsWith("zigbee2mqtt_")
          || config.entities().stream().allMatch(entity -> entity.quantity().isEmpty())
          || devices.size() >= MAX_DEVICES && !devices.containsKey(config.device())) {
        return List.of();
      }
      Device device = devices.computeIfAbsent(config.device(), unknown -> new Device());
      for (HaConfig.Entity entity : config.entities()) {
        if (device.entities.size() < MAX_ENTITIES && entity.quantity().isPresent()) {
          device.entities.put(entity.key(), entity);
        }
      }
      device.identity = identity(config.facts());
      if (device.filter.isEmpty()) {
        device.filter = filter(topic);
      }
      return meters(device) ? List.of(config.device()) : List.of();
    }

    /** Where a device has a level of its own, only that need be listened to. */
    private static String filter(String topic) {
      String[] levels = topic.split("/", -1);
      return levels.length == 5
          ? levels[0] + "/" + levels[1] + "/" + levels[2] + "/+/" + levels[4]
          : topic.startsWith(BASE + "/device/") ? topic : "";
    }

    /** Whether it measures a commodity, not just its own temperature or supply. */
    private static boolean meters(Device device) {
      return device.entities.values().stream()
          .map(entity -> entity.quantity().orElseThrow())
          .anyMatch(Finders::commodity);
    }

    @Override
    List<String> devices() {
      return devices.entrySet().stream()
          .filter(entry -> meters(entry.getValue()))
          .map(Map.Entry::getKey)
          .toList();
    }

    @Override
    List<Candidate> candidates(String id) {
      Device device = devices.get(id);
      String name = name(device.identity.getOrDefault("name", ""), id);
      Map<String, String> settings = settings(Kinds.HOMEASSISTANT, id);
      if (!device.filter.isEmpty()) {
        settings.put(MqttSettings.TOPIC, device.filter);
      }
      Set<String> parts = new LinkedHashSet<>();
      for (String part : PARTS.keySet()) {
        if (device.entities.values().stream()
            .anyMatch(
                entity ->
                    entity.label().contains(part)
                        && entity.quantity().filter(Finders::flow).isPresent())) {
          parts.add(part);
        }
      }
      if (parts.size() < 2) {
        return List.of(new Candidate(name, role(device, parts), settings, device.identity));
      }
      List<Candidate> found = new ArrayList<>();
      for (String part : parts) {
        Map<String, String> more = new LinkedHashMap<>(settings);
        more.put(MqttSettings.PART, part);
        found.add(new Candidate(name + " " + part, PARTS.get(part), more, device.identity));
      }
      return found;
    }

    private static DeviceRole role(Device device, Set<String> parts) {
      if (!parts.isEmpty()) {
        return PARTS.get(parts.iterator().next());
      }
      Set<Quantity> quantities = new LinkedHashSet<>();
      device.entities.values().forEach(entity -> quantities.add(entity.quantity().orElseThrow()));
      if (device.entities.values().stream().anyMatch(entity -> entity.label().contains("yield"))) {
        return DeviceRole.PV;
      }
      return Finders.role(quantities);
    }
  }

  /** Whether something flows through a meter. */
  private static boolean commodity(Quantity quantity) {
    return switch (quantity.unit()) {
      case WATT, WATT_HOUR, CUBIC_METRE, CUBIC_METRE_PER_HOUR -> true;
      default -> false;
    };
  }

  /** Whether it is power or energy. */
  private static boolean flow(Quantity quantity) {
    return quantity.unit() == Unit.WATT || quantity.unit() == Unit.WATT_HOUR;
  }

  /** What measures such things usually is. */
  static DeviceRole role(Set<Quantity> quantities) {
    if (quantities.contains(Quantity.GAS_VOLUME) || quantities.contains(Quantity.GAS_ENERGY)) {
      return quantities.contains(Quantity.ACTIVE_POWER)
          ? DeviceRole.GRID_METER
          : DeviceRole.GAS_METER;
    }
    if (quantities.contains(Quantity.ENERGY_EXPORT)
        || quantities.contains(Quantity.ENERGY_EXPORT_T1)) {
      return DeviceRole.GRID_METER;
    }
    if (quantities.stream().anyMatch(Finders::flow)) {
      return quantities.contains(Quantity.HEAT_ENERGY)
              && !quantities.contains(Quantity.ACTIVE_POWER)
          ? DeviceRole.HEAT_METER
          : DeviceRole.LOAD;
    }
    return quantities.contains(Quantity.WATER_VOLUME) ? DeviceRole.WATER_METER : DeviceRole.SENSOR;
  }

  static Set<Quantity> quantities(List<Measurement> values) {
    Set<Quantity> quantities = new LinkedHashSet<>();
    values.forEach(value -> quantities.add(value.quantity()));
    return quantities;
  }

  // ---------------------------------------------------------------- Tasmota

  /** Devices in {@code tasmota/discovery} with a power meter. */
  static final class Tasmota extends Finder {
    private static final class Device {
      JsonValue config = JsonValue.MISSING;
      JsonValue sensors = JsonValue.MISSING;
    }

    private final Map<String, Device> devices = new LinkedHashMap<>();

    Tasmota() {
      super(List.of("tasmota/discovery/+/config", "tasmota/discovery/+/sensors"));
    }

    @Override
    List<String> read(String topic, JsonValue payload) {
      String mac = topic.split("/", -1)[2];
      if (devices.size() >= MAX_DEVICES && !devices.containsKey(mac)) {
        return List.of();
      }
      Device device = devices.computeIfAbsent(mac, unknown -> new Device());
      if (topic.endsWith("/config")) {
        device.config = payload;
      } else {
        device.sensors = payload.get("sn");
      }
      return complete(device) ? List.of(mac) : List.of();
    }

    private static boolean complete(Device device) {
      return !device.config.get("t").label(128).isEmpty()
          && device.sensors.get("ENERGY").isObject();
    }

    @Override
    List<String> devices() {
      return devices.entrySet().stream()
          .filter(entry -> complete(entry.getValue()))
          .map(Map.Entry::getKey)
          .toList();
    }

    @Override
    List<Candidate> candidates(String mac) {
      Device device = devices.get(mac);
      JsonValue config = device.config;
      Map<String, String> identity =
          identity(
              Map.of(
                  "maker", JsonValue.of("Tasmota"),
                  "name", config.get("dn"),
                  "model", config.get("md"),
                  "firmware", config.get("sw"),
                  "serial", config.get("mac")));
      String topic = config.get("t").label(128);
      Map<String, String> settings = settings(Kinds.TASMOTA, topic);
      String full = config.get("ft").label(128);
      if (full.contains("%prefix%")
          && full.contains("%topic%")
          && !full.equals("%prefix%/%topic%/")) {
        settings.put(MqttSettings.BASE, full);
      }
      String name = name(config.get("dn").label(48), topic);
      List<Measurement> values = TasmotaEnergy.values(device.sensors, 0).list();
      TreeSet<Integer> channels = new TreeSet<>();
      values.forEach(value -> channels.add(value.quantity().channel()));
      channels.remove(0);
      if (channels.isEmpty()) {
        return List.of(new Candidate(name, role(quantities(values)), settings, identity));
      }
      List<Candidate> found = new ArrayList<>();
      for (int channel : channels) {
        Map<String, String> more = new LinkedHashMap<>(settings);
        more.put(MqttSettings.PART, Integer.toString(channel));
        found.add(new Candidate(name + " " + channel, DeviceRole.LOAD, more, identity));
      }
      return found;
    }
  }

  // ---------------------------------------------------------------- Shelly

  /** Shellies that publish the status of a component with a meter, or notify of it. */
  static final class Shelly extends Finder {
    private static final int MAX_PARTS = 16;
    private final Map<String, Set<String>> parts = new LinkedHashMap<>();

    Shelly() {
      super(List.of("+/status/+", "+/+/status/+", "+/events/rpc", "+/+/events/rpc"));
    }

    @Override
    List<String> read(String topic, JsonValue payload) {
      boolean notified = topic.endsWith("/events/rpc");
      String prefix =
          topic.substring(0, notified ? topic.length() - 11 : topic.lastIndexOf("/status/"));
      List<String> keys;
      if (notified) {
        keys = ShellyStatus.metering(payload.get("params"));
      } else {
        String key = topic.substring(topic.lastIndexOf('/') + 1);
        // As a status that has only this component.
        keys = metering(key, payload) ? List.of(key) : List.of();
      }
      if (keys.isEmpty() || parts.size() >= MAX_DEVICES && !parts.containsKey(prefix)) {
        return List.of();
      }
      Set<String> known = parts.computeIfAbsent(prefix, unknown -> new TreeSet<>());
      for (String key : keys) {
        if (known.size() < MAX_PARTS) {
          known.add(key);
        }
      }
      return List.of(prefix);
    }

    private static boolean metering(String key, JsonValue component) {
      return ShellyStatus.values(key, component).list().stream()
          .anyMatch(value -> value.quantity().equals(Quantity.ACTIVE_POWER));
    }

    @Override
    List<String> devices() {
      return List.copyOf(parts.keySet());
    }

    @Override
    List<Candidate> candidates(String prefix) {
      List<Candidate> found = new ArrayList<>();
      Set<String> keys = parts.get(prefix);
      for (String key : keys) {
        Map<String, String> settings = settings(Kinds.SHELLY, prefix);
        settings.put(MqttSettings.PART, key);
        found.add(
            new Candidate(
                keys.size() > 1 ? prefix + " " + key : prefix,
                switch (ShellyStatus.type(key)) {
                  case "em" -> DeviceRole.GRID_METER;
                  case "em1", "pm1" -> DeviceRole.SUB_METER;
                  default -> DeviceRole.LOAD;
                },
                settings,
                Map.of("maker", "Shelly", "serial", prefix)));
      }
      return found;
    }
  }

  // ---------------------------------------------------------------- zigbee2mqtt

  /** Devices in {@code bridge/devices} that expose power or energy. */
  static final class Zigbee2Mqtt extends Finder {
    private record Device(String base, JsonValue json) {}

    private final Map<String, Device> devices = new LinkedHashMap<>();

    Zigbee2Mqtt() {
      super(List.of("+/bridge/devices"));
    }

    @Override
    List<String> read(String topic, JsonValue payload) {
      String base = topic.substring(0, topic.indexOf('/'));
      List<String> found = new ArrayList<>();
      for (JsonValue device : payload.items()) {
        String name = device.get("friendly_name").label(128);
        boolean metering =
            Zigbee2MqttProfile.exposes(device.get("definition").get("exposes")).keySet().stream()
                .anyMatch(Zigbee2MqttProfile::metering);
        if (metering && !name.isEmpty() && devices.size() < MAX_DEVICES) {
          String key = base + "/" + name;
          devices.put(key, new Device(base, device));
          found.add(key);
        }
      }
      return found;
    }

    @Override
    List<String> devices() {
      return List.copyOf(devices.keySet());
    }

    @Override
    List<Candidate> candidates(String key) {
      Device device = devices.get(key);
      JsonValue json = device.json();
      String name = json.get("friendly_name").label(128);
      Map<String, String> settings = settings(Kinds.ZIGBEE2MQTT, name);
      if (!device.base().equals("zigbee2mqtt")) {
        settings.put(MqttSettings.BASE, device.base());
      }
      Set<String> properties =
          Zigbee2MqttProfile.exposes(json.get("definition").get("exposes")).keySet();
      DeviceRole role =
          properties.contains("produced_energy")
              ? DeviceRole.GRID_METER
              : properties.contains("power") || properties.contains("energy")
                  ? DeviceRole.LOAD
                  : properties.contains("gas") ? DeviceRole.GAS_METER : DeviceRole.WATER_METER;
      return List.of(
          new Candidate(
              name,
              role,
              settings,
              identity(
                  Map.of(
                      "maker", json.get("definition").get("vendor"),
                      "model", json.get("definition").get("model"),
                      "serial", json.get("ieee_address"),
                      "firmware", json.get("software_build_id")))));
    }
  }

  // ---------------------------------------------------------------- OpenEnergyMonitor

  /** Nodes below {@code emon} with names that are known. */
  static final class Emon extends Finder {
    private static final int MAX_NAMES = 64;
    private final Map<String, Set<String>> nodes = new LinkedHashMap<>();

    Emon() {
      super(List.of("emon/+", "emon/+/+"));
    }

    @Override
    List<String> read(String topic, JsonValue payload) {
      String[] levels = topic.split("/", -1);
      Set<String> names = levels.length == 3 ? Set.of(levels[2]) : payload.members().keySet();
      List<String> known =
          names.stream().filter(name -> EmonNames.of(name, 0).isPresent()).toList();
      if (known.isEmpty() || nodes.size() >= MAX_DEVICES && !nodes.containsKey(levels[1])) {
        return List.of();
      }
      Set<String> all = nodes.computeIfAbsent(levels[1], unknown -> new TreeSet<>());
      for (String name : known) {
        if (all.size() < MAX_NAMES) {
          all.add(name);
        }
      }
      return List.of(levels[1]);
    }

    @Override
    List<String> devices() {
      return List.copyOf(nodes.keySet());
    }

    @Override
    List<Candidate> candidates(String node) {
      TreeSet<Integer> channels = new TreeSet<>();
      nodes.get(node).forEach(name -> channels.add(EmonNames.channel(name)));
      channels.remove(0);
      Map<String, String> settings = settings(Kinds.OPENENERGYMONITOR, node);
      Map<String, String> identity = Map.of("maker", "OpenEnergyMonitor");
      if (channels.isEmpty()) {
        DeviceRole role =
            nodes.get(node).stream()
                    .anyMatch(name -> name.toLowerCase(Locale.ROOT).contains("power"))
                ? DeviceRole.SUB_METER
                : DeviceRole.SENSOR;
        return List.of(new Candidate(node, role, settings, identity));
      }
      List<Candidate> found = new ArrayList<>();
      for (int channel : channels) {
        Map<String, String> more = new LinkedHashMap<>(settings);
        more.put(MqttSettings.PART, Integer.toString(channel));
        found.add(new Candidate(node + " power" + channel, DeviceRole.SUB_METER, more, identity));
      }
      return found;
    }
  }

  // ---------------------------------------------------------------- ChirpStack

  /** LoRaWAN devices whose payload is decoded. */
  static final class ChirpStack extends Finder {
    private final Map<String, JsonValue> devices = new LinkedHashMap<>();

    ChirpStack() {
      super(List.of("application/+/device/+/event/up"));
    }

    @Override
    List<String> read(String topic, JsonValue payload) {
      String eui = topic.split("/", -1)[3];
      if (!eui.matches("[0-9a-f]{16}")
          || !payload.get("object").isObject()
          || devices.size() >= MAX_DEVICES && !devices.containsKey(eui)) {
        return List.of();
      }
      devices.put(eui, payload);
      return List.of(eui);
    }

    @Override
    List<String> devices() {
      return List.copyOf(devices.keySet());
    }

    @Override
    List<Candidate> candidates(String eui) {
      JsonValue event = devices.get(eui);
      JsonValue info = event.get("deviceInfo");
      Set<Quantity> quantities =
          quantities(ChirpStackProfile.values(event.get("object"), Optional.empty()).list());
      return List.of(
          new Candidate(
              name(info.get("deviceName").label(48), eui),
              role(quantities),
              settings(Kinds.CHIRPSTACK, eui),
              identity(
                  Map.of("serial", JsonValue.of(eui), "model", info.get("deviceProfileName")))));
    }
  }
}
