package org.commonshub.testing.fakes;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.commonshub.apps.api.Card;
import org.commonshub.apps.desk.api.AppDesk;
import org.commonshub.apps.desk.api.AppException;
import org.commonshub.apps.desk.api.AppException.Reason;
import org.commonshub.apps.desk.api.AppId;
import org.commonshub.apps.desk.api.AppManifest.ActuatorRequest;
import org.commonshub.apps.desk.api.AppManifest.HostRequest;
import org.commonshub.apps.desk.api.AppSession;
import org.commonshub.apps.desk.api.Catalogues;
import org.commonshub.apps.desk.api.Grants;
import org.commonshub.apps.desk.api.Licences;
import org.commonshub.apps.desk.api.Listing;
import org.commonshub.apps.desk.api.Place;
import org.commonshub.apps.desk.api.Risk;
import org.commonshub.privacy.api.EnergyData;

/**
 * A desk in memory that fetches nothing and runs nothing: for testing who talks to the desk. Apps
 * stand in it as the real one would have them. Any thread.
 */
public final class FakeAppDesk implements AppDesk {
  private static final AppSession.Usage USAGE =
      new AppSession.Usage(1_200, 9_000_000, 4_096, 20_480, 96, 3, 0, false);

  /** An app that is here. */
  private static final class Held {
    Listing listing;
    Step step = Step.ASKING;
    Optional<String> problem = Optional.empty();
    Place place = Place.ZONE;
    Grants grants = Grants.NONE;
    List<EnergyData.Grant> data = List.of();
    Optional<Listing> previous = Optional.empty();
    List<Card> cards = List.of();
    Optional<String> answer = Optional.empty();
    final List<AppSession.LogLine> log = new ArrayList<>();

    Held(Listing listing) {
      this.listing = listing;
    }
  }

  private final Catalogues catalogues;
  private final Licences licences;
  private final Map<AppId, Held> held = new TreeMap<>();
  private final List<String> calls = new ArrayList<>();

  /**
   * A desk.
   *
   * @param catalogues what may be installed
   * @param licences what was bought
   */
  public FakeAppDesk(Catalogues catalogues, Licences licences) {
    this.catalogues = catalogues;
    this.licences = licences;
  }

  /** What was done: {@code ACTOR install APP}, …. */
  public synchronized List<String> calls() {
    return List.copyOf(calls);
  }

  /** What an app shows from now on. */
  public synchronized void show(AppId app, List<Card> cards) {
    held.get(app).cards = List.copyOf(cards);
  }

  /** What an app answers to forms from now on; empty if it takes them. */
  public synchronized void answer(AppId app, Optional<String> why) {
    held.get(app).answer = why;
  }

  /** A line in an app's log. */
  public synchronized void say(AppId app, Instant at, boolean warning, String text) {
    held.get(app).log.add(0, new AppSession.LogLine(at, warning, text));
  }

  /** What stands at the gate for an app. */
  public synchronized void data(AppId app, EnergyData.Grant... grants) {
    held.get(app).data = List.of(grants);
  }

  /** The hub put an app into a state. */
  public synchronized void step(AppId app, Step step, String problem) {
    held.get(app).step = step;
    held.get(app).problem = problem.isEmpty() ? Optional.empty() : Optional.of(problem);
  }

  @Override
  public synchronized List<Offer> offers() {
    Map<String, Offer> offers = new LinkedHashMap<>();
    for (Listing listing : catalogues.listings()) {
      AppId app = listing.manifest().id();
      Offer offer =
          new Offer(
              listing,
              risk(listing),
              Optional.ofNullable(held.get(app)).map(h -> h.listing.manifest().version()),
              listing.withdrawn().map(why -> "It was withdrawn: " + why));
      offers.merge(
          listing.source() + " " + app,
          offer,
          (a, b) -> a.blocked().isPresent() && b.blocked().isEmpty() ? b : a);
    }
    return List.copyOf(offers.values());
  }

  @Override
  public synchronized List<Installed> apps() {
    return held.keySet().stream().map(this::view).toList();
  }

  @Override
  public synchronized CompletionStage<Installed> install(AppId app, String source, String actor) {
    calls.add(actor + " install " + app);
    Optional<Offer> offer =
        offers().stream()
            .filter(o -> o.listing().manifest().id().equals(app))
            .filter(o -> o.listing().source().equals(source))
            .findFirst();
    if (offer.isEmpty()) {
      return failed(Reason.UNKNOWN, "The catalogue " + source + " lists no app " + app + ".");
    }
    if (offer.get().blocked().isPresent()) {
      return failed(Reason.UNTRUSTED, offer.get().blocked().get());
    }
    if (held.containsKey(app)) {
      return failed(Reason.NOT_NOW, "It is here already.");
    }
    held.put(app, new Held(offer.get().listing()));
    licences.admit(offer.get().listing());
    return CompletableFuture.completedFuture(view(app));
  }

  @Override
  public synchronized Installed consent(AppId app, Grants grants, Place place, String actor)
      throws AppException {
    calls.add(actor + " consent " + app);
    Held it = find(app);
    List<String> hosts = it.listing.manifest().hosts().stream().map(HostRequest::host).toList();
    List<String> actuators =
        it.listing.manifest().actuators().stream().map(ActuatorRequest::key).toList();
    if (!hosts.containsAll(grants.hosts()) || !actuators.containsAll(grants.actuators())) {
      throw new AppException(Reason.NOT_NOW, "The app does not ask for that.");
    }
    it.grants = grants;
    it.place = place;
    if (it.step == Step.ASKING) {
      it.step = Step.OFF;
    }
    return view(app);
  }

  @Override
  public synchronized Installed enable(AppId app, boolean on, String actor) throws AppException {
    calls.add(actor + (on ? " enable " : " disable ") + app);
    Held it = find(app);
    if (it.step == Step.ASKING || it.step == Step.REFUSED) {
      throw new AppException(Reason.NOT_NOW, "Say first what it may do.");
    }
    if (on && !licences.standing(app).mayRun()) {
      throw new AppException(Reason.UNLICENSED, "It has to be bought or tried first.");
    }
    it.step = on ? Step.ON : Step.OFF;
    it.problem = Optional.empty();
    return view(app);
  }

  @Override
  public synchronized CompletionStage<Installed> update(AppId app, String actor) {
    calls.add(actor + " update " + app);
    Held it = held.get(app);
    Optional<Listing> next = it == null ? Optional.empty() : newer(it.listing);
    if (next.isEmpty()) {
      return failed(Reason.NOT_NOW, "There is nothing newer.");
    }
    it.previous = Optional.of(it.listing);
    it.listing = next.get();
    licences.admit(it.listing);
    return CompletableFuture.completedFuture(view(app));
  }

  @Override
  public synchronized Installed rollback(AppId app, String actor) throws AppException {
    calls.add(actor + " rollback " + app);
    Held it = find(app);
    it.listing =
        it.previous.orElseThrow(
            () -> new AppException(Reason.NOT_NOW, "There is no version before this one."));
    it.previous = Optional.empty();
    return view(app);
  }

  @Override
  public synchronized void remove(AppId app, String actor) throws AppException {
    calls.add(actor + " remove " + app);
    find(app);
    held.remove(app);
    licences.dismiss(app);
  }

  @Override
  public void export(AppId app, OutputStream out) throws AppException, IOException {
    synchronized (this) {
      find(app);
    }
    ZipOutputStream zip = new ZipOutputStream(out);
    zip.putNextEntry(new ZipEntry("settings"));
    zip.write("kept".getBytes(StandardCharsets.UTF_8));
    zip.closeEntry();
    zip.finish();
  }

  @Override
  public synchronized CompletionStage<List<Card>> cards(AppId app, Locale locale) {
    Held it = held.get(app);
    return it == null || it.step != Step.ON
        ? failed(Reason.NOT_NOW, "It does not run.")
        : CompletableFuture.completedFuture(it.cards);
  }

  @Override
  public synchronized CompletionStage<Optional<String>> submit(
      AppId app, String form, Map<String, String> values, Locale locale) {
    Held it = held.get(app);
    calls.add("submit " + app + " " + form + " " + new TreeMap<>(values));
    return it == null || it.step != Step.ON
        ? failed(Reason.NOT_NOW, "It does not run.")
        : CompletableFuture.completedFuture(it.answer);
  }

  @Override
  public synchronized List<AppSession.LogLine> log(AppId app) throws AppException {
    return List.copyOf(find(app).log);
  }

  private Held find(AppId app) throws AppException {
    Held it = held.get(app);
    if (it == null) {
      throw new AppException(Reason.UNKNOWN, "There is no app " + app + ".");
    }
    return it;
  }

  private Optional<Listing> newer(Listing listing) {
    return catalogues.listings().stream()
        .filter(other -> other.manifest().id().equals(listing.manifest().id()))
        .filter(other -> other.source().equals(listing.source()))
        .filter(other -> other.withdrawn().isEmpty())
        .findFirst()
        .filter(other -> other.manifest().version().compareTo(listing.manifest().version()) > 0);
  }

  private Installed view(AppId app) {
    Held it = held.get(app);
    Optional<Listing> update = newer(it.listing);
    return new Installed(
        it.listing,
        it.step,
        it.problem,
        risk(it.listing),
        it.place,
        held.values().stream()
            .map(other -> other.listing.manifest())
            .filter(other -> !other.id().equals(app))
            .filter(other -> other.provider().id().equals(provider(it.listing)))
            .map(other -> other.id())
            .toList(),
        it.grants,
        it.data,
        licences.standing(app),
        it.step == Step.ON ? Optional.of(USAGE) : Optional.empty(),
        it.previous.map(listing -> listing.manifest().version()),
        update,
        update
            .map(
                next ->
                    next.manifest().hosts().size() > it.listing.manifest().hosts().size()
                        || next.manifest().data().size() > it.listing.manifest().data().size())
            .orElse(false));
  }

  private static String provider(Listing listing) {
    return listing.manifest().provider().id();
  }

  private static Risk risk(Listing listing) {
    boolean data = !listing.manifest().data().isEmpty();
    if (data && !listing.manifest().hosts().isEmpty()) {
      return new Risk(Risk.Rating.HIGH, List.of("fine-data+network"));
    }
    return data
        ? new Risk(Risk.Rating.LOW, List.of("data-stays"))
        : new Risk(Risk.Rating.LOW, List.of("nothing"));
  }

  private static <T> CompletionStage<T> failed(Reason reason, String message) {
    return CompletableFuture.failedFuture(new AppException(reason, message));
  }
}
