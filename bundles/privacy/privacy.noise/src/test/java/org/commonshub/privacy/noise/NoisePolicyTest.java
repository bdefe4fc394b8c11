package org.commonshub.privacy.noise;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Arrays;
import java.util.stream.LongStream;
import org.commonshub.measure.api.Quality;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Block.Statistic;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.Noise;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.Terms;
import org.commonshub.testing.tck.PolicyContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NoisePolicyTest {
  private static final long DAY = 86_400_000;
  private static final long START = Instant.parse("2026-11-02T00:00:00Z").toEpochMilli();

  /** Two homes whose values are as far apart as can be, a million releases each. */
  @Test
  void whatIsSeenTellsNeighboursApartByAFactorOfExpEpsilonAtMost() {
    double epsilon = 1;
    int[] low = histogram(0);
    int[] high = histogram(1);
    double largest = 0;
    int judged = 0;
    for (int bin = 0; bin < low.length; bin++) {
      if (low[bin] > 5000 && high[bin] > 5000) {
        double ratio = Math.abs(Math.log((double) low[bin] / high[bin]));
        double error = 4 * Math.sqrt(1.0 / low[bin] + 1.0 / high[bin]); // four sigma
        assertThat(ratio).isLessThan(epsilon + error);
        largest = Math.max(largest, ratio);
        judged++;
      }
    }
    assertThat(judged).isGreaterThan(15);
    // And it is not stronger than stated either: the noise has the size it says.
    assertThat(largest).isGreaterThan(epsilon - 0.03);
    // The mean stays right: 0 and 1 unit, in bins of a quarter.
    assertThat(mean(high) - mean(low)).isBetween(0.98, 1.02);
  }

  /** Range 0 … 1, ε = 1; releases counted in bins of a quarter of the unit, from −10 to +11. */
  private static int[] histogram(long value) {
    Terms terms = terms(new Noise(1_000_000, Noise.Unit.INTERVAL, 10_000_000_000L, 0, 1));
    PolicyContext context = PolicyContext.of(terms);
    int[] bins = new int[86];
    for (int device = 0; device < 250; device++) {
      Block block = seconds("device" + device, 4000, value);
      Block out = new NoisePolicy().apply(block, context);
      assertThat(out.size()).isEqualTo(4000);
      for (long mantissa : out.mantissas()) {
        bins[(int) Math.max(0, Math.min(85, Math.floorDiv(mantissa, 250) + 41))]++;
      }
    }
    assertThat(Arrays.stream(bins).sum()).isEqualTo(1_000_000);
    return bins;
  }

  private static double mean(int[] bins) {
    double sum = 0;
    for (int i = 0; i < bins.length; i++) {
      sum += bins[i] * (i - 41) / 4.0;
    }
    return sum / 1_000_000;
  }

  @Test
  void theBudgetOfADayIsUsedUpAndTheNextDayHasItsOwn() {
    Noise noise = new Noise(100_000, Noise.Unit.INTERVAL, 1_050_000, 0, 1000);
    PolicyContext context = PolicyContext.of(terms(noise)).zone("UTC");
    Block quarters = block("d", 900, 2 * 96, 500);
    Block out = new NoisePolicy().apply(quarters, context);
    assertThat(out.starts())
        .isEqualTo(
            LongStream.concat(
                    LongStream.range(0, 10).map(i -> START + i * 900_000),
                    LongStream.range(0, 10).map(i -> START + DAY + i * 900_000))
                .toArray());
    assertThat(context.spent(Instant.ofEpochMilli(START), "d")).isEqualTo(1_000_000);

    // Asking again: the same answer, at no cost.
    assertThat(new NoisePolicy().apply(quarters, context))
        .usingRecursiveComparison()
        .isEqualTo(out);
    assertThat(context.spent(Instant.ofEpochMilli(START), "d")).isEqualTo(1_000_000);

    // Another quantity of the same device has nothing left; another device has.
    assertThat(new NoisePolicy().apply(renamed(quarters, "d", "energy.import"), context).size())
        .isZero();
    assertThat(new NoisePolicy().apply(renamed(quarters, "e", "power.active"), context).size())
        .isEqualTo(20);
  }

  @Test
  void aRevisedValueHasNewNoiseAndPaysAgain() {
    Noise noise = new Noise(100_000, Noise.Unit.INTERVAL, 200_000, 0, 1000);
    PolicyContext context = PolicyContext.of(terms(noise)).zone("UTC");
    Block first = new NoisePolicy().apply(block("d", 900, 1, 500), context);
    Block second = new NoisePolicy().apply(block("d", 900, 1, 501), context);
    assertThat(second.mantissas()[0] - first.mantissas()[0]).isNotEqualTo(1000);
    assertThat(context.spent(Instant.ofEpochMilli(START), "d")).isEqualTo(200_000);
    assertThat(new NoisePolicy().apply(block("d", 900, 1, 502), context).size()).isZero();
    assertThat(new NoisePolicy().apply(block("d", 900, 1, 500), context))
        .usingRecursiveComparison()
        .isEqualTo(first);
  }

  @Test
  void recipientsWhoJoinTheirAnswersHaveOneAnswer() {
    Noise noise = new Noise(100_000, Noise.Unit.INTERVAL, 10_000_000, 0, 1000);
    Block[] answers = new Block[3];
    for (int i = 0; i < answers.length; i++) {
      Terms terms =
          terms(noise).toBuilder().recipient(Recipient.parse("app:com.example.a" + i)).build();
      answers[i] = new NoisePolicy().apply(block("d", 900, 96, 500), PolicyContext.of(terms));
    }
    assertThat(answers[1]).usingRecursiveComparison().isEqualTo(answers[0]);
    assertThat(answers[2]).usingRecursiveComparison().isEqualTo(answers[0]);
    PolicyContext otherHub = PolicyContext.of(terms(noise)).key("another");
    assertThat(new NoisePolicy().apply(block("d", 900, 96, 500), otherHub).mantissas())
        .isNotEqualTo(answers[0].mantissas());
  }

  @ParameterizedTest
  @CsvSource({
    // begin of a local day in Rome, seconds of the interval, intervals of that day
    "2026-11-01T23:00:00Z, 900, 96",
    "2026-10-24T22:00:00Z, 900, 100",
    "2027-03-27T23:00:00Z, 900, 92",
    "2027-03-27T23:00:00Z, 3600, 23",
    "2026-11-01T23:00:00Z, 60, 1440",
    "2026-10-24T22:00:00Z, 86400, 1",
    "2026-11-01T23:00:00Z, 604800, 1",
  })
  void unitDaySpendsExactlyTheDaysEpsilon(Instant day, int seconds, int intervals) {
    Noise noise = new Noise(333_333, Noise.Unit.DAY, 333_333, 0, 100);
    Terms terms = terms(noise);
    PolicyContext context = PolicyContext.of(terms);
    long[] starts =
        LongStream.range(0, intervals).map(i -> day.toEpochMilli() + i * 1000 * seconds).toArray();
    Block block =
        new Block(
            "d",
            "power.active",
            Statistic.MEAN,
            seconds,
            0,
            starts,
            new long[intervals],
            new int[intervals]);
    Block out = new NoisePolicy().apply(block, context);
    assertThat(out.size()).isEqualTo(intervals);
    assertThat(context.spent(day, "d")).isEqualTo(333_333);
    if (intervals > 1000) {
      // Mean size of the noise is σ = n·Δ/ε; four standard errors of the mean.
      double sigma = intervals * 100_000.0 / 0.333333;
      double size = Arrays.stream(out.mantissas()).mapToDouble(Math::abs).average().orElseThrow();
      assertThat(size)
          .isBetween(
              sigma * (1 - 4 / Math.sqrt(intervals)), sigma * (1 + 4 / Math.sqrt(intervals)));
    }
  }

  @Test
  void valuesAreClippedToTheRange() {
    Noise noise = new Noise(100_000, Noise.Unit.INTERVAL, 10_000_000, -5, 10);
    PolicyContext context = PolicyContext.of(terms(noise));
    NoisePolicy policy = new NoisePolicy();
    assertThat(policy.apply(block("d", 900, 1, 1_000_000), context).mantissas())
        .isEqualTo(policy.apply(block("d", 900, 1, 10), context).mantissas());
    assertThat(policy.apply(block("d", 900, 1, Long.MIN_VALUE), context).mantissas())
        .isEqualTo(policy.apply(block("d", 900, 1, -5), context).mantissas());
  }

  @ParameterizedTest
  @CsvSource({
    "0, 18, 0",
    "0, -18, 0",
    "7, 0, 7000",
    "-7, 0, -7000",
    "7, -3, 7",
    "14999, -7, 1",
    "15000, -7, 2",
    "-15000, -7, -2",
    "9223372036854775807, -18, 9223",
    "-9223372036854775808, -18, -9223",
    "9223372036854775807, 0, 1125899906842624",
    "-9223372036854775808, 18, -1125899906842624",
    "1, 18, 1125899906842624",
    "-1, 18, -1125899906842624",
  })
  void thousandthsOfTheUnit(long mantissa, int exponent, long expected) {
    assertThat(NoisePolicy.thousandths(mantissa, exponent)).isEqualTo(expected);
  }

  @Test
  void flagsAndExponentTellNothing() {
    Noise noise = new Noise(100_000, Noise.Unit.INTERVAL, 10_000_000, 0, 10);
    Block block =
        new Block(
            "d",
            "power.active",
            Statistic.MEAN,
            900,
            -7,
            new long[] {START, START + 900_000},
            new long[] {1, 2},
            new int[] {0, Quality.INTEGRATED});
    Block out = new NoisePolicy().apply(block, PolicyContext.of(terms(noise)));
    assertThat(out.exponent()).isEqualTo(-3);
    assertThat(out.qualities()).containsOnly(Quality.ESTIMATED);
  }

  @Test
  void statesAndInstantsAreLeftOut() {
    PolicyContext context =
        PolicyContext.of(terms(new Noise(1, Noise.Unit.INTERVAL, 1_000_000, 0, 1)));
    for (Statistic statistic : new Statistic[] {Statistic.VALUE, Statistic.LAST}) {
      Block block =
          new Block(
              "d",
              "device.state",
              statistic,
              900,
              0,
              new long[] {START},
              new long[] {3},
              new int[1]);
      assertThat(new NoisePolicy().apply(block, context).size()).isZero();
    }
  }

  @Test
  void noiseThatWouldNotFitIsRoundedUpAndThenRefused() {
    // 2·10¹⁷ thousandths: released, with a whole scale; 2·10¹⁸·86,400: nothing.
    Noise wide = new Noise(999_983, Noise.Unit.DAY, 9_999_830, -1_000_000_000, 1_000_000_000);
    assertThat(new NoisePolicy().apply(block("d", 900, 3, 5), context(wide)).size()).isEqualTo(3);
    Noise absurd = new Noise(1, Noise.Unit.DAY, 1, -1_000_000_000, 1_000_000_000);
    assertThat(new NoisePolicy().apply(block("d", 1, 3, 5), context(absurd)).size()).isZero();
  }

  @Test
  void withoutNoiseInTheTermsNothingChanges() {
    Block block = block("d", 900, 3, 5);
    assertThat(new NoisePolicy().apply(block, PolicyContext.of(Terms.ANY))).isSameAs(block);
  }

  private static PolicyContext context(Noise noise) {
    return PolicyContext.of(terms(noise));
  }

  private static Terms terms(Noise noise) {
    return Terms.ANY.toBuilder().interval(Granularity.QUARTER_HOUR).noise(noise).build();
  }

  private static Block seconds(String device, int count, long value) {
    return block(device, 1, count, value);
  }

  private static Block block(String device, int seconds, int count, long value) {
    long[] mantissas = new long[count];
    Arrays.fill(mantissas, value);
    return new Block(
        device,
        "power.active",
        Statistic.MEAN,
        seconds,
        0,
        LongStream.range(0, count).map(i -> START + i * 1000 * seconds).toArray(),
        mantissas,
        new int[count]);
  }

  private static Block renamed(Block block, String device, String quantity) {
    return new Block(
        device,
        quantity,
        block.statistic(),
        block.intervalSeconds(),
        block.exponent(),
        block.starts(),
        block.mantissas(),
        block.qualities());
  }
}
