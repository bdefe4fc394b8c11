package org.commonshub.metering.provider;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.metering.api.DriverMemory;
import org.commonshub.platform.api.DurableFiles;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What drivers keep for their devices: one small file each, written when it changed, by the
 * housekeeper and at the end. Drivers' threads never wait for the disk but to read once.
 */
final class Memories {
  private static final Logger LOG = LoggerFactory.getLogger(Memories.class);

  private final Optional<Path> directory;
  private final Map<DeviceId, byte[]> held = new ConcurrentHashMap<>();
  private final Set<DeviceId> dirty = new HashSet<>();
  private boolean warned;

  /** Kept in files of a directory; only in memory if there is none. */
  Memories(Optional<Path> directory) {
    this.directory = directory;
  }

  DriverMemory of(DeviceId device) {
    return new DriverMemory() {
      @Override
      public Optional<byte[]> recall() {
        byte[] bytes = held.computeIfAbsent(device, Memories.this::read);
        return bytes.length == 0 ? Optional.empty() : Optional.of(bytes.clone());
      }

      @Override
      public void remember(byte[] bytes) {
        if (bytes.length > MAX_BYTES) {
          throw new IllegalArgumentException("a driver remembers at most " + MAX_BYTES + " bytes");
        }
        held.put(device, bytes.clone());
        synchronized (dirty) {
          dirty.add(device);
        }
      }
    };
  }

  private byte[] read(DeviceId device) {
    if (directory.isEmpty()) {
      return new byte[0];
    }
    Path file = file(directory.get(), device);
    try {
      return Files.size(file) > DriverMemory.MAX_BYTES ? new byte[0] : Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return new byte[0];
    } catch (IOException e) {
      LOG.warn("What a driver kept in {} cannot be read; it begins anew.", file, e);
      return new byte[0];
    }
  }

  private static Path file(Path directory, DeviceId device) {
    return directory.resolve(device.toString());
  }

  /** Writes what changed; callers do not overlap. */
  void flush() {
    List<DeviceId> changed;
    synchronized (dirty) {
      changed = List.copyOf(dirty);
      dirty.clear();
    }
    if (directory.isEmpty()) {
      return;
    }
    for (DeviceId device : changed) {
      byte[] bytes = held.get(device);
      try {
        if (bytes != null) {
          Files.createDirectories(directory.get());
          DurableFiles.write(file(directory.get(), device), bytes, true);
          warned = false;
        }
      } catch (IOException e) {
        synchronized (dirty) {
          dirty.add(device);
        }
        if (!warned) {
          warned = true;
          LOG.warn(
              "What drivers keep in {} cannot be written ({}); trying again. Check the disk.",
              directory.get(),
              e.toString());
        }
      }
    }
  }

  /** Forgets a device. */
  void remove(DeviceId device) {
    held.remove(device);
    synchronized (dirty) {
      dirty.remove(device);
    }
    directory.ifPresent(
        folder -> {
          try {
            Files.deleteIfExists(file(folder, device));
          } catch (IOException e) {
            LOG.warn("What a driver kept of a removed device stays in {}.", folder, e);
          }
        });
  }
}
