package org.commonshub.metering.mbus;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.commonshub.metering.mbus.DataRecord.Function;

/**
 * The fixed data structure of older meters (EN 1434-3, EN 13757-3 annex on the fixed data
 * structure): identification number, access number, status, media and units, two counters. Pure.
 */
final class FixedStructure {
  private static final String[] ENERGY_UNITS = {"Wh", "Wh", "Wh", "J", "J", "J"};

  /** A unit code. */
  private record Unit(Meaning meaning, String unit, int exponent) {}

  private FixedStructure() {}

  static Telegram decode(byte[] bytes, boolean mostSignificantFirst) throws MalformedFrame {
    Octets in = new Octets(bytes);
    byte[] number = in.take(4);
    int access = in.u8();
    int status = in.u8();
    int first = in.u8();
    int second = in.u8();
    byte[] one = in.take(4);
    byte[] two = in.take(4);
    if (mostSignificantFirst) {
      number = Octets.reversed(number);
      one = Octets.reversed(one);
      two = Octets.reversed(two);
    }
    boolean binary = (status & 0x01) != 0;
    long storage = (status >> 1) & 1;
    byte[] address = Arrays.copyOf(number, Meter.LENGTH);
    address[7] = (byte) DeviceType.ofFixedMedium((second >> 6) << 2 | first >> 6);
    Unit unit = unit(first & 0x3F);
    Unit other = (second & 0x3F) == 0x3E ? unit : unit(second & 0x3F);
    List<DataRecord> records = new ArrayList<>();
    records.add(record(unit, storage, one, binary));
    // "Same unit, but historic" is a value of an earlier day.
    records.add(record(other, (second & 0x3F) == 0x3E ? 1 : storage, two, binary));
    return new Telegram(
        Optional.of(new Header(Meter.ofHeader(address), access, status & 0xFC, 0)),
        new RecordReader.Body(
            records, false, new byte[0], Optional.empty(), new byte[0], new byte[0]));
  }

  private static DataRecord record(Unit unit, long storage, byte[] counter, boolean binary) {
    Optional<BigInteger> raw =
        binary
            ? Optional.of(new BigInteger(1, Octets.reversed(counter)))
            : RecordReader.decimal(counter);
    return new DataRecord(
        Function.INSTANTANEOUS,
        storage,
        0,
        0,
        unit.meaning(),
        "",
        unit.unit(),
        List.of(),
        raw.map(value -> new BigDecimal(value, -unit.exponent())),
        Optional.empty(),
        raw.isPresent() ? Optional.empty() : Optional.of(Octets.hex(Octets.reversed(counter))));
  }

  private static Unit unit(int code) {
    if (code >= 0x02 && code <= 0x13) {
      int group = (code - 0x02) / 3;
      int power = (code - 0x02) % 3;
      int[] exponents = {0, 3, 6, 3, 6, 9};
      return new Unit(Meaning.ENERGY, ENERGY_UNITS[group], exponents[group] + power);
    }
    if (code >= 0x14 && code <= 0x1C) {
      return new Unit(Meaning.POWER, "W", code - 0x14);
    }
    if (code >= 0x1D && code <= 0x25) {
      return new Unit(Meaning.POWER, "J/h", 3 + code - 0x1D);
    }
    if (code >= 0x26 && code <= 0x2E) {
      return new Unit(Meaning.VOLUME, "m3", code - 0x26 - 6);
    }
    if (code >= 0x2F && code <= 0x37) {
      return new Unit(Meaning.VOLUME_FLOW, "m3/h", code - 0x2F - 6);
    }
    if (code == 0x38) {
      return new Unit(Meaning.EXTERNAL_TEMPERATURE, "°C", -3);
    }
    if (code == 0x39) {
      return new Unit(Meaning.COST_ALLOCATION, "", 0);
    }
    return new Unit(Meaning.DIMENSIONLESS, "", 0);
  }
}
