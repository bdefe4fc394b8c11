package org.commonshub.apps.provider;

import java.time.Duration;

/** Runs something later, on a thread that must not be kept. */
interface Later {
  /** What was ordered. */
  @FunctionalInterface
  interface Order {
    /** It is not wanted any more. */
    void cancel();
  }

  /** Runs once. */
  Order after(Duration delay, Runnable task);
}
