package org.commonshub.privacy.provider;

import java.util.Set;
import org.commonshub.measure.api.Device;
import org.commonshub.measure.api.DeviceDirectory;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Nature;
import org.commonshub.measure.api.Quantity;
import org.commonshub.privacy.api.DataKind;
import org.commonshub.privacy.api.Terms;

/** Which series terms speak of. */
final class Selection {
  private Selection() {}

  /**
   * Whether a series may be looked at under terms. Quantities outside the catalogue never: nobody
   * knows what they tell.
   *
   * @param directory null while it is away; then no role is known
   */
  static boolean matches(Terms terms, Series series, DeviceDirectory directory) {
    Quantity quantity = series.quantity();
    return quantity.key() != 0
        && kind(terms, quantity)
        && has(terms.quantities().orElse(null), quantity.toString())
        && device(terms, series.device(), directory);
  }

  /** Whether a device is among those that terms speak of. */
  static boolean device(Terms terms, DeviceId device, DeviceDirectory directory) {
    return has(terms.devices().orElse(null), device)
        && (terms.roles().isEmpty() || inRole(terms.roles().get(), role(device, directory)));
  }

  private static boolean inRole(Set<DeviceRole> roles, DeviceRole role) {
    return role != null && roles.contains(role);
  }

  private static boolean kind(Terms terms, Quantity quantity) {
    DataKind kind = quantity.nature() == Nature.STATE ? DataKind.DEVICE_STATES : DataKind.READINGS;
    return has(terms.kinds().orElse(null), kind);
  }

  private static <T> boolean has(Set<T> set, T member) {
    return set == null || set.contains(member);
  }

  /** Role of a device; null if nobody knows it, so that it is in no set of roles. */
  private static DeviceRole role(DeviceId device, DeviceDirectory directory) {
    if (device.equals(DeviceId.HOME)) {
      return DeviceRole.HOME;
    }
    return directory == null ? null : directory.device(device).map(Device::role).orElse(null);
  }
}
