package org.commonshub.apps.host;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.commonshub.apps.api.AppActuators;
import org.commonshub.apps.api.AppHome;
import org.commonshub.apps.api.AppHttp;
import org.commonshub.apps.api.AppLicence;
import org.commonshub.apps.api.AppLog;
import org.commonshub.apps.api.AppStore;
import org.commonshub.apps.api.AppTimers;
import org.commonshub.apps.desk.api.AppHosts;
import org.commonshub.apps.desk.api.AppId;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.desk.api.AppSession;
import org.commonshub.apps.desk.api.AppVersion;
import org.commonshub.apps.desk.api.Grants;
import org.commonshub.apps.desk.api.Licences;
import org.commonshub.apps.desk.api.Standing;
import org.commonshub.privacy.api.EnergyData;

/** All sessions. Any thread; what touches an app's files is done one at a time. */
final class Hosts implements AppHosts {
  /** A service of an app, and whether its manifest asks for what it gives. */
  record Facet<T>(
      Class<T> type, Function<AppSession, T> of, Function<AppManifest, Boolean> asked) {}

  /** All of them. */
  static final List<Facet<?>> FACETS =
      List.of(
          new Facet<>(AppHome.class, AppSession::home, m -> true),
          new Facet<>(AppLog.class, AppSession::log, m -> true),
          new Facet<>(AppTimers.class, AppSession::timers, m -> true),
          new Facet<>(AppLicence.class, AppSession::licence, m -> true),
          new Facet<>(EnergyData.class, AppSession::energy, m -> !m.data().isEmpty()),
          new Facet<>(AppHttp.class, AppSession::http, m -> !m.hosts().isEmpty()),
          new Facet<>(AppActuators.class, AppSession::actuators, m -> !m.actuators().isEmpty()),
          new Facet<>(AppStore.class, AppSession::store, m -> m.resources().storageKb() > 0));

  private final Path home;
  private final Hub hub;
  private final Map<String, Session> sessions = new HashMap<>();
  private final Map<AppId, Day> days = new HashMap<>();
  private boolean closed;

  /**
   * @param home the bundle's folder
   */
  Hosts(Path home, Hub hub) {
    this.home = home;
    this.hub = hub;
  }

  @Override
  public synchronized AppSession open(
      String location, AppManifest manifest, Grants grants, EnergyData view, boolean probation) {
    if (closed || sessions.containsKey(location)) {
      throw new IllegalStateException("There is a session at " + location + " already.");
    }
    AppId app = manifest.id();
    Stores stores = stores(app);
    try {
      Path folder = probation ? stores.copy(manifest.version()) : stores.open(manifest.version());
      Session session =
          new Session(
              manifest,
              grants,
              view,
              probation,
              licensed(app),
              hub,
              stores,
              folder,
              new Egress(home.resolve(app.name())),
              days.computeIfAbsent(app, id -> new Day(id, hub::today, hub.meter())),
              this::gone);
      sessions.put(location, session);
      return session;
    } catch (IOException e) {
      throw new UncheckedIOException(
          "What " + app + " keeps cannot be opened; check the hub's disk: " + e.getMessage(), e);
    }
  }

  private boolean licensed(AppId app) {
    Licences licences = hub.licences().get();
    return licences == null || licences.standing(app).mayAct();
  }

  private synchronized void gone(Session session) {
    sessions.values().remove(session);
  }

  /** A licence has changed. */
  void standing(Standing standing) {
    List<Session> all;
    synchronized (this) {
      all = List.copyOf(sessions.values());
    }
    for (Session session : all) {
      if (session.manifest().id().equals(standing.app())) {
        session.licensed(standing.mayAct());
      }
    }
  }

  /** What the bundle at a location gets; null if it gets none. */
  <T> T facet(String location, Facet<T> facet) {
    Session session;
    synchronized (this) {
      session = sessions.get(location);
    }
    return session != null && facet.asked().apply(session.manifest())
        ? facet.of().apply(session)
        : null;
  }

  @Override
  public synchronized void revert(AppId app, AppVersion version) throws IOException {
    idle(app);
    stores(app).revert(version);
  }

  @Override
  public synchronized void erase(AppId app) throws IOException {
    idle(app);
    days.remove(app);
    stores(app).erase();
  }

  @Override
  public synchronized void export(AppId app, OutputStream out) throws IOException {
    stores(app).export(out);
  }

  private void idle(AppId app) {
    Optional<Session> open =
        sessions.values().stream().filter(s -> s.manifest().id().equals(app)).findFirst();
    if (open.isPresent()) {
      throw new IllegalStateException(app + " is running; stop it first.");
    }
  }

  private Stores stores(AppId app) {
    return new Stores(home.resolve(app.name()));
  }

  /** Ends all. */
  void close() {
    List<Session> all;
    synchronized (this) {
      closed = true;
      all = List.copyOf(sessions.values());
    }
    all.forEach(session -> session.end("The hub's host of apps stops."));
    all.forEach(Session::close);
  }
}
