package org.commonshub.testing.fakes;

import java.time.ZoneId;
import java.util.Locale;
import org.commonshub.platform.api.HomeProfile;

/** A home's facts as a value. */
public record FakeHomeProfile(
    String name,
    ZoneId zone,
    Locale language,
    String currency,
    long importPriceMicros,
    long exportPriceMicros)
    implements HomeProfile {

  /** A home in Rome: English, EUR, 0.30 to buy, 0.08 to sell. */
  public FakeHomeProfile() {
    this(ZoneId.of("Europe/Rome"));
  }

  /** The same in another zone. */
  public FakeHomeProfile(ZoneId zone) {
    this("Test home", zone, Locale.ENGLISH, "EUR", 300_000, 80_000);
  }
}
