package org.commonshub.metering.modbus;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Nature;
import org.commonshub.measure.api.Quality;
import org.commonshub.metering.modbus.RegisterMap.Field;
import org.commonshub.metering.modbus.RegisterMap.Source;
import org.commonshub.metering.modbus.RegisterMap.Type;

/** From registers to values. Pure functions of their arguments. */
final class Codec {
  /** Decimals kept of a floating-point value: a nanowatt. */
  private static final int DECIMALS = 9;

  private static final BigDecimal LIMIT = BigDecimal.TEN.pow(18 - DECIMALS);

  private Codec() {}

  /**
   * The value of a field.
   *
   * @param words exactly the field's registers
   * @return the value; or empty if the device says that it has none (its sentinel, or NaN)
   */
  static Optional<Measurement> value(Field field, int[] words) {
    return number(field, words)
        .flatMap(number -> measurement(field, number.multiply(field.scale())));
  }

  /**
   * The value of a field that is the difference of two.
   *
   * @param words exactly the field's registers
   * @param minus exactly the registers of what is taken off
   */
  static Optional<Measurement> difference(Field field, int[] words, int[] minus) {
    Optional<BigDecimal> off = number(field, minus);
    return number(field, words)
        .filter(number -> off.isPresent())
        .flatMap(number -> measurement(field, number.subtract(off.get()).multiply(field.scale())));
  }

  private static Optional<BigDecimal> number(Field field, int[] words) {
    Type type = field.source().type();
    if (type == Type.F32 || type == Type.F64) {
      long bits = bits(field.source(), words);
      if (field.missing().contains(bits)) {
        return Optional.empty();
      }
      return decimal(type, bits);
    }
    long bits = bits(field.source(), words);
    if (field.missing().contains(bits)) {
      return Optional.empty();
    }
    if (field.mask() != 0) {
      bits = (bits & field.mask()) >>> Long.numberOfTrailingZeros(field.mask());
    }
    return Optional.of(integer(type, bits));
  }

  private static Optional<Measurement> measurement(Field field, BigDecimal value) {
    if (field.decimals() >= 0) {
      value = value.setScale(field.decimals(), RoundingMode.HALF_EVEN);
    }
    if (value.scale() > 18 || value.precision() - value.scale() > 18 || value.precision() > 18) {
      value = value.setScale(Math.min(value.scale(), DECIMALS), RoundingMode.HALF_EVEN);
      if (value.precision() > 18) {
        return Optional.empty();
      }
    }
    boolean plausible =
        (field.min().isEmpty() || value.compareTo(field.min().get()) >= 0)
            && (field.max().isEmpty() || value.compareTo(field.max().get()) <= 0)
            && (field.quantity().nature() != Nature.REGISTER || value.signum() >= 0);
    return Optional.of(
        new Measurement(
            field.quantity(),
            value.unscaledValue().longValueExact(),
            -value.scale(),
            plausible ? Quality.MEASURED : Quality.MEASURED.with(Quality.OUT_OF_RANGE)));
  }

  /**
   * The decimal a device meant by a floating-point number: the shortest that reads back as the same
   * number, so that 0.1 does not become 0.100000001490116.
   */
  private static Optional<BigDecimal> decimal(Type type, long bits) {
    BigDecimal decimal;
    if (type == Type.F32) {
      float value = Float.intBitsToFloat((int) bits);
      if (!Float.isFinite(value)) {
        return Optional.empty();
      }
      decimal = new BigDecimal(Float.toString(value));
    } else {
      double value = Double.longBitsToDouble(bits);
      if (!Double.isFinite(value)) {
        return Optional.empty();
      }
      decimal = new BigDecimal(Double.toString(value));
    }
    if (decimal.signum() == 0) {
      return Optional.of(BigDecimal.ZERO);
    }
    if (decimal.abs().compareTo(LIMIT) >= 0) {
      return Optional.empty();
    }
    decimal =
        decimal.setScale(Math.min(Math.max(decimal.scale(), 0), DECIMALS), RoundingMode.HALF_EVEN);
    return Optional.of(decimal.signum() == 0 ? BigDecimal.ZERO : strip(decimal));
  }

  private static BigDecimal strip(BigDecimal decimal) {
    BigDecimal stripped = decimal.stripTrailingZeros();
    return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
  }

  private static BigDecimal integer(Type type, long bits) {
    return switch (type) {
      case S16 -> BigDecimal.valueOf((short) bits);
      case S32 -> BigDecimal.valueOf((int) bits);
      case S64 -> BigDecimal.valueOf(bits);
      case U64 -> bits >= 0 ? BigDecimal.valueOf(bits) : new BigDecimal(unsigned(bits));
      default -> BigDecimal.valueOf(bits);
    };
  }

  private static BigInteger unsigned(long bits) {
    return new BigInteger(Long.toUnsignedString(bits));
  }

  /**
   * The registers that hold a number, the way back of {@link #value}.
   *
   * @param raw whole unless the type is a float
   * @throws ArithmeticException if the type cannot hold it
   */
  static int[] words(Source source, BigDecimal raw) {
    Type type = source.type();
    long bits =
        switch (type) {
          case F32 -> Float.floatToIntBits(raw.floatValue());
          case F64 -> Double.doubleToLongBits(raw.doubleValue());
          default -> fitting(type, raw.toBigIntegerExact());
        };
    int[] words = new int[type.words()];
    for (int i = 0; i < words.length; i++) {
      int word = (int) (bits >>> 16 * (words.length - 1 - i)) & 0xFFFF;
      if (source.lowByteFirst()) {
        word = (word & 0xFF) << 8 | word >>> 8;
      }
      words[source.lowWordFirst() ? words.length - 1 - i : i] = word;
    }
    return words;
  }

  private static long fitting(Type type, BigInteger raw) {
    int size = type == Type.BIT ? 1 : 16 * type.words();
    boolean signed = type == Type.S16 || type == Type.S32 || type == Type.S64;
    if (signed ? raw.bitLength() >= size : raw.signum() < 0 || raw.bitLength() > size) {
      throw new ArithmeticException(raw + " does not fit " + type);
    }
    return raw.longValue();
  }

  /** The raw value of a number, unsigned, most significant bit first. */
  private static long bits(Source source, int[] words) {
    long bits = 0;
    for (int i = 0; i < words.length; i++) {
      int word = words[source.lowWordFirst() ? words.length - 1 - i : i] & 0xFFFF;
      if (source.lowByteFirst()) {
        word = (word & 0xFF) << 8 | word >>> 8;
      }
      bits = bits << 16 | word;
    }
    return bits;
  }

  /** A value as text: strings trimmed and cleared of what is not printable, numbers in decimal. */
  static String text(Source source, int[] words) {
    if (source.type() != Type.STRING) {
      long bits = bits(source, words);
      return source.type() == Type.F32 || source.type() == Type.F64
          ? decimal(source.type(), bits).map(BigDecimal::toPlainString).orElse("")
          : integer(source.type(), bits).toPlainString();
    }
    byte[] bytes = new byte[words.length * 2];
    for (int i = 0; i < words.length; i++) {
      bytes[2 * i] = (byte) (source.lowByteFirst() ? words[i] : words[i] >>> 8);
      bytes[2 * i + 1] = (byte) (source.lowByteFirst() ? words[i] >>> 8 : words[i]);
    }
    StringBuilder text = new StringBuilder();
    for (char c : new String(bytes, StandardCharsets.ISO_8859_1).toCharArray()) {
      if (c == 0) {
        break;
      }
      if (c >= ' ' && c < 0x7F) {
        text.append(c);
      }
    }
    return text.toString().strip();
  }
}
