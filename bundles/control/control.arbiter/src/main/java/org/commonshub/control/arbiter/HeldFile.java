package org.commonshub.control.arbiter;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.platform.api.DurableFiles;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The actuators that may be held, on disk before the first write reaches a device: one line each,
 * {@code DEVICE ACTUATOR}. What is in it at a start is handed back.
 */
final class HeldFile {
  private static final Logger LOG = LoggerFactory.getLogger(HeldFile.class);
  private static final int MOST_BYTES = 256 * 1024;

  private final Path file;
  private Set<Key> written = Set.of();

  HeldFile(Path directory) {
    this.file = directory.resolve("held");
  }

  /** What an earlier run held; a line that makes no sense is left out. */
  Set<Key> read() {
    Set<Key> keys = new LinkedHashSet<>();
    try {
      String text = new String(DurableFiles.read(file, MOST_BYTES), StandardCharsets.UTF_8);
      for (String line : text.split("\n", -1)) {
        String[] parts = line.strip().split(" ", -1);
        if (parts.length == 2) {
          try {
            keys.add(new Key(DeviceId.parse(parts[0]), parts[1]));
          } catch (IllegalArgumentException e) {
            LOG.warn("A line of {} is damaged and left out.", file);
          }
        }
      }
    } catch (NoSuchFileException e) {
      return keys; // The first start.
    } catch (IOException e) {
      LOG.warn("What was held cannot be read from {}; look at your devices.", file, e);
    }
    written = Set.copyOf(keys);
    return keys;
  }

  /**
   * Makes the file hold these, durably; does nothing if it does.
   *
   * @throws IOException if the disk does not take it; the file is as before then
   */
  void write(Set<Key> keys) throws IOException {
    if (keys.equals(written)) {
      return;
    }
    StringBuilder text = new StringBuilder();
    for (Key key : keys) {
      text.append(key.device()).append(' ').append(key.actuator()).append('\n');
    }
    Files.createDirectories(file.getParent());
    DurableFiles.write(file, text.toString().getBytes(StandardCharsets.UTF_8), false);
    written = Set.copyOf(keys);
  }
}
