package org.commonshub.apps.zone.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.commonshub.apps.api.App;
import org.commonshub.apps.api.AppActuators;
import org.commonshub.apps.api.AppHome;
import org.commonshub.apps.api.AppHttp;
import org.commonshub.apps.api.AppLicence;
import org.commonshub.apps.api.AppLog;
import org.commonshub.apps.api.AppStore;
import org.commonshub.apps.api.AppTimers;
import org.commonshub.apps.sandbox.api.Profile;
import org.commonshub.apps.sandbox.api.Sandbox;
import org.commonshub.apps.zone.wire.Args;
import org.commonshub.apps.zone.wire.Ask;
import org.commonshub.apps.zone.wire.CardCodec;
import org.commonshub.apps.zone.wire.Message;
import org.commonshub.apps.zone.wire.Outcome;
import org.commonshub.apps.zone.wire.ProcessFigures;
import org.commonshub.apps.zone.wire.Values;
import org.commonshub.apps.zone.wire.WireException;
import org.commonshub.privacy.api.EnergyData;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.ServiceFactory;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;

/** The apps of this zone, and what the hub asks of them. */
final class Apps {
  private static final int MAX_JAR = 64 << 20;

  private final HubLink link;
  private final BundleContext context;
  private final Path storage;
  private final Map<Integer, Running> apps = new ConcurrentHashMap<>();
  private final Map<String, Running> byLocation = new ConcurrentHashMap<>();

  /** An app. */
  private final class Running {
    final int number;
    final AppThread thread;
    final Services services;
    final Path jar;
    String location = "";
    Set<String> granted = Set.of();
    Sandbox.Permit permit;
    Bundle bundle;
    App app;

    Running(int number) {
      this.number = number;
      thread = new AppThread(number);
      services = new Services(link, number, thread);
      jar = storage.resolve(number + ".jar");
    }

    void start(Args args) throws WireException, IOException, BundleException {
      String name = args.text(96);
      location = "app:" + name + "/" + args.text(32);
      granted = Values.set(args.args());
      if (byLocation.putIfAbsent(location, this) != null) {
        throw new IllegalStateException(name + " runs already");
      }
      permit = permit();
      try (InputStream in = Files.newInputStream(jar)) {
        bundle = context.installBundle(location, in);
      }
      Files.delete(jar);
      bundle.start(Bundle.START_TRANSIENT);
      ServiceReference<?>[] offered = bundle.getRegisteredServices();
      if (offered != null) {
        for (ServiceReference<?> reference : offered) {
          if (context.getService(reference) instanceof App found) {
            app = found;
            return;
          }
        }
      }
      throw new IllegalStateException(
          "its component that offers App did not start; see what it needs and its constructor");
    }

    private Sandbox.Permit permit() {
      if (ZoneFramework.UNFENCED) {
        return () -> {};
      }
      ServiceReference<Sandbox> reference = context.getServiceReference(Sandbox.class);
      if (reference == null) {
        throw new IllegalStateException("there is no sandbox in the zone");
      }
      return context.getService(reference).permit(location, Profile.APP, granted);
    }

    void stop() throws BundleException {
      try {
        if (bundle != null) {
          bundle.stop(Bundle.STOP_TRANSIENT);
          bundle.uninstall();
        }
      } finally {
        byLocation.remove(location, this);
        apps.remove(number);
        if (permit != null) {
          permit.close();
        }
        thread.end();
      }
    }
  }

  Apps(HubLink link, BundleContext context, Path storage) {
    this.link = link;
    this.context = context;
    this.storage = storage;
    offer(AppHome.class, services -> services.home());
    offer(AppLog.class, services -> services.log());
    offer(AppTimers.class, services -> services.timers());
    offer(AppLicence.class, services -> services.licence());
    offer(AppStore.class, services -> services.store());
    offer(AppHttp.class, services -> services.http());
    offer(AppActuators.class, services -> services.actuators());
    offer(EnergyData.class, services -> services.energy());
  }

  private <T> void offer(Class<T> type, Function<Services, T> view) {
    Hashtable<String, Object> properties = new Hashtable<>();
    properties.put("apps.host", true);
    context.registerService(
        type.getName(),
        new ServiceFactory<T>() {
          @Override
          public T getService(Bundle bundle, ServiceRegistration<T> registration) {
            Running running = byLocation.get(bundle.getLocation());
            return running == null || !running.granted.contains(type.getName())
                ? null
                : view.apply(running.services);
          }

          @Override
          public void ungetService(Bundle bundle, ServiceRegistration<T> registration, T service) {
            // The hub ends what the app held.
          }
        },
        properties);
  }

  /** Called on the thread that reads; only passes on. */
  void request(Message message) {
    try {
      Ask ask = message.code(Ask.class);
      int number = message.app();
      switch (ask) {
        case PING -> link.answer(0, message.id(), Outcome.OK, figures());
        case JAR -> {
          receive(number, message.args().bytes(MAX_JAR));
          link.answer(number, message.id(), Outcome.OK);
        }
        default -> {
          Running running = app(number);
          running.thread.execute(() -> perform(running, ask, message));
        }
      }
    } catch (WireException | IOException | RuntimeException e) {
      fail(message, e);
    }
  }

  private Running app(int number) {
    Running running = apps.get(number);
    if (running == null) {
      throw new IllegalStateException("that app does not run");
    }
    return running;
  }

  private void receive(int number, byte[] piece) throws IOException {
    Path jar = apps.computeIfAbsent(number, Running::new).jar;
    Files.write(jar, piece, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private Object[] figures() {
    ProcessFigures figures = ProcessFigures.of("self");
    Map<Object, Object> cpu = new HashMap<>();
    figures.apps().forEach((app, ms) -> cpu.put((long) app, ms));
    return new Object[] {figures.residentBytes(), figures.cpuMs(), (long) figures.threads(), cpu};
  }

  /** On the app's thread. */
  private void perform(Running running, Ask ask, Message message) {
    try {
      Args args = message.args();
      Object[] answer = new Object[0];
      switch (ask) {
        case START -> {
          try {
            running.start(args);
          } catch (Throwable e) {
            running.stop();
            throw e;
          }
        }
        case STOP -> running.stop();
        case CARDS ->
            answer =
                new Object[] {
                  CardCodec.encode(running.app.cards(Locale.forLanguageTag(args.text(64))))
                };
        case SUBMIT -> {
          String form = args.text(32);
          Map<String, String> values = args.texts(64, 64, 4096);
          answer =
              new Object[] {
                running
                    .app
                    .submit(form, values, Locale.forLanguageTag(args.text(64)))
                    .map(text -> Values.cut(text, Outcome.MAX_SENTENCE))
                    .orElse(null)
              };
        }
        case PROBLEM ->
            answer =
                new Object[] {
                  running
                      .app
                      .problem()
                      .map(text -> Values.cut(text, Outcome.MAX_SENTENCE))
                      .orElse(null)
                };
        case TIMER -> running.services.due(args.number(0, Long.MAX_VALUE));
        case RELEASE -> {
          long flow = args.number(0, Long.MAX_VALUE);
          running.services.released(flow, Values.release(args.args()));
        }
        default -> {}
      }
      link.answer(running.number, message.id(), Outcome.OK, answer);
    } catch (OutOfMemoryError e) {
      Runtime.getRuntime().halt(3);
    } catch (Throwable e) {
      fail(message, e);
    }
  }

  private void fail(Message message, Throwable e) {
    Set<Throwable> seen = new HashSet<>();
    Throwable root = e;
    while (root.getCause() != null && seen.add(root)) {
      root = root.getCause();
    }
    String text = root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
    link.answer(
        message.app(),
        message.id(),
        Outcome.FAILED,
        Values.cut(text.replaceAll("\\s+", " "), Outcome.MAX_SENTENCE));
  }
}
