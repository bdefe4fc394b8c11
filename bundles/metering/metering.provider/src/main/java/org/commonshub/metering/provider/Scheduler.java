package org.commonshub.metering.provider;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Gap;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.Quality;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingFrame;
import org.commonshub.metering.api.Actuating;
import org.commonshub.metering.api.Actuator;
import org.commonshub.metering.api.ActuatorPort;
import org.commonshub.metering.api.DeviceDefinition;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.DeviceRegistry.Health;
import org.commonshub.metering.api.DeviceRegistry.State;
import org.commonshub.metering.api.DriverDescription;
import org.commonshub.metering.api.DriverSession;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.metering.api.PollSession;
import org.commonshub.metering.api.PushSession;
import org.commonshub.metering.api.TransportProvider;
import org.commonshub.metering.api.WriteLease;
import org.commonshub.platform.api.HubClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks every device when it is due. See CONCURRENCY.md for the threads and the locks.
 *
 * <p>Knows no OSGi: {@link MeteringProvider} wires it in the hub, benchmarks and tests wire it by
 * hand.
 */
public final class Scheduler implements AutoCloseable {
  /** Push devices silent for this many intervals have failed. */
  static final int SILENT_INTERVALS = 3;

  /** Blocked calls after which a driver is called no more until one returns. */
  static final int BLOCKED_PER_DRIVER = 4;

  /** Nothing is missing of a new device. */
  public static final long NEW = Long.MAX_VALUE;

  private static final Logger LOG = LoggerFactory.getLogger(Scheduler.class);
  private static final long SEQUENCE_ORIGIN_MILLIS =
      Instant.parse("2025-01-01T00:00:00Z").toEpochMilli();
  private static final long WATCH_NANOS = 250_000_000L;
  private static final long ACTUATORS_NANOS = 2_000_000_000L;
  private static final long SHORTEST_SLEEP_MILLIS = 2;
  private static final long LONGEST_SLEEP_MILLIS = 250;

  private record Slot(long at, Unit unit) implements Comparable<Slot> {
    @Override
    public int compareTo(Slot other) {
      return Long.compare(at, other.at);
    }
  }

  private final HubClock clock;
  private final Predicate<MeterRecord> sink;
  private final UnaryOperator<String> secrets;
  private final WatchedPool pool = new WatchedPool();
  private final Map<String, MeterDriver> drivers = new ConcurrentHashMap<>();
  private final Map<String, TransportProvider> transports = new ConcurrentHashMap<>();
  private final Map<String, AtomicInteger> blockedCalls = new ConcurrentHashMap<>();
  private final Map<DeviceId, Unit> units = new ConcurrentHashMap<>();
  private final Map<Endpoint, Lane> lanes = new ConcurrentHashMap<>();
  private final PriorityQueue<Slot> slots = new PriorityQueue<>();
  private final LogBudget outages = new LogBudget();
  private final Memories memories;
  private final Thread timer;
  private volatile boolean closed;
  private int epoch;
  private long watchedNanos;

  /**
   * @param sink takes records for the reading bus; false if it cannot at the moment
   * @param secrets resolves a setting that may refer to a secret; null if it names none
   */
  public Scheduler(HubClock clock, Predicate<MeterRecord> sink, UnaryOperator<String> secrets) {
    this(clock, sink, secrets, new Memories(Optional.empty()), true);
  }

  Scheduler(
      HubClock clock,
      Predicate<MeterRecord> sink,
      UnaryOperator<String> secrets,
      boolean withTimer) {
    this(clock, sink, secrets, new Memories(Optional.empty()), withTimer);
  }

  Scheduler(
      HubClock clock,
      Predicate<MeterRecord> sink,
      UnaryOperator<String> secrets,
      Memories memories,
      boolean withTimer) {
    this.clock = clock;
    this.memories = memories;
    this.sink = sink;
    this.secrets = secrets;
    this.epoch = clock.epoch();
    this.watchedNanos = clock.monotonicNanos();
    if (withTimer) {
      timer = new Thread(this::run, "metering-timer");
      timer.setDaemon(true);
      timer.start();
    } else {
      timer = null;
    }
  }

  // ---------------------------------------------------------------- drivers and transports

  /** A driver arrived. */
  public void add(String id, MeterDriver driver) {
    drivers.put(id, driver);
    for (Unit unit : units.values()) {
      if (unit.definition.driver().equals(id)) {
        renew(unit);
      }
    }
  }

  /** A driver leaves: when this returns, its sessions are closed. */
  public void remove(String id, MeterDriver driver) {
    if (drivers.remove(id, driver)) {
      for (Unit unit : units.values()) {
        if (unit.definition.driver().equals(id)) {
          detach(unit);
        }
      }
    }
  }

  /** A transport arrived. */
  public void add(String scheme, TransportProvider transport) {
    transports.put(scheme, transport);
    for (Unit unit : units.values()) {
      if (unit.definition.endpoint().scheme().equals(scheme)) {
        renew(unit);
      }
    }
  }

  /** A transport leaves: when this returns, its handles are closed. */
  public void remove(String scheme, TransportProvider transport) {
    if (transports.remove(scheme, transport)) {
      for (Unit unit : units.values()) {
        if (unit.definition.endpoint().scheme().equals(scheme)) {
          detach(unit);
        }
      }
    }
  }

  MeterDriver driver(String id) {
    return drivers.get(id);
  }

  boolean serves(String scheme) {
    return transports.containsKey(scheme);
  }

  private void renew(Unit unit) {
    Live old;
    synchronized (unit.lane) {
      old = unit.live;
      unit.live = null;
      unit.breaker.succeeded();
      unit.lane.breaker.succeeded();
      if (unit.polling && unit.lane.busy == unit) {
        // Ask again, of the new one, for the same due time.
        unit.token++;
        unit.polling = false;
        unit.waiting = true;
        unit.lane.busy = null;
        unit.lane.ready.addFirst(unit);
        startNext(unit.lane);
      }
    }
    if (old != null) {
      old.close();
    }
  }

  private void detach(Unit unit) {
    Live old;
    synchronized (unit.lane) {
      old = unit.live;
      unit.live = null;
      unit.token++;
      if (unit.polling) {
        long next = settle(unit);
        unit.coverage.missed(unit.due, next, Gap.Reason.HUB_STOPPED, wall());
        startNext(unit.lane);
      }
    }
    if (old != null) {
      old.close();
    }
  }

  // ---------------------------------------------------------------- devices

  /**
   * Begins to ask a device.
   *
   * @param covered due times before this (milliseconds since the epoch) are accounted for; those
   *     between it and now become a gap because the hub did not run; {@link #NEW} for a device that
   *     was never asked before
   */
  public void start(DeviceId id, DeviceDefinition definition, long covered) {
    stop(id);
    long now = wall();
    while (!start(id, definition, covered, now)) {
      Thread.onSpinWait(); // The lane was empty and removed meanwhile.
    }
  }

  private boolean start(DeviceId id, DeviceDefinition definition, long covered, long now) {
    Lane lane = lanes.computeIfAbsent(definition.endpoint(), Lane::new);
    synchronized (lane) {
      if (lanes.get(definition.endpoint()) != lane) {
        return false;
      }
      Coverage coverage = new Coverage(id, covered, gap -> sink.test(gap));
      Unit unit = new Unit(this, id, definition, lane, coverage, now - SEQUENCE_ORIGIN_MILLIS);
      unit.nextDue = Schedule.dueFrom(now, unit.phase, unit.interval);
      long missed =
          covered >= now ? unit.nextDue : Schedule.dueFrom(covered, unit.phase, unit.interval);
      if (missed < unit.nextDue) {
        coverage.missed(missed, unit.nextDue, Gap.Reason.HUB_STOPPED, now);
      } else {
        coverage.restart(unit.nextDue, now);
      }
      lane.members.add(unit);
      units.put(id, unit);
      enqueue(unit);
      return true;
    }
  }

  /**
   * Ends asking a device.
   *
   * @return due times before this (milliseconds since the epoch) are accounted for; empty if it was
   *     not being asked
   */
  public Optional<Long> stop(DeviceId id) {
    Unit unit = units.remove(id);
    if (unit == null) {
      return Optional.empty();
    }
    Live old;
    long covered;
    synchronized (unit.lane) {
      unit.removed = true;
      old = unit.live;
      unit.live = null;
      unit.token++;
      unit.lane.members.remove(unit);
      unit.lane.ready.remove(unit);
      if (unit.polling) {
        settle(unit);
      }
      unit.coverage.flush(wall());
      covered = unit.coverage.published();
      startNext(unit.lane);
    }
    if (old != null) {
      old.close();
    }
    return Optional.of(covered);
  }

  /** For each device the time before which every due time is accounted for and published. */
  Map<DeviceId, Long> published() {
    Map<DeviceId, Long> result = new HashMap<>();
    for (Unit unit : units.values()) {
      synchronized (unit.lane) {
        result.put(unit.id, unit.coverage.published());
      }
    }
    return result;
  }

  /** Publishes what is known of all open gaps. */
  void flush() {
    long now = wall();
    for (Unit unit : units.values()) {
      synchronized (unit.lane) {
        unit.coverage.flush(now);
      }
    }
  }

  /** Health of a device that is asked. */
  public Optional<Health> health(DeviceId id) {
    Unit unit = units.get(id);
    if (unit == null) {
      return Optional.empty();
    }
    boolean installed = missingPart(unit) == null;
    synchronized (unit.lane) {
      long now = clock.monotonicNanos();
      long wait = Math.max(unit.breaker.remaining(now), unit.lane.breaker.remaining(now));
      boolean offline = unit.breaker.open() || unit.lane.breaker.open();
      State state;
      if (!installed || unit.unavailable) {
        state = State.UNAVAILABLE;
      } else if (offline) {
        state = State.OFFLINE;
      } else if (unit.lastError != null) {
        state = State.FAILING;
      } else if (unit.lastReading == null) {
        state = State.STARTING;
      } else {
        state = State.ONLINE;
      }
      return Optional.of(
          new Health(
              state,
              Optional.ofNullable(unit.lastReading),
              Optional.ofNullable(installed ? unit.lastError : missingPart(unit)),
              Optional.ofNullable(unit.lastErrorAt),
              unit.polls,
              unit.failures,
              unit.medianRoundTrip(),
              state == State.OFFLINE
                  ? Optional.of(java.time.Duration.ofNanos(wait))
                  : Optional.empty(),
              unit.identity));
    }
  }

  // ---------------------------------------------------------------- time

  private void run() {
    while (!closed) {
      long sleep;
      try {
        sleep = tick();
      } catch (Throwable e) { // Even an Error: without this thread nothing is read any more.
        LOG.error("A turn of the metering timer failed; it goes on.", e);
        sleep = LONGEST_SLEEP_MILLIS;
      }
      try {
        Thread.sleep(sleep);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  /**
   * Does what is due.
   *
   * @return milliseconds to sleep
   */
  long tick() {
    long now = wall();
    if (clock.epoch() != epoch) {
      epoch = clock.epoch();
      stepped(now);
    }
    long nanos = clock.monotonicNanos();
    if (nanos - watchedNanos >= WATCH_NANOS) {
      watchedNanos = nanos;
      watch(nanos, now);
    }
    while (true) {
      Slot slot;
      synchronized (slots) {
        slot = slots.peek();
        if (slot == null || slot.at > now) {
          return slot == null
              ? LONGEST_SLEEP_MILLIS
              : Math.max(SHORTEST_SLEEP_MILLIS, Math.min(LONGEST_SLEEP_MILLIS, slot.at - now));
        }
        slots.poll();
      }
      Unit unit = slot.unit;
      synchronized (unit.lane) {
        if (!unit.removed && slot.at == unit.nextDue) {
          due(unit, now);
        }
      }
    }
  }

  private void enqueue(Unit unit) {
    synchronized (slots) {
      slots.add(new Slot(unit.nextDue, unit));
    }
  }

  private void due(Unit unit, long now) {
    long first = unit.nextDue;
    long last = Math.max(first, Schedule.dueUpTo(now, unit.phase, unit.interval));
    unit.nextDue = last + unit.interval;
    enqueue(unit);
    if (unit.polling || unit.waiting) {
      unit.skippedTo = unit.nextDue;
      return;
    }
    if (last > first) {
      unit.coverage.missed(first, last, Gap.Reason.OVERLOAD, now);
    }
    long nanos = clock.monotonicNanos();
    Gap.Reason not = null;
    if (missingPart(unit) != null) {
      not = Gap.Reason.HUB_STOPPED;
    } else if (unit.live != null && unit.live.session instanceof PushSession) {
      listened(unit, last, now, nanos);
      return;
    } else if (unit.blocked || tooManyBlocked(unit)) {
      not = Gap.Reason.UNREACHABLE;
    } else if (!unit.breaker.allows(nanos)) {
      not = unit.lastReason;
    } else if (!unit.lane.breaker.allows(nanos)) {
      not = Gap.Reason.UNREACHABLE;
      unit.lastError = unit.lane.lastError;
    }
    if (not != null) {
      unit.coverage.missed(last, unit.nextDue, not, now);
      return;
    }
    unit.waiting = true;
    unit.due = last;
    unit.dueNext = unit.nextDue;
    unit.lane.ready.add(unit);
    startNext(unit.lane);
  }

  private void startNext(Lane lane) {
    while (lane.busy == null) {
      Unit unit = lane.ready.poll();
      if (unit == null) {
        return;
      }
      long nanos = clock.monotonicNanos();
      unit.waiting = false;
      unit.token++;
      unit.startedNanos = nanos;
      unit.begun = false;
      if (!lane.breaker.allows(nanos)) {
        long next = settle(unit);
        unit.lastError = lane.lastError;
        unit.coverage.missed(unit.due, next, Gap.Reason.UNREACHABLE, wall());
        continue;
      }
      lane.busy = unit;
      unit.polling = true;
      unit.polls++;
      long token = unit.token;
      if (!pool.execute(unit, () -> poll(unit, token))) {
        long next = settle(unit);
        unit.coverage.missed(unit.due, next, Gap.Reason.OVERLOAD, wall());
      }
    }
  }

  /** Ends a poll's hold on unit and lane; returns the first due time it does not stand for. */
  private static long settle(Unit unit) {
    unit.polling = false;
    unit.waiting = false;
    if (unit.lane.busy == unit) {
      unit.lane.busy = null;
    }
    long next = Math.max(unit.dueNext, unit.skippedTo);
    unit.skippedTo = 0;
    return next;
  }

  private void watch(long nanos, long now) {
    pool.watch();
    int more = outages.unsaid(nanos);
    if (more > 0) {
      LOG.warn("{} more devices failed or came back at the same time.", more);
    }
    for (Lane lane : List.copyOf(lanes.values())) {
      Live old = null;
      Unit late = null;
      synchronized (lane) {
        if (lane.busy != null && lane.busy.begun && nanos - lane.busy.giveUpNanos > 0) {
          late = lane.busy;
          old = late.live;
          late.live = null;
          abandon(
              late,
              "Reading '"
                  + late.definition.name()
                  + "' at "
                  + lane.endpoint
                  + " took longer than "
                  + late.budget().toMillis()
                  + " ms and was given up. Ask it less often, or for less.");
        }
        for (Unit unit : lane.members) {
          unit.coverage.reissue(now);
          Live live = unit.live;
          if (live != null && live.writes != null && live.writes.late(nanos)) {
            unconfirmed(unit, live);
          }
        }
        if (lane.members.isEmpty() && lane.busy == null) {
          lanes.remove(lane.endpoint, lane);
        }
      }
      if (old != null) {
        Live ending = old;
        pool.execute(late, ending::close);
      }
    }
  }

  /** Under the lane's lock: a device that does not confirm gets a new session. */
  private void unconfirmed(Unit unit, Live live) {
    String message =
        "'"
            + unit.definition.name()
            + "' at "
            + unit.lane.endpoint
            + " did not confirm what it was told within "
            + Writes.LIMIT_NANOS / 1_000_000_000L
            + " s. Check that it is powered and connected.";
    unit.live = null;
    if (unit.polling) {
      abandon(unit, message);
    } else {
      note(unit, new DeviceException(Kind.TIMEOUT, message));
    }
    pool.execute(
        unit,
        () -> {
          live.writes.close(new DeviceException(Kind.TIMEOUT, message));
          live.close();
        });
  }

  /** The wall clock stepped: due times are counted anew from here. */
  private void stepped(long now) {
    for (Unit unit : units.values()) {
      synchronized (unit.lane) {
        if (unit.removed) {
          continue;
        }
        long next = Schedule.dueFrom(now, unit.phase, unit.interval);
        long covered = unit.coverage.covered();
        if (next > covered) {
          unit.coverage.missed(covered, next, Gap.Reason.CLOCK_STEP, now);
        } else if (next < covered) {
          unit.coverage.restart(next, now);
        }
        if (unit.polling || unit.waiting) {
          unit.due = next;
          unit.dueNext = next;
          unit.skippedTo = 0;
        }
        unit.nextDue = next;
        enqueue(unit);
      }
    }
  }

  // ---------------------------------------------------------------- polls

  private void poll(Unit unit, long token) {
    Live live;
    synchronized (unit.lane) {
      if (unit.token != token || !unit.polling) {
        return;
      }
      live = unit.live;
      // The device's time begins here: a hub that is late with itself must not blame the device.
      unit.begun = true;
      unit.startedNanos = clock.monotonicNanos();
      unit.giveUpNanos = unit.startedNanos + unit.budget().toNanos();
    }
    try {
      if (live == null) {
        live = open(unit);
        Live mine = live;
        boolean kept;
        synchronized (unit.lane) {
          kept = unit.token == token && !unit.removed;
          if (kept) {
            unit.live = mine;
            unit.unavailable = false;
          }
        }
        if (!kept) {
          mine.close();
          return;
        }
        mine.lookAtActuators(clock.monotonicNanos());
      }
      Live current = live;
      if (current.session instanceof PushSession push) {
        synchronized (unit.lane) {
          if (unit.token != token) {
            return;
          }
          long next = settle(unit);
          unit.lastFrameAt = clock.monotonicNanos();
          if (unit.stamps == null) {
            unit.stamps = new Stamps();
          }
          unit.coverage.answered(unit.due, next, wall());
          startNext(unit.lane);
        }
        try {
          current.call(() -> push.start(new Received(unit, current)));
        } catch (Throwable e) { // A driver's, even an Error.
          startFailed(unit, current, e);
        }
        return;
      }
      PollSession session = (PollSession) current.session;
      List<CompletionStage<List<Measurement>>> stage = new ArrayList<>(1);
      if (!current.call(() -> stage.add(session.poll(unit.budget())))) {
        return;
      }
      if (stage.get(0) == null) {
        throw new NullPointerException("poll() returned null");
      }
      stage.get(0).whenComplete((values, failure) -> finished(unit, token, values, failure));
    } catch (Throwable e) { // A driver's, even an Error.
      finished(unit, token, null, e);
    }
  }

  private void startFailed(Unit unit, Live live, Throwable failure) {
    DeviceException why = explain(unit, failure);
    synchronized (unit.lane) {
      if (unit.live != live) {
        return;
      }
      unit.live = null;
      unit.failures++;
      note(unit, why);
      unit.lastReason = Gap.Reason.INVALID_ANSWER;
      unit.breaker.failed(clock.monotonicNanos(), 0, ThreadLocalRandom.current().nextDouble());
    }
    live.close();
  }

  private void finished(Unit unit, long token, List<Measurement> values, Throwable failure) {
    Instant at = clock.now().truncatedTo(ChronoUnit.MILLIS);
    List<Measurement> corrected = null;
    DeviceException why = null;
    if (failure != null) {
      why = explain(unit, failure);
    } else {
      try {
        corrected = judged(unit, values);
      } catch (Throwable e) { // The driver's list may do anything.
        why = explain(unit, e);
      }
    }
    Live look = null;
    synchronized (unit.lane) {
      if (unit.token != token || !unit.polling) {
        return;
      }
      long nanos = clock.monotonicNanos();
      long cost = nanos - unit.startedNanos;
      if (why == null) {
        answered(unit, at, corrected, cost);
        look = Long.bitCount(unit.polls) == 1 ? unit.live : null;
      } else {
        failed(unit, why, nanos, cost);
      }
      startNext(unit.lane);
    }
    if (look != null) {
      look(unit, look);
    }
  }

  private void answered(Unit unit, Instant at, List<Measurement> values, long cost) {
    settle(unit);
    long now = at.toEpochMilli();
    long last = Schedule.dueUpTo(now, unit.phase, unit.interval);
    long end = unit.dueNext;
    if (last <= unit.due) {
      publish(unit, at, values, unit.due, end, now);
    } else {
      // It took longer than the interval: the reading stands for the due time it belongs to, and
      // those before it were missed.
      long stands = Math.min(last, unit.nextDue);
      end = Math.min(last + unit.interval, unit.nextDue);
      unit.coverage.missed(unit.due, stands, Gap.Reason.OVERLOAD, now);
      publish(unit, at, values, stands, end, now);
    }
    // What came due after that instant and before this lock was skipped, too.
    unit.coverage.missed(end, unit.nextDue, Gap.Reason.OVERLOAD, now);
    unit.roundTrip(cost);
    unit.breaker.succeeded();
    if (unit.lane.breaker.open()) {
      long nanos = clock.monotonicNanos();
      for (Unit other : unit.lane.members) {
        if (other.lastKind == Kind.UNREACHABLE) {
          other.breaker.retry(nanos);
        }
      }
    }
    unit.lane.breaker.succeeded();
    recovered(unit, at);
  }

  private void recovered(Unit unit, Instant at) {
    unit.lastReading = at;
    unit.lastError = null;
    unit.lastErrorAt = null;
    unit.lastKind = null;
    if (unit.warned) {
      unit.warned = false;
      if (outages.mayLog(clock.monotonicNanos())) {
        LOG.info("'{}' at {} answers again.", unit.definition.name(), unit.lane.endpoint);
      }
    }
  }

  private void publish(
      Unit unit, Instant at, List<Measurement> values, long due, long next, long now) {
    ReadingFrame frame =
        new ReadingFrame(
            unit.id, unit.definition.meterEpoch(), at, ++unit.sequence, clock.epoch(), values);
    if (sink.test(frame)) {
      unit.coverage.answered(due, next, now);
    } else {
      unit.coverage.missed(due, next, Gap.Reason.STORAGE_FULL, now);
    }
  }

  private List<Measurement> judged(Unit unit, List<Measurement> values) throws DeviceException {
    if (values.isEmpty()) {
      throw new DeviceException(
          Kind.INVALID_ANSWER,
          "'"
              + unit.definition.name()
              + "' answered without a single value. Check its driver and settings.");
    }
    Set<Quantity> seen = new HashSet<>();
    for (Measurement value : values) {
      if (!seen.add(value.quantity())) {
        throw new IllegalStateException("it gave " + value.quantity() + " twice");
      }
    }
    int flags =
        clock.quality() == HubClock.Quality.UNSYNCHRONISED ? Quality.CLOCK_UNSYNCHRONISED : 0;
    return Correction.apply(values, unit.definition.inverted(), flags);
  }

  private void failed(Unit unit, DeviceException why, long nanos, long cost) {
    long next = settle(unit);
    note(unit, why);
    unit.failures++;
    unit.lastReason =
        switch (why.kind()) {
          case UNREACHABLE, TIMEOUT, DISCONNECTED -> Gap.Reason.UNREACHABLE;
          case INVALID_ANSWER, REFUSED -> Gap.Reason.INVALID_ANSWER;
          case SETTINGS, FORBIDDEN -> Gap.Reason.HUB_STOPPED;
        };
    unit.unavailable = why.kind() == Kind.SETTINGS && unit.live == null;
    unit.coverage.missed(unit.due, next, unit.lastReason, wall());
    double chance = ThreadLocalRandom.current().nextDouble();
    long taken = unit.lane.members.size() > 1 ? cost : 0; // Alone on its bus it delays nobody.
    unit.breaker.failed(nanos, taken, chance);
    if (why.kind() == Kind.UNREACHABLE) {
      unit.lane.breaker.failed(nanos, taken, chance);
      unit.lane.lastError = why.getMessage();
    } else if (why.kind() != Kind.SETTINGS) {
      unit.lane.breaker.succeeded();
    }
    if (unit.breaker.open() && !unit.warned) {
      unit.warned = true;
      if (outages.mayLog(nanos)) {
        LOG.warn("'{}' is asked rarely now: {}", unit.definition.name(), why.getMessage());
      }
    }
  }

  private void note(Unit unit, DeviceException why) {
    unit.lastKind = why.kind();
    unit.lastError = why.getMessage();
    unit.lastErrorAt = clock.now();
  }

  /** Under the lane's lock: what was asked is not waited for any longer. */
  private void abandon(Unit unit, String message) {
    long nanos = clock.monotonicNanos();
    unit.token++;
    failed(unit, new DeviceException(Kind.TIMEOUT, message), nanos, nanos - unit.startedNanos);
    startNext(unit.lane);
  }

  void blocked(Unit unit) {
    blockedCalls
        .computeIfAbsent(unit.definition.driver(), id -> new AtomicInteger())
        .incrementAndGet();
    String message =
        "Driver '"
            + unit.definition.driver()
            + "' does not return from a call for '"
            + unit.definition.name()
            + "'. The device is set aside until it does; tell the driver's maker.";
    LOG.warn(message);
    synchronized (unit.lane) {
      unit.blocked = true;
      if (unit.polling) {
        abandon(unit, message);
      } else {
        note(unit, new DeviceException(Kind.TIMEOUT, message));
      }
    }
  }

  void unblocked(Unit unit) {
    AtomicInteger count = blockedCalls.get(unit.definition.driver());
    if (count != null) {
      count.decrementAndGet();
    }
    unit.blocked = false;
  }

  private boolean tooManyBlocked(Unit unit) {
    AtomicInteger count = blockedCalls.get(unit.definition.driver());
    return count != null && count.get() >= BLOCKED_PER_DRIVER;
  }

  /**
   * At polls (or frames) 1, 2, 4, 8 …: what it is, and what it can be told, may be known only after
   * some. On the pool, because whoever completed the poll may hold a lock of the driver's.
   */
  private void look(Unit unit, Live live) {
    if (!unit.identity.isEmpty() && live.writes == null) {
      return;
    }
    pool.execute(
        unit,
        () -> {
          identify(unit, live);
          live.lookAtActuators(clock.monotonicNanos());
        });
  }

  private static void identify(Unit unit, Live live) {
    try {
      live.call(
          () -> {
            Map<String, String> identity =
                Map.copyOf(
                    live.session instanceof PollSession poll
                        ? poll.identity()
                        : ((PushSession) live.session).identity());
            synchronized (unit.lane) {
              if (!identity.isEmpty()) {
                unit.identity = identity;
              }
            }
          });
    } catch (Throwable e) { // A driver's, even an Error.
      LOG.warn("Driver '{}' cannot tell what it talks to.", unit.definition.driver(), e);
    }
  }

  // ---------------------------------------------------------------- actuators

  /** What a device that is asked can be told; empty if nothing, or if it has no session now. */
  List<Actuator> actuators(DeviceId id) {
    Unit unit = units.get(id);
    Live live = unit == null ? null : live(unit);
    if (live == null || live.writes == null) {
      return List.of();
    }
    long nanos = clock.monotonicNanos();
    if (nanos - live.actuatorsAsked() > ACTUATORS_NANOS) {
      pool.execute(unit, () -> live.lookAtActuators(clock.monotonicNanos()));
    }
    return live.actuators();
  }

  private static Live live(Unit unit) {
    synchronized (unit.lane) {
      return unit.live;
    }
  }

  /**
   * Tells a device something, in the order and with the refusals of {@link ActuatorPort}.
   *
   * @param value empty to hand the actuator back
   */
  CompletionStage<Void> tell(
      DeviceId id, String actuator, Optional<BigDecimal> value, WriteLease lease) {
    Unit unit = units.get(id);
    if (unit == null) {
      return CompletableFuture.failedFuture(
          new DeviceException(
              Kind.SETTINGS, "There is no device " + id + ", or it is switched off."));
    }
    Live live = live(unit);
    if (live == null || live.writes == null) {
      return CompletableFuture.failedFuture(notNow(unit, live, lease));
    }
    boolean known = live.actuators().stream().anyMatch(each -> each.id().equals(actuator));
    if (known) {
      Optional<DeviceException> refusal = refusal(unit, live, actuator, value, lease);
      if (refusal.isPresent()) {
        return CompletableFuture.failedFuture(refusal.get());
      }
    }
    CompletableFuture<Void> told = new CompletableFuture<>();
    live.writes
        .add(
            () -> {
              live.lookAtActuators(clock.monotonicNanos());
              Optional<DeviceException> refusal = refusal(unit, live, actuator, value, lease);
              if (refusal.isPresent()) {
                throw refusal.get();
              }
              Actuating actuating = (Actuating) live.session;
              List<CompletionStage<Void>> stage = new ArrayList<>(1);
              if (!live.call(
                  () ->
                      stage.add(
                          value.isPresent()
                              ? actuating.write(lease, actuator, value.get())
                              : actuating.release(lease, actuator)))) {
                throw live.context.over();
              }
              if (stage.get(0) == null) {
                throw new NullPointerException("write() returned null");
              }
              return stage.get(0);
            })
        .whenComplete(
            (nothing, failure) -> {
              if (failure == null) {
                told.complete(null);
              } else {
                told.completeExceptionally(explain(unit.definition, failure));
              }
            });
    return told;
  }

  private DeviceException notNow(Unit unit, Live live, WriteLease lease) {
    String name = "'" + unit.definition.name() + "'";
    String missing = missingPart(unit);
    if (missing != null) {
      return new DeviceException(Kind.UNREACHABLE, missing);
    }
    if (live != null) {
      return new DeviceException(
          Kind.SETTINGS, name + " cannot be told anything; its driver only reads it.");
    }
    if (unit.definition.readOnly()) {
      return readOnly(unit);
    }
    if (!lease.held()) {
      return ended(unit);
    }
    return new DeviceException(
        Kind.UNREACHABLE, name + " is not connected at the moment. It is tried again by itself.");
  }

  private static Optional<DeviceException> refusal(
      Unit unit, Live live, String id, Optional<BigDecimal> value, WriteLease lease) {
    Optional<Actuator> actuator =
        live.actuators().stream().filter(each -> each.id().equals(id)).findFirst();
    if (actuator.isEmpty()) {
      return Optional.of(
          new DeviceException(
              Kind.SETTINGS,
              "'"
                  + unit.definition.name()
                  + "' has nothing called '"
                  + id
                  + "' that can be set; it has "
                  + live.actuators().stream().map(Actuator::id).toList()
                  + "."));
    }
    if (unit.definition.readOnly()) {
      return Optional.of(readOnly(unit));
    }
    if (!lease.held()) {
      return Optional.of(ended(unit));
    }
    return value
        .flatMap(wanted -> actuator.get().refusal(wanted))
        .map(why -> new DeviceException(Kind.SETTINGS, why));
  }

  private static DeviceException readOnly(Unit unit) {
    return new DeviceException(
        Kind.FORBIDDEN,
        "'"
            + unit.definition.name()
            + "' is read-only: the hub may not write to it. Change that in the device's"
            + " configuration if you want it to.");
  }

  private static DeviceException ended(Unit unit) {
    return new DeviceException(
        Kind.FORBIDDEN,
        "The lease to control '" + unit.definition.name() + "' has ended or was overruled.");
  }

  // ---------------------------------------------------------------- sessions

  private String missingPart(Unit unit) {
    return missingPart(unit.definition);
  }

  /** What must be installed before a device can be read, in words; null if nothing. */
  String missingPart(DeviceDefinition definition) {
    if (!drivers.containsKey(definition.driver())) {
      return "The driver '"
          + definition.driver()
          + "' is not installed or not running. Switch its feature on.";
    }
    if (!transports.containsKey(definition.endpoint().scheme())) {
      return "Nothing serves addresses of the form '"
          + definition.endpoint().scheme()
          + ":'. Switch the transport's feature on.";
    }
    return null;
  }

  private Live open(Unit unit) throws DeviceException {
    return open(unit.id, unit.definition, unit);
  }

  /** Opens a session; on the pool only, because it calls the driver. */
  Live open(DeviceId id, DeviceDefinition definition, WatchedPool.Owner owner)
      throws DeviceException {
    Bound context = bind(id, definition, owner);
    MeterDriver driver = context.driver();
    try {
      DriverSession session = driver.open(context);
      if (session == null) {
        throw new NullPointerException("open() returned null");
      }
      return new Live(context, session, () -> new Writes(executor(owner), clock::monotonicNanos));
    } catch (Throwable e) {
      context.close();
      throw e;
    }
  }

  /** Gives a driver what it needs for one device; on the pool only, because it calls the driver. */
  Bound bind(DeviceId id, DeviceDefinition definition, WatchedPool.Owner owner)
      throws DeviceException {
    String missing = missingPart(definition);
    MeterDriver driver = drivers.get(definition.driver());
    TransportProvider transport = transports.get(definition.endpoint().scheme());
    if (missing != null || driver == null || transport == null) {
      throw new DeviceException(
          Kind.SETTINGS, missing == null ? "Its driver is being replaced." : missing);
    }
    Map<String, String> settings = settings(definition, driver.description());
    TransportProvider.Handle handle;
    try {
      handle = transport.open(definition.endpoint());
    } catch (IllegalArgumentException e) {
      throw new DeviceException(Kind.SETTINGS, e.getMessage(), e);
    }
    return new Bound(
        id,
        definition.driver(),
        driver,
        definition.endpoint(),
        settings,
        handle,
        !definition.readOnly(),
        // A reading on trial leaves nothing behind.
        (units.containsKey(id) ? memories : new Memories(Optional.empty())).of(id),
        executor(owner));
  }

  private Map<String, String> settings(DeviceDefinition definition, DriverDescription description)
      throws DeviceException {
    Map<String, String> settings = new HashMap<>();
    for (DriverDescription.Option option : description.options()) {
      if (!option.defaultValue().isEmpty()) {
        settings.put(option.key(), option.defaultValue());
      }
    }
    for (Map.Entry<String, String> setting : definition.settings().entrySet()) {
      String value = secrets.apply(setting.getValue());
      if (value == null) {
        throw new DeviceException(
            Kind.SETTINGS,
            "The setting '"
                + setting.getKey()
                + "' of '"
                + definition.name()
                + "' refers to a secret that is not stored here. Enter it again.");
      }
      settings.put(setting.getKey(), value);
    }
    return Map.copyOf(settings);
  }

  /** The pool, in the name of an owner. */
  Executor executor(WatchedPool.Owner owner) {
    return task -> {
      if (!pool.execute(owner, task)) {
        throw new RejectedExecutionException("the metering pool is full or stopped");
      }
    };
  }

  /** A failure in words, with no secret of the device in them. */
  DeviceException explain(DeviceDefinition definition, Throwable failure) {
    Throwable cause = failure;
    while ((cause instanceof CompletionException || cause instanceof ExecutionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof DeviceException known) {
      String message = String.valueOf(known.getMessage());
      String safe = withoutSecrets(definition, message);
      return safe.equals(message) ? known : new DeviceException(known.kind(), safe);
    }
    String message = String.valueOf(cause.getMessage());
    String safe = withoutSecrets(definition, message);
    String sentence =
        "The driver '"
            + definition.driver()
            + "' failed on '"
            + definition.name()
            + "' ("
            + cause.getClass().getSimpleName()
            + (cause.getMessage() == null ? "" : ": " + safe)
            + "). Tell its maker.";
    return safe.equals(message)
        ? new DeviceException(Kind.INVALID_ANSWER, sentence, cause)
        : new DeviceException(Kind.INVALID_ANSWER, sentence);
  }

  private String withoutSecrets(DeviceDefinition definition, String text) {
    MeterDriver driver = drivers.get(definition.driver());
    Set<String> keys = new HashSet<>();
    if (driver != null) {
      for (DriverDescription.Option option : driver.description().options()) {
        if (option.secret()) {
          keys.add(option.key());
        }
      }
    }
    String safe = text;
    for (Map.Entry<String, String> setting : definition.settings().entrySet()) {
      if (keys.contains(setting.getKey()) || setting.getValue().startsWith("${secret:")) {
        String value = secrets.apply(setting.getValue());
        if (value != null && !value.isEmpty()) {
          safe = safe.replace(value, "***");
        }
      }
    }
    return safe;
  }

  private DeviceException explain(Unit unit, Throwable failure) {
    DeviceException why = explain(unit.definition, failure);
    if (why.getCause() != null && why.getCause() == failure && unit.failures == 0) {
      LOG.warn(why.getMessage(), failure);
    }
    return why;
  }

  // ---------------------------------------------------------------- devices that send

  /** A due time of a push device: it is covered while frames keep coming. */
  private void listened(Unit unit, long due, long now, long nanos) {
    long silent = nanos - unit.lastFrameAt;
    Live live = unit.live;
    long quiet = live == null ? 0 : live.quietNanos;
    long allowed = Math.max(SILENT_INTERVALS * unit.interval * 1_000_000L, quiet);
    if (silent <= allowed) {
      unit.coverage.answered(due, unit.nextDue, now);
      return;
    }
    if (!unit.coverage.missing()) {
      long from = now - silent / 1_000_000L + unit.interval;
      unit.failures++;
      if (unit.lastError == null) {
        note(
            unit,
            new DeviceException(
                Kind.TIMEOUT,
                "'"
                    + unit.definition.name()
                    + "' at "
                    + unit.lane.endpoint
                    + " has sent nothing for "
                    + silent / 1_000_000_000L
                    + " s. Check that it is powered and connected."));
      }
      if (!unit.warned) {
        unit.warned = true;
        if (outages.mayLog(nanos)) {
          LOG.warn("{}", unit.lastError);
        }
      }
      unit.coverage.missed(Math.min(from, due), unit.nextDue, Gap.Reason.UNREACHABLE, now);
    } else {
      unit.coverage.missed(due, unit.nextDue, Gap.Reason.UNREACHABLE, now);
    }
  }

  private final class Received implements PushSession.Receiver {
    private final Unit unit;
    private final Live live;

    Received(Unit unit, Live live) {
      this.unit = unit;
      this.live = live;
    }

    @Override
    public void values(Optional<Instant> at, List<Measurement> values) {
      long stamp = wall();
      synchronized (unit.lane) {
        long nanos = clock.monotonicNanos();
        if (unit.live != live || unit.removed || !unit.stamps.allowed(nanos)) {
          return;
        }
        unit.lastFrameAt = nanos;
      }
      List<Measurement> judged;
      try {
        judged = judged(unit, values);
      } catch (Throwable e) { // The driver's list may do anything.
        failed(explain(unit, e));
        return;
      }
      boolean look;
      synchronized (unit.lane) {
        if (unit.live != live || unit.removed) {
          return;
        }
        if (at.isPresent() && !unit.stamps.fresh(at.get().toEpochMilli())) {
          recovered(unit, unit.lastReading); // Sent again: a sign of life, and nothing new.
          return;
        }
        recovered(unit, Instant.ofEpochMilli(stamp));
        unit.polls++;
        look = Long.bitCount(unit.polls) == 1;
        long due = Schedule.dueUpTo(stamp, unit.phase, unit.interval);
        publish(
            unit,
            at.map(own -> own.truncatedTo(ChronoUnit.MILLIS)).orElseGet(() -> hubStamp(stamp)),
            judged,
            due,
            due + unit.interval,
            stamp);
      }
      if (look) {
        look(unit, live);
      }
    }

    /** Frames that come in the same millisecond still have an order. */
    private Instant hubStamp(long now) {
      long last = unit.lastStamp;
      unit.lastStamp = now <= last && last - now < Stamps.BURST ? last + 1 : now;
      return Instant.ofEpochMilli(unit.lastStamp);
    }

    @Override
    public void failed(DeviceException why) {
      synchronized (unit.lane) {
        if (unit.live == live && !unit.removed) {
          unit.failures++;
          note(unit, why);
        }
      }
    }
  }

  private long wall() {
    return clock.now().toEpochMilli();
  }

  /** Stops asking everything; what was not accounted for can be read from {@link #stop} before. */
  @Override
  public void close() {
    closed = true;
    if (timer != null) {
      timer.interrupt();
      try {
        timer.join(2_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    for (DeviceId id : List.copyOf(units.keySet())) {
      stop(id);
    }
    pool.close();
  }
}
