package org.commonshub.ledger.anchor;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.commonshub.platform.api.DurableFiles;

/**
 * Which root was taken for which number: rows of 64 bytes, appended durably, found by halving. Size
 * and number never fall from row to row. About 2 MB a year. Not thread-safe.
 */
final class AnchorLog implements AutoCloseable {
  static final int ROW = 64;
  private static final int CRC_AT = 60;

  /**
   * One.
   *
   * @param number in the stream {@code anchor/}: quarters of an hour since 1970 unless the clock
   *     was set back
   * @param epoch of the journal
   * @param size entries under the root
   * @param millis instant of the checkpoint
   */
  record Row(long number, int epoch, long size, byte[] root, long millis) {
    String key() {
      return "anchor/" + number;
    }
  }

  private final Path file;
  private FileChannel channel;
  private long count;

  AnchorLog(Path file) throws IOException {
    this.file = file;
    open();
  }

  private void open() throws IOException {
    channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    DurableFiles.force(file.toAbsolutePath().getParent());
    count = channel.size() / ROW;
    while (count > 0 && read(count - 1) == null) { // what a power cut left
      count--;
    }
    channel.truncate(count * ROW);
  }

  long count() {
    return count;
  }

  Optional<Row> newest() throws IOException {
    return count == 0 ? Optional.empty() : Optional.of(row(count - 1));
  }

  Row row(long index) throws IOException {
    Row row = read(index);
    if (row == null) {
      throw new IOException("Row " + index + " of the anchors is damaged on the disk.");
    }
    return row;
  }

  /** Index of the first row over more than so many entries; {@link #count()} if there is none. */
  long firstAbove(long size) throws IOException {
    long low = 0;
    long high = count;
    while (low < high) {
      long middle = (low + high) >>> 1;
      if (row(middle).size() > size) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /**
   * Appends, durably. Rows over more entries are of a journal that is no more (a backup was
   * restored) and go first.
   */
  void append(Row row) throws IOException {
    long kept = firstAbove(row.size());
    ByteBuffer bytes =
        ByteBuffer.allocate(ROW)
            .putLong(row.number())
            .putLong(row.size())
            .put(row.root())
            .putLong(row.millis())
            .putInt(row.epoch());
    bytes.putInt(crc(bytes.array())).flip();
    if (kept < count) {
      channel.truncate(kept * ROW);
      count = kept;
    }
    long at = count * ROW;
    while (bytes.hasRemaining()) {
      at += channel.write(bytes, at);
    }
    channel.force(true);
    count++;
  }

  private Row read(long index) throws IOException {
    return row(bytes(index, 1));
  }

  /** So many rows as they are on the disk. */
  byte[] bytes(long index, int rows) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(rows * ROW);
    long at = index * ROW;
    while (bytes.hasRemaining()) {
      int read = channel.read(bytes, at);
      if (read < 0) {
        throw new EOFException("The anchors' file was cut while it was in use.");
      }
      at += read;
    }
    return bytes.array();
  }

  /** Parses a row; null if it is damaged. */
  private static Row row(byte[] row) {
    ByteBuffer bytes = ByteBuffer.wrap(row);
    long number = bytes.getLong();
    long size = bytes.getLong();
    byte[] root = new byte[32];
    bytes.get(root);
    long millis = bytes.getLong();
    int epoch = bytes.getInt();
    return bytes.getInt() == crc(row) ? new Row(number, epoch, size, root, millis) : null;
  }

  /**
   * Takes over rows from a backup. If this log has all of them, perhaps more, it stays; else they
   * take its place.
   *
   * @param from rows as {@link #bytes} gave them
   * @return whether they took its place
   * @throws IOException if they are damaged, or the disk refuses; then nothing was changed
   */
  boolean replace(Path from) throws IOException {
    long rows = Files.size(from) / ROW;
    try (AnchorLog other = new AnchorLog(from)) {
      if (other.count < rows) {
        throw new IOException("The newest anchor in the backup is damaged.");
      }
      Row last = null;
      for (long i = 0; i < rows; i++) {
        Row row = other.row(i);
        if (last != null && (row.number() < last.number() || row.size() < last.size())) {
          throw new IOException("The anchors in the backup are not in order.");
        }
        last = row;
      }
      if (rows == 0
          || rows <= count && Arrays.equals(bytes(rows - 1, 1), other.bytes(rows - 1, 1))) {
        return false;
      }
      other.channel.force(true);
    }
    channel.close();
    try {
      Files.move(from, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      open();
    }
    return true;
  }

  private static int crc(byte[] row) {
    CRC32C crc = new CRC32C();
    crc.update(row, 0, CRC_AT);
    return (int) crc.getValue();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
