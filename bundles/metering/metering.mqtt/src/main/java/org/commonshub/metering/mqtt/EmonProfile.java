package org.commonshub.metering.mqtt;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.metering.api.MqttConnection.Message;
import org.commonshub.metering.mapping.api.EmonNames;
import org.commonshub.metering.mapping.api.JsonValue;
import org.commonshub.metering.mapping.api.MalformedJsonException;
import org.commonshub.metering.mapping.api.Mapping;
import org.commonshub.metering.mapping.api.Measurements;
import org.commonshub.platform.api.HubClock;

/**
 * OpenEnergyMonitor (emonHub, "MQTT interfacer"): a topic per value, {@code emon/NODE/KEY}; all in
 * one JSON object with {@code time}, {@code emon/NODE}; or a list of numbers, {@code
 * …/NODE/values}, whose values are called 1, 2, ….
 */
final class EmonProfile implements Profile {
  private static final int MAX_VALUES = 256;

  private final HubClock clock;
  private final String topic;
  private final int channel;
  private final Optional<Mapping> mapping;

  EmonProfile(MqttSettings settings, HubClock clock) {
    this.clock = clock;
    this.topic = settings.base() + "/" + settings.device();
    this.channel = settings.channel();
    this.mapping = settings.values();
  }

  @Override
  public List<String> filters() {
    return List.of(topic, topic + "/+");
  }

  @Override
  public void take(Message message, Sink sink) throws MalformedJsonException {
    JsonValue payload = JsonValue.parseOrText(message.payload());
    Map<String, JsonValue> named = new LinkedHashMap<>();
    if (message.topic().equals(topic)) {
      named.putAll(payload.members());
    } else {
      String key = message.topic().substring(topic.length() + 1);
      if (key.equals("values")) {
        int number = 0;
        for (String part : payload.text().orElse("").split(",", MAX_VALUES + 1)) {
          named.put(Integer.toString(++number), JsonValue.of(part.strip()));
        }
      } else {
        named.put(key, payload);
      }
    }
    sink.values(Times.read(payload.get("time"), clock.now()), values(named).list());
  }

  private Measurements values(Map<String, JsonValue> named) {
    Measurements values = new Measurements();
    if (mapping.isPresent()) {
      for (Mapping.Line line : mapping.get().lines()) {
        line.take(named.getOrDefault(line.input(), JsonValue.MISSING), values);
      }
    } else {
      named.forEach(
          (name, value) ->
              EmonNames.of(name, channel)
                  .ifPresent(known -> values.add(known.quantity(), value, known.unit())));
    }
    return values;
  }

  @Override
  public Duration quiet() {
    return Duration.ofMinutes(15);
  }
}
