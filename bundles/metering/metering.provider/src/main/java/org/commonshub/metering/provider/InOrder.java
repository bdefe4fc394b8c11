package org.commonshub.metering.provider;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** Runs calls one after the other on a pool, with a bound on those that wait. */
final class InOrder {
  private final Executor pool;
  private final int capacity;
  private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
  private boolean running;

  InOrder(Executor pool, int capacity) {
    this.pool = pool;
    this.capacity = capacity;
  }

  /** Takes a call; false, and it is not run, if too many wait. */
  boolean execute(Runnable call) {
    synchronized (waiting) {
      if (waiting.size() >= capacity) {
        return false;
      }
    }
    always(call);
    return true;
  }

  /** Takes a call even if too many wait; what waits is thrown away then. */
  void always(Runnable call) {
    take(call, false);
  }

  /** Takes a call even if too many wait; the oldest that waits is thrown away then. */
  void newest(Runnable call) {
    take(call, true);
  }

  private void take(Runnable call, boolean oldestOnly) {
    synchronized (waiting) {
      if (waiting.size() >= capacity) {
        if (oldestOnly) {
          waiting.poll();
        } else {
          waiting.clear();
        }
      }
      waiting.add(call);
      if (running) {
        return;
      }
      running = true;
    }
    schedule();
  }

  private void schedule() {
    try {
      pool.execute(this::run);
    } catch (RejectedExecutionException e) {
      synchronized (waiting) {
        waiting.clear();
        running = false;
      }
    }
  }

  private void run() {
    Runnable call;
    synchronized (waiting) {
      call = waiting.poll();
      if (call == null) {
        running = false;
        return;
      }
    }
    try {
      call.run();
    } finally {
      schedule();
    }
  }
}
