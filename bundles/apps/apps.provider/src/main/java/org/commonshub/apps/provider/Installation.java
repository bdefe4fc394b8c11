package org.commonshub.apps.provider;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.commonshub.apps.api.Card;
import org.commonshub.apps.desk.api.AppDesk.Installed;
import org.commonshub.apps.desk.api.AppDesk.Step;
import org.commonshub.apps.desk.api.AppException;
import org.commonshub.apps.desk.api.AppException.Reason;
import org.commonshub.apps.desk.api.AppHosts;
import org.commonshub.apps.desk.api.AppId;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.desk.api.AppManifest.ActuatorRequest;
import org.commonshub.apps.desk.api.AppManifest.DataRequest;
import org.commonshub.apps.desk.api.AppManifest.HostRequest;
import org.commonshub.apps.desk.api.AppManifest.Kind;
import org.commonshub.apps.desk.api.AppRunner;
import org.commonshub.apps.desk.api.AppSession;
import org.commonshub.apps.desk.api.AppSession.Restriction;
import org.commonshub.apps.desk.api.AppVersion;
import org.commonshub.apps.desk.api.Catalogues;
import org.commonshub.apps.desk.api.Grants;
import org.commonshub.apps.desk.api.Licences;
import org.commonshub.apps.desk.api.Listing;
import org.commonshub.apps.desk.api.Place;
import org.commonshub.apps.desk.api.Standing;
import org.commonshub.apps.sandbox.api.Finding;
import org.commonshub.apps.sandbox.api.Profile;
import org.commonshub.apps.sandbox.api.Sandbox;
import org.commonshub.platform.api.HubClock;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.privacy.api.Terms;
import org.commonshub.privacy.api.TermsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One app that is here. Whatever changes it runs on its lane, one step after the other; what is
 * shown is read by any thread from volatile fields.
 */
final class Installation {
  private static final Logger LOG = LoggerFactory.getLogger(Installation.class);

  /** How long a person waits for a step; it goes on then. */
  private static final int PATIENCE_S = 5;

  /** {@code App.problem} has answered by then. */
  private static final int PROBLEM_S = 6;

  /**
   * What all installations share.
   *
   * @param inside whether the operator lets a provider's apps into the hub
   * @param probation how long a new version is tried
   */
  record House(
      Shelf shelf,
      Parts parts,
      Views views,
      HubClock clock,
      Later later,
      Predicate<String> inside,
      Duration probation) {}

  /** A newer version that is being tried. */
  private record Trial(Listing listing, Live live, Later.Order end) {}

  private final AppId app;
  private final House house;
  private final Lane lane;
  private final AtomicBoolean busy = new AtomicBoolean();
  private final AtomicBoolean ending = new AtomicBoolean();
  private final AtomicBoolean looking = new AtomicBoolean();

  // Written on the lane only, but for update, which is set by who asks for it.
  private volatile AppState state;
  private volatile Listing listing;
  private volatile Step step = Step.INSTALLING;
  private volatile String problem = "";
  private volatile Live live;
  private volatile AppSession opening;
  private volatile Trial trial;
  private volatile CompletableFuture<Void> update;
  private volatile boolean closing;
  private volatile boolean erased;

  // On the lane only.
  private String refused = "";
  private String stopped = "";
  private String said = "";
  private boolean verified;
  private boolean lookClosely = true;
  private boolean frozen;
  private String checked = "";
  private boolean admitted;
  private final Crashes crashes = new Crashes();

  Installation(AppId app, House house, Lane lane, Listing listing, AppState state) {
    this.app = app;
    this.house = house;
    this.lane = lane;
    this.listing = listing;
    this.state = state;
    if (state != null) {
      step = state.consented() ? state.on() ? Step.STARTING : Step.OFF : Step.ASKING;
    }
  }

  AppManifest manifest() {
    return listing.manifest();
  }

  /** Catalogue that it came from. */
  String source() {
    return listing.source();
  }

  boolean gone() {
    AppState now = state;
    return now != null && now.removing();
  }

  /** Whether nothing is left of it. */
  boolean erased() {
    return erased;
  }

  Place place() {
    AppState now = state;
    return manifest().kind() != Kind.APP ? Place.INSIDE : now == null ? Place.ZONE : now.place();
  }

  // ---------------------------------------------------------------- installing

  /** Fetches and checks; on a thread of the caller's that may take long. */
  void install(String actor) throws AppException {
    Listing fetched = listing;
    Licences licences = needed(house.parts().licences.get());
    fetch(fetched);
    AppState fresh =
        AppState.fresh(
            fetched.source(),
            fetched.manifest().version(),
            fetched.manifest().kind() == Kind.APP ? Place.ZONE : Place.INSIDE);
    try {
      house.shelf().save(app, fresh);
    } catch (IOException e) {
      throw disk(e);
    }
    licences.admit(fetched);
    state = fresh;
    step = Step.ASKING;
    house.parts().audit(actor, "apps.install", app + " " + fresh.version(), "ok");
    look(true);
  }

  /** It did not come to be: nothing is left. */
  void discard() {
    try {
      house.shelf().delete(app);
    } catch (IOException e) {
      LOG.debug("Left for the next start.", e);
    }
  }

  /** Fetches, verifies and checks a version; durable under its name when it returns. */
  private void fetch(Listing wanted) throws AppException {
    Catalogues catalogues = needed(house.parts().catalogues.get());
    Sandbox sandbox = needed(house.parts().sandbox.get());
    Path staged = null;
    try {
      staged = house.shelf().stage(app, wanted.manifest().version());
      byte[] evidence = catalogues.fetch(wanted, Shelf.jar(staged));
      Optional<String> forbidden = forbidden(sandbox, Shelf.jar(staged), wanted.manifest().kind());
      if (forbidden.isPresent()) {
        throw new AppException(Reason.FORBIDDEN_CODE, forbidden.get());
      }
      house.shelf().adopt(staged, wanted, evidence);
    } catch (IOException e) {
      throw disk(e);
    } finally {
      if (staged != null && Files.exists(staged)) {
        house.shelf().discard(staged);
      }
    }
  }

  private static Optional<String> forbidden(Sandbox sandbox, Path jar, Kind kind)
      throws IOException {
    List<Finding> findings = sandbox.check(jar, Profile.valueOf(kind.name()));
    if (findings.isEmpty()) {
      return Optional.empty();
    }
    Finding first = findings.get(0);
    return Optional.of(
        Texts.plain(
            "Its code does what no app may do: "
                + first.what()
                + " in "
                + first.where()
                + (findings.size() > 1 ? ", and " + (findings.size() - 1) + " more." : "."),
            400));
  }

  private static <T> T needed(T part) throws AppException {
    if (part == null) {
      throw new AppException(
          Reason.NOT_NOW, "A part of the hub that this needs is not running; try again soon.");
    }
    return part;
  }

  private static AppException disk(IOException e) {
    return new AppException(
        Reason.FAILED, "The disk did not take it; free some space and try again.", e);
  }

  private static AppException refusedNow(String message) {
    return new AppException(Reason.NOT_NOW, message);
  }

  // ---------------------------------------------------------------- steps of a person

  /**
   * Runs a step on the lane and waits for it, not for ever.
   *
   * @param one which steps it is one of, of which only one waits at a time
   */
  private <T> Optional<T> step(AtomicBoolean one, Callable<T> action) throws AppException {
    if (state == null || !one.compareAndSet(false, true)) {
      throw refusedNow("Another step of this app is under way; try again in a moment.");
    }
    CompletableFuture<T> done = new CompletableFuture<>();
    try {
      lane.run(
          () -> {
            T result;
            try {
              if (gone()) {
                throw new AppException(Reason.UNKNOWN, "There is no app " + app + ".");
              }
              result = action.call();
            } catch (Exception | Error e) {
              one.set(false);
              done.completeExceptionally(e);
              return;
            }
            one.set(false); // Before who waits asks for the next step.
            done.complete(result);
          });
    } catch (RejectedExecutionException e) {
      one.set(false);
      throw refusedNow("The hub is stopping.");
    }
    return await(done);
  }

  private static <T> Optional<T> await(CompletableFuture<T> done) throws AppException {
    try {
      return Optional.ofNullable(done.get(PATIENCE_S, TimeUnit.SECONDS));
    } catch (TimeoutException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw refusedNow("The hub is stopping.");
    } catch (ExecutionException e) {
      throw problem(e.getCause());
    }
  }

  /** What a person reads of a failure. */
  static AppException problem(Throwable cause) {
    if (cause instanceof AppException known) {
      return known;
    }
    if (cause instanceof IOException disk) {
      return disk(disk);
    }
    if (cause instanceof CompletionException && cause.getCause() != null) {
      return problem(cause.getCause());
    }
    LOG.warn("A step of an app failed.", cause);
    return new AppException(Reason.FAILED, "It failed; the hub's log says more.", cause);
  }

  void consent(Grants grants, Place place, String actor) throws AppException {
    List<AppManifest> asking = new ArrayList<>(List.of(manifest()));
    newer().ifPresent(next -> asking.add(next.manifest()));
    check(grants, asking);
    if (manifest().kind() == Kind.APP
        && place == Place.INSIDE
        && !house.inside().test(manifest().provider().id())) {
      throw refusedNow(
          "The operator lets no apps of this provider into the hub itself; it runs in a zone.");
    }
    Place where = manifest().kind() == Kind.APP ? place : Place.INSIDE;
    if (update != null) {
      throw refusedNow("It is being updated; try again in a moment.");
    }
    step(
        busy,
        () -> {
          AppState before = state;
          Set<String> read = new TreeSet<>();
          asking.forEach(manifest -> read.addAll(Rights.of(manifest)));
          save(before.withConsent(grants, where, read));
          if (live != null && before.place() != state.place()) {
            stop();
          } else if (live != null) {
            Grants now = Rights.of(grants, manifest());
            live.session().ifPresent(session -> session.regrant(now));
          }
          ask(manifest());
          lookNow();
          return null;
        });
    house.parts().audit(actor, "apps.consent", app.name(), "ok");
  }

  private static void check(Grants grants, Collection<AppManifest> asking) throws AppException {
    Set<String> hosts = new TreeSet<>();
    Set<String> actuators = new TreeSet<>();
    for (AppManifest manifest : asking) {
      manifest.hosts().stream().map(HostRequest::host).forEach(hosts::add);
      manifest.actuators().stream().map(ActuatorRequest::key).forEach(actuators::add);
    }
    if (!hosts.containsAll(grants.hosts())
        || !actuators.containsAll(grants.actuators())
        || grants.place().isPresent() && asking.stream().allMatch(m -> m.place().isEmpty())) {
      throw refusedNow("Only what the app asks for can be granted.");
    }
  }

  /** Asks the gate for what the manifest asks, unless that was done and stands. */
  private void ask(AppManifest manifest) throws IOException {
    Set<String> asked = new TreeSet<>();
    try {
      EnergyData view = house.views().view(manifest);
      List<EnergyData.Grant> standing = view.grants();
      for (DataRequest request : manifest.data()) {
        String right = Rights.data(request);
        boolean stands =
            standing.stream()
                .anyMatch(
                    grant ->
                        grant.purpose() == request.purpose()
                            && grant.state() != EnergyData.Grant.State.CLOSED);
        if (!stands || !state.asked().contains(right)) {
          Terms terms =
              request.terms().toBuilder()
                  .until(
                      house
                          .clock()
                          .now()
                          .atOffset(ZoneOffset.UTC)
                          .plus(request.duration())
                          .toInstant())
                  .build();
          try {
            view.ask(terms, request.why().get("en"));
          } catch (TermsException e) {
            LOG.warn("The gate refuses what {} asks for: {}", app, e.getMessage());
          }
        }
        asked.add(right);
      }
    } catch (AppException | RuntimeException e) {
      LOG.warn("The privacy gate cannot be asked for {}: {}", app, e.getMessage());
      return;
    }
    if (!asked.equals(state.asked())) {
      save(state.withAsked(asked));
    }
  }

  void enable(boolean on, String actor) throws AppException {
    if (on) {
      Step now = step;
      if (now == Step.REFUSED) {
        throw new AppException(Reason.UNTRUSTED, problem);
      }
      if (now == Step.ASKING || now == Step.INSTALLING) {
        throw refusedNow("Say first what it may do.");
      }
      if (!needed(house.parts().licences.get()).standing(app).mayRun()) {
        throw new AppException(Reason.UNLICENSED, "It has no licence: buy one or try it.");
      }
      step(
          busy,
          () -> {
            save(state.withOn(true));
            stopped = "";
            crashes.forget();
            lookNow();
            return null;
          });
    } else {
      endStart();
      step(
          ending,
          () -> {
            abort("It was switched off while it was being updated.");
            stop();
            stopped = "It was switched off; the disk did not take that.";
            save(state.withOn(false));
            stopped = "";
            crashes.forget();
            lookNow();
            return null;
          });
    }
    house.parts().audit(actor, on ? "apps.enable" : "apps.disable", app.name(), "ok");
  }

  /** What is just being started is not waited for. */
  private void endStart() {
    AppSession now = opening;
    if (now != null) {
      now.close();
    }
  }

  void rollback(String actor) throws AppException {
    if (update != null) {
      throw refusedNow("It is being updated; try again in a moment.");
    }
    step(
        busy,
        () -> {
          AppVersion previous =
              state
                  .previous()
                  .orElseThrow(() -> refusedNow("There is no version before this one."));
          needed(house.parts().hosts.get());
          Listing back = verify(previous);
          if (back.withdrawn().isPresent()) {
            throw new AppException(
                Reason.UNTRUSTED, "That version was withdrawn: " + back.withdrawn().get());
          }
          stop();
          save(state.at(previous, Optional.empty(), Optional.of(previous)));
          accept(back);
          stopped = "";
          crashes.forget();
          lookNow(); // Moves the store, then starts.
          return null;
        });
    house.parts().audit(actor, "apps.rollback", app + " " + manifest().version(), "ok");
  }

  /** Reports whether it is gone; it goes on being removed if it is not. */
  boolean remove(String actor) throws AppException {
    needed(house.parts().hosts.get());
    needed(house.parts().licences.get());
    endStart();
    Optional<Boolean> gone =
        step(
            ending,
            () -> {
              abort("It was removed while it was being updated.");
              stop();
              save(state.withRemoving());
              return erase();
            });
    house.parts().audit(actor, "apps.remove", app.name(), "ok");
    return gone.orElse(false);
  }

  /** Whether nothing is left. */
  private boolean erase() {
    AppHosts hosts = house.parts().hosts.get();
    Licences licences = house.parts().licences.get();
    if (hosts == null || licences == null) {
      return false;
    }
    try {
      hosts.erase(app);
      licences.dismiss(app);
      house.views().close(app);
      house.shelf().delete(app);
      erased = true;
      return true;
    } catch (IOException | RuntimeException e) {
      LOG.warn("{} could not be removed whole; it is tried again.", app, e);
      return false;
    }
  }

  void export(OutputStream out) throws AppException, IOException {
    needed(house.parts().hosts.get()).export(app, out);
  }

  CompletionStage<List<Card>> cards(Locale locale) {
    Live now = live;
    return now == null || now.session().isEmpty()
        ? CompletableFuture.failedFuture(refusedNow("It does not run."))
        : now.running().cards(locale);
  }

  CompletionStage<Optional<String>> submit(String form, Map<String, String> values, Locale locale) {
    if (trial != null) {
      return CompletableFuture.failedFuture(
          refusedNow("It is being updated; try again in half a minute."));
    }
    Live now = live;
    if (now == null || now.session().isEmpty()) {
      return CompletableFuture.failedFuture(refusedNow("It does not run."));
    }
    return now.running()
        .cards(locale)
        .thenCompose(
            cards -> {
              try {
                Forms.Checked checked = Forms.check(cards, form, values);
                return checked.problem().isPresent()
                    ? CompletableFuture.completedFuture(checked.problem())
                    : now.running().submit(form, checked.values(), locale);
              } catch (AppException e) {
                return CompletableFuture.failedFuture(e);
              }
            });
  }

  List<AppSession.LogLine> log() {
    Live now = live;
    return now == null ? List.of() : now.session().map(AppSession::logLines).orElse(List.of());
  }

  // ---------------------------------------------------------------- updating

  /** Newest version of its catalogue, if that is newer. */
  Optional<Listing> newer() {
    Catalogues catalogues = house.parts().catalogues.get();
    if (catalogues == null) {
      return Optional.empty();
    }
    return catalogues.listings().stream()
        .filter(other -> other.manifest().id().equals(app))
        .filter(other -> other.source().equals(source()))
        .filter(other -> other.withdrawn().isEmpty())
        .filter(other -> other.manifest().kind() == manifest().kind())
        .filter(other -> other.manifest().version().compareTo(manifest().version()) > 0)
        .findFirst();
  }

  boolean asksForMore(Listing next) {
    AppState now = state;
    return now != null && !Rights.beyond(next.manifest(), now.read()).isEmpty();
  }

  /**
   * Begins an update.
   *
   * @param fetching where something may take long
   */
  CompletionStage<Void> update(Executor fetching, String actor) throws AppException {
    Listing next = newer().orElseThrow(() -> refusedNow("There is nothing newer."));
    if (state == null || !state.consented()) {
      throw refusedNow("Say first what it may do.");
    }
    if (asksForMore(next)) {
      throw refusedNow("The new version asks for more: say first what it may do.");
    }
    CompletableFuture<Void> mine = new CompletableFuture<>();
    synchronized (this) {
      if (update != null || busy.get()) {
        throw refusedNow("Another step of this app is under way; try again in a moment.");
      }
      update = mine;
    }
    CompletableFuture<Void> done = new CompletableFuture<>();
    mine.whenComplete(
        (nothing, failure) -> {
          update = null;
          if (failure == null) {
            done.complete(null);
          } else {
            done.completeExceptionally(failure);
          }
          house
              .parts()
              .audit(
                  actor,
                  "apps.update",
                  app + " " + next.manifest().version(),
                  failure == null ? "ok" : String.valueOf(failure.getMessage()));
        });
    try {
      fetching.execute(
          () -> {
            try {
              fetch(next);
              lane.run(() -> tryOut(next, mine));
            } catch (AppException | RuntimeException e) {
              mine.completeExceptionally(problem(e));
              look(false);
            }
          });
    } catch (RejectedExecutionException e) {
      mine.completeExceptionally(
          refusedNow("Too many apps are being fetched; try again in a few minutes."));
    }
    return done;
  }

  /** Starts the new version beside the one that runs, or just puts it in its place. */
  private void tryOut(Listing fetched, CompletableFuture<Void> mine) {
    if (mine.isDone() || gone()) {
      sweep();
      return;
    }
    Live fresh = null;
    try {
      Listing next = verify(fetched.manifest().version());
      if (next.withdrawn().isPresent()) {
        throw new AppException(
            Reason.UNTRUSTED, "That version was withdrawn: " + next.withdrawn().get());
      }
      if (next.manifest().kind() != Kind.APP) {
        stop(); // Two drivers of one kind would be at the same devices.
        takeOver(next, null);
        mine.complete(null);
        lookNow();
        return;
      }
      if (live == null) {
        AppSession copy = open(next.manifest(), true);
        try {
          takeOver(next, copy);
        } finally {
          copy.close();
        }
        mine.complete(null);
        stopped = "";
        lookNow();
        return;
      }
      step = Step.UPDATING;
      fresh = start(next.manifest(), true);
      Live trying = fresh;
      Optional<String> unwell = askProblem(trying);
      if (unwell.isPresent()) {
        throw new AppException(Reason.FAILED, "The new version cannot work: " + unwell.get());
      }
      Later.Order end =
          house.later().after(house.probation(), () -> lane.run(() -> decide(trying, mine)));
      trial = new Trial(next, trying, end);
      if (!mayAct()) {
        trying.session().ifPresent(session -> session.restrict(Restriction.NO_ACTING));
      }
    } catch (AppException | IOException | RuntimeException e) {
      if (fresh != null) {
        close(fresh);
      }
      sweep();
      mine.completeExceptionally(problem(e));
      lookNow();
    }
  }

  /** The probation is over. */
  private void decide(Live trying, CompletableFuture<Void> mine) {
    Trial now = trial;
    if (now == null || now.live() != trying) {
      return;
    }
    Optional<String> unwell = askProblem(trying);
    if (unwell.isPresent()) {
      abort("The new version cannot work: " + unwell.get());
      return;
    }
    trial = null;
    Live old = live;
    try {
      live = trying; // Answers from now on.
      close(old);
      takeOver(now.listing(), trying.session().orElseThrow());
      mine.complete(null);
    } catch (IOException | RuntimeException e) {
      // The old version is what is here, and its store what it was.
      live = null;
      close(trying);
      close(old);
      mine.completeExceptionally(problem(e));
    }
    lookNow();
  }

  /** Makes a version the one that is here, and its store the app's. */
  private void takeOver(Listing next, AppSession copy) throws IOException {
    AppState before = state;
    if (copy != null) {
      save(before.moving());
      copy.promote();
    }
    save(before.at(next.manifest().version(), Optional.of(before.version()), Optional.empty()));
    accept(next);
    sweep();
    ask(next.manifest());
  }

  /** The new version does not take over. */
  private void abort(String why) {
    CompletableFuture<Void> waiting = update;
    Trial now = trial;
    trial = null;
    if (now != null) {
      now.end().cancel();
      close(now.live());
      sweep();
    }
    if (waiting != null) {
      waiting.completeExceptionally(new AppException(Reason.FAILED, why));
    }
  }

  private void sweep() {
    try {
      house.shelf().sweep(app, state);
    } catch (IOException e) {
      LOG.debug("Left for the next start.", e);
    }
  }

  // ---------------------------------------------------------------- looking

  /**
   * Something changed: looks soon whether it should run.
   *
   * @param closely whether its file is verified again
   */
  void look(boolean closely) {
    if (closely) {
      synchronized (looking) {
        lookClosely = true;
      }
    }
    if (looking.compareAndSet(false, true)) {
      try {
        lane.run(this::lookNow);
      } catch (RejectedExecutionException e) {
        looking.set(false);
        LOG.debug("Closing.", e);
      }
    }
  }

  /** Every minute. */
  void tick() {
    look(false);
    Live now = live;
    if (now != null && now.session().isPresent()) {
      now.running()
          .problem()
          .whenComplete(
              (text, failure) ->
                  lane.run(
                      () -> {
                        if (live == now && failure == null) {
                          hear(text);
                        }
                      }));
    }
  }

  private void hear(Optional<String> text) {
    said = text.map(t -> Texts.plain(t, 300)).orElse("");
    lookNow();
  }

  private void lookNow() {
    looking.set(false);
    if (state == null || closing || erased) {
      return;
    }
    if (state.removing()) {
      erase();
      return;
    }
    if (state.revertTo().isPresent() && !revert()) {
      show(Step.STOPPED, "The store of apps is not running yet.");
      return;
    }
    boolean closely;
    synchronized (looking) {
      closely = lookClosely;
      lookClosely = false;
    }
    if (closely || !verified || live == null && state.on()) {
      vet();
    }
    Decision decision = Decision.of(facts());
    if (!decision.run()) {
      if (trial != null) {
        abort(decision.problem().isEmpty() ? "It was switched off." : decision.problem());
      }
      stop();
      show(decision.step(), decision.problem());
      return;
    }
    if (live != null && !live.parts().equals(using())) {
      abort("A part of the hub was restarted while it was being updated; try again.");
      stop();
    }
    if (live == null) {
      begin(decision);
    } else {
      restrict(decision.acting());
      show(trial == null ? Step.ON : Step.UPDATING, both(decision.problem(), said));
    }
  }

  private static String both(String first, String second) {
    return first.isEmpty() ? second : second.isEmpty() ? first : first + " " + second;
  }

  private void show(Step now, String why) {
    step = now;
    problem = why;
  }

  private Decision.Facts facts() {
    Catalogues catalogues = house.parts().catalogues.get();
    if (catalogues != null) {
      frozen =
          catalogues.sources().stream()
              .anyMatch(
                  source ->
                      source.name().equals(state.source())
                          && source.state() == Catalogues.Source.State.FROZEN);
    }
    Licences licences = house.parts().licences.get();
    return new Decision.Facts(
        refused,
        state.consented(),
        state.on(),
        missing(),
        licences == null
            ? live == null ? Optional.empty() : Optional.of(Standing.State.ACTIVE)
            : Optional.of(licences.standing(app).state()),
        stopped,
        frozen);
  }

  private boolean mayAct() {
    return Decision.of(facts()).acting();
  }

  private String missing() {
    if (!verified) {
      return "It waits for the catalogues and the sandbox, to be verified.";
    }
    Parts parts = house.parts();
    if (parts.sandbox.get() == null) {
      return "The sandbox is not running; nothing of others runs without it.";
    }
    if (manifest().kind() != Kind.APP) {
      return parts.plain.get() == null ? "It waits for a part of the hub." : "";
    }
    if (house.views().gate() == null) {
      return "The privacy gate is not running; no app runs without it.";
    }
    if (parts.hosts.get() == null) {
      return "The services for apps are not running.";
    }
    if (live == null && parts.licences.get() == null) {
      return "It waits for the licences.";
    }
    AppRunner runner = parts.runner(state.place());
    if (runner == null) {
      return "What runs apps in zones is not running.";
    }
    return state.place() == Place.INSIDE && !house.inside().test(manifest().provider().id())
        ? "The operator lets no apps of this provider into the hub itself any more; let it run in a"
            + " zone."
        : runner.unavailable().map(text -> Texts.plain(text, 300)).orElse("");
  }

  private List<Object> using() {
    Parts parts = house.parts();
    List<Object> using = new ArrayList<>();
    using.add(parts.sandbox.get());
    if (manifest().kind() == Kind.APP) {
      using.add(house.views().gate());
      using.add(parts.hosts.get());
      using.add(parts.runner(state.place()));
    }
    using.removeIf(Objects::isNull);
    return using;
  }

  /** Whether the store is the version's that is here. */
  private boolean revert() {
    AppHosts hosts = house.parts().hosts.get();
    if (hosts == null) {
      return false;
    }
    abort("The store of the app is being put in order.");
    stop();
    try {
      hosts.revert(app, state.revertTo().orElseThrow());
    } catch (IOException | RuntimeException e) {
      // Better the version that is here with the store that is there than none.
      LOG.warn("The store of {} could not go back to {}.", app, state.version(), e);
    }
    try {
      save(state.at(state.version(), state.previous(), Optional.empty()));
      sweep();
      return true;
    } catch (IOException e) {
      LOG.warn("The state of {} cannot be written.", app, e);
      return false;
    }
  }

  private void vet() {
    try {
      Listing now = verify(state.version());
      verified = true;
      refused =
          now.withdrawn()
              .map(why -> "This version was withdrawn: " + Texts.plain(why, 300))
              .orElse("");
      accept(now);
    } catch (AppException e) {
      if (e.reason() != Reason.NOT_NOW) {
        verified = true;
        refused = e.getMessage();
      }
    } catch (RuntimeException e) {
      LOG.debug("Not verified now.", e); // A part is just going; it is looked again.
    }
  }

  /** Verifies a version that is here: its file, then its code once for each start of the hub. */
  private Listing verify(AppVersion version) throws AppException {
    Catalogues catalogues = needed(house.parts().catalogues.get());
    Sandbox sandbox = needed(house.parts().sandbox.get());
    Path jar = house.shelf().jar(app, version);
    try {
      Listing now = catalogues.verify(jar, house.shelf().evidence(app, version));
      if (!now.manifest().id().equals(app) || !now.manifest().version().equals(version)) {
        throw new AppException(
            Reason.UNTRUSTED, "The kept file is another app or version than it should be.");
      }
      if (!checked.equals(now.sha256())) {
        Optional<String> forbidden = forbidden(sandbox, jar, now.manifest().kind());
        if (forbidden.isPresent()) {
          throw new AppException(Reason.FORBIDDEN_CODE, forbidden.get());
        }
        checked = now.sha256();
      }
      return now;
    } catch (IOException e) {
      throw new AppException(
          Reason.UNTRUSTED, "The kept file cannot be read; install the app again.", e);
    }
  }

  /** A verified version is the one that is here. */
  private void accept(Listing now) {
    Listing before = listing;
    listing = now;
    Licences licences = house.parts().licences.get();
    if (licences != null
        && (!admitted
            || !before.sha256().equals(now.sha256())
            || !before.providerKeys().equals(now.providerKeys())
            || !before.operatorKeys().equals(now.operatorKeys()))) {
      licences.admit(now);
      admitted = true;
    }
  }

  /** The licences were restarted: they are told again. */
  void licencesCame() {
    lane.run(() -> admitted = false);
    look(true);
  }

  // ---------------------------------------------------------------- starting and stopping

  private void begin(Decision decision) {
    show(Step.STARTING, "");
    said = "";
    try {
      Live fresh = start(manifest(), false);
      live = fresh;
      restrict(decision.acting());
      show(Step.ON, decision.problem());
      if (fresh.session().isPresent()) {
        fresh
            .running()
            .problem()
            .thenAccept(
                text ->
                    lane.run(
                        () -> {
                          if (live == fresh) {
                            hear(text);
                          }
                        }));
      }
    } catch (AppException | RuntimeException e) {
      crashed(problem(e).getMessage());
    }
  }

  private AppSession open(AppManifest manifest, boolean probation) throws AppException {
    AppHosts hosts = needed(house.parts().hosts.get());
    return hosts.open(
        "app:" + app + "/" + manifest.version(),
        manifest,
        Rights.of(state.grants(), manifest),
        house.views().view(manifest),
        probation);
  }

  private Live start(AppManifest manifest, boolean probation) throws AppException {
    Path jar = house.shelf().jar(app, manifest.version());
    List<Object> using = using();
    if (manifest.kind() != Kind.APP) {
      AppRunner.Running running = needed(house.parts().plain.get()).start(jar, manifest);
      Live fresh = new Live(manifest, Optional.empty(), running, using);
      running.ended().thenAccept(why -> lane.run(() -> ended(fresh, why, false)));
      return fresh;
    }
    AppRunner runner = needed(house.parts().runner(state.place()));
    AppSession session = null;
    try {
      session = open(manifest, probation);
      opening = session;
      if (!state.on()) {
        throw refusedNow("It was switched off.");
      }
      AppSession services = session;
      session.onEnded(
          why -> lane.run(() -> with(services).ifPresent(which -> ended(which, why, true))));
      Live fresh = new Live(manifest, Optional.of(session), runner.start(jar, session), using);
      fresh.running().ended().thenAccept(why -> lane.run(() -> ended(fresh, why, false)));
      session = null;
      return fresh;
    } catch (RuntimeException e) {
      LOG.warn("{} did not start.", app, e);
      throw new AppException(Reason.FAILED, "It did not start; the hub's log says more.", e);
    } finally {
      opening = null;
      if (session != null) {
        session.close();
      }
    }
  }

  /** What runs with these services, of the version that is here or the one being tried. */
  private Optional<Live> with(AppSession session) {
    Trial now = trial;
    return Stream.of(Optional.ofNullable(live), Optional.ofNullable(now).map(Trial::live))
        .flatMap(Optional::stream)
        .filter(which -> which.session().filter(its -> its == session).isPresent())
        .findFirst();
  }

  /** A version ended by itself, or its services ended it. */
  private void ended(Live which, String reason, boolean quota) {
    String why = Texts.plain(reason, 300);
    Trial now = trial;
    if (now != null && now.live() == which) {
      abort("The new version was stopped: " + why);
      lookNow();
    } else if (live == which) {
      LOG.info("{} ended: {}", app, why);
      stop();
      if (quota) {
        stopped = why;
        lookNow();
      } else {
        crashed(why);
      }
    }
  }

  private void crashed(String why) {
    stop();
    Optional<Duration> pause = crashes.pause(house.clock().monotonicNanos());
    if (pause.isEmpty()) {
      stopped = why + " That was too often today: switch it off and on to try again.";
    } else {
      String waits = why + " It starts again in " + seconds(pause.get()) + ".";
      stopped = waits;
      house
          .later()
          .after(
              pause.get(),
              () ->
                  lane.run(
                      () -> {
                        if (stopped.equals(waits)) {
                          stopped = "";
                          lookNow();
                        }
                      }));
    }
    show(Step.STOPPED, stopped);
    abort("The version that runs ended; try again when it runs.");
  }

  private static String seconds(Duration pause) {
    return pause.compareTo(Duration.ofMinutes(1)) < 0
        ? pause.toSeconds() + " seconds"
        : pause.toMinutes() == 1 ? "a minute" : pause.toMinutes() + " minutes";
  }

  private void restrict(boolean acting) {
    Restriction restriction = acting ? Restriction.NONE : Restriction.NO_ACTING;
    live.session().ifPresent(session -> session.restrict(restriction));
    Trial now = trial;
    if (now != null) {
      now.live().session().ifPresent(session -> session.restrict(restriction));
    }
  }

  private Optional<String> askProblem(Live which) {
    try {
      return which
          .running()
          .problem()
          .toCompletableFuture()
          .get(PROBLEM_S, TimeUnit.SECONDS)
          .map(text -> Texts.plain(text, 300));
    } catch (ExecutionException | TimeoutException | RuntimeException e) {
      return Optional.of("it does not answer.");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.of("the hub is stopping.");
    }
  }

  private void stop() {
    Live now = live;
    live = null;
    if (now != null) {
      close(now);
    }
  }

  private void close(Live which) {
    try {
      which.close();
    } catch (RuntimeException e) {
      LOG.warn("{} did not stop in good order.", app, e);
    }
  }

  private void save(AppState next) throws IOException {
    house.shelf().save(app, next);
    state = next;
  }

  /** The desk closes: whatever runs is stopped, and stays wanted. */
  void shutdown(Runnable then) {
    closing = true;
    endStart();
    try {
      lane.run(
          () -> {
            try {
              abort("The hub is stopping.");
              stop();
            } finally {
              then.run();
            }
          });
    } catch (RejectedExecutionException e) {
      then.run();
    }
  }

  // ---------------------------------------------------------------- showing

  Installed view(Collection<AppId> zoneShares) {
    AppState now = state;
    Listing here = listing;
    Live runs = live;
    Optional<Listing> next = now == null ? Optional.empty() : newer();
    List<EnergyData.Grant> data = house.views().grants(app);
    Licences licences = house.parts().licences.get();
    Grants grants = now == null ? Grants.NONE : now.grants();
    String why = problem;
    return new Installed(
        here,
        step,
        why.isEmpty() ? Optional.empty() : Optional.of(why),
        Risks.granted(here.manifest(), grants, data, place()),
        place(),
        List.copyOf(zoneShares),
        grants,
        data,
        licences == null ? unknown() : licences.standing(app),
        runs == null ? Optional.empty() : runs.session().map(AppSession::usage),
        now == null ? Optional.empty() : now.previous(),
        next,
        next.isPresent() && asksForMore(next.get()));
  }

  private Standing unknown() {
    return new Standing(
        app,
        Standing.State.NONE,
        "",
        Set.of(),
        Map.of(),
        Map.of(),
        false,
        false,
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }
}
