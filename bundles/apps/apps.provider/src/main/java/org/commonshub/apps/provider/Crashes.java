package org.commonshub.apps.provider;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** When an app that crashed is started again: at most three times a day, later each time. */
final class Crashes {
  private static final List<Duration> PAUSES =
      List.of(Duration.ofSeconds(10), Duration.ofMinutes(1), Duration.ofMinutes(10));
  private static final long DAY = Duration.ofDays(1).toNanos();

  private final Deque<Long> restarts = new ArrayDeque<>();

  /**
   * It crashed.
   *
   * @param now monotonic nanoseconds
   * @return how long to wait; empty if it is not started again
   */
  Optional<Duration> pause(long now) {
    while (!restarts.isEmpty() && now - restarts.peekFirst() >= DAY) {
      restarts.removeFirst();
    }
    if (restarts.size() == PAUSES.size()) {
      return Optional.empty();
    }
    Duration pause = PAUSES.get(restarts.size());
    restarts.addLast(now);
    return Optional.of(pause);
  }

  /** The person says that it may try again. */
  void forget() {
    restarts.clear();
  }
}
