package org.commonshub.privacy.provider;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.commonshub.history.api.HistoryStore;
import org.commonshub.history.api.Point;
import org.commonshub.history.api.Resolution;
import org.commonshub.measure.api.DeviceDirectory;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.ReadingFrame;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.Mode;
import org.commonshub.privacy.api.Terms;

/**
 * What the history holds for terms: raw values where intervals are shorter than a minute, roll-ups
 * of a minute or a quarter of an hour otherwise. Waits for the disk; any thread.
 */
final class Past {
  /** Most values at once, before policies. */
  static final long MOST = 2_000_000;

  private static final int MAX_SERIES = 256;

  /** Raw values are taken in pieces of it, at most one a second. */
  private static final Duration RAW_PIECE = Duration.ofHours(1);

  /** Those of which short intervals are made, in smaller ones: devices may be faster. */
  private static final Duration FINE_PIECE = Duration.ofMinutes(10);

  /** The values around a stretch of time are looked for so far away. */
  private static final Duration AROUND = Duration.ofMinutes(1);

  private final Supplier<HistoryStore> history;
  private final Supplier<DeviceDirectory> directory;

  Past(Supplier<HistoryStore> history, Supplier<DeviceDirectory> directory) {
    this.history = history;
    this.directory = directory;
  }

  private HistoryStore store() throws Fault {
    HistoryStore store = history.get();
    if (store == null) {
      throw Fault.passing("There is no history to read from.");
    }
    return store;
  }

  /** Series of the past that terms speak of. */
  List<HistoryStore.SeriesInfo> series(Terms terms) throws Fault {
    try {
      List<HistoryStore.SeriesInfo> found = new ArrayList<>();
      for (HistoryStore.SeriesInfo info : store().series()) {
        if (Selection.matches(terms, new Series(info.device(), info.quantity()), directory.get())) {
          found.add(info);
        }
      }
      return found;
    } catch (RuntimeException e) {
      throw failed(e);
    }
  }

  /** Quantities that are kept of a device, of whatever terms. */
  Set<String> quantities(List<DeviceId> devices) throws Fault {
    Set<String> names = new TreeSet<>();
    for (HistoryStore.SeriesInfo info : store().series()) {
      if (devices.contains(info.device())) {
        names.add(info.quantity().toString());
      }
    }
    return names;
  }

  /** How long a time is read at once, so that memory is bounded: whole intervals. */
  static Duration slice(Terms terms) {
    if (terms.mode() == Mode.RAW) {
      return RAW_PIECE;
    }
    return terms.resolution().compareTo(Granularity.MINUTE) < 0
        ? FINE_PIECE
        : terms.resolution().compareTo(Granularity.QUARTER_HOUR) < 0
            ? Duration.ofDays(2)
            : Duration.ofDays(28);
  }

  /** The oldest instant of series that terms speak of; empty if there is none. */
  Optional<Instant> oldest(Terms terms) throws Fault {
    return series(terms).stream().map(HistoryStore.SeriesInfo::first).min(Instant::compareTo);
  }

  /**
   * Values of {@code from} ≤ start &lt; {@code to} to be made fit, in the order of time.
   *
   * @param most most values
   */
  List<Batch> batches(Terms terms, Instant from, Instant to, ZoneId zone, long most) throws Fault {
    if (!from.isBefore(to)) {
      return List.of();
    }
    List<HistoryStore.SeriesInfo> series = series(terms);
    series.removeIf(s -> !s.first().isBefore(to) || s.last().isBefore(from.minus(AROUND)));
    if (series.size() > MAX_SERIES) {
      throw Fault.passing("More than " + MAX_SERIES + " series at once: ask for fewer devices.");
    }
    try {
      boolean raw = terms.mode() == Mode.RAW;
      return raw || terms.resolution().compareTo(Granularity.MINUTE) < 0
          ? raw(terms, series, from, to, zone, raw)
          : intervals(terms, series, from, to, zone, most);
    } catch (RuntimeException e) {
      throw failed(e);
    }
  }

  /** Means, amounts or last values of each minute, whatever the terms' resolution is. */
  List<Batch> minutes(Terms terms, Instant from, Instant to) throws Fault {
    Terms fine = Terms.ANY.toBuilder().interval(Granularity.MINUTE).build();
    Instant begin = Granularity.MINUTE.start(from, ZoneOffset.UTC);
    return intervals(fine, series(terms), begin, to, ZoneOffset.UTC, MOST);
  }

  private static Fault failed(RuntimeException e) {
    return Fault.passing("The history cannot be read now: " + Texts.reason(e));
  }

  private List<Batch> intervals(
      Terms terms,
      List<HistoryStore.SeriesInfo> series,
      Instant from,
      Instant to,
      ZoneId zone,
      long most)
      throws Fault {
    Resolution resolution =
        terms.resolution().compareTo(Granularity.QUARTER_HOUR) < 0
            ? Resolution.MINUTE
            : Resolution.QUARTER_HOUR;
    int seconds = resolution == Resolution.MINUTE ? 60 : 900;
    long count = Duration.between(from, to).toSeconds() / seconds + 2;
    if (count * series.size() > most) {
      throw Fault.passing("Too long a time at once: ask for less.");
    }
    List<Block> blocks = new ArrayList<>();
    for (HistoryStore.SeriesInfo info : series) {
      Rollup rollup =
          new Rollup(new Series(info.device(), info.quantity()), seconds, terms.resolution(), zone);
      for (Point point :
          store().query(info.device(), info.quantity(), from, to, resolution, (int) count)) {
        rollup.add(point, blocks);
      }
      rollup.end(blocks);
    }
    return List.of(new Batch(blocks, from, to));
  }

  private List<Batch> raw(
      Terms terms,
      List<HistoryStore.SeriesInfo> series,
      Instant from,
      Instant to,
      ZoneId zone,
      boolean each)
      throws Fault {
    List<DeviceId> devices =
        series.stream().map(HistoryStore.SeriesInfo::device).distinct().toList();
    List<Batch> batches = new ArrayList<>();
    Duration length = each ? RAW_PIECE : FINE_PIECE;
    for (Instant begin = from; begin.isBefore(to); ) {
      Instant piece = begin.plus(length);
      Instant end = !piece.isBefore(to) ? to : each ? piece : terms.resolution().start(piece, zone);
      Map<Series, Samples> samples = new LinkedHashMap<>();
      store()
          .replay(
              devices,
              each ? begin : begin.minus(AROUND),
              each ? end : end.plus(AROUND),
              record -> take(terms, record, each, samples));
      List<Block> blocks = new ArrayList<>();
      for (Map.Entry<Series, Samples> entry : samples.entrySet()) {
        Block block =
            entry.getValue().block(entry.getKey(), begin.toEpochMilli(), end.toEpochMilli(), !each);
        if (block.size() > 0) {
          blocks.add(block);
        }
      }
      batches.add(new Batch(blocks, begin, end));
      begin = end;
    }
    return batches;
  }

  private void take(Terms terms, MeterRecord record, boolean each, Map<Series, Samples> samples) {
    if (!(record instanceof ReadingFrame frame)) {
      return;
    }
    for (Measurement value : frame.values()) {
      Series series = new Series(frame.device(), value.quantity());
      Samples kept = samples.get(series);
      if (kept == null) {
        if (!Selection.matches(terms, series, directory.get())) {
          continue;
        }
        kept = new Samples(Block.MAX_VALUES + 64);
        samples.put(series, kept);
      }
      long millis = frame.instant().toEpochMilli();
      if (!each || Math.floorDiv(millis, 1000) > Math.floorDiv(kept.newest(), 1000)) {
        kept.add(millis, value.mantissa(), value.exponent(), value.quality().flags());
      }
    }
  }
}
