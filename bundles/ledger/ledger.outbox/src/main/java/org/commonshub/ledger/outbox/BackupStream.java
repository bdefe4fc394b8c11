package org.commonshub.ledger.outbox;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;

/**
 * The backup: {@code "CHO1"}, then name (modified UTF-8), length (8) and log of each ledger, then
 * an empty name and the CRC-32C of all before (4). Big endian.
 */
final class BackupStream {
  private static final int MAGIC = 0x43484F31;
  private static final long MOST = 1L << 30;

  private BackupStream() {}

  static void write(Map<String, Outbox> outboxes, OutputStream out) throws IOException {
    CheckedOutputStream checked = new CheckedOutputStream(out, new CRC32C());
    DataOutputStream data = new DataOutputStream(checked);
    data.writeInt(MAGIC);
    for (Map.Entry<String, Outbox> each : outboxes.entrySet()) {
      Outbox outbox = each.getValue();
      long length;
      InputStream snapshot;
      synchronized (outbox) {
        length = outbox.length();
        snapshot = outbox.snapshot();
      }
      try (snapshot) {
        data.writeUTF(each.getKey());
        data.writeLong(length);
        Log.copy(snapshot, length, data);
      }
    }
    data.writeUTF("");
    data.flush();
    data.writeInt((int) checked.getChecksum().getValue());
    data.flush();
  }

  /** Unpacks into files of a directory; the files are good only if this returns. */
  static Map<String, Path> read(InputStream in, Path directory) throws IOException {
    CheckedInputStream checked = new CheckedInputStream(in, new CRC32C());
    DataInputStream data = new DataInputStream(checked);
    if (data.readInt() != MAGIC) {
      throw new IOException("This is not a backup of outboxes.");
    }
    Map<String, Path> files = new LinkedHashMap<>();
    for (String name = data.readUTF(); !name.isEmpty(); name = data.readUTF()) {
      long length = data.readLong();
      if (length < 0 || length > MOST || files.size() >= OutboxComponent.MOST) {
        throw new IOException("The backup of outboxes is damaged or too large.");
      }
      Path file = directory.resolve("log-" + files.size());
      try (OutputStream out = Files.newOutputStream(file)) {
        Log.copy(data, length, out);
      }
      if (files.put(name, file) != null) {
        throw new IOException("The backup has ledger " + name + " twice.");
      }
    }
    int sum = (int) checked.getChecksum().getValue();
    if (data.readInt() != sum) {
      throw new IOException("The checksum of the backup of outboxes is wrong.");
    }
    return files;
  }
}
