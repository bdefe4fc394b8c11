package org.commonshub.metering.provider;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.commonshub.measure.api.DeviceId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What must be known after a stop, however it came: up to when due times are accounted for.
 *
 * <p>Two small text files: {@code alive} holds one time that goes for every device, and the few
 * devices that are behind it; it is written every few seconds. {@code devices} holds the devices in
 * the order added; it is written when that changes.
 */
final class StateFile {
  private static final Logger LOG = LoggerFactory.getLogger(StateFile.class);

  private final Path directory;
  private final Map<DeviceId, Integer> known = new LinkedHashMap<>();
  private final Map<DeviceId, Long> behind = new HashMap<>();
  private long alive = Long.MIN_VALUE;
  private int next;
  private boolean changed;
  private boolean warned;

  StateFile(Path directory) {
    this.directory = directory;
    try {
      Files.createDirectories(directory);
      for (String line : lines("devices")) {
        known.put(DeviceId.parse(line.strip()), known.size());
      }
    } catch (IOException | IllegalArgumentException e) {
      LOG.warn("The list of devices in {} cannot be read; their order is lost.", directory, e);
    }
    next = known.size();
    try {
      readAlive();
    } catch (IOException | RuntimeException e) {
      LOG.warn("The metering state in {} cannot be read; taking its file's time.", directory, e);
      try {
        alive = Files.getLastModifiedTime(directory.resolve("alive")).toMillis();
      } catch (IOException again) {
        alive = Long.MIN_VALUE;
      }
    }
  }

  private List<String> lines(String name) throws IOException {
    try {
      return Files.readAllLines(directory.resolve(name));
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  private void readAlive() throws IOException {
    List<String> lines = lines("alive");
    if (lines.isEmpty() && !Files.exists(directory.resolve("alive"))) {
      return;
    }
    alive = Long.parseLong(lines.get(0).strip());
    for (String line : lines.subList(1, lines.size())) {
      String[] parts = line.strip().split(" ", -1);
      behind.put(DeviceId.parse(parts[0]), Long.parseLong(parts[1]));
    }
  }

  /**
   * Due times before the result are accounted for by an earlier run.
   *
   * @param now result at most
   * @param otherwise result for a device that no earlier run knew
   */
  synchronized long covered(DeviceId device, long now, long otherwise) {
    if (!known.containsKey(device) || alive == Long.MIN_VALUE) {
      return otherwise;
    }
    return Math.min(now, behind.getOrDefault(device, alive));
  }

  /** Place of a device in the order added. */
  synchronized int order(DeviceId device) {
    return known.getOrDefault(device, Integer.MAX_VALUE);
  }

  /** Remembers a device; written with the next {@link #alive}. */
  synchronized void add(DeviceId device) {
    if (!known.containsKey(device)) {
      known.put(device, next++);
      changed = true;
    }
  }

  /** Forgets a device. */
  synchronized void remove(DeviceId device) {
    behind.remove(device);
    changed |= known.remove(device) != null;
  }

  /**
   * Writes how far due times are accounted for.
   *
   * @param until goes for every device
   * @param covered devices and their own time; only those behind {@code until} are written
   */
  synchronized void alive(long until, Map<DeviceId, Long> covered) {
    if (changed) {
      changed = false;
      List<String> devices = new ArrayList<>();
      known.keySet().forEach(device -> devices.add(device.toString()));
      write("devices", devices);
    }
    List<String> lines = new ArrayList<>();
    lines.add(Long.toString(until));
    // Known but not started yet in this run: their old time still holds.
    for (DeviceId device : known.keySet()) {
      Long own = covered.get(device);
      if (own == null) {
        own = behind.getOrDefault(device, alive == Long.MIN_VALUE ? until : alive);
      }
      if (own < until) {
        lines.add(device + " " + own);
      }
    }
    write("alive", lines);
  }

  private void write(String name, Collection<String> lines) {
    Path next = directory.resolve(name + ".new");
    try {
      Files.write(next, lines);
      Files.move(
          next,
          directory.resolve(name),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
      if (warned) {
        warned = false;
        LOG.info("The metering state in {} can be written again.", directory);
      }
    } catch (IOException e) {
      if (!warned) {
        warned = true;
        LOG.warn(
            "The metering state in {} cannot be written; after a power cut the gap will be recorded"
                + " longer than it was ({}). Check the disk.",
            directory,
            e.toString());
      }
    }
  }
}
