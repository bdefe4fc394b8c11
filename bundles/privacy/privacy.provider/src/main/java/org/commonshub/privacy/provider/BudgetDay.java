package org.commonshub.privacy.provider;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;
import org.commonshub.platform.api.DurableFiles;

/**
 * What was spent of one local day. Each record of the file: subject's hash (8 bytes), label's keyed
 * hash (16), ε in millionths (8), CRC-32 (4); a record cut short by a power cut was never sealed,
 * so nothing was released for it. {@link #spend} under the owner's lock; {@link #seal} is not.
 */
final class BudgetDay {
  static final int RECORD = 36;

  /** Most labels of one day: more than a device with a value a second and ten quantities needs. */
  private static final int MAX_LABELS = 1_000_000;

  private final FileChannel channel;
  private final Map<Long, Long> spent = new HashMap<>();
  private final Set<Label> labels = new HashSet<>();
  private final ByteBuffer buffer = ByteBuffer.allocate(RECORD);
  private volatile boolean dirty;

  private record Label(long high, long low) {}

  BudgetDay(Path file) throws IOException {
    boolean fresh = !java.nio.file.Files.exists(file);
    channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      if (fresh) {
        DurableFiles.force(file.getParent());
      }
      read();
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private void read() throws IOException {
    long whole = 0;
    long size = channel.size();
    while (whole + RECORD <= size) {
      buffer.clear();
      while (buffer.hasRemaining() && channel.read(buffer, whole + buffer.position()) > 0) {
        // until the record is whole
      }
      buffer.flip();
      if (buffer.remaining() < RECORD || crc() != buffer.getInt(RECORD - 4)) {
        break;
      }
      long subject = buffer.getLong(0);
      if (labels.add(new Label(buffer.getLong(8), buffer.getLong(16)))) {
        spent.merge(subject, buffer.getLong(24), Math::addExact);
      }
      whole += RECORD;
    }
    channel.truncate(whole);
    channel.position(whole);
  }

  boolean spend(String subject, byte[] labelHash, long microEpsilon, long daily)
      throws IOException {
    ByteBuffer hash = ByteBuffer.wrap(labelHash);
    Label label = new Label(hash.getLong(0), hash.getLong(8));
    if (labels.contains(label)) {
      return true;
    }
    long key = key(subject);
    long before = spent.getOrDefault(key, 0L);
    if (microEpsilon > daily - before || labels.size() >= MAX_LABELS) {
      return false;
    }
    buffer.clear();
    buffer.putLong(key).putLong(label.high()).putLong(label.low()).putLong(microEpsilon);
    buffer.putInt(crc()).flip();
    append();
    labels.add(label);
    spent.put(key, before + microEpsilon);
    return true;
  }

  private void append() throws IOException {
    long end = channel.position();
    try {
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    } catch (IOException e) {
      channel.truncate(end);
      throw e;
    }
    dirty = true;
  }

  /** Appends the whole records of a copy that are not there. */
  void merge(byte[] copy) throws IOException {
    for (int at = 0; at + RECORD <= copy.length; at += RECORD) {
      buffer.clear();
      buffer.put(copy, at, RECORD).flip();
      if (crc() != buffer.getInt(RECORD - 4)) {
        return;
      }
      Label label = new Label(buffer.getLong(8), buffer.getLong(16));
      if (labels.size() < MAX_LABELS && !labels.contains(label)) {
        long key = buffer.getLong(0);
        long amount = buffer.getLong(24);
        append();
        labels.add(label);
        spent.merge(key, amount, Math::addExact);
      }
    }
  }

  boolean dirty() {
    return dirty;
  }

  void seal() throws IOException {
    if (dirty) {
      dirty = false;
      try {
        channel.force(false);
      } catch (java.nio.channels.ClosedChannelException e) {
        // It was sealed when it was closed.
      } catch (IOException e) {
        dirty = true;
        throw e;
      }
    }
  }

  void close() throws IOException {
    try (channel) {
      seal();
    }
  }

  private int crc() {
    CRC32 crc = new CRC32();
    crc.update(buffer.array(), 0, RECORD - 4);
    return (int) crc.getValue();
  }

  private static long key(String subject) {
    try {
      return ByteBuffer.wrap(
              MessageDigest.getInstance("SHA-256").digest(subject.getBytes(StandardCharsets.UTF_8)))
          .getLong();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("SHA-256 is part of every Java", e);
    }
  }
}
