package org.commonshub.metering.mbus;

import java.util.Map;
import org.commonshub.measure.api.DeviceRole;

/** Device types ("medium") of EN 13757-7, table 13, and of the fixed structure of EN 13757-3. */
final class DeviceType {
  /** What a meter of a type meters, as far as the hub tells it apart. */
  enum Kind {
    ELECTRICITY(DeviceRole.SUB_METER),
    GAS(DeviceRole.GAS_METER),
    HEAT(DeviceRole.HEAT_METER),
    COOLING(DeviceRole.HEAT_METER),
    WATER(DeviceRole.WATER_METER),
    COST_ALLOCATOR(DeviceRole.HEAT_METER),
    SENSOR(DeviceRole.SENSOR),
    UNKNOWN(DeviceRole.SENSOR);

    private final DeviceRole role;

    Kind(DeviceRole role) {
      this.role = role;
    }

    DeviceRole role() {
      return role;
    }
  }

  private static final Map<Integer, String> NAMES =
      Map.ofEntries(
          Map.entry(0x00, "other"),
          Map.entry(0x01, "oil"),
          Map.entry(0x02, "electricity"),
          Map.entry(0x03, "gas"),
          Map.entry(0x04, "heat"),
          Map.entry(0x05, "steam"),
          Map.entry(0x06, "warm water"),
          Map.entry(0x07, "water"),
          Map.entry(0x08, "heat cost allocator"),
          Map.entry(0x09, "compressed air"),
          Map.entry(0x0A, "cooling"),
          Map.entry(0x0B, "cooling (inlet)"),
          Map.entry(0x0C, "heat (inlet)"),
          Map.entry(0x0D, "heat and cooling"),
          Map.entry(0x0E, "bus system component"),
          Map.entry(0x0F, "unknown"),
          Map.entry(0x14, "calorific value"),
          Map.entry(0x15, "hot water"),
          Map.entry(0x16, "cold water"),
          Map.entry(0x17, "hot and cold water"),
          Map.entry(0x18, "pressure"),
          Map.entry(0x19, "A/D converter"),
          Map.entry(0x1A, "smoke detector"),
          Map.entry(0x1B, "room sensor"),
          Map.entry(0x1C, "gas detector"),
          Map.entry(0x20, "electricity breaker"),
          Map.entry(0x21, "valve"),
          Map.entry(0x25, "customer unit"),
          Map.entry(0x28, "waste water"),
          Map.entry(0x29, "garbage"),
          Map.entry(0x2A, "carbon dioxide"),
          Map.entry(0x30, "service tool"),
          Map.entry(0x31, "communication controller"),
          Map.entry(0x32, "unidirectional repeater"),
          Map.entry(0x33, "bidirectional repeater"),
          Map.entry(0x36, "radio converter (system side)"),
          Map.entry(0x37, "radio converter (meter side)"),
          Map.entry(0x38, "bus converter (meter side)"));

  private DeviceType() {}

  static String name(int code) {
    return NAMES.getOrDefault(code, "device type " + code);
  }

  static Kind kind(int code) {
    return switch (code) {
      case 0x02, 0x20 -> Kind.ELECTRICITY;
      case 0x03 -> Kind.GAS;
      case 0x04, 0x05, 0x0C, 0x0D -> Kind.HEAT;
      case 0x0A, 0x0B -> Kind.COOLING;
      case 0x06, 0x07, 0x15, 0x16, 0x17, 0x28 -> Kind.WATER;
      case 0x08 -> Kind.COST_ALLOCATOR;
      case 0x1B -> Kind.SENSOR;
      default -> Kind.UNKNOWN;
    };
  }

  /** Type for a medium of the fixed structure (EN 13757-3, annex on the fixed data structure). */
  static int ofFixedMedium(int medium) {
    return switch (medium) {
      case 0x0A -> 0x03;
      case 0x0B -> 0x04;
      case 0x0C -> 0x06;
      case 0x0D -> 0x07;
      case 0x0E -> 0x08;
      case 0x09, 0x0F -> 0x0F;
      default -> medium;
    };
  }
}
