package org.commonshub.testing.fakes;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
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
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.desk.api.AppSession;
import org.commonshub.apps.desk.api.Grants;
import org.commonshub.privacy.api.EnergyData;

/**
 * A session to look at: store and log work, the other services are not there. Code is called on the
 * caller's thread. Made by {@link FakeAppHosts}. Any thread.
 */
public final class FakeAppSession implements AppSession {
  private final String location;
  private final AppManifest manifest;
  private final EnergyData view;
  private final Map<String, byte[]> store;
  private final Runnable promote;
  private final List<LogLine> lines = new ArrayList<>();
  private Grants grants;
  private Restriction restriction = Restriction.NONE;
  private Ended listener = reason -> {};
  private boolean promoted;
  private boolean closed;

  FakeAppSession(
      String location,
      AppManifest manifest,
      Grants grants,
      EnergyData view,
      Map<String, byte[]> store,
      Runnable promote) {
    this.location = location;
    this.manifest = manifest;
    this.grants = grants;
    this.view = view;
    this.store = store;
    this.promote = promote;
  }

  /** Where its bundle lies. */
  public String location() {
    return location;
  }

  /** What it was granted. */
  public synchronized Grants grants() {
    return grants;
  }

  /** How it is restricted. */
  public synchronized Restriction restriction() {
    return restriction;
  }

  /** Whether its store became the app's. */
  public synchronized boolean promoted() {
    return promoted;
  }

  /** Whether it was closed. */
  public synchronized boolean closed() {
    return closed;
  }

  /** It went beyond what is allowed. */
  public void end(String reason) {
    Ended told;
    synchronized (this) {
      told = listener;
    }
    told.ended(reason);
  }

  @Override
  public AppManifest manifest() {
    return manifest;
  }

  @Override
  public EnergyData energy() {
    return view;
  }

  @Override
  public AppStore store() {
    return new AppStore() {
      @Override
      public Optional<byte[]> get(String name) {
        synchronized (FakeAppSession.this) {
          return Optional.ofNullable(store.get(name)).map(byte[]::clone);
        }
      }

      @Override
      public void put(String name, byte[] value) {
        synchronized (FakeAppSession.this) {
          store.put(name, value.clone());
        }
      }

      @Override
      public void remove(String name) {
        synchronized (FakeAppSession.this) {
          store.remove(name);
        }
      }

      @Override
      public List<String> names() {
        synchronized (FakeAppSession.this) {
          return List.copyOf(store.keySet());
        }
      }
    };
  }

  @Override
  public AppLog log() {
    return new AppLog() {
      @Override
      public void info(String text) {
        line(false, text);
      }

      @Override
      public void warn(String text) {
        line(true, text);
      }
    };
  }

  private synchronized void line(boolean warning, String text) {
    lines.add(0, new LogLine(Instant.EPOCH, warning, text));
  }

  @Override
  public AppHome home() {
    throw new UnsupportedOperationException();
  }

  @Override
  public AppHttp http() {
    throw new UnsupportedOperationException();
  }

  @Override
  public AppActuators actuators() {
    throw new UnsupportedOperationException();
  }

  @Override
  public AppTimers timers() {
    throw new UnsupportedOperationException();
  }

  @Override
  public AppLicence licence() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Executor thread() {
    return Runnable::run;
  }

  @Override
  public <T> CompletionStage<T> call(Supplier<T> code, int seconds) {
    if (closed()) {
      return CompletableFuture.failedFuture(new IllegalStateException("the session is closed"));
    }
    try {
      return CompletableFuture.completedFuture(code.get());
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public synchronized void regrant(Grants value) {
    grants = value;
  }

  @Override
  public synchronized void restrict(Restriction value) {
    restriction = value;
  }

  @Override
  public void promote() {
    synchronized (this) {
      promoted = true;
    }
    promote.run();
  }

  @Override
  public synchronized void onEnded(Ended value) {
    listener = value;
  }

  @Override
  public void usedCpu(long nanos) {}

  @Override
  public void usesMemory(long bytes) {}

  @Override
  public Usage usage() {
    return new Usage(0, -1, 0, 0, 0, lines.size(), 0, false);
  }

  @Override
  public synchronized List<LogLine> logLines() {
    return List.copyOf(lines);
  }

  @Override
  public synchronized void close() {
    closed = true;
  }
}
