package org.commonshub.metering.mbus;

import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.commonshub.metering.mbus.DataRecord.Function;

/**
 * Reads the records of the variable data structure (EN 13757-3, clause 6). Pure.
 *
 * <p>Headers and data may come from two places: a compact frame carries only data, its headers were
 * in a format or full frame before.
 */
final class RecordReader {
  /**
   * What a sequence of records holds.
   *
   * @param records records, as far as they could be read
   * @param more whether more follow in the next telegram
   * @param manufacturerData what follows that only the maker understands
   * @param remark why the rest could not be read
   * @param headers data and value information of all records
   * @param whole headers and data of all records, interleaved
   */
  record Body(
      List<DataRecord> records,
      boolean more,
      byte[] manufacturerData,
      Optional<String> remark,
      byte[] headers,
      byte[] whole) {}

  private static final int MOST_EXTENSIONS = 10;
  private static final int IDLE = 0x2F;
  private static final int MANUFACTURER = 0x0F;
  private static final int MANUFACTURER_MORE = 0x1F;

  private static final int MOST_RECORDS = 1_024;

  private RecordReader() {}

  /** Records with their headers. */
  static Body full(Octets octets) {
    return read(octets, octets);
  }

  /** Data of records whose headers came before. */
  static Body compact(byte[] headers, Octets data) {
    return read(new Octets(headers), data);
  }

  private static Body read(Octets headers, Octets data) {
    List<DataRecord> records = new ArrayList<>();
    ByteArrayOutputStream seen = new ByteArrayOutputStream();
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    byte[] manufacturerData = {};
    boolean more = false;
    Optional<String> remark = Optional.empty();
    try {
      while (headers.remaining() > 0) {
        int dif = headers.peek();
        if (dif == IDLE) {
          headers.u8();
          continue;
        }
        if (dif == MANUFACTURER || dif == MANUFACTURER_MORE) {
          headers.u8();
          seen.write(dif);
          more = dif == MANUFACTURER_MORE;
          manufacturerData = data.rest();
          whole.write(dif);
          whole.writeBytes(manufacturerData);
          break;
        }
        if (records.size() == MOST_RECORDS) {
          throw new MalformedFrame("it is one of more than " + MOST_RECORDS);
        }
        int start = headers.position();
        Head head = head(headers);
        byte[] header = headers.between(start, headers.position());
        start = data.position();
        records.add(record(head, data));
        seen.writeBytes(header);
        whole.writeBytes(header);
        whole.writeBytes(data.between(start, data.position()));
      }
    } catch (MalformedFrame e) {
      remark = Optional.of("record " + (records.size() + 1) + ": " + e.getMessage());
    }
    return new Body(
        List.copyOf(records),
        more,
        manufacturerData,
        remark,
        seen.toByteArray(),
        whole.toByteArray());
  }

  /** Data and value information blocks. */
  private record Head(
      int field,
      Function function,
      long storage,
      int tariff,
      int subunit,
      Vif vif,
      BigDecimal addend,
      String label,
      List<Integer> extensions) {}

  private static Head head(Octets in) throws MalformedFrame {
    int dif = in.u8();
    if ((dif & 0x0F) == 0x0F) {
      throw new MalformedFrame(String.format("data information %02X is reserved", dif));
    }
    long storage = (dif >> 6) & 1;
    int tariff = 0;
    int subunit = 0;
    int next = dif;
    for (int i = 0; (next & 0x80) != 0; i++) {
      if (i == MOST_EXTENSIONS) {
        throw new MalformedFrame("it has more than ten data information extensions");
      }
      next = in.u8();
      storage |= (long) (next & 0x0F) << (1 + 4 * i);
      tariff |= ((next >> 4) & 3) << (2 * i);
      subunit |= ((next >> 6) & 1) << i;
    }
    Function function = Function.values()[(dif >> 4) & 3];

    int code = in.u8();
    String label = "";
    Vif vif;
    boolean manufacturers = false;
    boolean extended = (code & 0x80) != 0;
    switch (code & 0x7F) {
      case 0x7B -> {
        need(extended);
        code = in.u8();
        vif = Vif.second(code);
        extended = (code & 0x80) != 0;
      }
      case 0x7D -> {
        need(extended);
        code = in.u8();
        if (code == 0xFD) {
          code = in.u8();
          vif = Vif.firstOfFirst(code);
        } else {
          vif = Vif.first(code);
        }
        extended = (code & 0x80) != 0;
      }
      case 0x7C -> {
        label = text(in.field(in.u8()));
        vif = Vif.primary(code);
      }
      case 0x7F -> {
        vif = Vif.MANUFACTURER;
        manufacturers = true;
      }
      default -> vif = Vif.primary(code);
    }

    List<Integer> extensions = new ArrayList<>();
    BigDecimal addend = BigDecimal.ZERO;
    while (extended) {
      if (extensions.size() == MOST_EXTENSIONS) {
        throw new MalformedFrame("it has more than ten value information extensions");
      }
      int byteRead = in.u8();
      int extension = byteRead & 0x7F;
      extended = (byteRead & 0x80) != 0;
      if (manufacturers) {
        extensions.add(0x7F00 | extension);
        continue;
      }
      if (extension == 0x7F) {
        manufacturers = true;
        extensions.add(0x7F);
        continue;
      }
      if (extension == 0x7C && extended) {
        byteRead = in.u8();
        extended = (byteRead & 0x80) != 0;
        extension = 0x7C00 | (byteRead & 0x7F);
      }
      extensions.add(extension);
      if (extension >= 0x78 && extension <= 0x7B) {
        addend = addend.add(BigDecimal.valueOf(1, 3 - (extension - 0x78)));
      }
      vif = adjusted(vif, extension);
    }
    return new Head(dif & 0x0F, function, storage, tariff, subunit, vif, addend, label, extensions);
  }

  private static void need(boolean extended) throws MalformedFrame {
    if (!extended) {
      throw new MalformedFrame("an extended value information has no extension");
    }
  }

  /** What a combinable extension does to the value (EN 13757-3, table 15 and 16). */
  private static Vif adjusted(Vif vif, int extension) {
    if (extension >= 0x70 && extension <= 0x77) {
      return vif.times(extension - 0x76);
    }
    if (extension == 0x7D) {
      return vif.times(3);
    }
    if (extension == 0x7C11 || extension == 0x7C12) {
      return vif.as(Vif.Coding.UNSIGNED);
    }
    if (extension == 0x39
        || (extension >= 0x42 && extension <= 0x4F && (extension & 2) != 0)
        || (extension >= 0x6A && extension <= 0x6F && (extension & 2) != 0)) {
      return new Vif(vif.meaning(), "", 1, 0, Vif.Coding.TIME);
    }
    if (extension == 0x41 || extension == 0x49) {
      return new Vif(vif.meaning(), "", 1, 0, Vif.Coding.UNSIGNED);
    }
    if (extension >= 0x50 && extension <= 0x67) {
      long[] seconds = {1, 60, 3_600, 86_400};
      return new Vif(vif.meaning(), "s", seconds[extension & 3], 0, Vif.Coding.SIGNED);
    }
    return vif;
  }

  /** Codes by which a meter says that there is no valid value (EN 13757-3, table 17). */
  private static boolean error(int extension) {
    return (extension >= 0x01 && extension <= 0x0F) || (extension >= 0x15 && extension <= 0x1C);
  }

  private static DataRecord record(Head head, Octets data) throws MalformedFrame {
    Optional<BigDecimal> number = Optional.empty();
    Optional<PointInTime> time = Optional.empty();
    Optional<String> text = Optional.empty();
    Vif vif = head.vif();
    switch (head.field()) {
      case 0x00, 0x08 -> {
        // No data.
      }
      case 0x01, 0x02, 0x03, 0x04, 0x06, 0x07 -> {
        int length = head.field() == 0x07 ? 8 : head.field();
        byte[] bytes = data.field(length);
        if (vif.coding() == Vif.Coding.TIME && length > 1 && length < 8) {
          time = Optional.of(time(bytes));
        } else {
          number = binary(bytes, vif);
        }
      }
      case 0x05 -> number = real(data.field(4), vif);
      case 0x09, 0x0A, 0x0B, 0x0C, 0x0E -> {
        byte[] bytes = data.field(head.field() == 0x0E ? 6 : head.field() - 8);
        number = decimal(bytes).map(vif::scale);
        if (number.isEmpty()) {
          text = Optional.of(display(bytes));
        }
      }
      case 0x0D -> {
        int lvar = data.u8();
        if (lvar <= 0xBF) {
          text = Optional.of(text(data.field(lvar)));
        } else if (lvar <= 0xC9) {
          number = decimal(data.field(lvar - 0xC0)).map(vif::scale);
        } else if (lvar >= 0xD0 && lvar <= 0xD9) {
          number =
              decimal(data.field(lvar - 0xD0))
                  .map(BigDecimal::new)
                  .map(BigDecimal::negate)
                  .map(vif::scale);
        } else if (lvar >= 0xE0 && lvar <= 0xEF) {
          number = binary(data.field(lvar - 0xE0), vif);
        } else if (lvar >= 0xF0 && lvar <= 0xF6) {
          int length = lvar <= 0xF4 ? 4 * (lvar - 0xEC) : lvar == 0xF5 ? 48 : 64;
          text = Optional.of(Octets.hex(Octets.reversed(data.field(length))));
        } else {
          throw new MalformedFrame(String.format("variable length %02X is reserved", lvar));
        }
      }
      default -> throw new MalformedFrame("its data field is reserved");
    }
    for (int extension : head.extensions()) {
      if (error(extension)) {
        number = Optional.empty();
        time = Optional.empty();
        text = Optional.of(String.format("error %02X", extension));
      }
    }
    return new DataRecord(
        head.function(),
        head.storage(),
        head.tariff(),
        head.subunit(),
        vif.meaning(),
        head.label(),
        vif.unit(),
        List.copyOf(head.extensions()),
        number.map(value -> value.add(head.addend())),
        time,
        text);
  }

  private static PointInTime time(byte[] bytes) throws MalformedFrame {
    return switch (bytes.length) {
      case 2 -> PointInTime.date(bytes);
      case 3 -> PointInTime.time(bytes);
      case 4 -> PointInTime.dateToMinute(bytes);
      case 6 -> PointInTime.dateToSecond(bytes);
      default -> throw new MalformedFrame("a time has " + bytes.length + " bytes");
    };
  }

  /** Types B, C and D; the least number of type B stands for "invalid". */
  private static Optional<BigDecimal> binary(byte[] littleEndian, Vif vif) {
    if (littleEndian.length == 0) {
      return Optional.empty();
    }
    byte[] bigEndian = Octets.reversed(littleEndian);
    if (vif.coding() == Vif.Coding.UNSIGNED) {
      return Optional.of(vif.scale(new BigInteger(1, bigEndian)));
    }
    BigInteger value = new BigInteger(bigEndian);
    if (value.signum() < 0
        && value.negate().bitCount() == 1
        && value.bitLength() == 8 * bigEndian.length - 1) {
      return Optional.empty();
    }
    return Optional.of(vif.scale(value));
  }

  /** Type H: the shortest decimal that is this real. */
  private static Optional<BigDecimal> real(byte[] bytes, Vif vif) {
    float value =
        Float.intBitsToFloat(
            (bytes[0] & 0xFF) | (bytes[1] & 0xFF) << 8 | (bytes[2] & 0xFF) << 16 | bytes[3] << 24);
    return Float.isFinite(value)
        ? Optional.of(vif.scale(new BigDecimal(Float.toString(value))))
        : Optional.empty();
  }

  /** Type A; F in front is the minus sign; empty if another digit is none. */
  static Optional<BigInteger> decimal(byte[] littleEndian) {
    BigInteger value = BigInteger.ZERO;
    boolean negative = false;
    for (int i = littleEndian.length - 1; i >= 0; i--) {
      int high = (littleEndian[i] >> 4) & 0x0F;
      int low = littleEndian[i] & 0x0F;
      if (i == littleEndian.length - 1 && high == 0x0F) {
        negative = true;
        high = 0;
      }
      if (high > 9 || low > 9) {
        return Optional.empty();
      }
      value = value.multiply(BigInteger.valueOf(100)).add(BigInteger.valueOf(high * 10L + low));
    }
    return littleEndian.length == 0
        ? Optional.empty()
        : Optional.of(negative ? value.negate() : value);
  }

  /** What the meter's display shows for digits that are none (EN 13757-3, annex B). */
  private static String display(byte[] littleEndian) {
    return Octets.hex(Octets.reversed(littleEndian))
        .replace('c', ' ')
        .replace('d', '_')
        .replace('f', '-')
        .toUpperCase(java.util.Locale.ROOT);
  }

  /** ISO 8859-1, the last character first. */
  static String text(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (char c : new String(Octets.reversed(bytes), StandardCharsets.ISO_8859_1).toCharArray()) {
      if (!Character.isISOControl(c)) {
        text.append(c);
      }
    }
    return text.toString();
  }
}
