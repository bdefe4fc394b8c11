package org.commonshub.testing.tck;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.commonshub.apps.api.AppTimers;

/** Timers that run when {@link AppHarness#advance} reaches them. */
public final class HarnessTimers implements AppTimers {
  private static final int MOST = 32;
  private static final Duration LONGEST = Duration.ofDays(31);

  private final AppHarness harness;
  private final List<Standing> standing = new ArrayList<>();

  HarnessTimers(AppHarness harness) {
    this.harness = harness;
  }

  @Override
  public Timer after(Duration delay, Runnable task) {
    return add(delay, Duration.ZERO, task);
  }

  @Override
  public Timer every(Duration period, Runnable task) {
    return add(period, Duration.ofSeconds(1), task).repeat(period);
  }

  /** How many stand. */
  public int size() {
    return standing.size();
  }

  private Standing add(Duration delay, Duration least, Runnable task) {
    if (delay.compareTo(least) < 0 || delay.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "a timer waits " + least.toSeconds() + " s to 31 days, not " + delay);
    }
    if (standing.size() == MOST) {
      throw new IllegalStateException("at most " + MOST + " timers stand at a time");
    }
    Standing timer = new Standing(harness.clock().monotonicNanos() + delay.toNanos(), task);
    standing.add(timer);
    return timer;
  }

  long next() {
    return standing.stream().mapToLong(timer -> timer.due).min().orElse(Long.MAX_VALUE);
  }

  void fire() {
    long now = harness.clock().monotonicNanos();
    List<Standing> due =
        standing.stream()
            .filter(timer -> timer.due <= now)
            .sorted(Comparator.comparingLong(timer -> timer.due))
            .toList();
    for (Standing timer : due) {
      if (timer.period == 0) {
        standing.remove(timer);
      } else {
        timer.due += timer.period;
      }
      harness.later(
          () -> {
            if (!timer.cancelled) {
              timer.task.run();
            }
          });
    }
  }

  void end() {
    standing.clear();
  }

  private final class Standing implements Timer {
    private final Runnable task;
    private long due;
    private long period;
    private boolean cancelled;

    Standing(long due, Runnable task) {
      this.due = due;
      this.task = task;
    }

    Standing repeat(Duration value) {
      period = value.toNanos();
      return this;
    }

    @Override
    public void cancel() {
      cancelled = true;
      standing.remove(this);
    }
  }
}
