package org.commonshub.apps.host;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.commonshub.apps.api.AppActuators;
import org.commonshub.apps.api.AppHome;
import org.commonshub.apps.api.AppHttp;
import org.commonshub.apps.api.AppLicence;
import org.commonshub.apps.api.AppLog;
import org.commonshub.apps.api.AppStore;
import org.commonshub.apps.api.AppTimers;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.desk.api.AppSession;
import org.commonshub.apps.desk.api.Grants;
import org.commonshub.privacy.api.EnergyData;

/** One running version of an app: its services, its thread and the watch over both. */
final class Session implements AppSession {
  private static final long SECOND_NANOS = 1_000_000_000L;
  private static final long CPU_FIRST_NANOS = 5 * SECOND_NANOS;
  private static final long CPU_LEAST_NANOS = SECOND_NANOS;
  private static final long ALLOCATION_FACTOR = 64L << 20;

  private final AppManifest manifest;
  private final Hub hub;
  private final Stores stores;
  private final Path folder;
  private final Egress egress;
  private final Day day;
  private final Consumer<Session> gone;
  private final AppThread thread;
  private final Log log;
  private final Timers timers;
  private final Store store;
  private final Energy energy;
  private final Home home;
  private final Http http;
  private final Actuators actuators;
  private final Licence licence;
  private final Quota cpu;
  private final Quota allocation;
  private final EnergyData view;
  private final List<Ended> listeners = new ArrayList<>();
  private volatile Grants grants;
  private volatile boolean probation;
  private volatile boolean restricted;
  private volatile boolean licensed = true;
  private volatile boolean over;
  private volatile long memory = -1;
  private Agenda.Entry tick;
  private String reason;
  private boolean closed;
  private Quota.Verdict cpuVerdict = Quota.Verdict.WELL;
  private Quota.Verdict allocationVerdict = Quota.Verdict.WELL;

  /**
   * @param folder where its store lies
   * @param gone told when it is closed
   */
  Session(
      AppManifest manifest,
      Grants grants,
      EnergyData view,
      boolean probation,
      Hub hub,
      Stores stores,
      Path folder,
      Egress egress,
      Day day,
      Consumer<Session> gone)
      throws IOException {
    this.manifest = manifest;
    this.grants = grants;
    this.view = view;
    this.probation = probation;
    this.hub = hub;
    this.stores = stores;
    this.folder = folder;
    this.egress = egress;
    this.day = day;
    this.gone = gone;
    AppManifest.Resources bounds = manifest.resources();
    Agenda agenda = hub.agenda();
    String name = "app " + manifest.id();
    Runnable alive = this::alive;
    log = new Log(hub.clock(), day, bounds.logLinesPerHour());
    thread =
        new AppThread(
            name, agenda, hub.machine(), this::end, told -> log.hub("It failed: " + told));
    timers = new Timers(agenda, thread);
    store = new Store(folder, bounds.storageKb() * 1024L, agenda, thread, alive);
    home = new Home(hub.clock(), hub.profile(), this::place);
    energy =
        new Energy(view, manifest.data(), hub.clock(), home::zone, egress, thread, day, log, alive);
    http =
        new Http(
            name,
            hub.outside(),
            this::refusal,
            bounds.networkKbPerDay() * 1024L,
            agenda,
            hub.machine(),
            thread,
            day,
            alive);
    actuators =
        new Actuators(
            manifest.id(),
            hub.arbiter(),
            hub.directory(),
            this::granted,
            this::noWishes,
            agenda,
            thread,
            day,
            alive);
    licence = new Licence(manifest, hub.licences(), day, alive);
    long now = agenda.now();
    cpu = new Quota(bounds.cpuMsPerMinute() * 1_000_000L, CPU_LEAST_NANOS, CPU_FIRST_NANOS, now);
    long bytes = bounds.memoryMb() * ALLOCATION_FACTOR;
    allocation = new Quota(bytes, bytes, bytes, now);
    agenda.open();
    tick = agenda.after(SECOND_NANOS, this::tick);
    day.roll();
  }

  private void alive() {
    if (over) {
      throw new IllegalStateException("The app has ended.");
    }
  }

  private Optional<AppHome.Place> place() {
    return manifest.place().isPresent() ? grants.place() : Optional.empty();
  }

  private boolean granted(String actuator) {
    return grants.actuators().contains(actuator)
        && manifest.actuators().stream().anyMatch(request -> request.key().equals(actuator));
  }

  private Optional<String> refusal(String host) {
    if (!mayAct()) {
      return Optional.of(restriction());
    }
    if (!grants.hosts().contains(host)
        || manifest.hosts().stream().noneMatch(request -> request.host().equals(host))) {
      return Optional.of("This app was not granted to talk to " + Log.plain(host, 100) + ".");
    }
    try {
      return egress.refusal(host, view.grants());
    } catch (IllegalStateException e) {
      return Optional.of("The privacy gate is closed, so nothing is sent.");
    }
  }

  private Optional<String> noWishes() {
    if (!mayAct()) {
      return Optional.of(restriction());
    }
    return probation
        ? Optional.of("This version is being tried; the one before it tells the devices.")
        : Optional.empty();
  }

  private boolean mayAct() {
    return !restricted && licensed;
  }

  private String restriction() {
    return licensed
        ? "The hub restricts this app: it has no network and no devices now."
        : "The app's licence has ended: it has no network and no devices now.";
  }

  /** What is not allowed any more ends at once. */
  private void follow() {
    if (!mayAct()) {
      actuators.handBack(true);
      http.cut(restriction(), host -> true);
    }
  }

  /** The licence says whether it may act. */
  void licensed(boolean value) {
    licensed = value;
    follow();
  }

  /** Once a second: hangs, CPU, memory. */
  private void tick() {
    synchronized (this) {
      if (over) {
        return;
      }
      tick = hub.agenda().after(SECOND_NANOS, this::tick);
    }
    thread.check();
    used(thread.takeCpu(), thread.takeAllocated());
  }

  private void used(long cpuNanos, long bytes) {
    day.cpu(cpuNanos);
    boolean slowedNow;
    Quota.Verdict worst;
    String what;
    synchronized (this) {
      long now = hub.agenda().now();
      cpuVerdict = cpu.use(cpuNanos, now);
      allocationVerdict = allocation.use(bytes, now);
      boolean byCpu = cpuVerdict.compareTo(allocationVerdict) >= 0;
      worst = byCpu ? cpuVerdict : allocationVerdict;
      what = byCpu ? "computing time" : "memory";
      slowedNow = worst == Quota.Verdict.SLOWED;
    }
    if (worst.compareTo(Quota.Verdict.SLOWED) > 0) {
      end(
          worst == Quota.Verdict.TOO_MUCH
              ? "It used more than five times the " + what + " that it may use in a minute."
              : "It used more " + what + " than it may for three minutes in a row.");
    } else if (slowedNow != thread.slowed()) {
      if (slowedNow) {
        log.hub("It used more " + what + " than it may in a minute and is being slowed.");
      }
      thread.slow(slowedNow);
    }
  }

  @Override
  public void usedCpu(long nanos) {
    if (nanos > 0 && !over) {
      used(nanos, 0);
    }
  }

  @Override
  public void usesMemory(long bytes) {
    memory = bytes;
  }

  @Override
  public void end(String why) {
    List<Ended> told;
    synchronized (this) {
      if (over || reason != null) {
        return;
      }
      reason = why;
      told = List.copyOf(listeners);
    }
    finish();
    log.hub(why);
    Thread teller =
        new Thread(
            null,
            () -> told.forEach(listener -> listener.ended(why)),
            "app " + manifest.id() + " ended",
            0,
            false);
    teller.setDaemon(true);
    teller.start();
  }

  @Override
  public void onEnded(Ended listener) {
    String already;
    synchronized (this) {
      listeners.add(listener);
      already = reason;
    }
    if (already != null) {
      listener.ended(already);
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    finish();
    stores.release(folder);
    gone.accept(this);
  }

  /** Nothing of it goes on. */
  private void finish() {
    synchronized (this) {
      if (over) {
        return;
      }
      over = true;
      tick.cancel();
    }
    thread.close();
    timers.close();
    energy.close();
    http.close();
    actuators.handBack(true);
    day.cpu(thread.takeCpu());
    hub.agenda().close();
  }

  @Override
  public void restrict(Restriction restriction) {
    restricted = restriction != Restriction.NONE;
    follow();
  }

  @Override
  public void regrant(Grants now) {
    grants = now;
    actuators.handBack(!mayAct());
    http.cut("The person took back the yes to this host.", host -> !now.hosts().contains(host));
  }

  @Override
  public void promote() {
    if (probation) {
      try {
        stores.promote(folder, manifest.version());
      } catch (IOException e) {
        throw new UncheckedIOException(
            "What " + manifest.id() + " keeps could not be taken over: the disk failed.", e);
      }
      probation = false;
    }
  }

  @Override
  public void handOver(Executor executor) {
    thread.handOver(executor);
  }

  @Override
  public <T> CompletionStage<T> call(Supplier<T> code, int seconds) {
    return thread.call(code, seconds);
  }

  @Override
  public Usage usage() {
    long[] today = day.read();
    return new Usage(
        today[0], memory, store.total(), today[1], today[2], today[3], today[4], thread.slowed());
  }

  @Override
  public List<LogLine> logLines() {
    return log.lines();
  }

  @Override
  public AppManifest manifest() {
    return manifest;
  }

  @Override
  public EnergyData energy() {
    return energy;
  }

  @Override
  public AppHome home() {
    return home;
  }

  @Override
  public AppHttp http() {
    return http;
  }

  @Override
  public AppActuators actuators() {
    return actuators;
  }

  @Override
  public AppStore store() {
    return store;
  }

  @Override
  public AppTimers timers() {
    return timers;
  }

  @Override
  public AppLog log() {
    return log;
  }

  @Override
  public AppLicence licence() {
    return licence;
  }

  @Override
  public Executor thread() {
    return thread;
  }
}
