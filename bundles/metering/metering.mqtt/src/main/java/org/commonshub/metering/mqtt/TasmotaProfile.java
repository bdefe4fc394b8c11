package org.commonshub.metering.mqtt;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.commonshub.metering.api.MqttConnection.Message;
import org.commonshub.metering.mapping.api.JsonValue;
import org.commonshub.metering.mapping.api.MalformedJsonException;
import org.commonshub.metering.mapping.api.TasmotaEnergy;

/**
 * Tasmota (Tasmota documentation, "MQTT", "Energy monitoring", "Commands"): {@code tele/…/SENSOR},
 * answers to {@code Status 8} and {@code Status 10}, {@code LWT}, and who it is from {@code
 * tasmota/discovery}. Its clock has no zone and is not used.
 *
 * <p>The switch goes back by itself: a backlog with a delay runs in the device, and is cleared and
 * begun anew with every order. Nothing of it is stored in the device.
 */
final class TasmotaProfile implements Profile {
  /** Longest delay in a backlog is 360 s. */
  static final Duration WATCHDOG = Duration.ofMinutes(5);

  private static final String DISCOVERY = "tasmota/discovery/+/config";

  private final String device;
  private final String fullTopic;
  private final int channel;
  private boolean relay;

  TasmotaProfile(MqttSettings settings) {
    this.device = settings.device();
    this.fullTopic = settings.base();
    this.channel = settings.channel();
  }

  private String topic(String prefix, String last) {
    return topic(fullTopic, device, prefix, last);
  }

  static String topic(String fullTopic, String device, String prefix, String last) {
    String topic = fullTopic.replace("%prefix%", prefix).replace("%topic%", device);
    return topic.endsWith("/") ? topic + last : topic + "/" + last;
  }

  @Override
  public List<String> filters() {
    return List.of(
        topic("tele", "SENSOR"),
        topic("tele", "STATE"),
        topic("tele", "LWT"),
        topic("stat", "STATUS8"),
        topic("stat", "STATUS10"),
        topic("stat", "RESULT"),
        DISCOVERY);
  }

  @Override
  public void take(Message message, Sink sink) throws MalformedJsonException {
    String topic = message.topic();
    if (topic.equals(topic("tele", "LWT"))) {
      String text = JsonValue.parseOrText(message.payload()).text().orElse("");
      sink.online(!text.toLowerCase(Locale.ROOT).equals("offline"));
    } else if (topic.startsWith("tasmota/discovery/")) {
      discovered(message, sink);
    } else {
      JsonValue json = JsonValue.parse(message.payload());
      relay |= !json.get(power()).missing() || !json.get("POWER").missing();
      JsonValue sensors = json.get("StatusSNS").isObject() ? json.get("StatusSNS") : json;
      sink.values(Optional.empty(), TasmotaEnergy.values(sensors, channel).list());
    }
  }

  /** Another device's configuration may be anything. */
  private void discovered(Message message, Sink sink) {
    JsonValue config;
    try {
      config = JsonValue.parse(message.payload());
    } catch (MalformedJsonException e) {
      return;
    }
    if (config.get("t").text().filter(device::equals).isPresent()) {
      sink.fact("name", config.get("dn"));
      sink.fact("model", config.get("md"));
      sink.fact("firmware", config.get("sw"));
      sink.fact("serial", config.get("mac"));
      relay |=
          config
              .get("rl")
              .at(Math.max(0, channel - 1))
              .number()
              .filter(kind -> kind.intValue() == 1)
              .isPresent();
    }
  }

  @Override
  public Duration quiet() {
    return Duration.ofMinutes(15);
  }

  private String power() {
    return "POWER" + Math.max(1, channel);
  }

  @Override
  public Optional<Switch> relay() {
    return relay ? Optional.of(new Switch(Optional.of(WATCHDOG))) : Optional.empty();
  }

  @Override
  public Order order(boolean on, boolean rest) {
    String state = on ? "ON" : "OFF";
    String commands =
        power()
            + " "
            + state
            + (rest
                ? ""
                : "; Delay " + 10 * WATCHDOG.toSeconds() + "; " + power() + (on ? " OFF" : " ON"));
    return new Order(
        List.of(
            command("Backlog", ""), command(rest ? power() : "Backlog", rest ? state : commands)),
        topic("stat", "RESULT"),
        answer ->
            answer.get(power()).text().filter(state::equals).isPresent()
                || answer.get("POWER").text().filter(state::equals).isPresent(),
        answer -> false);
  }

  private Message command(String command, String argument) {
    return new Message(topic("cmnd", command), argument.getBytes(StandardCharsets.UTF_8), false);
  }
}
