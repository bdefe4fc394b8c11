package org.commonshub.ledger.journal;

import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

/**
 * A disk in memory that loses power at a given operation. What was not forced survives in part: any
 * of the writes, each cut anywhere. It can also refuse operations without losing power.
 */
final class FlakyDisk implements Disk {
  /** The power went. */
  static final class PowerCut extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private static final class File {
    byte[] durable = {};
    byte[] seen = {};
    final List<Object[]> pending = new ArrayList<>();
  }

  private final Map<String, File> files = new TreeMap<>();
  private final Random random;
  private long operations;
  private long cutAt = Long.MAX_VALUE;
  private long failAt = Long.MAX_VALUE;
  private boolean off;

  FlakyDisk(long seed) {
    random = new Random(seed);
  }

  FlakyDisk cutAt(long operation) {
    cutAt = operations + operation;
    return this;
  }

  FlakyDisk failAt(long operation) {
    failAt = operations + operation;
    return this;
  }

  long operations() {
    return operations;
  }

  /** The disk as it is found when the power is back. */
  FlakyDisk back() {
    FlakyDisk next = new FlakyDisk(random.nextLong());
    files.forEach(
        (name, file) -> {
          File kept = new File();
          byte[] content = file.durable;
          for (Object[] write : file.pending) {
            if (random.nextInt(3) > 0) {
              byte[] bytes = (byte[]) write[1];
              int length = random.nextBoolean() ? bytes.length : random.nextInt(bytes.length + 1);
              content = apply(content, (long) write[0], Arrays.copyOf(bytes, length));
            }
          }
          kept.durable = content;
          kept.seen = content;
          next.files.put(name, kept);
        });
    return next;
  }

  /** A flipped bit. */
  void flip(String name, int at, int mask) {
    File file = files.get(name);
    file.seen = file.seen.clone();
    file.seen[at] ^= (byte) mask;
    file.durable = file.seen;
    file.pending.clear();
  }

  /** Cut to a length. */
  void cut(String name, int length) {
    File file = files.get(name);
    file.seen = Arrays.copyOf(file.seen, length);
    file.durable = file.seen;
    file.pending.clear();
  }

  void remove(String name) {
    files.remove(name);
  }

  byte[] content(String name) {
    return files.get(name).seen;
  }

  FlakyDisk copy() {
    FlakyDisk copy = new FlakyDisk(7);
    files.forEach(
        (name, file) -> {
          File kept = new File();
          kept.durable = file.seen.clone();
          kept.seen = kept.durable;
          copy.files.put(name, kept);
        });
    return copy;
  }

  private static byte[] apply(byte[] content, long at, byte[] bytes) {
    byte[] result = Arrays.copyOf(content, (int) Math.max(content.length, at + bytes.length));
    System.arraycopy(bytes, 0, result, (int) at, bytes.length);
    return result;
  }

  private void operation() throws IOException {
    if (off) {
      throw new PowerCut();
    }
    operations++;
    if (operations == failAt) {
      throw new IOException("the disk refuses");
    }
    if (operations == cutAt) {
      off = true;
      throw new PowerCut();
    }
  }

  private void alive() {
    if (off) {
      throw new PowerCut();
    }
  }

  @Override
  public Blob open(String name) {
    alive();
    File file = files.computeIfAbsent(name, n -> new File());
    return new Blob() {
      @Override
      public void read(long at, byte[] into, int length) throws IOException {
        alive();
        if (at + length > file.seen.length) {
          throw new EOFException(name + " ends before " + (at + length));
        }
        System.arraycopy(file.seen, (int) at, into, 0, length);
      }

      @Override
      public void write(long at, byte[] bytes) throws IOException {
        // The cut comes after the write was handed over, so that part of it may have landed.
        file.pending.add(new Object[] {at, bytes.clone()});
        try {
          operation();
        } catch (IOException e) {
          file.seen = apply(file.seen, at, Arrays.copyOf(bytes, bytes.length / 2));
          throw e;
        }
        file.seen = apply(file.seen, at, bytes);
      }

      @Override
      public void force() throws IOException {
        operation();
        file.durable = file.seen;
        file.pending.clear();
      }

      @Override
      public void truncate(long size) throws IOException {
        operation();
        if (file.seen.length > size) {
          file.seen = Arrays.copyOf(file.seen, (int) size);
          file.durable = Arrays.copyOf(file.durable, (int) Math.min(size, file.durable.length));
          file.pending.removeIf(write -> (long) write[0] >= size);
        }
      }

      @Override
      public long size() {
        alive();
        return file.seen.length;
      }
    };
  }

  @Override
  public void replace(String name, byte[] content) throws IOException {
    if (random.nextBoolean()) {
      operation();
    }
    File file = new File();
    file.durable = content.clone();
    file.seen = file.durable;
    files.put(name, file);
    operation();
  }

  @Override
  public Optional<byte[]> read(String name, int most) {
    alive();
    return Optional.ofNullable(files.get(name)).map(file -> file.seen.clone());
  }

  @Override
  public List<String> names() {
    alive();
    return List.copyOf(files.keySet());
  }

  @Override
  public void delete(String name) throws IOException {
    operation();
    files.remove(name);
  }

  @Override
  public void close() {}
}
