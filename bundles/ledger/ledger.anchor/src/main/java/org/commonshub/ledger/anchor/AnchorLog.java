package org.commonshub.ledger.anchor;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.commonshub.platform.api.DurableFiles;

/**
 * Which root was taken for which number: rows of 64 bytes, appended durably, found by halving. Size
 * and number never fall from row to row. About 2 MB a year. Not thread-safe.
 */
final class AnchorLog implements AutoCloseable {
  private static final int ROW = 64;
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

  private final FileChannel channel;
  private long count;

  AnchorLog(Path file) throws IOException {
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
    ByteBuffer bytes = ByteBuffer.allocate(ROW);
    long at = index * ROW;
    while (bytes.hasRemaining()) {
      int read = channel.read(bytes, at);
      if (read < 0) {
        throw new EOFException("The anchors' file was cut while it was in use.");
      }
      at += read;
    }
    bytes.flip();
    long number = bytes.getLong();
    long size = bytes.getLong();
    byte[] root = new byte[32];
    bytes.get(root);
    long millis = bytes.getLong();
    int epoch = bytes.getInt();
    return bytes.getInt() == crc(bytes.array()) ? new Row(number, epoch, size, root, millis) : null;
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
