package org.commonshub.measure.api;

import java.util.ArrayList;
import java.util.List;

/**
 * Quality flags of one value. No flag set means: measured by the device, clock synchronised, within
 * range.
 *
 * @param flags bit set of the constants below; unknown bits survive
 */
public record Quality(int flags) {
  /** Derived from a model or neighbouring values, not measured. */
  public static final int ESTIMATED = 1;

  /** Energy integrated from power because no register exists. */
  public static final int INTEGRATED = 1 << 1;

  /** Replaced after the fact by a better value. */
  public static final int SUBSTITUTED = 1 << 2;

  /** Time-stamped while the hub's clock was not synchronised. */
  public static final int CLOCK_UNSYNCHRONISED = 1 << 3;

  /** Outside what is plausible for the device; kept for diagnosis, not used for sums. */
  public static final int OUT_OF_RANGE = 1 << 4;

  /** Measured, nothing to object. */
  public static final Quality MEASURED = new Quality(0);

  private static final String[] NAMES = {
    "estimated", "integrated", "substituted", "clock-unsynchronised", "out-of-range"
  };

  /** Whether {@code flag} (one of the constants) is set. */
  public boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /** These flags and {@code more}. */
  public Quality with(int more) {
    return (flags | more) == flags ? this : new Quality(flags | more);
  }

  /** Whether it is a measured value, not an estimate, integral or substitute. */
  public boolean measured() {
    return (flags & (ESTIMATED | INTEGRATED | SUBSTITUTED)) == 0;
  }

  /** Names of the flags set, in the order of their bits; unknown bits as {@code bit-N}. */
  public List<String> names() {
    List<String> names = new ArrayList<>();
    for (int bit = 0; bit < 32; bit++) {
      if ((flags & (1 << bit)) != 0) {
        names.add(bit < NAMES.length ? NAMES[bit] : "bit-" + bit);
      }
    }
    return List.copyOf(names);
  }

  /** The flag with a name as in {@link #names()}; 0 if there is none. */
  static int flag(String name) {
    for (int bit = 0; bit < 32; bit++) {
      if (name.equals(bit < NAMES.length ? NAMES[bit] : "bit-" + bit)) {
        return 1 << bit;
      }
    }
    return 0;
  }
}
