package org.commonshub.history.sqlite;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import org.commonshub.measure.api.DeviceId;

/** Puts self-describing blobs into a database: from a damaged file, or from a backup. */
final class Salvage {
  /** What came over. */
  static final class Result {
    int chunks;
    long frames;
    int pages;
    int gaps;
    int unreadable;

    String describe() {
      if (chunks + pages + gaps == 0) {
        return "nothing in it could be read, a new one was started.";
      }
      return frames
          + " frames, "
          + pages
          + " pages of roll-ups and "
          + gaps
          + " gaps were recovered into a new one"
          + (unreadable == 0 ? "." : ", " + unreadable + " stretches were unreadable.");
    }
  }

  private static final int MOST_SINGLE_STEPS = 1000;
  private static final int PAGE_SIZE = 4096;

  private final Connection to;
  private final Map<DeviceId, Long> rows = new HashMap<>();
  private final Map<DeviceId, DeviceState> states = new HashMap<>();
  final Result result = new Result();

  Salvage(Connection to) {
    this.to = to;
  }

  /** Copies what can be read. The states of devices are computed afresh when next opened. */
  static Result copy(Path damaged, Connection to) throws SQLException, IOException {
    Salvage salvage = new Salvage(to);
    mendFrame(damaged);
    try (Connection from = Db.reader(damaged)) {
      salvage.table(from, "chunk", "data", r -> salvage.chunk(r.getBytes(2)));
      salvage.table(from, "page", "data", r -> salvage.page(r.getBytes(2)));
      salvage.gaps(from);
    } catch (SQLException e) {
      // Not even the list of tables can be read: nothing to salvage.
      salvage.result.unreadable++;
    }
    salvage.finish();
    return salvage.result;
  }

  /**
   * Makes SQLite look at a file at all: gives one that was cut off its length back, filled with
   * zeros, and replaces a header that is no header by what all files written here begin with. The
   * bytes replaced are kept beside it.
   */
  private static void mendFrame(Path file) throws IOException {
    try (RandomAccessFile f = new RandomAccessFile(file.toFile(), "rw")) {
      long size = f.length();
      if (size < 2 * PAGE_SIZE) {
        return;
      }
      byte[] head = new byte[100];
      f.readFully(head);
      ByteBuffer fields = ByteBuffer.wrap(head);
      boolean sound =
          new String(head, 0, 16, StandardCharsets.ISO_8859_1).equals("SQLite format 3\0")
              && fields.getShort(16) == PAGE_SIZE
              && fields.getInt(28) < size / PAGE_SIZE * 64;
      if (!sound) {
        Files.write(file.resolveSibling(file.getFileName() + ".head"), head);
        fields.clear();
        fields.put("SQLite format 3\0".getBytes(StandardCharsets.ISO_8859_1));
        fields.putShort((short) PAGE_SIZE);
        // Versions for writing and reading (WAL), reserved bytes, payload fractions.
        fields.put(new byte[] {2, 2, 0, 64, 32, 32});
        fields.putInt(1); // change counter
        fields.putInt((int) (size / PAGE_SIZE));
        fields.putInt(0).putInt(0); // free list: not needed for reading
        fields.putInt(1).putInt(4); // schema cookie and format
        fields.putInt(0).putInt(1).putInt(1); // cache size, auto-vacuum, UTF-8
        fields.putInt(Db.VERSION).putInt(1).putInt(0); // user version, incremental, application
        fields.put(new byte[20]).putInt(1).putInt(3_054_001); // version valid for, library
        f.seek(0);
        f.write(head);
      } else {
        f.setLength(Math.max(size, fields.getInt(28) * (long) PAGE_SIZE));
      }
    }
  }

  private interface RowTaker {
    void take(ResultSet row) throws SQLException, IOException;
  }

  /** Reads a table by its row ids, stepping over stretches that cannot be read. */
  private void table(Connection from, String table, String columns, RowTaker taker)
      throws SQLException {
    long last = 0;
    int failed = 0;
    long highest = highest(from, table);
    while (last < highest) {
      String sql =
          "SELECT id, " + columns + " FROM " + table + " WHERE id > " + last + " ORDER BY id";
      try (Statement statement = from.createStatement();
          ResultSet found = statement.executeQuery(sql)) {
        while (found.next()) {
          last = found.getLong(1);
          failed = 0;
          try {
            taker.take(found);
          } catch (IOException e) {
            result.unreadable++;
          }
        }
        return;
      } catch (SQLException e) {
        if (!Db.damaged(e)) {
          throw e;
        }
        result.unreadable += failed == 0 ? 1 : 0;
        // One by one at first; over a long stretch in growing steps.
        last += 1L << Math.max(0, ++failed - MOST_SINGLE_STEPS);
      }
    }
  }

  private static long highest(Connection from, String table) {
    // Through the index as well: either may be damaged.
    long highest = 0;
    for (String sql :
        new String[] {
          "SELECT max(id) FROM " + table, "SELECT max(id) FROM " + table + " WHERE device >= 0"
        }) {
      try (Statement statement = from.createStatement();
          ResultSet found = statement.executeQuery(sql)) {
        highest = Math.max(highest, found.next() ? found.getLong(1) : 0);
      } catch (SQLException e) {
        highest = Math.max(highest, 1 << 24);
      }
    }
    return highest;
  }

  private void gaps(Connection from) throws SQLException {
    try (Statement statement = from.createStatement();
        ResultSet found =
            statement.executeQuery(
                "SELECT d.uuid, t_from, t_to, reason FROM gap JOIN device d ON d.id = device")) {
      while (found.next()) {
        gap(
            new DeviceId(Store.uuidOf(found.getBytes(1))),
            found.getLong(2),
            found.getLong(3),
            found.getInt(4));
      }
    } catch (SQLException e) {
      if (!Db.damaged(e)) {
        throw e;
      }
      result.unreadable++;
    }
  }

  void gap(DeviceId device, long from, long until, int reason) throws SQLException {
    Db.insertGap(to, row(device), from, until, reason);
    result.gaps++;
  }

  void chunk(byte[] data) throws SQLException, IOException {
    Rows rows = Chunk.decode(data, q -> false);
    insertChunk(to, row(rows.key.device()), rows, data);
    state(rows.key.device()).found(rows);
    result.chunks++;
    result.frames += rows.count;
  }

  void page(byte[] data) throws SQLException, IOException {
    Points.Page page = Points.decode(data);
    if (page.points().count == 0) {
      return;
    }
    DeviceState state = state(page.device());
    DeviceState.Series series = state.series(page.quantity());
    state.found(page.quantity(), series.number, page.points());
    try (PreparedStatement insert =
        to.prepareStatement(
            "INSERT OR REPLACE INTO page(device, series, level, slot, data)"
                + " VALUES(?, ?, ?, ?, ?)")) {
      insert.setLong(1, row(page.device()));
      insert.setInt(2, series.number);
      insert.setInt(3, page.level().ordinal());
      insert.setLong(4, page.level().page(page.points().starts[0]));
      insert.setBytes(5, data);
      insert.executeUpdate();
    }
    result.pages++;
  }

  /** Takes a device with its roll-ups in progress; before its chunks and pages. */
  void state(byte[] data) throws SQLException, IOException {
    DeviceState state = DeviceState.decode(data);
    row(state.id);
    states.put(state.id, state);
  }

  /** Writes the devices met. A state without roll-up is computed afresh when the file is opened. */
  void finish() throws SQLException {
    try (PreparedStatement update =
        to.prepareStatement("UPDATE device SET state = ? WHERE id = ?")) {
      for (DeviceState state : states.values()) {
        update.setBytes(1, state.encode(Map.of()));
        update.setLong(2, rows.get(state.id));
        update.executeUpdate();
      }
    }
  }

  private DeviceState state(DeviceId device) throws SQLException {
    row(device);
    return states.computeIfAbsent(device, DeviceState::new);
  }

  private long row(DeviceId device) throws SQLException {
    Long known = rows.get(device);
    if (known == null) {
      known = insertDevice(to, device);
      rows.put(device, known);
      states.put(device, new DeviceState(device));
    }
    return known;
  }

  static long insertDevice(Connection to, DeviceId device) throws SQLException {
    try (PreparedStatement insert =
        to.prepareStatement("INSERT INTO device(uuid) VALUES(?) RETURNING id")) {
      insert.setBytes(1, Db.uuid(device));
      try (ResultSet id = insert.executeQuery()) {
        id.next();
        return id.getLong(1);
      }
    }
  }

  static void insertChunk(Connection to, long device, Rows rows, byte[] data) throws SQLException {
    try (PreparedStatement insert =
        to.prepareStatement(
            "INSERT INTO chunk(device, epoch, revision, schema, seq_min, seq_max, t_min, t_max,"
                + " frames, data) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
      long min = Long.MAX_VALUE;
      long max = Long.MIN_VALUE;
      for (int i = 0; i < rows.count; i++) {
        min = Math.min(min, rows.sequences[i]);
        max = Math.max(max, rows.sequences[i]);
      }
      insert.setLong(1, device);
      insert.setInt(2, rows.key.clockEpoch());
      insert.setInt(3, rows.key.revision());
      insert.setInt(4, rows.key.schema());
      insert.setLong(5, min);
      insert.setLong(6, max);
      insert.setLong(7, rows.times[0]);
      insert.setLong(8, rows.times[rows.count - 1]);
      insert.setInt(9, rows.count);
      insert.setBytes(10, data);
      insert.executeUpdate();
    }
  }
}
