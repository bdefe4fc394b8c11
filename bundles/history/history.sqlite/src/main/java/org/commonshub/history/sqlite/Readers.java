package org.commonshub.history.sqlite;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import org.sqlite.SQLiteConnection;

/** Reading connections: as many as there are queries, two kept when idle. Thread-safe. */
final class Readers {
  private final Path file;
  private final Deque<Connection> idle = new ArrayDeque<>();
  private final Set<Connection> all = new HashSet<>();
  private int closings;

  Readers(Path file) {
    this.file = file;
  }

  Connection borrow() throws SQLException {
    int opened;
    synchronized (this) {
      opened = closings;
      Connection connection = idle.poll();
      if (connection != null) {
        return connection;
      }
    }
    Connection fresh = Db.reader(file);
    synchronized (this) {
      if (opened == closings) {
        all.add(fresh);
        return fresh;
      }
    }
    close(fresh);
    throw new SQLException("history was closed meanwhile");
  }

  /** Ends the reader's transaction and takes it back. */
  synchronized void giveBack(Connection reader) {
    if (!all.contains(reader)) {
      close(reader);
      return;
    }
    try {
      reader.rollback();
    } catch (SQLException e) {
      all.remove(reader);
      close(reader);
      return;
    }
    if (idle.size() < 2) {
      idle.push(reader);
    } else {
      all.remove(reader);
      close(reader);
    }
  }

  /** Breaks off what is being read and closes every connection. */
  synchronized void closeAll() {
    closings++;
    for (Connection reader : all) {
      try {
        ((SQLiteConnection) reader).getDatabase().interrupt();
      } catch (SQLException e) {
        // Closed by whoever had it.
      }
      close(reader);
    }
    all.clear();
    idle.clear();
  }

  static void close(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      // It holds nothing that is not on the disk.
    }
  }
}
