package org.commonshub.metering.mqtt;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.commonshub.metering.api.MqttConnection.Message;
import org.commonshub.metering.mapping.api.JsonValue;
import org.commonshub.metering.mapping.api.MalformedJsonException;
import org.commonshub.metering.mapping.api.Mapping;
import org.commonshub.metering.mapping.api.Measurements;

/** Topics and paths as a person wrote them down. */
final class TemplateProfile implements Profile {
  private final Mapping mapping;
  private final String usual;

  TemplateProfile(Mapping mapping, String usual) {
    this.mapping = mapping;
    this.usual = usual;
  }

  @Override
  public List<String> filters() {
    return mapping.sources().stream()
        .map(source -> source.isEmpty() ? usual : source)
        .distinct()
        .toList();
  }

  @Override
  public void take(Message message, Sink sink) throws MalformedJsonException {
    JsonValue document = JsonValue.parseOrText(message.payload());
    Measurements values = new Measurements();
    for (Mapping.Line line : mapping.lines()) {
      if ((line.source().isEmpty() ? usual : line.source()).equals(message.topic())) {
        line.take(document, values);
      }
    }
    sink.values(Optional.empty(), values.list());
  }

  @Override
  public Duration quiet() {
    return Duration.ofMinutes(15);
  }
}
