package org.commonshub.metering.web;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Memory that all connections share for what is being received, or for what waits to be sent. Who
 * gets none is told so at once; nobody waits for it.
 */
final class Budget {
  private final AtomicLong left;

  Budget(long bytes) {
    left = new AtomicLong(bytes);
  }

  /** Takes some, if there is as much. */
  boolean take(long bytes) {
    if (left.addAndGet(-bytes) >= 0) {
      return true;
    }
    left.addAndGet(bytes);
    return false;
  }

  /** Gives some back. */
  void give(long bytes) {
    left.addAndGet(bytes);
  }

  long left() {
    return left.get();
  }
}
