package org.commonshub.console.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import org.commonshub.history.api.Resolution;
import org.commonshub.measure.api.Quantity;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EnergyTest {
  private Hub hub;
  private Hub.Browser me;

  @BeforeEach
  void start() throws Exception {
    hub = new Hub();
    me = hub.prosumer();
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  private void interval(Resolution resolution, String start, double... values) {
    Quantity[] order = {
      Quantity.HOME_PRODUCTION,
      Quantity.HOME_CONSUMPTION,
      Quantity.HOME_IMPORT,
      Quantity.HOME_EXPORT,
      Quantity.HOME_SELF_CONSUMED
    };
    for (int i = 0; i < values.length; i++) {
      hub.fakes.history.put(resolution, order[i], start, values[i]);
    }
  }

  @Test
  void theTimeBeforeTheFirstReadingIsNoGap() throws Exception {
    hub.fakes.history.begin = Instant.parse("2026-03-15T09:20:00Z");
    interval(Resolution.QUARTER_HOUR, "2026-03-15T09:15:00Z", 1, 1, 0, 0, 1);
    Hub.Answer day = me.get("/energy?period=day&date=2026-03-15");
    assertThat(day.at("points.0.start")).isEqualTo("2026-03-15T09:15:00Z");
    assertThat((List<?>) day.at("points")).as("a point and what is missing since").hasSize(11);
    assertThat(day.at("points.1.gap")).isEqualTo(true);
  }

  @Test
  void aDayShowsItsGapsAndPricesExactly() throws Exception {
    // 15 March 2026 in Rome starts at 23:00 UTC of the day before; now is 12:00 UTC.
    interval(Resolution.QUARTER_HOUR, "2026-03-14T22:45:00Z", 999, 999, 999, 999, 999);
    interval(Resolution.QUARTER_HOUR, "2026-03-14T23:00:00Z", 100.5, 60.25, 10, 50.25, 50.25);
    interval(Resolution.QUARTER_HOUR, "2026-03-14T23:30:00Z", 0.1, 0.2, 0.2, 0.1, 0);
    Hub.Answer day = me.get("/energy?period=day&date=2026-03-15");
    assertThat(day.at("from")).isEqualTo("2026-03-14T23:00:00Z");
    assertThat(day.at("to")).isEqualTo("2026-03-15T23:00:00Z");
    assertThat((List<?>) day.at("points")).as("past only").hasSize(13 * 4);
    assertThat(day.at("points.0.gap")).isEqualTo(false);
    assertThat(day.at("points.1.gap")).isEqualTo(true);
    assertThat(day.at("points.1.production")).isNull();
    assertThat(day.at("points.0.import")).isEqualTo(10L);
    assertThat(day.at("totals.production")).isEqualTo(100.6);
    assertThat(day.at("totals.import")).isEqualTo(10.2);
    // 10.2 Wh × 312,345 µ/kWh = 3,185.919 µ; 50.35 Wh × 81,000 µ/kWh = 4,078.35 µ
    assertThat(day.at("totals.costMicros")).isEqualTo(3186L);
    assertThat(day.at("totals.revenueMicros")).isEqualTo(4078L);
    assertThat((double) day.at("totals.selfConsumption"))
        .isEqualTo(50.25 / 100.6, org.assertj.core.data.Offset.offset(1e-9));
    assertThat((double) day.at("totals.autarky"))
        .isEqualTo(50.25 / 60.45, org.assertj.core.data.Offset.offset(1e-9));

    String csv = me.get("/energy.csv?period=day&date=2026-03-15").text();
    assertThat(csv.lines().toList().get(1))
        .isEqualTo(
            "2026-03-14T23:00:00Z,100.500,60.250,10.000,50.250,0.000,0.000,50.250,0.000,,false,false");
    assertThat(csv.lines().toList().get(2)).isEqualTo("2026-03-14T23:15:00Z,,,,,,,,,,true,false");
  }

  @Test
  void sharesOfNothingAreNull() throws Exception {
    Hub.Answer day = me.get("/energy?period=day&date=2026-03-15");
    assertThat(day.at("totals.selfConsumption")).isNull();
    assertThat(day.at("totals.autarky")).isNull();
    assertThat(day.at("totals.costMicros")).isEqualTo(0L);
  }

  @Test
  void aWeekIsMadeOfQuartersAndTellsWhatIsMissing() throws Exception {
    for (String quarter : new String[] {"00", "15", "30", "45"}) {
      interval(Resolution.QUARTER_HOUR, "2026-03-08T23:" + quarter + ":00Z", 1, 1, 1, 0, 1);
    }
    interval(Resolution.QUARTER_HOUR, "2026-03-09T00:15:00Z", 1, 1, 1, 0, 1);
    Hub.Answer week = me.get("/energy?period=week&date=2026-03-12");
    assertThat(week.at("from")).as("Monday").isEqualTo("2026-03-08T23:00:00Z");
    assertThat(week.at("points.0.production")).isEqualTo(4L);
    assertThat(week.at("points.0.partial")).isEqualTo(false);
    assertThat(week.at("points.1.production")).isEqualTo(1L);
    assertThat(week.at("points.1.partial")).isEqualTo(true);
    assertThat(week.at("points.2.gap")).isEqualTo(true);
  }

  @Test
  void monthsAndYearsFollowLocalDays() throws Exception {
    interval(Resolution.DAY, "2026-02-28T23:00:00Z", 5, 5, 0, 0, 5);
    interval(Resolution.DAY, "2026-03-14T23:00:00Z", 7, 5, 0, 0, 5);
    interval(Resolution.DAY, "2026-01-30T23:00:00Z", 1, 5, 0, 0, 5);
    Hub.Answer month = me.get("/energy?period=month&date=2026-03-31");
    assertThat((List<?>) month.at("points")).as("15 days, today included").hasSize(15);
    assertThat(month.at("points.0.production")).isEqualTo(5L);
    assertThat(month.at("points.14.production")).isEqualTo(7L);
    Hub.Answer year = me.get("/energy?period=year&date=2026-07-01");
    assertThat((List<?>) year.at("points")).hasSize(3);
    assertThat(year.at("points.0.production")).isEqualTo(1L);
    assertThat(year.at("points.0.partial")).isEqualTo(true);
    assertThat(year.at("points.1.gap")).isEqualTo(true);
    assertThat(year.at("points.2.production")).isEqualTo(12L);
    assertThat(year.at("totals.production")).isEqualTo(13L);
  }

  @Test
  void barsFollowTheLegalDayAcrossClockChanges() {
    Object[][] table = {
      {"Europe/Rome", "2026-03-29", "quarter", 92},
      {"Europe/Rome", "2026-10-25", "quarter", 100},
      {"Europe/Rome", "2026-03-15", "quarter", 96},
      {"Europe/Rome", "2026-03-15", "minute", 1440},
      {"Asia/Kolkata", "2026-03-15", "hour", 24},
      {"Australia/Lord_Howe", "2026-04-05", "hour", 25},
    };
    for (Object[] row : table) {
      LocalDate date = LocalDate.parse((String) row[1]);
      List<EnergyApi.Bar> bars =
          EnergyApi.bars(date, date.plusDays(1), (String) row[2], ZoneId.of((String) row[0]));
      assertThat(bars).as(row[0] + " " + row[1]).hasSize((int) row[3]);
      Instant end = date.plusDays(1).atStartOfDay(ZoneId.of((String) row[0])).toInstant();
      assertThat(bars.get(bars.size() - 1).end).isEqualTo(end);
    }
  }

  @Test
  void pricesAreExactIntegersRoundedHalfUp() {
    long[][] table = {
      {1_000_000, 312_345, 312_345},
      {1, 500_000, 1},
      {1, 499_999, 0},
      {10, -50_000, 0},
      {11, -50_000, -1},
      {20_000_000_000L, 400_000, 8_000_000_000L},
      {9_000_000_000_000L, 2_000_000_000L, 18_000_000_000_000_000L},
    };
    for (long[] row : table) {
      assertThat(EnergyApi.price(row[0], row[1])).isEqualTo(row[2]);
    }
  }
}
