package org.commonshub.metering.transport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that does all network I/O: a selector, a queue of tasks from other threads, and a
 * heap of deadlines. Everything in a connection is confined to it, so connections need no locks.
 *
 * <p>The task queue is bounded by its users: a connection admits at most {@link #QUEUE} exchanges.
 * Names are resolved, and files read, on a second, tiny pool, because both block.
 */
final class Reactor implements AutoCloseable {
  /** Most exchanges waiting on one connection. */
  static final int QUEUE = 64;

  /** Most bytes of one message in either direction. */
  static final int MESSAGE = 64 * 1024;

  private static final Logger LOG = LoggerFactory.getLogger(Reactor.class);
  private static final long IDLE_MILLIS = 1_000;

  /** What a registered channel belongs to. */
  interface Handler {
    /** The channel is ready; failures are handled inside. */
    void ready(SelectionKey key);
  }

  /**
   * A deadline that is moved far more often than it expires: moving it later costs one assignment,
   * and it sits in the heap once.
   */
  abstract static class Deadline {
    private boolean armed;
    private long due;
    private boolean queued;
    private long queuedAt;

    abstract void expired();

    final void disarm() {
      armed = false;
    }

    final boolean armed() {
      return armed;
    }
  }

  private record Entry(long at, Deadline deadline) implements Comparable<Entry> {
    @Override
    public int compareTo(Entry other) {
      return Long.signum(at - other.at);
    }
  }

  /** Scratch space for reads; the reactor thread only. */
  final ByteBuffer buffer = ByteBuffer.allocateDirect(MESSAGE);

  private final Selector selector;
  private final Thread thread;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean woken = new AtomicBoolean();
  private final PriorityQueue<Entry> deadlines = new PriorityQueue<>();
  private final ThreadPoolExecutor blockers;
  private volatile boolean closing;

  Reactor() {
    try {
      selector = Selector.open();
    } catch (IOException e) {
      throw new UncheckedIOException("The network selector cannot be opened.", e);
    }
    blockers =
        new ThreadPoolExecutor(
            2,
            2,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(1_024),
            task -> {
              Thread made = new Thread(task, "metering-blocking");
              made.setDaemon(true);
              return made;
            });
    blockers.allowCoreThreadTimeOut(true);
    thread = new Thread(this::run, "metering-network");
    thread.setDaemon(true);
    thread.start();
  }

  /** Runs a task on the reactor thread; after {@link #close()} it is not run. */
  void execute(Runnable task) {
    tasks.add(task);
    if (Thread.currentThread() != thread && woken.compareAndSet(false, true)) {
      selector.wakeup();
    }
  }

  /** Reactor thread only. */
  SelectionKey register(SelectableChannel channel, int operations, Handler handler)
      throws IOException {
    channel.configureBlocking(false);
    return channel.register(selector, operations, handler);
  }

  /** Reactor thread only: sets or moves a deadline. */
  void arm(Deadline deadline, long nanosFromNow) {
    long at = System.nanoTime() + nanosFromNow;
    deadline.due = at;
    deadline.armed = true;
    if (!deadline.queued || at - deadline.queuedAt < 0) {
      enqueue(deadline); // An entry queued for later is found stale when its time comes.
    }
  }

  private void enqueue(Deadline deadline) {
    deadline.queued = true;
    deadline.queuedAt = deadline.due;
    deadlines.add(new Entry(deadline.due, deadline));
  }

  /**
   * Resolves a host off the reactor thread and answers on it with an address or a failure. A
   * literal address is answered at once.
   */
  void resolve(String host, BiConsumer<InetAddress, Exception> answer) {
    String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    if (literal(bare)) {
      try {
        answer.accept(InetAddress.getByName(bare), null);
      } catch (UnknownHostException e) {
        answer.accept(null, e);
      }
      return;
    }
    offload(() -> InetAddress.getByName(bare), answer);
  }

  /** Does what may block off the reactor thread and answers on it with a result or a failure. */
  <T> void offload(Callable<T> blocking, BiConsumer<T, Exception> answer) {
    try {
      blockers.execute(
          () -> {
            try {
              T result = blocking.call();
              execute(() -> answer.accept(result, null));
            } catch (Exception e) { // What to do about it is the caller's business.
              execute(() -> answer.accept(null, e));
            }
          });
    } catch (RejectedExecutionException e) {
      answer.accept(null, e);
    }
  }

  /** Whether {@code InetAddress} would parse rather than look up the name. */
  private static boolean literal(String host) {
    return host.indexOf(':') >= 0 || host.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'));
  }

  boolean onThread() {
    return Thread.currentThread() == thread;
  }

  private void run() {
    while (!closing) {
      try {
        turn();
      } catch (ClosedSelectorException e) {
        return;
      } catch (Throwable e) { // Even an Error: without this thread no meter is read any more.
        LOG.error("A turn of the network selector failed; it goes on.", e);
        LockSupport.parkNanos(100_000_000L);
      }
    }
  }

  private void turn() throws IOException {
    long wait = IDLE_MILLIS;
    Entry first = deadlines.peek();
    if (first != null) {
      wait = Math.min(wait, (first.at - System.nanoTime() + 999_999) / 1_000_000);
    }
    if (wait <= 0 || !tasks.isEmpty()) {
      selector.selectNow(this::ready);
    } else {
      selector.select(this::ready, wait);
    }
    woken.set(false);
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      guarded(task);
    }
    expire();
  }

  private void ready(SelectionKey key) {
    guarded(() -> ((Handler) key.attachment()).ready(key));
  }

  private void expire() {
    long now = System.nanoTime();
    for (Entry first = deadlines.peek(); first != null && first.at - now <= 0; ) {
      deadlines.poll();
      Deadline deadline = first.deadline;
      if (deadline.queued && first.at == deadline.queuedAt) {
        deadline.queued = false;
        if (deadline.armed && deadline.due - now > 0) {
          enqueue(deadline);
        } else if (deadline.armed) {
          deadline.armed = false;
          guarded(deadline::expired);
        }
      }
      first = deadlines.peek();
    }
  }

  /** The thread serves every connection: nothing thrown by one may end it. */
  private static void guarded(Runnable step) {
    try {
      step.run();
    } catch (Throwable e) {
      LOG.error("A network step failed.", e);
    }
  }

  @Override
  public void close() {
    closing = true;
    blockers.shutdownNow();
    selector.wakeup();
    if (!onThread()) {
      try {
        thread.join(2_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    // Connections were closed by their provider's task before; what is left is closed with its key.
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      guarded(task);
    }
    try {
      for (SelectionKey key : selector.keys()) {
        key.channel().close();
      }
      selector.close();
    } catch (IOException e) {
      LOG.warn("The network selector did not close cleanly.", e);
    }
  }
}
