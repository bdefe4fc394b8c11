package org.commonshub.console.rest;

import jakarta.servlet.http.HttpServlet;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** The REST API put together: what the container serves and the bus feeds. */
final class Api implements AutoCloseable {
  private final ThreadPoolExecutor background;
  private final Router router;
  private final Live live;
  private final Guard guard;
  private final Sessions sessions;

  /**
   * What the API needs besides the services.
   *
   * @param version of the hub
   * @param hostNames names accepted besides localhost and addresses
   * @param idle sessions unused for longer end
   * @param absolute sessions older than this end
   * @param nanos monotonic nanoseconds
   */
  record Setup(
      String version,
      List<String> hostNames,
      Duration idle,
      Duration absolute,
      LongSupplier nanos) {}

  Api(Services services, Setup setup) {
    background =
        new ThreadPoolExecutor(
            1,
            1,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(64),
            task -> {
              Thread thread = new Thread(task, "console.rest background");
              thread.setDaemon(true);
              return thread;
            });
    background.allowCoreThreadTimeOut(true);
    sessions =
        new Sessions(
            setup.nanos(),
            setup.idle(),
            setup.absolute(),
            delegation ->
                services
                    .delegationsIfPresent()
                    .map(all -> all.accepted().contains(delegation))
                    .orElse(false));
    guard = new Guard(setup.hostNames());
    router = new Router(services, sessions);
    NowApi now = new NowApi(services);
    HealthApi health = new HealthApi(services);
    live = new Live(sessions, now, health::write, background);
    SessionApi session = new SessionApi(services, sessions, setup.version());
    session.register(router);
    now.register(router);
    live.register(router);
    new DevicesApi(services, background).register(router);
    new FindApi(services).register(router);
    new ControlApi(services, background).register(router);
    new IdentityApi(services).register(router);
    new DelegationsApi(services, session).register(router);
    new TrustApi(services).register(router);
    new ReceiptsApi(services).register(router);
    new NeighboursApi(services).register(router);
    new PrivacyApi(services).register(router);
    new ReleasedApi(services).register(router);
    new AppsApi(services, background).register(router);
    new CataloguesApi(services, background).register(router);
    health.register(router);
    new EnergyApi(services).register(router);
    new HistoryApi(services).register(router);
    new SettingsApi(services).register(router);
    new AdminApi(services, sessions).register(router);
    new SystemApi(services, setup.version(), setup.nanos()).register(router);
  }

  Router router() {
    return router;
  }

  HttpServlet servlet() {
    return new ApiServlet(router);
  }

  Guard guard() {
    return guard;
  }

  Live live() {
    return live;
  }

  Sessions sessions() {
    return sessions;
  }

  @Override
  public void close() {
    live.close();
    background.shutdownNow();
  }
}
