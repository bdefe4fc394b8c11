package org.commonshub.platform.api;

import java.time.ZoneId;
import java.util.Locale;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Facts about the home that several groups need. Configured under PID {@code
 * org.commonshub.platform.home}; the service is re-registered when they change.
 */
@ProviderType
public interface HomeProfile {
  /** Name the prosumer gave the home, shown in the console; never sent out. */
  String name();

  /** Legal time zone of the grid connection: decides slots' local days and day roll-ups. */
  ZoneId zone();

  /** Language of the console when the browser does not say another. */
  Locale language();

  /** ISO 4217 code of the currency that prices are given in, for example {@code EUR}. */
  String currency();

  /** Price of imported energy in micro-units of {@link #currency()} per kWh. */
  long importPriceMicros();

  /** Pay for exported energy in micro-units of {@link #currency()} per kWh; may be negative. */
  long exportPriceMicros();
}
