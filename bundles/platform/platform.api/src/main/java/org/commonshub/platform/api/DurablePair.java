package org.commonshub.platform.api;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Optional;

/**
 * Small state kept in two files that are written in turns, each with its number and digest: a
 * damaged file costs the last change and not all. For state that nobody can make again. Callers
 * serialise.
 */
public final class DurablePair {
  private static final int HEAD = 8 + 32;

  private final Path directory;
  private final String name;
  private final int maxBytes;
  private final boolean ownerOnly;
  private long number;
  private int next;
  private boolean damaged;

  /**
   * Two files {@code NAME.0} and {@code NAME.1}.
   *
   * @param maxBytes of the content
   * @param ownerOnly see {@link DurableFiles#write}
   */
  public DurablePair(Path directory, String name, int maxBytes, boolean ownerOnly) {
    this.directory = directory;
    this.name = name;
    this.maxBytes = maxBytes;
    this.ownerOnly = ownerOnly;
  }

  /**
   * What was written last, as far as it is whole; empty if nothing is.
   *
   * @throws IOException if a file is there and cannot be read
   */
  public Optional<byte[]> read() throws IOException {
    Optional<byte[]> newest = Optional.empty();
    number = 0;
    next = 0;
    damaged = false;
    for (int i = 0; i < 2; i++) {
      byte[] file;
      try {
        file = DurableFiles.read(file(i), HEAD + maxBytes);
      } catch (NoSuchFileException e) {
        continue;
      }
      long its = file.length < HEAD ? 0 : ByteBuffer.wrap(file).getLong();
      if (its <= 0 || !Arrays.equals(file, 8, HEAD, digest(file), 0, 32)) {
        damaged = true;
      } else if (its > number) {
        number = its;
        next = 1 - i;
        newest = Optional.of(Arrays.copyOfRange(file, HEAD, file.length));
      }
    }
    return newest;
  }

  /** Whether {@link #read} found a file that is not whole. */
  public boolean damaged() {
    return damaged;
  }

  /**
   * Writes over the older file; durable when it returns. {@link #read} first.
   *
   * @throws IOException if the disk refused, or the content is too large; what was there is there
   */
  public void write(byte[] content) throws IOException {
    if (content.length > maxBytes) {
      throw new IOException(
          file(next) + " would have " + content.length + " bytes; at most " + maxBytes);
    }
    byte[] file =
        ByteBuffer.allocate(HEAD + content.length)
            .putLong(number + 1)
            .position(HEAD)
            .put(content)
            .array();
    System.arraycopy(digest(file), 0, file, 8, 32);
    DurableFiles.privateDirectory(directory);
    DurableFiles.write(file(next), file, ownerOnly);
    number++;
    next = 1 - next;
  }

  private Path file(int i) {
    return directory.resolve(name + "." + i);
  }

  /** Of number and content. */
  private static byte[] digest(byte[] file) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update(file, 0, 8);
      sha.update(file, HEAD, file.length - HEAD);
      return sha.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256 is part of every Java", e);
    }
  }
}
