package org.commonshub.history.sqlite;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * What was acknowledged and is not in the database yet: self-contained records, appended and forced
 * to the disk. The file is allocated ahead in steps and used again from its beginning after each
 * flush, so an append touches no file-system metadata; a generation number in each record tells
 * what is new. README.md documents the format. Not thread-safe.
 */
final class Journal implements Closeable {
  private static final int MAGIC = 0x314a4843; // "CHJ1"
  static final int START = 16;
  private static final int HEAD = 12;
  private static final int STEP = 1 << 20;
  static final int MAX_RECORD = 1 << 23;

  private final FileChannel channel;
  private final int limit;
  private long allocated;
  private int position = START;
  private int generation;

  /** Takes a record found at start. */
  interface Reader {
    void record(byte[] payload) throws IOException;
  }

  /**
   * @param limit most bytes it may grow to
   * @param writable false on a read-only disk: {@link #append} fails
   */
  Journal(Path file, int limit, boolean writable) throws IOException {
    this.limit = limit;
    channel =
        writable
            ? FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)
            : FileChannel.open(file, StandardOpenOption.READ);
    allocated = channel.size();
  }

  /**
   * Reads the records of generations above {@code flushed}, and gets ready to append after them.
   *
   * @return bytes that were passed over because they are damaged and sound records follow; 0 when
   *     all is well (a torn last record was never acknowledged)
   */
  int recover(int flushed, Reader reader) throws IOException {
    byte[] all = new byte[(int) Math.min(allocated, Integer.MAX_VALUE - 16)];
    ByteBuffer buffer = ByteBuffer.wrap(all);
    while (buffer.hasRemaining() && channel.read(buffer, buffer.position()) > 0) {}
    generation = flushed + 1;
    position = START;
    int damaged = 0;
    boolean first = true;
    for (int at = START; at + HEAD < all.length; ) {
      int found = int32(all, at + 8);
      boolean ours = first ? found > flushed : found == generation;
      int length = ours ? int32(all, at) : 0;
      if (length > 0
          && length <= Math.min(MAX_RECORD, all.length - at - HEAD)
          && int32(all, at + 4) == crc(found, at, all, at + HEAD, length)) {
        generation = found;
        first = false;
        damaged += at - position;
        at += HEAD + length;
        position = at;
        reader.record(Arrays.copyOfRange(all, at - length, at));
      } else {
        at++;
      }
    }
    return damaged;
  }

  private static int int32(byte[] bytes, int at) {
    return (bytes[at] & 0xff)
        | (bytes[at + 1] & 0xff) << 8
        | (bytes[at + 2] & 0xff) << 16
        | (bytes[at + 3] & 0xff) << 24;
  }

  private static int crc(int generation, int position, byte[] bytes, int from, int length) {
    CRC32C crc = new CRC32C();
    for (int i = 0; i < 4; i++) {
      crc.update(generation >>> (8 * i));
      crc.update(position >>> (8 * i));
    }
    crc.update(bytes, from, length);
    return (int) crc.getValue();
  }

  int generation() {
    return generation;
  }

  /** Bytes used in this generation. */
  int used() {
    return position - START;
  }

  boolean hasRoom(int length) {
    return position + HEAD + length + HEAD <= limit;
  }

  /** Writes one record; it is durable after {@link #force}. */
  void append(byte[] payload, int length) throws IOException {
    int end = position + HEAD + length;
    if (end > limit) {
      throw new IOException("the journal is full");
    }
    if (end > allocated) {
      allocate(end);
    }
    Out head = new Out(HEAD);
    head.i32(length);
    head.i32(crc(generation, position, payload, 0, length));
    head.i32(generation);
    ByteBuffer[] parts = {
      ByteBuffer.wrap(head.bytes, 0, head.length), ByteBuffer.wrap(payload, 0, length)
    };
    channel.position(position);
    long left = HEAD + (long) length;
    while (left > 0) {
      left -= channel.write(parts);
    }
    position = end;
  }

  private void allocate(int end) throws IOException {
    long target = Math.min(limit, (end / STEP + 1L) * STEP);
    ByteBuffer zeros = ByteBuffer.allocate(64 * 1024);
    if (allocated == 0) {
      zeros.put(0, (byte) MAGIC);
      zeros.put(1, (byte) (MAGIC >>> 8));
      zeros.put(2, (byte) (MAGIC >>> 16));
      zeros.put(3, (byte) (MAGIC >>> 24));
    }
    for (long at = allocated; at < target; ) {
      zeros.clear().limit((int) Math.min(zeros.capacity(), target - at));
      at += channel.write(zeros, at);
      if (at > 0) {
        zeros.putInt(0, 0);
      }
    }
    channel.force(true);
    allocated = target;
  }

  /** Makes everything appended durable. */
  void force() throws IOException {
    channel.force(false);
  }

  /** Everything so far is durable elsewhere: starts from the beginning. */
  void next() {
    generation++;
    position = START;
  }

  /** Overwrites the whole file with zeros: what was erased must not linger. */
  void wipe() throws IOException {
    ByteBuffer zeros = ByteBuffer.allocate(64 * 1024);
    for (long at = START; at < allocated; ) {
      zeros.clear().limit((int) Math.min(zeros.capacity(), allocated - at));
      at += channel.write(zeros, at);
    }
    channel.force(false);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
