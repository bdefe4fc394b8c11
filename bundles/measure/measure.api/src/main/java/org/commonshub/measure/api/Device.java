package org.commonshub.measure.api;

import java.util.Objects;
import java.util.Optional;

/**
 * A device in the metering-point tree.
 *
 * @param id identity
 * @param name what the prosumer calls it
 * @param role what it is in the home
 * @param parent the meter it is wired behind, if that is not the grid connection itself; a nested
 *     device is not summed again beside its parent
 * @param meterEpoch rises when the physical meter is swapped or reset
 */
public record Device(
    DeviceId id, String name, DeviceRole role, Optional<DeviceId> parent, int meterEpoch) {
  public Device {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(role, "role");
    Objects.requireNonNull(parent, "parent");
  }
}
