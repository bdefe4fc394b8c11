package org.commonshub.metering.mqtt;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.commonshub.metering.api.Discoverer.Candidate;
import org.commonshub.metering.api.MqttConnection.Message;
import org.commonshub.metering.mapping.api.JsonValue;
import org.commonshub.metering.mapping.api.MalformedJsonException;

/**
 * Recognises the devices of one ecosystem by what they publish. Bounded: {@link #MAX_DEVICES}
 * devices, the first. Not thread-safe.
 */
abstract class Finder {
  /** Most devices of one ecosystem on a broker. */
  static final int MAX_DEVICES = 256;

  private final List<String> filters;

  Finder(List<String> filters) {
    this.filters = filters;
  }

  /** Topics that devices show themselves on. */
  final List<String> filters() {
    return filters;
  }

  /**
   * Takes a message of any topic.
   *
   * @return the device it was of, if it is one that can be proposed; to be handed to {@link
   *     #candidates(String)}
   */
  final List<String> take(Message message) {
    if (filters.stream().noneMatch(filter -> matches(filter, message.topic()))) {
      return List.of();
    }
    try {
      return read(message.topic(), JsonValue.parseOrText(message.payload()));
    } catch (MalformedJsonException e) {
      return List.of(); // Not of this ecosystem, or not to be believed.
    }
  }

  abstract List<String> read(String topic, JsonValue payload);

  /** All devices so far. */
  abstract List<String> devices();

  /** What to propose for a device: itself, or its parts. */
  abstract List<Candidate> candidates(String device);

  /** All proposals. */
  final List<Candidate> candidates() {
    List<Candidate> all = new ArrayList<>();
    for (String device : devices()) {
      all.addAll(candidates(device));
    }
    return all;
  }

  static Map<String, String> settings(MqttSettings.Kinds profile, String device) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put(MqttSettings.PROFILE, profile.key());
    settings.put(MqttSettings.DEVICE, device);
    return settings;
  }

  /** Facts as texts, those that are there. */
  static Map<String, String> identity(Map<String, JsonValue> facts) {
    Map<String, String> identity = new LinkedHashMap<>();
    facts.forEach(
        (fact, value) -> {
          String text = value.label(128);
          if (!text.isEmpty()) {
            identity.put(fact, text);
          }
        });
    return Map.copyOf(identity);
  }

  /** Whether a topic matches a filter (MQTT 3.1.1, 4.7). */
  static boolean matches(String filter, String topic) {
    String[] wanted = filter.split("/", -1);
    String[] levels = topic.split("/", -1);
    for (int i = 0; i < wanted.length; i++) {
      if (wanted[i].equals("#")) {
        return true;
      }
      if (i >= levels.length || !wanted[i].equals("+") && !wanted[i].equals(levels[i])) {
        return false;
      }
    }
    return wanted.length == levels.length;
  }
}
