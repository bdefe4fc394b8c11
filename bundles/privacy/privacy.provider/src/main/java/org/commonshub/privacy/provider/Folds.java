package org.commonshub.privacy.provider;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.commonshub.privacy.api.Disclosure;

/**
 * Lines of the log that still grow, one per consent, each in a slot of a file so that kill -9 loses
 * none. Any thread.
 */
final class Folds {
  private static final int SLOT = 1024;
  private static final int SLOTS = 512;
  private static final long MINUTE = 60;

  private final FileChannel channel;
  private final Map<String, Fold> open = new HashMap<>();
  private final boolean[] used = new boolean[SLOTS];
  private final List<Disclosure> left = new ArrayList<>();

  /** Where lines go. */
  interface Sink {
    void append(Disclosure line) throws IOException;
  }

  private record Fold(int slot, Disclosure line) {}

  Folds(Path file) throws IOException {
    channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    ByteBuffer buffer = ByteBuffer.allocate(SLOT);
    for (int slot = 0; slot < SLOTS && (long) slot * SLOT < channel.size(); slot++) {
      buffer.clear();
      int n = channel.read(buffer, (long) slot * SLOT);
      if (n > 0 && buffer.get(0) == '{') {
        LogLine.parse(new String(buffer.array(), 0, n, StandardCharsets.UTF_8).strip())
            .ifPresent(left::add);
      }
    }
  }

  /** Adds a hand-over; what it pushes out is written down before. */
  synchronized void add(Disclosure line, Sink log) throws IOException {
    String key = line.consent() + "\n" + line.what();
    Fold before = open.get(key);
    if (before != null
        && before.line().instant().getEpochSecond() / MINUTE
            == line.instant().getEpochSecond() / MINUTE) {
      Disclosure sum = sum(before.line(), line);
      write(before.slot(), sum);
      open.put(key, new Fold(before.slot(), sum));
      return;
    }
    if (before != null) {
      log.append(before.line());
      clear(before.slot());
      open.remove(key);
    }
    int slot = 0;
    while (slot < SLOTS && used[slot]) {
      slot++;
    }
    if (slot == SLOTS || !write(slot, line)) {
      log.append(line); // no room: a line of its own
      return;
    }
    used[slot] = true;
    open.put(key, new Fold(slot, line));
  }

  private static Disclosure sum(Disclosure was, Disclosure line) {
    return new Disclosure(
        0,
        was.instant(),
        was.recipient(),
        was.consent(),
        was.purpose(),
        was.what(),
        was.values() + line.values(),
        earlier(was.from(), line.from()),
        was.to().isAfter(line.to()) ? was.to() : line.to());
  }

  private static Instant earlier(Instant a, Instant b) {
    return a.isBefore(b) ? a : b;
  }

  /** Writes lines down, those of an earlier run first. */
  synchronized void take(Predicate<Disclosure> which, Sink log) throws IOException {
    if (!left.isEmpty()) {
      for (Disclosure line : left) {
        log.append(line);
      }
      left.clear();
      channel.truncate(0);
    }
    for (Map.Entry<String, Fold> entry : List.copyOf(open.entrySet())) {
      Fold fold = entry.getValue();
      if (which.test(fold.line())) {
        log.append(fold.line());
        open.remove(entry.getKey());
        clear(fold.slot());
      }
    }
  }

  private boolean write(int slot, Disclosure line) throws IOException {
    byte[] bytes = LogLine.json(line).getBytes(StandardCharsets.UTF_8);
    if (bytes.length > SLOT) {
      return false;
    }
    ByteBuffer buffer = ByteBuffer.allocate(SLOT);
    buffer.put(bytes);
    while (buffer.hasRemaining()) {
      buffer.put((byte) ' ');
    }
    buffer.flip();
    channel.write(buffer, (long) slot * SLOT);
    return true;
  }

  private void clear(int slot) throws IOException {
    used[slot] = false;
    channel.write(ByteBuffer.allocate(SLOT), (long) slot * SLOT);
  }

  synchronized void close() throws IOException {
    channel.close();
  }
}
