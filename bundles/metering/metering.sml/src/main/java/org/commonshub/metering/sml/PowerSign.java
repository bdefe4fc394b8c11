package org.commonshub.metering.sml;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.Optional;
import org.commonshub.measure.api.Quality;

/**
 * Finds out whether a meter's power means what it says. Some meters send positive values without
 * the leading zero byte that would keep them positive, so that they read as negative (DZG DVS74 and
 * DWS74: 356.24 W as two bytes 8B28, −299.12 W); some send no sign at all, but a direction in the
 * status word (EMH ED300L). Whether that is so is decided by the registers: only energy taken moves
 * the import register. Pure but for what it has learned of its meter.
 */
final class PowerSign {
  /** What a person asked for. */
  enum Mode {
    /** Registers and status word decide. */
    AUTO,
    /** Short negative values are always positive ones. */
    ON,
    /** As the meter sends it. */
    OFF;

    static Mode of(String text) {
      return valueOf(text.toUpperCase(Locale.ROOT));
    }
  }

  /**
   * What a frame says beside its power.
   *
   * @param imported import register, all tariffs, if sent
   * @param exported export register, all tariffs, if sent
   * @param status status word, if sent
   * @param suspect whether the maker is known for the fault
   * @param guilty whether the meter's number is in a series known for the fault
   */
  record Evidence(
      Optional<BigDecimal> imported,
      Optional<BigDecimal> exported,
      Optional<StatusWord> status,
      boolean suspect,
      boolean guilty) {
    int direction(StatusWord.Of of) {
      return status.map(word -> word.direction(of)).orElse(0);
    }
  }

  /**
   * A power as it is meant.
   *
   * @param mantissa value without scaler
   * @param flags quality flags of {@link Quality}
   */
  record Meant(long mantissa, int flags) {}

  private enum Kind {
    ZERO,
    POSITIVE,
    NEGATIVE,
    /** Negative, and short enough to be a positive value without its sign byte. */
    SHORT_NEGATIVE
  }

  /** Meters known for the fault send true negative values in four bytes. */
  private static final int SHORT = 3;

  /** No home takes more; a negative value that would is one. */
  private static final BigDecimal MOST_WATTS = BigDecimal.valueOf(80_000);

  private static final int DECIDED = 4;
  private static final int MOST = 6;
  private static final int REGISTERS = 2;
  private static final int STEADY = 3;

  private final Mode mode;

  /** For (+) and against (−) short negative values being positive. */
  private int wrapped;

  /** For (+) and against (−) the sign not being sent. */
  private int unsigned;

  /** Whether registers or status word ever spoke for {@link #wrapped}. */
  private boolean seen;

  private boolean primed;
  private Kind last = Kind.ZERO;
  private int steady;
  private Optional<BigDecimal> imported = Optional.empty();
  private Optional<BigDecimal> exported = Optional.empty();
  private int moved;

  PowerSign(Mode mode) {
    this.mode = mode;
  }

  /**
   * Judges the total power of a frame; once per frame, before its phases.
   *
   * @param scaler power of ten of its unit, watt
   * @param absolute whether the quantity has no sign by definition (OBIS 15.7.0)
   * @return empty if the sign cannot be known
   */
  Optional<Meant> total(Element.Whole sent, int scaler, boolean absolute, Evidence evidence) {
    if (evidence.guilty() && !primed) {
      wrapped = Math.max(wrapped, DECIDED);
    }
    primed = true;
    Kind kind = kind(sent, scaler);
    int direction = evidence.direction(StatusWord.Of.TOTAL);
    learn(kind, evidence, direction);
    if ((mode == Mode.OFF && !absolute) || kind == Kind.ZERO) {
      return asSent(sent, 0);
    }
    if (kind == Kind.SHORT_NEGATIVE && !absolute) {
      return Optional.of(shortNegative(sent, evidence, direction));
    }
    if (kind == Kind.POSITIVE && (absolute || unsigned >= DECIDED)) {
      return directed(sent, evidence, direction);
    }
    return asSent(
        sent,
        kind == Kind.POSITIVE && direction < 0 && unsigned > -DECIDED ? Quality.OUT_OF_RANGE : 0);
  }

  /**
   * Judges the power of a phase, after the total.
   *
   * @return empty if the sign cannot be known
   */
  Optional<Meant> phase(Element.Whole sent, int scaler, StatusWord.Of phase, Evidence evidence) {
    Kind kind = kind(sent, scaler);
    int direction = evidence.direction(phase);
    if (mode == Mode.OFF || kind == Kind.ZERO) {
      return asSent(sent, 0);
    }
    if (kind == Kind.SHORT_NEGATIVE) {
      return Optional.of(shortNegative(sent, evidence, direction));
    }
    if (kind == Kind.POSITIVE && unsigned >= DECIDED) {
      return direction == 0
          ? Optional.empty()
          : Optional.of(new Meant(direction * sent.value(), 0));
    }
    return asSent(sent, 0);
  }

  private Meant shortNegative(Element.Whole sent, Evidence evidence, int direction) {
    if (mode == Mode.ON) {
      return new Meant(sent.unsigned(), 0);
    }
    if (wrapped >= DECIDED) {
      if (!seen && direction < 0) {
        return new Meant(sent.value(), Quality.OUT_OF_RANGE); // Of the series, but repaired?
      }
      boolean sure = direction > 0 || (direction == 0 && seen);
      return new Meant(sent.unsigned(), sure ? 0 : Quality.SUBSTITUTED);
    }
    if (wrapped <= -DECIDED || direction < 0 || (direction == 0 && !evidence.suspect())) {
      return new Meant(sent.value(), 0);
    }
    return direction > 0 && evidence.suspect()
        ? new Meant(sent.unsigned(), Quality.SUBSTITUTED)
        : new Meant(sent.value(), Quality.OUT_OF_RANGE);
  }

  private Optional<Meant> directed(Element.Whole sent, Evidence evidence, int direction) {
    if (direction != 0) {
      return Optional.of(new Meant(direction * sent.value(), 0));
    }
    if (evidence.imported().isPresent() != evidence.exported().isPresent()) {
      return asSent(sent, 0).map(meant -> evidence.imported().isPresent() ? meant : minus(meant));
    }
    return moved == 0
        ? Optional.empty()
        : Optional.of(new Meant(moved * sent.value(), Quality.SUBSTITUTED));
  }

  private static Meant minus(Meant meant) {
    return new Meant(-meant.mantissa(), meant.flags());
  }

  private static Optional<Meant> asSent(Element.Whole sent, int flags) {
    return Optional.of(new Meant(sent.value(), flags));
  }

  private static Kind kind(Element.Whole sent, int scaler) {
    if (sent.value() >= 0) {
      return sent.value() == 0 ? Kind.ZERO : Kind.POSITIVE;
    }
    return sent.width() <= SHORT
            && BigDecimal.valueOf(sent.unsigned(), -scaler).compareTo(MOST_WATTS) < 0
        ? Kind.SHORT_NEGATIVE
        : Kind.NEGATIVE;
  }

  /**
   * Only what stays the same for a while counts: registers and status word lag behind the power.
   */
  private void learn(Kind kind, Evidence evidence, int direction) {
    int now = movement(evidence);
    steady = kind == last ? Math.min(STEADY, steady + 1) : 1;
    last = kind;
    if (kind == Kind.NEGATIVE) {
      unsigned = -MOST;
    }
    if (steady < STEADY) {
      return;
    }
    if (kind == Kind.SHORT_NEGATIVE) {
      if (now != 0) {
        wrapped = bounded(wrapped + REGISTERS * now);
        seen |= now > 0;
      } else if (direction < 0) {
        wrapped = bounded(wrapped - 1);
      } else if (direction > 0 && wrapped < (evidence.suspect() ? DECIDED : DECIDED - 1)) {
        wrapped++;
      }
      if (wrapped <= -DECIDED) {
        unsigned = -MOST;
      }
    } else if (kind == Kind.POSITIVE) {
      if (now < 0) {
        unsigned = bounded(unsigned + REGISTERS);
      } else if (now == 0 && direction < 0 && unsigned < DECIDED - 1) {
        unsigned++;
      }
    }
  }

  /** 1 if only the import register moved since the last frame, −1 if only the export register. */
  private int movement(Evidence evidence) {
    int taken = change(imported, evidence.imported());
    int given = change(exported, evidence.exported());
    imported = evidence.imported();
    exported = evidence.exported();
    int now = taken > 0 && given == 0 ? 1 : given > 0 && taken == 0 ? -1 : 0;
    if (now != 0) {
      moved = now;
    }
    return now;
  }

  private static int change(Optional<BigDecimal> before, Optional<BigDecimal> after) {
    return before.isPresent() && after.isPresent() ? after.get().compareTo(before.get()) : 0;
  }

  private static int bounded(int score) {
    return Math.max(-MOST, Math.min(MOST, score));
  }
}
