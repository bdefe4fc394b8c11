package org.commonshub.history.sqlite;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.Predicate;
import org.commonshub.measure.api.Quantity;

/**
 * Frames of one device in order of (time, clock epoch, sequence, revision), from chunks that may
 * overlap and from the tail. Holds decoded only the chunks that overlap here.
 */
final class Merge {
  /** Longest time a chunk may span, so that looking for overlaps can stop. */
  static final long MAX_SPAN = 32L * 86_400_000;

  /** Told of a chunk that cannot be read. */
  interface OnDamage {
    void damaged(long chunk, String why);
  }

  private static final class Cursor {
    final Rows rows;
    int row;

    Cursor(Rows rows) {
      this.rows = rows;
    }

    long time() {
      return rows.times[row];
    }
  }

  private record Key(int epoch, long sequence) {}

  private final Connection connection;
  private final Predicate<Quantity> wanted;
  private final OnDamage onDamage;
  private final long from;
  private final long to;
  private final long[] ids;
  private final long[] begins;
  private int nextChunk;
  private final PriorityQueue<Cursor> heap = new PriorityQueue<>(Merge::compare);
  private final Map<Key, Integer> superseded = new HashMap<>();
  private Cursor current;

  /**
   * @param newestOnly leaves out frames of which there is a later revision
   * @param tail rows that are not in chunks yet
   */
  Merge(
      Connection connection,
      long device,
      long from,
      long to,
      Predicate<Quantity> wanted,
      boolean newestOnly,
      List<Rows> tail,
      OnDamage onDamage)
      throws SQLException {
    this.connection = connection;
    this.from = from;
    this.to = to;
    this.wanted = wanted;
    this.onDamage = onDamage;
    List<long[]> chunks = new ArrayList<>();
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT id, t_min FROM chunk WHERE device = ? AND t_min >= ? AND t_min < ?"
                + " AND t_max >= ? ORDER BY t_min")) {
      select.setLong(1, device);
      select.setLong(2, from == Long.MIN_VALUE ? from : from - MAX_SPAN);
      select.setLong(3, to);
      select.setLong(4, from);
      try (ResultSet found = select.executeQuery()) {
        while (found.next()) {
          chunks.add(new long[] {found.getLong(1), found.getLong(2)});
        }
      }
    }
    ids = chunks.stream().mapToLong(c -> c[0]).toArray();
    begins = chunks.stream().mapToLong(c -> c[1]).toArray();
    for (Rows rows : tail) {
      push(rows.inOrder());
    }
    if (newestOnly) {
      for (Rows rows : tail) {
        supersede(rows);
      }
      try (PreparedStatement select =
          connection.prepareStatement(
              "SELECT id, data FROM chunk WHERE device = ? AND revision > 0 AND t_min >= ?"
                  + " AND t_min < ? AND t_max >= ?")) {
        select.setLong(1, device);
        select.setLong(2, from == Long.MIN_VALUE ? from : from - MAX_SPAN);
        select.setLong(3, to);
        select.setLong(4, from);
        try (ResultSet found = select.executeQuery()) {
          while (found.next()) {
            try {
              supersede(Chunk.decode(found.getBytes(2), q -> false));
            } catch (Damaged e) {
              onDamage.damaged(found.getLong(1), e.getMessage());
            }
          }
        }
      }
    }
  }

  private void supersede(Rows rows) {
    if (rows.key.revision() > 0) {
      for (int i = 0; i < rows.count; i++) {
        superseded.merge(
            new Key(rows.key.clockEpoch(), rows.sequences[i]), rows.key.revision(), Math::max);
      }
    }
  }

  private static int compare(Cursor a, Cursor b) {
    int order = Long.compare(a.time(), b.time());
    if (order == 0) {
      order = Integer.compare(a.rows.key.clockEpoch(), b.rows.key.clockEpoch());
    }
    if (order == 0) {
      order = Long.compare(a.rows.sequences[a.row], b.rows.sequences[b.row]);
    }
    return order == 0 ? Integer.compare(a.rows.key.revision(), b.rows.key.revision()) : order;
  }

  private void push(Rows rows) {
    Cursor cursor = new Cursor(rows);
    while (cursor.row < rows.count && rows.times[cursor.row] < from) {
      cursor.row++;
    }
    if (cursor.row < rows.count && cursor.time() < to) {
      heap.add(cursor);
    }
  }

  /** Steps to the next frame. */
  boolean next() throws SQLException {
    while (true) {
      if (current != null) {
        if (++current.row < current.rows.count && current.time() < to) {
          if (superseded.isEmpty()
              && (heap.isEmpty() || current.time() < heap.peek().time())
              && (nextChunk == ids.length || current.time() < begins[nextChunk])) {
            return true;
          }
          heap.add(current);
        }
        current = null;
      }
      while (nextChunk < ids.length
          && (heap.isEmpty() || begins[nextChunk] <= heap.peek().time())) {
        load(ids[nextChunk++]);
      }
      current = heap.poll();
      if (current == null) {
        return false;
      }
      if (superseded.isEmpty()
          || superseded.getOrDefault(new Key(rows().key.clockEpoch(), rows().sequences[row()]), 0)
              <= rows().key.revision()) {
        return true;
      }
    }
  }

  private void load(long id) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT data FROM chunk WHERE id = ?")) {
      select.setLong(1, id);
      try (ResultSet found = select.executeQuery()) {
        if (found.next()) {
          push(Chunk.decode(found.getBytes(1), wanted));
        }
      }
    } catch (Damaged e) {
      onDamage.damaged(id, e.getMessage());
    }
  }

  Rows rows() {
    return current.rows;
  }

  int row() {
    return current.row;
  }
}
