package org.commonshub.apps.desk.api;

import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.commonshub.apps.api.AppActuators;
import org.commonshub.apps.api.AppHome;
import org.commonshub.apps.api.AppHttp;
import org.commonshub.apps.api.AppLicence;
import org.commonshub.apps.api.AppLog;
import org.commonshub.apps.api.AppStore;
import org.commonshub.apps.api.AppTimers;
import org.commonshub.privacy.api.EnergyData;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The services of one running version of an app, counted and bounded by its manifest, and its
 * thread. {@code apps.zone} calls them for an app in a zone. Any thread.
 */
@ProviderType
public interface AppSession extends AutoCloseable {
  /** What it is. */
  AppManifest manifest();

  /** Data as the gate releases it; asks for what the manifest declares at most. */
  EnergyData energy();

  /** See there. */
  AppHome home();

  /** See there. */
  AppHttp http();

  /** See there. */
  AppActuators actuators();

  /** See there. */
  AppStore store();

  /** See there. */
  AppTimers timers();

  /** See there. */
  AppLog log();

  /** See there. */
  AppLicence licence();

  /**
   * The app's thread: whatever completes towards the app completes here, in order, at most 256
   * wait. What comes beyond is dropped and the app ended. For an app in a zone the executor hands
   * over to the zone's connection instead, which must not block.
   */
  Executor thread();

  /**
   * The app runs in a zone: from now on what would run on its thread is given to this executor
   * instead, in order, and no thread is made. Called before the app's first call. While the app is
   * slowed tasks wait.
   *
   * @param executor must not block; what it throws ends the app
   */
  default void handOver(Executor executor) {}

  /**
   * Calls code of the app on its thread.
   *
   * @param seconds patience; beyond it the stage fails, and {@link Ended} is told if the code runs
   *     still
   * @return completes on the app's thread; fails with {@link
   *     java.util.concurrent.TimeoutException}, or with {@link IllegalStateException} that says
   *     what the code threw
   */
  <T> CompletionStage<T> call(Supplier<T> code, int seconds);

  /** What restricts it from outside. */
  enum Restriction {
    NONE,
    /** No network and no actuators: licence degraded, or catalogue frozen. */
    NO_ACTING
  }

  /** Restricts or frees it. Handed back is what it held. */
  void restrict(Restriction restriction);

  /**
   * The person changed their mind while it runs: takes effect at once, and what is not granted any
   * more is handed back.
   */
  default void regrant(Grants grants) {}

  /**
   * Ends the probation: its store becomes the app's. Durable when it returns.
   *
   * @throws java.io.UncheckedIOException if the disk failed; it is on probation still
   */
  void promote();

  /** Who wants to know that the app has to be stopped: quota, hang, too much waiting. */
  void onEnded(Ended listener);

  /**
   * A runner says that it stopped the app because it went beyond what is allowed: it hung, took
   * more memory than it asked for, or broke the protocol of its zone. Tells {@link Ended}, once.
   *
   * @param reason for people
   */
  void end(String reason);

  /** The app went beyond what is allowed. */
  @FunctionalInterface
  interface Ended {
    /** Called once, on any thread; the sentence is for people. */
    void ended(String reason);
  }

  /** CPU that a runner measured in a zone, since the last call. */
  void usedCpu(long nanos);

  /** Memory that a runner measured in a zone, of the zone's process. */
  void usesMemory(long bytes);

  /** What it used since midnight of the home. */
  Usage usage();

  /**
   * Usage.
   *
   * @param cpuMs CPU milliseconds today
   * @param memoryBytes now; −1 if not known
   * @param storedBytes in its store
   * @param networkBytes today, both ways
   * @param values released to it today
   * @param logLines today
   * @param logDropped lines dropped today
   * @param slowed whether it is being slowed now, because of its CPU quota
   */
  record Usage(
      long cpuMs,
      long memoryBytes,
      long storedBytes,
      long networkBytes,
      long values,
      long logLines,
      long logDropped,
      boolean slowed) {}

  /** Newest lines of its log first, at most 200. */
  List<LogLine> logLines();

  /** A line. */
  record LogLine(java.time.Instant at, boolean warning, String text) {}

  /** Ends everything: hands back, cancels, closes flows. */
  @Override
  void close();
}
