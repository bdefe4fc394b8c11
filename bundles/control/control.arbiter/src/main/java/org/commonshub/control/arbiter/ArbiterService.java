package org.commonshub.control.arbiter;

import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.commonshub.control.api.Arbiter;
import org.commonshub.control.api.Intent;
import org.commonshub.control.api.Outcome;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.metering.api.Actuator;
import org.commonshub.metering.api.ActuatorPort;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.DeviceRegistry;
import org.commonshub.platform.api.AuditLog;
import org.commonshub.platform.api.HubClock;
import org.commonshub.platform.api.HubPaths;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.SynchronousBundleListener;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The arbiter: {@link Claims} on a thread of its own, with devices, disk and audit log around it.
 * See CONCURRENCY.md.
 */
@Component(service = Arbiter.class, immediate = true)
public final class ArbiterService implements Arbiter {
  /** Questions that may wait for the thread. */
  static final int ASKING = 1_024;

  /** Handing back at the end takes no longer. */
  static final Duration END = Duration.ofSeconds(2);

  private static final long LOOK_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long FRESH_NANOS = Duration.ofMillis(100).toNanos();

  /** A device that the registry does not know for so long was removed. */
  private static final long REMOVED_NANOS = Duration.ofMinutes(10).toNanos();

  private static final Logger LOG = LoggerFactory.getLogger(ArbiterService.class);

  private final HubClock clock;
  private final HeldFile file;
  private final LinkedBlockingQueue<Runnable> events = new LinkedBlockingQueue<>();
  private final Map<Long, CompletableFuture<Outcome>> questions = new ConcurrentHashMap<>();
  private final AtomicLong lastQuestion = new AtomicLong();
  private final AtomicInteger asking = new AtomicInteger();
  private final Thread thread;
  private final ThreadPoolExecutor answers;
  private volatile AuditLog audit;
  private volatile DeviceRegistry registry;
  private volatile ActuatorPort port;
  private volatile Map<Key, Claims.View> views = Map.of();
  private volatile Map<Key, Sight> claimed = Map.of();

  private final SynchronousBundleListener hubStops = this::ends;
  private BundleContext context;
  private boolean ended;

  // Of the thread.
  private final Claims claims;
  private final Set<DeviceId> troubled = new HashSet<>();
  private final Map<DeviceId, Long> unknownSince = new HashMap<>();
  private long lookedAt;
  private boolean looked;
  private boolean diskFailed;
  private CompletableFuture<Void> quiet;
  private boolean ending;

  /** Hands back what an earlier run left behind, as soon as the devices are there. */
  @Activate
  public ArbiterService(
      BundleContext context,
      @Reference(name = "clock") HubClock clock,
      @Reference(name = "paths") HubPaths paths) {
    this(clock, paths);
    this.context = context;
    context.addBundleListener(hubStops);
  }

  ArbiterService(HubClock clock, HubPaths paths) {
    this.clock = clock;
    this.file = new HeldFile(paths.data().resolve("control.arbiter"));
    this.claims = new Claims(clock::monotonicNanos);
    this.claims.restore(file.read());
    this.answers =
        new ThreadPoolExecutor(
            1,
            1,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(ASKING),
            task -> daemon(task, "control-answers"));
    answers.allowCoreThreadTimeOut(true);
    this.thread = daemon(this::run, "control-arbiter");
    thread.start();
  }

  private static Thread daemon(Runnable task, String name) {
    Thread made = new Thread(task, name);
    made.setDaemon(true);
    return made;
  }

  @Deactivate
  void deactivate() {
    if (context != null) {
      context.removeBundleListener(hubStops);
    }
    end();
  }

  /**
   * When the hub stops, drivers may be stopped before this bundle: the end begins when the
   * framework says so, while every device can still be told.
   */
  private void ends(BundleEvent event) {
    if (event.getType() == BundleEvent.STOPPING && event.getBundle().getBundleId() == 0) {
      end();
    }
  }

  private synchronized void end() {
    if (ended) {
      return;
    }
    ended = true;
    events.add(
        () -> {
          claims.close(clock.monotonicNanos());
          ending = true;
        });
    try {
      thread.join(END.toMillis() + 500);
      if (thread.isAlive()) {
        thread.interrupt();
        thread.join(500);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    answers.shutdown();
    for (CompletableFuture<Outcome> left : questions.values()) {
      left.complete(stopped());
    }
    if (!claims.held().isEmpty()) {
      LOG.warn(
          "{} actuators could not be handed back now; that is done at the next start.",
          claims.held().size());
    }
  }

  private static Outcome stopped() {
    return new Outcome(Outcome.State.REFUSED, "Control is not running. Try again when it is.");
  }

  // ---------------------------------------------------------------- services that come and go

  @Reference(
      name = "audit",
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  void bindAudit(AuditLog arrived) {
    audit = arrived;
  }

  void unbindAudit(AuditLog left) {
    if (audit == left) {
      audit = null;
    }
  }

  @Reference(
      name = "registry",
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  void bindRegistry(DeviceRegistry arrived) {
    registry = arrived;
  }

  void unbindRegistry(DeviceRegistry left) {
    if (registry == left) {
      registry = null;
    }
  }

  @Reference(
      name = "port",
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  void bindPort(ActuatorPort arrived) {
    events.add(
        () -> {
          port = arrived;
          claims.seen(Map.of(), clock.monotonicNanos());
          claims.resume(clock.monotonicNanos());
          looked = false;
        });
  }

  /** While the port still works: without it no lease that ends could be handed back. */
  void unbindPort(ActuatorPort left) {
    if (!thread.isAlive()) {
      return;
    }
    CompletableFuture<Void> handedBack = new CompletableFuture<>();
    events.add(
        () -> {
          if (port == left) {
            claims.suspend(clock.monotonicNanos());
            quiet = handedBack;
          } else {
            handedBack.complete(null);
          }
        });
    try {
      handedBack.get(END.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn("Not every actuator could be handed back before metering stopped.");
    }
    events.add(
        () -> {
          if (port == left) {
            port = null;
            claims.seen(Map.of(), clock.monotonicNanos());
          }
        });
  }

  // ---------------------------------------------------------------- Arbiter

  @Override
  public CompletionStage<Outcome> state(Intent intent) {
    return ask(question -> claims.state(question, intent, clock.monotonicNanos()));
  }

  @Override
  public CompletionStage<Outcome> withdraw(DeviceId device, String actuator, String holder) {
    Key key = new Key(device, actuator);
    return ask(question -> claims.withdraw(question, key, holder, clock.monotonicNanos()));
  }

  @Override
  public CompletionStage<Outcome> handBack(DeviceId device, String actor, String reason) {
    return ask(question -> claims.clear(question, device, actor, reason, clock.monotonicNanos()));
  }

  private CompletionStage<Outcome> ask(LongConsumer event) {
    if (asking.incrementAndGet() > ASKING) {
      asking.decrementAndGet();
      return CompletableFuture.completedFuture(
          new Outcome(Outcome.State.REFUSED, "The hub is too busy with control. Try again."));
    }
    long question = lastQuestion.incrementAndGet();
    CompletableFuture<Outcome> answer = new CompletableFuture<>();
    questions.put(question, answer);
    events.add(
        () -> {
          asking.decrementAndGet();
          look(FRESH_NANOS);
          event.accept(question);
        });
    if (!thread.isAlive()) {
      answer.complete(stopped());
      questions.remove(question);
    }
    return answer;
  }

  @Override
  public List<State> states() {
    Map<Key, Claims.View> now = views;
    Map<Key, Sight> left = new LinkedHashMap<>(claimed);
    List<State> states = new ArrayList<>();
    for (Map.Entry<Key, Sight> each : there(port).entrySet()) {
      left.remove(each.getKey());
      states.add(state(each.getKey(), each.getValue(), now.get(each.getKey())));
    }
    left.forEach((key, sight) -> states.add(state(key, sight, now.get(key))));
    return states;
  }

  private State state(Key key, Sight sight, Claims.View view) {
    Optional<Duration> remaining =
        view == null || view.holding().isEmpty()
            ? Optional.empty()
            : Optional.of(Duration.ofNanos(Math.max(0, view.until() - clock.monotonicNanos())));
    return new State(
        key.device(),
        sight.deviceName(),
        sight.readOnly(),
        sight.actuator(),
        view == null ? Optional.empty() : view.value(),
        view == null ? Optional.empty() : view.holding(),
        remaining,
        view == null ? 0 : view.waiting(),
        view == null ? Optional.empty() : view.problem());
  }

  private static Map<Key, Sight> there(ActuatorPort through) {
    Map<Key, Sight> there = new LinkedHashMap<>();
    if (through != null) {
      for (ActuatorPort.Controllable device : through.controllable()) {
        for (Actuator actuator : device.actuators()) {
          there.put(
              new Key(device.device(), actuator.id()),
              new Sight(device.name(), device.readOnly(), actuator));
        }
      }
    }
    return there;
  }

  // ---------------------------------------------------------------- the thread

  private void run() {
    long endsAt = 0;
    while (true) {
      try {
        Runnable event = events.poll(sleep(endsAt), TimeUnit.NANOSECONDS);
        while (event != null) {
          event.run();
          carryOut();
          event = events.poll();
        }
        look(LOOK_NANOS);
        claims.tick(clock.monotonicNanos());
        carryOut();
      } catch (InterruptedException e) {
        return;
      } catch (Throwable e) { // Even an Error: without this thread nothing is handed back.
        LOG.error("A turn of the arbiter failed; it goes on.", e);
      }
      if (quiet != null && !claims.busy()) {
        quiet.complete(null);
        quiet = null;
      }
      if (ending) {
        endsAt = endsAt == 0 ? System.nanoTime() + END.toNanos() : endsAt;
        if (!claims.busy() || System.nanoTime() - endsAt >= 0) {
          return;
        }
      }
    }
  }

  private long sleep(long endsAt) {
    if (ending) {
      return Math.max(1, endsAt - System.nanoTime());
    }
    long now = clock.monotonicNanos();
    if (claims.devices().isEmpty()) {
      return Long.MAX_VALUE;
    }
    long most = Math.max(1_000_000L, LOOK_NANOS - (now - lookedAt));
    return claims
        .next(now)
        .map(next -> Math.max(1_000_000L, Math.min(most, next - now)))
        .orElse(most);
  }

  /** Looks at the devices unless that was done just now. */
  private void look(long age) {
    long now = clock.monotonicNanos();
    if (looked && now - lookedAt < age) {
      return;
    }
    looked = true;
    lookedAt = now;
    claims.seen(there(port), now);
    DeviceRegistry devices = registry;
    if (devices == null) {
      unknownSince.clear();
      return;
    }
    Set<DeviceId> concerned = claims.devices();
    troubled.retainAll(concerned);
    unknownSince.keySet().retainAll(concerned);
    for (DeviceId device : concerned) {
      Optional<DeviceRegistry.Entry> entry = devices.device(device);
      if (entry.isEmpty()) {
        if (now - unknownSince.computeIfAbsent(device, d -> now) >= REMOVED_NANOS) {
          claims.forget(device, now);
        }
        continue;
      }
      unknownSince.remove(device);
      switch (entry.get().health().state()) {
        case FAILING, OFFLINE -> troubled.add(device);
        case ONLINE -> {
          if (troubled.remove(device)) {
            claims.returned(device, now);
          }
        }
        default -> {}
      }
    }
  }

  private void carryOut() {
    List<Action> all = new ArrayList<>();
    for (List<Action> some = claims.actions(); !some.isEmpty(); some = claims.actions()) {
      boolean safe = kept();
      for (Action action : some) {
        if (action instanceof Action.Tell tell) {
          tell(tell, safe);
        }
      }
      all.addAll(some);
    }
    publish();
    for (Action action : all) {
      if (action instanceof Action.Note note) {
        note(note);
      } else if (action instanceof Action.Answer answer) {
        answer(answer);
      }
    }
  }

  /** What is held stands on the disk before a device is told. */
  private boolean kept() {
    try {
      file.write(claims.held());
      diskFailed = false;
      return true;
    } catch (IOException e) {
      if (!diskFailed) {
        diskFailed = true;
        LOG.warn("What is held cannot be written down; devices are not told anything new.", e);
      }
      return false;
    }
  }

  private void tell(Action.Tell tell, boolean safe) {
    ActuatorPort through = port;
    if (through == null) {
      later(tell, new DeviceException(Kind.UNREACHABLE, "Metering is not running."));
      return;
    }
    if (!safe && tell.value().isPresent()) {
      later(
          tell,
          new DeviceException(
              Kind.UNREACHABLE,
              "The hub's disk takes nothing, so it cannot be noted that this must be handed"
                  + " back. Make room on it."));
      return;
    }
    DeviceId device = tell.key().device();
    String actuator = tell.key().actuator();
    CompletionStage<Void> told;
    try {
      Optional<BigDecimal> value = tell.value();
      told =
          value.isPresent()
              ? through.write(device, actuator, value.get(), tell.lease())
              : through.release(device, actuator, tell.lease());
    } catch (RuntimeException e) {
      told = CompletableFuture.failedFuture(e);
    }
    told.whenComplete((nothing, failure) -> later(tell, explain(failure)));
  }

  private void later(Action.Tell tell, DeviceException failure) {
    events.add(() -> claims.done(tell.ticket(), failure, clock.monotonicNanos()));
  }

  private static DeviceException explain(Throwable failure) {
    Throwable cause = failure;
    while ((cause instanceof CompletionException || cause instanceof ExecutionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause == null || cause instanceof DeviceException
        ? (DeviceException) cause
        : new DeviceException(
            Kind.INVALID_ANSWER, "The device could not be told because of a fault: " + cause);
  }

  private void publish() {
    Map<Key, Claims.View> now = claims.views();
    Map<Key, Sight> sights = new LinkedHashMap<>();
    for (Key key : now.keySet()) {
      claims.sight(key).ifPresent(sight -> sights.put(key, sight));
    }
    claimed = sights;
    views = now;
  }

  private void note(Action.Note note) {
    Optional<Sight> sight = claims.sight(note.key());
    StringBuilder subject = new StringBuilder();
    subject.append(note.key().device());
    sight.ifPresent(seen -> subject.append(' ').append(seen.deviceName()));
    subject.append(' ').append(note.key().actuator());
    note.value()
        .ifPresent(
            value -> {
              subject.append('=').append(value.toPlainString());
              sight
                  .map(seen -> seen.actuator().unit())
                  .filter(unit -> !unit.isEmpty())
                  .ifPresent(unit -> subject.append(' ').append(unit));
            });
    AuditLog log = audit;
    if (log == null) {
      LOG.info("{}: {} {}: {}", note.actor(), note.verb(), subject, note.outcome());
    } else {
      String actor = note.actor();
      log.record(
          actor.startsWith("user:") ? actor.substring("user:".length()) : actor,
          note.verb(),
          subject.toString(),
          note.outcome());
    }
  }

  /** On another thread: what follows from an answer is none of the arbiter's time. */
  private void answer(Action.Answer answer) {
    CompletableFuture<Outcome> question = questions.remove(answer.question());
    if (question != null) {
      try {
        answers.execute(() -> question.complete(answer.outcome()));
      } catch (RejectedExecutionException e) {
        question.complete(answer.outcome());
      }
    }
  }

  /** A turn out of turn, for tests: returns when it is over. */
  void turn() throws Exception {
    CompletableFuture<Void> over = new CompletableFuture<>();
    events.add(
        () -> {
          looked = false;
          look(0);
          claims.tick(clock.monotonicNanos());
          events.add(() -> over.complete(null));
        });
    over.get(20, TimeUnit.SECONDS);
  }
}
