package org.commonshub.ledger.journal;

import java.io.EOFException;
import java.io.IOException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/**
 * One long row of bytes in files {@code NAME-00000000}, {@code NAME-00000001}, … of one size. What
 * is written or read at once lies in one file. Not thread-safe.
 */
final class Segments {
  private final Disk disk;
  private final String name;
  private final int bytes;
  private final Map<Long, Disk.Blob> blobs = new HashMap<>();
  private final TreeSet<Long> dirty = new TreeSet<>();

  Segments(Disk disk, String name, int bytes) {
    this.disk = disk;
    this.name = name;
    this.bytes = bytes;
  }

  private Disk.Blob blob(long segment) throws IOException {
    Disk.Blob blob = blobs.get(segment);
    if (blob == null) {
      blob = disk.open(file(segment));
      blobs.put(segment, blob);
    }
    return blob;
  }

  private String file(long segment) {
    return String.format(Locale.ROOT, "%s-%08d", name, segment);
  }

  /** Where a record of that length can begin at or after a place. */
  long place(long at, int length) {
    return at % bytes + length <= bytes ? at : (at / bytes + 1) * bytes;
  }

  byte[] read(long at, int length) throws IOException {
    if (at < 0 || length < 0 || at % bytes + length > bytes) {
      throw new IOException("no " + length + " bytes at " + at + " of " + name);
    }
    if (!blobs.containsKey(at / bytes) && !disk.names().contains(file(at / bytes))) {
      throw new EOFException(file(at / bytes) + " is missing"); // and is not made by reading
    }
    byte[] into = new byte[length];
    blob(at / bytes).read(at % bytes, into, length);
    return into;
  }

  /** How many of {@code length} bytes lie in the same file as the first one. */
  int run(long at, long length) {
    return (int) Math.min(length, bytes - at % bytes);
  }

  void write(long at, byte[] record) throws IOException {
    long segment = at / bytes;
    dirty.add(segment);
    blob(segment).write(at % bytes, record);
  }

  /** Makes everything written durable. */
  void force() throws IOException {
    while (!dirty.isEmpty()) {
      blob(dirty.first()).force();
      dirty.pollFirst();
    }
  }

  /** Bytes up to the end of the last file. */
  long size() throws IOException {
    long last = -1;
    for (String file : disk.names()) {
      if (file.startsWith(name + "-") && file.matches(".*-\\d{8}")) {
        last = Math.max(last, Long.parseLong(file.substring(name.length() + 1)));
      }
    }
    return last < 0 ? 0 : last * bytes + Math.min(bytes, blob(last).size());
  }

  /** Cuts everything from a place on, durably. */
  void truncate(long at) throws IOException {
    for (long segment = (size() - 1) / bytes; segment > at / bytes; segment--) {
      blobs.remove(segment);
      dirty.remove(segment);
      disk.delete(file(segment));
    }
    if (size() > at) {
      blob(at / bytes).truncate(at % bytes);
      blob(at / bytes).force();
    }
  }
}
