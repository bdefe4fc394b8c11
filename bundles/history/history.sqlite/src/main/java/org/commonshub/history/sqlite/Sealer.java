package org.commonshub.history.sqlite;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.commonshub.history.api.Resolution;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Gap;
import org.commonshub.measure.api.Quantity;

/**
 * Writes what was in memory into the database, inside the caller's transaction and under the
 * store's lock.
 */
final class Sealer {
  private static final int MOST_DELETED = 512;

  private final Connection db;
  private final ZoneId zone;
  private final Set<Long> damagedChunks;
  private final Set<Long> damagedPages;

  /** Full-resolution data before this was deleted by retention: its roll-ups stay as they are. */
  private long rawFrom;

  Sealer(
      Connection db, ZoneId zone, long rawFrom, Set<Long> damagedChunks, Set<Long> damagedPages) {
    this.db = db;
    this.zone = zone;
    this.rawFrom = rawFrom;
    this.damagedChunks = damagedChunks;
    this.damagedPages = damagedPages;
  }

  /** Writes rows as chunks, together with the stream's last chunk if that is still small. */
  void seal(DeviceState device, Rows tail) throws SQLException {
    if (tail.count == 0) {
      return;
    }
    Rows rows = tail.inOrder();
    int most = Chunk.maxFrames(rows.columns.length);
    try (PreparedStatement select =
        db.prepareStatement(
            "SELECT id, frames, t_min, data FROM chunk WHERE device = ? AND epoch = ?"
                + " AND revision = ? AND schema = ? ORDER BY seq_max DESC LIMIT 1")) {
      select.setLong(1, device.row);
      select.setInt(2, rows.key.clockEpoch());
      select.setInt(3, rows.key.revision());
      select.setInt(4, rows.key.schema());
      try (ResultSet last = select.executeQuery()) {
        if (last.next()) {
          int frames = last.getInt(2);
          boolean small = frames < most / 8 || (frames <= 4 * rows.count && frames < most);
          if (small
              && Math.max(rows.times[rows.count - 1], last.getLong(3))
                      - Math.min(rows.times[0], last.getLong(3))
                  < Merge.MAX_SPAN / 2) {
            Rows joined = joined(last.getLong(1), last.getBytes(4), rows);
            if (joined != null) {
              rows = joined;
            }
          }
        }
      }
    }
    int from = 0;
    while (from < rows.count) {
      int to = from + 1;
      while (to < rows.count
          && to - from < most
          && rows.times[to] - rows.times[from] <= Merge.MAX_SPAN) {
        to++;
      }
      Rows part = rows;
      if (from > 0 || to < rows.count) {
        part = new Rows(rows.key, to - from);
        for (int i = from; i < to; i++) {
          part.add(rows, i);
        }
      }
      Salvage.insertChunk(db, device.row, part, Chunk.encode(part));
      from = to;
    }
  }

  private Rows joined(long id, byte[] data, Rows rows) throws SQLException {
    Rows last;
    try {
      last = Chunk.decode(data, q -> true);
    } catch (Damaged e) {
      damagedChunks.add(id);
      return null;
    }
    if (!last.key.equals(rows.key)) {
      return null;
    }
    try (PreparedStatement delete = db.prepareStatement("DELETE FROM chunk WHERE id = ?")) {
      delete.setLong(1, id);
      delete.executeUpdate();
    }
    for (int i = 0; i < rows.count; i++) {
      last.add(rows, i);
    }
    return last.inOrder();
  }

  void writePoints(DeviceState device, DeviceState.Series s, Level level, Points points)
      throws SQLException {
    writePoints(device, s, level, points, false);
  }

  private void writePoints(
      DeviceState device, DeviceState.Series s, Level level, Points points, boolean keepExisting)
      throws SQLException {
    Points sorted = points.inOrder();
    int from = 0;
    while (from < sorted.count) {
      long slot = level.page(sorted.starts[from]);
      Points page = new Points();
      int to = from;
      while (to < sorted.count && level.page(sorted.starts[to]) == slot) {
        page.add(sorted, to++);
      }
      from = to;
      Points merged = page;
      try (PreparedStatement select =
          db.prepareStatement(
              "SELECT id, data FROM page WHERE device = ? AND series = ? AND level = ?"
                  + " AND slot = ?")) {
        select.setLong(1, device.row);
        select.setInt(2, s.number);
        select.setInt(3, level.ordinal());
        select.setLong(4, slot);
        try (ResultSet row = select.executeQuery()) {
          if (row.next()) {
            try {
              Points existing = Points.decode(row.getBytes(2)).points();
              merged = keepExisting ? Points.merge(page, existing) : Points.merge(existing, page);
            } catch (Damaged e) {
              // Replaced below; the store sets it aside first when the check found it.
              damagedPages.add(row.getLong(1));
            }
          }
        }
      }
      putPage(device, s, level, slot, merged);
    }
  }

  private void putPage(
      DeviceState device, DeviceState.Series s, Level level, long slot, Points points)
      throws SQLException {
    try (PreparedStatement upsert =
        db.prepareStatement(
            "INSERT INTO page(device, series, level, slot, data) VALUES(?, ?, ?, ?, ?)"
                + " ON CONFLICT(device, series, level, slot) DO UPDATE SET data ="
                + " excluded.data")) {
      upsert.setLong(1, device.row);
      upsert.setInt(2, s.number);
      upsert.setInt(3, level.ordinal());
      upsert.setLong(4, slot);
      upsert.setBytes(5, points.encode(device.id, s.quantity(), level));
      upsert.executeUpdate();
    }
  }

  /**
   * Computes the roll-ups of all series of a device again, from full-resolution data in the
   * database, for the local days from that of {@code first} to that of the first value after {@code
   * last}.
   *
   * @return the roll-ups in progress, if the data ends there
   */
  Map<Quantity, Roll> recompute(DeviceState device, long first, long last) throws SQLException {
    long begin = Level.DAY.start(first, zone);
    Map<Quantity, DeviceState.Series> fresh = new HashMap<>();
    List<Gap> gaps = readGaps(db, device.id, device.row, begin - Roll.HOLD_MS, Long.MAX_VALUE);
    int nextGap = 0;
    long end = Long.MAX_VALUE;
    Merge merge =
        new Merge(
            db,
            device.row,
            before(device, begin),
            Long.MAX_VALUE,
            q -> true,
            true,
            List.of(),
            (id, why) -> damagedChunks.add(id));
    boolean open = true;
    while (merge.next()) {
      Rows rows = merge.rows();
      int row = merge.row();
      long time = rows.times[row];
      if (end == Long.MAX_VALUE && time > last) {
        end = Level.DAY.end(Level.DAY.start(time, zone), zone);
      }
      while (nextGap < gaps.size() && gaps.get(nextGap).from().toEpochMilli() <= time) {
        long from = gaps.get(nextGap++).from().toEpochMilli();
        fresh.values().forEach(s -> s.roll.gap(from));
      }
      int pending = 0;
      for (int i = 0; i < rows.columns.length; i++) {
        Quantity quantity = rows.key.quantities().get(i);
        DeviceState.Series known = device.series(quantity);
        DeviceState.Series s =
            fresh.computeIfAbsent(quantity, q -> new DeviceState.Series(known.number, q));
        Rows.Column c = rows.columns[i];
        s.roll.add(
            time, rows.key.meterEpoch(), c.value(row), c.exponent(row), c.quality(row), zone, s);
        pending += s.pendingCount;
      }
      if (pending > 8192) {
        writeRecomputed(device, fresh, begin, end);
      }
      if (time >= end) {
        open = false;
        break;
      }
    }
    writeRecomputed(device, fresh, begin, end);
    Map<Quantity, Roll> live = new HashMap<>();
    if (open) {
      fresh.forEach((quantity, s) -> live.put(quantity, s.roll));
    }
    return live;
  }

  private void writeRecomputed(
      DeviceState device, Map<Quantity, DeviceState.Series> fresh, long from, long to)
      throws SQLException {
    for (DeviceState.Series s : fresh.values()) {
      for (Level level : Level.values()) {
        Points points = s.pending[level.ordinal()];
        if (points != null) {
          Points kept = points.range(from, Math.min(to, rawFrom));
          if (kept.count > 0) {
            writePoints(device, s, level, kept, true);
          }
          Points wanted = points.range(Math.max(from, rawFrom), to);
          if (wanted.count > 0) {
            writePoints(device, s, level, wanted);
          }
        }
      }
      s.clearPending();
    }
  }

  /** From where to read so that every series has its value before {@code begin}. */
  private long before(DeviceState device, long begin) throws SQLException {
    try (PreparedStatement select =
        db.prepareStatement(
            "SELECT t_min FROM chunk WHERE device = ? AND t_min < ? ORDER BY t_min DESC LIMIT 4")) {
      select.setLong(1, device.row);
      select.setLong(2, begin);
      long from = begin;
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          from = row.getLong(1);
        }
      }
      return from;
    }
  }

  static List<Gap> readGaps(Connection connection, DeviceId device, long row, long from, long to)
      throws SQLException {
    List<Gap> gaps = new ArrayList<>();
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT t_from, t_to, reason FROM gap WHERE device = ? AND t_to > ? AND t_from < ?"
                + " ORDER BY t_from, t_to")) {
      select.setLong(1, row);
      select.setLong(2, from);
      select.setLong(3, to);
      try (ResultSet found = select.executeQuery()) {
        while (found.next()) {
          int reason = found.getInt(3);
          gaps.add(
              new Gap(
                  device,
                  Instant.ofEpochMilli(found.getLong(1)),
                  Instant.ofEpochMilli(found.getLong(2)),
                  Gap.Reason.values()[
                      reason >= 0 && reason < Gap.Reason.values().length ? reason : 0]));
        }
      }
    }
    return gaps;
  }

  /** Days again from quarter hours, in another zone, as far back as there are any. */
  void rebuildDays(DeviceState device) throws SQLException {
    for (DeviceState.Series s : device.series.values()) {
      Points quarters = pages(device, s, Level.QUARTER);
      if (quarters.count == 0) {
        continue;
      }
      Points days =
          pages(device, s, Level.DAY)
              .range(Long.MIN_VALUE, quarters.starts[0] - Level.DAY.length + 1);
      long live = s.roll.open[Level.DAY.ordinal()].start;
      int from = 0;
      while (from < quarters.count) {
        long start = Level.DAY.start(quarters.starts[from], zone);
        long end = Level.DAY.end(start, zone);
        int to = from;
        while (to < quarters.count && quarters.starts[to] < end) {
          to++;
        }
        if (end <= live || live == Roll.NEVER) {
          days.addSummary(start, quarters, from, to);
        }
        from = to;
      }
      try (PreparedStatement delete =
          db.prepareStatement("DELETE FROM page WHERE device = ? AND series = ? AND level = ?")) {
        delete.setLong(1, device.row);
        delete.setInt(2, s.number);
        delete.setInt(3, Level.DAY.ordinal());
        delete.executeUpdate();
      }
      writePoints(device, s, Level.DAY, days);
    }
  }

  private Points pages(DeviceState device, DeviceState.Series s, Level level) throws SQLException {
    Points all = new Points();
    try (PreparedStatement select =
        db.prepareStatement(
            "SELECT id, data FROM page WHERE device = ? AND series = ? AND level = ?"
                + " ORDER BY slot")) {
      select.setLong(1, device.row);
      select.setInt(2, s.number);
      select.setInt(3, level.ordinal());
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          try {
            Points page = Points.decode(row.getBytes(2)).points();
            for (int i = 0; i < page.count; i++) {
              all.add(page, i);
            }
          } catch (Damaged e) {
            damagedPages.add(row.getLong(1));
          }
        }
      }
    }
    return all;
  }

  /**
   * Deletes what is older than it is to be kept, a bounded amount at a time.
   *
   * @return whether more is left to delete
   */
  boolean retain(Map<Resolution, Integer> days, long now) throws SQLException {
    boolean more = false;
    int raw = days.getOrDefault(Resolution.RAW, 0);
    if (raw > 0) {
      long before = now - raw * Level.DAY.length;
      String old = " FROM chunk WHERE t_max < " + before + " ORDER BY id LIMIT " + MOST_DELETED;
      try (Statement statement = db.createStatement()) {
        long last = Long.MIN_VALUE;
        try (ResultSet row =
            statement.executeQuery("SELECT max(t_max) FROM (SELECT t_max" + old + ")")) {
          if (row.next()) {
            last = row.getLong(1);
            last = row.wasNull() ? Long.MIN_VALUE : last;
          }
        }
        if (last != Long.MIN_VALUE) {
          rawFrom = Math.max(rawFrom, last + 1);
          more =
              statement.executeUpdate("DELETE FROM chunk WHERE id IN (SELECT id" + old + ")")
                  == MOST_DELETED;
          statement.executeUpdate("DELETE FROM gap WHERE t_to < " + before);
        }
      }
    }
    for (Level level : Level.values()) {
      int keep = days.getOrDefault(Resolution.values()[level.ordinal() + 1], 0);
      if (keep > 0) {
        try (Statement statement = db.createStatement()) {
          more |=
              statement.executeUpdate(
                      "DELETE FROM page WHERE id IN (SELECT id FROM page WHERE level = "
                          + level.ordinal()
                          + " AND slot < "
                          + level.page(now - keep * Level.DAY.length)
                          + " LIMIT "
                          + MOST_DELETED
                          + ")")
                  == MOST_DELETED;
        }
      }
    }
    try (Statement statement = db.createStatement()) {
      statement.execute("PRAGMA incremental_vacuum(4096)");
    }
    return more;
  }

  long rawFrom() {
    return rawFrom;
  }

  /** Deletes everything of a device; the bytes are overwritten. */
  void erase(DeviceState device) throws SQLException {
    try (Statement statement = db.createStatement()) {
      for (String table : new String[] {"chunk", "page", "gap"}) {
        statement.executeUpdate("DELETE FROM " + table + " WHERE device = " + device.row);
      }
      statement.executeUpdate("DELETE FROM damaged WHERE what LIKE '% device " + device.row + "'");
      statement.executeUpdate("DELETE FROM device WHERE id = " + device.row);
    }
  }

  /** What a device has, found in its chunks and pages, when its summary is lost. */
  static DeviceState rediscover(Connection db, DeviceId id, long row) throws SQLException {
    DeviceState state = new DeviceState(id);
    state.row = row;
    try (Statement statement = db.createStatement();
        ResultSet pages =
            statement.executeQuery("SELECT series, data FROM page WHERE device = " + row)) {
      while (pages.next()) {
        try {
          Points.Page page = Points.decode(pages.getBytes(2));
          state.found(page.quantity(), pages.getInt(1), page.points());
        } catch (Damaged e) {
          // The check after opening finds it again and says so.
        }
      }
    }
    try (Statement statement = db.createStatement();
        ResultSet chunks = statement.executeQuery("SELECT data FROM chunk WHERE device = " + row)) {
      while (chunks.next()) {
        try {
          state.found(Chunk.decode(chunks.getBytes(1), q -> false));
        } catch (Damaged e) {
          // As above.
        }
      }
    }
    return state;
  }
}
