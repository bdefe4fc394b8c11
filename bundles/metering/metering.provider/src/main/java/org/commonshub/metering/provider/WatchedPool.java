package org.commonshub.metering.provider;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The few threads on which driver code runs. A watchdog finds calls that do not return: each takes
 * its thread out of the count and a fresh one in, up to {@link #LIMIT}, so that the others go on.
 */
final class WatchedPool implements AutoCloseable {
  /** Threads while every driver behaves. */
  static final int THREADS = 2;

  /** Threads at most, blocked ones included. */
  static final int LIMIT = 18;

  /** A call that takes longer blocks. */
  static final long BLOCKED_NANOS = 1_000_000_000L;

  private static final int QUEUE = 65_536;
  private static final long INTERRUPT_NANOS = 2_000_000_000L;
  private static final Logger LOG = LoggerFactory.getLogger(WatchedPool.class);

  /** Whose code a call runs. */
  interface Owner {
    /** The call has not returned for {@link #BLOCKED_NANOS}; told once per call. */
    void blocked();

    /** A call that was reported as blocked has returned. */
    void unblocked();
  }

  private record Call(Owner owner, Runnable task) implements Runnable {
    @Override
    public void run() {
      task.run();
    }
  }

  private static final class Worker extends Thread {
    volatile Owner owner;
    volatile long since;
    volatile boolean reported;

    Worker(Runnable target) {
      super(target, "metering-driver");
      setDaemon(true);
    }
  }

  private final Set<Worker> workers = ConcurrentHashMap.newKeySet();
  private final ThreadPoolExecutor pool =
      new ThreadPoolExecutor(
          THREADS,
          LIMIT,
          1,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(QUEUE),
          target -> {
            Worker worker = new Worker(target);
            workers.add(worker);
            return worker;
          }) {
        @Override
        protected void beforeExecute(Thread thread, Runnable call) {
          Worker worker = (Worker) thread;
          worker.since = System.nanoTime();
          worker.owner = ((Call) call).owner;
        }

        @Override
        protected void afterExecute(Runnable call, Throwable failure) {
          Worker worker = (Worker) Thread.currentThread();
          Owner owner = worker.owner;
          boolean reported;
          synchronized (worker) {
            worker.owner = null;
            reported = worker.reported;
            worker.reported = false;
          }
          if (reported) {
            Thread.interrupted(); // Meant for the call that is over.
            owner.unblocked();
          }
        }
      };

  /**
   * Runs a call that nothing may escape from.
   *
   * @return whether it was taken
   */
  boolean execute(Owner owner, Runnable call) {
    try {
      pool.execute(
          new Call(
              owner,
              () -> {
                try {
                  call.run();
                } catch (Throwable e) { // A driver's, even an Error: nobody else may notice.
                  LOG.error("A metering call failed.", e);
                }
              }));
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  /** Looks after the threads; called a few times a second. */
  void watch() {
    long now = System.nanoTime();
    int blocked = 0;
    workers.removeIf(worker -> worker.getState() == Thread.State.TERMINATED);
    for (Worker worker : workers) {
      Owner report = null;
      synchronized (worker) {
        Owner owner = worker.owner;
        long age = now - worker.since;
        if (owner != null && age > BLOCKED_NANOS) {
          blocked++;
          if (!worker.reported) {
            worker.reported = true;
            report = owner;
          }
          if (age > INTERRUPT_NANOS) {
            worker.interrupt();
          }
        }
      }
      if (report != null) {
        report.blocked();
      }
    }
    int wanted = Math.min(LIMIT, THREADS + blocked);
    if (pool.getCorePoolSize() != wanted) {
      pool.setCorePoolSize(wanted);
    }
  }

  @Override
  public void close() {
    pool.shutdownNow();
    try {
      if (!pool.awaitTermination(2, TimeUnit.SECONDS)) {
        LOG.error("A driver does not return from a call; its thread is left behind.");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
