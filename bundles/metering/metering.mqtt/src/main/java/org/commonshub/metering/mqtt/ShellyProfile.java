package org.commonshub.metering.mqtt;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.commonshub.metering.api.MqttConnection.Message;
import org.commonshub.metering.mapping.api.JsonValue;
import org.commonshub.metering.mapping.api.MalformedJsonException;
import org.commonshub.metering.mapping.api.ShellyStatus;

/**
 * Shelly of Gen2 and later (Shelly API documentation, "MQTT"): {@code PREFIX/status/COMPONENT},
 * notifications in {@code PREFIX/events/rpc}, {@code PREFIX/online}. Where a component's whole
 * status is published, notifications about it say nothing new and are left aside.
 */
final class ShellyProfile implements Profile {
  static final Duration WATCHDOG = Duration.ofMinutes(5);

  private static final int MAX_COMPONENTS = 64;

  private final String prefix;
  private final String wanted;
  private final Set<String> published = new HashSet<>();
  private String component;
  private int calls;

  ShellyProfile(MqttSettings settings) {
    this.prefix = settings.device();
    this.wanted = settings.part();
    this.component = wanted;
  }

  @Override
  public List<String> filters() {
    return List.of(prefix + "/status/+", prefix + "/events/rpc", prefix + "/online", reply());
  }

  /** Below the device's own prefix: a broker may confine it to that. */
  private String reply() {
    return prefix + "/commonshub/rpc";
  }

  @Override
  public void take(Message message, Sink sink) throws MalformedJsonException {
    String topic = message.topic();
    if (topic.equals(prefix + "/online")) {
      String text = JsonValue.parseOrText(message.payload()).text().orElse("");
      sink.online(!text.equals("false"));
    } else if (topic.startsWith(prefix + "/status/")) {
      String key = topic.substring(prefix.length() + "/status/".length());
      if (!ShellyStatus.type(key).isEmpty()) {
        if (published.size() < MAX_COMPONENTS) {
          published.add(key);
        }
        component(key, JsonValue.parse(message.payload()), sink);
      }
    } else if (topic.endsWith("/events/rpc")) {
      notified(JsonValue.parse(message.payload()), sink);
    }
  }

  private void notified(JsonValue frame, Sink sink) {
    String method = frame.get("method").text().orElse("");
    JsonValue status = frame.get("params");
    if (!method.equals("NotifyStatus") && !method.equals("NotifyFullStatus")) {
      return;
    }
    sink.fact("serial", frame.get("src"));
    ShellyStatus.metering(status).forEach(this::choose);
    if (component.isEmpty()) {
      return;
    }
    for (String key :
        List.of(component, ShellyStatus.registers(component)).stream().distinct().toList()) {
      if (!published.contains(key)) {
        sink.values(Optional.empty(), ShellyStatus.values(key, status.get(key)).list());
      }
    }
  }

  private void component(String key, JsonValue status, Sink sink) {
    if (status.members().keySet().stream()
        .anyMatch(name -> name.endsWith("apower") || name.endsWith("act_power"))) {
      choose(key);
    }
    if (key.equals(component) || key.equals(ShellyStatus.registers(component))) {
      sink.values(Optional.empty(), ShellyStatus.values(key, status).list());
    }
  }

  /** Of several that measure, the first is meant; not whichever publishes first. */
  private void choose(String key) {
    if (component.isEmpty() && ShellyStatus.number(key) == 0) {
      component = key;
    }
  }

  @Override
  public Duration quiet() {
    return Duration.ofMinutes(15);
  }

  @Override
  public Optional<Switch> relay() {
    return ShellyStatus.type(component).equals("switch")
        ? Optional.of(new Switch(Optional.of(WATCHDOG)))
        : Optional.empty();
  }

  @Override
  public Order order(boolean on, boolean rest) {
    int number = ++calls;
    String frame =
        "{\"id\":"
            + number
            + ",\"src\":\""
            + escaped(prefix)
            + "/commonshub\",\"method\":\"Switch.Set\",\"params\":{\"id\":"
            + ShellyStatus.number(component)
            + ",\"on\":"
            + on
            + (rest ? "" : ",\"toggle_after\":" + WATCHDOG.toSeconds())
            + "}}";
    return new Order(
        List.of(new Message(prefix + "/rpc", frame.getBytes(StandardCharsets.UTF_8), false)),
        reply(),
        answer -> ours(answer, number) && answer.get("error").missing(),
        answer -> ours(answer, number) && !answer.get("error").missing());
  }

  private static boolean ours(JsonValue answer, int number) {
    return answer.get("id").number().filter(id -> id.intValue() == number).isPresent();
  }

  private static String escaped(String text) {
    StringBuilder escaped = new StringBuilder();
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\' || c < ' ') {
        escaped.append(String.format("\\u%04x", (int) c));
      } else {
        escaped.append(c);
      }
    }
    return escaped.toString();
  }
}
