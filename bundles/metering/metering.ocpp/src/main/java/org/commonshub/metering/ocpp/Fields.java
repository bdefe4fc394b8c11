package org.commonshub.metering.ocpp;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import org.commonshub.metering.mapping.api.JsonValue;
import org.commonshub.metering.ocpp.OcppError.Code;

/**
 * What a payload must have. Charge points are held to what the hub needs of a message; more than
 * that, and what they add of their own, is passed over.
 */
final class Fields {
  private Fields() {}

  /** A text that must be there. */
  static String text(JsonValue payload, String name, int most) throws OcppError {
    JsonValue value = payload.get(name);
    if (value.missing()) {
      throw new OcppError(Code.OCCURRENCE, name + " is missing");
    }
    Optional<String> text = value.text();
    if (text.isEmpty()) {
      throw new OcppError(Code.TYPE, name + " is not a text");
    }
    if (text.get().length() > most) {
      throw new OcppError(Code.PROPERTY, name + " is longer than " + most + " characters");
    }
    return text.get();
  }

  /** A whole number that must be there. */
  static int integer(JsonValue payload, String name) throws OcppError {
    if (payload.get(name).missing()) {
      throw new OcppError(Code.OCCURRENCE, name + " is missing");
    }
    return optional(payload, name)
        .orElseThrow(() -> new OcppError(Code.TYPE, name + " is not a whole number"));
  }

  /** A whole number, if there is one. */
  static Optional<Integer> optional(JsonValue payload, String name) {
    return whole(payload.get(name));
  }

  /** A value as a whole number, if it is one. */
  static Optional<Integer> whole(JsonValue value) {
    return value
        .number()
        .filter(n -> n.precision() - n.scale() <= 10)
        .filter(n -> n.stripTrailingZeros().scale() <= 0)
        .filter(n -> n.abs().compareTo(BigDecimal.valueOf(Integer.MAX_VALUE)) <= 0)
        .map(BigDecimal::intValueExact);
  }

  /** An object that must be there. */
  static JsonValue object(JsonValue payload, String name) throws OcppError {
    JsonValue value = payload.get(name);
    if (value.missing()) {
      throw new OcppError(Code.OCCURRENCE, name + " is missing");
    }
    if (!value.isObject()) {
      throw new OcppError(Code.TYPE, name + " is not an object");
    }
    return value;
  }

  /** A list with something in it, that must be there. */
  static JsonValue list(JsonValue payload, String name) throws OcppError {
    JsonValue value = payload.get(name);
    if (value.missing()) {
      throw new OcppError(Code.OCCURRENCE, name + " is missing");
    }
    if (!value.isArray()) {
      throw new OcppError(Code.TYPE, name + " is not a list");
    }
    return value;
  }

  /** An instant (RFC 3339), if there is a readable one. One without an offset is taken as UTC. */
  static Optional<Instant> time(JsonValue payload, String name) {
    String text = payload.get(name).text().orElse("").strip();
    if (text.length() < 16 || text.length() > 40) {
      return Optional.empty();
    }
    try {
      return Optional.of(OffsetDateTime.parse(text).toInstant());
    } catch (DateTimeException e) {
      try {
        return Optional.of(LocalDateTime.parse(text).toInstant(ZoneOffset.UTC));
      } catch (DateTimeException none) {
        return Optional.empty();
      }
    }
  }
}
