package org.commonshub.apps.zone.runtime;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The one thread of an app. The hub has at most 64 requests open and the app 64, so the queue is
 * never full unless somebody cheats; then the zone ends.
 */
final class AppThread {
  private static final int MAX_WAITING = 256;
  private static final int SLOWNESS = 4;

  private final BlockingQueue<Runnable> tasks = new ArrayBlockingQueue<>(MAX_WAITING);
  private final Thread thread;
  private volatile boolean slow;
  private volatile boolean ended;

  AppThread(int app) {
    thread = new Thread(this::run, "app-" + app);
    thread.setDaemon(true);
    thread.start();
  }

  void execute(Runnable task) {
    if (!tasks.offer(task)) {
      System.err.println("too much waits for an app");
      Runtime.getRuntime().halt(1);
    }
  }

  boolean current() {
    return Thread.currentThread() == thread;
  }

  /** Whether it waits after each task four times as long as that took, at most a second. */
  void slow(boolean yes) {
    slow = yes;
  }

  /** Ends after the task that runs now. */
  void end() {
    ended = true;
    thread.interrupt();
  }

  private void run() {
    while (!ended) {
      try {
        Runnable task = tasks.take();
        long before = System.nanoTime();
        task.run();
        if (slow) {
          TimeUnit.NANOSECONDS.sleep(
              Math.min(SLOWNESS * (System.nanoTime() - before), TimeUnit.SECONDS.toNanos(1)));
        }
      } catch (InterruptedException e) {
        // Either it ended, or somebody was rude.
      } catch (StackOverflowError | RuntimeException e) {
        e.printStackTrace();
      }
    }
  }
}
