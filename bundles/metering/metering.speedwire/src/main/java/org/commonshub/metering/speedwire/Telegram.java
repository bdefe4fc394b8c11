package org.commonshub.metering.speedwire;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Quantity;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;

/**
 * One datagram of an SMA energy meter ("SMA Energy Meter – meter protocol",
 * EMETER-Protokoll-TI-en-10): the text {@code SMA} with a zero, then blocks of length, tag and
 * content. Block 0x0010 with protocol 0x6069 has the meter's identity, its ticker and OBIS values:
 * medium, value, kind and tariff in one byte each, then 4 bytes of a mean (kind 4) or 8 of a
 * counter (kind 8). Big-endian.
 *
 * @param susyId SMA's number of the kind of device
 * @param serial serial number
 * @param ticker milliseconds, modulo 2³²
 * @param firmware version as the meter says it, or empty
 * @param values values in the hub's signs and units
 */
record Telegram(int susyId, long serial, long ticker, String firmware, List<Measurement> values) {
  private static final int MAGIC = 0x534D4100;
  private static final int NET = 0x0010;
  private static final int EMETER = 0x6069;
  private static final int HEAD = 12;
  private static final int LONGEST = 2_048;

  private static final int MEAN = 4;
  private static final int COUNTER = 8;
  private static final int VERSION_MEDIUM = 144;
  private static final int[] PHASES = {0, 20, 40, 60};

  /** Totals, L1, L2, L3. */
  private static final List<List<Quantity>> QUANTITIES =
      List.of(
          List.of(
              Quantity.ACTIVE_POWER,
              Quantity.REACTIVE_POWER,
              Quantity.APPARENT_POWER,
              Quantity.POWER_FACTOR,
              Quantity.ENERGY_IMPORT,
              Quantity.ENERGY_EXPORT),
          List.of(
              Quantity.ACTIVE_POWER_L1,
              Quantity.REACTIVE_POWER_L1,
              Quantity.APPARENT_POWER_L1,
              Quantity.POWER_FACTOR_L1,
              Quantity.ENERGY_IMPORT_L1,
              Quantity.ENERGY_EXPORT_L1),
          List.of(
              Quantity.ACTIVE_POWER_L2,
              Quantity.REACTIVE_POWER_L2,
              Quantity.APPARENT_POWER_L2,
              Quantity.POWER_FACTOR_L2,
              Quantity.ENERGY_IMPORT_L2,
              Quantity.ENERGY_EXPORT_L2),
          List.of(
              Quantity.ACTIVE_POWER_L3,
              Quantity.REACTIVE_POWER_L3,
              Quantity.APPARENT_POWER_L3,
              Quantity.POWER_FACTOR_L3,
              Quantity.ENERGY_IMPORT_L3,
              Quantity.ENERGY_EXPORT_L3));

  private static final List<Quantity> CURRENTS =
      List.of(Quantity.CURRENT_L1, Quantity.CURRENT_L2, Quantity.CURRENT_L3);
  private static final List<Quantity> VOLTAGES =
      List.of(Quantity.VOLTAGE_L1, Quantity.VOLTAGE_L2, Quantity.VOLTAGE_L3);

  Telegram {
    values = List.copyOf(values);
  }

  /**
   * Reads a datagram.
   *
   * @return empty if it is none of an energy meter
   * @throws DeviceException INVALID_ANSWER if it is one, but not whole
   */
  static Optional<Telegram> parse(byte[] datagram) throws DeviceException {
    ByteBuffer bytes = ByteBuffer.wrap(datagram);
    if (datagram.length < 8 || datagram.length > LONGEST || bytes.getInt() != MAGIC) {
      return Optional.empty();
    }
    while (bytes.remaining() >= 4) {
      int length = bytes.getShort() & 0xFFFF;
      int tag = bytes.getShort() & 0xFFFF;
      if (length == 0 && tag == 0) {
        return Optional.empty();
      }
      if (tag == NET) {
        return meter(bytes, length);
      }
      if (length > bytes.remaining()) {
        return Optional.empty();
      }
      bytes.position(bytes.position() + length);
    }
    return Optional.empty();
  }

  private static Optional<Telegram> meter(ByteBuffer bytes, int length) throws DeviceException {
    if (bytes.remaining() < 2 || (bytes.getShort(bytes.position()) & 0xFFFF) != EMETER) {
      return Optional.empty();
    }
    if (length < HEAD || length > bytes.remaining()) {
      throw new DeviceException(
          Kind.INVALID_ANSWER,
          "A datagram of an SMA energy meter is not whole. Check the network between meter and"
              + " hub; switches must not cut multicast.");
    }
    bytes.limit(bytes.position() + length);
    bytes.getShort();
    int susyId = bytes.getShort() & 0xFFFF;
    long serial = bytes.getInt() & 0xFFFF_FFFFL;
    long ticker = bytes.getInt() & 0xFFFF_FFFFL;
    Map<Integer, Long> means = new HashMap<>();
    Map<Integer, Long> counters = new HashMap<>();
    String firmware = obis(bytes, means, counters);
    return Optional.of(new Telegram(susyId, serial, ticker, firmware, values(means, counters)));
  }

  /** Reads values until the end, or until one of a kind that the protocol does not have. */
  private static String obis(
      ByteBuffer bytes, Map<Integer, Long> means, Map<Integer, Long> counters) {
    String firmware = "";
    while (bytes.remaining() >= 8) {
      int medium = bytes.get() & 0xFF;
      int index = bytes.get() & 0xFF;
      int kind = bytes.get() & 0xFF;
      int tariff = bytes.get() & 0xFF;
      if (medium == VERSION_MEDIUM && kind == 0) {
        firmware =
            String.format(
                "%d.%d.%d.%c",
                bytes.get() & 0xFF, bytes.get() & 0xFF, bytes.get() & 0xFF, printable(bytes.get()));
      } else if (kind == COUNTER && bytes.remaining() >= 8) {
        long value = bytes.getLong();
        if (medium == 0 && tariff == 0 && value >= 0) { // All ones: not available.
          counters.putIfAbsent(index, value);
        }
      } else if (kind == MEAN) {
        long value = bytes.getInt() & 0xFFFF_FFFFL;
        if (medium == 0 && tariff == 0 && value != 0xFFFF_FFFFL && value != 0x8000_0000L) {
          means.putIfAbsent(index, value);
        }
      } else {
        break;
      }
    }
    return firmware;
  }

  private static char printable(byte character) {
    return character > ' ' && character < 0x7F ? (char) character : '?';
  }

  private static List<Measurement> values(Map<Integer, Long> means, Map<Integer, Long> counters) {
    List<Measurement> values = new ArrayList<>();
    for (int i = 0; i < PHASES.length; i++) {
      int first = PHASES[i];
      List<Quantity> quantities = QUANTITIES.get(i);
      balance(values, quantities.get(0), means, first + 1, first + 2, -1);
      balance(values, quantities.get(1), means, first + 3, first + 4, -1);
      // Of the two apparent powers, taken and given, one is 0.
      balance(values, quantities.get(2), means, first + 9, first + 10, 1);
      mean(values, quantities.get(3), means, first + 13);
      energy(values, quantities.get(4), counters, first + 1);
      energy(values, quantities.get(5), counters, first + 2);
      if (i > 0) {
        mean(values, CURRENTS.get(i - 1), means, first + 11);
        mean(values, VOLTAGES.get(i - 1), means, first + 12);
      }
    }
    mean(values, Quantity.FREQUENCY, means, 14);
    energy(values, Quantity.REACTIVE_ENERGY_IMPORT, counters, 3);
    energy(values, Quantity.REACTIVE_ENERGY_EXPORT, counters, 4);
    energy(values, Quantity.APPARENT_ENERGY, counters, 9);
    return values;
  }

  /** Tenths of a watt, taken and given, in one value. */
  private static void balance(
      List<Measurement> values,
      Quantity quantity,
      Map<Integer, Long> means,
      int taken,
      int given,
      int sign) {
    Long one = means.get(taken);
    Long other = means.get(given);
    if (one != null && other != null) {
      values.add(Measurement.of(quantity, one + sign * other, -1));
    }
  }

  /** Thousandths. */
  private static void mean(
      List<Measurement> values, Quantity quantity, Map<Integer, Long> means, int index) {
    Long value = means.get(index);
    if (value != null) {
      values.add(Measurement.of(quantity, value, -3));
    }
  }

  /** Watt-seconds have no exact decimal in Wh: whole mWh, rounded down, so that they never fall. */
  private static void energy(
      List<Measurement> values, Quantity quantity, Map<Integer, Long> counters, int index) {
    Long wattSeconds = counters.get(index);
    if (wattSeconds != null) {
      values.add(
          Measurement.of(
              quantity, wattSeconds / 36 * 10 + Math.floorDiv(wattSeconds % 36 * 10, 36L), -3));
    }
  }

  /** Model as SMA numbers them. */
  String model() {
    return switch (susyId) {
      case 270 -> "Energy Meter (EMETER-10)";
      case 349 -> "Energy Meter (EMETER-20)";
      case 372, 501 -> "Sunny Home Manager 2.0";
      default -> "SUSy " + susyId;
    };
  }
}
