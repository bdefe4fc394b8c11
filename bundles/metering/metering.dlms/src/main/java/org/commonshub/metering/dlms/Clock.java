package org.commonshub.metering.dlms;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Date and time of COSEM (IEC 62056-6-2, 4.1.6.1).
 *
 * @param local local date and time
 * @param deviation minutes from local time to UTC; empty if not specified
 * @param summer whether daylight saving time is in force, as the clock status says
 * @param valid whether the clock status has no objection
 */
record Clock(LocalDateTime local, OptionalInt deviation, boolean summer, boolean valid) {
  static final int LENGTH = 12;

  private static final int NOT_SPECIFIED = -32_768;
  private static final int INVALID_OR_DOUBTFUL = 0x03;
  private static final int DAYLIGHT_SAVING = 0x80;

  /** Empty if parts of it are open or make no date. */
  static Optional<Clock> of(byte[] b) {
    int hundredths = b[8] & 0xFF;
    LocalDateTime local;
    try {
      local =
          LocalDateTime.of(
              (b[0] & 0xFF) << 8 | (b[1] & 0xFF),
              b[2] & 0xFF,
              b[3] & 0xFF,
              b[5] & 0xFF,
              (b[6] & 0xFF) == 0xFF ? 0 : b[6] & 0xFF,
              (b[7] & 0xFF) == 0xFF ? 0 : b[7] & 0xFF,
              hundredths > 99 ? 0 : hundredths * 10_000_000);
    } catch (DateTimeException e) {
      return Optional.empty();
    }
    if (local.getYear() < 2000 || local.getYear() > 2999) {
      return Optional.empty();
    }
    int deviation = (short) ((b[9] & 0xFF) << 8 | (b[10] & 0xFF));
    int status = b[11] & 0xFF;
    return Optional.of(
        new Clock(
            local,
            deviation == NOT_SPECIFIED || Math.abs(deviation) > 840
                ? OptionalInt.empty()
                : OptionalInt.of(deviation),
            status != 0xFF && (status & DAYLIGHT_SAVING) != 0,
            status == 0xFF || (status & INVALID_OR_DOUBTFUL) == 0));
  }

  /** The instant, by deviation if it has one, else in a zone. */
  Instant instant(ZoneId zone) {
    if (deviation.isPresent()) {
      return local.plusMinutes(deviation.getAsInt()).toInstant(ZoneOffset.UTC);
    }
    ZonedDateTime zoned = ZonedDateTime.of(local, zone);
    return (summer ? zoned.withEarlierOffsetAtOverlap() : zoned.withLaterOffsetAtOverlap())
        .toInstant();
  }
}
