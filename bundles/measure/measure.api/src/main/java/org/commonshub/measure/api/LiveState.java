package org.commonshub.measure.api;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The newest value of every quantity of every device, in memory. Implemented by {@code
 * measure.provider}. Values keep their instant: the reader judges their age.
 */
@ProviderType
public interface LiveState {
  /** Newest readings of a device by quantity; empty when it was never heard. */
  Map<Quantity, Reading> of(DeviceId device);

  /** Newest reading of one quantity of a device. */
  Optional<Reading> latest(DeviceId device, Quantity quantity);

  /** Devices heard since start, in no particular order. */
  List<DeviceId> devices();
}
