package org.commonshub.privacy.provider;

import java.time.Instant;
import java.time.ZoneId;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.commonshub.measure.api.DeviceDirectory;
import org.commonshub.platform.api.HubClock;
import org.commonshub.privacy.api.EnergyData.Grant;
import org.commonshub.privacy.api.Mode;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.RefusedException;
import org.commonshub.privacy.api.RefusedException.Reason;
import org.commonshub.privacy.api.Release;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running subscriptions and their threads: one that ticks ten times a second and never waits,
 * one that waits for the disk, and a pool of which each listener holds at most one.
 */
final class Flows {
  /** Most subscriptions at once; as many threads at most deliver. */
  static final int MOST = 256;

  /** Most of one recipient. */
  static final int MOST_EACH = 16;

  private static final Logger LOG = LoggerFactory.getLogger(Flows.class);
  private static final long TICK = TimeUnit.MILLISECONDS.toNanos(100);

  private final HubClock clock;
  private final Consents consents;
  private final Policies policies;
  private final LiveValues live;
  private final Past past;
  private final Disclosures disclosures;
  private final Budget budget;
  private final Supplier<DeviceDirectory> directory;
  private final Supplier<ZoneId> zone;
  private final Set<Subscription> open = ConcurrentHashMap.newKeySet();
  private final Map<String, String> failures = new ConcurrentHashMap<>();
  private final Set<Subscription> held = ConcurrentHashMap.newKeySet();
  private final ThreadPoolExecutor disk;
  private final ThreadPoolExecutor deliver;
  private final Thread ticker;
  private final AtomicBoolean keeping = new AtomicBoolean();
  private Runnable keeper;
  private volatile boolean stopped;
  private volatile boolean news;

  Flows(
      HubClock clock,
      Consents consents,
      Policies policies,
      Disclosures disclosures,
      Budget budget,
      Supplier<DeviceDirectory> directory,
      Supplier<ZoneId> zone,
      Past past) {
    this.clock = clock;
    this.consents = consents;
    this.policies = policies;
    this.disclosures = disclosures;
    this.budget = budget;
    this.directory = directory;
    this.zone = zone;
    this.past = past;
    this.live = new LiveValues(directory, this::news);
    disk =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(2 * MOST),
            r -> thread(r, "privacy-disk"));
    deliver =
        new ThreadPoolExecutor(
            0,
            MOST,
            10,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            r -> thread(r, "privacy-deliver"));
    ticker = thread(this::tick, "privacy-flows");
  }

  /**
   * Begins to tick.
   *
   * @param work done once a second on the thread that may wait for the disk
   */
  void start(Runnable work) {
    keeper = work;
    ticker.start();
  }

  private static Thread thread(Runnable work, String name) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.setContextClassLoader(null);
    return thread;
  }

  LiveValues live() {
    return live;
  }

  Past past() {
    return past;
  }

  Supplier<DeviceDirectory> directory() {
    return directory;
  }

  ZoneId zone() {
    return zone.get();
  }

  Instant now() {
    return clock.now();
  }

  /** Something that waits for the disk, on the thread for it. */
  void onDisk(Runnable work) {
    disk.execute(work);
  }

  Standing standing(Subscription flow) {
    return consents.standing(flow.recipient(), flow.purpose());
  }

  /** Begins a subscription. */
  Subscription subscribe(Recipient recipient, Purpose purpose, Consumer<Release> listener)
      throws RefusedException {
    Standing standing = consents.standing(recipient, purpose);
    if (!standing.open()) {
      disclosures.refused(recipient, standing);
      standing.orRefuse();
    }
    if (standing.terms().mode() == Mode.AGGREGATE) {
      throw new RefusedException(
          Reason.OUT_OF_BOUNDS, "Values of this home alone are not released, only their sum.");
    }
    return begin(recipient, purpose, false, listener);
  }

  /** Follows a consent whose values only go into a sum, unless it is followed already. */
  void contribute(Given given, Consumer<Release> sum) {
    for (Subscription flow : open) {
      if (flow.cohort()
          && flow.recipient().equals(given.recipient())
          && flow.purpose() == given.purpose()) {
        return;
      }
    }
    try {
      begin(given.recipient(), given.purpose(), true, sum);
    } catch (RefusedException e) {
      LOG.info("No sum for {}: {}", given.recipient(), e.getMessage());
    }
  }

  /** Ends the subscriptions of a recipient. */
  void close(Recipient recipient) {
    for (Subscription flow : open) {
      if (flow.recipient().equals(recipient)) {
        flow.close();
      }
    }
  }

  private synchronized Subscription begin(
      Recipient recipient, Purpose purpose, boolean cohort, Consumer<Release> listener)
      throws RefusedException {
    long his = open.stream().filter(f -> f.recipient().equals(recipient)).count();
    if (stopped || open.size() >= MOST || his >= MOST_EACH) {
      throw new RefusedException(
          Reason.OUT_OF_BOUNDS, "Too many subscriptions: close some of them.");
    }
    Subscription[] flow = new Subscription[1];
    AtomicBoolean said = new AtomicBoolean();
    Mailbox mailbox =
        new Mailbox(
            deliver,
            parcel -> release(parcel, flow[0]),
            listener,
            e -> {
              if (said.compareAndSet(false, true)) {
                LOG.warn("A listener of {} fails: {}", recipient, Texts.reason(e));
              }
            });
    flow[0] = new Subscription(this, recipient, purpose, cohort, mailbox);
    open.add(flow[0]);
    news();
    return flow[0];
  }

  /** Lets one release through, with its line in the log, or drops it. */
  private boolean release(Mailbox.Parcel parcel, Subscription flow) {
    try {
      consents.admit(
          parcel.standing(), () -> disclosures.released(parcel.standing(), parcel.release()));
      failures.remove(parcel.standing().given().id());
      held.remove(flow);
      return true;
    } catch (RefusedException e) {
      return false;
    } catch (java.io.UncheckedIOException e) {
      held(flow, Fault.passing("The disclosure log cannot be written: " + Texts.reason(e)));
      return false;
    }
  }

  void run(Standing standing, Batch batch, Instant now, Lane.Done done) {
    policies.run(
        batch.blocks(),
        new Round(standing.terms(), now, zone(), batch.from(), batch.to(), budget),
        done);
  }

  /** A round came to nothing, the next may do better: said once. */
  void held(Subscription flow, Fault fault) {
    if (held.add(flow)) {
      LOG.info("Nothing for {} now: {}", flow.recipient(), fault.getMessage());
    }
  }

  /** A policy failed: the flow is closed, and the consent says why. */
  void failed(Subscription flow, Standing standing, Fault fault) {
    failures.put(standing.given().id(), fault.getMessage());
    LOG.warn("A flow to {} was closed: {}", flow.recipient(), fault.getMessage());
    disclosures.refused(
        flow.recipient(),
        new Standing(
            flow.purpose(),
            Grant.State.CLOSED,
            Reason.POLICY,
            fault.getMessage(),
            standing.given(),
            standing.terms()));
  }

  /** The cohort does not take a value now: the consent says why. */
  void closedBySum(Given given, String reason) {
    failures.put(given.id(), reason);
  }

  /** Why the last flow of a consent was closed, if it was and none has done better since. */
  Optional<String> failure(String consent) {
    return Optional.ofNullable(failures.get(consent));
  }

  void gone(Subscription flow) {
    open.remove(flow);
    held.remove(flow);
  }

  /** How many releases were dropped because their listener is slow. */
  long dropped() {
    return open.stream().mapToLong(f -> f.mailbox().dropped()).sum();
  }

  private void news() {
    news = true;
    LockSupport.unpark(ticker);
  }

  private void tick() {
    long second = Long.MIN_VALUE;
    while (!stopped) {
      try {
        policies.watch();
        long now = clock.now().getEpochSecond();
        if (now != second && keeping.compareAndSet(false, true)) {
          housekeeping();
        }
        if (news || now != second) {
          news = false;
          second = now;
          for (Subscription flow : open) {
            flow.turn(disk);
          }
        }
      } catch (RuntimeException e) {
        LOG.warn("A round of flows failed: {}", Texts.reason(e));
      }
      if (!news) {
        LockSupport.parkNanos(this, TICK);
      }
    }
  }

  private void housekeeping() {
    try {
      disk.execute(this::keep);
    } catch (RejectedExecutionException e) {
      keeping.set(false); // again with the next second
    }
  }

  private void keep() {
    try {
      keeper.run();
    } catch (RuntimeException e) {
      LOG.warn("Housekeeping of the privacy gate failed: {}", Texts.reason(e));
    } finally {
      keeping.set(false);
    }
  }

  void stop() throws InterruptedException {
    synchronized (this) {
      stopped = true;
    }
    LockSupport.unpark(ticker);
    open.forEach(Subscription::close);
    disk.shutdown();
    deliver.shutdownNow();
    ticker.join(10_000);
    disk.awaitTermination(10, TimeUnit.SECONDS);
  }
}
