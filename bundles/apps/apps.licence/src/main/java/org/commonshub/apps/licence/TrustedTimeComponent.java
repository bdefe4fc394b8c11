package org.commonshub.apps.licence;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.commonshub.apps.desk.api.TrustedTime;
import org.commonshub.platform.api.DurablePair;
import org.commonshub.platform.api.HubClock;
import org.commonshub.platform.api.HubPaths;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@link TrustedTimeClock} as a service, and the one thread of this bundle. */
@Component(
    service = {TrustedTime.class, TrustedTimeComponent.class},
    immediate = true)
public final class TrustedTimeComponent implements TrustedTime {
  private static final int MARK_BYTES = 100;
  private static final Duration LOOK = Duration.ofMinutes(1);
  private static final Logger LOG = LoggerFactory.getLogger(TrustedTimeComponent.class);

  private final TrustedTimeClock clock;
  private final List<Runnable> looks = new CopyOnWriteArrayList<>();
  private ScheduledThreadPoolExecutor thread;
  private boolean ended;

  /** Goes on from the mark on disk. */
  @Activate
  public TrustedTimeComponent(
      @Reference(name = "clock") HubClock hubClock, @Reference(name = "paths") HubPaths paths) {
    this.clock = new TrustedTimeClock(hubClock::monotonicNanos, store(paths, "time", MARK_BYTES));
    if (clock.known()) {
      start();
    }
  }

  static Store store(HubPaths paths, String name, int maxBytes) {
    DurablePair pair = new DurablePair(paths.data().resolve("apps.licence"), name, maxBytes, true);
    return new Store() {
      @Override
      public Optional<byte[]> read() throws IOException {
        Optional<byte[]> newest = pair.read();
        if (pair.damaged()) {
          LOG.warn(
              "A file {} of apps.licence is damaged; {}.",
              name,
              newest.isPresent() ? "its older copy is used" : "there is no copy of it");
        }
        return newest;
      }

      @Override
      public void write(byte[] content) throws IOException {
        pair.write(content);
      }
    };
  }

  /** Time has to be saved, or looked at, from now on. */
  private synchronized void start() {
    if (thread == null && !ended) {
      thread =
          new ScheduledThreadPoolExecutor(
              1,
              task -> {
                Thread made = new Thread(task, "apps-licence");
                made.setDaemon(true);
                return made;
              });
      thread.scheduleWithFixedDelay(
          this::look, LOOK.toSeconds(), LOOK.toSeconds(), TimeUnit.SECONDS);
    }
  }

  private void look() {
    clock.saveIfDue();
    for (Runnable look : looks) {
      try {
        look.run();
      } catch (RuntimeException e) {
        LOG.warn("Licences could not be looked at; they are again in a minute.", e);
      }
    }
  }

  /** The clock itself. */
  TrustedTimeClock clock() {
    return clock;
  }

  /** Calls every minute, on this bundle's thread. */
  void everyMinute(Runnable look) {
    looks.add(look);
    start();
  }

  /** Calls no more. */
  void noMore(Runnable look) {
    looks.remove(look);
  }

  /** Runs something on this bundle's thread; not at all if it has ended. */
  void soon(Runnable task) {
    start();
    synchronized (this) {
      try {
        if (!ended) {
          thread.execute(task);
        }
      } catch (RejectedExecutionException e) {
        LOG.debug("It ends.", e);
      }
    }
  }

  @Override
  public Instant now() {
    return clock.now();
  }

  @Override
  public void atLeast(Instant bound, String source) {
    Instant before = clock.now();
    clock.atLeast(bound, source);
    if (clock.now().isAfter(before.plus(LOOK))) {
      looks.forEach(this::soon);
    }
    start();
  }

  @Deactivate
  void deactivate() {
    ScheduledThreadPoolExecutor ending;
    synchronized (this) {
      ended = true;
      ending = thread;
    }
    if (ending != null) {
      ending.shutdown();
      try {
        if (!ending.awaitTermination(5, TimeUnit.SECONDS)) {
          ending.shutdownNow();
        }
      } catch (InterruptedException e) {
        ending.shutdownNow();
        Thread.currentThread().interrupt();
      }
    }
    clock.save();
  }
}
