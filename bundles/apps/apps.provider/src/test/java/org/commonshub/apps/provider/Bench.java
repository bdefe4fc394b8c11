package org.commonshub.apps.provider;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.commonshub.apps.desk.api.AppDesk.Installed;
import org.commonshub.apps.desk.api.AppException;
import org.commonshub.apps.desk.api.AppException.Reason;
import org.commonshub.apps.desk.api.AppId;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.desk.api.AppRunner;
import org.commonshub.apps.desk.api.Catalogues.Source;
import org.commonshub.apps.desk.api.Grants;
import org.commonshub.apps.desk.api.Place;
import org.commonshub.apps.sandbox.api.Finding;
import org.commonshub.apps.sandbox.api.Profile;
import org.commonshub.apps.sandbox.api.Sandbox;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.testing.fakes.FakeAppHosts;
import org.commonshub.testing.fakes.FakeAppRunner;
import org.commonshub.testing.fakes.FakeCatalogues;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeLicences;
import org.commonshub.testing.fakes.FakePrivacyDesk;
import org.commonshub.testing.fakes.SampleApp;

/** A desk with everything around it faked; steps run at once, time when it is told to. */
final class Bench {
  static final AppId COACH = new AppId("org.example.coach");
  static final String ACTOR = "anna";

  final FakeCatalogues catalogues = new FakeCatalogues();
  final FakeLicences licences = new FakeLicences();
  final FakeAppHosts hosts = new FakeAppHosts();
  final FakeAppRunner zone = new FakeAppRunner(Place.ZONE);
  final FakeAppRunner inside = new FakeAppRunner(Place.INSIDE);
  final FakeHubClock clock = new FakeHubClock();
  final FakePrivacyDesk privacy = new FakePrivacyDesk(() -> Instant.parse("2026-01-01T00:00:00Z"));
  final Walls walls = new Walls();
  final Parts parts = new Parts();
  final Clockwork later = new Clockwork();
  final Gates views = new Gates();
  final Set<String> trusted = new HashSet<>();
  final List<String> plain = new ArrayList<>();
  final Path folder;
  Desk desk;

  Bench(Path folder) throws IOException {
    this(folder, bench -> {});
  }

  /**
   * A desk.
   *
   * @param prepare what is otherwise before it opens
   */
  Bench(Path folder, Consumer<Bench> prepare) throws IOException {
    this.folder = folder;
    catalogues.source("home", Source.State.FRESH);
    catalogues.listen(source -> desk.changed(source));
    licences.listen(standing -> desk.changed(standing.app()));
    parts.catalogues.set(catalogues);
    parts.licences.set(licences);
    parts.hosts.set(hosts);
    parts.sandbox.set(walls);
    parts.zone.set(zone);
    parts.inside.set(inside);
    parts.plain.set(
        (jar, manifest) -> {
          plain.add(manifest.id() + " " + manifest.version());
          AppRunner fake = new FakeAppRunner(Place.INSIDE);
          return fake.start(jar, hosts.open("", manifest, Grants.NONE, null, true));
        });
    prepare.accept(this);
    open();
  }

  /** The hub starts, on what the disk has. */
  void open() throws IOException {
    open(Runnable::run);
  }

  void open(Executor workers) throws IOException {
    desk =
        new Desk(
            new Installation.House(
                new Shelf(folder.resolve("apps.provider")),
                parts,
                views,
                clock,
                later,
                trusted::contains,
                Duration.ofSeconds(20)),
            workers,
            workers);
    desk.changed(true);
  }

  static SampleApp coach(String version) {
    return new SampleApp(COACH.name(), version)
        .data(Purpose.FORECASTING, Granularity.HOUR)
        .host("api.example.org")
        .actuator(DeviceRole.EV_CHARGER, "current-limit");
  }

  static final Grants ALL =
      new Grants(Set.of("api.example.org"), Set.of("ev-charger/current-limit"), Optional.empty());

  Installed app() {
    return desk.apps().stream()
        .filter(app -> app.listing().manifest().id().equals(COACH))
        .findFirst()
        .orElseThrow();
  }

  Installed install(String version) throws Exception {
    catalogues.list("home", coach(version));
    return desk.install(COACH, "home", ACTOR).toCompletableFuture().get();
  }

  /** Installed, consented and on. */
  Installed on(String version) throws Exception {
    install(version);
    desk.consent(COACH, ALL, Place.ZONE, ACTOR);
    return desk.enable(COACH, true, ACTOR);
  }

  /** A sandbox that finds what the test says. */
  static final class Walls implements Sandbox {
    final List<Finding> findings = new ArrayList<>();
    int checks;

    @Override
    public Permit permit(String location, Profile profile, Set<String> services) {
      return () -> {};
    }

    @Override
    public List<Finding> check(Path jar, Profile profile) {
      checks++;
      return List.copyOf(findings);
    }
  }

  /** Time that passes when it is told to. */
  final class Clockwork implements Later {
    private final List<Due> due = new ArrayList<>();
    private Duration now = Duration.ZERO;

    private record Due(Duration at, Runnable task) {}

    @Override
    public synchronized Order after(Duration delay, Runnable task) {
      Due order = new Due(now.plus(delay), task);
      due.add(order);
      return () -> {
        synchronized (this) {
          due.remove(order);
        }
      };
    }

    void advance(Duration time) {
      Duration until;
      synchronized (this) {
        until = now.plus(time);
      }
      while (true) {
        Due next;
        synchronized (this) {
          next =
              due.stream()
                  .filter(d -> d.at().compareTo(until) <= 0)
                  .min(java.util.Comparator.comparing(Due::at))
                  .orElse(null);
          if (next == null) {
            clock.advance(until.minus(now));
            now = until;
            return;
          }
          due.remove(next);
          clock.advance(next.at().minus(now));
          now = next.at();
        }
        next.task().run();
      }
    }
  }

  /** The privacy gate, which may be absent. */
  final class Gates implements Views {
    Object gate = new Object();
    final Map<AppId, Integer> closed = new HashMap<>();

    @Override
    public Object gate() {
      return gate;
    }

    @Override
    public EnergyData view(AppManifest manifest) throws AppException {
      if (gate == null) {
        throw new AppException(Reason.NOT_NOW, "No gate.");
      }
      return privacy.viewOf(new Recipient(Recipient.Kind.APP, manifest.id().name()));
    }

    @Override
    public List<EnergyData.Grant> grants(AppId app) {
      return gate == null
          ? List.of()
          : privacy.viewOf(new Recipient(Recipient.Kind.APP, app.name())).grants();
    }

    @Override
    public void close(AppId app) {
      closed.merge(app, 1, Integer::sum);
    }
  }
}
