package org.commonshub.apps.provider;

import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The desk's threads: none before there is something to do; see the README. */
final class Pools implements Later, AutoCloseable {
  private static final int STEPS = 4;
  private static final int FETCHES = 16;
  private static final int IDLE_S = 10;

  private final ThreadPoolExecutor steps =
      pool("apps-step", STEPS, new LinkedBlockingQueue<>()); // One entry per app at most.
  private final ThreadPoolExecutor fetching =
      pool("apps-fetch", 1, new ArrayBlockingQueue<>(FETCHES));
  private final ScheduledThreadPoolExecutor clock;

  Pools() {
    clock = new ScheduledThreadPoolExecutor(1, task -> daemon(task, "apps-clock"));
    clock.setRemoveOnCancelPolicy(true);
    clock.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  private static ThreadPoolExecutor pool(String name, int size, BlockingQueue<Runnable> queue) {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            size, size, IDLE_S, TimeUnit.SECONDS, queue, task -> daemon(task, name));
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  Executor steps() {
    return steps;
  }

  Executor fetching() {
    return fetching;
  }

  @Override
  public Order after(Duration delay, Runnable task) {
    Future<?> order = clock.schedule(task, delay.toMillis(), TimeUnit.MILLISECONDS);
    return () -> order.cancel(false);
  }

  @Override
  public void close() {
    clock.shutdownNow();
    fetching.shutdownNow();
    steps.shutdownNow();
  }
}
