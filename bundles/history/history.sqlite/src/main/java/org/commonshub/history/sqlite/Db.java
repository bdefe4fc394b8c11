package org.commonshub.history.sqlite;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.commonshub.measure.api.DeviceId;
import org.sqlite.SQLiteException;
import org.sqlite.jdbc4.JDBC4Connection;

/** Opens SQLite files as this bundle wants them. */
final class Db {
  /** PRAGMA user_version of the files written here. */
  static final int VERSION = 1;

  private static final String[] SCHEMA = {
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID",
    "CREATE TABLE device(id INTEGER PRIMARY KEY, uuid BLOB NOT NULL UNIQUE, state BLOB)",
    "CREATE TABLE chunk(id INTEGER PRIMARY KEY, device INTEGER NOT NULL, epoch INTEGER NOT NULL,"
        + " revision INTEGER NOT NULL, schema INTEGER NOT NULL, seq_min INTEGER NOT NULL,"
        + " seq_max INTEGER NOT NULL, t_min INTEGER NOT NULL, t_max INTEGER NOT NULL,"
        + " frames INTEGER NOT NULL, data BLOB NOT NULL)",
    "CREATE INDEX chunk_time ON chunk(device, t_min, t_max)",
    "CREATE INDEX chunk_sequence ON chunk(device, epoch, revision, seq_max, seq_min)",
    "CREATE TABLE page(id INTEGER PRIMARY KEY, device INTEGER NOT NULL, series INTEGER NOT NULL,"
        + " level INTEGER NOT NULL, slot INTEGER NOT NULL, data BLOB NOT NULL)",
    "CREATE UNIQUE INDEX page_slot ON page(device, series, level, slot)",
    "CREATE TABLE gap(device INTEGER, t_from INTEGER, t_to INTEGER, reason INTEGER,"
        + " PRIMARY KEY(device, t_from, reason)) WITHOUT ROWID",
    "CREATE TABLE damaged(id INTEGER PRIMARY KEY, what TEXT NOT NULL, data BLOB)",
  };

  private Db() {}

  /** Opens for writing; makes the tables in a new file. */
  static Connection writer(Path file) throws SQLException {
    boolean fresh = !Files.exists(file);
    Connection connection = connect(file, "");
    try (Statement statement = connection.createStatement()) {
      if (fresh) {
        statement.execute("PRAGMA auto_vacuum = INCREMENTAL");
      }
      statement.execute("PRAGMA busy_timeout = 2000");
      statement.execute("PRAGMA journal_mode = WAL");
      statement.execute("PRAGMA synchronous = FULL");
      statement.execute("PRAGMA cache_size = -1024");
      statement.execute("PRAGMA temp_store = MEMORY");
      statement.execute("PRAGMA secure_delete = FAST"); // overwrites where that costs no write
      statement.execute("PRAGMA wal_autocheckpoint = 512");
      statement.execute("PRAGMA journal_size_limit = 1048576");
      int version = integer(statement, "PRAGMA user_version");
      connection.setAutoCommit(false);
      if (version == 0) {
        for (String sql : SCHEMA) {
          statement.execute(sql);
        }
        statement.execute("PRAGMA user_version = " + VERSION);
        connection.commit();
      } else if (version != VERSION) {
        throw new SQLException(
            file + " is of version " + version + "; this hub reads version " + VERSION);
      }
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  /** Opens for reading beside the writer. */
  static Connection reader(Path file) throws SQLException {
    Connection connection = connect(file, "?mode=ro");
    try {
      prepareReader(connection);
      return connection;
    } catch (SQLException e) {
      connection.close();
    }
    // A read-only disk without the shared-memory file of a live writer.
    connection = connect(file, "?mode=ro&immutable=1");
    try {
      prepareReader(connection);
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  private static void prepareReader(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA busy_timeout = 2000");
      statement.execute("PRAGMA query_only = 1");
      statement.execute("PRAGMA cache_size = -512");
      statement.execute("PRAGMA temp_store = MEMORY");
      integer(statement, "SELECT count(*) FROM sqlite_schema");
    }
    connection.setAutoCommit(false);
  }

  // Not through DriverManager: it would keep this class loader alive after a hot swap.
  private static Connection connect(Path file, String query) throws SQLException {
    String uri = "file:" + file.toAbsolutePath().toString().replace("%", "%25").replace("?", "%3f");
    return new JDBC4Connection("jdbc:sqlite:" + uri + query, uri + query, new Properties());
  }

  static int integer(Statement statement, String sql) throws SQLException {
    try (ResultSet result = statement.executeQuery(sql)) {
      return result.next() ? result.getInt(1) : 0;
    }
  }

  static byte[] uuid(DeviceId device) {
    return ByteBuffer.allocate(16)
        .putLong(device.value().getMostSignificantBits())
        .putLong(device.value().getLeastSignificantBits())
        .array();
  }

  /** Stores a gap; one of the same beginning and reason grows. */
  static void insertGap(Connection connection, long device, long from, long to, int reason)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO gap(device, t_from, t_to, reason) VALUES(?, ?, ?, ?)"
                + " ON CONFLICT(device, t_from, reason) DO UPDATE SET"
                + " t_to = max(t_to, excluded.t_to)")) {
      insert.setLong(1, device);
      insert.setLong(2, from);
      insert.setLong(3, to);
      insert.setInt(4, reason);
      insert.executeUpdate();
    }
  }

  /** Whether the file is damaged, rather than busy, full or absent. */
  static boolean damaged(SQLException e) {
    return e instanceof SQLiteException s
        && switch (s.getResultCode().code & 0xff) {
          case 11, 26 -> true; // SQLITE_CORRUPT, SQLITE_NOTADB
          default -> false;
        };
  }

  /** What went wrong and what to do about it, for people. */
  static String explain(Exception e, Path directory) {
    String message = String.valueOf(e.getMessage());
    int code = e instanceof SQLiteException s ? s.getResultCode().code & 0xff : -1;
    if (code == 13 || message.contains("No space left") || message.contains("quota")) {
      return "The disk with " + directory + " is full: free space or shorten the retention.";
    }
    if (code == 8
        || code == 14
        || message.contains("Read-only file system")
        || e instanceof java.nio.file.AccessDeniedException) {
      return "The disk with "
          + directory
          + " cannot be written: it may be mounted read-only or belong to another user.";
    }
    return "History in " + directory + " cannot be written: " + message;
  }
}
