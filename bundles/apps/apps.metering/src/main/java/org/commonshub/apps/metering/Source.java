package org.commonshub.apps.metering;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.commonshub.identity.api.Json;
import org.commonshub.platform.api.DurablePair;

/**
 * The chain of one catalogue's apps: the lines of the month that runs, and the digest before it.
 * Changes are on disk before they count. Callers serialise.
 */
final class Source {
  private static final int MAX_BYTES = 2 * 1024 * 1024;

  /** Days of a month that has so many bytes are put together into one line at its end. */
  private static final int FULL = 512 * 1024;

  /** Licences whose payment was counted and must not be again. */
  private static final int MOST_PAID = 512;

  private static final int MOST_PAYMENTS = UsageReport.MOST_LINES / 4;
  private static final String WHAT = "The chain of counters";

  private final String name;
  private final DurablePair pair;
  private YearMonth month;
  private String before = ChainLine.BEGIN;
  private List<ChainLine> lines = List.of();
  private List<String> paid = List.of();
  private LocalDate lastDay = LocalDate.EPOCH;
  private int bytes;

  /** As it is on disk. */
  Source(String name, Path directory) throws IOException {
    this.name = name;
    this.pair = new DurablePair(directory, "chain-" + name, MAX_BYTES, true);
    byte[] kept = pair.read().orElse(null);
    if (pair.damaged()) {
      UsageBook.LOG.warn("A copy of the usage counters of {} is damaged.", name);
    }
    if (kept != null) {
      try {
        read(Members.of(WHAT, kept));
      } catch (ReportException | DateTimeException e) {
        UsageBook.LOG.warn("The usage counters of {} make no sense; they begin anew.", name, e);
        month = null;
        before = ChainLine.BEGIN;
        lastDay = LocalDate.EPOCH;
      }
    }
  }

  private void read(Members members) throws ReportException {
    month = members.has("month") ? YearMonth.parse(members.text("month", 7)) : null;
    before = members.text("before", ChainLine.HEX);
    lastDay = ChainLine.day(members.text("last_day", 10));
    List<ChainLine> chain = new ArrayList<>();
    for (Object line : members.list("lines", UsageReport.MOST_LINES)) {
      chain.add(ChainLine.of(members.object(line)));
    }
    List<String> licences = new ArrayList<>();
    for (Object licence : members.list("paid", MOST_PAID)) {
      licences.add(licence.toString());
    }
    members.end();
    lines = List.copyOf(chain);
    paid = List.copyOf(licences);
  }

  private void write(
      YearMonth newMonth,
      String newBefore,
      List<ChainLine> newLines,
      List<String> newPaid,
      LocalDate newLastDay)
      throws IOException {
    Map<String, Object> map = new TreeMap<>();
    if (newMonth != null) {
      map.put("month", newMonth.toString());
    }
    map.put("before", newBefore);
    map.put("last_day", newLastDay.toString());
    map.put("lines", newLines.stream().map(ChainLine::map).toList());
    map.put("paid", newPaid);
    byte[] json = Json.canonical(map).getBytes(StandardCharsets.UTF_8);
    pair.write(json);
    month = newMonth;
    before = newBefore;
    lines = List.copyOf(newLines);
    paid = List.copyOf(newPaid);
    lastDay = newLastDay;
    bytes = json.length;
  }

  String name() {
    return name;
  }

  /** The month that runs; null before the first line. */
  YearMonth month() {
    return month;
  }

  String before() {
    return before;
  }

  List<ChainLine> lines() {
    return lines;
  }

  /** Last day that is in the chain: what is counted from now on is of a later one. */
  LocalDate lastDay() {
    return lastDay;
  }

  /** Whether days should rather wait for the end of the month. */
  boolean full() {
    return bytes > FULL;
  }

  boolean knows(String licence) {
    return paid.contains(licence);
  }

  /** Appends a day, or a payment; its month is the one that runs, or the first. */
  void append(ChainLine line) throws IOException {
    if (lines.size() >= MOST_PAYMENTS && line.payment().isPresent()) {
      throw new IOException("There are " + MOST_PAYMENTS + " payments this month already");
    }
    List<ChainLine> longer = new ArrayList<>(lines);
    longer.add(line);
    List<String> licences = new ArrayList<>(paid);
    line.payment()
        .ifPresent(
            payment -> {
              if (licences.size() == MOST_PAID) {
                licences.remove(0);
              }
              licences.add(payment.licence());
            });
    write(
        month == null ? YearMonth.from(line.day()) : month,
        before,
        longer,
        licences,
        line.payment().isPresent() ? lastDay : line.day());
  }

  /** The month is over, its report written: the next goes on from its head. */
  void turn(YearMonth next, String head) throws IOException {
    write(next, head, List.of(), paid, lastDay);
  }
}
