package org.commonshub.metering.web;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Queue;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that does all input and output of this bundle: a selector, tasks from other
 * threads, and a heap of deadlines. Connections are confined to it and need no locks. Its scratch
 * buffers serve all connections, so that an idle one owns none.
 */
final class Loop implements AutoCloseable {
  /** Room for the largest TLS record the JDK makes or takes, and for application data beside it. */
  private static final int SCRATCH = 40 * 1024;

  private static final int TASKS_PER_TURN = 1_024;
  private static final long IDLE_MILLIS = 1_000;
  private static final Logger LOG = LoggerFactory.getLogger(Loop.class);

  /** What a registered channel belongs to. */
  interface Handler {
    /** The channel is ready; failures are handled inside. */
    void ready(SelectionKey key);

    /** The loop ends. */
    void ended();
  }

  /**
   * A deadline that is moved far more often than it expires: moving it later costs one assignment,
   * and it is queued once.
   */
  abstract static class Deadline {
    private boolean armed;
    private boolean queued;
    private long due;
    private long queuedAt;
    private long number;

    abstract void expired();

    final void disarm() {
      armed = false;
    }

    final boolean armed() {
      return armed;
    }
  }

  private static final Comparator<Deadline> BY_TIME =
      (a, b) ->
          a.queuedAt != b.queuedAt
              ? Long.signum(a.queuedAt - b.queuedAt)
              : Long.compare(a.number, b.number);

  /** Bytes as they come from the network; loop thread only, as the other two. */
  final ByteBuffer in = ByteBuffer.allocateDirect(SCRATCH);

  /** Decrypted bytes. */
  final ByteBuffer plain = ByteBuffer.allocate(SCRATCH);

  /** Bytes on their way to the network. */
  final ByteBuffer out = ByteBuffer.allocateDirect(SCRATCH);

  private final LongSupplier nanos;
  private final Selector selector;
  private final Thread thread;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final ArrayDeque<Runnable> batch = new ArrayDeque<>();
  private final AtomicBoolean woken = new AtomicBoolean();
  private final TreeSet<Deadline> deadlines = new TreeSet<>(BY_TIME);
  private long numbers;
  private volatile boolean closing;

  /**
   * @param nanos a clock that never steps
   */
  Loop(LongSupplier nanos) {
    this.nanos = nanos;
    try {
      selector = Selector.open();
    } catch (IOException e) {
      throw new UncheckedIOException("The network selector of the device door cannot be opened", e);
    }
    thread = new Thread(this::run, "metering-web");
    thread.setDaemon(true);
    thread.start();
  }

  /** Nanoseconds on a clock that never steps. */
  long now() {
    return nanos.getAsLong();
  }

  /** Runs a task on the loop thread, later. What comes after {@link #close()} is not run. */
  void execute(Runnable task) {
    tasks.add(task);
    if (Thread.currentThread() != thread && woken.compareAndSet(false, true)) {
      selector.wakeup();
    }
  }

  boolean onThread() {
    return Thread.currentThread() == thread;
  }

  /** Registers a channel; loop thread only. */
  SelectionKey register(SelectableChannel channel, int operations, Handler handler)
      throws IOException {
    channel.configureBlocking(false);
    return channel.register(selector, operations, handler);
  }

  /** Sets or moves a deadline; loop thread only. */
  void arm(Deadline deadline, long nanosFromNow) {
    long at = now() + nanosFromNow;
    deadline.due = at;
    deadline.armed = true;
    if (!deadline.queued || at - deadline.queuedAt < 0) {
      enqueue(deadline); // One queued for earlier is put back when its time comes.
    }
  }

  /** Forgets a deadline, and with it whom it belongs to; loop thread only. */
  void cancel(Deadline deadline) {
    deadline.armed = false;
    if (deadline.queued) {
      deadlines.remove(deadline);
      deadline.queued = false;
    }
  }

  private void enqueue(Deadline deadline) {
    if (deadline.queued) {
      deadlines.remove(deadline);
    }
    deadline.queued = true;
    deadline.queuedAt = deadline.due;
    deadline.number = numbers++;
    deadlines.add(deadline);
  }

  private void run() {
    while (!closing) {
      try {
        turn();
      } catch (ClosedSelectorException e) {
        return;
      } catch (Throwable e) { // Even an Error: without this thread no device gets in any more.
        LOG.error("A turn of the device door's selector failed; it goes on.", e);
        LockSupport.parkNanos(100_000_000L);
      }
    }
    for (SelectionKey key : new ArrayList<>(selector.keys())) {
      guarded(((Handler) key.attachment())::ended);
    }
    drain();
    try {
      selector.close();
    } catch (IOException e) {
      LOG.warn("The device door's selector did not close cleanly.", e);
    }
  }

  private void turn() throws IOException {
    long wait = IDLE_MILLIS;
    if (!deadlines.isEmpty()) {
      wait = Math.min(wait, (deadlines.first().queuedAt - now() + 999_999) / 1_000_000);
    }
    if (wait <= 0 || !tasks.isEmpty()) {
      selector.selectNow(this::ready);
    } else {
      selector.select(this::ready, wait);
    }
    woken.set(false);
    drain();
    expire();
  }

  /** Runs what waits. Tasks that tasks leave behind wait for the next turn, after the selector. */
  private void drain() {
    for (int i = 0; i < TASKS_PER_TURN; i++) {
      Runnable task = tasks.poll();
      if (task == null) {
        break;
      }
      batch.add(task);
    }
    for (Runnable task = batch.poll(); task != null; task = batch.poll()) {
      guarded(task);
    }
  }

  private void ready(SelectionKey key) {
    guarded(() -> ((Handler) key.attachment()).ready(key));
  }

  private void expire() {
    long now = now();
    while (!deadlines.isEmpty() && deadlines.first().queuedAt - now <= 0) {
      Deadline deadline = deadlines.pollFirst();
      deadline.queued = false;
      if (deadline.armed && deadline.due - now > 0) {
        enqueue(deadline);
      } else if (deadline.armed) {
        deadline.armed = false;
        guarded(deadline::expired);
      }
    }
  }

  /** The thread serves every connection: nothing thrown by one may end it. */
  private static void guarded(Runnable step) {
    try {
      step.run();
    } catch (Throwable e) {
      LOG.error("A step of the device door failed.", e);
    }
  }

  /** Ends the thread; every handler is told. */
  @Override
  public void close() {
    closing = true;
    selector.wakeup();
    if (!onThread()) {
      try {
        thread.join(5_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
