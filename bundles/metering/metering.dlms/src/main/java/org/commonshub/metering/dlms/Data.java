package org.commonshub.metering.dlms;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A value of DLMS/COSEM (IEC 62056-6-2, 4.1.5; A-XDR of IEC 61334-6).
 *
 * @param type tag
 * @param number value of a numeric type; null otherwise
 * @param bytes value of a string type or date; null otherwise
 * @param items elements of an array or structure; empty otherwise
 */
record Data(int type, BigDecimal number, byte[] bytes, List<Data> items) {
  static final int NULL = 0;
  static final int ARRAY = 1;
  static final int STRUCTURE = 2;
  static final int BOOLEAN = 3;
  static final int BIT_STRING = 4;
  static final int DOUBLE_LONG = 5;
  static final int DOUBLE_LONG_UNSIGNED = 6;
  static final int OCTET_STRING = 9;
  static final int VISIBLE_STRING = 10;
  static final int UTF8_STRING = 12;
  static final int BCD = 13;
  static final int INTEGER = 15;
  static final int LONG = 16;
  static final int UNSIGNED = 17;
  static final int LONG_UNSIGNED = 18;
  static final int COMPACT_ARRAY = 19;
  static final int LONG64 = 20;
  static final int LONG64_UNSIGNED = 21;
  static final int ENUM = 22;
  static final int FLOAT32 = 23;
  static final int FLOAT64 = 24;
  static final int DATE_TIME = 25;
  static final int DATE = 26;
  static final int TIME = 27;
  static final int DONT_CARE = 255;

  private static final int DEEPEST = 12;
  private static final int MOST = 2_048;

  /** Reads values and counts them. */
  private static final class Reader {
    private final Octets in;
    private int count;

    Reader(Octets in) {
      this.in = in;
    }

    Data read(int depth) throws MalformedApdu {
      return read(in.u8(), depth);
    }

    Data read(int type, int depth) throws MalformedApdu {
      if (++count > MOST) {
        throw new MalformedApdu("it has more than " + MOST + " values");
      }
      if (depth > DEEPEST) {
        throw new MalformedApdu("it is nested more than " + DEEPEST + " times");
      }
      return switch (type) {
        case NULL, DONT_CARE -> new Data(NULL, null, null, List.of());
        case ARRAY, STRUCTURE -> {
          int size = in.length();
          List<Data> items = new ArrayList<>();
          for (int i = 0; i < size; i++) {
            items.add(read(depth + 1));
          }
          yield new Data(type, null, null, List.copyOf(items));
        }
        case BOOLEAN, UNSIGNED, ENUM, BCD -> number(type, unsigned(1));
        case DOUBLE_LONG -> number(type, signed(4));
        case DOUBLE_LONG_UNSIGNED -> number(type, unsigned(4));
        case INTEGER -> number(type, signed(1));
        case LONG -> number(type, signed(2));
        case LONG_UNSIGNED -> number(type, unsigned(2));
        case LONG64 -> number(type, signed(8));
        case LONG64_UNSIGNED -> number(type, unsigned(8));
        case FLOAT32 -> real(type, Float.intBitsToFloat(signed(4).intValue()));
        case FLOAT64 -> real(type, Double.longBitsToDouble(signed(8).longValue()));
        case BIT_STRING -> {
          int bits = in.length();
          yield text(type, in.take(bits / 8 + (bits % 8 == 0 ? 0 : 1)));
        }
        case OCTET_STRING, VISIBLE_STRING, UTF8_STRING -> text(type, in.take(in.length()));
        case DATE_TIME -> text(type, in.take(12));
        case DATE -> text(type, in.take(5));
        case TIME -> text(type, in.take(4));
        case COMPACT_ARRAY -> compact(depth);
        default -> throw new MalformedApdu(String.format("data type %02X is unknown", type));
      };
    }

    private BigInteger unsigned(int size) throws MalformedApdu {
      return new BigInteger(1, in.take(size));
    }

    private BigInteger signed(int size) throws MalformedApdu {
      return new BigInteger(in.take(size));
    }

    /** Description of the contents, then the contents without tags. */
    private Data compact(int depth) throws MalformedApdu {
      Shape shape = shape(depth);
      Octets contents = new Octets(in.take(in.length()));
      Reader inner = new Reader(contents);
      inner.count = count;
      List<Data> items = new ArrayList<>();
      while (contents.remaining() > 0) {
        int before = contents.remaining();
        items.add(inner.read(shape, depth + 1));
        if (contents.remaining() == before) {
          throw new MalformedApdu("a compact array has elements without contents");
        }
      }
      count = inner.count;
      return new Data(ARRAY, null, null, List.copyOf(items));
    }

    private record Shape(int type, int size, List<Shape> parts) {}

    private Shape shape(int depth) throws MalformedApdu {
      if (++count > MOST || depth > DEEPEST) {
        throw new MalformedApdu("the description of a compact array is too long");
      }
      int type = in.u8();
      if (type == ARRAY) {
        int size = in.u16();
        return new Shape(type, size, List.of(shape(depth + 1)));
      }
      if (type == STRUCTURE) {
        int size = in.length();
        List<Shape> parts = new ArrayList<>();
        for (int i = 0; i < size; i++) {
          parts.add(shape(depth + 1));
        }
        return new Shape(type, size, List.copyOf(parts));
      }
      return new Shape(type, 0, List.of());
    }

    private Data read(Shape shape, int depth) throws MalformedApdu {
      if (shape.type() != ARRAY && shape.type() != STRUCTURE) {
        return read(shape.type(), depth);
      }
      if (++count > MOST || depth > DEEPEST) {
        throw new MalformedApdu("a compact array has too many values");
      }
      List<Data> items = new ArrayList<>();
      for (int i = 0; i < shape.size(); i++) {
        items.add(read(shape.parts().get(shape.type() == ARRAY ? 0 : i), depth + 1));
      }
      return new Data(shape.type(), null, null, List.copyOf(items));
    }
  }

  private static Data number(int type, BigInteger value) {
    return new Data(type, new BigDecimal(value), null, List.of());
  }

  private static Data real(int type, double value) {
    if (!Double.isFinite(value)) {
      return new Data(NULL, null, null, List.of());
    }
    String text = type == FLOAT32 ? Float.toString((float) value) : Double.toString(value);
    return new Data(type, new BigDecimal(text), null, List.of());
  }

  private static Data text(int type, byte[] bytes) {
    return new Data(type, null, bytes, List.of());
  }

  /** Reads one value and all in it. */
  static Data read(Octets in) throws MalformedApdu {
    return new Reader(in).read(0);
  }

  boolean isNumber() {
    return number != null;
  }

  /** A string of any kind, for people; printable characters only. */
  Optional<String> text() {
    if (type != OCTET_STRING && type != VISIBLE_STRING && type != UTF8_STRING) {
      return Optional.empty();
    }
    String text = new String(bytes, StandardCharsets.UTF_8);
    return text.chars().allMatch(c -> c >= ' ' && c != 0x7F && c != 0xFFFD)
        ? Optional.of(text.strip())
        : Optional.of(Octets.hex(bytes));
  }

  /** Group values of a logical name; empty if it is none. */
  Optional<Obis> obis() {
    return type == OCTET_STRING && bytes.length == 6 && (bytes[5] & 0xFF) == 0xFF
        ? Optional.of(
            new Obis(
                bytes[0] & 0xFF,
                bytes[1] & 0xFF,
                bytes[2] & 0xFF,
                bytes[3] & 0xFF,
                bytes[4] & 0xFF))
        : Optional.empty();
  }

  /** Date and time, as a type of its own or in an octet string. */
  Optional<Clock> clock() {
    return (type == DATE_TIME || type == OCTET_STRING) && bytes.length == Clock.LENGTH
        ? Clock.of(bytes)
        : Optional.empty();
  }
}
