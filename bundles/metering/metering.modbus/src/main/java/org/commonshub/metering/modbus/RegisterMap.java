package org.commonshub.metering.modbus;

import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Quantity;
import org.commonshub.metering.api.Actuator;
import org.commonshub.metering.api.Modbus.Range;

/**
 * How to read one kind of meter, as in its maker's register list. Immutable.
 *
 * @param id name of the file without ending, the driver's setting {@code map}
 * @param maker manufacturer
 * @param models model names it fits
 * @param role what it usually is in a home
 * @param source document it was taken from
 * @param maxGap most unused registers that may be read over to save a request
 * @param maxRegisters most registers in one request
 * @param fields values
 * @param identity strings and numbers that tell what it is
 * @param detect what tells this meter from others, all of it; empty if nothing does
 * @param controls what it can be told
 */
record RegisterMap(
    String id,
    String maker,
    List<String> models,
    DeviceRole role,
    String source,
    int maxGap,
    int maxRegisters,
    List<Field> fields,
    List<Identity> identity,
    List<Detect> detect,
    List<Control> controls) {

  /** Types of the datasheets. */
  enum Type {
    BIT(1),
    U16(1),
    S16(1),
    U32(2),
    S32(2),
    U64(4),
    S64(4),
    F32(2),
    F64(4),
    STRING(0);

    private final int words;

    Type(int words) {
      this.words = words;
    }

    int words() {
      return words;
    }

    boolean number() {
      return this != STRING;
    }
  }

  /**
   * Where a value stands and how its words are put together.
   *
   * @param range registers
   * @param type type
   * @param lowWordFirst whether the word with the low bits comes first
   * @param lowByteFirst whether the low byte of each word comes first
   */
  record Source(Range range, Type type, boolean lowWordFirst, boolean lowByteFirst) {}

  /**
   * One value.
   *
   * @param source where
   * @param minus where the part stands that is taken off, for meters that tell import and export
   *     apart; same type
   * @param quantity what
   * @param mask bits of the raw value that count, moved down to bit 0; 0 for all
   * @param scale factor to the quantity's unit, sign included
   * @param decimals decimals to round to in the quantity's unit, or −1 for all there are
   * @param missing raw values that stand for "not available"
   * @param min least plausible value in the quantity's unit
   * @param max greatest plausible value
   */
  record Field(
      Source source,
      Optional<Source> minus,
      Quantity quantity,
      long mask,
      BigDecimal scale,
      int decimals,
      List<Long> missing,
      Optional<BigDecimal> min,
      Optional<BigDecimal> max) {}

  /**
   * A fact about the device.
   *
   * @param source where
   * @param fact serial, firmware, model or maker
   */
  record Identity(Source source, String fact) {}

  /**
   * A register that can be written.
   *
   * @param actuator description
   * @param source where
   * @param scale actuator's unit per raw unit, sign included
   * @param single whether a single register is written with function 6 instead of 16
   * @param release value written to hand it back; empty if {@code after} does
   * @param before raw values written before each value, a mode switch for instance
   * @param after raw values written after the release value
   */
  record Control(
      Actuator actuator,
      Source source,
      BigDecimal scale,
      boolean single,
      Optional<BigDecimal> release,
      List<Raw> before,
      List<Raw> after) {}

  /** A raw value and where it is written. */
  record Raw(Source source, BigDecimal value) {}

  /**
   * One sign by which to recognise it.
   *
   * @param source where
   * @param equals texts as {@link Codec#text} gives them; empty if a range decides
   * @param min least number
   * @param max greatest number
   */
  record Detect(Source source, List<String> equals, BigDecimal min, BigDecimal max) {
    /** Whether these registers are such a sign. */
    boolean matches(int[] words) {
      String text = Codec.text(source, words);
      if (!equals.isEmpty()) {
        return equals.contains(text);
      }
      if (text.isEmpty()) {
        return false;
      }
      BigDecimal number = new BigDecimal(text);
      return number.compareTo(min) >= 0 && number.compareTo(max) <= 0;
    }
  }
}
