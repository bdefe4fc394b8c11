package org.commonshub.privacy.provider;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.commonshub.identity.api.Json;
import org.commonshub.privacy.api.Disclosure;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Recipient;

/** A line of the disclosure log as JSON. */
final class LogLine {
  private LogLine() {}

  static Disclosure numbered(Disclosure d, long number) {
    return new Disclosure(
        number,
        d.instant(),
        d.recipient(),
        d.consent(),
        d.purpose(),
        d.what(),
        d.values(),
        d.from(),
        d.to());
  }

  static String json(Disclosure d) {
    Map<String, Object> map = new TreeMap<>();
    map.put("n", d.number());
    map.put("at", d.instant().toString());
    map.put("to", d.recipient().toString());
    map.put("consent", d.consent());
    map.put("purpose", d.purpose().name());
    map.put("what", d.what());
    map.put("values", d.values());
    map.put("begin", d.from().toString());
    map.put("end", d.to().toString());
    return Json.canonical(map);
  }

  static Optional<Disclosure> parse(String line) {
    try {
      Fields fields = new Fields(Json.object(line.getBytes(StandardCharsets.UTF_8)));
      return Optional.of(
          new Disclosure(
              fields.number("n"),
              fields.instant("at"),
              Recipient.parse(fields.text("to")),
              fields.text("consent"),
              Purpose.valueOf(fields.text("purpose")),
              fields.text("what"),
              fields.number("values"),
              Instant.parse(fields.text("begin")),
              Instant.parse(fields.text("end"))));
    } catch (IOException | RuntimeException e) {
      return Optional.empty();
    }
  }
}
