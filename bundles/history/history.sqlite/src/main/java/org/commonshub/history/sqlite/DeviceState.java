package org.commonshub.history.sqlite;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Gap;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingFrame;

/** What the store holds in memory of one device. Guarded by the store's lock. */
final class DeviceState {
  private static final int MAGIC = 'S';

  /** A series with its roll-ups in progress and those not yet in the database. */
  static final class Series implements Roll.Sink {
    final int number;
    Roll roll;
    long first = Long.MAX_VALUE;
    long last = Long.MIN_VALUE;
    final Points[] pending = {null, null, null, null};
    int pendingCount;

    Series(int number, Quantity quantity) {
      this.number = number;
      roll = new Roll(quantity);
    }

    Quantity quantity() {
      return roll.quantity;
    }

    @Override
    public void closed(
        Level level,
        long start,
        double min,
        double mean,
        double max,
        double first,
        double last,
        double delta,
        long count,
        int quality) {
      int i = level.ordinal();
      if (pending[i] == null) {
        pending[i] = new Points();
      }
      pending[i].add(start, min, mean, max, first, last, delta, count, quality);
      pendingCount++;
    }

    void clearPending() {
      java.util.Arrays.fill(pending, null);
      pendingCount = 0;
    }
  }

  /** What names a gap of a device. */
  record GapKey(Instant from, Gap.Reason reason) {
    static GapKey of(Gap gap) {
      return new GapKey(gap.from(), gap.reason());
    }
  }

  final DeviceId id;

  /** Row in the database, 0 while it has none. */
  long row;

  final Map<Quantity, Series> series = new HashMap<>();
  final List<Rows> tail = new ArrayList<>();

  /** Gaps not in the database yet, or longer than there; one grows while an outage lasts. */
  final Map<GapKey, Gap> gaps = new LinkedHashMap<>();

  /** Stretches of time whose roll-ups must be computed again, as {first, last}. */
  final List<long[]> dirty = new ArrayList<>();

  boolean changed;
  private int highestNumber;

  /** Series of the columns of {@link #lastRows}, to spare look-ups. */
  private Series[] lastSeries;

  private Rows lastRows;

  DeviceState(DeviceId id) {
    this.id = id;
  }

  Series series(Quantity quantity) {
    return series.computeIfAbsent(quantity, q -> new Series(++highestNumber, q));
  }

  Rows rowsFor(ReadingFrame frame) {
    if (lastRows != null && lastRows.key.holds(frame)) {
      return lastRows;
    }
    for (Rows rows : tail) {
      if (rows.key.holds(frame)) {
        lastRows = rows;
        lastSeries = null;
        return rows;
      }
    }
    Rows rows = new Rows(StreamKey.of(frame), 16);
    tail.add(rows);
    lastRows = rows;
    lastSeries = null;
    return rows;
  }

  Series[] seriesOf(Rows rows) {
    if (rows != lastRows || lastSeries == null) {
      Series[] found = rows.key.quantities().stream().map(this::series).toArray(Series[]::new);
      lastRows = rows;
      lastSeries = found;
    }
    return lastSeries;
  }

  void forgetTail() {
    tail.clear();
    gaps.clear();
    lastRows = null;
    lastSeries = null;
  }

  void dirty(long first, long last) {
    for (long[] range : dirty) {
      if (first <= range[1] + 86_400_000 && last >= range[0] - 86_400_000) {
        range[0] = Math.min(range[0], first);
        range[1] = Math.max(range[1], last);
        return;
      }
    }
    if (dirty.size() == 16) {
      dirty.get(0)[0] = Math.min(dirty.get(0)[0], first);
      dirty.get(0)[1] = Math.max(dirty.get(0)[1], last);
      return;
    }
    dirty.add(new long[] {first, last});
  }

  /** Takes note of a chunk that is stored. */
  void found(Rows rows) {
    for (Quantity quantity : rows.key.quantities()) {
      Series s = series(quantity);
      for (int i = 0; i < rows.count; i++) {
        s.first = Math.min(s.first, rows.times[i]);
        s.last = Math.max(s.last, rows.times[i]);
      }
    }
  }

  /** Takes note of a page that is stored. */
  void found(Quantity quantity, int number, Points points) {
    Series s = series.computeIfAbsent(quantity, q -> new Series(number, q));
    highestNumber = Math.max(highestNumber, number);
    if (points.count > 0) {
      s.first = Math.min(s.first, points.starts[0]);
      s.last = Math.max(s.last, points.starts[points.count - 1]);
    }
  }

  /** Last instant of any series, or the smallest number. */
  long last() {
    return series.values().stream().mapToLong(s -> s.last).max().orElse(Long.MIN_VALUE);
  }

  /** Has roll-ups computed again whose progress is not known. */
  void checkRolls() {
    for (Series s : series.values()) {
      if (s.roll.lastTime == Roll.NEVER && s.last >= s.first) {
        dirty(last(), last());
        return;
      }
    }
  }

  byte[] encode(Map<Quantity, Roll> newer) {
    Out out = new Out(64 + series.size() * 400);
    out.u8(MAGIC);
    out.u8(Chunk.VERSION);
    StreamKey.uuid(out, id);
    out.uvar(series.size());
    for (Series s : series.values()) {
      out.uvar(s.number);
      StreamKey.quantity(out, s.quantity());
      out.i64(s.first);
      out.i64(s.last);
      newer.getOrDefault(s.quantity(), s.roll).write(out);
    }
    return Chunk.sealed(out);
  }

  static DeviceState decode(byte[] bytes) throws Damaged {
    In in = Chunk.open(bytes, MAGIC);
    DeviceState state = new DeviceState(StreamKey.uuid(in));
    int count = in.size(1 << 16);
    for (int i = 0; i < count; i++) {
      int number = in.size(1 << 20);
      Quantity quantity = StreamKey.quantity(in);
      Series s = new Series(number, quantity);
      s.first = in.i64();
      s.last = in.i64();
      s.roll = Roll.read(in, quantity);
      state.series.put(quantity, s);
      state.highestNumber = Math.max(state.highestNumber, number);
    }
    return state;
  }
}
