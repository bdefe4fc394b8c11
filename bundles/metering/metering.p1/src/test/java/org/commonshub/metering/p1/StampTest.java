package org.commonshub.metering.p1;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.ZoneId;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StampTest {
  private static final ZoneId AMSTERDAM = ZoneId.of("Europe/Amsterdam");

  @ParameterizedTest
  @CsvSource({
    // The hour that comes twice.
    "261025015959S, Europe/Amsterdam, 2026-10-24T23:59:59Z",
    "261025020000S, Europe/Amsterdam, 2026-10-25T00:00:00Z",
    "261025023000S, Europe/Amsterdam, 2026-10-25T00:30:00Z",
    "261025025959S, Europe/Amsterdam, 2026-10-25T00:59:59Z",
    "261025020000W, Europe/Amsterdam, 2026-10-25T01:00:00Z",
    "261025023000W, Europe/Amsterdam, 2026-10-25T01:30:00Z",
    "261025030000W, Europe/Amsterdam, 2026-10-25T02:00:00Z",
    // The hour that does not come.
    "260329015959W, Europe/Amsterdam, 2026-03-29T00:59:59Z",
    "260329030000S, Europe/Amsterdam, 2026-03-29T01:00:00Z",
    // A meter that stays in winter time.
    "260701120000W, Europe/Stockholm, 2026-07-01T11:00:00Z",
    "260701120000S, Europe/Helsinki, 2026-07-01T09:00:00Z",
    "261025033000S, Europe/Helsinki, 2026-10-25T00:30:00Z",
    "261025033000W, Europe/Helsinki, 2026-10-25T01:30:00Z",
    "240229235959W, Europe/Brussels, 2024-02-29T22:59:59Z"
  })
  void isExact(String text, String zone, Instant expected) {
    assertThat(Stamp.parse(text, ZoneId.of(zone))).contains(expected);
  }

  @Test
  void withoutALetterLegalTimeTellsWhereItCan() {
    assertThat(Stamp.parse("260701120000", AMSTERDAM))
        .contains(Instant.parse("2026-07-01T10:00:00Z"));
    assertThat(Stamp.parse("261025023000", AMSTERDAM)).isEmpty();
    assertThat(Stamp.parse("261025023000", AMSTERDAM, Optional.of(true)))
        .contains(Instant.parse("2026-10-25T00:30:00Z"));
    assertThat(Stamp.parse("261025023000", AMSTERDAM, Optional.of(false)))
        .contains(Instant.parse("2026-10-25T01:30:00Z"));
    // Outside of that hour the flag says nothing.
    assertThat(Stamp.parse("260701120000", AMSTERDAM, Optional.of(false)))
        .contains(Instant.parse("2026-07-01T10:00:00Z"));
    assertThat(Stamp.parse("260329023000", AMSTERDAM, Optional.of(true))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "W",
        "26070112000",
        "260701120000X",
        "260701120000w",
        "260701120000WW",
        "260701 20000W",
        "632525252525W",
        "700101000000W",
        "000101000000W",
        "261301000000W",
        "260230000000W",
        "260701240000W",
        "260701126000W",
        "260701120060W",
        "26-7-1120000W"
      })
  void refusesWhatIsNoTime(String text) {
    assertThat(Stamp.parse(text, AMSTERDAM)).isEmpty();
  }
}
