package org.commonshub.apps.api;

import java.time.Duration;
import org.osgi.annotation.versioning.ProviderType;

/** Calls the app back on its thread, by the monotonic clock. At most 32 timers stand at a time. */
@ProviderType
public interface AppTimers {
  /**
   * Calls once.
   *
   * @param delay up to 31 days
   * @throws IllegalStateException if there are too many
   */
  Timer after(Duration delay, Runnable task);

  /**
   * Calls again and again; what is missed while the thread is busy is left out.
   *
   * @param period 1 s to 31 days
   * @throws IllegalStateException if there are too many
   */
  Timer every(Duration period, Runnable task);

  /** A standing timer. */
  @ProviderType
  interface Timer {
    /** Ends it. */
    void cancel();
  }
}
