package org.commonshub.ledger.journal;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Small records in a file: u32 length, u32 CRC-32C, bytes. Appended durably; a torn last record was
 * never acknowledged and is cut off. Rewritten as a whole by {@link #rewrite}. Not thread-safe.
 */
final class RecordLog {
  static final int MAX_RECORD = 1 << 16;
  private static final int HEAD = 8;

  private final Disk disk;
  private final String name;
  private Disk.Blob blob;
  private long end;
  private boolean unsure;

  RecordLog(Disk disk, String name) throws IOException {
    this.disk = disk;
    this.name = name;
    this.blob = disk.open(name);
  }

  /** All sound records; what follows them is cut off. Call once, first. */
  List<byte[]> recover() throws IOException {
    List<byte[]> records = new ArrayList<>();
    long size = blob.size();
    while (end + HEAD <= size) {
      byte[] head = new byte[HEAD];
      blob.read(end, head, HEAD);
      int length = ByteBuffer.wrap(head).getInt();
      if (length < 1 || length > MAX_RECORD || end + HEAD + length > size) {
        break;
      }
      byte[] record = new byte[length];
      try {
        blob.read(end + HEAD, record, length);
      } catch (EOFException e) {
        break;
      }
      if (crc(record) != ByteBuffer.wrap(head).getInt(4)) {
        break;
      }
      records.add(record);
      end += HEAD + length;
    }
    if (size > end) {
      blob.truncate(end);
      blob.force();
    }
    return records;
  }

  long size() {
    return end;
  }

  /** Appends; durable when it returns, and as if it had not been when it throws. */
  void append(List<byte[]> records) throws IOException {
    if (records.isEmpty()) {
      return;
    }
    byte[] bytes = frame(records);
    if (unsure) {
      blob.truncate(end);
    }
    unsure = true;
    blob.write(end, bytes);
    blob.force();
    unsure = false;
    end += bytes.length;
  }

  /** Replaces everything. */
  void rewrite(List<byte[]> records) throws IOException {
    byte[] bytes = frame(records);
    disk.replace(name, bytes);
    blob = disk.open(name);
    end = bytes.length;
    unsure = false;
  }

  private static byte[] frame(List<byte[]> records) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] record : records) {
      if (record.length < 1 || record.length > MAX_RECORD) {
        throw new IllegalArgumentException("a record of " + record.length + " bytes");
      }
      out.writeBytes(ByteBuffer.allocate(HEAD).putInt(record.length).putInt(crc(record)).array());
      out.writeBytes(record);
    }
    return out.toByteArray();
  }

  private static int crc(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }
}
