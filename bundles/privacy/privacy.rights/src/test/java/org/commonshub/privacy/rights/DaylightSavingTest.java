package org.commonshub.privacy.rights;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Zones with rules as utilities' Green Button files write them. */
class DaylightSavingTest {
  @ParameterizedTest
  @CsvSource({
    // second Sunday of March 2:00, first Sunday of November 2:00
    "America/New_York, -18000, 3600, 360E2000, B40E2000",
    "America/Los_Angeles, -28800, 3600, 360E2000, B40E2000",
    // last Sundays of March and October, 1:00 UTC
    "Europe/Berlin, 3600, 3600, 3E0E2000, AE0E3000",
    "Europe/Lisbon, 0, 3600, 3E0E1000, AE0E2000",
    // the southern half: first Sundays of October and April
    "Australia/Sydney, 36000, 3600, A40E2000, 440E3000",
    "UTC, 0, 0, FFFFFFFF, FFFFFFFF",
    "Asia/Kolkata, 19800, 0, FFFFFFFF, FFFFFFFF"
  })
  void rules(String zone, int offset, int saving, String starts, String ends) {
    assertThat(DaylightSaving.of(ZoneId.of(zone), Instant.parse("2026-06-01T00:00:00Z")))
        .isEqualTo(new DaylightSaving(offset, saving, starts, ends));
  }
}
