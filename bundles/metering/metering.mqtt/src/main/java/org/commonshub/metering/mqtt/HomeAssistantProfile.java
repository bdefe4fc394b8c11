package org.commonshub.metering.mqtt;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.commonshub.measure.api.Quantity;
import org.commonshub.metering.api.MqttConnection.Message;
import org.commonshub.metering.mapping.api.JsonValue;
import org.commonshub.metering.mapping.api.MalformedJsonException;
import org.commonshub.metering.mapping.api.Mapping;
import org.commonshub.metering.mapping.api.Measurements;
import org.commonshub.metering.mqtt.HaConfig.Availability;
import org.commonshub.metering.mqtt.HaConfig.Entity;

/**
 * A device that announces itself as Home Assistant wants it: learns from the configurations what is
 * published where, and listens there. Of several values for one quantity the one with the shortest
 * name counts, whichever comes first.
 */
final class HomeAssistantProfile implements Profile {
  private static final int MAX_ENTITIES = 96;
  private static final int MAX_TOPICS = 96;

  private final String base;
  private final String device;
  private final String filter;
  private final String part;
  private final Optional<Mapping> mapping;

  /** By configuration's topic, then key. */
  private final Map<String, List<Entity>> entities = new LinkedHashMap<>();

  private final Set<String> listening = new HashSet<>();
  private Map<Quantity, Entity> chosen = Map.of();

  HomeAssistantProfile(MqttSettings settings) {
    this.base = settings.base();
    this.device = settings.device();
    this.filter = settings.topic();
    this.part = settings.part().toLowerCase(Locale.ROOT);
    this.mapping = settings.values();
  }

  static List<String> filters(String base) {
    return List.of(
        base + "/sensor/+/config",
        base + "/sensor/+/+/config",
        base + "/device/+/config",
        base + "/device/+/+/config");
  }

  @Override
  public List<String> filters() {
    return filter.isEmpty() ? filters(base) : List.of(filter);
  }

  @Override
  public void take(Message message, Sink sink) throws MalformedJsonException {
    String topic = message.topic();
    if (listening.contains(topic)) {
      said(message, sink);
    } else if (topic.startsWith(base + "/") && topic.endsWith("/config")) {
      configured(message, sink);
    }
  }

  /** Another device's configuration may be anything. */
  private void configured(Message message, Sink sink) {
    HaConfig config = null;
    if (message.payload().length > 0) {
      try {
        config = HaConfig.read(base, message.topic(), JsonValue.parse(message.payload()));
      } catch (MalformedJsonException e) {
        return;
      }
      if (!config.device().equals(device)) {
        return;
      }
    } else if (!entities.containsKey(message.topic())) {
      return;
    }
    if (config == null) {
      entities.remove(message.topic());
    } else {
      config.facts().forEach(sink::fact);
      if (entities.values().stream().mapToInt(List::size).sum() + config.entities().size()
          <= MAX_ENTITIES) {
        entities.put(message.topic(), config.entities());
      }
    }
    choose();
    listen(sink);
  }

  private void choose() {
    Map<Quantity, Entity> best = new HashMap<>();
    Comparator<Entity> order =
        Comparator.comparing((Entity entity) -> entity.label().length())
            .thenComparing(Entity::label)
            .thenComparing(Entity::key);
    entities.values().stream()
        .flatMap(List::stream)
        .filter(entity -> part.isEmpty() || entity.label().contains(part))
        .sorted(order)
        .forEach(
            entity -> quantity(entity).ifPresent(quantity -> best.putIfAbsent(quantity, entity)));
    chosen = best;
  }

  private Optional<Mapping.Line> line(Entity entity) {
    return mapping.stream()
        .flatMap(lines -> lines.lines().stream())
        .filter(line -> entity.names().stream().anyMatch(line.input()::equalsIgnoreCase))
        .findFirst();
  }

  private Optional<Quantity> quantity(Entity entity) {
    return mapping.isPresent() ? line(entity).map(Mapping.Line::quantity) : entity.quantity();
  }

  private void listen(Sink sink) {
    List<String> fresh = new ArrayList<>();
    for (Entity entity : chosen.values()) {
      add(entity.topic(), fresh);
      entity.availability().forEach(availability -> add(availability.topic(), fresh));
    }
    if (!fresh.isEmpty()) {
      sink.listen(fresh);
    }
  }

  private void add(String topic, List<String> fresh) {
    if (listening.size() < MAX_TOPICS && listening.add(topic)) {
      fresh.add(topic);
    }
  }

  private void said(Message message, Sink sink) throws MalformedJsonException {
    JsonValue payload = JsonValue.parseOrText(message.payload());
    Set<Availability> told = new HashSet<>();
    Measurements values = new Measurements();
    for (Map.Entry<Quantity, Entity> choice : chosen.entrySet()) {
      Entity entity = choice.getValue();
      for (Availability availability : entity.availability()) {
        if (availability.topic().equals(message.topic()) && told.add(availability)) {
          sink.online(
              !availability
                  .template()
                  .value(payload)
                  .text()
                  .orElse("")
                  .equals(availability.absent()));
        }
      }
      if (entity.topic().equals(message.topic())) {
        Optional<BigDecimal> number = entity.template().number(payload);
        if (number.isPresent()) {
          Optional<Mapping.Line> line = line(entity);
          if (line.isPresent()) {
            line.get().take(number.get(), values);
          } else {
            values.add(choice.getKey(), number.get(), entity.unit());
          }
        }
      }
    }
    sink.values(Optional.empty(), values.list());
  }

  @Override
  public Duration quiet() {
    return Duration.ofMinutes(15);
  }
}
