package org.commonshub.metering.web;

import java.util.ArrayDeque;

/**
 * The calls into a service for one peer: one after the other, in order. When what waits weighs too
 * much the peer is not read any further until half of it is done.
 */
final class Lane implements Workers.Owner {
  /** What may wait, in bytes; a single call may weigh more. */
  static final int FULL = 64 * 1024;

  /** What a call weighs beside its bytes. */
  static final int CALL = 128;

  private static final int CALLS_PER_TURN = 16;

  private record Call(Runnable task, int weight) {}

  private final Workers workers;
  private final Runnable room;
  private final Runnable stuck;
  private final ArrayDeque<Call> waiting = new ArrayDeque<>(2);
  private int weight;
  private boolean running;
  private boolean starving;

  /**
   * @param room called when there is room again after {@link #full()} said that there is none
   * @param stuck called when a call does not return
   */
  Lane(Workers workers, Runnable room, Runnable stuck) {
    this.workers = workers;
    this.room = room;
    this.stuck = stuck;
  }

  /** Whether no more should be added now. */
  boolean full() {
    synchronized (waiting) {
      starving = weight >= FULL;
      return starving;
    }
  }

  /**
   * Adds a call.
   *
   * @param bytes what it holds
   */
  void add(int bytes, Runnable task) {
    synchronized (waiting) {
      waiting.add(new Call(task, bytes + CALL));
      weight += bytes + CALL;
      if (running) {
        return;
      }
      running = true;
    }
    schedule();
  }

  private void schedule() {
    if (!workers.execute(this, this::run)) {
      synchronized (waiting) {
        waiting.clear();
        weight = 0;
        running = false;
      }
    }
  }

  private void run() {
    try {
      for (int i = 0; i < CALLS_PER_TURN; i++) {
        Call call;
        synchronized (waiting) {
          call = waiting.poll();
          if (call == null) {
            running = false;
            return;
          }
        }
        try {
          call.task.run();
        } finally {
          done(call);
        }
      }
    } catch (Throwable e) {
      schedule();
      throw e;
    }
    schedule();
  }

  private void done(Call call) {
    synchronized (waiting) {
      weight -= call.weight;
      if (!starving || weight > FULL / 2) {
        return;
      }
      starving = false;
    }
    room.run();
  }

  @Override
  public void stuck() {
    stuck.run();
  }
}
