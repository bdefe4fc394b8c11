package org.commonshub.measure.provider;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * A first-in-first-out queue of byte blocks in a file of fixed size, allocated once so that a full
 * disk can't stop it. Not thread-safe.
 *
 * <p>Layout: two head pages of 4 KiB and two note slots of 64 KiB, written in turns, then the ring.
 * A block is length, sequence, CRC-32C of both and of the payload, payload. The end of the queue is
 * the first block whose sequence or checksum is not the next one, so an append torn by {@code kill
 * -9} or power loss is not there, and all before it is. {@link #force()} makes it durable.
 */
final class SpillRing implements Closeable {
  private static final long MAGIC = 0x434d4e5352494e47L; // "CMNSRING"
  private static final int HEAD_PAGE = 4096;
  static final int NOTE_SLOT = 64 * 1024;
  private static final long NOTES = 2L * HEAD_PAGE;
  private static final long DATA = NOTES + 2L * NOTE_SLOT;
  private static final int BLOCK_HEAD = 16;
  private static final int WRAP = -1;
  private static final int HEAD_BYTES = 44;
  private static final int NOTE_HEAD = 16;

  /** Smallest file. */
  static final long MIN_BYTES = DATA + 64 * 1024;

  private final Path file;
  private final FileChannel channel;
  private final long capacity;
  private final ByteBuffer small = ByteBuffer.allocate(HEAD_BYTES);

  private long head;
  private long headSequence;
  private long tail;
  private long tailSequence;
  private long used;
  private long generation;
  private long noteGeneration;
  // What the disk may still believe after power loss: space behind it must not be overwritten.
  private long durableUsedBehind;
  private boolean dirty;
  private long blocks;

  private SpillRing(Path file, FileChannel channel, long capacity) {
    this.file = file;
    this.channel = channel;
    this.capacity = capacity;
  }

  /**
   * Opens or makes the ring; what an earlier run left is there again.
   *
   * @param bytes size of the file; of an existing one only when it is empty
   */
  static SpillRing open(Path file, long bytes) throws IOException {
    if (bytes < MIN_BYTES) {
      throw new IllegalArgumentException("ring smaller than " + MIN_BYTES + " bytes");
    }
    Files.createDirectories(file.getParent());
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
    try {
      lock(channel, file);
      long size = channel.size();
      if (size >= MIN_BYTES) {
        SpillRing ring = new SpillRing(file, channel, size - DATA);
        if (ring.recover() && (size == bytes || ring.used > 0 || ring.readNote().isPresent())) {
          return ring;
        }
      }
      channel.truncate(Math.min(channel.size(), bytes));
      ByteBuffer zeros = ByteBuffer.allocate(64 * 1024);
      for (long at = 0; at < bytes; ) {
        zeros.clear().limit((int) Math.min(zeros.capacity(), bytes - at));
        at += channel.write(zeros, at);
      }
      SpillRing ring = new SpillRing(file, channel, bytes - DATA);
      ring.headSequence = 1;
      ring.tailSequence = 1;
      ring.writeHead();
      channel.force(true);
      return ring;
    } catch (IOException | RuntimeException e) {
      try {
        channel.close();
      } catch (IOException closing) {
        e.addSuppressed(closing);
      }
      throw e;
    }
  }

  private static void lock(FileChannel channel, Path file) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      if (lock == null) {
        throw new IOException("another process uses " + file);
      }
    } catch (OverlappingFileLockException e) {
      throw new IOException("already open: " + file, e);
    }
  }

  /** Bytes waiting. */
  long used() {
    return used;
  }

  /** Bytes there is room for. */
  long capacity() {
    return capacity;
  }

  /** Blocks waiting. */
  long blocks() {
    return blocks;
  }

  boolean isEmpty() {
    return blocks == 0;
  }

  Path file() {
    return file;
  }

  /**
   * Appends a block.
   *
   * @return false if there is no room for it; nothing was changed then
   */
  boolean append(byte[] payload) throws IOException {
    int need = BLOCK_HEAD + payload.length;
    long toEnd = capacity - tail;
    long skip = toEnd >= need ? 0 : toEnd;
    if (used + skip + need > capacity) {
      return false;
    }
    if (used + durableUsedBehind + skip + need > capacity) {
      force();
    }
    if (skip > 0) {
      if (toEnd >= BLOCK_HEAD) {
        write(blockHead(WRAP, tailSequence), DATA + tail);
      }
      tail = 0;
    }
    ByteBuffer block = ByteBuffer.allocate(need);
    block.putInt(payload.length).putLong(tailSequence);
    block.putInt(crc(payload.length, tailSequence, payload)).put(payload).flip();
    write(block, DATA + tail);
    tail = (tail + need) % capacity;
    used += skip + need;
    tailSequence++;
    blocks++;
    dirty = true;
    return true;
  }

  private static int crc(int length, long sequence, byte[] payload) {
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(12).putInt(length).putLong(sequence).flip());
    crc.update(payload, 0, payload.length);
    return (int) crc.getValue();
  }

  private static ByteBuffer blockHead(int length, long sequence) {
    return ByteBuffer.allocate(BLOCK_HEAD).putInt(length).putLong(sequence).putInt(0).flip();
  }

  /** The oldest block, without removing it; null when empty. */
  byte[] peek() throws IOException {
    if (blocks == 0) {
      return null;
    }
    Block block = read(head, headSequence);
    if (block == null) {
      throw new IOException("block " + headSequence + " of " + file + " is damaged");
    }
    return block.payload;
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Block(byte[] payload, long next, long size) {}

  /** The block at a position (or behind the wrap there), or null if it is not the expected one. */
  private Block read(long at, long sequence) throws IOException {
    long skipped = 0;
    long position = at;
    for (int hop = 0; hop < 2; hop++) {
      if (capacity - position >= BLOCK_HEAD) {
        ByteBuffer fixed = ByteBuffer.allocate(BLOCK_HEAD);
        readFully(fixed, DATA + position);
        fixed.flip();
        int length = fixed.getInt();
        long found = fixed.getLong();
        int crc = fixed.getInt();
        if (found != sequence) {
          return null;
        }
        if (length != WRAP) {
          if (length < 0 || length > capacity - position - BLOCK_HEAD) {
            return null;
          }
          byte[] payload = new byte[length];
          readFully(ByteBuffer.wrap(payload), DATA + position + BLOCK_HEAD);
          if (crc(length, sequence, payload) != crc) {
            return null;
          }
          long size = (long) BLOCK_HEAD + length;
          return new Block(payload, (position + size) % capacity, skipped + size);
        }
      }
      skipped += capacity - position;
      position = 0;
    }
    return null;
  }

  /** Removes the oldest block. */
  void remove() throws IOException {
    Block block = blocks == 0 ? null : read(head, headSequence);
    if (block == null) {
      throw new IOException("no block " + headSequence + " in " + file);
    }
    head = block.next;
    headSequence++;
    blocks--;
    used -= block.size;
    durableUsedBehind += block.size;
    writeHead();
  }

  /** Forgets everything. */
  void clear() throws IOException {
    head = tail;
    headSequence = tailSequence;
    blocks = 0;
    used = 0;
    durableUsedBehind = capacity;
    writeHead();
    force();
  }

  /** Makes all so far durable. */
  void force() throws IOException {
    if (dirty) {
      channel.force(false);
      dirty = false;
      durableUsedBehind = 0;
    }
  }

  private void writeHead() throws IOException {
    generation++;
    small.clear();
    small.putLong(MAGIC).putLong(generation).putLong(capacity).putLong(head).putLong(headSequence);
    CRC32C crc = new CRC32C();
    crc.update(small.array(), 0, 40);
    small.putInt((int) crc.getValue()).flip();
    write(small, (generation % 2) * HEAD_PAGE);
    dirty = true;
  }

  /** Finds head and tail; false if this is not a ring of this size. */
  private boolean recover() throws IOException {
    boolean found = false;
    for (int page = 0; page < 2; page++) {
      small.clear();
      readFully(small, (long) page * HEAD_PAGE);
      small.flip();
      CRC32C crc = new CRC32C();
      crc.update(small.array(), 0, 40);
      long magic = small.getLong();
      long written = small.getLong();
      long size = small.getLong();
      long at = small.getLong();
      long sequence = small.getLong();
      boolean whole = small.getInt() == (int) crc.getValue();
      if (magic == MAGIC
          && whole
          && size == capacity
          && at >= 0
          && at < capacity
          && written > generation) {
        generation = written;
        head = at;
        headSequence = sequence;
        found = true;
      }
    }
    if (!found) {
      return false;
    }
    tail = head;
    tailSequence = headSequence;
    while (used < capacity) {
      Block block = read(tail, tailSequence);
      if (block == null || used + block.size > capacity) {
        break;
      }
      tail = block.next;
      tailSequence++;
      used += block.size;
      blocks++;
    }
    dirty = true;
    durableUsedBehind = 0;
    return true;
  }

  /**
   * Keeps a small note beside the queue, replacing the one before.
   *
   * @return false if it does not fit
   */
  boolean writeNote(byte[] note) throws IOException {
    if (note.length > NOTE_SLOT - NOTE_HEAD) {
      return false;
    }
    readNote();
    long next = noteGeneration + 1;
    ByteBuffer slot = ByteBuffer.allocate(NOTE_HEAD + note.length);
    slot.putLong(next).putInt(note.length).putInt(crc(note.length, next, note));
    slot.put(note).flip();
    write(slot, NOTES + (next % 2) * NOTE_SLOT);
    noteGeneration = next;
    dirty = true;
    return true;
  }

  /** The newest whole note, if it is not empty. */
  Optional<byte[]> readNote() throws IOException {
    byte[] newest = new byte[0];
    noteGeneration = 0;
    for (int index = 0; index < 2; index++) {
      ByteBuffer fixed = ByteBuffer.allocate(NOTE_HEAD);
      long at = NOTES + (long) index * NOTE_SLOT;
      readFully(fixed, at);
      fixed.flip();
      long written = fixed.getLong();
      int length = fixed.getInt();
      int crc = fixed.getInt();
      if (written <= noteGeneration || length < 0 || length > NOTE_SLOT - NOTE_HEAD) {
        continue;
      }
      byte[] note = new byte[length];
      readFully(ByteBuffer.wrap(note), at + NOTE_HEAD);
      if (crc(length, written, note) == crc) {
        noteGeneration = written;
        newest = note;
      }
    }
    return newest.length == 0 ? Optional.empty() : Optional.of(newest);
  }

  private void write(ByteBuffer from, long at) throws IOException {
    long position = at;
    while (from.hasRemaining()) {
      position += channel.write(from, position);
    }
  }

  private void readFully(ByteBuffer into, long at) throws IOException {
    long position = at;
    while (into.hasRemaining()) {
      int read = channel.read(into, position);
      if (read < 0) {
        throw new IOException(file + " is shorter than it should be");
      }
      position += read;
    }
  }

  @Override
  public void close() throws IOException {
    try {
      force();
    } finally {
      channel.close();
    }
  }
}
