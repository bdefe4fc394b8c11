package org.commonshub.apps.zone;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.apps.desk.api.AppException;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.desk.api.AppRunner;
import org.commonshub.apps.desk.api.AppSession;
import org.commonshub.apps.desk.api.Place;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs apps in zones: starts a provider's process with its first app and ends it with its last. */
@Component(service = AppRunner.class)
@Designate(ocd = ZoneRunner.Config.class)
public final class ZoneRunner implements AppRunner {
  private static final Logger LOG = LoggerFactory.getLogger(ZoneRunner.class);

  /** Heap of a zone beside what its apps asked for: the framework's. */
  private static final int BASE_MB = 12;

  /** Room for apps that come later: a heap does not grow while the process runs. */
  private static final int ROOM_MB = 48;

  private final Launcher launcher;
  private final Map<String, Zone> zones = new HashMap<>();
  private final Map<String, Integer> wanted = new HashMap<>();

  /** Settings. */
  @ObjectClassDefinition(
      name = "App zones",
      description = "Processes of their own for apps of other providers.")
  @interface Config {
    @AttributeDefinition(
        name = "Without walls",
        description =
            "For development only: where neither systemd nor bubblewrap is there, apps run in a"
                + " process that is kept from nothing. Default: false.")
    boolean unconfined() default false;
  }

  /** Starts. */
  @Activate
  public ZoneRunner(BundleContext context, Config config) {
    this(choose(context, config.unconfined()));
  }

  ZoneRunner(Launcher launcher) {
    this.launcher = launcher;
  }

  private static Launcher choose(BundleContext context, boolean unconfined) {
    Launcher systemd = new SystemdLauncher(SystemdLauncher.SOCKET, SystemdLauncher.STOP_SOCKET);
    if (systemd.unavailable().isEmpty()) {
      return systemd;
    }
    ClassPath classPath;
    try {
      classPath =
          ClassPath.of(
              Path.of(String.valueOf(context.getProperty("commonshub.home"))),
              Path.of(String.valueOf(context.getProperty("commonshub.repository"))));
    } catch (IOException e) {
      return new NoLauncher("The image is not complete, apps cannot run: " + e.getMessage() + ".");
    }
    Launcher jail = new LocalLauncher(classPath, false, List.of());
    if (unconfined && jail.unavailable().isPresent()) {
      LOG.warn("Apps run without walls (setting unconfined): never do this in a home.");
      return new LocalLauncher(classPath, true, List.of());
    }
    return jail;
  }

  @Override
  public Place place() {
    return Place.ZONE;
  }

  @Override
  public Optional<String> unavailable() {
    return launcher.unavailable();
  }

  @Override
  public Running start(Path jar, AppSession session) throws AppException {
    AppManifest manifest = session.manifest();
    Optional<String> unavailable = unavailable();
    if (unavailable.isPresent()) {
      throw new AppException(AppException.Reason.FAILED, unavailable.get());
    }
    if (manifest.kind() != AppManifest.Kind.APP) {
      throw new AppException(
          AppException.Reason.FAILED,
          manifest.id() + " is no app; drivers, policies and ledger clients run in the hub.");
    }
    ZoneApp app = enter(manifest, session);
    Zone zone = app.zone();
    boolean good = false;
    try {
      zone.await();
      app.start(jar);
      good = true;
      return app;
    } finally {
      if (!good) {
        app.close();
      }
    }
  }

  private ZoneApp enter(AppManifest manifest, AppSession session) throws AppException {
    String provider = manifest.provider().id() + (launcher.confined() ? "" : " (without walls)");
    int memory = manifest.resources().memoryMb();
    synchronized (zones) {
      Zone zone = zones.get(provider);
      if (zone == null || zone.over()) {
        int sum = Math.max(wanted.getOrDefault(provider, 0), memory + ROOM_MB);
        zone = new Zone(provider, launcher, BASE_MB + sum, this::gone);
        zones.put(provider, zone);
        ZoneApp app = zone.enter(session);
        zone.start();
        return app;
      }
      int sum = zone.askedMb() + memory;
      if (BASE_MB + sum > zone.heapMb()) {
        wanted.put(provider, sum);
        throw new AppException(
            AppException.Reason.NOT_NOW,
            "The apps of "
                + provider
                + " need "
                + sum
                + " MB together, more than their process was started with: switch the others off"
                + " and on again.");
      }
      return zone.enter(session);
    }
  }

  private void gone(Zone zone) {
    synchronized (zones) {
      zones.remove(zone.provider(), zone);
    }
  }

  /** Zones that run. */
  List<Zone> zones() {
    synchronized (zones) {
      return new ArrayList<>(zones.values());
    }
  }

  /** Ends all. */
  @Deactivate
  public void stop() {
    for (Zone zone : zones()) {
      zone.halt("Apps in zones were stopped, because apps.zone was.");
    }
    zones().forEach(Zone::join);
  }
}
