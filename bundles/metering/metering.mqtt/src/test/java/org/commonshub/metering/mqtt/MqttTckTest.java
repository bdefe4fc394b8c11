package org.commonshub.metering.mqtt;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.metering.api.MqttConnection.Message;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeMqttConnection;
import org.commonshub.testing.tck.Feeder;
import org.commonshub.testing.tck.PushDriverTck;

/**
 * The driver against the compatibility kit: one message of a plug as four ecosystems would publish
 * it. Messages travel whole; JSON has no check of its inside.
 */
class MqttTckTest extends PushDriverTck {
  @Override
  protected MeterDriver driver() {
    return new MqttDriver((driver, endpoint, candidate) -> {}, new FakeHubClock());
  }

  @Override
  protected List<String> links() {
    return List.of("template", "tasmota", "zigbee2mqtt", "homeassistant");
  }

  @Override
  protected Map<String, String> settings(String link) {
    return switch (link) {
      case "tasmota" -> Map.of("profile", link, "device", "plug");
      case "zigbee2mqtt", "homeassistant" -> Map.of("profile", link, "device", "plug");
      default ->
          Map.of(
              "profile",
              "template",
              "topic",
              "plug/state",
              "values",
              "$.power = power.active W; $.energy = energy.import kWh");
    };
  }

  @Override
  protected Map<String, String> wrongSettings() {
    return Map.of("profile", "smoke signals");
  }

  private static String topic(String link) {
    return switch (link) {
      case "tasmota" -> "tele/plug/SENSOR";
      case "zigbee2mqtt" -> "zigbee2mqtt/plug";
      default -> "plug/state";
    };
  }

  @Override
  protected List<byte[]> messages() {
    return List.of(message(0), message(1), message(2), message(3));
  }

  private static byte[] message(int step) {
    return ("{\"Time\":\"2026-01-15T12:00:0"
            + step
            + "\",\"ENERGY\":{\"Power\":10"
            + step
            + ".5,\"Total\":7."
            + step
            + "25},\"power\":10"
            + step
            + ".5,\"energy\":7."
            + step
            + "25,\"linkquality\":87}")
        .getBytes(StandardCharsets.UTF_8);
  }

  @Override
  protected Map<String, String> expected(int step) {
    return Map.of("power.active", "10" + step + ".5", "energy.import", "7" + step + "25");
  }

  @Override
  protected boolean checksum() {
    return false;
  }

  @Override
  protected Feeder feeder(String link) {
    FakeMqttConnection broker = new FakeMqttConnection();
    Feeder plain =
        Feeder.of(
            broker.endpoint(),
            broker,
            payload -> broker.deliver(new Message(topic(link), payload, false)),
            () -> broker.filters().size());
    if (!link.equals("homeassistant")) {
      return plain;
    }
    return new Feeder() {
      @Override
      public org.commonshub.metering.api.Endpoint endpoint() {
        return plain.endpoint();
      }

      @Override
      public Object connection() {
        return plain.connection();
      }

      @Override
      public void started() {
        broker.deliver(new Message("homeassistant/device/plug/config", config(), true));
      }

      @Override
      public void push(byte[] message) throws Exception {
        plain.push(message);
      }

      @Override
      public int subscriptions() {
        return plain.subscriptions();
      }
    };
  }

  private static byte[] config() {
    return ("{'dev':{'ids':'plug'},'o':{'name':'x'},'stat_t':'plug/state','cmps':{"
            + "'power':{'p':'sensor','dev_cla':'power','unit_of_meas':'W',"
            + "'val_tpl':'{{ value_json.power }}'},'energy':{'p':'sensor','dev_cla':'energy',"
            + "'unit_of_meas':'kWh','val_tpl':'{{ value_json.energy }}'}}}")
        .replace('\'', '"')
        .getBytes(StandardCharsets.UTF_8);
  }
}
