package org.commonshub.ledger.journal;

import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.commonshub.platform.api.DurableFiles;

/**
 * Files in a directory, at most {@value #OPEN} of them open. {@link RandomAccessFile}, because a
 * FileChannel closes under a thread that gets interrupted, and callers of a journal may be.
 */
final class FileDisk implements Disk {
  private static final int OPEN = 24;

  private final Path directory;
  private final Map<String, RandomAccessFile> open = new LinkedHashMap<>(32, 0.75f, true);
  private boolean closed;

  FileDisk(Path directory) throws IOException {
    this.directory = DurableFiles.privateDirectory(directory);
  }

  private synchronized RandomAccessFile file(String name) throws IOException {
    if (closed) {
      throw new IOException("the journal is closed");
    }
    RandomAccessFile file = open.get(name);
    if (file == null) {
      Path path = directory.resolve(name);
      boolean fresh = !Files.exists(path);
      file = new RandomAccessFile(path.toFile(), "rw");
      open.put(name, file);
      if (fresh) {
        DurableFiles.force(directory);
      }
      if (open.size() > OPEN) {
        Iterator<RandomAccessFile> eldest = open.values().iterator();
        RandomAccessFile old = eldest.next();
        eldest.remove();
        old.getFD().sync();
        old.close();
      }
    }
    return file;
  }

  private final class FileBlob implements Blob {
    private final String name;

    FileBlob(String name) {
      this.name = name;
    }

    @Override
    public void read(long at, byte[] into, int length) throws IOException {
      synchronized (FileDisk.this) {
        RandomAccessFile file = file(name);
        file.seek(at);
        try {
          file.readFully(into, 0, length);
        } catch (EOFException e) {
          EOFException named = new EOFException(name + " ends before byte " + (at + length));
          named.initCause(e);
          throw named;
        }
      }
    }

    @Override
    public void write(long at, byte[] bytes) throws IOException {
      synchronized (FileDisk.this) {
        RandomAccessFile file = file(name);
        file.seek(at);
        file.write(bytes);
      }
    }

    @Override
    public void force() throws IOException {
      RandomAccessFile file = file(name);
      file.getFD().sync();
    }

    @Override
    public void truncate(long size) throws IOException {
      synchronized (FileDisk.this) {
        RandomAccessFile file = file(name);
        if (file.length() > size) {
          file.setLength(size);
        }
      }
    }

    @Override
    public long size() throws IOException {
      synchronized (FileDisk.this) {
        return file(name).length();
      }
    }
  }

  @Override
  public Blob open(String name) throws IOException {
    file(name);
    return new FileBlob(name);
  }

  @Override
  public synchronized void replace(String name, byte[] content) throws IOException {
    RandomAccessFile old = open.remove(name);
    if (old != null) {
      old.close();
    }
    DurableFiles.write(directory.resolve(name), content, true);
  }

  @Override
  public Optional<byte[]> read(String name, int most) throws IOException {
    try {
      return Optional.of(DurableFiles.read(directory.resolve(name), most));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  @Override
  public List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Override
  public synchronized void delete(String name) throws IOException {
    RandomAccessFile old = open.remove(name);
    if (old != null) {
      old.close();
    }
    Files.deleteIfExists(directory.resolve(name));
    DurableFiles.force(directory);
  }

  @Override
  public synchronized void close() throws IOException {
    closed = true;
    List<IOException> failed = new ArrayList<>();
    for (RandomAccessFile file : open.values()) {
      try {
        file.close();
      } catch (IOException e) {
        failed.add(e);
      }
    }
    open.clear();
    if (!failed.isEmpty()) {
      throw failed.get(0);
    }
  }
}
