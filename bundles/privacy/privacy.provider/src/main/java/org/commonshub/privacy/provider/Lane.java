package org.commonshub.privacy.provider;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.crypto.Mac;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.PrivacyPolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One policy and the one thread that calls it, at lowest priority. A policy that computes for
 * longer than {@link PrivacyPolicy#MAX_MILLIS} on a block, or waits for something that long, is
 * abandoned: its thread is left to itself and the policy is not called again.
 */
final class Lane {
  private static final Logger LOG = LoggerFactory.getLogger(Lane.class);
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final int QUEUE = 256;
  private static final long LIMIT = TimeUnit.MILLISECONDS.toNanos(PrivacyPolicy.MAX_MILLIS);

  /** However busy the machine is, no block takes longer than this. */
  private static final long LONGEST = 20 * LIMIT;

  private final String name;
  private final PrivacyPolicy policy;
  private final Mac mac;
  private final BlockingQueue<Job> queue = new ArrayBlockingQueue<>(QUEUE);
  private final Thread thread;
  private volatile Job current;
  private volatile long started;
  private volatile boolean closed;
  private volatile boolean overran;

  // Of the watching thread alone.
  private long watched;
  private long watchedCpu;
  private boolean waiting;

  /** What becomes of a job; called once, on whatever thread. */
  interface Done {
    void done(List<Block> blocks);

    void failed(Fault fault);
  }

  private record Job(List<Block> blocks, Round round, Done done, AtomicBoolean answered) {
    void fail(Fault fault) {
      if (answered.compareAndSet(false, true)) {
        done.failed(fault);
      }
    }
  }

  Lane(String name, PrivacyPolicy policy, Secret secret) {
    this.name = name;
    this.policy = policy;
    this.mac = secret.mac("policy:" + name);
    this.thread = new Thread(this::work, "privacy-policy-" + name);
    thread.setDaemon(true);
    thread.setPriority(Thread.MIN_PRIORITY);
    thread.setContextClassLoader(null);
    thread.start();
  }

  /** Why the policy is not called any more, if so. */
  Optional<String> problem() {
    return overran
        ? Optional.of(
            "Policy "
                + name
                + " took longer than "
                + PrivacyPolicy.MAX_MILLIS
                + " ms and was set aside; update or remove its bundle.")
        : Optional.empty();
  }

  void submit(List<Block> blocks, Round round, Done done) {
    Job job = new Job(blocks, round, done, new AtomicBoolean());
    if (overran) {
      job.fail(Fault.closing(problem().orElseThrow()));
    } else if (closed || !queue.offer(job)) {
      job.fail(Fault.passing("Policy " + name + " has too much to do."));
    } else if (closed) {
      drain();
    }
  }

  /** Ends the thread; what waits is answered. */
  void close() {
    closed = true;
    thread.interrupt();
    Job running = current;
    if (running != null) {
      running.fail(Fault.passing("Policy " + name + " was replaced or removed."));
    }
    drain();
  }

  private void drain() {
    for (Job job = queue.poll(); job != null; job = queue.poll()) {
      job.fail(
          overran
              ? Fault.closing(problem().orElseThrow())
              : Fault.passing("Policy " + name + " was replaced or removed."));
    }
  }

  /** Looks whether the policy overruns its time. Called ten times a second by one thread. */
  void watch() {
    long begin = started;
    if (begin == 0 || closed) {
      return;
    }
    long cpu = Math.max(0, THREADS.getThreadCpuTime(thread.getId()));
    if (begin != watched) {
      watched = begin;
      watchedCpu = cpu;
      waiting = false;
      return;
    }
    long wall = System.nanoTime() - begin;
    boolean waits = thread.getState() != Thread.State.RUNNABLE;
    // A machine that is busy with something else is not the policy's fault.
    if (wall > LIMIT && (cpu - watchedCpu > LIMIT || waits && waiting) || wall > LONGEST) {
      overran = true;
      Job job = current;
      LOG.warn("{}", problem().orElseThrow());
      if (job != null) {
        job.fail(Fault.closing(problem().orElseThrow()));
      }
      close();
    }
    waiting = waits && wall > LIMIT / 2;
  }

  private void work() {
    while (!closed) {
      try {
        Job job = queue.take();
        current = job;
        run(job);
      } catch (InterruptedException e) {
        // Either closed, or somebody else's doing: then there is more to do.
      } finally {
        started = 0;
        current = null;
      }
    }
  }

  private void run(Job job) {
    LaneContext context = new LaneContext(job.round(), name, mac);
    OutcomeCheck check =
        new OutcomeCheck(job.round().terms(), job.round().now(), job.round().zone());
    List<Block> made = new ArrayList<>(job.blocks().size());
    try {
      for (Block block : job.blocks()) {
        started = System.nanoTime() | 1;
        Block after = policy.apply(copy(block), context);
        started = 0;
        if (closed) {
          return;
        }
        after = after == null ? null : copy(after);
        check.step(name, block, after);
        if (after.size() > 0) {
          made.add(after);
        }
      }
      job.round().budget().seal();
    } catch (Fault fault) {
      job.fail(fault);
      return;
    } catch (IOException e) {
      job.fail(Fault.passing("The privacy budget cannot be kept: " + Texts.reason(e)));
      return;
    } catch (Throwable e) { // whatever somebody else's code throws
      job.fail(Fault.closing("Policy " + name + " failed: " + Texts.reason(e)));
      return;
    } finally {
      started = 0;
      context.end();
    }
    if (job.answered().compareAndSet(false, true)) {
      job.done().done(made);
    }
  }

  /** Arrays of its own: what is checked nobody else can write into. */
  private static Block copy(Block block) {
    return block.with(
        block.exponent(),
        block.starts().clone(),
        block.mantissas().clone(),
        block.qualities().clone());
  }
}
