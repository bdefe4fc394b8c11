package org.commonshub.privacy.provider;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.commonshub.platform.api.DurableFiles;
import org.commonshub.privacy.api.Disclosure;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The lines of the log, in files of at most 4 MiB named after their first line's number, together
 * at most 64 MiB and 400 days. A line is with the system when {@link #append} returns (it survives
 * kill -9) and on the disk after {@link #force}. A line cut short by a power cut is taken off. Any
 * thread.
 */
final class DisclosureLog {
  static final Duration KEPT = Duration.ofDays(400);

  private static final Logger LOG = LoggerFactory.getLogger(DisclosureLog.class);
  private static final int FILE_BYTES = 4 * 1024 * 1024;
  private static final int FILES = 16;
  private static final String SUFFIX = ".log";

  private final Path directory;
  private final int fileBytes;
  private FileChannel channel;
  private long next;
  private boolean dirty;

  DisclosureLog(Path directory) throws IOException {
    this(directory, FILE_BYTES);
  }

  /** For tests: with smaller files. */
  DisclosureLog(Path directory, int fileBytes) throws IOException {
    this.directory = DurableFiles.privateDirectory(directory);
    this.fileBytes = fileBytes;
    open();
  }

  private void open() throws IOException {
    List<Path> files = files();
    if (files.isEmpty()) {
      next = Math.max(next, 1);
      begin();
      return;
    }
    Path newest = files.get(files.size() - 1);
    byte[] bytes = Files.readAllBytes(newest);
    int end = bytes.length;
    while (end > 0 && bytes[end - 1] != '\n') {
      end--;
    }
    List<Disclosure> lines = new ArrayList<>();
    read(newest, lines::add);
    next =
        Math.max(next, lines.isEmpty() ? number(newest) : lines.get(lines.size() - 1).number() + 1);
    channel = FileChannel.open(newest, StandardOpenOption.WRITE);
    channel.truncate(end);
    channel.position(end);
  }

  private void begin() throws IOException {
    channel =
        FileChannel.open(
            directory.resolve(String.format("%015d%s", next, SUFFIX)),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING);
    DurableFiles.force(directory);
  }

  /** Begins again with the files that are there now. */
  synchronized void reopen() throws IOException {
    channel.close();
    open();
  }

  /** Number of the next line. */
  synchronized long next() {
    return next;
  }

  /** Writes a line; its number is given to it. */
  synchronized Disclosure append(Disclosure unnumbered) throws IOException {
    Disclosure line = LogLine.numbered(unnumbered, next);
    byte[] bytes = (LogLine.json(line) + "\n").getBytes(StandardCharsets.UTF_8);
    if (channel.position() > 0 && channel.position() + bytes.length > fileBytes) {
      channel.force(false);
      channel.close();
      begin();
      drop(line.instant());
    }
    long end = channel.position();
    try {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    } catch (IOException e) {
      channel.truncate(end);
      throw e;
    }
    next++;
    dirty = true;
    return line;
  }

  /** Removes files that are too many, or of which all is too old. */
  private void drop(Instant now) throws IOException {
    List<Path> files = files();
    for (int i = 0; i + 1 < files.size(); i++) {
      if (files.size() - i > FILES || old(files.get(i + 1), now)) {
        Files.delete(files.get(i));
      } else {
        return;
      }
    }
  }

  private static boolean old(Path file, Instant now) throws IOException {
    try (Stream<String> lines = Files.lines(file)) {
      return lines
          .findFirst()
          .flatMap(LogLine::parse)
          .map(d -> d.instant().isBefore(now.minus(KEPT)))
          .orElse(false);
    } catch (java.io.UncheckedIOException e) {
      throw e.getCause();
    }
  }

  void force() throws IOException {
    FileChannel now;
    synchronized (this) {
      if (!dirty) {
        return;
      }
      dirty = false;
      now = channel;
    }
    try {
      now.force(false);
    } catch (java.nio.channels.ClosedChannelException e) {
      // It was forced before it was closed.
    }
  }

  /** Newest first, with a number below {@code before}. */
  List<Disclosure> search(Predicate<Disclosure> wanted, long before, int limit) throws IOException {
    List<Path> files = files();
    List<Disclosure> found = new ArrayList<>();
    for (int i = files.size() - 1; i >= 0 && found.size() < limit; i--) {
      if (number(files.get(i)) >= before) {
        continue;
      }
      List<Disclosure> lines = new ArrayList<>();
      read(
          files.get(i),
          d -> {
            if (d.number() < before && wanted.test(d)) {
              lines.add(d);
            }
          });
      for (int k = lines.size() - 1; k >= 0 && found.size() < limit; k--) {
        found.add(lines.get(k));
      }
    }
    return found;
  }

  /** All lines, oldest first. */
  void all(Consumer<Disclosure> consumer) throws IOException {
    for (Path file : files()) {
      read(file, consumer);
    }
  }

  /** Lines from a number on, oldest first. */
  void since(long number, Consumer<Disclosure> consumer) throws IOException {
    List<Path> files = files();
    for (int i = 0; i < files.size(); i++) {
      if (i + 1 == files.size() || number(files.get(i + 1)) > number) {
        read(
            files.get(i),
            d -> {
              if (d.number() >= number) {
                consumer.accept(d);
              }
            });
      }
    }
  }

  /** Rewrites the files without some lines. */
  synchronized void remove(Predicate<Disclosure> unwanted) throws IOException {
    channel.force(false);
    channel.close();
    try {
      for (Path file : files()) {
        StringBuilder kept = new StringBuilder();
        read(
            file,
            d -> {
              if (!unwanted.test(d)) {
                kept.append(LogLine.json(d)).append('\n');
              }
            });
        DurableFiles.write(file, kept.toString().getBytes(StandardCharsets.UTF_8), true);
      }
    } finally {
      open();
    }
  }

  private static void read(Path file, Consumer<Disclosure> consumer) throws IOException {
    boolean complained = false;
    try (var reader = Files.newBufferedReader(file)) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        Optional<Disclosure> parsed = LogLine.parse(line);
        if (parsed.isPresent()) {
          consumer.accept(parsed.get());
        } else if (!complained) {
          complained = true;
          LOG.warn("A line of {} cannot be read and is left out", file.getFileName());
        }
      }
    } catch (java.nio.file.NoSuchFileException e) {
      // It has grown too old meanwhile.
    }
  }

  private static long number(Path file) {
    String name = file.getFileName().toString();
    try {
      return Long.parseLong(name.substring(0, name.length() - SUFFIX.length()));
    } catch (NumberFormatException e) {
      return Long.MAX_VALUE;
    }
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(f -> f.getFileName().toString().endsWith(SUFFIX)).sorted().toList();
    }
  }

  synchronized void close() throws IOException {
    channel.force(false);
    channel.close();
  }
}
