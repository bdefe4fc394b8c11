package org.commonshub.history.sqlite;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;
import org.commonshub.measure.api.DeviceId;

/**
 * The backup: the self-describing parts of the database one after another, so that neither writing
 * nor reading needs a second copy on the disk. README.md documents the format.
 */
final class BackupStream {
  private static final int MAGIC = 0x43484231; // "CHB1"
  private static final int END = 0;
  private static final int STATE = 1;
  private static final int CHUNK = 2;
  private static final int PAGE = 3;
  private static final int GAP = 4;
  private static final int MAX_PART = 1 << 26;

  private BackupStream() {}

  static void write(Connection from, OutputStream out) throws IOException, SQLException {
    CheckedOutputStream checked = new CheckedOutputStream(out, new CRC32C());
    DataOutputStream data = new DataOutputStream(checked);
    data.writeInt(MAGIC);
    parts(from, data, STATE, "SELECT state FROM device WHERE state IS NOT NULL");
    parts(from, data, CHUNK, "SELECT data FROM chunk ORDER BY id");
    parts(from, data, PAGE, "SELECT data FROM page ORDER BY id");
    try (Statement statement = from.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT d.uuid, t_from, t_to, reason FROM gap JOIN device d ON d.id = device")) {
      while (row.next()) {
        Out gap = new Out(40);
        StreamKey.uuid(gap, new DeviceId(Store.uuidOf(row.getBytes(1))));
        gap.i64(row.getLong(2));
        gap.i64(row.getLong(3));
        gap.i32(row.getInt(4));
        part(data, GAP, gap.toBytes());
      }
    }
    data.writeByte(END);
    data.flush();
    data.writeInt((int) checked.getChecksum().getValue());
    data.flush();
  }

  private static void parts(Connection from, DataOutputStream data, int kind, String sql)
      throws IOException, SQLException {
    try (Statement statement = from.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      while (row.next()) {
        part(data, kind, row.getBytes(1));
      }
    }
  }

  private static void part(DataOutputStream data, int kind, byte[] bytes) throws IOException {
    data.writeByte(kind);
    data.writeInt(bytes.length);
    data.write(bytes);
  }

  static void read(InputStream in, Connection to) throws IOException, SQLException {
    CheckedInputStream checked = new CheckedInputStream(in, new CRC32C());
    DataInputStream data = new DataInputStream(checked);
    if (data.readInt() != MAGIC) {
      throw new Damaged("not a backup of history");
    }
    Salvage salvage = new Salvage(to);
    for (int kind = data.readUnsignedByte(); kind != END; kind = data.readUnsignedByte()) {
      int length = data.readInt();
      if (length < 0 || length > MAX_PART) {
        throw new Damaged("part of " + length + " bytes in the backup");
      }
      byte[] bytes = data.readNBytes(length);
      if (bytes.length < length) {
        throw new Damaged("the backup ends early");
      }
      switch (kind) {
        case STATE -> salvage.state(bytes);
        case CHUNK -> salvage.chunk(bytes);
        case PAGE -> salvage.page(bytes);
        case GAP -> {
          In gap = new In(bytes, 0, bytes.length);
          salvage.gap(StreamKey.uuid(gap), gap.i64(), gap.i64(), gap.i32());
        }
        default -> throw new Damaged("unknown part " + kind + " in the backup");
      }
    }
    int sum = (int) checked.getChecksum().getValue();
    if (data.readInt() != sum) {
      throw new Damaged("the backup's checksum is wrong");
    }
    salvage.finish();
  }
}
