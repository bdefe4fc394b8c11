package org.commonshub.apps.zone;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.commonshub.apps.desk.api.AppException;
import org.commonshub.apps.desk.api.AppSession;
import org.commonshub.apps.zone.wire.Args;
import org.commonshub.apps.zone.wire.Ask;
import org.commonshub.apps.zone.wire.Message;
import org.commonshub.apps.zone.wire.Outcome;
import org.commonshub.apps.zone.wire.ProcessFigures;
import org.commonshub.apps.zone.wire.WireException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One process with the apps of one provider, and the one thread that serves and watches it. */
final class Zone {
  /** Longest silence. */
  private static final long HEARTBEAT = TimeUnit.SECONDS.toNanos(5);

  private static final long TICK = TimeUnit.MILLISECONDS.toNanos(500);
  private static final int TICKS_PER_PROBE = 10;

  /** Memory of a zone beside what its apps asked for: the virtual machine. */
  private static final int BASE_MB = 72;

  /** Threads of the virtual machine, the framework and 16 apps. */
  private static final int MAX_THREADS = 64;

  /** More calls in a second wait for the next. */
  private static final int CALLS_PER_SECOND = 5000;

  private static final Logger LOG = LoggerFactory.getLogger(Zone.class);

  private final String provider;
  private final Launcher launcher;
  private final int heapMb;
  private final Consumer<Zone> gone;
  private final Thread thread;
  private final CompletableFuture<Void> ready = new CompletableFuture<>();
  private final CompletableFuture<Void> done = new CompletableFuture<>();
  private final Map<Integer, ZoneApp> apps = new ConcurrentHashMap<>();
  private final Map<Integer, Long> cpu = new HashMap<>();
  private final AtomicInteger numbers = new AtomicInteger();
  private volatile Link link;
  private volatile Launcher.Started process;
  private volatile boolean ending;
  private volatile String why = "";
  private volatile ZoneApp guilty;
  private volatile boolean blameless;
  private ProcessFigures figures = new ProcessFigures(-1, -1, 0, false, Map.of());
  private long processCpu;
  private long pings;
  private long pinged;
  private long heard;
  private long second;
  private int calls;

  /**
   * A zone.
   *
   * @param gone told when nothing of it runs any more
   */
  Zone(String provider, Launcher launcher, int heapMb, Consumer<Zone> gone) {
    this.provider = provider;
    this.launcher = launcher;
    this.heapMb = heapMb;
    this.gone = gone;
    thread = new Thread(this::run, "zone-" + provider);
    thread.setDaemon(true);
  }

  String provider() {
    return provider;
  }

  int heapMb() {
    return heapMb;
  }

  /** Memory that its apps asked for, in MB. */
  int askedMb() {
    return apps.values().stream()
        .mapToInt(app -> app.session().manifest().resources().memoryMb())
        .sum();
  }

  ProcessFigures figures() {
    synchronized (this) {
      return figures;
    }
  }

  long pid() {
    Launcher.Started started = process;
    return started == null ? 0 : started.pid();
  }

  boolean onItsThread() {
    return Thread.currentThread() == thread;
  }

  void start() {
    thread.start();
  }

  /** Whether it takes no more apps. */
  boolean over() {
    return ending || done.isDone();
  }

  /** A place for an app; the process may still be starting. */
  ZoneApp enter(AppSession session) {
    ZoneApp app = new ZoneApp(this, numbers.incrementAndGet(), session);
    apps.put(app.number(), app);
    return app;
  }

  /** Waits until the process is there. */
  void await() throws AppException {
    try {
      ready.get(20, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new AppException(
          AppException.Reason.FAILED,
          "The process for the apps of "
              + provider
              + " did not start: "
              + (e.getCause() == null ? "it takes too long" : e.getCause().getMessage())
              + ".",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AppException(AppException.Reason.FAILED, "The start was not waited for.", e);
    }
  }

  /** An app is no more; the last one ends the zone, which is over when this returns. */
  void leave(ZoneApp app) {
    apps.remove(app.number());
    if (apps.isEmpty()) {
      end("");
    }
    if (ending && !onItsThread()) {
      join();
    }
  }

  /** Ends it; apps that still run are told why. */
  void end(String reason) {
    synchronized (this) {
      if (ending) {
        return;
      }
      why = reason;
      ending = true;
    }
    Link open = link;
    if (open != null) {
      open.wake();
    }
  }

  /** Waits until nothing of it runs. */
  void join() {
    try {
      done.get(6, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      LOG.error("The zone of {} does not end.", provider);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends it, though no app did wrong: they may start again. */
  void halt(String reason) {
    blameless = true;
    end(reason);
  }

  /** Ends it because of one app; the others may start again. */
  void end(ZoneApp app, String reason) {
    guilty = app;
    end(reason);
  }

  /** An app holds its thread: nothing but the end of the process stops it. */
  void hung(ZoneApp app, long seconds) {
    end(app, app.session().manifest().id() + " did not answer within " + seconds + " s.");
  }

  void send(Message message) throws IOException {
    Link open = link;
    if (open == null || ending) {
      throw new IOException("the zone of " + provider + " does not run");
    }
    open.send(message.encode());
  }

  private void run() {
    boolean broken = false;
    try {
      process = launcher.start(provider, heapMb);
      link = new Link(process.channel());
      hello();
      ready.complete(null);
      heard = System.nanoTime();
      pinged = heard;
      serve();
    } catch (WireException e) {
      broken = true;
      LOG.warn("The zone of {} is ended: it sent {}.", provider, e.getMessage());
      why =
          "The process for the apps of "
              + provider
              + " broke the rules of its connection and was ended.";
      ready.completeExceptionally(e);
    } catch (IOException | RuntimeException e) {
      ready.completeExceptionally(e);
      why = why.isEmpty() ? "The process for the apps of " + provider + " ended." : why;
    } finally {
      boolean wanted = ending;
      ending = true;
      finish(broken || wanted);
    }
  }

  /** Nothing runs any more, and everybody knows. */
  private void finish(boolean ours) {
    boolean memory = false;
    String said = "";
    Launcher.Started started = process;
    if (started != null) {
      started.close();
      said = started.said();
      memory = !ours && started.outOfMemory();
    }
    try {
      if (link != null) {
        link.close();
      }
    } catch (IOException e) {
      LOG.debug("The connection of the zone of {} did not close.", provider, e);
    }
    if (!why.isEmpty() && !apps.isEmpty()) {
      LOG.warn("{} {}", why, said);
    }
    if (memory) {
      why =
          "The apps of "
              + provider
              + " used more memory than they asked for ("
              + askedMb()
              + " MB).";
    }
    // Who went beyond what is allowed is told so; the others only lost their process.
    boolean all = memory || ours && guilty == null && !blameless;
    String reason = why;
    gone.accept(this);
    done.complete(null);
    for (ZoneApp app : apps.values()) {
      if (all || app == guilty) {
        app.gone(Optional.empty(), one -> one.session().end(reason));
      } else {
        app.gone(Optional.of(reason), one -> {});
      }
    }
  }

  private void hello() throws IOException, WireException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(15);
    while (!ending && System.nanoTime() < until) {
      byte[] bytes = link.receive(100);
      if (bytes == null) {
        continue;
      }
      Message hello = Message.decode(bytes, Message.MAX_ITEMS);
      Args args = hello.args();
      String token = args.text(64);
      String instance = args.text(64);
      args.end();
      if (hello.kind() != Message.Kind.HELLO
          || hello.code() != Message.VERSION
          || !MessageDigest.isEqual(
              token.getBytes(StandardCharsets.UTF_8),
              process.token().getBytes(StandardCharsets.UTF_8))) {
        throw new WireException("another hello than this hub's version " + Message.VERSION);
      }
      process.instance(instance);
      return;
    }
    throw new IOException("it said no hello within 15 s");
  }

  private void serve() throws IOException, WireException {
    long next = System.nanoTime() + TICK;
    int ticks = 0;
    while (!ending) {
      long left = TimeUnit.NANOSECONDS.toMillis(next - System.nanoTime());
      byte[] bytes = link.receive(Math.max(0, left));
      if (bytes != null) {
        take(Message.decode(bytes, Message.MAX_ITEMS));
      }
      long now = System.nanoTime();
      if (now - next >= 0) {
        next = now + TICK;
        // Silence counts only when nothing waits to be read.
        watch(now, bytes == null, ++ticks % TICKS_PER_PROBE == 0);
      }
    }
  }

  private void take(Message message) throws WireException, IOException {
    if (message.kind() == Message.Kind.HELLO) {
      throw new WireException("a second hello");
    }
    if (message.app() == 0) {
      pong(message);
      return;
    }
    ZoneApp app = apps.get(message.app());
    if (message.kind() == Message.Kind.ANSWER) {
      if (app != null) {
        app.answered(message); // Otherwise it was closed meanwhile.
      }
    } else if (app != null) {
      throttle();
      app.perform(message);
    } else {
      send(
          Message.answer(
              message.app(), message.id(), Outcome.STATE, "This app does not run any more."));
    }
  }

  private void throttle() throws IOException {
    long now = System.nanoTime();
    long since = now - second;
    if (since > TimeUnit.SECONDS.toNanos(1)) {
      second = now;
      calls = 0;
    } else if (++calls > CALLS_PER_SECOND) {
      try {
        TimeUnit.NANOSECONDS.sleep(TimeUnit.SECONDS.toNanos(1) - since);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }
  }

  private void pong(Message message) throws WireException {
    if (message.kind() != Message.Kind.ANSWER
        || message.code(Outcome.class) != Outcome.OK
        || message.id() != pings) {
      throw new WireException("something from the zone itself that nobody asked for");
    }
    Args args = message.args();
    long resident = args.number(-1, Long.MAX_VALUE);
    long used = args.number(-1, Long.MAX_VALUE);
    int threads = (int) args.number(0, Integer.MAX_VALUE);
    Map<Integer, Long> each = new HashMap<>();
    for (Map.Entry<?, ?> entry : args.map().entrySet()) {
      if (!(entry.getKey() instanceof Long app) || !(entry.getValue() instanceof Long ms)) {
        throw new WireException("figures that are none");
      }
      each.put((int) (long) app, ms);
    }
    args.end();
    heard = System.nanoTime();
    if (process.pid() == 0) {
      account(new ProcessFigures(resident, used, threads, false, each));
    }
  }

  private void watch(long now, boolean quiet, boolean probe) throws IOException {
    if (heard - pinged >= 0) {
      pinged = now;
      send(Message.request(0, ++pings, Ask.PING));
    } else if (quiet && now - pinged > HEARTBEAT) {
      end("The process for the apps of " + provider + " did not answer for 5 s and was ended.");
      return;
    }
    long pid = process.pid();
    if (pid != 0) {
      account(ProcessFigures.of(Long.toString(pid)));
    }
    process.said(); // So that it never waits for us to read it.
    for (ZoneApp app : apps.values()) {
      if (quiet && app.hangs(now)) {
        hung(app, 5);
        return;
      }
      if (probe) {
        app.probe();
      }
    }
  }

  /** Hands memory and CPU on to the sessions, and ends a zone that has too much. */
  private void account(ProcessFigures now) {
    if (now.cpuMs() < 0) {
      return;
    }
    synchronized (this) {
      figures = now;
    }
    int allowed = BASE_MB + askedMb();
    if (now.residentBytes() > (long) allowed << 20) {
      end(
          "The apps of "
              + provider
              + " used "
              + (now.residentBytes() >> 20)
              + " MB together; with what they asked for it is "
              + allowed
              + " MB at most.");
      return;
    }
    if (now.threads() > MAX_THREADS) {
      end("The apps of " + provider + " run " + now.threads() + " threads, which they may not.");
      return;
    }
    if (now.children()) {
      end("The apps of " + provider + " started other programs, which they may not.");
      return;
    }
    long spent = Math.max(0, now.cpuMs() - processCpu);
    processCpu = Math.max(processCpu, now.cpuMs());
    Map<Integer, Long> shares = new HashMap<>();
    long sum = 0;
    for (ZoneApp app : apps.values()) {
      long total = now.apps().getOrDefault(app.number(), 0L);
      long share = Math.max(0, total - cpu.getOrDefault(app.number(), 0L));
      cpu.put(app.number(), total);
      shares.put(app.number(), share);
      sum += share;
    }
    cpu.keySet().retainAll(apps.keySet());
    for (ZoneApp app : apps.values()) {
      // All that the process spent is somebody's: also what its threads of other names did.
      long mine = sum == 0 ? spent / apps.size() : spent * shares.get(app.number()) / sum;
      app.session().usedCpu(TimeUnit.MILLISECONDS.toNanos(mine));
      app.session().usesMemory(now.residentBytes());
    }
  }
}
