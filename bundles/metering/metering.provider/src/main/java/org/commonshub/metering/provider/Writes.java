package org.commonshub.metering.provider;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;

/**
 * What one session is told, one thing after the other: the next begins when the device has
 * confirmed or refused the one before. Its lock is taken alone.
 */
final class Writes {
  /** Writes that may wait. */
  static final int WAITING = 64;

  /** A device that has not confirmed after this long is given up, with its session. */
  static final long LIMIT_NANOS = 15_000_000_000L;

  private record Write(Callable<CompletionStage<Void>> call, CompletableFuture<Void> result) {}

  private final Executor pool;
  private final LongSupplier nanos;
  private final ArrayDeque<Write> waiting = new ArrayDeque<>();
  private Write running;
  private long since;
  private DeviceException over;

  /**
   * @param pool runs calls into the driver, or throws {@link RejectedExecutionException}
   * @param nanos monotonic clock
   */
  Writes(Executor pool, LongSupplier nanos) {
    this.pool = pool;
    this.nanos = nanos;
  }

  /** Queues a call into the driver; its stage ends the turn. */
  CompletionStage<Void> add(Callable<CompletionStage<Void>> call) {
    Write write = new Write(call, new CompletableFuture<>());
    synchronized (this) {
      if (over != null) {
        return CompletableFuture.failedFuture(over);
      }
      if (running != null) {
        if (waiting.size() >= WAITING) {
          return CompletableFuture.failedFuture(
              new DeviceException(
                  Kind.TIMEOUT,
                  "The device has " + WAITING + " writes waiting already. Try again later."));
        }
        waiting.add(write);
        return write.result;
      }
      turn(write);
    }
    begin(write);
    return write.result;
  }

  private void turn(Write write) {
    running = write;
    since = nanos.getAsLong();
  }

  private void begin(Write write) {
    try {
      pool.execute(() -> call(write));
    } catch (RejectedExecutionException e) {
      ended(
          write,
          new DeviceException(
              Kind.TIMEOUT, "The hub is too busy to talk to the device. Try again later.", e));
    }
  }

  private void call(Write write) {
    synchronized (this) {
      if (running != write) {
        return; // Given up meanwhile.
      }
      since = nanos.getAsLong(); // The device's time begins here.
    }
    try {
      write.call.call().whenComplete((nothing, failure) -> ended(write, failure));
    } catch (Throwable e) { // A driver's, even an Error.
      ended(write, e);
    }
  }

  private void ended(Write write, Throwable failure) {
    Write next;
    synchronized (this) {
      if (running != write) {
        return;
      }
      next = waiting.poll();
      running = null;
      if (next != null) {
        turn(next);
      }
    }
    if (failure == null) {
      write.result.complete(null);
    } else {
      write.result.completeExceptionally(failure);
    }
    if (next != null) {
      begin(next);
    }
  }

  /** Whether the device has not confirmed for too long. */
  synchronized boolean late(long now) {
    return running != null && now - since > LIMIT_NANOS;
  }

  /** Ends everything that waits, and takes nothing more. */
  void close(DeviceException why) {
    List<Write> ending;
    synchronized (this) {
      if (over != null) {
        return;
      }
      over = why;
      ending = new ArrayList<>(waiting);
      waiting.clear();
      if (running != null) {
        ending.add(0, running);
        running = null;
      }
    }
    ending.forEach(write -> write.result.completeExceptionally(why));
  }
}
