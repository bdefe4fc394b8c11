package org.commonshub.privacy.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Random;
import org.commonshub.measure.api.Unit;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Block.Statistic;
import org.commonshub.privacy.api.Terms;
import org.commonshub.testing.tck.PolicyContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantizePolicyTest {
  @ParameterizedTest
  @CsvSource({
    // mantissa, exponent, quantum in thousandths of W, value that comes out
    "0, 0, 100000, 0",
    "0, 18, 1, 0",
    "0, -18, 999999999999, 0",
    "49, 0, 100000, 0",
    "50, 0, 100000, 100",
    "-49, 0, 100000, 0",
    "-50, 0, 100000, -100",
    "149, 0, 100000, 100",
    "150, 0, 100000, 200",
    "-150, 0, 100000, -200",
    "1499, -1, 100000, 100",
    "1500, -1, 100000, 200",
    "14999999, -5, 100000, 100",
    "15000000, -5, 100000, 200",
    "1, 3, 100000, 1000",
    "7, 3, 3000000, 6000",
    "8, 3, 3000000, 9000",
    "37, 0, 25000, 25",
    "38, 0, 25000, 50",
    "1234567, -3, 1, 1234.567",
    "1234567, -4, 1, 123.457",
    "12345649, -5, 1, 123.456",
    "5, -4, 1, 0.001",
    "4, -4, 1, 0",
    "-5, -4, 1, -0.001",
    "499999999999, -3, 1000000000000, 0",
    "500000000000, -3, 1000000000000, 1000000000",
    "9223372036854775807, -18, 1000, 9",
    "-9223372036854775808, -18, 1000, -9",
    "9223372036854775807, -3, 7, 9223372036854775.807",
    "9223372036854775807, 0, 1000, 9223372036854775807",
    "3, 18, 1000000000000, 3000000000000000000",
  })
  void roundsHalfAwayFromZero(long mantissa, int exponent, long quantum, BigDecimal expected) {
    Block out = apply(quantum, power(exponent, mantissa));
    assertThat(out.size()).isEqualTo(1);
    assertThat(value(out)).isEqualByComparingTo(expected);
  }

  @Test
  void agreesWithDecimalArithmeticAndRoundsOnce() {
    Random random = new Random(1);
    int fits = 0;
    for (int i = 0; i < 20_000; i++) {
      long mantissa = random.nextLong() >> random.nextInt(64);
      int exponent = random.nextInt(37) - 18;
      long quantum = 1 + (long) (Math.pow(10, random.nextInt(13)) * random.nextDouble());
      Block out = apply(quantum, power(exponent, mantissa));
      BigDecimal step = BigDecimal.valueOf(quantum, 3);
      BigDecimal expected =
          BigDecimal.valueOf(mantissa, -exponent)
              .divide(step, 0, RoundingMode.HALF_UP)
              .multiply(step);
      if (out.size() == 0) {
        // Left out only if it cannot be said.
        assertThat(expected.abs())
            .isGreaterThan(BigDecimal.valueOf(Long.MAX_VALUE, -out.exponent()));
      } else {
        fits++;
        assertThat(value(out)).isEqualByComparingTo(expected);
        assertThat(apply(quantum, out)).usingRecursiveComparison().isEqualTo(out);
      }
    }
    assertThat(fits).isGreaterThan(10_000);
  }

  @Test
  void theExponentIsTheQuantumsAlone() {
    for (int exponent : new int[] {-18, -1, 0, 5}) {
      assertThat(apply(100_000, power(exponent, 1)).exponent()).isEqualTo(2);
      assertThat(apply(25_000, power(exponent, 1)).exponent()).isZero();
      assertThat(apply(1, power(exponent, 1)).exponent()).isEqualTo(-3);
    }
  }

  @Test
  void otherUnitsPass() {
    Block energy = block("energy.import", Statistic.AMOUNT, 0, 123);
    assertThat(apply(100_000, energy)).isSameAs(energy);
    assertThat(new QuantizePolicy().apply(energy, PolicyContext.of(Terms.ANY))).isSameAs(energy);
  }

  @Test
  void channelsHaveTheirQuantitysUnit() {
    assertThat(value(apply(100_000, block("dc.power[2]", Statistic.VALUE, 0, 123))))
        .isEqualByComparingTo("100");
  }

  @Test
  void unknownUnitsAreLeftOut() {
    assertThat(apply(100_000, block("x-made.up", Statistic.VALUE, 0, 123)).size()).isZero();
  }

  @Test
  void aStateIsNeverTurnedIntoAnother() {
    Terms terms = Terms.ANY.toBuilder().quantum(Unit.ONE, 2000).build();
    Block out =
        new QuantizePolicy()
            .apply(block("device.state", Statistic.LAST, 0, 1, 2, 3, 4), PolicyContext.of(terms));
    assertThat(out.mantissas()).containsExactly(2, 4);
    assertThat(out.starts()).containsExactly(2, 4);
  }

  private static Block apply(long quantum, Block block) {
    return new QuantizePolicy()
        .apply(block, PolicyContext.of(Terms.ANY.toBuilder().quantum(Unit.WATT, quantum).build()));
  }

  private static BigDecimal value(Block block) {
    return BigDecimal.valueOf(block.mantissas()[0], -block.exponent());
  }

  private static Block power(int exponent, long mantissa) {
    return block("power.active", Statistic.VALUE, exponent, mantissa);
  }

  private static Block block(String quantity, Statistic statistic, int exponent, long... values) {
    long[] starts = new long[values.length];
    for (int i = 0; i < starts.length; i++) {
      starts[i] = i + 1L;
    }
    return new Block("d", quantity, statistic, 0, exponent, starts, values, new int[values.length]);
  }
}
