package org.commonshub.metering.sunspec;

import java.util.List;
import java.util.Optional;
import org.commonshub.measure.api.Quantity;

/**
 * Layout of a SunSpec model.
 *
 * @param ids models that share it
 * @param points points of the fixed part, in order
 * @param length registers of the fixed part
 * @param group repeating part, if it is decoded
 */
record Model(List<Integer> ids, List<Point> points, int length, Optional<Group> group) {

  /** Types of the SunSpec Device Information Model Specification, section 4.2. */
  enum Type {
    INT16(1),
    UINT16(1),
    COUNT(1),
    ENUM16(1),
    BITFIELD16(1),
    SUNSSF(1),
    INT32(2),
    UINT32(2),
    ACC32(2),
    BITFIELD32(2),
    FLOAT32(2),
    UINT64(4),
    ACC64(4),
    STRING(0);

    private final int words;

    Type(int words) {
      this.words = words;
    }

    int words() {
      return words;
    }
  }

  /** What happens to a value on its way to a quantity. */
  enum How {
    /** Nothing. */
    PLAIN,
    /** The sign is turned. */
    TURNED,
    /** The sign is dropped. */
    ABSOLUTE,
    /** A power factor, given as 1 or 100 at most; the sign is dropped. */
    FACTOR,
    /** Power of a battery: the sign is that of ChaSt where it tells, else turned. */
    CHARGE
  }

  /**
   * One point.
   *
   * @param offset registers after the model's id and length, or after the start of the group
   * @param name as in the specification
   * @param type type
   * @param words registers
   * @param scale point that holds the scale factor, a power of ten, or empty
   * @param quantity what it measures to the hub, if anything
   * @param how how it gets there
   * @param detail quantity under which it is shown as a detail; empty for scale factors and strings
   */
  record Point(
      int offset,
      String name,
      Type type,
      int words,
      String scale,
      Optional<Quantity> quantity,
      How how,
      Optional<Quantity> detail) {}

  /**
   * A part that repeats.
   *
   * @param count point of the fixed part that holds the number
   * @param points points
   * @param length registers of one
   */
  record Group(String count, List<Point> points, int length) {}
}
