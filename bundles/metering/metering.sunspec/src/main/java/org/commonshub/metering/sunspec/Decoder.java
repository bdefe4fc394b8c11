package org.commonshub.metering.sunspec;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Phase;
import org.commonshub.measure.api.Quality;
import org.commonshub.measure.api.Quantity;
import org.commonshub.metering.sunspec.Model.Group;
import org.commonshub.metering.sunspec.Model.How;
import org.commonshub.metering.sunspec.Model.Point;
import org.commonshub.metering.sunspec.Model.Type;

/**
 * From the registers of a model to values. What the device marks as not implemented, and what it
 * gives no usable scale factor for, is left out. Pure functions of their arguments.
 */
final class Decoder {
  private static final int DECIMALS = 9;
  private static final int CHARGING = 4;
  private static final int DISCHARGING = 3;

  private Decoder() {}

  /**
   * Decodes a model.
   *
   * @param model layout
   * @param words its registers after id and length; may be fewer or more than the layout's
   * @param details whether points without a quantity of the catalogue are wanted, too
   * @param values receives the values; a quantity that is there already is kept
   */
  static void decode(Model model, int[] words, boolean details, Map<Quantity, Measurement> values) {
    for (Point point : model.points()) {
      decode(model, point, words, 0, 0, details, values);
    }
    if (model.group().isPresent()) {
      Group group = model.group().get();
      int room = Math.max(0, words.length - model.length()) / group.length();
      int count =
          (int) Math.min(Math.min(room, 255), raw(model, group.count(), words).orElse(room));
      for (int i = 0; i < count; i++) {
        for (Point point : group.points()) {
          decode(model, point, words, model.length() + i * group.length(), i + 1, details, values);
        }
      }
    }
  }

  private static void decode(
      Model model,
      Point point,
      int[] words,
      int start,
      int channel,
      boolean details,
      Map<Quantity, Measurement> values) {
    Optional<Quantity> wanted =
        point.quantity().isPresent() || !details ? point.quantity() : point.detail();
    if (wanted.isEmpty() || hidden(model, words, wanted.get().phase())) {
      return;
    }
    Quantity quantity = wanted.get().channel(channel);
    if (values.containsKey(quantity)) {
      return;
    }
    OptionalLong raw = raw(point, words, start);
    OptionalInt scale = scale(model, point, words);
    if (raw.isEmpty() || scale.isEmpty()) {
      return;
    }
    if (point.type() == Type.FLOAT32) {
      floating(point, quantity, Float.intBitsToFloat((int) raw.getAsLong()))
          .ifPresent(value -> values.put(quantity, value));
      return;
    }
    long mantissa = raw.getAsLong();
    int exponent = scale.getAsInt();
    switch (point.how()) {
      case PLAIN -> {}
      case TURNED -> mantissa = -mantissa;
      case ABSOLUTE -> mantissa = Math.abs(mantissa);
      case FACTOR -> {
        mantissa = Math.abs(mantissa);
        if (BigDecimal.valueOf(mantissa, -exponent).compareTo(BigDecimal.ONE) > 0) {
          exponent -= 2;
        }
      }
      case CHARGE -> {
        long state = raw(model, "ChaSt", words).orElse(0);
        mantissa =
            state == CHARGING
                ? Math.abs(mantissa)
                : state == DISCHARGING ? -Math.abs(mantissa) : -mantissa;
      }
    }
    values.put(quantity, new Measurement(quantity, mantissa, exponent, Quality.MEASURED));
  }

  private static Optional<Measurement> floating(Point point, Quantity quantity, float value) {
    if (!Float.isFinite(value) || Math.abs(value) >= 1e15f) {
      return Optional.empty();
    }
    // The shortest decimal that reads back as the same float: what the device meant.
    BigDecimal decimal = new BigDecimal(Float.toString(value));
    if (point.how() == How.TURNED) {
      decimal = decimal.negate();
    } else if (point.how() != How.PLAIN) {
      decimal = decimal.abs();
      if (point.how() == How.FACTOR && decimal.compareTo(BigDecimal.ONE) > 0) {
        decimal = decimal.movePointLeft(2);
      }
    }
    if (decimal.scale() > DECIMALS) {
      decimal = decimal.setScale(DECIMALS, RoundingMode.HALF_EVEN);
    }
    if (decimal.precision() > 18) {
      decimal = decimal.setScale(0, RoundingMode.HALF_EVEN);
    }
    return Optional.of(Measurement.of(quantity, decimal, Quality.MEASURED));
  }

  /** Whether a DER (models 701) says that it has no such conductor. */
  private static boolean hidden(Model model, int[] words, Phase phase) {
    if (phase == Phase.TOTAL || phase == Phase.L1 || !model.ids().contains(701)) {
      return false;
    }
    long type = raw(model, "ACType", words).orElse(2);
    return type == 0 || type == 1 && (phase != Phase.L2 && phase != Phase.L1_L2);
  }

  /** Power of ten of a point; empty if the device does not give a usable one. */
  private static OptionalInt scale(Model model, Point point, int[] words) {
    if (point.scale().isEmpty()) {
      return OptionalInt.of(0);
    }
    char first = point.scale().charAt(0);
    if (first == '-' || Character.isDigit(first)) {
      return OptionalInt.of(Integer.parseInt(point.scale()));
    }
    OptionalLong factor = raw(model, point.scale(), words);
    return factor.isPresent() && Math.abs(factor.getAsLong()) <= 10
        ? OptionalInt.of((int) factor.getAsLong())
        : OptionalInt.empty();
  }

  private static OptionalLong raw(Model model, String name, int[] words) {
    for (Point point : model.points()) {
      if (point.name().equals(name)) {
        return raw(point, words, 0);
      }
    }
    return OptionalLong.empty();
  }

  /** The value of a point before scaling; empty if it is not implemented or not there. */
  private static OptionalLong raw(Point point, int[] words, int start) {
    int at = start + point.offset();
    if (point.type() == Type.STRING || at + point.words() > words.length) {
      return OptionalLong.empty();
    }
    long bits = 0;
    for (int i = 0; i < point.words(); i++) {
      bits = bits << 16 | words[at + i] & 0xFFFF;
    }
    return switch (point.type()) {
      case INT16, SUNSSF -> unless(bits == 0x8000, (short) bits);
      case UINT16, COUNT, ENUM16 -> unless(bits == 0xFFFF, bits);
      // Of a bit field whose highest bit is set, all others are void.
      case BITFIELD16 -> unless(bits >= 0x8000, bits);
      case BITFIELD32 -> unless(bits >= 0x8000_0000L, bits);
      case INT32 -> unless(bits == 0x8000_0000L, (int) bits);
      case UINT32 -> unless(bits == 0xFFFF_FFFFL, bits);
      case ACC32 -> unless(bits == 0, bits);
      case UINT64 -> unless(bits < 0, bits);
      case ACC64 -> unless(bits <= 0, bits);
      case FLOAT32 -> OptionalLong.of(bits);
      case STRING -> OptionalLong.empty();
    };
  }

  private static OptionalLong unless(boolean missing, long value) {
    return missing ? OptionalLong.empty() : OptionalLong.of(value);
  }

  /** A string point, cleared of what is not printable; empty if it is not there. */
  static String text(Model model, String name, int[] words) {
    for (Point point : model.points()) {
      if (point.name().equals(name) && point.offset() + point.words() <= words.length) {
        byte[] bytes = new byte[2 * point.words()];
        for (int i = 0; i < point.words(); i++) {
          bytes[2 * i] = (byte) (words[point.offset() + i] >>> 8);
          bytes[2 * i + 1] = (byte) words[point.offset() + i];
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
    return "";
  }
}
