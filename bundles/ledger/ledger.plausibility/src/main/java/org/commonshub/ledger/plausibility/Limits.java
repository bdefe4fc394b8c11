package org.commonshub.ledger.plausibility;

import java.util.HashMap;
import java.util.Map;
import org.commonshub.measure.api.Device;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;

/**
 * What is physically possible here.
 *
 * @param home greatest power of any device in mW
 * @param fuse rating of the main fuse per phase in mA, 0 if not known
 * @param phases of the connection
 * @param devices greatest power of single devices in mW
 * @param unmetered power in mW of producers that no device meters
 * @param gap ms without a reading over which no power is integrated
 */
record Limits(
    long home, long fuse, int phases, Map<DeviceId, Long> devices, long unmetered, long gap) {
  /** A gG fuse carries 1.6 times its rating for up to an hour (IEC 60269-1, table 2). */
  private static final long FUSING_PERCENT = 160;

  /** Highest voltage to neutral (EN 50160: 230 V + 10 %). */
  private static final long VOLTS = 253;

  /** Greatest power of a device in mW. */
  long power(Device device) {
    long most = devices.getOrDefault(device.id(), home);
    return fuse > 0 && device.role() == DeviceRole.GRID_METER
        ? Math.min(most, current(device) * VOLTS * phases)
        : most;
  }

  /** Greatest current of a phase in mA; the largest long if it is not known. */
  long current(Device device) {
    return fuse > 0 && device.role() == DeviceRole.GRID_METER
        ? fuse * FUSING_PERCENT / 100
        : Long.MAX_VALUE;
  }

  /**
   * Reads {@code DEVICE=kW} lines.
   *
   * @throws IllegalArgumentException naming the line
   */
  static Map<DeviceId, Long> devices(String[] lines) {
    Map<DeviceId, Long> devices = new HashMap<>();
    for (String line : lines) {
      int equals = line.indexOf('=');
      try {
        long watts =
            new java.math.BigDecimal(line.substring(equals + 1).trim())
                .movePointRight(3)
                .longValueExact();
        if (watts <= 0 || watts > 100_000_000) {
          throw new IllegalArgumentException("out of 0.001 … 100000");
        }
        devices.put(DeviceId.parse(line.substring(0, equals).trim()), watts * 1_000);
      } catch (RuntimeException e) {
        throw new IllegalArgumentException(
            "device.limits has '"
                + line
                + "' but each line has to be a device's id, = and its greatest power in kW, with"
                + " no more than three decimals",
            e);
      }
    }
    return devices;
  }
}
