package org.commonshub.apps.zone.runtime;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * The one thread of an app. The hub has at most 64 requests open and the app 64, so the queue is
 * never full unless somebody cheats; then the zone ends.
 */
final class AppThread {
  private static final int MAX_WAITING = 256;

  private final BlockingQueue<Runnable> tasks = new ArrayBlockingQueue<>(MAX_WAITING);
  private final Thread thread;
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

  /** Ends after the task that runs now. */
  void end() {
    ended = true;
    execute(() -> {});
  }

  private void run() {
    while (!ended) {
      try {
        tasks.take().run();
      } catch (InterruptedException e) {
        // Either it ended, or somebody was rude.
      } catch (StackOverflowError | RuntimeException e) {
        e.printStackTrace();
      }
    }
  }
}
