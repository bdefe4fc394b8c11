package org.commonshub.apps.host;

import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The one thread of an app, or the way into its zone. Tasks run in order; the app is told off when
 * one takes too long, or too many wait. Any thread.
 */
final class AppThread implements Executor {
  /** Most tasks that wait. */
  static final int MOST = 256;

  /** Patience with one task. */
  static final int SECONDS = 5;

  private record Task(Runnable code, int seconds) {}

  private final String name;
  private final Agenda agenda;
  private final Machine machine;
  private final Consumer<String> over;
  private final Consumer<String> complaint;
  private final ArrayDeque<Task> queue = new ArrayDeque<>();
  private Executor zone;
  private boolean draining;
  private boolean slowed;
  private boolean closed;
  private Thread thread;
  private Task running;
  private long begun;
  private long outside;
  private long outsideSince;
  private int outsideDepth;
  private long cpu;
  private long allocated;

  /**
   * @param over told, at most once or twice, with a sentence why the app has to end
   * @param complaint told, on the app's thread, what its code threw
   */
  AppThread(
      String name,
      Agenda agenda,
      Machine machine,
      Consumer<String> over,
      Consumer<String> complaint) {
    this.name = name;
    this.agenda = agenda;
    this.machine = machine;
    this.over = over;
    this.complaint = complaint;
  }

  synchronized void handOver(Executor executor) {
    zone = executor;
  }

  @Override
  public void execute(Runnable code) {
    add(new Task(code, SECONDS));
  }

  private void add(Task task) {
    boolean full;
    boolean drain;
    synchronized (this) {
      if (closed) {
        return;
      }
      full = queue.size() >= MOST;
      if (!full) {
        queue.add(task);
      }
      drain = zone != null;
      if (!drain && !full && thread == null) {
        thread = new Thread(null, this::run, name, 0, false);
        thread.setDaemon(true);
        thread.setContextClassLoader(ClassLoader.getPlatformClassLoader());
        thread.start();
      }
      notifyAll();
    }
    if (full) {
      over.accept(
          "It does not keep up: more than " + MOST + " things waited for it at the same time.");
    } else if (drain) {
      drain();
    }
  }

  /** See {@code AppSession.call}. */
  <T> CompletionStage<T> call(Supplier<T> code, int seconds) {
    CompletableFuture<T> result = new CompletableFuture<>();
    synchronized (this) {
      if (closed) {
        return CompletableFuture.failedFuture(new IllegalStateException("The app has ended."));
      }
    }
    Agenda.Entry patience =
        agenda.after(
            seconds * 1_000_000_000L,
            () -> {
              check();
              result.completeExceptionally(
                  new TimeoutException("The app did not answer within " + seconds + " s."));
            });
    add(
        new Task(
            () -> {
              if (result.isDone()) {
                return; // Nobody waits any more.
              }
              try {
                result.complete(code.get());
              } catch (Throwable e) {
                result.completeExceptionally(new IllegalStateException(told(e)));
                fatal(e);
              } finally {
                patience.cancel();
              }
            },
            seconds));
    return result;
  }

  private void run() {
    while (true) {
      Task task;
      synchronized (this) {
        running = null;
        while (!closed && (queue.isEmpty() || slowed)) {
          try {
            wait();
          } catch (InterruptedException e) {
            continue; // Somebody meant a task that is over.
          }
        }
        if (closed) {
          return;
        }
        task = queue.remove();
        running = task;
        begun = agenda.now();
        outside = 0;
        outsideDepth = 0;
      }
      try {
        task.code().run();
      } catch (Throwable e) {
        try {
          complaint.accept(told(e));
          fatal(e);
        } catch (Throwable again) {
          over.accept("It ran out of memory.");
        }
      }
      Thread.interrupted();
    }
  }

  /** The zone takes everything that waits, one at a time and in order. */
  private void drain() {
    synchronized (this) {
      if (draining) {
        return;
      }
      draining = true;
    }
    while (true) {
      Task task;
      synchronized (this) {
        if (closed || slowed || queue.isEmpty()) {
          draining = false;
          return;
        }
        task = queue.remove();
      }
      try {
        zone.execute(task.code());
      } catch (RuntimeException e) {
        synchronized (this) {
          draining = false;
        }
        over.accept("Its zone takes nothing any more.");
        return;
      }
    }
  }

  /** Memory that is used up leaves nothing certain. */
  private void fatal(Throwable e) {
    if (e instanceof OutOfMemoryError) {
      over.accept("It ran out of memory.");
    }
  }

  /** What the app's code threw, in words; on the app's thread, since the words are its own. */
  static String told(Throwable e) {
    try {
      String message = e.getMessage();
      String text = e.getClass().getName() + (message == null ? "" : ": " + message);
      return text.length() > 300 ? text.substring(0, 300) : text;
    } catch (Throwable again) {
      return e.getClass().getName();
    }
  }

  /** Work of the hub begins, on whatever thread: it does not count as the app's time. */
  synchronized void enter() {
    if (Thread.currentThread() == thread && outsideDepth++ == 0) {
      outsideSince = agenda.now();
    }
  }

  /** Work of the hub is over. */
  synchronized void leave() {
    if (Thread.currentThread() == thread && --outsideDepth == 0) {
      outside += agenda.now() - outsideSince;
    }
  }

  /** Whether nothing runs and nothing waits. */
  synchronized boolean idle() {
    return running == null && queue.isEmpty();
  }

  /** Tells off the app if its task takes too long. */
  void check() {
    int patience;
    synchronized (this) {
      if (running == null
          || outsideDepth > 0
          || agenda.now() - begun - outside < running.seconds() * 1_000_000_000L) {
        return;
      }
      patience = running.seconds();
    }
    over.accept(
        "It did not come back within " + patience + " s from something it was asked to do.");
  }

  /** CPU since the last call; 0 if there is nothing to know. */
  synchronized long takeCpu() {
    long now = thread == null ? -1 : machine.cpuNanos(thread.getId());
    long used = now - cpu;
    if (now < 0 || used < 0) {
      return 0;
    }
    cpu = now;
    return used;
  }

  /** Bytes allocated since the last call. */
  synchronized long takeAllocated() {
    long now = thread == null ? -1 : machine.allocatedBytes(thread.getId());
    long used = now - allocated;
    if (now < 0 || used < 0) {
      return 0;
    }
    allocated = now;
    return used;
  }

  /** Keeps tasks waiting, or lets them go on. */
  void slow(boolean value) {
    boolean drain;
    synchronized (this) {
      if (slowed == value) {
        return;
      }
      slowed = value;
      drain = zone != null && !value;
      notifyAll();
    }
    if (drain) {
      drain();
    }
  }

  synchronized boolean slowed() {
    return slowed;
  }

  /** Nothing runs any more. A task that does is interrupted and left behind. */
  synchronized void close() {
    closed = true;
    queue.clear();
    notifyAll();
    if (running != null && Thread.currentThread() != thread) {
      thread.setPriority(Thread.MIN_PRIORITY);
      thread.setName(name + " (left behind)");
      if (outsideDepth == 0) {
        thread.interrupt(); // Not in the middle of a write.
      }
    }
  }
}
