package org.example.fairwatt.tariffs;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.Release;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CurveAndBillTest {
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

  @ParameterizedTest
  @CsvSource({
    "Europe/Berlin, 2026-03-29, 92",
    "Europe/Berlin, 2026-06-15, 96",
    "Europe/Berlin, 2026-10-25, 100",
    "Australia/Lord_Howe, 2026-04-05, 98",
    "Asia/Kathmandu, 2026-03-29, 96",
    "America/New_York, 2026-11-01, 100"
  })
  void daysHaveAsManyQuartersAsTheyAreLong(String zone, String day, int slots) {
    LocalDate date = LocalDate.parse(day);
    Curve curve = new Curve(ZoneId.of(zone), date.minusDays(1), date.plusDays(2));
    assertThat(curve.slot(date.plusDays(1)) - curve.slot(date)).isEqualTo(slots);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 0, 1000",
    "1234, -3, 1234",
    "12345, -4, 1235",
    "12344, -4, 1234",
    "5, -4, 1",
    "4, -4, 0",
    "0, 5, 0",
    "1, 18, -1",
    "7, -18, 0",
    "3, 1, 30000",
    "-5000, -3, -5000"
  })
  void scales(long mantissa, int exponent, long expected) {
    assertThat(Curve.milliwattHours(mantissa, exponent)).isEqualTo(expected);
  }

  @Test
  void aFlatYearByHand() {
    LocalDate end = LocalDate.parse("2026-11-01");
    Curve curve = new Curve(BERLIN, end.minusDays(365), end);
    fill(curve, slot -> 100_000, slot -> 10_000); // 0.1 kWh taken, 0.01 kWh given
    Bill bill =
        Bill.of(Tariff.flat("f", "F", "EUR", 120_000_000, 300_000), Averages.NONE, curve, 80_000);
    assertThat(curve.slots()).isEqualTo(365 * 96).isEqualTo(curve.yearSlots());
    assertThat(bill.energy()).isEqualTo(365 * 96 * 30_000L);
    assertThat(bill.feedIn()).isEqualTo(365 * 96 * 800L);
    assertThat(bill.year()).isEqualTo(365 * 96 * 29_200L + 120_000_000);
    assertThat(bill.weeks()).hasSize(53);
    assertThat(bill.weeks().get(0)).isEqualTo(OptionalLong.of(7 * 96 * 29_200L));
    assertThat(bill.weeks().get(52)).isEqualTo(OptionalLong.of(96 * 29_200L));
  }

  @Test
  void halfAYearStandsForAll() {
    LocalDate end = LocalDate.parse("2026-11-01");
    Curve curve = new Curve(BERLIN, end.minusDays(365), end);
    fill(curve, slot -> slot % 2 == 0 ? 100_000 : -1, slot -> -1);
    Bill bill = Bill.of(Tariff.flat("f", "F", "EUR", 0, 300_000), Averages.NONE, curve, 80_000);
    assertThat(curve.known()).isEqualTo(365 * 48);
    assertThat(bill.energy()).isEqualTo(365 * 96 * 30_000L);
  }

  @Test
  void aGapOfExportIsAGapOnlyIfTheHomeExports() {
    LocalDate end = LocalDate.parse("2026-06-01");
    Curve never = new Curve(BERLIN, end.minusDays(1), end);
    fill(never, slot -> 1, slot -> -1);
    assertThat(never.known()).isEqualTo(96);
    Curve sometimes = new Curve(BERLIN, end.minusDays(1), end);
    fill(sometimes, slot -> 1, slot -> slot < 10 ? 5 : -1);
    assertThat(sometimes.known()).isEqualTo(10);
  }

  @Test
  void foreignBlocksAreLeftOut() {
    LocalDate day = LocalDate.parse("2026-06-01");
    Curve curve = new Curve(BERLIN, day, day.plusDays(1));
    long start = curve.second(0) * 1000;
    curve.add(release(block("home.import", 3600, Block.Statistic.AMOUNT, start, 5)));
    curve.add(release(block("home.import", 900, Block.Statistic.MEAN, start, 5)));
    curve.add(release(block("home.production", 900, Block.Statistic.AMOUNT, start, 5)));
    curve.add(release(block("home.import", 900, Block.Statistic.AMOUNT, start - 900_000, 5)));
    curve.add(release(block("home.import", 900, Block.Statistic.AMOUNT, start, -5)));
    curve.add(
        release(block("home.import", 900, Block.Statistic.AMOUNT, start, 1_000_000_000_000L)));
    assertThat(curve.known()).isZero();
    curve.add(release(block("home.import", 900, Block.Statistic.AMOUNT, start, 5)));
    assertThat(curve.known()).isEqualTo(1);
    assertThat(curve.taken(0)).isEqualTo(5);
  }

  @ParameterizedTest
  @CsvSource({
    "22:00, 06:00, 2026-06-03T21:45, false, false", // a Wednesday
    "22:00, 06:00, 2026-06-03T22:00, false, true",
    "22:00, 06:00, 2026-06-03T05:45, false, true",
    "22:00, 06:00, 2026-06-03T06:00, false, false",
    "00:30, 05:30, 2026-06-03T00:15, false, false",
    "00:30, 05:30, 2026-06-03T00:30, false, true",
    "00:30, 05:30, 2026-06-03T05:30, false, false",
    "22:00, 06:00, 2026-06-06T12:00, false, false", // a Saturday
    "22:00, 06:00, 2026-06-06T12:00, true, true",
    "08:00, 08:00, 2026-06-03T08:00, false, false"
  })
  void nights(String from, String to, String local, boolean weekends, boolean night) {
    Tariff tariff =
        Catalogue.tariff("zones,z,Z,EUR,0,,0.3,0.2," + from + "," + to + "," + weekends);
    assertThat(tariff.importPrice(LocalDateTime.parse(local), Averages.NONE))
        .isEqualTo(night ? 200_000 : 300_000);
  }

  /** Against the same sum in decimals, slot by slot by instants, with nothing shared. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void asTheOracle(long seed) {
    Random random = new Random(seed);
    ZoneId zone =
        ZoneId.of(
            List.of("Europe/Berlin", "Europe/Lisbon", "Asia/Kolkata", "Australia/Lord_Howe")
                .get(random.nextInt(4)));
    LocalDate end = LocalDate.parse("2026-11-20").minusDays(random.nextInt(400));
    LocalDate first = end.minusDays(random.nextBoolean() ? 365 : 1 + random.nextInt(60));
    Curve curve = new Curve(zone, first, end);
    long[] taken = new long[curve.slots()];
    long[] given = new long[curve.slots()];
    for (int i = 0; i < taken.length; i++) {
      taken[i] =
          random.nextInt(10) == 0 ? -1 : random.nextLong(random.nextBoolean() ? 9 : 20_000_000);
      given[i] = random.nextInt(20) == 0 ? -1 : random.nextLong(3_000_000);
    }
    fill(curve, i -> taken[i], i -> given[i]);
    Averages averages = Catalogue.ofApp("EUR").averages();
    for (Tariff tariff : Catalogue.ofApp("EUR").tariffs()) {
      long feedInNow = random.nextInt(200_000) - 50_000;
      Bill bill = Bill.of(tariff, averages, curve, feedInNow);
      BigDecimal energy = BigDecimal.ZERO;
      BigDecimal feedIn = BigDecimal.ZERO;
      BigDecimal known = BigDecimal.ZERO;
      int i = 0;
      for (Instant at = first.atStartOfDay(zone).toInstant();
          at.isBefore(end.atStartOfDay(zone).toInstant());
          at = at.plusSeconds(900), i++) {
        if (taken[i] < 0 || given[i] < 0) {
          continue;
        }
        known = known.add(BigDecimal.ONE);
        energy = energy.add(kilowattHours(taken[i]).multiply(price(tariff, averages, at, zone)));
        feedIn =
            feedIn.add(
                kilowattHours(given[i])
                    .multiply(BigDecimal.valueOf(tariff.feedIn().orElse(feedInNow), 6)));
      }
      long seconds =
          end.atStartOfDay(zone).toEpochSecond()
              - end.minusDays(365).atStartOfDay(zone).toEpochSecond();
      BigDecimal year = BigDecimal.valueOf(seconds / 900);
      assertThat(bill.energy()).as(tariff.name()).isEqualTo(micros(energy, year, known));
      assertThat(bill.feedIn()).as(tariff.name()).isEqualTo(micros(feedIn, year, known));
      assertThat(bill.year()).isEqualTo(bill.energy() - bill.feedIn() + tariff.standing());
    }
  }

  private static BigDecimal kilowattHours(long mwh) {
    return BigDecimal.valueOf(mwh, 6);
  }

  private static BigDecimal price(Tariff tariff, Averages averages, Instant at, ZoneId zone) {
    int second = at.atZone(zone).toLocalTime().toSecondOfDay();
    int weekday = at.atZone(zone).getDayOfWeek().getValue();
    long micros =
        switch (tariff.kind()) {
          case FLAT -> tariff.price();
          case ZONES -> {
            boolean night = false;
            for (int m = tariff.from(); m != tariff.to(); m = (m + 1) % 1440) {
              night |= m * 60 == second;
            }
            yield night || tariff.weekends() && weekday > 5 ? tariff.night() : tariff.price();
          }
          case HOURLY -> {
            int month = at.atZone(zone).getMonthValue();
            int row = (List.of(4, 5, 6, 7, 8, 9).contains(month) ? 2 : 0) + (weekday > 5 ? 1 : 0);
            yield tariff.price() + averages.micros()[row][second / 3600];
          }
        };
    return BigDecimal.valueOf(micros, 6);
  }

  /** Halves up: towards positive infinity. */
  private static long micros(BigDecimal sum, BigDecimal year, BigDecimal known) {
    if (known.signum() == 0) {
      return 0;
    }
    return sum.movePointRight(6)
        .multiply(year)
        .multiply(BigDecimal.valueOf(2))
        .add(known)
        .divide(known.multiply(BigDecimal.valueOf(2)), 0, RoundingMode.FLOOR)
        .longValueExact();
  }

  private interface Energy {
    long of(int slot);
  }

  private static void fill(Curve curve, Energy taken, Energy given) {
    for (int begin = 0; begin < curve.slots(); begin += Block.MAX_VALUES) {
      int end = Math.min(curve.slots(), begin + Block.MAX_VALUES);
      curve.add(
          release(
              block("home.import", curve, begin, end, taken),
              block("home.export", curve, begin, end, given)));
    }
  }

  private static Block block(String quantity, Curve curve, int begin, int end, Energy energy) {
    List<long[]> values = new ArrayList<>();
    for (int i = begin; i < end; i++) {
      if (energy.of(i) >= 0) {
        values.add(new long[] {curve.second(i) * 1000, energy.of(i)});
      }
    }
    return new Block(
        "home",
        quantity,
        Block.Statistic.AMOUNT,
        900,
        -3,
        values.stream().mapToLong(v -> v[0]).toArray(),
        values.stream().mapToLong(v -> v[1]).toArray(),
        new int[values.size()]);
  }

  private static Block block(
      String quantity, int seconds, Block.Statistic statistic, long start, long mantissa) {
    return new Block(
        "home",
        quantity,
        statistic,
        seconds,
        -3,
        new long[] {start},
        new long[] {mantissa},
        new int[1]);
  }

  private static Release release(Block... blocks) {
    return new Release(
        "c",
        new Recipient(Recipient.Kind.APP, "org.example.fairwatt.tariffs"),
        Purpose.ADVICE,
        Instant.EPOCH,
        List.of(blocks));
  }
}
