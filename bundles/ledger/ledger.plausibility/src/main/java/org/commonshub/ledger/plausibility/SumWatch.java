package org.commonshub.ledger.plausibility;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.commonshub.ledger.plausibility.SlotMeter.Slot;
import org.commonshub.measure.api.Device;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;

/**
 * Compares meters with the devices behind them, slot by slot, when all of them told the slot. What
 * no device meters can only be consumption, so a meter may show more than its devices, never less.
 * Not thread-safe.
 */
final class SumWatch {
  private static final int KEPT = 8;

  /**
   * Meters and what is behind them.
   *
   * @param meters the grid meters of the home, or one meter
   * @param behind what hangs on them directly
   */
  record Group(List<DeviceId> meters, List<DeviceId> behind) {
    List<DeviceId> all() {
      List<DeviceId> all = new ArrayList<>(meters);
      all.addAll(behind);
      return all;
    }
  }

  /**
   * One slot of a group.
   *
   * @param good whether it adds up
   * @param meters net energy of the meters in mWh
   * @param behind net energy of the devices in mWh
   */
  record Result(Group group, boolean good, long start, long meters, long behind) {}

  private final long unmetered;
  private final Map<DeviceId, Deque<Slot>> slots = new HashMap<>();
  private List<Group> groups = List.of();

  /**
   * A watch.
   *
   * @param unmetered power in mW that producers may give which no device meters
   */
  SumWatch(long unmetered) {
    this.unmetered = unmetered;
  }

  void devices(List<Device> devices) {
    groups = groups(devices);
    slots.keySet().retainAll(groups.stream().flatMap(group -> group.all().stream()).toList());
  }

  /** The groups of a metering-point tree. */
  static List<Group> groups(List<Device> devices) {
    Map<DeviceId, Device> electrical = new LinkedHashMap<>();
    for (Device device : devices) {
      if (device.role().electrical()) {
        electrical.put(device.id(), device);
      }
    }
    List<DeviceId> grid = new ArrayList<>();
    List<DeviceId> top = new ArrayList<>();
    Map<DeviceId, List<DeviceId>> behind = new LinkedHashMap<>();
    for (Device device : electrical.values()) {
      Device parent = device.parent().map(electrical::get).orElse(null);
      if (device.role() == DeviceRole.GRID_METER) {
        if (parent == null) {
          grid.add(device.id());
        }
      } else if (parent == null || parent.role() == DeviceRole.GRID_METER) {
        top.add(device.id());
      } else {
        behind.computeIfAbsent(parent.id(), id -> new ArrayList<>()).add(device.id());
      }
    }
    List<Group> groups = new ArrayList<>();
    if (!grid.isEmpty() && !top.isEmpty()) {
      groups.add(new Group(List.copyOf(grid), List.copyOf(top)));
    }
    behind.forEach((meter, devs) -> groups.add(new Group(List.of(meter), List.copyOf(devs))));
    return groups;
  }

  /** Takes a slot of a device; returns what could be judged now. */
  List<Result> slot(DeviceId device, Slot slot) {
    Deque<Slot> own = slots.computeIfAbsent(device, id -> new ArrayDeque<>());
    own.addLast(slot);
    if (own.size() > KEPT) {
      own.removeFirst();
    }
    List<Result> results = new ArrayList<>();
    for (Group group : groups) {
      if (group.meters().contains(device) || group.behind().contains(device)) {
        List<Slot> meters = same(group.meters(), slot);
        List<Slot> behind = same(group.behind(), slot);
        if (meters != null && behind != null) {
          results.add(judge(group, slot.start(), meters, behind));
        }
      }
    }
    return results;
  }

  private List<Slot> same(List<DeviceId> devices, Slot slot) {
    List<Slot> found = new ArrayList<>();
    for (DeviceId device : devices) {
      Slot same = null;
      for (Slot own : slots.getOrDefault(device, new ArrayDeque<>())) {
        if (own.start() == slot.start() && own.clockEpoch() == slot.clockEpoch()) {
          same = own;
        }
      }
      if (same == null) {
        return null;
      }
      found.add(same);
    }
    return found;
  }

  private Result judge(Group group, long start, List<Slot> meters, List<Slot> behind) {
    long above = 0;
    long below = 0;
    long unsure = Energy.most(unmetered, SlotMeter.LENGTH);
    long throughput = 0;
    for (Slot slot : meters) {
      above += slot.net();
      unsure += slot.unsure();
      throughput += slot.taken() + slot.given();
    }
    for (Slot slot : behind) {
      below += slot.net();
      unsure += slot.unsure();
      throughput += slot.taken() + slot.given();
    }
    // Classes of meters, and devices that estimate: a tenth.
    boolean good = above - below >= -(unsure + throughput / 10);
    return new Result(group, good, start, above, below);
  }
}
