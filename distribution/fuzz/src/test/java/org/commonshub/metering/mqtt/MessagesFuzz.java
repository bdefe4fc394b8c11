package org.commonshub.metering.mqtt;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.MqttConnection.Message;
import org.commonshub.metering.mapping.api.JsonValue;
import org.commonshub.metering.mapping.api.MalformedJsonException;
import org.commonshub.testing.fakes.FakeHubClock;

/**
 * Messages of a broker, to every ecosystem and every finder: one byte chooses the topic's
 * beginning, up to the next zero byte comes its rest, then the payload, which also is tried as a
 * template.
 */
public final class MessagesFuzz {
  private static final FakeHubClock CLOCK = new FakeHubClock();
  private static final List<String> TOPICS =
      List.of(
          "homeassistant/sensor/",
          "homeassistant/device/",
          "tele/d/SENSOR",
          "homeassistant/sensor/d/p/config",
          "zigbee2mqtt/bridge/devices",
          "application/1/device/0101010101010101/event/up",
          "d/events/rpc",
          "tasmota/discovery/d/config",
          "tasmota/discovery/d/sensors",
          "emon/d",
          "tele/d/",
          "stat/d/",
          "tasmota/discovery/",
          "d/status/",
          "d/events/",
          "zigbee2mqtt/",
          "emon/d/",
          "application/1/device/0101010101010101/event/",
          "d",
          "");
  private static final List<MqttSettings> SETTINGS = settings();

  private MessagesFuzz() {}

  private static final class Nothing implements Profile.Sink {
    @Override
    public void values(Optional<Instant> at, List<Measurement> values) {}

    @Override
    public void online(boolean online) {}

    @Override
    public void fact(String fact, JsonValue value) {
      value.label(128);
    }

    @Override
    public void listen(List<String> filters) {}
  }

  public static void fuzzerTestOneInput(byte[] data) {
    if (data.length == 0) {
      return;
    }
    int zero = 1;
    while (zero < data.length && data[zero] != 0) {
      zero++;
    }
    String rest = new String(data, 1, zero - 1, StandardCharsets.UTF_8);
    byte[] payload = Arrays.copyOfRange(data, Math.min(data.length, zero + 1), data.length);
    HaTemplate.parse("{{" + new String(payload, StandardCharsets.UTF_8) + "}}");
    TellingNames.of(rest);
    Message message =
        new Message(TOPICS.get((data[0] & 0xFF) % TOPICS.size()) + rest, payload, false);
    for (MqttSettings settings : SETTINGS) {
      take(MqttDriver.profile(settings, CLOCK), message);
    }
    for (Finder finder : Finders.all()) {
      if (!finder.take(message).isEmpty()) {
        finder.candidates();
      }
    }
  }

  private static List<MqttSettings> settings() {
    List<MqttSettings> all = new ArrayList<>();
    for (MqttSettings.Kinds kind : MqttSettings.Kinds.values()) {
      try {
        all.add(
            MqttSettings.of(
                kind == MqttSettings.Kinds.TEMPLATE
                    ? Map.of(
                        "profile", kind.key(), "topic", "d", "values", "$.a[0] = power.active W")
                    : Map.of(
                        "profile",
                        kind.key(),
                        "device",
                        kind == MqttSettings.Kinds.CHIRPSTACK ? "0101010101010101" : "d")));
      } catch (DeviceException e) {
        throw new IllegalStateException(e);
      }
    }
    return all;
  }

  private static void take(Profile profile, Message message) {
    if (profile.filters().stream().noneMatch(f -> Finder.matches(f, message.topic()))) {
      return;
    }
    try {
      profile.take(message, new Nothing());
    } catch (MalformedJsonException e) {
      // As declared.
    }
  }
}
