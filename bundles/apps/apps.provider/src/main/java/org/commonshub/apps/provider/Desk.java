package org.commonshub.apps.provider;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.commonshub.apps.api.Card;
import org.commonshub.apps.desk.api.AppDesk;
import org.commonshub.apps.desk.api.AppException;
import org.commonshub.apps.desk.api.AppException.Reason;
import org.commonshub.apps.desk.api.AppId;
import org.commonshub.apps.desk.api.AppSession;
import org.commonshub.apps.desk.api.Catalogues;
import org.commonshub.apps.desk.api.Catalogues.Source;
import org.commonshub.apps.desk.api.Grants;
import org.commonshub.apps.desk.api.Listing;
import org.commonshub.apps.desk.api.Place;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The desk: all installations, and what none of them does alone. */
final class Desk implements AppDesk {
  /** Most apps that are here at a time. */
  static final int MAX_APPS = 64;

  private static final Logger LOG = LoggerFactory.getLogger(Desk.class);
  private static final Duration TICK = Duration.ofMinutes(1);
  private static final int END_S = 15;

  private final Installation.House house;
  private final Executor workers;
  private final Executor fetching;
  private final Map<AppId, Installation> apps = new ConcurrentHashMap<>();
  private volatile boolean ticking;
  private volatile boolean closed;

  /**
   * Opens the desk with what is here; nothing starts before {@link #changed}.
   *
   * @param workers run steps; several at a time
   * @param fetching runs what may take long
   */
  Desk(Installation.House house, Executor workers, Executor fetching) throws IOException {
    this.house = house;
    this.workers = workers;
    this.fetching = fetching;
    house
        .shelf()
        .load()
        .forEach(
            (app, state) -> {
              try {
                Listing listing = house.shelf().listing(app, state.version());
                apps.put(app, new Installation(app, house, new Lane(workers), listing, state));
              } catch (IOException e) {
                LOG.error(
                    "{} is left out: {} Its files are kept; install it again.",
                    app,
                    e.getMessage());
              }
            });
    tick();
  }

  private synchronized void tick() {
    if (!ticking && !apps.isEmpty() && !closed) {
      ticking = true;
      house.later().after(TICK, this::everyMinute);
    }
  }

  private void everyMinute() {
    ticking = false;
    apps.values().forEach(Installation::tick);
    apps.values().removeIf(Installation::erased);
    tick();
  }

  /** A part of the hub came, went or changed: every app looks whether it should run. */
  void changed(boolean closely) {
    apps.values().forEach(it -> it.look(closely));
  }

  /** A catalogue changed. */
  void changed(String source) {
    apps.values().stream().filter(it -> it.source().equals(source)).forEach(it -> it.look(true));
  }

  /** An app's licence changed. */
  void changed(AppId app) {
    Installation it = apps.get(app);
    if (it != null) {
      it.look(false);
    }
  }

  /** The licences came. */
  void licencesCame() {
    apps.values().forEach(Installation::licencesCame);
  }

  @Override
  public List<Offer> offers() {
    Catalogues catalogues = house.parts().catalogues.get();
    if (catalogues == null) {
      return List.of();
    }
    Map<String, Source> sources = new HashMap<>();
    catalogues.sources().forEach(source -> sources.put(source.name(), source));
    Map<String, Listing> best = new LinkedHashMap<>();
    for (Listing listing : catalogues.listings()) { // The newest comes first.
      best.merge(
          listing.source() + " " + listing.manifest().id(),
          listing,
          (a, b) -> a.withdrawn().isPresent() && b.withdrawn().isEmpty() ? b : a);
    }
    List<Offer> offers = new ArrayList<>();
    for (Listing listing : best.values()) {
      Installation here = apps.get(listing.manifest().id());
      offers.add(
          new Offer(
              listing,
              Risks.asked(listing.manifest()),
              here == null || here.gone()
                  ? Optional.empty()
                  : Optional.of(here.manifest().version()),
              blocked(listing, sources.get(listing.source()))));
    }
    offers.sort(
        Comparator.comparing((Offer offer) -> offer.listing().manifest().id())
            .thenComparing(offer -> offer.listing().source()));
    return List.copyOf(offers);
  }

  private static Optional<String> blocked(Listing listing, Source source) {
    if (listing.withdrawn().isPresent()) {
      return Optional.of("It was withdrawn: " + Texts.plain(listing.withdrawn().get(), 300));
    }
    if (source == null || source.state() != Source.State.FRESH) {
      return Optional.of("Its catalogue is not up to date; nothing new is installed from it.");
    }
    return Optional.empty();
  }

  @Override
  public List<Installed> apps() {
    return apps.entrySet().stream()
        .filter(entry -> !entry.getValue().gone())
        .sorted(Map.Entry.comparingByKey())
        .map(entry -> view(entry.getKey(), entry.getValue()))
        .toList();
  }

  private Installed view(AppId app, Installation it) {
    String provider = it.manifest().provider().id();
    return it.view(
        it.place() == Place.ZONE
            ? apps.entrySet().stream()
                .filter(other -> !other.getKey().equals(app))
                .filter(other -> !other.getValue().gone())
                .filter(other -> other.getValue().place() == Place.ZONE)
                .filter(other -> other.getValue().manifest().provider().id().equals(provider))
                .map(Map.Entry::getKey)
                .sorted()
                .toList()
            : List.of());
  }

  private Installation find(AppId app) throws AppException {
    Installation it = apps.get(app);
    if (it == null || it.gone()) {
      throw new AppException(Reason.UNKNOWN, "There is no app " + app + ".");
    }
    return it;
  }

  private static <T> CompletionStage<T> failed(Reason reason, String message) {
    return CompletableFuture.failedFuture(new AppException(reason, message));
  }

  @Override
  public CompletionStage<Installed> install(AppId app, String source, String actor) {
    Catalogues catalogues = house.parts().catalogues.get();
    if (catalogues == null) {
      return failed(Reason.NOT_NOW, "The catalogues are not running; try again soon.");
    }
    List<Listing> versions =
        catalogues.listings().stream()
            .filter(listing -> listing.manifest().id().equals(app))
            .filter(listing -> listing.source().equals(source))
            .toList();
    Optional<Listing> newest =
        versions.stream().filter(listing -> listing.withdrawn().isEmpty()).findFirst();
    if (versions.isEmpty()) {
      return failed(Reason.UNKNOWN, "The catalogue " + source + " lists no app " + app + ".");
    }
    if (newest.isEmpty()) {
      return failed(
          Reason.UNTRUSTED,
          "It was withdrawn: " + Texts.plain(versions.get(0).withdrawn().orElseThrow(), 300));
    }
    apps.values().removeIf(Installation::erased);
    if (apps.size() >= MAX_APPS) {
      return failed(Reason.NOT_NOW, "There are " + MAX_APPS + " apps here; remove one first.");
    }
    Installation it = new Installation(app, house, new Lane(workers), newest.get(), null);
    if (apps.putIfAbsent(app, it) != null) {
      return failed(Reason.NOT_NOW, "It is here already, or still being removed.");
    }
    tick();
    CompletableFuture<Installed> done = new CompletableFuture<>();
    Consumer<Throwable> failure =
        e -> {
          it.discard();
          apps.remove(app, it);
          AppException problem = Installation.problem(e);
          house.parts().audit(actor, "apps.install", app.name(), problem.getMessage());
          done.completeExceptionally(problem);
        };
    try {
      fetching.execute(
          () -> {
            try {
              it.install(actor);
            } catch (AppException | RuntimeException e) {
              failure.accept(e);
              return;
            }
            done.complete(view(app, it));
          });
    } catch (RejectedExecutionException e) {
      apps.remove(app, it);
      return failed(Reason.NOT_NOW, "Too many apps are being fetched; try again in a few minutes.");
    }
    return done;
  }

  @Override
  public Installed consent(AppId app, Grants grants, Place place, String actor)
      throws AppException {
    Installation it = find(app);
    it.consent(grants, place, actor);
    return view(app, it);
  }

  @Override
  public Installed enable(AppId app, boolean on, String actor) throws AppException {
    Installation it = find(app);
    it.enable(on, actor);
    return view(app, it);
  }

  @Override
  public CompletionStage<Installed> update(AppId app, String actor) {
    CompletableFuture<Installed> done = new CompletableFuture<>();
    try {
      Installation it = find(app);
      it.update(fetching, actor)
          .whenComplete(
              (nothing, failure) -> {
                if (failure == null) {
                  done.complete(view(app, it));
                } else {
                  done.completeExceptionally(Installation.problem(failure));
                }
              });
    } catch (AppException e) {
      done.completeExceptionally(e);
    }
    return done;
  }

  @Override
  public Installed rollback(AppId app, String actor) throws AppException {
    Installation it = find(app);
    it.rollback(actor);
    return view(app, it);
  }

  @Override
  public void remove(AppId app, String actor) throws AppException {
    Installation it = find(app);
    if (it.remove(actor)) {
      apps.remove(app, it);
    }
  }

  @Override
  public void export(AppId app, OutputStream out) throws AppException, IOException {
    find(app).export(out);
  }

  @Override
  public CompletionStage<List<Card>> cards(AppId app, Locale locale) {
    try {
      return find(app).cards(locale);
    } catch (AppException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public CompletionStage<Optional<String>> submit(
      AppId app, String form, Map<String, String> values, Locale locale) {
    try {
      return find(app).submit(form, values, locale);
    } catch (AppException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public List<AppSession.LogLine> log(AppId app) throws AppException {
    return find(app).log();
  }

  /** Stops everything that runs; it stays wanted. */
  void close() throws InterruptedException {
    closed = true;
    CountDownLatch left = new CountDownLatch(apps.size());
    apps.values().forEach(it -> it.shutdown(left::countDown));
    if (!left.await(END_S, TimeUnit.SECONDS)) {
      LOG.warn("Not every app stopped within {} s.", END_S);
    }
  }
}
