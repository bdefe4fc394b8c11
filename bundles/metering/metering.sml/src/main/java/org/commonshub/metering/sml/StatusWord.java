package org.commonshub.metering.sml;

import java.util.Optional;

/**
 * The status word beside a register. Two layouts are met: FNN Lastenheft EDL (eHZ, since 2010) and
 * FNN Lastenheft Basiszähler (since 2015). Of both, the direction of energy is of use.
 *
 * @param bits status word
 * @param modern whether it is laid out as for the Basiszähler
 */
record StatusWord(long bits, boolean modern) {
  /** Which power a direction is asked of. */
  enum Of {
    TOTAL(11),
    L1(12),
    L2(13),
    L3(14);

    private final int bit;

    Of(int bit) {
      this.bit = bit;
    }
  }

  private static final int MODERN_MARK = 0x04;
  private static final int MODERN_MASK = 0x07;
  private static final int MODERN_RUNNING = 1 << 8;
  private static final int EDL_MARK = 1 << 8;
  private static final int EDL_EXPORT = 1 << 5;

  /** Reads a status field; empty if there is none or it follows neither layout. */
  static Optional<StatusWord> of(Element status) {
    if (!(status instanceof Element.Whole whole) || whole.width() < 2) {
      return Optional.empty();
    }
    long bits = whole.unsigned();
    if ((bits & MODERN_MASK) == MODERN_MARK) {
      return Optional.of(new StatusWord(bits, true));
    }
    return (bits & MODERN_MARK) == 0 && (bits & EDL_MARK) != 0
        ? Optional.of(new StatusWord(bits, false))
        : Optional.empty();
  }

  /** 1 when energy is taken, −1 when it is given, 0 when the word does not say. */
  int direction(Of of) {
    if (modern) {
      boolean running = (bits & MODERN_RUNNING) != 0;
      return !running ? 0 : (bits & 1L << of.bit) != 0 ? -1 : 1;
    }
    return of != Of.TOTAL ? 0 : (bits & EDL_EXPORT) != 0 ? -1 : 1;
  }
}
