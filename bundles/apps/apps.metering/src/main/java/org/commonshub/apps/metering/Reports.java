package org.commonshub.apps.metering;

import java.time.YearMonth;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.commonshub.apps.desk.api.AppId;
import org.commonshub.apps.desk.api.UsageMeter.Line;

/**
 * The operator's side: takes reports of many hubs in any order, each once, says what does not fit,
 * and adds up the shares. Needs no OSGi. One thread.
 */
public final class Reports {
  /** What became of a document. */
  public enum Outcome {
    /** It counts. */
    TAKEN,
    /** It was here; it still counts once. */
    KNOWN,
    /** Another report of that hub, catalogue and month is here; the first counts. */
    CONFLICT
  }

  /**
   * What became of a document, and what is to be said about it.
   *
   * @param remarks for people; empty if all is well
   */
  public record Import(Outcome outcome, UsageReport report, List<String> remarks) {}

  /**
   * A sum over hubs.
   *
   * @param feeMicros the sum of the hubs' shares, each rounded for itself
   */
  public record Total(
      YearMonth month, AppId app, String currency, long paidMicros, long feeMicros) {}

  private final Map<String, UsageReport> taken = new TreeMap<>();
  private final Map<String, String> documents = new TreeMap<>();

  private static String key(UsageReport report) {
    return report.hub() + " " + report.source() + " " + report.month();
  }

  /**
   * Takes a report. Sums are computed from its chain, whatever it states.
   *
   * @throws ReportException if it is none, or not signed by the hub it names
   */
  public Import add(String document) throws ReportException {
    UsageReport report = UsageReport.verify(document);
    String key = key(report);
    String known = documents.get(key);
    if (known != null) {
      return known.equals(document.strip())
          ? new Import(Outcome.KNOWN, report, List.of())
          : new Import(
              Outcome.CONFLICT,
              report,
              List.of(
                  "There is another report of "
                      + report.month()
                      + " from "
                      + report.hub()
                      + "; the first one counts. Ask why there are two."));
    }
    List<String> remarks = new ArrayList<>(report.differences());
    for (UsageReport other : taken.values()) {
      for (ChainLine.Payment payment : report.payments()) {
        if (other.hub().equals(report.hub()) && other.payments().contains(payment)) {
          remarks.add("Licence " + payment.licence() + " is in " + other.month() + ", too.");
        }
      }
    }
    documents.put(key, document.strip());
    taken.put(key, report);
    return new Import(Outcome.TAKEN, report, remarks);
  }

  /** Chains that do not go on where the month before ended, in words. */
  public List<String> gaps() {
    List<String> gaps = new ArrayList<>();
    UsageReport before = null;
    for (UsageReport report : taken.values()) {
      boolean same =
          before != null
              && before.hub().equals(report.hub())
              && before.source().equals(report.source());
      if (same && !before.head().equals(report.before())) {
        gaps.add(
            report.hub()
                + ": the chain of "
                + report.month()
                + " does not go on where "
                + before.month()
                + " ended. A month is missing, or the hub's files were replaced.");
      } else if (!same && !report.before().equals(ChainLine.BEGIN)) {
        gaps.add(report.hub() + ": reports before " + report.month() + " are missing.");
      }
      before = report;
    }
    return gaps;
  }

  /**
   * Compares what hubs report as paid with what the operator counter-signed.
   *
   * @param signed what the operator knows of; with the share it expects
   * @return differences in words
   */
  public List<String> compare(String hub, Collection<ChainLine.Payment> signed) {
    Map<String, ChainLine.Payment> reported = new TreeMap<>();
    for (UsageReport report : taken.values()) {
      if (report.hub().equals(hub)) {
        report.payments().forEach(payment -> reported.put(payment.licence(), payment));
      }
    }
    List<String> differences = new ArrayList<>();
    for (ChainLine.Payment payment : signed) {
      ChainLine.Payment other = reported.remove(payment.licence());
      if (other == null) {
        differences.add(
            "Licence "
                + payment.licence()
                + " over "
                + Share.money(payment.priceMicros(), payment.currency())
                + " was counter-signed, but the hub has not reported it.");
      } else if (!other.equals(payment)) {
        differences.add(
            "Licence "
                + payment.licence()
                + ": counter-signed over "
                + text(payment)
                + ", reported over "
                + text(other)
                + ".");
      }
    }
    reported
        .values()
        .forEach(
            payment ->
                differences.add(
                    "Licence "
                        + payment.licence()
                        + " over "
                        + Share.money(payment.priceMicros(), payment.currency())
                        + " is reported, but was not counter-signed here."));
    return differences;
  }

  private static String text(ChainLine.Payment payment) {
    return Share.money(payment.priceMicros(), payment.currency())
        + " for "
        + payment.app()
        + " ("
        + payment.level()
        + ") at "
        + payment.feePermille()
        + " permille";
  }

  /** Sums by month, app and currency, newest month last. */
  public List<Total> totals() {
    Map<String, Total> totals = new TreeMap<>();
    for (UsageReport report : taken.values()) {
      for (Line line : Share.lines(report.chain())) {
        if (line.paidMicros() > 0) {
          totals.merge(
              report.month() + " " + line.app() + " " + line.currency(),
              new Total(
                  report.month(), line.app(), line.currency(), line.paidMicros(), line.feeMicros()),
              (a, b) ->
                  new Total(
                      a.month(),
                      a.app(),
                      a.currency(),
                      Math.addExact(a.paidMicros(), b.paidMicros()),
                      Math.addExact(a.feeMicros(), b.feeMicros())));
        }
      }
    }
    return List.copyOf(totals.values());
  }
}
