package org.commonshub.apps.provider;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.commonshub.apps.api.App;
import org.commonshub.apps.api.Card;
import org.commonshub.apps.desk.api.AppException;
import org.commonshub.apps.desk.api.AppException.Reason;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.desk.api.AppRunner;
import org.commonshub.apps.desk.api.AppSession;
import org.commonshub.apps.desk.api.Place;
import org.commonshub.apps.sandbox.api.Profile;
import org.commonshub.apps.sandbox.api.Sandbox;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceListener;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.SynchronousBundleListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs apps in the hub itself: a bundle at {@code app:ID/VERSION}, started transiently, its code
 * called on the app's thread only. Drivers, policies and ledger clients run the same way, without
 * services of an app.
 */
final class InsideRunner implements AppRunner, Plain {
  private static final Logger LOG = LoggerFactory.getLogger(InsideRunner.class);
  private static final String API = "org.commonshub.apps.api.";
  private static final String METERING = "org.commonshub.metering.api.";
  private static final String ENERGY = "org.commonshub.privacy.api.EnergyData";
  private static final String CLOCK = "org.commonshub.platform.api.HubClock";
  private static final int START_S = 15;
  private static final int CALL_S = 5;
  private static final int STOP_S = 2;

  private final BundleContext context;
  private final Supplier<Sandbox> sandbox;

  InsideRunner(BundleContext context, Supplier<Sandbox> sandbox) {
    this.context = context;
    this.sandbox = sandbox;
  }

  @Override
  public Place place() {
    return Place.INSIDE;
  }

  @Override
  public Optional<String> unavailable() {
    return Optional.empty();
  }

  /** Names of the services that an app finds: what its manifest asks for. */
  static Set<String> services(AppManifest manifest) {
    Set<String> names = new TreeSet<>();
    switch (manifest.kind()) {
      case APP -> {
        for (String name : List.of("AppHome", "AppTimers", "AppLog", "AppLicence")) {
          names.add(API + name);
        }
        if (manifest.resources().storageKb() > 0) {
          names.add(API + "AppStore");
        }
        if (!manifest.hosts().isEmpty()) {
          names.add(API + "AppHttp");
        }
        if (!manifest.actuators().isEmpty()) {
          names.add(API + "AppActuators");
        }
      }
      case DRIVER -> {
        for (String name : List.of("DeviceInbox", "DeviceServer", "Modbus")) {
          names.add(METERING + name);
        }
        names.add(CLOCK);
      }
      case POLICY, LEDGER -> names.add(CLOCK);
    }
    if (!manifest.data().isEmpty()) {
      names.add(ENERGY);
    }
    return names;
  }

  @Override
  public Running start(Path jar, AppSession session) throws AppException {
    Inside inside = install(jar, session.manifest());
    try {
      // Its constructor runs while the bundle starts, or while the service is got.
      await(session.call(inside::begin, START_S), START_S);
      inside.found.get(START_S, TimeUnit.SECONDS);
      inside.app = await(session.call(inside::get, START_S), START_S);
      inside.session = session;
      return inside;
    } catch (ExecutionException | TimeoutException | RuntimeException e) {
      inside.close();
      throw new AppException(Reason.FAILED, why(e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      inside.close();
      throw new AppException(Reason.NOT_NOW, "The hub is stopping.", e);
    }
  }

  @Override
  public Running start(Path jar, AppManifest manifest) throws AppException {
    Inside inside = install(jar, manifest);
    try {
      aside("start " + inside.bundle.getLocation(), inside::begin).get(START_S, TimeUnit.SECONDS);
      return inside;
    } catch (ExecutionException | TimeoutException | RuntimeException e) {
      inside.close();
      throw new AppException(Reason.FAILED, why(e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      inside.close();
      throw new AppException(Reason.NOT_NOW, "The hub is stopping.", e);
    }
  }

  private static <T> T await(CompletionStage<T> stage, int seconds)
      throws ExecutionException, TimeoutException, InterruptedException {
    return stage.toCompletableFuture().get(seconds + 1L, TimeUnit.SECONDS);
  }

  private static String why(Exception e) {
    if (e instanceof TimeoutException) {
      return "It did not start within " + START_S + " seconds.";
    }
    Throwable cause = e;
    while ((cause instanceof ExecutionException || cause instanceof IllegalStateException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return "It did not start: " + Texts.plain(String.valueOf(cause.getMessage()), 200);
  }

  /** Does something on a thread of its own that may be stuck for ever in code of others. */
  private static CompletableFuture<Void> aside(String name, Supplier<Void> work) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                done.complete(work.get());
              } catch (RuntimeException | Error e) {
                done.completeExceptionally(e);
              }
            },
            "apps " + name);
    thread.setDaemon(true);
    thread.start();
    return done;
  }

  private Inside install(Path jar, AppManifest manifest) throws AppException {
    Sandbox walls = sandbox.get();
    if (walls == null) {
      throw new AppException(Reason.NOT_NOW, "The sandbox is not running.");
    }
    String location = "app:" + manifest.id() + "/" + manifest.version();
    Bundle left = context.getBundle(location);
    try (InputStream in = Files.newInputStream(jar)) {
      if (left != null) {
        left.uninstall();
      }
      Sandbox.Permit permit =
          walls.permit(location, Profile.valueOf(manifest.kind().name()), services(manifest));
      try {
        Bundle bundle = context.installBundle(location, in);
        if (bundle.getState() == Bundle.UNINSTALLED) {
          throw new BundleException("the sandbox refused it; the hub's log says why");
        }
        return new Inside(bundle, permit);
      } catch (BundleException | RuntimeException e) {
        permit.close();
        throw e;
      }
    } catch (BundleException | IOException | RuntimeException e) {
      throw new AppException(
          Reason.FAILED,
          "It could not be installed: " + Texts.plain(String.valueOf(e.getMessage()), 200),
          e);
    }
  }

  /** A bundle of others that runs. */
  private final class Inside implements Running, ServiceListener, SynchronousBundleListener {
    private final Bundle bundle;
    private final Sandbox.Permit permit;
    private final CompletableFuture<ServiceReference<?>> found = new CompletableFuture<>();
    private final CompletableFuture<String> ended = new CompletableFuture<>();
    private volatile AppSession session;
    private volatile App app;
    private volatile boolean closing;

    Inside(Bundle bundle, Sandbox.Permit permit) {
      this.bundle = bundle;
      this.permit = permit;
      try {
        context.addServiceListener(
            this, "(" + Constants.OBJECTCLASS + "=" + App.class.getName() + ")");
      } catch (InvalidSyntaxException e) {
        throw new IllegalStateException("the filter is a constant", e);
      }
      context.addBundleListener(this);
    }

    Void begin() {
      try {
        bundle.start(Bundle.START_TRANSIENT);
        return null;
      } catch (BundleException e) {
        throw new IllegalStateException(e.getMessage(), e);
      }
    }

    App get() {
      Object service = context.getService(found.join());
      if (service instanceof App it) {
        return it;
      }
      throw new IllegalStateException("its component could not be made");
    }

    @Override
    public void serviceChanged(ServiceEvent event) {
      ServiceReference<?> reference = event.getServiceReference();
      if (!bundle.equals(reference.getBundle())) {
        return;
      }
      if (event.getType() == ServiceEvent.REGISTERED) {
        found.complete(reference);
      } else if (event.getType() == ServiceEvent.UNREGISTERING) {
        end(
            bundle.getState() == Bundle.ACTIVE
                ? "It took its service back."
                : "Its bundle was stopped.");
      }
    }

    @Override
    public void bundleChanged(BundleEvent event) {
      if (event.getBundle().equals(bundle) && event.getType() == BundleEvent.STOPPING) {
        end("Its bundle was stopped.");
      }
    }

    private void end(String why) {
      if (!closing) {
        ended.complete(why);
      }
    }

    @Override
    public CompletionStage<List<Card>> cards(Locale locale) {
      return session.call(() -> CardCopy.of(app.cards(locale)), CALL_S);
    }

    @Override
    public CompletionStage<Optional<String>> submit(
        String form, Map<String, String> values, Locale locale) {
      return session.call(() -> CardCopy.text(app.submit(form, values, locale)), CALL_S);
    }

    @Override
    public CompletionStage<Optional<String>> problem() {
      return app == null
          ? CompletableFuture.completedFuture(Optional.empty())
          : session.call(() -> CardCopy.text(app.problem()), CALL_S);
    }

    @Override
    public CompletionStage<String> ended() {
      return ended;
    }

    @Override
    public void close() {
      closing = true;
      AppSession its = session;
      if (its != null) {
        try { // Its component ends on its own thread, if that still answers.
          its.call(this::stop, STOP_S).toCompletableFuture().get(STOP_S + 1L, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException | RuntimeException e) {
          LOG.debug("{} does not stop on its thread.", bundle.getLocation(), e);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
      try {
        aside(
                "end " + bundle.getLocation(),
                () -> {
                  permit.close();
                  return null;
                })
            .get(STOP_S, TimeUnit.SECONDS);
      } catch (ExecutionException | TimeoutException e) {
        LOG.error(
            "{} could not be stopped: its code hangs. Restart the hub to be rid of it.",
            bundle.getLocation(),
            e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      context.removeServiceListener(this);
      context.removeBundleListener(this);
    }

    private Void stop() {
      try {
        bundle.stop(Bundle.STOP_TRANSIENT);
      } catch (BundleException | IllegalStateException e) {
        LOG.debug("{} did not stop in good order.", bundle.getLocation(), e);
      }
      return null;
    }
  }
}
