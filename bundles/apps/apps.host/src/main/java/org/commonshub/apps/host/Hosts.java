package org.commonshub.apps.host;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
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
  record Facet<T>(Class<T> type, Function<AppSession, T> of, Predicate<AppManifest> asked) {}

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

  /** What all sessions of an app have in common; its lock guards the app's files. */
  private record Common(Stores stores, Day day, Egress egress) {}

  private final Map<String, Session> sessions = new ConcurrentHashMap<>();
  private final Map<AppId, Common> apps = new ConcurrentHashMap<>();
  private volatile boolean closed;

  /**
   * @param home the bundle's folder
   */
  Hosts(Path home, Hub hub) {
    this.home = home;
    this.hub = hub;
  }

  @Override
  public AppSession open(
      String location, AppManifest manifest, Grants grants, EnergyData view, boolean probation) {
    Common common = common(manifest.id());
    Session session;
    synchronized (common) {
      if (closed || sessions.containsKey(location)) {
        throw new IllegalStateException("There is a session at " + location + " already.");
      }
      try {
        session = open(manifest, grants, view, probation, common);
      } catch (IOException e) {
        throw new UncheckedIOException(
            "What " + manifest.id() + " keeps cannot be opened; check the hub's disk.", e);
      }
      sessions.put(location, session);
    }
    standings();
    return session;
  }

  private Session open(
      AppManifest manifest, Grants grants, EnergyData view, boolean probation, Common common)
      throws IOException {
    Stores stores = common.stores();
    Path folder = probation ? stores.copy(manifest.version()) : stores.open(manifest.version());
    try {
      return new Session(
          manifest,
          grants,
          view,
          probation,
          hub,
          stores,
          folder,
          common.egress(),
          common.day(),
          session -> sessions.values().remove(session));
    } catch (IOException e) {
      stores.release(folder);
      throw e;
    }
  }

  private Common common(AppId app) {
    return apps.computeIfAbsent(
        app,
        id -> {
          Path folder = home.resolve(id.name());
          return new Common(
              new Stores(folder), new Day(id, hub::today, hub.meter()), new Egress(folder));
        });
  }

  /** Has every session follow its licence, as far as there are licences. */
  void standings() {
    Licences licences = hub.licences().get();
    if (licences != null) {
      sessions.values().forEach(s -> s.licensed(licences.standing(s.manifest().id()).mayAct()));
    }
  }

  /** A licence has changed. */
  void standing(Standing standing) {
    for (Session session : sessions.values()) {
      if (session.manifest().id().equals(standing.app())) {
        session.licensed(standing.mayAct());
      }
    }
  }

  /** What the bundle at a location gets; null if it gets none. */
  <T> T facet(String location, Facet<T> facet) {
    Session session = sessions.get(location);
    return session != null && facet.asked().test(session.manifest())
        ? facet.of().apply(session)
        : null;
  }

  @Override
  public void revert(AppId app, AppVersion version) throws IOException {
    Common common = common(app);
    synchronized (common) {
      idle(app);
      common.stores().revert(version);
    }
  }

  @Override
  public void erase(AppId app) throws IOException {
    Common common = common(app);
    synchronized (common) {
      idle(app);
      common.stores().erase();
      apps.remove(app);
    }
  }

  @Override
  public void export(AppId app, OutputStream out) throws IOException {
    Common common = common(app);
    synchronized (common) {
      common.stores().export(out);
    }
  }

  private void idle(AppId app) {
    if (sessions.values().stream().anyMatch(s -> s.manifest().id().equals(app))) {
      throw new IllegalStateException(app + " is running; stop it first.");
    }
  }

  /** Ends all. */
  void close() {
    closed = true;
    for (Session session : List.copyOf(sessions.values())) {
      session.end("The hub's host of apps stops.");
      session.close();
    }
  }
}
