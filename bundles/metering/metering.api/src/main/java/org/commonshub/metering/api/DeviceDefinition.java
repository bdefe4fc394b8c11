package org.commonshub.metering.api;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;

/**
 * A device as configured: one file {@code org.commonshub.metering.device~NAME.json}.
 *
 * @param name what the prosumer calls it, 1–64 characters
 * @param role what it is in the home
 * @param parent the meter it is wired behind
 * @param driver {@link DriverDescription#id()}
 * @param endpoint where it is
 * @param settings driver settings; secrets by reference
 * @param interval time between polls, 100 ms … 1 day
 * @param inverted the device counts with the opposite sign (a meter mounted the other way round):
 *     power changes sign, import and export registers change places
 * @param enabled whether it is polled
 * @param readOnly whether writes are refused at the bus; true unless a person chose otherwise
 * @param meterEpoch rises when the physical meter is swapped or reset
 */
public record DeviceDefinition(
    String name,
    DeviceRole role,
    Optional<DeviceId> parent,
    String driver,
    Endpoint endpoint,
    Map<String, String> settings,
    Duration interval,
    boolean inverted,
    boolean enabled,
    boolean readOnly,
    int meterEpoch) {
  public DeviceDefinition {
    Objects.requireNonNull(role, "role");
    Objects.requireNonNull(parent, "parent");
    Objects.requireNonNull(driver, "driver");
    Objects.requireNonNull(endpoint, "endpoint");
    settings = Map.copyOf(settings);
    if (name.isBlank() || name.length() > 64) {
      throw new IllegalArgumentException("a device name has 1 to 64 characters");
    }
    if (interval.toMillis() < 100 || interval.compareTo(Duration.ofDays(1)) > 0) {
      throw new IllegalArgumentException(
          "the polling interval is 100 ms to 1 day, not " + interval);
    }
  }
}
