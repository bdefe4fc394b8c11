package org.commonshub.measure.api;

import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The devices of this home and how they hang together. Implemented by {@code metering.provider};
 * called by everybody. Snapshots; cheap enough for every frame.
 */
@ProviderType
public interface DeviceDirectory {
  /** All enabled devices, in the order in which they were added. */
  List<Device> devices();

  /** One device. */
  Optional<Device> device(DeviceId id);

  /** Rises whenever {@link #devices()} would return something else. */
  long revision();
}
