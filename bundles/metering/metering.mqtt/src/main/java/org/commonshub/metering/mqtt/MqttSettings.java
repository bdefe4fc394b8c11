package org.commonshub.metering.mqtt;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.DriverDescription.Option;
import org.commonshub.metering.mapping.api.EmonNames;
import org.commonshub.metering.mapping.api.Mapping;
import org.commonshub.metering.mapping.api.ShellyStatus;

/**
 * Settings of a device on a broker.
 *
 * @param profile ecosystem
 * @param device what the device is called there; empty for a template
 * @param base where its topics begin, by ecosystem
 * @param part component, channel or word; empty for the first or the only one
 * @param topic usual topic of a template; where Home Assistant's configurations are
 * @param values what its values mean, if a person says it
 * @param restOn whether its switch is on while nobody holds it
 * @param quiet how long it may say nothing, if a person says it
 */
record MqttSettings(
    Kinds profile,
    String device,
    String base,
    String part,
    String topic,
    Optional<Mapping> values,
    boolean restOn,
    Optional<Duration> quiet) {
  static final String PROFILE = "profile";
  static final String DEVICE = "device";
  static final String BASE = "base";
  static final String PART = "part";
  static final String TOPIC = "topic";
  static final String VALUES = "values";
  static final String REST = "rest";
  static final String QUIET = "quiet_minutes";

  /** Ecosystems. */
  enum Kinds {
    HOMEASSISTANT("Home Assistant discovery", "homeassistant", Mapping.Inputs.NAME),
    TASMOTA("Tasmota", "%prefix%/%topic%/", null),
    SHELLY("Shelly Gen2 and later", "", null),
    ZIGBEE2MQTT("zigbee2mqtt", "zigbee2mqtt", Mapping.Inputs.NAME),
    OPENENERGYMONITOR("OpenEnergyMonitor", "emon", Mapping.Inputs.NAME),
    CHIRPSTACK("ChirpStack v4 (LoRaWAN)", "application", Mapping.Inputs.PATH),
    TEMPLATE("Any other, by a template", "", Mapping.Inputs.PATH);

    private final String title;
    private final String base;
    private final Mapping.Inputs inputs;

    Kinds(String title, String base, Mapping.Inputs inputs) {
      this.title = title;
      this.base = base;
      this.inputs = inputs;
    }

    String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static final List<Option> OPTIONS = options();

  private static List<Option> options() {
    Map<String, String> kinds = new LinkedHashMap<>();
    for (Kinds kind : Kinds.values()) {
      kinds.put(kind.key(), kind.title);
    }
    return List.of(
        new Option(PROFILE, "Ecosystem", "What kind of device publishes.", "", kinds, true, false),
        text(
            DEVICE,
            "Device",
            "What it is called: Home Assistant: its identifier; Tasmota: its topic; Shelly: its"
                + " topic prefix; zigbee2mqtt: its friendly name; OpenEnergyMonitor: the node;"
                + " ChirpStack: its DevEUI. Not for a template.",
            ""),
        text(
            PART,
            "Part",
            "Shelly: component, such as switch:0 or em:0; Tasmota and OpenEnergyMonitor: number of"
                + " the channel from 1; Home Assistant: a word in the names of the values that are"
                + " meant, such as grid. Empty: all of it, or the first that measures.",
            ""),
        text(
            BASE,
            "Topics begin with",
            "Where the ecosystem's topics begin, if not as usual: homeassistant, zigbee2mqtt, emon,"
                + " application; Tasmota: the full topic, usually %prefix%/%topic%/.",
            ""),
        text(
            TOPIC,
            "Topic",
            "Template: the topic that is meant where a value names none. Home Assistant: topic"
                + " filter of this device's configurations, if it is to be narrower than usual.",
            ""),
        text(
            VALUES,
            "Meaning of the values",
            "Parted by semicolons. Template: TOPIC $PATH = QUANTITY UNIT, for example"
                + " meter/state $.power = power.active W; meter/total $ = energy.import kWh."
                + " ChirpStack: $PATH in the decoded object. OpenEnergyMonitor, zigbee2mqtt and"
                + " Home Assistant: NAME = QUANTITY UNIT. Empty: what the names and units say.",
            ""),
        new Option(
            REST,
            "Switch at rest",
            "State that a Shelly's or Tasmota's switch returns to when nobody controls it."
                + " Default on.",
            "on",
            Map.of("on", "On", "off", "Off"),
            false,
            false),
        text(
            QUIET,
            "Longest silence",
            "Minutes for which the device may publish nothing although all is well, 1 to 10080."
                + " Empty: 15; zigbee2mqtt 65, ChirpStack 1500.",
            ""));
  }

  private static Option text(String key, String title, String description, String otherwise) {
    return new Option(key, title, description, otherwise, Map.of(), false, false);
  }

  static MqttSettings of(Map<String, String> settings) throws DeviceException {
    Kinds profile = kind(value(settings, PROFILE));
    String device = value(settings, DEVICE);
    String topic = value(settings, TOPIC);
    String base = value(settings, BASE);
    base = base.isEmpty() ? profile.base : base;
    if (profile != Kinds.TEMPLATE) {
      if (device.isEmpty()) {
        throw new DeviceException(
            Kind.SETTINGS, "The setting 'device' is missing: what the device is called there.");
      }
      topicName(DEVICE, device, profile == Kinds.HOMEASSISTANT);
      topicName(BASE, base, false);
    }
    if (profile == Kinds.TASMOTA && !(base.contains("%prefix%") && base.contains("%topic%"))) {
      throw wrong(BASE, base, "a full topic with %prefix% and %topic%");
    }
    if (profile == Kinds.CHIRPSTACK && !device.matches("[0-9A-Fa-f]{16}")) {
      throw wrong(DEVICE, device, "a DevEUI of 16 hexadecimal digits");
    }
    topicName(TOPIC, topic, profile == Kinds.HOMEASSISTANT);
    return new MqttSettings(
        profile,
        device,
        base,
        part(profile, value(settings, PART)),
        topic,
        mapping(profile, topic, value(settings, VALUES)),
        !value(settings, REST).equals("off"),
        quiet(value(settings, QUIET)));
  }

  private static Kinds kind(String text) throws DeviceException {
    for (Kinds kind : Kinds.values()) {
      if (kind.key().equals(text)) {
        return kind;
      }
    }
    throw wrong(
        PROFILE, text, "one of " + List.of(Kinds.values()).toString().toLowerCase(Locale.ROOT));
  }

  /** No wild cards where a name is meant, and nothing that no topic has (MQTT 3.1.1, 4.7). */
  private static void topicName(String key, String text, boolean filter) throws DeviceException {
    boolean wild = text.indexOf('+') >= 0 || text.indexOf('#') >= 0;
    if (text.length() > 256 || text.indexOf('\0') >= 0 || wild && !filter) {
      throw wrong(key, text, "a name without + and #, of at most 256 characters,");
    }
  }

  private static String part(Kinds profile, String part) throws DeviceException {
    if (part.isEmpty()) {
      return part;
    }
    switch (profile) {
      case SHELLY -> {
        if (ShellyStatus.type(part).isEmpty()) {
          throw wrong(PART, part, "a component such as switch:0 or em:0");
        }
      }
      case TASMOTA -> {
        if (!part.matches("[1-9]\\d?")) {
          throw wrong(PART, part, "the number of a channel from 1");
        }
      }
      case OPENENERGYMONITOR -> {
        if (!part.matches("[1-9]\\d?") || Integer.parseInt(part) > EmonNames.MAX_CHANNELS) {
          throw wrong(PART, part, "the number of a current transformer, 1 to 12,");
        }
      }
      default -> {}
    }
    return part;
  }

  /** Number of the channel, or 0. */
  int channel() {
    return part.isEmpty() ? 0 : Integer.parseInt(part);
  }

  private static Optional<Mapping> mapping(Kinds profile, String topic, String text)
      throws DeviceException {
    if (profile.inputs == null || text.isEmpty()) {
      if (profile == Kinds.TEMPLATE) {
        throw new DeviceException(
            Kind.SETTINGS,
            "A template needs its values, for example: meter/state $.power = power.active W.");
      }
      return Optional.empty();
    }
    Mapping mapping;
    try {
      mapping = Mapping.parse(text, profile.inputs);
    } catch (IllegalArgumentException e) {
      throw new DeviceException(Kind.SETTINGS, e.getMessage(), e);
    }
    if (profile == Kinds.TEMPLATE) {
      if (mapping.sources().size() > 32) {
        throw new DeviceException(Kind.SETTINGS, "A template listens to at most 32 topics.");
      }
      for (String source : mapping.sources()) {
        topicName(VALUES, source, false);
        if (source.isEmpty() && topic.isEmpty()) {
          throw new DeviceException(
              Kind.SETTINGS,
              "A value of the template names no topic, and the setting 'topic' is empty.");
        }
      }
    }
    return Optional.of(mapping);
  }

  private static Optional<Duration> quiet(String text) throws DeviceException {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    if (text.matches("\\d{1,5}")) {
      int minutes = Integer.parseInt(text);
      if (minutes >= 1 && minutes <= 10_080) {
        return Optional.of(Duration.ofMinutes(minutes));
      }
    }
    throw wrong(QUIET, text, "a whole number from 1 to 10080");
  }

  private static String value(Map<String, String> settings, String key) {
    return settings.getOrDefault(key, "").strip();
  }

  private static DeviceException wrong(String key, String value, String expected) {
    String shown = value.length() > 48 ? value.substring(0, 48) + "…" : value;
    return new DeviceException(
        Kind.SETTINGS,
        "The setting '" + key + "' is '" + shown + "', but " + expected + " is expected.");
  }
}
