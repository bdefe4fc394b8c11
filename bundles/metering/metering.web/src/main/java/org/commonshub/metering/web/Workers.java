package org.commonshub.metering.web;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The few threads that run the services' callbacks and the arithmetic of TLS handshakes. They end
 * after 10 s without work. A call that does not return is found by {@link #watch}: its thread is
 * replaced, up to {@link #LIMIT}, so that the others go on.
 *
 * <p>The queue needs no bound of its own: every {@link Lane} and every handshake stands in it at
 * most once, and connections are counted.
 */
final class Workers implements AutoCloseable {
  static final int THREADS = 2;
  static final int LIMIT = 10;
  static final long STUCK_NANOS = 5_000_000_000L;

  private static final Logger LOG = LoggerFactory.getLogger(Workers.class);

  /** Whose code a call runs. */
  interface Owner {
    /** The call has not returned for {@link #STUCK_NANOS}; told once per call. */
    void stuck();
  }

  private record Call(Owner owner, Runnable task) implements Runnable {
    @Override
    public void run() {
      try {
        task.run();
      } catch (Throwable e) { // Even an Error: nobody else may notice.
        LOG.error("A call of the device door failed.", e);
      }
    }
  }

  private static final class Worker extends Thread {
    private volatile Owner owner;
    private volatile long since;
    private boolean reported;

    Worker(Runnable target) {
      super(target, "metering-web-worker");
      setDaemon(true);
    }
  }

  private final Set<Worker> workers = ConcurrentHashMap.newKeySet();
  private final ThreadPoolExecutor pool =
      new ThreadPoolExecutor(
          THREADS,
          LIMIT,
          10,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          target -> {
            Worker worker = new Worker(target);
            workers.add(worker);
            return worker;
          }) {
        @Override
        protected void beforeExecute(Thread thread, Runnable call) {
          Worker worker = (Worker) thread;
          synchronized (worker) {
            worker.since = System.nanoTime();
            worker.owner = ((Call) call).owner;
            worker.reported = false;
          }
        }

        @Override
        protected void afterExecute(Runnable call, Throwable failure) {
          Worker worker = (Worker) Thread.currentThread();
          synchronized (worker) {
            worker.owner = null;
          }
        }
      };

  Workers() {
    pool.allowCoreThreadTimeOut(true);
  }

  /**
   * Runs a call from which nothing escapes.
   *
   * @return whether it was taken; not while closing
   */
  boolean execute(Owner owner, Runnable call) {
    try {
      pool.execute(new Call(owner, call));
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  /** Looks for calls that do not return; called once a second. */
  void watch() {
    watch(System.nanoTime(), STUCK_NANOS);
  }

  void watch(long now, long limit) {
    int stuck = 0;
    workers.removeIf(worker -> worker.getState() == Thread.State.TERMINATED);
    for (Worker worker : workers) {
      Owner report = null;
      synchronized (worker) {
        if (worker.owner != null && now - worker.since > limit) {
          stuck++;
          if (!worker.reported) {
            worker.reported = true;
            report = worker.owner;
          }
        }
      }
      if (report != null) {
        report.stuck();
      }
    }
    int wanted = Math.min(LIMIT, THREADS + stuck);
    if (pool.getCorePoolSize() != wanted) {
      pool.setCorePoolSize(wanted);
    }
  }

  @Override
  public void close() {
    pool.shutdownNow();
    try {
      if (!pool.awaitTermination(2, TimeUnit.SECONDS)) {
        LOG.error("A service of the device door does not return; its thread is left behind.");
      }
      for (Worker worker : workers) {
        worker.join(1_000); // The pool says it ended some microseconds before its last thread does.
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
