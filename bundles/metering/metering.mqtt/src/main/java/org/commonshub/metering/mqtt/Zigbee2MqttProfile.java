package org.commonshub.metering.mqtt;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.measure.api.Quantity;
import org.commonshub.metering.api.MqttConnection.Message;
import org.commonshub.metering.mapping.api.JsonValue;
import org.commonshub.metering.mapping.api.MalformedJsonException;
import org.commonshub.metering.mapping.api.Mapping;
import org.commonshub.metering.mapping.api.Measurements;

/**
 * zigbee2mqtt (its documentation, "MQTT topics and messages", "Exposes"): {@code zigbee2mqtt/NAME},
 * {@code …/availability}, and units and identity from {@code bridge/devices}. Without the latter
 * (it may be larger than the hub takes) the usual units are assumed.
 */
final class Zigbee2MqttProfile implements Profile {
  /** A property's meaning and its usual unit. */
  private record Known(Quantity quantity, String unit) {}

  private static final Map<String, Known> PROPERTIES = new HashMap<>();

  static {
    known("power", Quantity.ACTIVE_POWER, "W");
    known("power_phase_b", Quantity.ACTIVE_POWER_L2, "W");
    known("power_phase_c", Quantity.ACTIVE_POWER_L3, "W");
    known("power_apparent", Quantity.APPARENT_POWER, "VA");
    known("power_reactive", Quantity.REACTIVE_POWER, "var");
    known("power_factor", Quantity.POWER_FACTOR, "");
    known("voltage", Quantity.VOLTAGE, "V");
    known("voltage_phase_b", Quantity.VOLTAGE_L2, "V");
    known("voltage_phase_c", Quantity.VOLTAGE_L3, "V");
    known("current", Quantity.CURRENT, "A");
    known("current_phase_b", Quantity.CURRENT_L2, "A");
    known("current_phase_c", Quantity.CURRENT_L3, "A");
    known("current_neutral", Quantity.CURRENT_N, "A");
    known("ac_frequency", Quantity.FREQUENCY, "Hz");
    known("energy", Quantity.ENERGY_IMPORT, "kWh");
    known("produced_energy", Quantity.ENERGY_EXPORT, "kWh");
    known("gas", Quantity.GAS_VOLUME, "m³");
    known("water_consumed", Quantity.WATER_VOLUME, "L");
    known("temperature", Quantity.TEMPERATURE, "°C");
    known("battery", Quantity.BATTERY_SOC, "%");
  }

  private static final int MAX_PROPERTIES = 256;

  private final String base;
  private final String name;
  private final Optional<Mapping> mapping;
  private Map<String, String> units = Map.of();

  Zigbee2MqttProfile(MqttSettings settings) {
    this.base = settings.base();
    this.name = settings.device();
    this.mapping = settings.values();
  }

  private static void known(String property, Quantity quantity, String unit) {
    PROPERTIES.put(property, new Known(quantity, unit));
  }

  /** Whether a property says something about energy. */
  static boolean metering(String property) {
    return PROPERTIES.containsKey(property)
        && !property.equals("temperature")
        && !property.equals("battery")
        && !property.equals("voltage");
  }

  @Override
  public List<String> filters() {
    return List.of(
        base + "/" + name, base + "/" + name + "/availability", base + "/bridge/devices");
  }

  @Override
  public void take(Message message, Sink sink) throws MalformedJsonException {
    if (message.topic().equals(base + "/bridge/devices")) {
      devices(message, sink);
    } else if (message.topic().endsWith("/availability")) {
      JsonValue state = JsonValue.parseOrText(message.payload());
      String text =
          state.isObject() ? state.get("state").text().orElse("") : state.text().orElse("");
      sink.online(!text.equals("offline"));
    } else {
      sink.values(Optional.empty(), values(JsonValue.parse(message.payload())).list());
    }
  }

  private Measurements values(JsonValue state) {
    Measurements values = new Measurements();
    if (mapping.isPresent()) {
      mapping.get().lines().forEach(line -> line.take(state.get(line.input()), values));
      return values;
    }
    // A battery's voltage is the battery's, in millivolts or not.
    boolean battery = !state.get("battery").missing() && state.get("power").missing();
    for (Map.Entry<String, JsonValue> member : state.members().entrySet()) {
      Known known = PROPERTIES.get(member.getKey());
      if (known != null && !(battery && known.quantity().equals(Quantity.VOLTAGE))) {
        values.add(
            known.quantity(), member.getValue(), units.getOrDefault(member.getKey(), known.unit()));
      }
    }
    return values;
  }

  private void devices(Message message, Sink sink) {
    JsonValue list;
    try {
      list = JsonValue.parse(message.payload());
    } catch (MalformedJsonException e) {
      return; // Of all devices together: not this one's mistake.
    }
    for (JsonValue device : list.items()) {
      if (device.get("friendly_name").text().filter(name::equals).isPresent()) {
        JsonValue definition = device.get("definition");
        sink.fact("serial", device.get("ieee_address"));
        sink.fact("maker", definition.get("vendor"));
        sink.fact("model", definition.get("model"));
        sink.fact("firmware", device.get("software_build_id"));
        units = exposes(definition.get("exposes"));
      }
    }
  }

  /** Properties with their units, {@code exposes} of a definition. */
  static Map<String, String> exposes(JsonValue exposes) {
    Map<String, String> units = new HashMap<>();
    collect(exposes, units, 0);
    return Map.copyOf(units);
  }

  private static void collect(JsonValue exposes, Map<String, String> units, int depth) {
    for (JsonValue expose : exposes.items()) {
      String property = expose.get("property").text().orElse("");
      if (!property.isEmpty() && units.size() < MAX_PROPERTIES) {
        units.put(property, expose.get("unit").label(16));
      }
      if (depth < 4) {
        collect(expose.get("features"), units, depth + 1);
      }
    }
  }

  @Override
  public Duration quiet() {
    return Duration.ofMinutes(65);
  }
}
