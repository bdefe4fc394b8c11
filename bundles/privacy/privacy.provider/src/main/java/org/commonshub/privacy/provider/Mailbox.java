package org.commonshub.privacy.provider;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.commonshub.privacy.api.Release;

/**
 * What waits for one listener, at most {@link #MOST}: then the oldest goes and is counted. Holds a
 * thread of the pool only while the listener has something to do.
 */
final class Mailbox {
  static final int MOST = 64;

  private final Executor pool;
  private final Predicate<Parcel> gate;
  private final Consumer<Release> listener;
  private final Consumer<Throwable> failed;
  private final ArrayDeque<Parcel> waiting = new ArrayDeque<>();
  private boolean running;
  private boolean closed;
  private long dropped;

  /** A release and what it was made under. */
  record Parcel(Standing standing, Release release) {}

  /**
   * Makes an empty one.
   *
   * @param gate asked right before a release is handed over
   * @param failed told what the listener threw
   */
  Mailbox(
      Executor pool,
      Predicate<Parcel> gate,
      Consumer<Release> listener,
      Consumer<Throwable> failed) {
    this.pool = pool;
    this.gate = gate;
    this.listener = listener;
    this.failed = failed;
  }

  void put(Parcel parcel) {
    synchronized (this) {
      if (closed) {
        return;
      }
      if (waiting.size() == MOST) {
        waiting.poll();
        dropped++;
      }
      waiting.add(parcel);
    }
    kick();
  }

  /** Looks for a thread, if there is something to do and none is at it. */
  void kick() {
    synchronized (this) {
      if (running || waiting.isEmpty()) {
        return;
      }
      running = true;
    }
    try {
      pool.execute(this::work);
    } catch (RejectedExecutionException e) {
      synchronized (this) {
        running = false; // again at the next tick
      }
    }
  }

  private void work() {
    while (true) {
      Parcel parcel;
      synchronized (this) {
        parcel = waiting.poll();
        if (parcel == null) {
          running = false;
          return;
        }
      }
      if (gate.test(parcel)) {
        try {
          listener.accept(parcel.release());
        } catch (Throwable e) { // whatever somebody else's code throws
          failed.accept(e);
        }
      }
    }
  }

  /** How many were dropped so far. */
  synchronized long dropped() {
    return dropped;
  }

  synchronized void close() {
    closed = true;
    waiting.clear();
  }
}
