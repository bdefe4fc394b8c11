package org.commonshub.metering.provider;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.measure.api.Device;
import org.commonshub.measure.api.DeviceDirectory;
import org.commonshub.measure.api.DeviceId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** The enabled devices, as a snapshot that {@link MeteringProvider} replaces. */
@Component(service = {DeviceDirectory.class, Directory.class})
public final class Directory implements DeviceDirectory {
  private record Snapshot(long revision, List<Device> devices, Map<DeviceId, Device> byId) {}

  private volatile Snapshot snapshot = new Snapshot(0, List.of(), Map.of());

  /** Starts empty. */
  @Activate
  public Directory() {}

  synchronized void set(List<Device> devices) {
    Snapshot old = snapshot;
    if (!old.devices.equals(devices)) {
      Map<DeviceId, Device> byId = new LinkedHashMap<>();
      devices.forEach(device -> byId.put(device.id(), device));
      snapshot = new Snapshot(old.revision + 1, List.copyOf(devices), byId);
    }
  }

  @Override
  public List<Device> devices() {
    return snapshot.devices;
  }

  @Override
  public Optional<Device> device(DeviceId id) {
    return Optional.ofNullable(snapshot.byId.get(id));
  }

  @Override
  public long revision() {
    return snapshot.revision;
  }
}
