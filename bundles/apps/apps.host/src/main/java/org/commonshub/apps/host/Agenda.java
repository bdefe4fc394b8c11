package org.commonshub.apps.host;

import java.util.Comparator;
import java.util.PriorityQueue;
import org.commonshub.platform.api.HubClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is to be done at an instant of the monotonic clock. One thread for all apps, there while
 * somebody {@link #open}ed it; tasks are short and never wait.
 */
final class Agenda {
  private static final Logger LOG = LoggerFactory.getLogger(Agenda.class);

  /** Something to be done. */
  final class Entry {
    private final long due;
    private final long number;
    private final Runnable task;

    private Entry(long due, long number, Runnable task) {
      this.due = due;
      this.number = number;
      this.task = task;
    }

    void cancel() {
      synchronized (Agenda.this) {
        entries.remove(this);
      }
    }
  }

  private final HubClock clock;
  private final boolean threaded;
  private final PriorityQueue<Entry> entries =
      new PriorityQueue<>(
          Comparator.<Entry>comparingLong(e -> e.due).thenComparingLong(e -> e.number));
  private long numbers;
  private int users;
  private Thread thread;

  /**
   * @param threaded whether it has a thread; a test calls {@link #runDue} instead
   */
  Agenda(HubClock clock, boolean threaded) {
    this.clock = clock;
    this.threaded = threaded;
  }

  long now() {
    return clock.monotonicNanos();
  }

  synchronized Entry after(long nanos, Runnable task) {
    Entry entry = new Entry(now() + nanos, numbers++, task);
    entries.add(entry);
    notifyAll();
    return entry;
  }

  /** Somebody needs it. */
  synchronized void open() {
    users++;
    if (threaded && thread == null) {
      thread = new Thread(this::run, "apps-host");
      thread.setDaemon(true);
      thread.start();
    }
  }

  /** Somebody needs it no more; the last takes the thread along. */
  synchronized void close() {
    users--;
    notifyAll();
  }

  private void run() {
    while (true) {
      long wait = runDue();
      synchronized (this) {
        if (users == 0) {
          thread = null;
          return;
        }
        try {
          Entry next = entries.peek();
          if (next == null || next.due > now()) {
            // At most a second: the clock may be another than this one's.
            wait(Math.max(1, Math.min(wait / 1_000_000 + 1, 1000)));
          }
        } catch (InterruptedException e) {
          // Nobody interrupts it on purpose; the hub ends it by close().
          LOG.debug("interrupted", e);
        }
      }
    }
  }

  /**
   * Does what is due.
   *
   * @return nanoseconds until the next
   */
  long runDue() {
    while (true) {
      Entry next;
      synchronized (this) {
        next = entries.peek();
        long wait = next == null ? Long.MAX_VALUE : next.due - now();
        if (wait > 0) {
          return wait;
        }
        entries.remove();
      }
      try {
        next.task.run();
      } catch (RuntimeException e) {
        LOG.error("A task of the watch over apps failed.", e);
      }
    }
  }
}
