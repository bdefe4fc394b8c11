package org.commonshub.testing.fakes;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.measure.api.Device;
import org.commonshub.measure.api.DeviceDirectory;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;

/** Devices a test adds and removes. */
public final class FakeDeviceDirectory implements DeviceDirectory {
  private final Map<DeviceId, Device> devices = new LinkedHashMap<>();
  private long revision;

  /** Adds or replaces a device. */
  public synchronized Device put(Device device) {
    devices.put(device.id(), device);
    revision++;
    return device;
  }

  /** Adds a top-level device of meter epoch 0 with a new identity. */
  public Device add(String name, DeviceRole role) {
    return put(new Device(DeviceId.random(), name, role, Optional.empty(), 0));
  }

  /** Adds a device behind another. */
  public Device add(String name, DeviceRole role, DeviceId parent) {
    return put(new Device(DeviceId.random(), name, role, Optional.of(parent), 0));
  }

  /** Removes a device. */
  public synchronized void remove(DeviceId id) {
    if (devices.remove(id) != null) {
      revision++;
    }
  }

  @Override
  public synchronized List<Device> devices() {
    return List.copyOf(devices.values());
  }

  @Override
  public synchronized Optional<Device> device(DeviceId id) {
    return Optional.ofNullable(devices.get(id));
  }

  @Override
  public synchronized long revision() {
    return revision;
  }
}
