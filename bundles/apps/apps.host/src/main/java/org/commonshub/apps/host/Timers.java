package org.commonshub.apps.host;

import java.time.Duration;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import org.commonshub.apps.api.AppTimers;

/** Timers of one app. Any thread. */
final class Timers implements AppTimers {
  /** Most that stand. */
  static final int MOST = 32;

  private static final Duration LONGEST = Duration.ofDays(31);

  private final Agenda agenda;
  private final Executor thread;
  private final Set<Standing> standing = new HashSet<>();
  private boolean closed;

  Timers(Agenda agenda, Executor thread) {
    this.agenda = agenda;
    this.thread = thread;
  }

  @Override
  public Timer after(Duration delay, Runnable task) {
    return add(delay, Duration.ZERO, false, task);
  }

  @Override
  public Timer every(Duration period, Runnable task) {
    return add(period, Duration.ofSeconds(1), true, task);
  }

  private Timer add(Duration delay, Duration least, boolean again, Runnable task) {
    Objects.requireNonNull(task, "task");
    if (delay.compareTo(least) < 0 || delay.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "a timer waits " + least.toSeconds() + " s to 31 days, not " + delay);
    }
    synchronized (this) {
      if (closed) {
        throw new IllegalStateException("The app has ended.");
      }
      if (standing.size() == MOST) {
        throw new IllegalStateException("at most " + MOST + " timers stand at a time");
      }
      Standing timer = new Standing(delay.toNanos(), again, task);
      standing.add(timer);
      timer.due = agenda.now() + timer.nanos;
      timer.entry = agenda.after(timer.nanos, timer::fire);
      return timer;
    }
  }

  void close() {
    Set<Standing> all;
    synchronized (this) {
      closed = true;
      all = Set.copyOf(standing);
    }
    all.forEach(Standing::cancel);
  }

  private final class Standing implements Timer {
    private final long nanos;
    private final boolean again;
    private final Runnable task;
    private Agenda.Entry entry;
    private long due;
    private boolean waits;
    private boolean cancelled;

    Standing(long nanos, boolean again, Runnable task) {
      this.nanos = nanos;
      this.again = again;
      this.task = task;
    }

    void fire() {
      synchronized (Timers.this) {
        if (cancelled) {
          return;
        }
        if (again) {
          // What was missed is left out, and the beat is kept.
          due += nanos * Math.max(1, (agenda.now() - due) / nanos + 1);
          entry = agenda.after(due - agenda.now(), this::fire);
        } else {
          standing.remove(this);
        }
        if (waits) {
          return;
        }
        waits = true;
      }
      thread.execute(
          () -> {
            synchronized (Timers.this) {
              waits = false;
              if (cancelled) {
                return;
              }
            }
            task.run();
          });
    }

    @Override
    public void cancel() {
      synchronized (Timers.this) {
        cancelled = true;
        standing.remove(this);
        entry.cancel();
      }
    }
  }
}
