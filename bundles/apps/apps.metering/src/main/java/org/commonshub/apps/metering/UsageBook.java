package org.commonshub.apps.metering;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.commonshub.apps.desk.api.AppId;
import org.commonshub.apps.desk.api.UsageMeter;
import org.commonshub.apps.desk.api.UsageMeter.Report;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.identity.api.Json;
import org.commonshub.platform.api.DurableFiles;
import org.commonshub.platform.api.DurablePair;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counters of the days that are not in a chain yet, the chains, and the folder of reports. Counting
 * takes a lock under which nothing touches the disk; what does takes {@code disk} first.
 */
final class UsageBook {
  static final Logger LOG = LoggerFactory.getLogger(UsageBook.class);

  private static final int MOST_SOURCES = 16;
  private static final int MOST_APPS = 256;
  private static final int MOST_DAYS = 40;
  private static final int MOST_REPORTS = 36;
  private static final int MAX_BYTES = 4 * 1024 * 1024;
  private static final String WHAT = "The file of counters";
  private static final Pattern REPORT =
      Pattern.compile("([a-z0-9-]{1,32})\\.(20[0-9]{2}-[0-9]{2})\\.jws");

  private final Path directory;
  private final Supplier<Instant> time;
  private final Supplier<Optional<HubIdentity>> identity;
  private final DurablePair running;
  private final Object disk = new Object();

  /** Guarded by {@code disk}. */
  private final Map<String, Source> sources = new TreeMap<>();

  // Guarded by this.
  private final TreeMap<LocalDate, Map<AppId, Map<String, Long>>> days = new TreeMap<>();
  private final Map<AppId, String> origins = new TreeMap<>();

  /** First day that may be counted on; while nobody said what day it is, that is it. */
  private LocalDate open = LocalDate.of(2020, 1, 1);

  private boolean changed;

  /** As it is on disk; what cannot be read begins anew, and the operator sees the gap. */
  UsageBook(Path directory, Supplier<Instant> time, Supplier<Optional<HubIdentity>> identity) {
    this.directory = directory;
    this.time = time;
    this.identity = identity;
    this.running = new DurablePair(directory, "running", MAX_BYTES, true);
    try {
      byte[] kept = running.read().orElse(null);
      if (running.damaged()) {
        LOG.warn("A copy of the counters of today is damaged; up to ten minutes may be missing.");
      }
      if (kept != null) {
        read(Members.of(WHAT, kept));
      }
    } catch (IOException | ReportException e) {
      LOG.warn("The counters of today cannot be read; they begin anew.", e);
    }
    for (String name : new TreeSet<>(origins.values())) {
      try {
        source(name);
      } catch (IOException e) {
        LOG.warn("The chain of {} cannot be read now.", name, e);
      }
    }
    // Closed before a power cut, but still in the file of today.
    days.forEach((day, counts) -> counts.keySet().removeIf(app -> closed(app, day)));
    days.values().removeIf(Map::isEmpty);
  }

  private boolean closed(AppId app, LocalDate day) {
    String name = origins.get(app);
    Source source = name == null ? null : sources.get(name);
    return source == null || !source.lastDay().isBefore(day);
  }

  private void read(Members members) throws ReportException {
    Members apps = members.object(members.take("origins"));
    for (String name : apps.names()) {
      origins.put(apps.app(name), apps.text(name, UsageReport.SOURCE));
    }
    Members counted = members.object(members.take("days"));
    for (String day : counted.names()) {
      days.put(ChainLine.day(day), ChainLine.counts(counted.object(counted.take(day))));
    }
    members.end();
  }

  /** Under {@code disk}. */
  private Source source(String name) throws IOException {
    Source source = sources.get(name);
    if (source == null) {
      if (sources.size() == MOST_SOURCES || !name.matches(UsageReport.SOURCE)) {
        throw new IOException(
            "Usage is counted for " + MOST_SOURCES + " catalogues at most; not for " + name);
      }
      source = new Source(name, directory);
      sources.put(name, source);
      synchronized (this) {
        open = later(open, source.lastDay().plusDays(1));
      }
    }
    return source;
  }

  private LocalDate today() {
    LocalDate today = LocalDate.ofInstant(time.get(), ZoneOffset.UTC);
    synchronized (this) {
      return later(today, open);
    }
  }

  private static LocalDate later(LocalDate a, LocalDate b) {
    return a.isBefore(b) ? b : a;
  }

  /** What an app uses goes to that catalogue from now on. */
  void admit(AppId app, String source) {
    if (!source.matches(UsageReport.SOURCE)) {
      return;
    }
    synchronized (this) {
      if (origins.size() < MOST_APPS || origins.containsKey(app)) {
        changed |= !source.equals(origins.put(app, source));
      }
    }
  }

  /** Counts, in memory. */
  void count(AppId app, String metric, long amount) {
    if (amount < 1 || !ChainLine.METRIC.matcher(metric).matches()) {
      return;
    }
    LocalDate day = today();
    synchronized (this) {
      if (!origins.containsKey(app)) {
        return;
      }
      if (days.size() >= MOST_DAYS && !days.containsKey(day)) {
        day = days.lastKey();
      }
      Map<AppId, Map<String, Long>> counts = days.computeIfAbsent(day, d -> new TreeMap<>());
      if (counts.size() == ChainLine.MOST_APPS && !counts.containsKey(app)) {
        return;
      }
      Map<String, Long> sums = counts.computeIfAbsent(app, a -> new TreeMap<>());
      if (sums.size() == ChainLine.MOST_METRICS && !sums.containsKey(metric)) {
        return;
      }
      if (metric.equals(UsageMeter.RUN_DAYS)) {
        changed |= sums.put(metric, 1L) == null;
      } else {
        sums.merge(metric, Math.min(amount, ChainLine.MAX_INTEGER), Share::sum);
        changed = true;
      }
    }
  }

  /**
   * Counts a payment; durable when it returns.
   *
   * @throws IOException if it is not; ask again
   */
  void paid(String sourceName, ChainLine.Payment payment) throws IOException {
    synchronized (disk) {
      flush();
      Source source = source(sourceName);
      if (source.knows(payment.licence())) {
        return;
      }
      LocalDate day = today();
      if (!turn(source, YearMonth.from(day))) {
        throw new IOException("The month before is not closed yet: the hub's key is not there");
      }
      append(source, day, Map.of(), Optional.of(payment));
    }
  }

  private static void append(
      Source source,
      LocalDate day,
      Map<AppId, Map<String, Long>> counts,
      Optional<ChainLine.Payment> payment)
      throws IOException {
    // After a kill the clock may be ten minutes early, and a month that was closed stays so.
    LocalDate first = source.month() == null ? day : source.month().atDay(1);
    source.append(new ChainLine(later(day, first), counts, payment));
  }

  /** Closes days and months that are over, and saves the running day. */
  void flush() throws IOException {
    synchronized (disk) {
      LocalDate today = today();
      YearMonth month = YearMonth.from(today);
      for (Map.Entry<LocalDate, Map<String, Map<AppId, Map<String, Long>>>> day :
          over(today).entrySet()) {
        for (Map.Entry<String, Map<AppId, Map<String, Long>>> of : day.getValue().entrySet()) {
          close(source(of.getKey()), day.getKey(), of.getValue(), month);
        }
      }
      for (Source source : sources.values()) {
        if (noneWaits(source.name(), month)) {
          turn(source, month);
        }
      }
      byte[] json;
      synchronized (this) {
        if (!changed) {
          return;
        }
        Map<String, Object> apps = new TreeMap<>();
        origins.forEach((app, source) -> apps.put(app.name(), source));
        Map<String, Object> counted = new TreeMap<>();
        days.forEach((day, counts) -> counted.put(day.toString(), ChainLine.countsMap(counts)));
        Map<String, Object> map = new TreeMap<>(Map.of("origins", apps, "days", counted));
        json = Json.canonical(map).getBytes(StandardCharsets.UTF_8);
        changed = false;
      }
      try {
        running.write(json);
      } catch (IOException e) {
        synchronized (this) {
          changed = true;
        }
        throw e;
      }
    }
  }

  /** Days before {@code today}, by source. */
  private synchronized Map<LocalDate, Map<String, Map<AppId, Map<String, Long>>>> over(
      LocalDate today) {
    Map<LocalDate, Map<String, Map<AppId, Map<String, Long>>>> over = new TreeMap<>();
    days.headMap(today)
        .forEach(
            (day, counts) ->
                counts.forEach(
                    (app, sums) ->
                        over.computeIfAbsent(day, d -> new TreeMap<>())
                            .computeIfAbsent(origins.get(app), s -> new TreeMap<>())
                            .put(app, new TreeMap<>(sums))));
    return over;
  }

  private synchronized boolean noneWaits(String source, YearMonth month) {
    return days.headMap(month.atDay(1)).values().stream()
        .flatMap(counts -> counts.keySet().stream())
        .noneMatch(app -> source.equals(origins.get(app)));
  }

  private void close(
      Source source, LocalDate day, Map<AppId, Map<String, Long>> counts, YearMonth now)
      throws IOException {
    boolean wait = source.full() && YearMonth.from(day).equals(now);
    if (!wait) {
      if (!turn(source, YearMonth.from(day))) {
        return;
      }
      append(source, day, counts, Optional.empty());
    }
    synchronized (this) {
      Map<AppId, Map<String, Long>> left = days.get(day);
      left.keySet().removeAll(counts.keySet());
      if (left.isEmpty()) {
        days.remove(day);
      }
      if (wait) {
        Map<AppId, Map<String, Long>> next =
            days.computeIfAbsent(day.plusDays(1), d -> new TreeMap<>());
        counts.forEach(
            (app, sums) ->
                sums.forEach(
                    (metric, sum) ->
                        next.computeIfAbsent(app, a -> new TreeMap<>())
                            .merge(metric, sum, Share::sum)));
      } else {
        open = later(open, source.lastDay().plusDays(1));
      }
      changed = true;
    }
  }

  /** Closes the months before that one; false if the hub's key is not there to sign. */
  private boolean turn(Source source, YearMonth month) throws IOException {
    if (source.month() == null || !source.month().isBefore(month)) {
      return true;
    }
    if (!source.lines().isEmpty()) {
      Path file = report(source.name(), source.month());
      if (!Files.exists(file)) {
        HubIdentity key = identity.get().orElse(null);
        if (key == null) {
          return false;
        }
        String document =
            UsageReport.sign(key, source.name(), source.month(), source.before(), source.lines());
        DurableFiles.privateDirectory(file.getParent());
        DurableFiles.write(file, document.getBytes(StandardCharsets.US_ASCII), true);
        LOG.info("The usage of {} in {} is closed.", source.name(), source.month());
        forget(source.name());
      }
    }
    source.turn(month, ChainLine.digest(source.before(), source.lines()));
    return true;
  }

  private Path report(String source, YearMonth month) {
    return directory.resolve("reports").resolve(source + "." + month + ".jws");
  }

  private static Path delivery(Path report) {
    return report.resolveSibling(report.getFileName().toString().replace(".jws", ".delivered"));
  }

  /** Newest first. */
  private List<Path> files(String source) throws IOException {
    List<Path> files = new ArrayList<>();
    Path folder = directory.resolve("reports");
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
        for (Path file : all) {
          Matcher matcher = REPORT.matcher(file.getFileName().toString());
          if (matcher.matches() && (source.isEmpty() || source.equals(matcher.group(1)))) {
            files.add(file);
          }
        }
      }
    }
    files.sort(
        Comparator.comparing((Path file) -> month(file)).reversed().thenComparing(file -> file));
    return files;
  }

  private static String month(Path report) {
    Matcher matcher = REPORT.matcher(report.getFileName().toString());
    return matcher.matches() ? matcher.group(2) : "";
  }

  private void forget(String source) throws IOException {
    List<Path> files = files(source);
    for (Path old : files.subList(Math.min(files.size(), MOST_REPORTS), files.size())) {
      Files.deleteIfExists(delivery(old));
      Files.deleteIfExists(old);
    }
  }

  /** The running months, then the closed ones, newest first. */
  List<Report> reports() throws IOException {
    synchronized (disk) {
      flush();
      List<Report> reports = new ArrayList<>();
      List<String> names;
      synchronized (this) {
        names = List.copyOf(new TreeSet<>(origins.values()));
      }
      for (String name : names) {
        source(name);
      }
      LocalDate today = today();
      for (Source source : sources.values()) {
        List<ChainLine> lines = new ArrayList<>(source.lines());
        over(LocalDate.MAX)
            .forEach(
                (day, of) ->
                    lines.add(
                        new ChainLine(
                            day, of.getOrDefault(source.name(), Map.of()), Optional.empty())));
        reports.add(
            new Report(
                source.month() == null ? YearMonth.from(today) : source.month(),
                source.name(),
                false,
                Share.lines(lines),
                ChainLine.digest(source.before(), source.lines()),
                Optional.empty(),
                false));
      }
      for (Path file : files("")) {
        try {
          String document =
              new String(DurableFiles.read(file, UsageReport.MAX), StandardCharsets.US_ASCII);
          UsageReport report = UsageReport.verify(document);
          reports.add(
              new Report(
                  report.month(),
                  report.source(),
                  true,
                  report.lines(),
                  report.head(),
                  Optional.of(document),
                  Files.exists(delivery(file))));
        } catch (IOException | ReportException e) {
          LOG.warn("A report cannot be read: {}", file, e);
        }
      }
      reports.sort(Comparator.comparing(Report::month).reversed());
      return reports;
    }
  }

  void delivered(YearMonth month, String source) throws IOException {
    synchronized (disk) {
      if (source.matches(UsageReport.SOURCE) && Files.exists(report(source, month))) {
        DurableFiles.write(delivery(report(source, month)), new byte[0], true);
      }
    }
  }
}
