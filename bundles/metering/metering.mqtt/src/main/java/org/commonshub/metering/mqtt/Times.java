package org.commonshub.metering.mqtt;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import org.commonshub.metering.mapping.api.JsonValue;

/** Devices' own times, believed within bounds. */
final class Times {
  /** How late a message may come. */
  static final Duration OLDEST = Duration.ofDays(31);

  /** How far ahead of the hub's a clock may be. */
  static final Duration AHEAD = Duration.ofMinutes(2);

  private static final BigDecimal MOST = BigDecimal.valueOf(1L << 40);

  private Times() {}

  /** Seconds since 1970, or a text as of RFC 3339; empty if it cannot be believed. */
  static Optional<Instant> read(JsonValue time, Instant now) {
    Optional<Instant> read =
        time.number()
            .filter(seconds -> seconds.abs().compareTo(MOST) < 0)
            .map(seconds -> Instant.ofEpochMilli(seconds.movePointRight(3).longValue()));
    if (read.isEmpty()) {
      try {
        read =
            time.text()
                .filter(text -> text.length() <= 48)
                .map(text -> OffsetDateTime.parse(text).toInstant());
      } catch (DateTimeParseException e) {
        return Optional.empty();
      }
    }
    return read.filter(at -> !at.isBefore(now.minus(OLDEST)) && !at.isAfter(now.plus(AHEAD)));
  }
}
