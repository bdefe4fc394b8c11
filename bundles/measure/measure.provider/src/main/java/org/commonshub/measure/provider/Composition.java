package org.commonshub.measure.provider;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.commonshub.measure.api.Device;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Quality;

/**
 * From what each meter counted to the four legs of the home. Pure arithmetic on exact integers, the
 * same for energy (mWh) and power (mW).
 *
 * @param production given by producers
 * @param consumption taken by the home, storage excluded; closes the balance
 * @param gridImport taken from the grid
 * @param gridExport given to the grid
 * @param charge into storage
 * @param discharge out of storage
 * @param residual grid less all top-level devices
 * @param flags quality flags of all that took part
 */
record Composition(
    long production,
    long consumption,
    long gridImport,
    long gridExport,
    long charge,
    long discharge,
    long residual,
    int flags) {

  /** What one device took and gave. */
  record Leg(long taken, long given, int flags) {
    long net() {
      return taken - given;
    }
  }

  /**
   * Composes the legs.
   *
   * @param devices the metering-point tree; those that are not electrical take no part
   * @param legs what a device counted, or null if that is not known
   * @param tolerance how negative consumption and residual may be before they are out of range
   */
  static Composition of(List<Device> devices, Function<DeviceId, Leg> legs, long tolerance) {
    Map<DeviceId, Device> electrical = new LinkedHashMap<>();
    for (Device device : devices) {
      if (device.role().electrical()) {
        electrical.put(device.id(), device);
      }
    }
    Map<DeviceId, DeviceId> parents = new HashMap<>();
    Map<DeviceId, Leg> known = new HashMap<>();
    for (Device device : electrical.values()) {
      DeviceId parent = parent(device, electrical);
      if (parent != null) {
        parents.put(device.id(), parent);
      }
      Leg leg = legs.apply(device.id());
      if (leg != null) {
        known.put(device.id(), leg);
      }
    }
    Map<DeviceId, Long> inside = new HashMap<>();
    long top = 0;
    for (Device device : electrical.values()) {
      if (device.role() == DeviceRole.GRID_METER || !known.containsKey(device.id())) {
        continue;
      }
      // A silent meter in between is passed over: what it contains counts for the one above.
      DeviceId parent = parents.get(device.id());
      while (parent != null && !known.containsKey(parent)) {
        parent = parents.get(parent);
      }
      long net = known.get(device.id()).net();
      if (parent == null) {
        top += net;
      } else {
        inside.merge(parent, net, Long::sum);
      }
    }
    long production = 0;
    long charge = 0;
    long discharge = 0;
    long imported = 0;
    long exported = 0;
    int flags = 0;
    boolean grid = false;
    for (Device device : electrical.values()) {
      Leg leg = known.get(device.id());
      if (leg == null) {
        continue;
      }
      flags |= leg.flags;
      long taken = leg.taken;
      long given = leg.given;
      if (inside.containsKey(device.id())) {
        long own = leg.net() - inside.get(device.id());
        taken = Math.max(0, own);
        given = Math.max(0, -own);
      }
      switch (device.role()) {
        case GRID_METER -> {
          if (!parents.containsKey(device.id())) {
            grid = true;
            imported += leg.taken;
            exported += leg.given;
          }
        }
        case PV, GENERATOR -> production += given;
        case BATTERY -> {
          charge += taken;
          discharge += given;
        }
        default -> {
          // consumption closes the balance
        }
      }
    }
    if (!grid) {
      // Nobody watches the grid: what the devices do not settle among themselves crosses it.
      imported = Math.max(0, top);
      exported = Math.max(0, -top);
      flags |= Quality.ESTIMATED;
    }
    long residual = imported - exported - top;
    long consumption = production + imported + discharge - exported - charge;
    if (consumption < -tolerance || residual < -tolerance) {
      flags |= Quality.OUT_OF_RANGE;
    }
    return new Composition(
        production, consumption, imported, exported, charge, discharge, residual, flags);
  }

  /** The meter a device hangs behind; null at the top, which is also where a circle is cut. */
  private static DeviceId parent(Device device, Map<DeviceId, Device> all) {
    DeviceId parent = device.parent().orElse(null);
    if (parent == null || !all.containsKey(parent)) {
      return null;
    }
    boolean gridMeter = device.role() == DeviceRole.GRID_METER;
    if (!gridMeter && all.get(parent).role() == DeviceRole.GRID_METER) {
      return null;
    }
    DeviceId up = parent;
    for (int hops = 0; hops <= all.size(); hops++) {
      Device above = all.get(up);
      if (above == null || above.parent().isEmpty()) {
        return parent;
      }
      up = above.parent().get();
      if (up.equals(device.id())) {
        return null;
      }
    }
    return null;
  }
}
