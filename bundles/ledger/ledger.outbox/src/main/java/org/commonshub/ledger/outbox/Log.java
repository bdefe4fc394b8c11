package org.commonshub.ledger.outbox;

import java.io.Closeable;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.platform.api.DurableFiles;

/**
 * An append-only file of records: {@code magic (4), length (4), CRC-32C over length and payload
 * (4), payload}, big endian. A record is durable when {@link #append} returns. Callers serialise
 * calls. Not a channel: an interrupt must not close it.
 */
class Log implements Closeable {
  static final int MAGIC = 0x43484F52; // "CHOR"
  static final int HEAD = 12;

  /** Largest payload: an attempt of 128 KiB and its key. */
  static final int MAX_RECORD = 192 * 1024;

  /** Called with each record of a file, in order. */
  interface Reader {
    void record(long at, Record record);
  }

  private final Path path;
  private RandomAccessFile file;
  private long end;
  private boolean broken;

  Log(Path path) {
    this.path = path;
  }

  /**
   * Opens the file, or makes it.
   *
   * @return whether bytes were found that are no records: they were set aside beside the file (a
   *     write that a power cut tore, or damage)
   */
  boolean open(Reader reader) throws IOException {
    Files.deleteIfExists(temporary());
    file = new RandomAccessFile(path.toFile(), "rw");
    List<long[]> bad = new ArrayList<>();
    end = scan(file, reader, bad);
    if (bad.isEmpty()) {
      return false;
    }
    if (bad.size() > 1 || bad.get(0)[1] != file.length()) {
      // Damage in the middle: what could be read is read; the file is kept for people.
      Path aside = path.resolveSibling("damaged-" + bad.get(0)[0]);
      if (!Files.exists(aside)) {
        Files.copy(path, aside);
      }
      end = file.length();
    } else {
      file.setLength(end);
      file.getFD().sync();
    }
    return true;
  }

  /**
   * Reads every record; stretches that are none are returned as {from, to}.
   *
   * @return where the last record ends
   */
  private static long scan(RandomAccessFile in, Reader reader, List<long[]> bad)
      throws IOException {
    long length = in.length();
    long at = 0;
    long end = 0;
    while (at < length) {
      Record record = null;
      byte[] payload = payload(in, at, length);
      if (payload != null) {
        try {
          record = Record.decode(payload);
        } catch (MalformedCborException e) {
          record = null; // A sum that fits by chance, or a later version's record.
        }
      }
      if (record == null) {
        long next = magic(in, at + 1, length);
        if (!bad.isEmpty() && bad.get(bad.size() - 1)[1] == at) {
          bad.get(bad.size() - 1)[1] = next;
        } else {
          bad.add(new long[] {at, next});
        }
        at = next;
      } else {
        reader.record(at, record);
        at += HEAD + payload.length;
        end = at;
      }
    }
    return end;
  }

  /** Where the next record may begin. */
  private static long magic(RandomAccessFile in, long from, long length) throws IOException {
    byte[] window = new byte[64 * 1024];
    for (long at = from; at < length; at += window.length - 3) {
      in.seek(at);
      int got = in.read(window, 0, (int) Math.min(window.length, length - at));
      for (int i = 0; i + 4 <= got; i++) {
        if (ByteBuffer.wrap(window).getInt(i) == MAGIC) {
          return at + i;
        }
      }
    }
    return length;
  }

  private static byte[] payload(RandomAccessFile in, long at, long length) throws IOException {
    if (length - at < HEAD) {
      return null;
    }
    byte[] head = new byte[HEAD];
    in.seek(at);
    in.readFully(head);
    ByteBuffer buffer = ByteBuffer.wrap(head);
    int magic = buffer.getInt();
    int size = buffer.getInt();
    if (magic != MAGIC || size < 0 || size > MAX_RECORD || size > length - at - HEAD) {
      return null;
    }
    byte[] payload = new byte[size];
    in.readFully(payload);
    return sum(size, payload) == buffer.getInt() ? payload : null;
  }

  private static int sum(int size, byte[] payload) {
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(4).putInt(0, size));
    crc.update(payload);
    return (int) crc.getValue();
  }

  /** The record that stands somewhere. */
  Record read(long at) throws IOException {
    byte[] payload = payload(file, at, end);
    if (payload == null) {
      throw new IOException(path + " is damaged at byte " + at);
    }
    try {
      return Record.decode(payload);
    } catch (MalformedCborException e) {
      throw new IOException(path + " is damaged at byte " + at, e);
    }
  }

  /**
   * Appends records, all or none.
   *
   * @return where the first one stands
   */
  long append(List<Record> records) throws IOException {
    long at = end;
    if (broken) {
      file.setLength(end);
      file.getFD().sync();
      broken = false;
    }
    byte[] bytes = bytes(records);
    broken = true;
    file.seek(end);
    write(file, bytes);
    force(file);
    broken = false;
    end += bytes.length;
    return at;
  }

  long append(Record record) throws IOException {
    return append(List.of(record));
  }

  private static byte[] bytes(List<Record> records) {
    List<byte[]> payloads = records.stream().map(Record::encode).toList();
    ByteBuffer all =
        ByteBuffer.allocate(payloads.stream().mapToInt(payload -> HEAD + payload.length).sum());
    for (byte[] payload : payloads) {
      if (payload.length > MAX_RECORD) {
        throw new IllegalArgumentException("a record of " + payload.length + " bytes");
      }
      all.putInt(MAGIC).putInt(payload.length).putInt(sum(payload.length, payload)).put(payload);
    }
    return all.array();
  }

  /** Writes; a test makes it tear. */
  void write(RandomAccessFile to, byte[] bytes) throws IOException {
    to.write(bytes);
  }

  /** Forces to the disk; a test makes it fail. */
  void force(RandomAccessFile to) throws IOException {
    to.getFD().sync();
  }

  /**
   * Replaces the file by one of these records, wholly or not at all.
   *
   * @return where each of them stands
   */
  long[] rewrite(int count, Source source) throws IOException {
    long[] places = new long[count];
    long length = 0;
    RandomAccessFile fresh = new RandomAccessFile(temporary().toFile(), "rw");
    try {
      fresh.setLength(0);
      for (int i = 0; i < count; i++) {
        byte[] bytes = bytes(List.of(source.record(i)));
        places[i] = length;
        write(fresh, bytes);
        length += bytes.length;
      }
      force(fresh);
      Files.move(
          temporary(), path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException | RuntimeException e) {
      fresh.close();
      throw e;
    }
    RandomAccessFile old = file;
    file = fresh;
    end = length;
    broken = false;
    old.close();
    DurableFiles.force(path.toAbsolutePath().getParent());
    return places;
  }

  /** Gives the records of a {@link #rewrite}, one at a time. */
  interface Source {
    Record record(int index) throws IOException;
  }

  /** Bytes in it. */
  long length() {
    return end;
  }

  /** Opens what is in it now for a copy; appending goes on meanwhile. */
  InputStream snapshot() throws IOException {
    return new FileInputStream(path.toFile());
  }

  /** Copies the first bytes. */
  static void copy(InputStream from, long length, OutputStream to) throws IOException {
    byte[] buffer = new byte[64 * 1024];
    for (long left = length; left > 0; ) {
      int got = from.read(buffer, 0, (int) Math.min(buffer.length, left));
      if (got < 0) {
        throw new IOException("ends " + left + " bytes early");
      }
      to.write(buffer, 0, got);
      left -= got;
    }
  }

  private Path temporary() {
    return path.resolveSibling("." + path.getFileName() + ".tmp");
  }

  @Override
  public void close() throws IOException {
    if (file != null) {
      file.close();
    }
  }
}
