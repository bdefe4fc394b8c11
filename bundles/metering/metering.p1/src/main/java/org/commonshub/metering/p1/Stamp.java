package org.commonshub.metering.p1;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneRules;
import java.util.List;
import java.util.Optional;

/**
 * The time stamp {@code YYMMDDhhmmssX} (DSMR P1 Companion Standard 5.0.2, 6.4 "TST"): local time
 * with S while summer time is in force, W otherwise. The letter makes it exact in the hour that
 * comes twice, and in countries whose meters stay in winter time all year.
 */
final class Stamp {
  private static final int LENGTH = 12;

  /** Before the first meter with a P1 port a clock that was never set is showing its first year. */
  private static final int FIRST_YEAR = 2008;

  private static final int LAST_YEAR = 2069;

  private Stamp() {}

  /** The instant of a stamp; empty if there is no such time or it is not known which is meant. */
  static Optional<Instant> parse(String text, ZoneId zone) {
    return parse(text, zone, Optional.empty());
  }

  /**
   * The instant of a stamp.
   *
   * @param summer what tells two equal local times apart where the stamp has no letter
   */
  static Optional<Instant> parse(String text, ZoneId zone, Optional<Boolean> summer) {
    if (text.length() < LENGTH || text.length() > LENGTH + 1) {
      return Optional.empty();
    }
    int[] fields = new int[LENGTH / 2];
    for (int i = 0; i < LENGTH; i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return Optional.empty();
      }
      fields[i / 2] = 10 * fields[i / 2] + digit;
    }
    LocalDateTime local;
    try {
      local =
          LocalDateTime.of(2000 + fields[0], fields[1], fields[2], fields[3], fields[4], fields[5]);
    } catch (DateTimeException e) {
      return Optional.empty();
    }
    if (local.getYear() < FIRST_YEAR || local.getYear() > LAST_YEAR) {
      return Optional.empty();
    }
    ZoneRules rules = zone.getRules();
    if (text.length() == LENGTH) {
      return local(local, rules, summer);
    }
    ZoneOffset winter = rules.getStandardOffset(local.toInstant(ZoneOffset.UTC));
    return switch (text.charAt(LENGTH)) {
      case 'W' -> Optional.of(local.toInstant(winter));
      case 'S' -> Optional.of(local.minusHours(1).toInstant(winter));
      default -> Optional.empty();
    };
  }

  private static Optional<Instant> local(
      LocalDateTime local, ZoneRules rules, Optional<Boolean> summer) {
    List<ZoneOffset> offsets = rules.getValidOffsets(local);
    if (offsets.size() == 1) {
      return Optional.of(local.toInstant(offsets.get(0)));
    }
    if (offsets.isEmpty() || summer.isEmpty()) {
      return Optional.empty();
    }
    // The offset before the change, which is summer time, comes first.
    return Optional.of(local.toInstant(offsets.get(summer.get() ? 0 : 1)));
  }
}
