package org.commonshub.apps.provider;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One step of an app after the other, on the workers of all. What is waiting is bounded by who
 * gives it: one step of a person's, one look, and one note for each thing that ended.
 */
final class Lane {
  private static final Logger LOG = LoggerFactory.getLogger(Lane.class);

  private final Executor workers;
  private final Deque<Runnable> waiting = new ArrayDeque<>();
  private boolean running;

  Lane(Executor workers) {
    this.workers = workers;
  }

  /**
   * Runs a step when those before it are done.
   *
   * @throws RejectedExecutionException if the desk is closing
   */
  void run(Runnable step) {
    synchronized (waiting) {
      waiting.add(step);
      if (running) {
        return;
      }
      running = true;
    }
    try {
      workers.execute(this::drain);
    } catch (RejectedExecutionException e) {
      synchronized (waiting) {
        waiting.clear();
        running = false;
      }
      throw e;
    }
  }

  private void drain() {
    while (true) {
      Runnable step;
      synchronized (waiting) {
        step = waiting.poll();
        if (step == null) {
          running = false;
          return;
        }
      }
      try {
        step.run();
      } catch (RuntimeException | Error e) {
        LOG.error("A step of an app failed.", e);
      }
    }
  }
}
