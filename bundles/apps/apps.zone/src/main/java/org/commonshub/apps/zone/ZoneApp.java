package org.commonshub.apps.zone;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.commonshub.apps.api.AppHttp;
import org.commonshub.apps.api.AppLicence;
import org.commonshub.apps.api.AppStore;
import org.commonshub.apps.api.AppTimers;
import org.commonshub.apps.api.Card;
import org.commonshub.apps.desk.api.AppException;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.desk.api.AppRunner;
import org.commonshub.apps.desk.api.AppSession;
import org.commonshub.apps.zone.wire.Args;
import org.commonshub.apps.zone.wire.Ask;
import org.commonshub.apps.zone.wire.CardCodec;
import org.commonshub.apps.zone.wire.Message;
import org.commonshub.apps.zone.wire.Op;
import org.commonshub.apps.zone.wire.Outcome;
import org.commonshub.apps.zone.wire.Values;
import org.commonshub.apps.zone.wire.WireException;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.RefusedException;
import org.commonshub.privacy.api.TermsCodec;
import org.commonshub.privacy.api.TermsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One app in a zone: what the hub asks of it, and its calls, answered by its session. */
final class ZoneApp implements AppRunner.Running {
  /** Most requests open, each way. */
  static final int MAX_OPEN = 64;

  private static final Logger LOG = LoggerFactory.getLogger(ZoneApp.class);
  private static final int MAX_FLOWS = 16;
  private static final int PIECE = 1 << 17;
  private static final long START_SECONDS = 10;
  private static final long ANSWER_SECONDS = 5;

  private final Zone zone;
  private final int number;
  private final AppSession session;
  private final Set<String> granted;
  private final CompletableFuture<String> ended = new CompletableFuture<>();
  private final AtomicLong ids = new AtomicLong();
  private final Map<Long, Pending> pending = new ConcurrentHashMap<>();
  private final AtomicInteger calls = new AtomicInteger();
  private final Map<Long, AppTimers.Timer> timers = new ConcurrentHashMap<>();
  private final Map<Long, EnergyData.Flow> flows = new ConcurrentHashMap<>();
  private final Set<Long> ringing = ConcurrentHashMap.newKeySet();
  private final AtomicInteger releases = new AtomicInteger();
  private volatile long progress = System.nanoTime();
  private volatile boolean starting;
  private volatile boolean closed;
  private final AtomicBoolean warned = new AtomicBoolean();

  /** Something asked of the app. */
  private record Pending(Reader reader, CompletableFuture<Object> future) {}

  /** Reads an answer. */
  @FunctionalInterface
  private interface Reader {
    Object read(Args args) throws WireException;
  }

  ZoneApp(Zone zone, int number, AppSession session) {
    this.zone = zone;
    this.number = number;
    this.session = session;
    granted = Grant.of(session.manifest());
    session.handOver(Runnable::run);
  }

  int number() {
    return number;
  }

  Zone zone() {
    return zone;
  }

  AppSession session() {
    return session;
  }

  private String name() {
    return session.manifest().id().name();
  }

  /** Sends the bundle and waits until the app is there. */
  void start(Path jar) throws AppException {
    AppManifest manifest = session.manifest();
    starting = true;
    try (InputStream in = Files.newInputStream(jar)) {
      for (byte[] piece = in.readNBytes(PIECE); piece.length > 0; piece = in.readNBytes(PIECE)) {
        ask(Ask.JAR, args -> "", (Object) piece).get(START_SECONDS, TimeUnit.SECONDS);
      }
      ask(
              Ask.START,
              args -> "",
              manifest.id().name(),
              manifest.version().toString(),
              Values.texts(granted))
          .get(START_SECONDS, TimeUnit.SECONDS);
    } catch (IOException e) {
      throw new AppException(
          AppException.Reason.FAILED, name() + " cannot be read: " + e.getMessage(), e);
    } catch (ExecutionException e) {
      throw new AppException(
          AppException.Reason.FAILED,
          name() + " did not start: " + e.getCause().getMessage(),
          e.getCause());
    } catch (TimeoutException e) {
      zone.hung(this, START_SECONDS);
      throw new AppException(
          AppException.Reason.FAILED, name() + " did not start within " + START_SECONDS + " s.", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AppException(AppException.Reason.FAILED, name() + " was not waited for.", e);
    } finally {
      starting = false;
    }
  }

  private CompletableFuture<Object> ask(Ask ask, Reader reader, Object... body) {
    CompletableFuture<Object> future = new CompletableFuture<>();
    if (closed || pending.size() >= MAX_OPEN) {
      future.completeExceptionally(
          closed
              ? new IOException(name() + " does not run")
              : new IllegalStateException(name() + " does not keep up"));
      return future;
    }
    long id = ids.incrementAndGet();
    if (pending.isEmpty()) {
      progress = System.nanoTime();
    }
    pending.put(id, new Pending(reader, future));
    try {
      zone.send(Message.request(number, id, ask, body));
    } catch (IOException e) {
      pending.remove(id);
      future.completeExceptionally(e);
    }
    return future;
  }

  /** An answer came in. Late ones were forgotten; ones to nothing break the protocol. */
  void answered(Message message) throws WireException {
    Pending request = pending.remove(message.id());
    if (request == null && closed) {
      return; // It was forgotten.
    }
    if (request == null) {
      throw new WireException("an answer to nothing");
    }
    progress = System.nanoTime();
    try {
      Outcome outcome = message.code(Outcome.class);
      Args args = message.args();
      if (outcome == Outcome.OK) {
        Object value = request.reader().read(args);
        args.end();
        request.future().completeAsync(() -> value);
      } else {
        Exception failure = Outcome.exception(outcome, args);
        request.future().completeExceptionally(new IOException(failure.getMessage()));
      }
    } catch (WireException e) {
      request.future().completeExceptionally(new IOException(name() + " answered nonsense"));
      throw e;
    }
  }

  /** Whether it holds its thread for longer than allowed. */
  boolean hangs(long now) {
    return !pending.isEmpty()
        && now - progress > TimeUnit.SECONDS.toNanos(starting ? START_SECONDS + 2 : ANSWER_SECONDS);
  }

  /** Looks whether its thread still turns, unless it is busy anyway. */
  void probe() {
    if (pending.isEmpty() && !starting) {
      ask(Ask.PROBE, args -> "");
    }
  }

  // What the app asks. On the zone's thread.

  /** Does what the app asks and answers, now or when it is done. */
  void perform(Message message) throws WireException {
    if (calls.incrementAndGet() > MAX_OPEN) {
      throw new WireException("more than " + MAX_OPEN + " open requests");
    }
    Op op = message.code(Op.class);
    if (!granted.contains(Grant.needed(op))) {
      throw new WireException("a service that was not granted: " + op);
    }
    Args args = message.args();
    try {
      if (op == Op.HTTP) {
        AppHttp.Request request = Values.request(args);
        args.end();
        later(message, session.http().send(request), Values::response);
      } else if (op == Op.SET) {
        DeviceId device = Values.device(args);
        String actuator = args.text(64);
        BigDecimal value = args.decimal();
        String reason = args.text(200);
        Duration lease = Duration.ofMillis(args.number(0, Duration.ofDays(1).toMillis()));
        args.end();
        later(
            message,
            session.actuators().set(device, actuator, value, reason, lease),
            Values::result);
      } else if (op == Op.HAND_BACK) {
        DeviceId device = Values.device(args);
        String actuator = args.text(64);
        args.end();
        later(message, session.actuators().release(device, actuator), Values::result);
      } else {
        answer(message, Outcome.OK, now(op, args));
      }
    } catch (RefusedException e) {
      answer(message, Outcome.REFUSED, sentence(e), e.reason().name());
    } catch (TermsException | RuntimeException e) {
      failed(message, e);
    }
  }

  private Object[] now(Op op, Args args) throws WireException, RefusedException, TermsException {
    switch (op) {
      case HOME -> {
        args.end();
        return Values.home(session.home());
      }
      case LICENCE -> {
        args.end();
        AppLicence licence = session.licence();
        return new Object[] {
          licence.level(),
          Values.texts(licence.features()),
          licence.degraded(),
          licence.paidUntil().map(Values::instant).orElse(null)
        };
      }
      case USE -> {
        String metric = args.text(64);
        long amount = args.number(1, Long.MAX_VALUE);
        args.end();
        return new Object[] {session.licence().use(metric, amount)};
      }
      case LOG -> {
        boolean warning = args.flag();
        String text = args.text(500);
        args.end();
        if (warning) {
          session.log().warn(text);
        } else {
          session.log().info(text);
        }
        return new Object[0];
      }
      case GET -> {
        String name = args.text(AppStore.MAX_NAME);
        args.end();
        return new Object[] {session.store().get(name).orElse(null)};
      }
      case PUT -> {
        String name = args.text(AppStore.MAX_NAME);
        byte[] value = args.bytes(AppStore.MAX_VALUE);
        args.end();
        session.store().put(name, value);
        return new Object[0];
      }
      case REMOVE -> {
        String name = args.text(AppStore.MAX_NAME);
        args.end();
        session.store().remove(name);
        return new Object[0];
      }
      case NAMES -> {
        args.end();
        return new Object[] {Values.texts(session.store().names())};
      }
      case TIMER -> {
        setTimer(args);
        return new Object[0];
      }
      case CANCEL -> {
        AppTimers.Timer timer = timers.remove(args.number(0, Long.MAX_VALUE));
        args.end();
        if (timer != null) {
          timer.cancel();
        }
        return new Object[0];
      }
      case ACTUATORS -> {
        args.end();
        return new Object[] {Values.available(session.actuators().available())};
      }
      default -> {
        return energy(op, args);
      }
    }
  }

  private Object[] energy(Op op, Args args) throws WireException, RefusedException, TermsException {
    EnergyData data = session.energy();
    switch (op) {
      case RECIPIENT -> {
        args.end();
        return new Object[] {data.recipient().toString()};
      }
      case ASK -> {
        Object terms = args.map();
        String text = args.text(500);
        args.end();
        return Values.grant(data.ask(TermsCodec.of(terms), text)).toArray();
      }
      case GRANTS -> {
        args.end();
        List<Object> grants = new ArrayList<>();
        data.grants().forEach(grant -> grants.add(Values.grant(grant)));
        return new Object[] {grants};
      }
      case READ -> {
        Purpose purpose = args.constant(Purpose.class);
        Instant from = args.instant();
        Instant to = args.instant();
        args.end();
        return Values.release(data.read(purpose, from, to)).toArray();
      }
      case SUBSCRIBE -> {
        Purpose purpose = args.constant(Purpose.class);
        long flow = args.number(0, Long.MAX_VALUE);
        args.end();
        if (flows.size() >= MAX_FLOWS || flows.containsKey(flow)) {
          throw new IllegalStateException("an app has at most " + MAX_FLOWS + " subscriptions");
        }
        flows.put(flow, data.subscribe(purpose, release -> released(flow, release)));
        return new Object[0];
      }
      case UNSUBSCRIBE -> {
        EnergyData.Flow flow = flows.remove(args.number(0, Long.MAX_VALUE));
        args.end();
        if (flow != null) {
          flow.close();
        }
        return new Object[0];
      }
      default -> throw new WireException("a request that is not known: " + op);
    }
  }

  private void setTimer(Args args) throws WireException {
    long id = args.number(0, Long.MAX_VALUE);
    Duration time = Duration.ofMillis(args.number(0, Duration.ofDays(31).toMillis()));
    boolean again = args.flag();
    args.end();
    if (timers.containsKey(id)) {
      throw new WireException("a timer that is set already");
    }
    // It may ring at once: then it is not in the map any more.
    timers.put(id, () -> {});
    try {
      AppTimers.Timer timer =
          again
              ? session.timers().every(time, () -> ring(id))
              : session.timers().after(time, () -> ringOnce(id));
      if (timers.replace(id, timer) == null && again) {
        timer.cancel(); // The app was stopped meanwhile.
      }
    } catch (RuntimeException e) {
      timers.remove(id);
      throw e;
    }
  }

  private void ringOnce(long timer) {
    timers.remove(timer);
    ring(timer);
  }

  /** What is missed while the app is busy with the same timer is left out. */
  private void ring(long timer) {
    if (ringing.add(timer)) {
      ask(Ask.TIMER, args -> "", timer).whenComplete((value, failure) -> ringing.remove(timer));
    }
  }

  /** Beyond half of what may be open, releases are dropped: the app has to read again. */
  private void released(long flow, org.commonshub.privacy.api.Release release) {
    if (releases.incrementAndGet() > MAX_OPEN / 2) {
      releases.decrementAndGet();
      LOG.debug("{} does not keep up with its data.", name());
      return;
    }
    ask(Ask.RELEASE, args -> "", flow, Values.release(release))
        .whenComplete((value, failure) -> releases.decrementAndGet());
  }

  private <T> void later(
      Message message, CompletionStage<T> stage, java.util.function.Function<T, Object[]> form) {
    stage.whenComplete(
        (value, failure) -> {
          if (failure == null) {
            answer(message, Outcome.OK, form.apply(value));
          } else {
            failed(
                message,
                failure instanceof java.util.concurrent.CompletionException
                        && failure.getCause() != null
                    ? failure.getCause()
                    : failure);
          }
        });
  }

  private void failed(Message message, Throwable failure) {
    Outcome outcome = Outcome.of(failure);
    if (outcome == Outcome.FAILED) {
      if (warned.compareAndSet(false, true)) {
        LOG.warn("A request of {} failed in the hub; more of them are not told.", name(), failure);
      }
      answer(message, outcome, "The hub could not do that.");
    } else {
      answer(message, outcome, sentence(failure));
    }
  }

  private static String sentence(Throwable failure) {
    return Values.cut(String.valueOf(failure.getMessage()), Outcome.MAX_SENTENCE);
  }

  private void answer(Message message, Outcome outcome, Object... body) {
    calls.decrementAndGet();
    try {
      zone.send(Message.answer(number, message.id(), outcome, body));
    } catch (IOException e) {
      // The zone is at its end, which its own thread sees.
    }
  }

  // What the hub asks.

  @Override
  @SuppressWarnings("unchecked")
  public CompletionStage<List<Card>> cards(Locale locale) {
    return (CompletionStage<List<Card>>)
        (CompletionStage<?>)
            patient(ask(Ask.CARDS, args -> CardCodec.decode(args.args()), tag(locale)));
  }

  @Override
  @SuppressWarnings("unchecked")
  public CompletionStage<Optional<String>> submit(
      String form, Map<String, String> values, Locale locale) {
    return (CompletionStage<Optional<String>>)
        (CompletionStage<?>)
            patient(
                ask(
                    Ask.SUBMIT,
                    args -> args.optionalText(Outcome.MAX_SENTENCE),
                    form,
                    values,
                    tag(locale)));
  }

  @Override
  @SuppressWarnings("unchecked")
  public CompletionStage<Optional<String>> problem() {
    return (CompletionStage<Optional<String>>)
        (CompletionStage<?>)
            patient(ask(Ask.PROBLEM, args -> args.optionalText(Outcome.MAX_SENTENCE)));
  }

  private static CompletableFuture<Object> patient(CompletableFuture<Object> future) {
    return future.copy().orTimeout(ANSWER_SECONDS, TimeUnit.SECONDS);
  }

  private static String tag(Locale locale) {
    return Values.cut(locale.toLanguageTag(), 64);
  }

  @Override
  public CompletionStage<String> ended() {
    return ended;
  }

  /** The zone is gone; what is open fails. */
  void gone(Optional<String> reason, Consumer<ZoneApp> first) {
    boolean was = closed;
    forget();
    if (!was) {
      first.accept(this);
      reason.ifPresent(text -> ended.completeAsync(() -> text));
    }
  }

  /** Ends what it holds in the hub. */
  private void forget() {
    closed = true;
    timers.values().forEach(AppTimers.Timer::cancel);
    timers.clear();
    flows.values().forEach(EnergyData.Flow::close);
    flows.clear();
    for (Pending request : pending.values()) {
      request.future().completeExceptionally(new IOException(name() + " does not run any more"));
    }
    pending.clear();
  }

  @Override
  public void close() {
    if (closed) {
      zone.leave(this);
      return;
    }
    CompletableFuture<Object> stopped = ask(Ask.STOP, args -> "");
    closed = true; // Nothing is asked after that.
    try {
      if (zone.onItsThread()) {
        throw new TimeoutException("the zone's own thread cannot wait for the zone");
      }
      stopped.get(2, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      // An answer that it failed says that it does not run; unless it could not even be asked.
      if (e.getCause() instanceof IllegalStateException) {
        zone.end(this, name() + " could not be stopped, so its zone was ended.");
      }
    } catch (TimeoutException e) {
      zone.end(this, name() + " did not stop in time, so its zone was ended.");
    } catch (InterruptedException e) {
      zone.end(this, name() + " was not waited for, so its zone was ended.");
      Thread.currentThread().interrupt();
    }
    forget();
    zone.leave(this);
  }
}
