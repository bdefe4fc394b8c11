package org.commonshub.testing.fakes;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.commonshub.apps.desk.api.AppHosts;
import org.commonshub.apps.desk.api.AppId;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.desk.api.AppVersion;
import org.commonshub.apps.desk.api.Grants;
import org.commonshub.privacy.api.EnergyData;

/**
 * Services of apps in memory: stores that go with versions, and sessions to look at. Any thread.
 */
public final class FakeAppHosts implements AppHosts {
  /** What one version kept. */
  private record Store(AppVersion version, Map<String, byte[]> values) {
    Store copy(AppVersion next) {
      return new Store(next, new TreeMap<>(values));
    }
  }

  private final Map<AppId, Store> stores = new HashMap<>();
  private final Map<AppId, Store> previous = new HashMap<>();
  private final List<FakeAppSession> sessions = new ArrayList<>();

  /** All sessions ever opened, the oldest first. */
  public synchronized List<FakeAppSession> sessions() {
    return List.copyOf(sessions);
  }

  /** The session opened last. */
  public synchronized FakeAppSession last() {
    return sessions.get(sessions.size() - 1);
  }

  /** What an app keeps now. */
  public synchronized Map<String, byte[]> kept(AppId app) {
    Store store = stores.get(app);
    return store == null ? Map.of() : Map.copyOf(store.values());
  }

  @Override
  public synchronized FakeAppSession open(
      String location, AppManifest manifest, Grants grants, EnergyData view, boolean probation) {
    Store store =
        stores.computeIfAbsent(
            manifest.id(), app -> new Store(manifest.version(), new TreeMap<>()));
    Store mine = probation ? store.copy(manifest.version()) : store;
    FakeAppSession session =
        new FakeAppSession(
            location, manifest, grants, view, mine.values(), () -> promote(manifest.id(), mine));
    sessions.add(session);
    return session;
  }

  private synchronized void promote(AppId app, Store copy) {
    previous.put(app, stores.get(app));
    stores.put(app, copy);
  }

  @Override
  public synchronized void revert(AppId app, AppVersion version) throws IOException {
    if (stores.get(app) == null || stores.get(app).version().equals(version)) {
      return;
    }
    Store back = previous.get(app);
    if (back == null || !back.version().equals(version)) {
      throw new IOException("there is no store of " + version);
    }
    stores.put(app, back);
    previous.remove(app);
  }

  @Override
  public synchronized void erase(AppId app) {
    stores.remove(app);
    previous.remove(app);
  }

  @Override
  public void export(AppId app, OutputStream out) throws IOException {
    ZipOutputStream zip = new ZipOutputStream(out);
    for (Map.Entry<String, byte[]> entry : kept(app).entrySet()) {
      zip.putNextEntry(new ZipEntry(entry.getKey()));
      zip.write(entry.getValue());
      zip.closeEntry();
    }
    zip.finish();
  }
}
