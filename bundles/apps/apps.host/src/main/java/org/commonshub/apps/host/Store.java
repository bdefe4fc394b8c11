package org.commonshub.apps.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.commonshub.apps.api.AppQuotaException;
import org.commonshub.apps.api.AppStore;
import org.commonshub.platform.api.DurableFiles;

/** Values of one app, a file each. Any thread; one call at a time. */
final class Store implements AppStore {
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");

  /** Changes in a minute. */
  static final int PER_MINUTE = 120;

  /** Bytes written in an hour, as a multiple of the quota: flash wears out. */
  static final int TIMES_PER_HOUR = 16;

  private static final long MINUTE_NANOS = 60_000_000_000L;

  private final Agenda agenda;
  private final AppThread thread;
  private final long quota;
  private final Runnable alive;
  private final Path folder;
  private final TreeMap<String, Integer> sizes = new TreeMap<>();
  private long total;
  private long minute;
  private int inMinute;
  private long hour;
  private long inHour;

  /**
   * @param folder where
   * @param quota bytes
   * @param alive throws if the app has ended
   */
  Store(Path folder, long quota, Agenda agenda, AppThread thread, Runnable alive)
      throws IOException {
    this.folder = folder;
    this.quota = quota;
    this.agenda = agenda;
    this.thread = thread;
    this.alive = alive;
    minute = agenda.now();
    hour = minute;
    for (Map.Entry<String, Path> file : Stores.values(folder).entrySet()) {
      int size = Math.toIntExact(Files.size(file.getValue()));
      sizes.put(file.getKey(), size);
      total += size;
    }
  }

  static boolean named(String name) {
    return NAME.matcher(name).matches();
  }

  @Override
  public Optional<byte[]> get(String name) {
    checked(name);
    thread.enter();
    try {
      synchronized (this) {
        alive.run();
        return sizes.containsKey(name)
            ? Optional.of(DurableFiles.read(folder.resolve(name), MAX_VALUE))
            : Optional.empty();
      }
    } catch (IOException e) {
      throw failed("read", e);
    } finally {
      thread.leave();
    }
  }

  @Override
  public void put(String name, byte[] value) {
    checked(name);
    byte[] mine = Objects.requireNonNull(value, "value").clone();
    if (mine.length > MAX_VALUE) {
      throw new AppQuotaException(
          "A value has at most " + MAX_VALUE + " bytes, not " + mine.length + ".");
    }
    thread.enter();
    try {
      synchronized (this) {
        alive.run();
        Integer former = sizes.get(name);
        if (former == null && sizes.size() >= MAX_NAMES) {
          throw new AppQuotaException("An app keeps at most " + MAX_NAMES + " values.");
        }
        long size = total - (former == null ? 0 : former) + mine.length;
        if (size > quota) {
          throw new AppQuotaException(
              "The app may keep " + quota / 1024 + " KiB; this would be " + size + " bytes.");
        }
        change(mine.length);
        DurableFiles.write(folder.resolve(name), mine, true);
        sizes.put(name, mine.length);
        total = size;
      }
    } catch (IOException e) {
      throw failed("written", e);
    } finally {
      thread.leave();
    }
  }

  @Override
  public void remove(String name) {
    checked(name);
    thread.enter();
    try {
      synchronized (this) {
        alive.run();
        if (sizes.containsKey(name)) {
          change(0);
          Files.deleteIfExists(folder.resolve(name));
          DurableFiles.force(folder);
          total -= sizes.remove(name);
        }
      }
    } catch (IOException e) {
      throw failed("removed", e);
    } finally {
      thread.leave();
    }
  }

  @Override
  public synchronized List<String> names() {
    alive.run();
    return List.copyOf(sizes.keySet());
  }

  /** Takes a change of what may be changed in a minute and an hour. */
  private void change(int bytes) {
    long now = agenda.now();
    if (now - minute >= MINUTE_NANOS) {
      minute = now;
      inMinute = 0;
    }
    if (now - hour >= 60 * MINUTE_NANOS) {
      hour = now;
      inHour = 0;
    }
    if (inMinute >= PER_MINUTE) {
      throw new AppQuotaException(
          "An app changes what it keeps at most " + PER_MINUTE + " times a minute.");
    }
    if (inHour + bytes > TIMES_PER_HOUR * quota) {
      throw new AppQuotaException(
          "An app writes at most " + TIMES_PER_HOUR * quota / 1024 + " KiB an hour.");
    }
    inMinute++;
    inHour += bytes;
  }

  synchronized long total() {
    return total;
  }

  private static void checked(String name) {
    if (!named(name)) {
      throw new IllegalArgumentException(
          "A name has 1 to 64 characters of a-z 0-9 . _ - and begins with a letter or digit.");
    }
  }

  private static IllegalStateException failed(String what, IOException e) {
    return new IllegalStateException(
        "What the app keeps could not be " + what + ": the hub's disk failed.", e);
  }
}
