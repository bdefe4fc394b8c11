package org.commonshub.apps.api;

import java.time.Instant;
import java.time.ZoneId;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** What every app knows of the home. */
@ProviderType
public interface AppHome {
  /** UTC now, of the hub's clock; apps have no other. */
  Instant now();

  /** Nanoseconds that never step, for durations only. */
  long monotonicNanos();

  /** Legal time zone of the grid connection. */
  ZoneId zone();

  /** ISO 4217 code. */
  String currency();

  /** Price of imported energy, micro-units of {@link #currency()} per kWh. */
  long importPriceMicros();

  /** Pay for exported energy, micro-units of {@link #currency()} per kWh; may be negative. */
  long exportPriceMicros();

  /** Where it is, if the manifest asks for it, the person said yes and entered it. */
  Optional<Place> place();

  /**
   * A place, rounded to a tenth of a degree (11 km).
   *
   * @param latitude tenths of a degree, north is positive, −900 to 900
   * @param longitude tenths of a degree, east is positive, −1800 to 1800
   */
  record Place(int latitude, int longitude) {}
}
