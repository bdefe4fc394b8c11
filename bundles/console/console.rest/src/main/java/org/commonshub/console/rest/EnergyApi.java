package org.commonshub.console.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.temporal.TemporalAdjusters;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.commonshub.history.api.HistoryStore;
import org.commonshub.history.api.Point;
import org.commonshub.history.api.Resolution;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.IntervalBalance;
import org.commonshub.measure.api.Quality;
import org.commonshub.measure.api.Quantity;
import org.commonshub.platform.api.HomeProfile;

/**
 * Energy of the home by local day, week, month and year, from the balance that history keeps. Sums
 * are exact integers (mWh); what is self-consumed comes from the finest intervals, never from the
 * sums of a day.
 */
final class EnergyApi {
  private static final int PRODUCTION = 0;
  private static final int CONSUMPTION = 1;
  private static final int IMPORT = 2;
  private static final int EXPORT = 3;
  private static final int SELF_CONSUMED = 6;

  private static final String[] NAMES = {
    "production",
    "consumption",
    "import",
    "export",
    "charge",
    "discharge",
    "selfConsumed",
    "residual"
  };
  private static final Quantity[] QUANTITIES = {
    Quantity.HOME_PRODUCTION,
    Quantity.HOME_CONSUMPTION,
    Quantity.HOME_IMPORT,
    Quantity.HOME_EXPORT,
    Quantity.HOME_CHARGE,
    Quantity.HOME_DISCHARGE,
    Quantity.HOME_SELF_CONSUMED,
    Quantity.HOME_RESIDUAL
  };
  private static final int LIMIT = 4000;

  /** Until the balance has closed its first interval. */
  private static final Duration USUAL_INTERVAL = Duration.ofMinutes(1);

  private final Services services;

  EnergyApi(Services services) {
    this.services = services;
  }

  Router register(Router router) {
    return router
        .add("GET", "/energy", Access.DATA, this::json)
        .add("GET", "/energy.csv", Access.DATA, this::csv);
  }

  /** One bar of the chart; values in mWh. */
  static final class Bar {
    final Instant start;
    final Instant end;
    final long[] values = new long[QUANTITIES.length];
    final long[] present = new long[QUANTITIES.length];
    int flags;

    Bar(Instant start, Instant end) {
      this.start = start;
      this.end = end;
    }

    long sources() {
      long most = 0;
      for (long count : present) {
        most = Math.max(most, count);
      }
      return most;
    }

    boolean gap() {
      return sources() == 0;
    }
  }

  /**
   * What was asked for and what came of it.
   *
   * @param interval length of the intervals that the balance closes, of which bars are sums
   */
  record Report(
      String period,
      Instant from,
      Instant to,
      ZoneId zone,
      String resolution,
      List<Bar> bars,
      Instant now,
      Duration interval) {

    /** Whether some of the intervals that make up a bar are missing. */
    boolean partial(Bar bar) {
      if (bar.gap()) {
        return false;
      }
      // The newest intervals may still be on their way.
      Instant complete = now.minus(interval.multipliedBy(3));
      Instant until = bar.end.isBefore(complete) ? bar.end : complete;
      return bar.sources() < Duration.between(bar.start, until).dividedBy(interval);
    }

    long sum(int index) {
      long sum = 0;
      for (Bar bar : bars) {
        sum += bar.values[index];
      }
      return sum;
    }
  }

  private Report report(Request request) {
    HistoryStore history = services.history();
    ZoneId zone = services.home().zone();
    Instant now = services.clock().now();
    String period = request.required("period");
    LocalDate date = request.date("date");
    boolean minutes =
        request.parameter("resolution").map(r -> fine(r, period)).orElse(Boolean.FALSE);
    LocalDate first;
    LocalDate last;
    String resolution;
    Resolution source;
    switch (period) {
      case "day" -> {
        first = date;
        last = first.plusDays(1);
        resolution = minutes ? "minute" : "quarter";
        source = minutes ? Resolution.MINUTE : Resolution.QUARTER_HOUR;
      }
      case "week" -> {
        first = date.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY));
        last = first.plusDays(7);
        resolution = "hour";
        // Hours of the store follow UTC, those of the home its zone (India: +05:30).
        source = Resolution.QUARTER_HOUR;
      }
      case "month" -> {
        first = date.withDayOfMonth(1);
        last = first.plusMonths(1);
        resolution = "day";
        source = Resolution.DAY;
      }
      case "year" -> {
        first = date.withDayOfYear(1);
        last = first.plusYears(1);
        resolution = "month";
        source = Resolution.DAY;
      }
      default -> throw Problem.invalid("period", "The period must be day, week, month or year.");
    }
    Instant from = first.atStartOfDay(zone).toInstant();
    Instant to = last.atStartOfDay(zone).toInstant();
    List<Bar> bars = bars(first, last, resolution, zone);
    fill(history, bars, from, to, source);
    // Neither what has not happened yet nor the time before the first reading is a gap.
    Instant begin = begin(history).orElse(now);
    bars.removeIf(bar -> bar.gap() && (bar.end.isAfter(now) || !bar.end.isAfter(begin)));
    return new Report(period, from, to, zone, resolution, bars, now, interval());
  }

  /** Start of the first interval the balance ever closed. */
  private static Optional<Instant> begin(HistoryStore history) {
    return history.series().stream()
        .filter(s -> s.device().equals(DeviceId.HOME))
        .map(HistoryStore.SeriesInfo::first)
        .min(Comparator.naturalOrder());
  }

  private Duration interval() {
    List<IntervalBalance> newest =
        services.balance().map(balance -> balance.recent(1)).orElse(List.of());
    return newest.isEmpty() ? USUAL_INTERVAL : newest.get(0).length();
  }

  private static boolean fine(String resolution, String period) {
    if (resolution.equals("minute") && period.equals("day")) {
      return true;
    }
    if (resolution.equals("quarter") && period.equals("day")) {
      return false;
    }
    throw Problem.invalid(
        "resolution", "The resolution can be chosen for a day only: quarter or minute.");
  }

  /** Empty bars from the first day to before the last, by elapsed time within days. */
  static List<Bar> bars(LocalDate first, LocalDate last, String resolution, ZoneId zone) {
    List<Bar> bars = new ArrayList<>();
    Instant to = last.atStartOfDay(zone).toInstant();
    if (resolution.equals("day") || resolution.equals("month")) {
      for (LocalDate day = first; day.isBefore(last); ) {
        LocalDate next = resolution.equals("day") ? day.plusDays(1) : day.plusMonths(1);
        bars.add(new Bar(day.atStartOfDay(zone).toInstant(), next.atStartOfDay(zone).toInstant()));
        day = next;
      }
      return bars;
    }
    Duration step =
        Duration.ofMinutes(
            switch (resolution) {
              case "minute" -> 1;
              case "quarter" -> 15;
              default -> 60;
            });
    for (Instant start = first.atStartOfDay(zone).toInstant(); start.isBefore(to); ) {
      Instant end = start.plus(step);
      bars.add(new Bar(start, end.isAfter(to) ? to : end));
      start = end;
    }
    return bars;
  }

  private static void fill(
      HistoryStore history, List<Bar> bars, Instant from, Instant to, Resolution source) {
    List<Instant> starts = new ArrayList<>();
    for (Bar bar : bars) {
      starts.add(bar.start);
    }
    for (int i = 0; i < QUANTITIES.length; i++) {
      for (Point point : history.query(DeviceId.HOME, QUANTITIES[i], from, to, source, LIMIT)) {
        if (point.count() == 0) {
          continue;
        }
        int at = Collections.binarySearch(starts, point.start());
        Bar bar = bars.get(at >= 0 ? at : Math.max(0, -at - 2));
        bar.values[i] += Math.round(point.delta() * 1000);
        bar.present[i] += point.count();
        bar.flags |= point.quality();
      }
    }
  }

  private Response json(Request request) {
    Report report = report(request);
    HomeProfile home = services.home();
    return Response.json(g -> write(g, report, home));
  }

  private static void write(JsonGenerator g, Report report, HomeProfile home) throws IOException {
    g.writeStartObject();
    g.writeStringField("period", report.period());
    g.writeStringField("from", report.from().toString());
    g.writeStringField("to", report.to().toString());
    g.writeStringField("zone", report.zone().getId());
    g.writeStringField("resolution", report.resolution());
    g.writeArrayFieldStart("points");
    for (Bar bar : report.bars()) {
      g.writeStartObject();
      g.writeStringField("start", bar.start.toString());
      for (int i = 0; i < NAMES.length; i++) {
        g.writeFieldName(NAMES[i]);
        if (bar.gap()) {
          g.writeNull();
        } else {
          Json.number(g, bar.values[i] / 1000.0);
        }
      }
      g.writeFieldName("quality");
      Json.write(g, new Quality(bar.flags).names());
      g.writeBooleanField("gap", bar.gap());
      g.writeBooleanField("partial", report.partial(bar));
      g.writeEndObject();
    }
    g.writeEndArray();
    g.writeObjectFieldStart("totals");
    for (int i = 0; i < NAMES.length; i++) {
      g.writeFieldName(NAMES[i]);
      Json.number(g, report.sum(i) / 1000.0);
    }
    long production = report.sum(PRODUCTION);
    long consumption = report.sum(CONSUMPTION);
    g.writeFieldName("selfConsumption");
    share(g, report.sum(SELF_CONSUMED), production);
    g.writeFieldName("autarky");
    share(g, consumption - report.sum(IMPORT), consumption);
    g.writeNumberField("costMicros", price(report.sum(IMPORT), home.importPriceMicros()));
    g.writeNumberField("revenueMicros", price(report.sum(EXPORT), home.exportPriceMicros()));
    g.writeStringField("currency", home.currency());
    g.writeEndObject();
    g.writeEndObject();
  }

  /** A share of 0 to 1, or null of nothing. */
  private static void share(JsonGenerator g, long part, long whole) throws IOException {
    if (whole <= 0) {
      g.writeNull();
    } else {
      Json.number(g, Math.min(1, Math.max(0, (double) part / whole)));
    }
  }

  /** Price in micro-units of an energy in mWh at micro-units per kWh, rounded half up, exact. */
  static long price(long milliWattHours, long microsPerKilowattHour) {
    BigInteger product =
        BigInteger.valueOf(milliWattHours).multiply(BigInteger.valueOf(microsPerKilowattHour));
    BigInteger[] parts =
        product.add(BigInteger.valueOf(500_000)).divideAndRemainder(BigInteger.valueOf(1_000_000));
    return parts[1].signum() < 0
        ? parts[0].subtract(BigInteger.ONE).longValueExact()
        : parts[0].longValueExact();
  }

  private Response csv(Request request) {
    Report report = report(request);
    StringBuilder text =
        new StringBuilder(
            "start,production_wh,consumption_wh,import_wh,export_wh,charge_wh,discharge_wh,"
                + "self_consumed_wh,residual_wh,quality,gap,partial\r\n");
    for (Bar bar : report.bars()) {
      text.append(bar.start);
      for (long value : bar.values) {
        text.append(',');
        if (!bar.gap()) {
          text.append(milli(value));
        }
      }
      text.append(',')
          .append(String.join(" ", new Quality(bar.flags).names()))
          .append(',')
          .append(bar.gap())
          .append(',')
          .append(report.partial(bar))
          .append("\r\n");
    }
    return Response.bytes(
            "text/csv; charset=utf-8", text.toString().getBytes(StandardCharsets.UTF_8))
        .header(
            "Content-Disposition",
            "attachment; filename=\"energy-"
                + report.period()
                + "-"
                + LocalDate.ofInstant(report.from(), report.zone())
                + ".csv\"");
  }

  /** mWh as Wh with three decimals, exact. */
  private static String milli(long value) {
    return String.format(
        Locale.ROOT,
        "%s%d.%03d",
        value < 0 ? "-" : "",
        Math.abs(value / 1000),
        Math.abs(value % 1000));
  }
}
