package org.commonshub.platform.config;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of changes in one directory, once they have been quiet for {@link #QUIET_MILLIS} (editors
 * write in several steps). Every {@link #SCAN_SECONDS}, and when the system lost events or gives
 * none (network drives), the whole directory is looked at. One thread.
 */
final class Watch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Watch.class);
  private static final long QUIET_MILLIS = 150;
  private static final long SCAN_SECONDS = 30;
  private static final long SCAN_SECONDS_WITHOUT_EVENTS = 3;
  private static final int MAX_ROUNDS = 20;

  private final Path directory;
  private final Consumer<Path> changed;
  private final Runnable scan;
  private final WatchService service;
  private final Thread thread;
  private volatile boolean closed;

  Watch(Path directory, Consumer<Path> changed, Runnable scan) {
    this.directory = directory;
    this.changed = changed;
    this.scan = scan;
    this.service = open(directory);
    this.thread = new Thread(this::run, "hub-settings");
    thread.setDaemon(true);
    thread.start();
  }

  private static WatchService open(Path directory) {
    WatchService service = null;
    try {
      service = directory.getFileSystem().newWatchService();
      directory.register(
          service,
          StandardWatchEventKinds.ENTRY_CREATE,
          StandardWatchEventKinds.ENTRY_MODIFY,
          StandardWatchEventKinds.ENTRY_DELETE);
      return service;
    } catch (IOException | UnsupportedOperationException e) {
      LOG.info(
          "The system does not tell of changes in {} ({}); it is looked at every {} s.",
          directory,
          e.toString(),
          SCAN_SECONDS_WITHOUT_EVENTS);
      if (service != null) {
        try {
          service.close();
        } catch (IOException ignored) {
          LOG.debug("close", ignored);
        }
      }
      return null;
    }
  }

  private void run() {
    while (!closed) {
      try {
        step();
      } catch (InterruptedException | ClosedWatchServiceException e) {
        return;
      } catch (RuntimeException e) {
        LOG.warn("A changed settings file could not be handled; it is looked at again.", e);
      }
    }
  }

  private void step() throws InterruptedException {
    if (service == null) {
      TimeUnit.SECONDS.sleep(SCAN_SECONDS_WITHOUT_EVENTS);
      scan.run();
      return;
    }
    WatchKey key = service.poll(SCAN_SECONDS, TimeUnit.SECONDS);
    if (key == null) {
      scan.run();
      return;
    }
    Set<Path> paths = new LinkedHashSet<>();
    boolean overflow = false;
    for (int round = 0; key != null && round < MAX_ROUNDS; round++) {
      for (WatchEvent<?> event : key.pollEvents()) {
        if (event.context() instanceof Path name) {
          paths.add(directory.resolve(name));
        } else {
          overflow = true;
        }
      }
      key.reset();
      key = service.poll(QUIET_MILLIS, TimeUnit.MILLISECONDS);
    }
    if (key != null) { // never quiet: its events are looked at below, as a whole
      key.pollEvents();
      key.reset();
      overflow = true;
    }
    if (overflow) {
      scan.run();
    } else {
      paths.forEach(changed);
    }
  }

  /** Ends the thread; waits for it unless called from it. */
  @Override
  public void close() {
    closed = true;
    if (service != null) {
      try {
        service.close();
      } catch (IOException e) {
        LOG.debug("close", e);
      }
    }
    thread.interrupt();
    if (Thread.currentThread() != thread) {
      try {
        thread.join(5_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
