package org.commonshub.privacy.aggregate;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.commonshub.measure.api.Quality;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Block.Statistic;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.Terms;
import org.commonshub.testing.tck.PolicyContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@SuppressWarnings({"EnumOrdinal", "StringSplitter"}) // seeds; tables
class AggregatePolicyTest {
  private static final long NOON = Instant.parse("2026-11-02T12:00:00Z").toEpochMilli();

  /** Values as second=mantissa[/quality], results as second=mantissa[/quality]; minutes. */
  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({
    // means: time-weighted, half away from zero
    "power.active, 0=10 30=20, 0=15",
    "power.active, 0=10 45=20, 0=13", // (10·45 + 20·15) / 60 = 12.5
    "power.active, 0=-10 45=-20, 0=-13",
    "power.active, 0=1 20=1 40=0, 0=1", // 2/3
    "power.active, 0=0 59=29, 0=0",
    "power.active, 0=0 59=30, 0=1", // exactly a half
    "power.active, 0=0 59=-30, 0=-1",
    "power.active, 15=7, 0=7/1", // three quarters covered: estimated
    "power.active, 30=7, 0=7/1", // just half
    "power.active, 31=7, ''", // less than half
    "power.active, -1=5 31=7, 0=6", // the value before holds into it: (5·31 + 7·29) / 60
    "power.active, 0=5 60=7, 0=5 60=7",
    "power.active, 0=5 150=7, 0=5 120=6", // 60 … 120 has no value of its own
    "power.active, 0=5/8 30=7/2, 0=6/10", // flags are or-ed
    "power.active, 0=5 30=999/16, 0=5/16", // out of range: its flag only
    "power.active, 0=999/16, ''",
    "power.active, -1=5/4 10=7, 0=7/4", // who is held lends its flags: (5·10 + 7·50) / 60
    // registers: differences at the borders
    "energy.import, 0=100 60=160, 0=60",
    "energy.import, -30=100 30=160 90=220, 0=60", // 130 … 190
    "energy.import, -30=100 30=101 90=102, 0=1", // 100 … 101, both rounded down
    "energy.import, 0=100 59=160, ''", // its end is not known
    "energy.import, 1=100 60=160 120=200, 60=40", // nor is its begin
    "energy.import, 0=100 60=160 120=150 180=170, 0=60 60=0 120=10", // a glitch, or rather: back
    "energy.import, 0=100 60=160 120=10 180=30, 0=60 60=0 120=20", // a reset
    "energy.import, 0=100 60=160 120=0 180=170, 0=60 60=0 120=10", // a glitch
    "energy.import, 0=99990 60=5, 0=15", // a rollover at 100,000
    "energy.import, 0=65530 60=5, 0=11", // at 2^16
    "energy.import, 0=4294967290 60=3, 0=9", // at 2^32
    "energy.import, 0=90000 60=5, 0=0", // not near enough to the end: a reset
    "energy.import, 0=100 30=999/16 60=160, 0=60",
    "energy.import, 0=100 30=-5 60=160, 0=60",
    "energy.import, 0=100/8 60=160/4, 0=60/12",
    "energy.import, 0=100 240=340, 180=60", // one of its own; the borders are 4 min apart
    "energy.import, 0=100 1200=300, 1140=10/1", // apart by more than 15 min: estimated
    "energy.import, 0=0 20=4611686018427387904 60=9223372036854775807, 0=9223372036854775807",
    // amounts
    "home.production, 0=5 30=7 60=9 90=1, 0=12 60=10",
    "home.production, 0=5 60=7 120=9, 0=5 60=7 120=9",
    "home.production, 0=5 900=7 1800=9, ''", // longer than a minute each
    "home.production, 0=5, ''", // nobody knows how long
    "home.production, 0=5 20=6 60=1, 0=11/1", // a third is missing
    "home.production, 0=9223372036854775807 30=1 60=2 90=-3, 60=-1", // does not fit: left out
    // states
    "device.state, 0=4 10=2 50=7 61=1, 0=7 60=1",
    "device.state, 59=4/8, 0=4/8",
    "device.state, 0=4 59=1/16, 0=4",
    // unknown
    "x-made.up, 0=10 30=20, ''",
  })
  void minutes(String quantity, String values, String expected) {
    Block out = apply(Granularity.MINUTE, "UTC", parse(quantity, Statistic.VALUE, 0, values));
    assertThat(print(out)).isEqualTo(expected);
    assertThat(out.intervalSeconds()).isEqualTo(60);
  }

  /** Finer intervals of 20 s into minutes. */
  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({
    "MEAN, 0=10 20=20 40=31, 0=20", // 61 / 3
    "MEAN, 0=10 20=20, 0=15/1",
    "MEAN, 0=10, ''",
    "MEAN, 0=10/4 20=20 40=30/2 60=1 80=1 100=2, 0=20/6 60=1",
    "MEAN, 0=10 20=20 50=99, 0=15/1", // 50 … 70 lies in two
    "AMOUNT, 0=10 20=20 40=31, 0=61",
    "AMOUNT, 0=10 20=20, 0=30/1",
    "AMOUNT, 40=31, ''",
    "AMOUNT, 0=10 20=20/16 40=30, 0=40/17",
    "LAST, 0=10 20=20 80=5, 0=20 60=5",
  })
  void finerIntervals(Statistic statistic, String values, String expected) {
    Block block = parse("power.active", statistic, 20, values);
    assertThat(print(apply(Granularity.MINUTE, "UTC", block))).isEqualTo(expected);
  }

  @Test
  void whatIsCoarserStaysIfOverAndAligned() {
    Block block = parse("power.active", Statistic.MEAN, 60, "0=1 60=2 150=3 180=4/2");
    PolicyContext context = context(Granularity.MINUTE).now(Instant.ofEpochMilli(NOON + 239_999));
    assertThat(print(new AggregatePolicy().apply(block, context))).isEqualTo("0=1 60=2");
    context = context(Granularity.TEN_SECONDS).now(Instant.ofEpochMilli(NOON + 240_000));
    Block out = new AggregatePolicy().apply(block, context);
    assertThat(print(out)).isEqualTo("0=1 60=2 150=3 180=4/2");
    assertThat(out.intervalSeconds()).isEqualTo(60);
  }

  @Test
  void onlyWhatIsOverComesOut() {
    Block block = parse("power.active", Statistic.VALUE, 0, "0=1 60=2 119=3");
    for (int second : new int[] {59, 60, 119, 120}) {
      PolicyContext context =
          context(Granularity.MINUTE).now(Instant.ofEpochMilli(NOON + 1000L * second));
      assertThat(new AggregatePolicy().apply(block, context).size()).isEqualTo(second / 60);
    }
  }

  @Test
  void rawStaysRaw() {
    Block block = parse("power.active", Statistic.VALUE, 0, "0=1 60=2 119=3");
    assertThat(new AggregatePolicy().apply(block, PolicyContext.of(Terms.ANY))).isSameAs(block);
  }

  @Test
  void meansOfTheLargestValues() {
    for (long value : new long[] {Long.MAX_VALUE, Long.MIN_VALUE, Long.MIN_VALUE + 1}) {
      Block block = parse("power.active", Statistic.VALUE, 0, "0=" + value + " 7=" + value);
      assertThat(apply(Granularity.MINUTE, "UTC", block).mantissas()).containsExactly(value);
    }
  }

  /** Against an oracle that knows nothing of the order of work. */
  @ParameterizedTest
  @EnumSource(
      value = Granularity.class,
      names = {"SECOND", "TEN_SECONDS", "MINUTE", "QUARTER_HOUR", "HOUR", "DAY", "WEEK"})
  void meansAgreeWithTheDefinition(Granularity resolution) {
    Random random = new Random(resolution.ordinal());
    for (int round = 0; round < 40; round++) {
      String zone = round % 2 == 0 ? "Europe/Rome" : "Asia/Kathmandu";
      Block block = random(random, "power.active", 1 + random.nextInt(120), resolution, true);
      assertThat(print(apply(resolution, zone, block)))
          .isEqualTo(print(meansByDefinition(block, resolution, ZoneId.of(zone))));
    }
  }

  private static Block meansByDefinition(Block block, Granularity resolution, ZoneId zone) {
    Map<Long, long[]> results = new TreeMap<>();
    List<Integer> good = new ArrayList<>();
    for (int i = 0; i < block.size(); i++) {
      if ((block.qualities()[i] & Quality.OUT_OF_RANGE) == 0) {
        good.add(i);
      }
    }
    for (int own : good) {
      Instant at = Instant.ofEpochMilli(block.starts()[own]);
      long start = resolution.start(at, zone).toEpochMilli();
      long end = resolution.next(at, zone).toEpochMilli();
      BigInteger sum = BigInteger.ZERO;
      long covered = 0;
      int quality = 0;
      for (int j = 0; j < good.size(); j++) {
        int i = good.get(j);
        long from = block.starts()[i];
        long to = from + 900_000;
        if (j + 1 < good.size()) {
          to = Math.min(to, block.starts()[good.get(j + 1)]);
        }
        long weight = Math.min(to, end) - Math.max(from, start);
        if (weight > 0) {
          sum =
              sum.add(
                  BigInteger.valueOf(block.mantissas()[i]).multiply(BigInteger.valueOf(weight)));
          covered += weight;
          quality |= block.qualities()[i];
        }
      }
      for (int i = 0; i < block.size(); i++) {
        // Flags of what is out of range count from the first good value of the interval on.
        if (block.starts()[i] >= start && block.starts()[i] < end && i > own) {
          quality |= block.qualities()[i];
        }
      }
      if (2 * covered >= end - start && !results.containsKey(start)) {
        BigInteger twice = sum.abs().shiftLeft(1).add(BigInteger.valueOf(covered));
        BigInteger mean = twice.divide(BigInteger.valueOf(2 * covered));
        long value = (sum.signum() < 0 ? mean.negate() : mean).longValueExact();
        results.put(
            start,
            new long[] {value, covered < end - start ? quality | Quality.ESTIMATED : quality});
      }
    }
    return block.with(
        0,
        results.keySet().stream().mapToLong(l -> l).toArray(),
        results.values().stream().mapToLong(v -> v[0]).toArray(),
        results.values().stream().mapToInt(v -> (int) v[1]).toArray());
  }

  /** What comes out adds up to what was counted between the outer borders. */
  @Test
  void amountsOfARegisterAddUpAtEveryResolution() {
    Random random = new Random(3);
    for (int round = 0; round < 50; round++) {
      Block block = random(random, "energy.import", 3000, Granularity.MINUTE, false);
      Block minutes = apply(Granularity.MINUTE, "UTC", block);
      for (Granularity coarse :
          List.of(Granularity.FIVE_MINUTES, Granularity.QUARTER_HOUR, Granularity.HOUR)) {
        Block direct = apply(coarse, "UTC", block);
        Block twice = apply(coarse, "UTC", minutes);
        Map<Long, Long> whole = complete(direct);
        assertThat(whole).isNotEmpty();
        complete(twice).forEach((start, amount) -> assertThat(whole).containsEntry(start, amount));
        assertThat(Arrays.stream(direct.mantissas())).allMatch(amount -> amount >= 0);
      }
    }
  }

  @Test
  void aMeanOfMeansIsTheMeanWithinAUnitOfTheLastDigit() {
    Random random = new Random(4);
    for (int round = 0; round < 100; round++) {
      Block block = random(random, "power.active", 800, Granularity.MINUTE, false);
      Block minutes = apply(Granularity.MINUTE, "UTC", block);
      Map<Long, Long> direct = complete(apply(Granularity.QUARTER_HOUR, "UTC", block));
      Map<Long, Long> twice = complete(apply(Granularity.QUARTER_HOUR, "UTC", minutes));
      assertThat(twice).isNotEmpty();
      twice.forEach(
          (start, mean) -> assertThat(Math.abs(direct.get(start) - mean)).isLessThanOrEqualTo(1));
    }
  }

  @Test
  void sumsAndStatesOfSumsAndStatesAreExact() {
    Random random = new Random(6);
    for (Statistic statistic : List.of(Statistic.AMOUNT, Statistic.LAST)) {
      for (int round = 0; round < 50; round++) {
        long[] starts = IntStream.range(0, 600).mapToLong(i -> NOON + i * 10_000L).toArray();
        Block block =
            new Block(
                "d",
                "home.import",
                statistic,
                10,
                0,
                starts,
                random.longs(600, -1000, 1000).toArray(),
                new int[600]);
        Block once = apply(Granularity.HOUR, "UTC", block);
        Block twice =
            apply(
                Granularity.HOUR,
                "UTC",
                apply(Granularity.FIVE_MINUTES, "UTC", apply(Granularity.MINUTE, "UTC", block)));
        assertThat(print(twice)).isEqualTo(print(once));
      }
    }
  }

  /**
   * Asked for in pieces with a lead-in, the answer is the same: nothing to gain by narrow queries.
   */
  @Test
  void aPieceWithItsLeadInGivesTheSameIntervals() {
    Random random = new Random(8);
    for (String quantity : List.of("power.active", "energy.import")) {
      Block block = random(random, quantity, 2000, Granularity.MINUTE, false);
      Block whole = apply(Granularity.MINUTE, "UTC", block);
      for (int i = 100; i < 1500; i += 77) {
        long from =
            Granularity.MINUTE
                .start(Instant.ofEpochMilli(block.starts()[i]), ZoneId.of("UTC"))
                .toEpochMilli();
        long to = from + 180_000;
        int[] kept =
            IntStream.range(0, block.size())
                .filter(k -> block.starts()[k] >= from - 900_000 && block.starts()[k] < to + 60_000)
                .toArray();
        Block piece =
            block.with(
                0,
                Arrays.stream(kept).mapToLong(k -> block.starts()[k]).toArray(),
                Arrays.stream(kept).mapToLong(k -> block.mantissas()[k]).toArray(),
                Arrays.stream(kept).map(k -> block.qualities()[k]).toArray());
        assertThat(between(apply(Granularity.MINUTE, "UTC", piece), from, to))
            .isEqualTo(between(whole, from, to));
      }
    }
  }

  @Test
  void daysAndWeeksAreThoseOfLocalLegalTime() {
    // 25 October 2026 has 25 hours in Rome; 26 is a Monday.
    Instant begin = Instant.parse("2026-10-24T22:00:00Z");
    long[] starts =
        IntStream.range(0, 49)
            .mapToLong(i -> begin.plusSeconds(3600L * i).toEpochMilli())
            .toArray();
    long[] ones = new long[49];
    Arrays.fill(ones, 1);
    Block block =
        new Block("d", "home.import", Statistic.AMOUNT, 3600, 0, starts, ones, new int[49]);
    Block days = apply(Granularity.DAY, "Europe/Rome", block);
    assertThat(days.mantissas()).containsExactly(25, 24);
    assertThat(days.starts())
        .containsExactly(
            begin.toEpochMilli(), Instant.parse("2026-10-25T23:00:00Z").toEpochMilli());
    assertThat(apply(Granularity.WEEK, "Europe/Rome", days).size()).isZero(); // a day of seven
  }

  private static Map<Long, Long> complete(Block block) {
    Map<Long, Long> complete = new TreeMap<>();
    for (int i = 0; i < block.size(); i++) {
      if ((block.qualities()[i] & Quality.ESTIMATED) == 0) {
        complete.put(block.starts()[i], block.mantissas()[i]);
      }
    }
    return complete;
  }

  private static String between(Block block, long from, long to) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < block.size(); i++) {
      if (block.starts()[i] >= from && block.starts()[i] < to) {
        text.append(block.starts()[i]).append('=').append(block.mantissas()[i]).append(' ');
      }
    }
    return text.toString();
  }

  /** Irregular values; with gaps, flags and large steps if {@code rough}. */
  private static Block random(
      Random random, String quantity, int size, Granularity about, boolean rough) {
    long[] starts = new long[size];
    long[] mantissas = new long[size];
    int[] qualities = new int[size];
    long time = NOON - 3_600_000L + random.nextInt(1000);
    long pace = rough ? Math.min(600_000, 1000L * about.seconds() / 3) : 8000;
    for (int i = 0; i < size; i++) {
      time += 1 + (long) (random.nextDouble() * pace);
      if (rough && random.nextInt(15) == 0) {
        time += (long) (random.nextDouble() * Math.min(40_000_000, 3000L * about.seconds()));
      }
      starts[i] = time;
      mantissas[i] =
          quantity.startsWith("energy")
              ? (i == 0 ? 50_000 : mantissas[i - 1] + random.nextInt(40))
              : random.nextLong() >> (rough ? 1 + random.nextInt(60) : 50);
      qualities[i] = rough && random.nextInt(10) == 0 ? random.nextInt(32) : 0;
    }
    return new Block("d", quantity, Statistic.VALUE, 0, 0, starts, mantissas, qualities);
  }

  private static PolicyContext context(Granularity resolution) {
    return PolicyContext.of(Terms.ANY.toBuilder().interval(resolution).build()).zone("UTC");
  }

  private static Block apply(Granularity resolution, String zone, Block block) {
    return new AggregatePolicy().apply(block, context(resolution).zone(zone));
  }

  private static Block parse(String quantity, Statistic statistic, int interval, String values) {
    String[] words = values.split(" ");
    long[] starts = new long[words.length];
    long[] mantissas = new long[words.length];
    int[] qualities = new int[words.length];
    for (int i = 0; i < words.length; i++) {
      String[] parts = words[i].split("[=/]");
      starts[i] = NOON + 1000 * Long.parseLong(parts[0]);
      mantissas[i] = Long.parseLong(parts[1]);
      qualities[i] = parts.length > 2 ? Integer.parseInt(parts[2]) : 0;
    }
    return new Block("d", quantity, statistic, interval, 0, starts, mantissas, qualities);
  }

  private static String print(Block block) {
    List<String> words = new ArrayList<>();
    for (int i = 0; i < block.size(); i++) {
      words.add(
          (block.starts()[i] - NOON) / 1000
              + "="
              + block.mantissas()[i]
              + (block.qualities()[i] == 0 ? "" : "/" + block.qualities()[i]));
    }
    return String.join(" ", words);
  }
}
