package org.commonshub.metering.mqtt;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.Unit;
import org.commonshub.metering.mapping.api.JsonValue;
import org.commonshub.metering.mapping.api.Units;
import org.commonshub.metering.mqtt.TellingNames.Words;

/**
 * A configuration message of Home Assistant's MQTT discovery ("MQTT discovery", "Sensor", "Device
 * class"): of one sensor, or of a device with all its components; long names and abbreviations,
 * {@code ~} for the beginning of topics. What of it is no sensor, or measures nothing that the hub
 * knows, is left out.
 *
 * @param device identifier of the device
 * @param facts maker, model, firmware, name, serial
 * @param entities what can be read
 */
record HaConfig(String device, Map<String, JsonValue> facts, List<Entity> entities) {
  private static final int MAX_ENTITIES = 128;
  private static final int MAX_TOPIC = 256;

  private static final Map<String, String> SHORT =
      Map.ofEntries(
          Map.entry("state_topic", "stat_t"),
          Map.entry("unit_of_measurement", "unit_of_meas"),
          Map.entry("device_class", "dev_cla"),
          Map.entry("state_class", "stat_cla"),
          Map.entry("value_template", "val_tpl"),
          Map.entry("availability_topic", "avty_t"),
          Map.entry("availability_template", "avty_tpl"),
          Map.entry("availability", "avty"),
          Map.entry("payload_available", "pl_avail"),
          Map.entry("payload_not_available", "pl_not_avail"),
          Map.entry("unique_id", "uniq_id"),
          Map.entry("object_id", "obj_id"),
          Map.entry("device", "dev"),
          Map.entry("components", "cmps"),
          Map.entry("platform", "p"),
          Map.entry("topic", "t"),
          Map.entry("identifiers", "ids"),
          Map.entry("connections", "cns"),
          Map.entry("manufacturer", "mf"),
          Map.entry("model", "mdl"),
          Map.entry("sw_version", "sw"),
          Map.entry("serial_number", "sn"));

  /**
   * A value that can be read.
   *
   * @param key names the configuration it came from
   * @param label words of its names
   * @param names names a person may call it by
   * @param topic where it is published
   * @param template how it is taken out
   * @param quantity what it is
   * @param unit its unit
   * @param availability where it says whether it is there
   */
  record Entity(
      String key,
      String label,
      List<String> names,
      String topic,
      HaTemplate template,
      Optional<Quantity> quantity,
      String unit,
      List<Availability> availability) {}

  /**
   * A topic that says whether a device is there.
   *
   * @param template takes the text out of the message
   * @param absent text that means it is not
   */
  record Availability(String topic, HaTemplate template, String absent) {}

  /**
   * Reads a configuration.
   *
   * @param topic its topic
   * @param base what topics of configurations begin with
   */
  static HaConfig read(String base, String topic, JsonValue json) {
    String[] levels = topic.substring(Math.min(topic.length(), base.length() + 1)).split("/", -1);
    JsonValue device = get(json, "device");
    String object = levels.length > 1 ? levels[levels.length - 2] : "";
    List<Entity> entities = new ArrayList<>();
    if (levels[0].equals("device")) {
      for (Map.Entry<String, JsonValue> component : get(json, "components").members().entrySet()) {
        if (entities.size() < MAX_ENTITIES
            && get(component.getValue(), "platform").text().filter("sensor"::equals).isPresent()) {
          entity(topic + "#" + component.getKey(), component.getKey(), component.getValue(), json)
              .ifPresent(entities::add);
        }
      }
    } else if (levels[0].equals("sensor")) {
      entity(topic, object, json, json).ifPresent(entities::add);
    }
    Map<String, JsonValue> facts = new LinkedHashMap<>();
    facts.put("maker", get(device, "manufacturer"));
    facts.put("model", get(device, "model"));
    facts.put("firmware", get(device, "sw_version"));
    facts.put("serial", get(device, "serial_number"));
    facts.put("name", device.get("name"));
    return new HaConfig(id(device, json, topic), facts, List.copyOf(entities));
  }

  private static String id(JsonValue device, JsonValue json, String topic) {
    JsonValue ids = get(device, "identifiers");
    String id = (ids.isArray() ? ids.at(0) : ids).label(MAX_TOPIC);
    if (id.isEmpty()) {
      id = get(device, "connections").at(0).at(1).label(MAX_TOPIC);
    }
    if (id.isEmpty()) {
      id = get(json, "unique_id").label(MAX_TOPIC);
    }
    return id.isEmpty() ? topic : id;
  }

  private static JsonValue get(JsonValue json, String name) {
    JsonValue value = json.get(name);
    return value.missing() && SHORT.containsKey(name) ? json.get(SHORT.get(name)) : value;
  }

  /** A member of the component or, for a device's components, of all of them. */
  private static JsonValue get(JsonValue component, JsonValue all, String name) {
    JsonValue value = get(component, name);
    return value.missing() ? get(all, name) : value;
  }

  private static Optional<Entity> entity(String key, String object, JsonValue json, JsonValue all) {
    Optional<String> topic = topic(get(json, all, "state_topic"), json, all);
    Optional<HaTemplate> template =
        get(json, "value_template")
            .text()
            .map(HaTemplate::parse)
            .orElse(Optional.of(HaTemplate.PLAIN));
    if (topic.isEmpty() || template.isEmpty()) {
      return Optional.empty();
    }
    String name = json.get("name").label(128);
    List<String> names = new ArrayList<>(List.of(object, name));
    for (String member : List.of("object_id", "unique_id")) {
      names.add(get(json, member).label(128));
    }
    names.removeIf(String::isEmpty);
    Words words = Words.of(object + " " + name);
    String unit = get(json, "unit_of_measurement").label(16);
    Optional<Quantity> quantity =
        quantity(
            get(json, "device_class").label(32),
            get(json, "state_class").label(32),
            unit,
            words,
            Words.of(object + " " + name + " " + template.get().path()));
    return Optional.of(
        new Entity(
            key,
            words.toString(),
            List.copyOf(names),
            topic.get(),
            template.get(),
            quantity.filter(known -> Units.convertible(unit, known.unit())),
            unit,
            availability(json, all)));
  }

  private static List<Availability> availability(JsonValue json, JsonValue all) {
    List<Availability> list = new ArrayList<>();
    topic(get(json, all, "availability_topic"), json, all)
        .ifPresent(
            topic ->
                list.add(
                    new Availability(
                        topic,
                        template(get(json, all, "availability_template")),
                        absent(get(json, all, "payload_not_available")))));
    JsonValue many = get(json, all, "availability");
    for (JsonValue one : many.isArray() ? many.items() : List.of(many)) {
      if (list.size() < 8) {
        topic(get(one, "topic"), json, all)
            .ifPresent(
                topic ->
                    list.add(
                        new Availability(
                            topic,
                            template(get(one, "value_template")),
                            absent(get(one, "payload_not_available")))));
      }
    }
    return List.copyOf(list);
  }

  private static HaTemplate template(JsonValue text) {
    return text.text().flatMap(HaTemplate::parse).orElse(HaTemplate.PLAIN);
  }

  private static String absent(JsonValue text) {
    return text.missing() ? "offline" : text.label(64);
  }

  /** A topic with the beginning that {@code ~} stands for; none with wild cards. */
  private static Optional<String> topic(JsonValue value, JsonValue json, JsonValue all) {
    String base =
        json.get("~").missing() ? all.get("~").label(MAX_TOPIC) : json.get("~").label(MAX_TOPIC);
    return value
        .text()
        .map(
            text ->
                text.startsWith("~")
                    ? base + text.substring(1)
                    : text.endsWith("~") ? text.substring(0, text.length() - 1) + base : text)
        .filter(text -> !text.isEmpty() && text.length() <= MAX_TOPIC)
        .filter(text -> text.indexOf('+') < 0 && text.indexOf('#') < 0 && text.indexOf('\0') < 0);
  }

  /**
   * What a sensor measures, by its class, or by its unit where it has none.
   *
   * @param words of its names
   * @param more words of its names and of the path in its template
   */
  private static Optional<Quantity> quantity(
      String deviceClass, String stateClass, String unit, Words words, Words more) {
    if (words.periodic() || words.statistic()) {
      return Optional.empty();
    }
    String kind = deviceClass.isEmpty() ? kind(unit, words) : deviceClass;
    boolean register = !stateClass.equals("measurement");
    return switch (kind) {
      case "power" -> Optional.of(more.direct() ? Quantity.DC_POWER : more.phase(Quantities.POWER));
      case "energy" -> register && !more.periodic() ? energy(words, more) : Optional.empty();
      case "voltage" ->
          words.has("battery")
              ? Optional.empty()
              : Optional.of(more.direct() ? Quantity.DC_VOLTAGE : more.phase(Quantities.VOLTAGE));
      case "current" ->
          words.has("battery")
              ? Optional.empty()
              : Optional.of(more.direct() ? Quantity.DC_CURRENT : more.phase(Quantities.CURRENT));
      case "frequency" -> Optional.of(Quantity.FREQUENCY);
      case "power_factor" -> Optional.of(more.phase(Quantities.FACTOR));
      case "apparent_power" -> Optional.of(more.phase(Quantities.APPARENT));
      case "reactive_power" -> Optional.of(more.phase(Quantities.REACTIVE));
      case "gas" ->
          register
              ? Optional.of(
                  Units.base(unit).filter(Unit.WATT_HOUR::equals).isPresent()
                      ? Quantity.GAS_ENERGY
                      : Quantity.GAS_VOLUME)
              : Optional.empty();
      case "water" -> register ? Optional.of(Quantity.WATER_VOLUME) : Optional.empty();
      case "battery" -> Optional.of(Quantity.BATTERY_SOC);
      case "energy_storage" -> Optional.of(Quantity.BATTERY_ENERGY);
      case "temperature" -> Optional.of(Quantity.TEMPERATURE);
      case "irradiance" -> Optional.of(Quantity.IRRADIANCE);
      default -> Optional.empty();
    };
  }

  private static Optional<Quantity> energy(Words words, Words more) {
    if (words.has("heat") || words.has("thermal")) {
      return Optional.of(Quantity.HEAT_ENERGY);
    }
    if (more.direct()) {
      return Optional.of(Quantity.DC_ENERGY);
    }
    int tariff = more.tariff();
    if (tariff > 0) {
      return Optional.of(
          (more.exported() ? Quantities.EXPORT_TARIFFS : Quantities.IMPORT_TARIFFS).get(tariff));
    }
    return Optional.of(more.phase(more.exported() ? Quantities.EXPORT : Quantities.IMPORT));
  }

  private static String kind(String unit, Words words) {
    return switch (Units.base(unit).orElse(Unit.ONE)) {
      case WATT -> "power";
      case WATT_HOUR -> "energy";
      case VOLT -> "voltage";
      case AMPERE -> "current";
      case HERTZ -> "frequency";
      case VOLT_AMPERE -> "apparent_power";
      case VAR -> "reactive_power";
      case CUBIC_METRE -> words.has("gas") ? "gas" : words.has("water") ? "water" : "";
      default -> "";
    };
  }
}
