package org.commonshub.metering.sml;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.Optional;
import java.util.Random;
import org.commonshub.measure.api.Quality;
import org.commonshub.metering.sml.PowerSign.Evidence;
import org.commonshub.metering.sml.PowerSign.Meant;
import org.commonshub.metering.sml.PowerSign.Mode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A meter in a home with sun, honest or not; what is said of its power must be what it was. */
class PowerSignTest {
  /** How a meter writes its power. */
  private enum Style {
    /** As short as it can be, with its sign. */
    SOUND,
    /** Positive values up to two bytes without the byte that keeps them positive. */
    WRAPPED,
    /** Without sign. */
    ABSOLUTE
  }

  /** A meter: one frame a second, power in 0.01 W, registers in 0.1 Wh. */
  private static final class Simulated {
    final Style style;
    final boolean words;
    final boolean suspect;
    final boolean guilty;
    final boolean exports;

    /** 0.01 Ws. */
    long taken;

    long given;
    long resolution = 36_000;
    long before;
    boolean stuck;

    Simulated(Style style, boolean words, boolean suspect, boolean guilty, boolean exports) {
      this.style = style;
      this.words = words;
      this.suspect = suspect;
      this.guilty = guilty;
      this.exports = exports;
    }

    /** Lets a second pass with a power, and tells the frame after it. */
    Evidence second(long power) {
      if (power >= 0) {
        taken += power;
      } else {
        given -= power;
      }
      // The status word lags a frame behind.
      long said = stuck ? 1_000 : before;
      before = power;
      long bits = 0x1C0004 | (Math.abs(said) > 500 ? 0x100 : 0) | (said < -500 ? 0x7800 : 0);
      return new Evidence(
          Optional.of(BigDecimal.valueOf(taken / resolution)),
          exports ? Optional.of(BigDecimal.valueOf(given / resolution)) : Optional.empty(),
          words ? Optional.of(new StatusWord(bits, true)) : Optional.empty(),
          suspect,
          guilty);
    }

    Element.Whole write(long power) {
      if (style == Style.ABSOLUTE) {
        return new Element.Whole(Math.abs(power), 4, true);
      }
      int width = 1;
      while (width < 8 && (power < -(1L << (8 * width - 1)) || power >= 1L << (8 * width - 1))) {
        width++;
      }
      if (style == Style.WRAPPED) {
        if (power < 0) {
          return new Element.Whole(power, 4, true);
        }
        width = power < 1 << 8 ? 1 : power < 1 << 16 ? 2 : 3;
        long sign = 1L << (8 * width - 1);
        return new Element.Whole((power ^ sign) - sign, width, true);
      }
      return new Element.Whole(power, width, true);
    }
  }

  /** A day of a home: base load, kettles, clouds; in 0.01 W. */
  private static long power(Random random, int second, long before) {
    if (random.nextInt(20) > 0) {
      return before + random.nextInt(401) - 200;
    }
    long sun = (second / 600) % 2 == 0 ? -200_000 : 0;
    return sun + 15_000 + random.nextInt(180_000);
  }

  private static int[] run(Simulated meter, Mode mode, int seconds, int settled) {
    PowerSign sign = new PowerSign(mode);
    Random random = new Random(4);
    int wrong = 0;
    int doubtful = 0;
    int late = 0;
    long power = 40_000;
    for (int second = 0; second < seconds; second++) {
      power = power(random, second, power);
      Evidence evidence = meter.second(power);
      Optional<Meant> meant = sign.total(meter.write(power), -2, false, evidence);
      boolean right = meant.map(value -> value.mantissa()).equals(Optional.of(power));
      boolean flagged = meant.map(value -> value.flags() != 0).orElse(true);
      if (!right && !flagged) {
        wrong++;
        if (second >= settled) {
          late++;
        }
      }
      if (flagged) {
        doubtful++;
      }
    }
    return new int[] {wrong, doubtful, late};
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aSoundMeterIsNeverCorrected(boolean words) {
    for (boolean suspect : new boolean[] {false, true}) {
      for (boolean exports : new boolean[] {true, false}) {
        int[] result =
            run(new Simulated(Style.SOUND, words, suspect, false, exports), Mode.AUTO, 20_000, 0);
        assertThat(result[0]).as("wrong, words %s, suspect %s", words, suspect).isZero();
        // A change of direction before the status word knows of it.
        assertThat(result[1]).as("doubtful").isLessThan(exports ? 60 : 20_000);
      }
    }
  }

  /** Not even if it is of a series that is known for the fault. */
  @Test
  void aRepairedMeterOfAKnownSeriesIsBelievedInTheEnd() {
    int[] result = run(new Simulated(Style.SOUND, true, true, true, true), Mode.AUTO, 20_000, 100);
    assertThat(result[2]).isZero();
    assertThat(result[1]).isLessThan(200);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aKnownMeterIsCorrectedAtOnce(boolean words) {
    int[] result = run(new Simulated(Style.WRAPPED, words, true, true, true), Mode.AUTO, 20_000, 0);
    assertThat(result[0]).isZero();
    assertThat(result[1]).as("doubtful").isLessThan(words ? 100 : 60);
  }

  @Test
  void anUnknownMeterIsCorrectedOnceTheRegistersHaveShownIt() {
    for (boolean suspect : new boolean[] {true, false}) {
      int[] result =
          run(new Simulated(Style.WRAPPED, true, suspect, false, true), Mode.AUTO, 20_000, 200);
      assertThat(result[0]).as("wrong without a flag, suspect %s", suspect).isLessThan(10);
      assertThat(result[2]).as("wrong once settled").isZero();
      assertThat(result[1]).as("doubtful").isLessThan(200);
    }
    // Nothing but registers.
    int[] result =
        run(new Simulated(Style.WRAPPED, false, false, false, true), Mode.AUTO, 20_000, 200);
    assertThat(result[2]).isZero();
  }

  @Test
  void aMeterWithoutSignGetsOne() {
    int[] result =
        run(new Simulated(Style.ABSOLUTE, true, false, false, true), Mode.AUTO, 20_000, 300);
    // It has the sign of the status word, which lags by a frame.
    assertThat(result[2]).isLessThan(200);
  }

  /** A status word alone corrects nothing: some meters do not keep it. */
  @Test
  void aStatusWordThatIsStuckDoesNoHarm() {
    Simulated meter = new Simulated(Style.SOUND, true, false, false, true);
    meter.stuck = true;
    int[] result = run(meter, Mode.AUTO, 20_000, 0);
    assertThat(result[0]).isZero();
    Simulated coarse = new Simulated(Style.SOUND, true, false, false, true);
    coarse.stuck = true;
    coarse.resolution = 360_000_000;
    result = run(coarse, Mode.AUTO, 20_000, 0);
    assertThat(result[0]).isZero();
  }

  @Test
  void aPersonDecides() {
    int[] result = run(new Simulated(Style.WRAPPED, false, false, false, true), Mode.ON, 5_000, 0);
    assertThat(result).containsExactly(0, 0, 0);
    result = run(new Simulated(Style.SOUND, true, true, true, true), Mode.OFF, 5_000, 0);
    assertThat(result).containsExactly(0, 0, 0);
    Meant raw =
        new PowerSign(Mode.OFF)
            .total(
                new Element.Whole(-29_912, 2, true),
                -2,
                false,
                new Simulated(Style.WRAPPED, true, true, true, true).second(0))
            .orElseThrow();
    assertThat(raw).isEqualTo(new Meant(-29_912, 0));
  }

  private static Evidence evidence(Long taken, Long given, String status) {
    return new Evidence(
        Optional.ofNullable(taken).map(BigDecimal::valueOf),
        Optional.ofNullable(given).map(BigDecimal::valueOf),
        status.isEmpty()
            ? Optional.empty()
            : StatusWord.of(new Element.Whole(Long.parseLong(status, 16), 3, false)),
        false,
        false);
  }

  /** OBIS 15.7.0. */
  @Test
  void anAbsolutePowerTakesItsDirectionFromWhateverTells() {
    Element.Whole power = new Element.Whole(1371, 4, true);
    PowerSign sign = new PowerSign(Mode.AUTO);
    assertThat(sign.total(power, -1, true, evidence(1L, 1L, "0182"))).hasValue(new Meant(1371, 0));
    assertThat(sign.total(power, -1, true, evidence(1L, 1L, "01A2"))).hasValue(new Meant(-1371, 0));
    assertThat(sign.total(power, -1, true, evidence(1L, 1L, "1C0104")))
        .hasValue(new Meant(1371, 0));
    assertThat(sign.total(power, -1, true, evidence(1L, 1L, "1C0904")))
        .hasValue(new Meant(-1371, 0));
    assertThat(sign.total(power, -1, true, evidence(1L, 1L, ""))).as("nothing tells").isEmpty();
    assertThat(sign.total(power, -1, true, evidence(1L, null, ""))).hasValue(new Meant(1371, 0));
    assertThat(sign.total(power, -1, true, evidence(null, 1L, ""))).hasValue(new Meant(-1371, 0));
    sign.total(power, -1, true, evidence(1L, 1L, ""));
    assertThat(sign.total(power, -1, true, evidence(1L, 2L, "")))
        .hasValue(new Meant(-1371, Quality.SUBSTITUTED));
    assertThat(sign.total(power, -1, true, evidence(2L, 2L, "")))
        .hasValue(new Meant(1371, Quality.SUBSTITUTED));
    assertThat(sign.total(new Element.Whole(0, 4, true), -1, true, evidence(2L, 2L, "")))
        .hasValue(new Meant(0, 0));
  }

  @Test
  void phasesFollowTheTotal() {
    PowerSign sign = new PowerSign(Mode.AUTO);
    Element.Whole power = new Element.Whole(-29_912, 2, true);
    for (int i = 0; i < 10; i++) {
      sign.total(power, -2, false, evidence(100L + i, 5L, ""));
    }
    assertThat(sign.phase(power, -2, StatusWord.Of.L1, evidence(110L, 5L, "")))
        .hasValue(new Meant(35_624, 0));
    PowerSign honest = new PowerSign(Mode.AUTO);
    for (int i = 0; i < 10; i++) {
      honest.total(power, -2, false, evidence(100L, 5L + i, ""));
    }
    assertThat(honest.phase(power, -2, StatusWord.Of.L1, evidence(100L, 15L, "")))
        .hasValue(new Meant(-29_912, 0));
    PowerSign absolute = new PowerSign(Mode.AUTO);
    Element.Whole positive = new Element.Whole(500, 2, true);
    for (int i = 0; i < 10; i++) {
      absolute.total(positive, -2, false, evidence(100L, 5L + i, ""));
    }
    assertThat(absolute.phase(positive, -2, StatusWord.Of.L2, evidence(100L, 15L, "1C2904")))
        .hasValue(new Meant(-500, 0));
    assertThat(absolute.phase(positive, -2, StatusWord.Of.L3, evidence(100L, 15L, "1C2904")))
        .hasValue(new Meant(500, 0));
    assertThat(absolute.phase(positive, -2, StatusWord.Of.L2, evidence(100L, 15L, ""))).isEmpty();
  }

  /** −604.23 W in three bytes: 167,168 W would be the alternative. */
  @Test
  void aNegativeValueThatNoHomeCouldTakeIsOne() {
    PowerSign sign = new PowerSign(Mode.ON);
    assertThat(
            sign.total(new Element.Whole(-60_423, 3, true), -2, false, evidence(1L, 1L, "1C0104")))
        .hasValue(new Meant(-60_423, 0));
    assertThat(sign.total(new Element.Whole(-5, 2, true), 1, false, evidence(1L, 1L, "")))
        .hasValue(new Meant(-5, 0));
  }

  @Test
  void statusWordsOfBothKindsAndOthers() {
    assertThat(StatusWord.of(new Element.Whole(0x82, 1, false))).isEmpty();
    assertThat(StatusWord.of(new Element.Whole(0x80, 3, false))).isEmpty();
    assertThat(StatusWord.of(Element.ABSENT)).isEmpty();
    StatusWord idle = StatusWord.of(new Element.Whole(0x1C0004, 3, false)).orElseThrow();
    assertThat(idle.direction(StatusWord.Of.TOTAL)).isZero();
    StatusWord mixed = StatusWord.of(new Element.Whole(0x1C6904, 3, false)).orElseThrow();
    assertThat(mixed.direction(StatusWord.Of.TOTAL)).isEqualTo(-1);
    assertThat(mixed.direction(StatusWord.Of.L1)).isEqualTo(1);
    assertThat(mixed.direction(StatusWord.Of.L2)).isEqualTo(-1);
    StatusWord old = StatusWord.of(new Element.Whole(0x101A2, 4, false)).orElseThrow();
    assertThat(old.direction(StatusWord.Of.TOTAL)).isEqualTo(-1);
    assertThat(old.direction(StatusWord.Of.L1)).isZero();
    assertThat(
            StatusWord.of(new Element.Whole(0x180, 2, false))
                .orElseThrow()
                .direction(StatusWord.Of.TOTAL))
        .isEqualTo(1);
  }
}
