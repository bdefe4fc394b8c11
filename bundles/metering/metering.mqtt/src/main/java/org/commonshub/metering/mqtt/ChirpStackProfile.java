package org.commonshub.metering.mqtt;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.commonshub.measure.api.Quantity;
import org.commonshub.metering.api.MqttConnection.Message;
import org.commonshub.metering.mapping.api.JsonValue;
import org.commonshub.metering.mapping.api.MalformedJsonException;
import org.commonshub.metering.mapping.api.Mapping;
import org.commonshub.metering.mapping.api.Measurements;
import org.commonshub.platform.api.HubClock;

/**
 * LoRaWAN devices behind ChirpStack v4 (its documentation, "Integrations: MQTT" and "Event types"):
 * {@code application/ID/device/DEVEUI/event/up} with the payload decoded in {@code object}, and
 * {@code event/status}. The server's time of reception is believed within bounds.
 */
final class ChirpStackProfile implements Profile {
  private static final int MAX_MEMBERS = 256;

  private final HubClock clock;
  private final String events;
  private final Optional<Mapping> mapping;

  ChirpStackProfile(MqttSettings settings, HubClock clock) {
    this.clock = clock;
    this.events =
        settings.base() + "/+/device/" + settings.device().toLowerCase(Locale.ROOT) + "/event/";
    this.mapping = settings.values();
  }

  @Override
  public List<String> filters() {
    return List.of(events + "up", events + "status");
  }

  @Override
  public void take(Message message, Sink sink) throws MalformedJsonException {
    JsonValue event = JsonValue.parse(message.payload());
    JsonValue info = event.get("deviceInfo");
    sink.fact("serial", info.get("devEui"));
    sink.fact("name", info.get("deviceName"));
    sink.fact("model", info.get("deviceProfileName"));
    Measurements values = new Measurements();
    if (message.topic().endsWith("/status")) {
      values.add(Quantity.BATTERY_SOC, event.get("batteryLevel"), "%");
    } else {
      values.addAll(values(event.get("object"), mapping).list());
    }
    sink.values(Times.read(event.get("time"), clock.now()), values.list());
  }

  /** Values of a decoded payload: as mapped, or those whose names say what they are and in what. */
  static Measurements values(JsonValue object, Optional<Mapping> mapping) {
    Measurements values = new Measurements();
    if (mapping.isPresent()) {
      mapping.get().lines().forEach(line -> line.take(object, values));
      return values;
    }
    int count = 0;
    for (Map.Entry<String, JsonValue> member : object.members().entrySet()) {
      if (++count > MAX_MEMBERS) {
        break;
      }
      TellingNames.of(member.getKey())
          .ifPresent(known -> values.add(known.quantity(), member.getValue(), known.unit()));
    }
    return values;
  }

  @Override
  public Duration quiet() {
    return Duration.ofHours(25);
  }
}
