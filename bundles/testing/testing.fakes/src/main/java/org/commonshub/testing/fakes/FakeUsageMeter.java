package org.commonshub.testing.fakes;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.commonshub.apps.desk.api.AppId;
import org.commonshub.apps.desk.api.Listing;
import org.commonshub.apps.desk.api.UsageMeter;

/** Sums in memory; reports are what the test says. Any thread. */
public final class FakeUsageMeter implements UsageMeter {
  private final Map<String, Long> totals = new HashMap<>();
  private final List<String> payments = new ArrayList<>();
  private final List<Report> reports = new ArrayList<>();

  /** What was counted. */
  public synchronized long total(AppId app, String metric) {
    return totals.getOrDefault(app + " " + metric, 0L);
  }

  /** What was paid: {@code APP LICENCE LEVEL MICROS CURRENCY}. */
  public synchronized List<String> payments() {
    return List.copyOf(payments);
  }

  /** There is a report; the newest is given last. */
  public synchronized void report(Report report) {
    reports.add(0, report);
  }

  @Override
  public synchronized void count(AppId app, String metric, long amount) {
    totals.merge(app + " " + metric, amount, Long::sum);
  }

  @Override
  public synchronized void paid(
      Listing listing, String licence, String level, long priceMicros, String currency) {
    payments.add(
        listing.manifest().id() + " " + licence + " " + level + " " + priceMicros + " " + currency);
  }

  @Override
  public synchronized List<Report> reports() {
    return List.copyOf(reports);
  }
}
